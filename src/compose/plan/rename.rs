//! Links between interfaces of different names: `wasi:http/client` given by a
//! `wasi:http/handler`.

use super::super::wiring::Source;
use super::{PlanError, Planner};
use crate::binary::world::{ItemType, Member, WorldItem};
use crate::workload::Link;

impl Planner<'_, '_> {
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
        let missing = || PlanError::NoExport {
            provider: link.provider.value.clone(),
            import: wanted.value.to_string(),
            near: None,
            span: wanted.span,
        };
        let mut nodes = self.wiring.nodes.iter();
        let provider = nodes.position(|node| node.name == link.provider.value);
        let provider = provider.ok_or_else(missing)?;
        let exports = &self.wiring.package_of(provider).world.exports;
        let mut meant = exports
            .iter()
            .filter(|(name, _)| wanted.value.matches(name));
        let (export, found) = match (meant.next(), meant.next()) {
            (Some(only), None) => only,
            (None, _) => return Err(missing()),
            (Some((one, _)), Some((two, _))) => {
                return Err(PlanError::AmbiguousLink {
                    provider: link.provider.value.clone(),
                    export: wanted.value.to_string(),
                    found: vec![one.clone(), two.clone()],
                    span: wanted.span,
                });
            }
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
