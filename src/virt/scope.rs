//! Names that a component may ask for: secrets and buckets.

use super::adapter::Adapter;
use super::deny::{label, refusal};
use super::error::VirtError;
use super::filter::{self, Keyed};
use super::make::{Const, Maker, behind};
use super::spec::Names;
use crate::binary::world::{Primitive, Signature, ValueType, World};
use std::collections::BTreeSet;

/// The adapter for an import whose `function` is asked for a name. Everything else of it is
/// handed on, its resources included.
pub(super) fn adapter(
    world: &World,
    item: &str,
    function: &str,
    scope: &Names,
) -> Result<Adapter, VirtError> {
    let mut maker = Maker::around(world, item)?;
    for (name, signature) in maker.functions() {
        if name != function {
            maker.hand_on(name, signature)?;
            continue;
        }
        let absent = absent(world, signature);
        let absent = absent
            .ok_or_else(|| maker.unsupported(format!("the errors of `{name}`: `{signature}`")))?;
        // The name is the text among the parameters; before it may stand a handle.
        let is_text =
            |of: &ValueType| matches!(behind(world, of), ValueType::Primitive(Primitive::String));
        let key = signature.params.iter().position(|(_, of)| is_text(of));
        let keyed = Keyed {
            key: key.unwrap_or_default(),
            filter: scope,
            found: &Const::text,
            absent,
        };
        filter::keyed(&mut maker, name, signature, &keyed)?;
    }
    maker.build(&label(item))
}

/// The answer for a name that does not pass: that it is not there, or not allowed.
pub(super) fn absent(world: &World, signature: &Signature) -> Option<Const> {
    let ValueType::Result(_, Some(error)) = behind(world, signature.result.as_deref()?) else {
        return None;
    };
    let missing = match behind(world, error) {
        ValueType::Variant(cases) => {
            let mut cases = cases.iter();
            cases.position(|(name, ty)| name == "not-found" && ty.is_none())
        }
        _ => None,
    };
    let error = match missing {
        Some(case) => Const::Case(case as u32, None),
        None => refusal(world, error)?.1,
    };
    Some(Const::Case(1, Some(Box::new(error))))
}

/// What is wrong with a scope, by itself.
pub(super) fn check(scope: &Names) -> Result<(), VirtError> {
    if let Some((name, _)) = scope.set.first() {
        let message = format!("`{}` cannot have a fixed value", name.escape_debug());
        return Err(VirtError::Value(message));
    }
    let mut names = BTreeSet::new();
    match scope.rename.iter().find(|(name, _)| !names.insert(name)) {
        Some((name, _)) => {
            let message = format!("`{}` is renamed twice", name.escape_debug());
            Err(VirtError::Contradiction(message))
        }
        None => Ok(()),
    }
}
