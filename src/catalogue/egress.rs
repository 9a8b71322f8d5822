//! Rows about ways out: calls with which something leaves a program.

use super::error::{At, CatalogueError};
use super::raw::{RawEgress, RawInterface};
use super::read::Reader;
use super::{Catalogue, Origin, Versions};
use crate::base::InterfaceName;

/// A call with which something leaves, or one that gives a handle to do so with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EgressRow {
    /// The interface without version.
    pub interface: String,
    /// Its versions.
    pub versions: Versions,
    /// The function.
    pub function: String,
    /// Where what leaves goes: `log`, `stdout`, `http-header`. Of several, the handle that
    /// the function is called on decides.
    pub to: Vec<String>,
    /// Parameters whose contents leave; empty for all.
    pub parameters: Vec<String>,
    /// The parameter with the handle that decides.
    pub handle: Option<String>,
    /// Whether the call gives a handle that leads there, and nothing leaves yet.
    pub gives: bool,
    /// Where it is written.
    pub origin: Origin,
}

impl Reader<'_> {
    pub(super) fn egress(
        &mut self,
        raw: &RawInterface,
        versions: &Versions,
    ) -> Result<(), CatalogueError> {
        for spanned in &raw.egress {
            let at = self.at(spanned);
            let row = spanned.get_ref();
            let (to, gives) = classes(row, &at)?;
            let parameters = row.parameter.as_ref();
            for interface in &raw.id.get_ref().0 {
                for function in &row.function.get_ref().0 {
                    let row = EgressRow {
                        interface: interface.clone(),
                        versions: versions.clone(),
                        function: function.clone(),
                        to: to.clone(),
                        parameters: parameters
                            .map(|p| p.get_ref().0.clone())
                            .unwrap_or_default(),
                        handle: row.handle.clone(),
                        gives,
                        origin: self.origin(&at),
                    };
                    self.added.egress.push((row, at.clone()));
                }
            }
        }
        Ok(())
    }
}

/// The classes of a row, and whether it gives a handle.
fn classes(row: &RawEgress, at: &At) -> Result<(Vec<String>, bool), CatalogueError> {
    let (names, gives) = match (&row.to, &row.gives) {
        (Some(to), None) => (to.get_ref().0.clone(), false),
        (None, Some(gives)) => (vec![gives.clone()], true),
        _ => return Err(at.error("an egress row says exactly one of `to` and `gives`")),
    };
    if gives && (row.parameter.is_some() || row.handle.is_some()) {
        return Err(at.error("`parameter` and `handle` belong to `to`"));
    }
    if names.len() > 1 && row.handle.is_none() {
        return Err(at.error("of several classes a `handle` decides"));
    }
    let word = |name: &str| super::Kind::new(name).is_some();
    match names.iter().find(|name| !word(name)) {
        Some(name) => Err(at.error(format!(
            "`{name}` is no class: lower-case words joined by `-`, such as `http-header`"
        ))),
        None => Ok((names, gives)),
    }
}

impl Catalogue {
    /// All rows about ways out.
    pub fn egress_rows(&self) -> &[EgressRow] {
        &self.egress
    }

    /// Whether an export of an interface is called once for each instance of the program.
    pub fn runs_once(&self, name: &InterfaceName) -> bool {
        let plain = name.unversioned();
        let mut all = self.once.iter();
        all.any(|(id, versions)| *id == plain && versions.contain(name.version.as_ref()))
    }

    /// Rows about ways out of one function.
    pub fn egress<'s>(
        &'s self,
        name: &'s InterfaceName,
        function: &'s str,
    ) -> impl Iterator<Item = &'s EgressRow> {
        let plain = name.unversioned();
        self.egress.iter().filter(move |row| {
            row.interface == plain
                && row.function == function
                && row.versions.contain(name.version.as_ref())
        })
    }
}
