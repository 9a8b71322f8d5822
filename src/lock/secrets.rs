//! What becomes of secrets, as plain data.

use super::facts::{SecretFact, SecretStep, SecretWay};
use crate::base::demangle;
use crate::catalogue::Catalogue;
use crate::flow::Site;
use crate::graph::{Program, Reach};
use crate::needs::secrecy::{Declared, Secrecy, Verdict};

/// Follows the secrets that a program gets by interfaces for secrets.
pub(super) fn secrets(
    program: &Program<'_, '_>,
    reach: &Reach,
    catalogue: &Catalogue,
) -> Vec<SecretFact> {
    let secrecy = Secrecy::of(program, reach, catalogue, &Declared::new(), &[]);
    let Some(secrecy) = secrecy else {
        return Vec::new();
    };
    let secrets = secrecy.secrets.iter().map(|secret| SecretFact {
        key: secret.key.clone(),
        revealed: secret
            .revealed
            .iter()
            .filter_map(|trail| trail.last())
            .map(|site| step(program, *site))
            .collect(),
        ways: secret
            .ways
            .iter()
            .map(|(class, way)| SecretWay {
                class: class.clone(),
                verdict: way.verdict.word().to_string(),
                reason: match way.verdict {
                    Verdict::MayReach(doubt) => Some(doubt.phrase().to_string()),
                    _ => None,
                },
                function: way.function.clone(),
                path: way.trail.iter().map(|site| step(program, *site)).collect(),
            })
            .collect(),
    });
    secrets.collect()
}

fn step(program: &Program<'_, '_>, site: Site) -> SecretStep {
    let core = program.core_instance(site.instance);
    let module = program.binary.module(core.module);
    let name = module.names().func(site.func);
    let offset = (site.offset > 0).then_some(u64::from(site.offset));
    let source = offset.and_then(|offset| {
        let frames = module.lines()?.at(offset);
        frames.iter().find_map(|frame| {
            let (file, line) = (frame.file.as_ref()?, frame.line?);
            Some(format!("{file}:{line}"))
        })
    });
    SecretStep {
        instance: program.instance(core.owner).path.clone(),
        function: match name {
            Some(name) => demangle(name).unwrap_or_else(|| name.to_string()),
            None => format!("func {}", site.func.0),
        },
        offset,
        source,
    }
}
