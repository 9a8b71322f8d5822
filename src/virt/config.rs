//! `wasi:config/store` and `wasi:config/runtime`.

use super::adapter::Adapter;
use super::deny::label;
use super::error::VirtError;
use super::filter::{self, Keyed};
use super::make::{Const, Maker};
use super::spec::Names;
use crate::binary::world::World;
use std::collections::BTreeSet;

/// The adapter for an import of the interface.
pub(super) fn adapter(world: &World, item: &str, config: &Names) -> Result<Adapter, VirtError> {
    let mut maker = Maker::new(world, item)?;
    for (name, signature) in maker.functions() {
        match name {
            "get" => {
                let keyed = Keyed {
                    key: 0,
                    filter: config,
                    found: &|value| Const::ok(Const::some(Const::text(value))),
                    absent: Const::ok(Const::none()),
                };
                filter::keyed(&mut maker, name, signature, &keyed)?;
            }
            "get-all" if !config.has_host() => {
                let pairs = config.set.iter().map(|(k, v)| (k.as_str(), v.as_str()));
                let all = Const::ok(Const::pairs(pairs));
                maker.constant(name, signature, Some(&all))?;
            }
            "get-all" => filter::list(&mut maker, name, signature, config)?,
            _ => return Err(maker.unsupported(format!("the function `{name}`"))),
        }
    }
    maker.build(&label(item))
}

/// What is wrong with a configuration, by itself.
pub(super) fn check(config: &Names) -> Result<(), VirtError> {
    let mut names = BTreeSet::new();
    for (name, _) in config.set.iter().chain(&config.rename) {
        if !names.insert(name) {
            let shown = name.escape_debug();
            let message = format!("the configuration key `{shown}` is given twice");
            return Err(VirtError::Contradiction(message));
        }
    }
    Ok(())
}
