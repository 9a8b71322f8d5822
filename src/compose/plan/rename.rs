//! Links between interfaces of different names: `wasi:http/client` given by a
//! `wasi:http/handler`.

use super::super::wiring::Source;
use super::{PlanError, Planner};
use crate::base::Spanned;
use crate::binary::world::{ItemType, Member, WorldItem};
use crate::workload::{InterfacePattern, Link};

impl Planner<'_, '_> {
    /// The one export of an instance that a pattern means.
    pub(super) fn export_of(
        &self,
        provider: &str,
        wanted: &Spanned<InterfacePattern>,
    ) -> Result<(usize, String), PlanError> {
        let missing = |known| PlanError::NoExport {
            provider: provider.to_string(),
            import: wanted.value.to_string(),
            near: None,
            known,
            span: wanted.span,
        };
        let node = self.wiring.nodes.iter().position(|n| n.name == provider);
        let node = node.ok_or_else(|| missing(Vec::new()))?;
        let exports = &self.wiring.package_of(node).world.exports;
        let mut meant = exports.keys().filter(|name| wanted.value.matches(name));
        match (meant.next(), meant.next()) {
            (Some(only), None) => Ok((node, only.clone())),
            (None, _) => Err(missing(exports.keys().cloned().collect())),
            (Some(one), Some(two)) => Err(PlanError::AmbiguousLink {
                provider: provider.to_string(),
                export: wanted.value.to_string(),
                found: vec![one.clone(), two.clone()],
                span: wanted.span,
            }),
        }
    }

    /// The export that a link names, and the functions of it that have another name in the
    /// import. One function on each side that the other does not have is one renamed.
    pub(super) fn named_export(
        &mut self,
        node: usize,
        name: &str,
        item: &WorldItem,
        link: &Link,
    ) -> Result<Option<Source>, PlanError> {
        let Some(wanted) = &link.export else {
            return Ok(None);
        };
        let (provider, export) = self.export_of(&link.provider.value, wanted)?;
        let exports = &self.wiring.package_of(provider).world.exports;
        let Some(found) = exports.get(&export) else {
            return Ok(None);
        };
        let source = Source::Export {
            node: provider,
            name: export.clone(),
        };
        let renames = renames(item, found).map_err(|(here, there)| PlanError::Unrenamable {
            consumer: self.name(node).into(),
            import: name.into(),
            export: export.as_str().into(),
            expected: here.into(),
            found: there.into(),
            span: wanted.span,
        })?;
        if !renames.is_empty() {
            self.renames.insert((node, name.to_string()), renames);
        }
        Ok(Some(source))
    }

    /// Puts the imports together whose functions have other names where they come from.
    pub(super) fn rename(&mut self) {
        for ((node, name), renames) in &self.renames {
            let world = std::sync::Arc::clone(&self.wiring.package_of(*node).world);
            let Some(ItemType::Instance(interface)) = world.imports.get(name).map(|i| &i.ty) else {
                continue;
            };
            let Some(source) = self.wiring.nodes[*node].args.get_mut(name) else {
                continue;
            };
            let parts = interface.members.keys().map(|member| {
                let renamed = renames.iter().find(|(here, _)| here == member);
                let there = renamed.map_or(member, |(_, there)| there);
                let part = Source::Member(Box::new(source.clone()), there.clone());
                (member.clone(), part)
            });
            *source = Source::Bundle(parts.collect());
        }
    }
}

/// Functions of an import that have another name in an export: one on each side that the
/// other does not have is one renamed.
///
/// # Errors
/// With the functions of both sides that the other does not have, when those are more.
#[allow(clippy::type_complexity)] // Two lists of names.
pub fn renames(
    import: &WorldItem,
    export: &WorldItem,
) -> Result<Vec<(String, String)>, (Vec<String>, Vec<String>)> {
    let here = functions_beside(import, export);
    let there = functions_beside(export, import);
    match (here.as_slice(), there.as_slice()) {
        ([], _) => Ok(Vec::new()),
        ([one], [other]) => Ok(vec![(one.clone(), other.clone())]),
        _ => Err((here, there)),
    }
}

/// Functions of one instance that another does not have.
fn functions_beside(item: &WorldItem, other: &WorldItem) -> Vec<String> {
    let (ItemType::Instance(item), ItemType::Instance(other)) = (&item.ty, &other.ty) else {
        return Vec::new();
    };
    let members = item.members.iter();
    let functions = members.filter(|(name, member)| {
        matches!(member, Member::Func(_)) && !other.members.contains_key(*name)
    });
    functions.map(|(name, _)| name.clone()).collect()
}
