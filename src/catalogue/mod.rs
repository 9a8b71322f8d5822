//! What is known about interfaces: which function takes the name of a resource in which
//! parameter. All of it is data in TOML (`docs/catalogue.md`); no interface is named in
//! code. Says nothing about any binary.

mod egress;
mod error;
mod kind;
mod path;
mod raw;
mod read;
mod read_core;
mod row;
mod versions;

#[cfg(test)]
mod tests;

pub use egress::EgressRow;
pub use error::CatalogueError;
pub use kind::Kind;
pub use path::{Head, ParamPath, Step};
pub use row::{
    CoreAnswer, CoreFact, CoreRow, CoreWrite, CoreWritten, EnvironLayout, Fact, Format, Mark,
    Origin, Row, RuntimeRow,
};
pub use versions::{VersionRule, Versions};

use crate::base::InterfaceName;
use std::collections::HashMap;

/// The catalogue files that are built in: name and text.
pub const BUILTIN: &[(&str, &str)] = &[
    (
        "catalogue/wasi.toml",
        include_str!("../../catalogue/wasi.toml"),
    ),
    (
        "catalogue/wasmcloud.toml",
        include_str!("../../catalogue/wasmcloud.toml"),
    ),
    (
        "catalogue/spin.toml",
        include_str!("../../catalogue/spin.toml"),
    ),
    (
        "catalogue/runtimes.toml",
        include_str!("../../catalogue/runtimes.toml"),
    ),
    (
        "catalogue/egress.toml",
        include_str!("../../catalogue/egress.toml"),
    ),
    (
        "catalogue/preview1.toml",
        include_str!("../../catalogue/preview1.toml"),
    ),
];

/// A file for [`Catalogue::extend`] that is not built in: names that say little about what
/// must be provided, such as those of headers.
pub const EXTRA: (&str, &str) = (
    "catalogue/extra.toml",
    include_str!("../../catalogue/extra.toml"),
);

/// Rows about interfaces and core imports.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    rows: Vec<Row>,
    core: Vec<CoreRow>,
    runtimes: Vec<RuntimeRow>,
    egress: Vec<EgressRow>,
    once: Vec<(String, Versions)>,
    /// Interface without version → rows, in order.
    by_interface: HashMap<String, Vec<usize>>,
    /// First-level import name → rows, in order.
    by_module: HashMap<String, Vec<usize>>,
}

impl Catalogue {
    /// The built-in catalogue.
    ///
    /// # Errors
    /// Never for a released gusset: a test reads the same text.
    pub fn builtin() -> Result<Catalogue, CatalogueError> {
        let mut catalogue = Catalogue::default();
        for (file, text) in BUILTIN {
            catalogue.add(file, text, true)?;
        }
        Ok(catalogue)
    }

    /// Adds the rows of a user's catalogue. `file` is the name for messages.
    ///
    /// # Errors
    /// [`CatalogueError`] with file, line and column: for text that is no catalogue, for a
    /// row that stands here already, and for an override of a row that does not exist. The
    /// catalogue is then unchanged.
    pub fn extend(&mut self, file: &str, text: &str) -> Result<(), CatalogueError> {
        self.add(file, text, false)
    }

    fn add(&mut self, file: &str, text: &str, builtin: bool) -> Result<(), CatalogueError> {
        let added = read::read(file, text, builtin)?;
        let mut next = self.clone();
        next.replace(&added)?;
        for (row, at) in added.rows {
            if let Some(before) = next.rows_of(&row.interface).find(|r| r.repeats(&row)) {
                return Err(at.error(format!(
                    "`{}` of `{}` is described already, at {}",
                    row.function, row.interface, before.origin
                )));
            }
            next.by_interface
                .entry(row.interface.clone())
                .or_default()
                .push(next.rows.len());
            next.rows.push(row);
        }
        for (row, at) in added.core {
            if let Some(before) = next.core_of(&row.module).find(|r| r.repeats(&row)) {
                return Err(at.error(format!(
                    "`{}` of core module `{}` is described already, at {}",
                    row.function, row.module, before.origin
                )));
            }
            next.by_module
                .entry(row.module.clone())
                .or_default()
                .push(next.core.len());
            next.core.push(row);
        }
        next.runtimes.extend(added.runtimes);
        next.once.extend(added.once);
        for (row, at) in added.egress {
            let same = |r: &&EgressRow| {
                (&r.interface, &r.function, r.gives) == (&row.interface, &row.function, row.gives)
                    && r.to == row.to
                    && r.versions.overlap(&row.versions)
            };
            if let Some(before) = next.egress.iter().find(same) {
                return Err(at.error(format!(
                    "this way out of `{}` of `{}` is described already, at {}",
                    row.function, row.interface, before.origin
                )));
            }
            next.egress.push(row);
        }
        *self = next;
        Ok(())
    }

    /// Takes out what the new rows override.
    fn replace(&mut self, added: &read::Added) -> Result<(), CatalogueError> {
        for replaced in &added.replaced {
            let key = (&replaced.owner, &replaced.function);
            let (rows, core) = (self.rows.len(), self.core.len());
            match replaced.core {
                false => self.rows.retain(|r| (&r.interface, &r.function) != key),
                true => self.core.retain(|r| (&r.module, &r.function) != key),
            }
            if (self.rows.len(), self.core.len()) == (rows, core) {
                return Err(replaced.at.error(format!(
                    "`override` has nothing to replace: no earlier row for `{}` of `{}`",
                    replaced.function, replaced.owner
                )));
            }
        }
        self.by_interface.clear();
        for (i, row) in self.rows.iter().enumerate() {
            let rows = self.by_interface.entry(row.interface.clone());
            rows.or_default().push(i);
        }
        self.by_module.clear();
        for (i, row) in self.core.iter().enumerate() {
            self.by_module
                .entry(row.module.clone())
                .or_default()
                .push(i);
        }
        Ok(())
    }

    /// All rows about interfaces.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// All rows about core imports.
    pub fn core_rows(&self) -> &[CoreRow] {
        &self.core
    }

    fn rows_of<'s>(&'s self, interface: &str) -> impl Iterator<Item = &'s Row> + use<'s> {
        let found = self.by_interface.get(interface);
        found.into_iter().flatten().map(|i| &self.rows[*i])
    }

    fn core_of<'s>(&'s self, module: &str) -> impl Iterator<Item = &'s CoreRow> + use<'s> {
        let found = self.by_module.get(module);
        found.into_iter().flatten().map(|i| &self.core[*i])
    }

    /// Rows about an interface at its version.
    pub fn interface<'s>(
        &'s self,
        name: &InterfaceName,
    ) -> impl Iterator<Item = &'s Row> + use<'s> {
        let version = name.version.clone();
        self.rows_of(&name.unversioned())
            .filter(move |row| row.versions.contain(version.as_ref()))
    }

    /// Rows about one function of an interface.
    pub fn function<'s, 'n>(
        &'s self,
        name: &InterfaceName,
        function: &'n str,
    ) -> impl Iterator<Item = &'s Row> + use<'s, 'n> {
        self.interface(name)
            .filter(move |row| row.function == function)
    }

    /// Rows about one import of a core module that is the whole file.
    pub fn core<'s, 'n>(
        &'s self,
        module: &str,
        function: &'n str,
    ) -> impl Iterator<Item = &'s CoreRow> + use<'s, 'n> {
        self.core_of(module)
            .filter(move |row| row.function == function)
    }

    /// The runtimes that ask for a name by themselves.
    pub fn runtimes<'s, 'n>(
        &'s self,
        kind: &'n Kind,
        name: &'n str,
    ) -> impl Iterator<Item = &'s RuntimeRow> + use<'s, 'n> {
        let asks = move |row: &&RuntimeRow| row.kind == *kind && row.keys.iter().any(|k| k == name);
        self.runtimes.iter().filter(asks)
    }

    /// Whether any row is about this interface, at whatever version.
    pub fn knows(&self, name: &InterfaceName) -> bool {
        self.by_interface.contains_key(&name.unversioned())
    }
}
