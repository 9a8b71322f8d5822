//! A binary → facts.

use super::facts::*;
use crate::base::{Glob, Sha256};
use crate::binary::{Binary, Root, Shape, ShapeItem};
use crate::catalogue::{Catalogue, Kind};
use crate::flow::Site;
use crate::graph::{InstanceId, Program, Reach, RootImport};
use crate::needs::{Need, Needs};
use std::collections::{BTreeMap, BTreeSet};

impl Facts {
    /// Analyses a binary, according to a catalogue.
    pub fn of(binary: &Binary<'_>, catalogue: &Catalogue) -> Facts {
        let program = Program::link(binary);
        let reach = program.reach();
        let needs = Needs::of(&program, &reach, catalogue);
        Facts::gather(&program, &reach, &needs)
    }

    /// What a binary is, and which instances are in it, and nothing of what it needs. For
    /// questions about its structure alone.
    pub fn without_analysis(binary: &Binary<'_>) -> Facts {
        Facts {
            sha256: Sha256::of(binary.bytes).to_string(),
            digest: format!("sha256:{}", binary.digest()),
            kind: kind(binary),
            imports: Vec::new(),
            exports: Vec::new(),
            instances: instances(&Program::link(binary)),
            needs: Vec::new(),
            gaps: Vec::new(),
            notes: Vec::new(),
            proposals: Vec::new(),
        }
    }

    /// The facts about a program whose needs are known already.
    pub fn gather(program: &Program<'_, '_>, reach: &Reach, needs: &Needs) -> Facts {
        let binary = program.binary;
        let instances = instances(program);
        let exports = program.exports.iter().map(|export| ExportFact {
            name: export.name.name.to_string(),
            implements: export.name.implements.map(str::to_string),
        });
        let gaps = program.notes.iter().map(|note| Gap {
            instance: note.instance.clone(),
            offset: note.offset,
            message: note.reason.to_string(),
        });
        let proposals = binary.proposals.iter().map(|p| p.as_str().to_string());
        Facts {
            sha256: Sha256::of(binary.bytes).to_string(),
            digest: format!("sha256:{}", binary.digest()),
            kind: kind(binary),
            imports: imports(program, reach),
            exports: exports.collect(),
            instances,
            needs: Gather { program }.needs(needs),
            gaps: gaps.collect(),
            notes: needs.notes.clone(),
            proposals: proposals.collect(),
        }
    }
}

fn kind(binary: &Binary<'_>) -> String {
    match binary.root {
        Root::Component(_) => "component".to_string(),
        Root::Module(_) => "module".to_string(),
    }
}

fn instances(program: &Program<'_, '_>) -> Vec<InstanceFact> {
    let instances = program.instances.iter().map(|instance| InstanceFact {
        id: instance.path.clone(),
        name: instance.name.map(str::to_string),
    });
    instances.collect()
}

/// Imports of the root, with the functions that can be called or are handed on.
pub fn imports(program: &Program<'_, '_>, reach: &Reach) -> Vec<ImportFact> {
    // Functions below each import that are called or handed on; an import that is handed on
    // whole has an empty path.
    let mut uses: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for id in reach.called().keys().chain(reach.passed_on()) {
        let host = program.host(*id);
        uses.entry(host.import)
            .or_default()
            .insert(host.path.join("."));
    }
    let import = |(index, import): (usize, &RootImport<'_>)| {
        let used = uses.get(&index);
        let functions = used.into_iter().flatten().filter(|name| !name.is_empty());
        ImportFact {
            name: import.name.name.to_string(),
            implements: import.name.implements.map(str::to_string),
            ty: import.sort.map_or("core", |sort| sort.as_str()).to_string(),
            used: used.is_some() || !has_functions(&import.shape),
            functions: functions.cloned().collect(),
        }
    };
    program.imports.iter().enumerate().map(import).collect()
}

fn has_functions(shape: &Shape) -> bool {
    match shape {
        Shape::Func { .. } => true,
        Shape::Instance(items) => items
            .iter()
            .any(|item: &ShapeItem| has_functions(&item.shape)),
        _ => false,
    }
}

struct Gather<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
}

impl Gather<'_, '_, '_> {
    fn needs(&self, needs: &Needs) -> Vec<NeedFact> {
        let needs = needs.instances.iter().flat_map(|(id, kinds)| {
            let kinds = kinds.iter();
            kinds.map(|(kind, need)| self.need(*id, kind, need))
        });
        needs.collect()
    }

    fn need(&self, id: InstanceId, kind: &Kind, need: &Need) -> NeedFact {
        let keys = need.keys.iter().map(|(name, key)| KeyFact {
            name: name.clone(),
            grade: key.grade,
            runtime: key.runtime,
            sites: sites(key.sites.keys()),
            trail: self.shortest(key.sites.keys()),
        });
        let patterns = need.patterns.iter().map(|(pattern, trails)| PatternFact {
            pattern: Glob::from_plain(pattern).as_str().to_string(),
            sites: sites(trails.keys()),
            trail: self.shortest(trails.keys()),
        });
        let blockers = need.blockers.iter().map(|blocker| BlockerFact {
            reason: blocker.reason.as_str().to_string(),
            trail: self.trail(&blocker.trail),
        });
        let mut patterns: Vec<PatternFact> = patterns.collect();
        patterns.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        NeedFact {
            instance: self.program.instance(id).path.clone(),
            kind: kind.as_str().to_string(),
            verdict: need.verdict(),
            enumerates: need.enumerates,
            keys: keys.collect(),
            patterns,
            blockers: blockers.collect(),
            enumerations: need.enumerations.keys().map(|t| self.trail(t)).collect(),
        }
    }

    /// Of several ways the one that is read fastest.
    fn shortest<'t>(&self, trails: impl IntoIterator<Item = &'t Vec<Site>>) -> Vec<Step> {
        let trails = trails.into_iter();
        let shortest = trails.min_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        shortest.map(|trail| self.trail(trail)).unwrap_or_default()
    }

    fn trail(&self, trail: &[Site]) -> Vec<Step> {
        trail.iter().map(|site| self.step(*site)).collect()
    }

    fn step(&self, site: Site) -> Step {
        let core = self.program.core_instance(site.instance);
        let module = self.program.binary.module(core.module);
        Step {
            instance: self.program.instance(core.owner).path.clone(),
            module: core.path.clone(),
            name: module.names().func(site.func).map(str::to_string),
            function: site.func.0,
            offset: u64::from(site.offset),
        }
    }
}

/// How many calls the ways end at.
fn sites<'t>(trails: impl IntoIterator<Item = &'t Vec<Site>>) -> u64 {
    let ends: BTreeSet<Option<&Site>> = trails.into_iter().map(|trail| trail.last()).collect();
    ends.len() as u64
}
