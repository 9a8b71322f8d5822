//! `wasi:cli/environment`: variables, arguments and the initial directory, at 0.2 and 0.3.

use super::adapter::Adapter;
use super::deny::label;
use super::error::VirtError;
use super::filter;
use super::make::{Const, Maker};
use super::spec::{Names, Spec};
use crate::binary::world::World;
use std::collections::BTreeSet;

/// The adapter for an import of the interface.
pub(super) fn adapter(world: &World, item: &str, spec: &Spec) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    for (name, signature) in maker.functions() {
        match (name, &spec.env, &spec.args, &spec.cwd) {
            ("get-environment", Some(env), ..) if env.has_host() => {
                filter::list(&mut maker, name, signature, env)?;
            }
            ("get-environment", Some(env), ..) => {
                let pairs = env.set.iter().map(|(k, v)| (k.as_str(), v.as_str()));
                maker.constant(name, signature, Some(&Const::pairs(pairs)))?;
            }
            ("get-arguments", _, Some(args), _) => {
                let args = args.iter().map(|arg| Const::text(arg)).collect();
                maker.constant(name, signature, Some(&Const::List(args)))?;
            }
            ("initial-cwd" | "get-initial-cwd", .., Some(cwd)) => {
                let value = cwd
                    .as_deref()
                    .map_or(Const::none(), |c| Const::some(Const::text(c)));
                maker.constant(name, signature, Some(&value))?;
            }
            _ => maker.hand_on(name, signature)?,
        }
    }
    maker.build(&label(item))
}

/// What is wrong with variables, by themselves.
pub(super) fn check(env: &Names) -> Result<(), VirtError> {
    let mut names = BTreeSet::new();
    let set = env.set.iter().map(|(name, _)| name);
    for name in set.chain(env.rename.iter().map(|(name, _)| name)) {
        if name.is_empty() || name.contains(['=', '\0']) {
            let shown = name.escape_debug();
            let message = format!("`{shown}` is no name for an environment variable");
            return Err(VirtError::Value(message));
        }
        if !names.insert(name) {
            let message = format!("the environment variable `{name}` is given twice");
            return Err(VirtError::Contradiction(message));
        }
    }
    if let Some((name, _)) = env.set.iter().find(|(_, value)| value.contains('\0')) {
        let message = format!("the value of the environment variable `{name}` has a zero byte");
        return Err(VirtError::Value(message));
    }
    Ok(())
}
