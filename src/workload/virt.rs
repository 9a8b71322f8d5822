//! `[virt.NAME]`: what a component is given by adapters instead of the host.

use super::error::Problem;
use super::read::{Problems, Value};
use crate::base::{ByteRange, Glob, Spanned};

/// The virtualization of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Virt {
    /// The component.
    pub component: Spanned<String>,
    /// The header of the table.
    pub span: ByteRange,
    /// Fixed environment variables.
    pub env: Vec<(Spanned<String>, Spanned<String>)>,
    /// Environment variables of the host that pass. Without it all do, unless there are fixed
    /// ones: then none.
    pub allow_env: Option<Vec<Spanned<Glob>>>,
    /// Fixed configuration.
    pub config: Vec<(Spanned<String>, Spanned<String>)>,
    /// Folders of the component and the files they show, relative to this file.
    pub mount: Vec<(Spanned<String>, Spanned<String>)>,
    /// Whether sockets are refused.
    pub deny_sockets: bool,
    /// Whether it is given what the analysis proved that it needs, and nothing else.
    pub least_privilege: bool,
}

impl Virt {
    pub(super) fn read(value: &Value<'_>, problems: &mut Problems) -> Option<Virt> {
        let component = value.key().clone();
        let mut table = value.table(problems)?;
        let span = table.span();
        let mut pairs = |key| {
            let entries = table.get(key).and_then(|map| map.table(problems));
            let entries = entries.map(|map| map.entries()).unwrap_or_default();
            let entries = entries.into_iter().filter_map(|entry| {
                let text = entry.string(problems)?;
                Some((entry.key().clone(), text))
            });
            entries.collect::<Vec<_>>()
        };
        let (env, config, mount) = (pairs("env"), pairs("config"), pairs("mount"));
        let allow_env = table.get("allow-env").map(|list| {
            let keys = list.strings(problems).into_iter();
            keys.map(|key| key.map(|text| Glob::new(&text))).collect()
        });
        let mut flag = |key| {
            let value = table.get(key).and_then(|value| value.bool(problems));
            value.is_some_and(|value| value.value)
        };
        let (deny_sockets, least_privilege) = (flag("deny-sockets"), flag("least-privilege"));
        table.finish(problems);
        for (name, _) in &env {
            if name.value.is_empty() || name.value.contains(['=', '\0']) {
                let message = format!(
                    "`{}` is no name for an environment variable",
                    name.value.escape_debug()
                );
                problems.push(Problem::new(name.span, message));
            }
        }
        Some(Virt {
            component,
            span,
            env,
            allow_env,
            config,
            mount,
            deny_sockets,
            least_privilege,
        })
    }
}
