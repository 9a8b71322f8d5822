//! Which node is meant by what people say of it.

use super::wiring::{Wiring, interface_of};
use crate::base::Sha256;
use crate::binary::Binary;
use crate::workload::InterfacePattern;

/// A part of a composition, as somebody says it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// The component with these bytes.
    Bytes(Sha256),
    /// The component with this digest: its bytes without custom sections, so that names and
    /// metadata do not count.
    Digest(Sha256),
    /// The component whose digest begins with these hexadecimal digits.
    DigestPrefix(String),
    /// The instance at a place, as `inspect` prints it, or anything within it.
    Path(String),
    /// The instance of a name in the name section. Whoever made the binary chose that.
    Name(String),
    /// An instance that exports an interface.
    Exports(InterfacePattern),
}

impl Who {
    /// Whether a node is it, or is within a composition that is it.
    pub fn is(&self, wiring: &Wiring<'_>, node: usize) -> bool {
        let it = &wiring.nodes[node];
        let package = wiring.package_of(node);
        match self {
            Who::Bytes(sha256) => {
                package.sha256 == *sha256
                    || around(wiring, node).any(|inner| Sha256::of(inner.bytes) == *sha256)
            }
            Who::Digest(digest) => Self::any_digest(wiring, node, |found| found == *digest),
            Who::DigestPrefix(prefix) => Self::any_digest(wiring, node, |found| {
                let digits = found.to_string();
                digits.starts_with(prefix.as_str())
            }),
            Who::Path(path) => it.path.as_deref().is_some_and(|own| within(own, path)),
            Who::Name(name) => {
                it.name == *name
                    || around(wiring, node).any(|inner| inner.name.as_ref() == Some(name))
            }
            Who::Exports(pattern) => {
                let mut exports = package.world.exports.iter();
                exports.any(|(name, item)| {
                    pattern.matches(name) || pattern.matches(interface_of(name, item))
                })
            }
        }
    }

    fn any_digest(wiring: &Wiring<'_>, node: usize, fits: impl Fn(Sha256) -> bool) -> bool {
        let digest = |bytes: &[u8]| Binary::parse(bytes).ok().map(|binary| binary.digest());
        let own = digest(&wiring.package_of(node).bytes);
        own.is_some_and(&fits)
            || around(wiring, node).any(|inner| digest(inner.bytes).is_some_and(&fits))
    }
}

/// The compositions that a node is within.
pub(super) fn around<'w, 'a>(
    wiring: &'w Wiring<'a>,
    node: usize,
) -> impl Iterator<Item = &'w super::wiring::Inner<'a>> {
    around_at(wiring, node).filter_map(|position| wiring.inner.get(position))
}

/// Their positions in [`Wiring::inner`].
pub(super) fn around_at(wiring: &Wiring<'_>, node: usize) -> impl Iterator<Item = usize> {
    let path = wiring.nodes[node].path.as_deref();
    let inner = wiring.inner.iter().enumerate();
    inner
        .filter(move |(_, inner)| path.is_some_and(|path| within(path, &inner.path)))
        .map(|(position, _)| position)
}

/// Whether a structural path is another one or lies below it.
fn within(path: &str, outer: &str) -> bool {
    let rest = path.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
