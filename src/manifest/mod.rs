//! Manifests from binaries: what a workload needs, written as the hosts want it, and read back
//! to be compared.
//!
//! A [`Model`] says what is in the binaries, each target makes documents of it (`doc`), and
//! three syntaxes turn documents into text and text into values with places (`tree`).
//! Comparison and edits work on these two and know no target.
//!
//! `docs/manifest.md` is the reference.

mod compare;
mod configmap;
pub mod doc;
mod dotenv;
mod host;
mod hosts;
mod markdown;
mod mask;
mod model;
mod oci;
mod out;
mod planned;
mod resources;
mod spin;
mod target;
mod text;
mod toml_text;
pub mod tree;
mod wadm;
mod wash;
pub mod wasmcloud;
mod wasmtime;
mod words;
pub mod yaml;

pub use compare::{Change, Difference, Path, SelectError, Step};
pub use model::{Component, Model, ModelError, Port, Route, Settings, Source};
pub use planned::{PlanMismatch, agrees};
pub use target::{Syntax, Target, UnknownTarget};

use crate::base::{ByteRange, SourceFile};
use crate::workload::Profile;
use doc::{Doc, Node};
use tree::Found;

/// A manifest of a workload.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Its kind.
    pub target: Target,
    /// Its documents; none of a kind that is text alone.
    pub docs: Vec<Doc>,
    /// What a person should know before deploying it, one sentence each.
    pub warnings: Vec<String>,
    text: String,
}

/// A manifest against a file.
#[derive(Clone, Debug)]
pub struct Comparison<'m> {
    /// What the file says otherwise.
    pub differences: Vec<Difference<'m>>,
    /// Fields that a manifest of this kind does not have, and values of another type.
    pub shape: Vec<(ByteRange, String)>,
    /// The file as it may be shown: without the values of secrets, at the same places.
    pub shown: SourceFile,
}

/// Why a file is no manifest of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("{message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where.
        span: ByteRange,
    },
    /// It has none of the documents.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Nothing in manifests of this kind is a person's.
    #[error("manifests of the kind `{0}` are written anew, not updated")]
    Target(Target),
    /// It cannot be changed.
    #[error("{0}")]
    Edit(String),
}

impl Manifest {
    /// The manifest of a workload for a host.
    ///
    /// # Errors
    /// When the workload does not say enough: see [`ModelError`].
    pub fn new(target: Target, model: &Model, profile: &Profile) -> Result<Manifest, ModelError> {
        let (written, text) = match target {
            Target::Wasmcloud => (wasmcloud::write(model, profile)?, None),
            Target::Wash => (wash::write(model, profile)?, None),
            Target::Spin => (spin::write(model, profile), None),
            Target::Wadm => (wadm::write(model, profile), None),
            Target::Dotenv => (dotenv::write(model), None),
            Target::Configmap => (configmap::write(model), None),
            Target::Wasmtime => {
                let (written, text) = wasmtime::write(model, profile);
                (written, Some(text))
            }
            Target::Markdown => {
                let (written, text) = markdown::write(model);
                (written, Some(text))
            }
            Target::Oci => {
                let (written, text) = oci::write(model);
                (written, Some(text))
            }
        };
        let text = text.unwrap_or_else(|| render(target, &written.docs));
        let mut warnings = written.warnings;
        let mut seen = std::collections::BTreeSet::new();
        warnings.retain(|warning| seen.insert(warning.clone()));
        Ok(Manifest {
            target,
            docs: written.docs,
            warnings,
            text,
        })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a person has to fill in, in the order of the text.
    pub fn to_fill_in(&self) -> Vec<&str> {
        let mut places = Vec::new();
        doc::visit(&self.docs, &mut |entry| {
            if let Node::Fill { what, initial } = &entry.node
                && initial.is_empty()
            {
                places.push(if what.is_empty() {
                    entry.key.as_str()
                } else {
                    what.as_str()
                });
            }
        });
        places
    }

    /// What a file says otherwise.
    ///
    /// # Errors
    /// When the file is no manifest of this kind.
    pub fn compare(&self, source: &SourceFile) -> Result<Comparison<'_>, ReadError> {
        if self.target.syntax() == Syntax::Text {
            let shape = text::compare(self.target, &self.text, source);
            return Ok(Comparison {
                differences: Vec::new(),
                shape: shape.into_iter().collect(),
                shown: text::mask(&self.text, source),
            });
        }
        let found = self.read(source)?;
        let differences = compare::compare(&self.docs, &found)?;
        let mut shape = Vec::new();
        if self.target == Target::Wasmcloud {
            for doc in &self.docs {
                let document = found.get(compare::select(doc, &found)?);
                shape.extend(document.and_then(|document| wasmcloud::unknown(source, document)));
            }
        }
        Ok(Comparison {
            differences,
            shape,
            shown: mask::mask(source, &self.docs, &found),
        })
    }

    /// The text of a file with what follows from the binaries brought up to date, and what a
    /// person wrote as it was.
    ///
    /// # Errors
    /// When the file is no manifest of this kind, and when it cannot be changed without
    /// touching what a person wrote.
    pub fn update(&self, source: &SourceFile) -> Result<String, ReadError> {
        let found = self.read(source)?;
        let differences = compare::compare(&self.docs, &found)?;
        if differences.is_empty() {
            return Ok(source.text().to_string());
        }
        let edited = match self.target.syntax() {
            Syntax::Yaml => yaml::edit(source.text(), &found, &differences)
                .map_err(|error| ReadError::Edit(error.to_string()))?,
            Syntax::Toml => {
                toml_text::edit(source.text(), &differences).map_err(ReadError::Edit)?
            }
            Syntax::Dotenv => dotenv::edit(source, &found, &differences),
            Syntax::Text => return Err(ReadError::Target(self.target)),
        };
        self.prove(&found, &differences, &edited)?;
        Ok(edited)
    }

    /// An edit is right when nothing is different any more, and everything else is as it was.
    fn prove(
        &self,
        before: &[Found],
        differences: &[Difference<'_>],
        text: &str,
    ) -> Result<(), ReadError> {
        let refuse = |why: &str| {
            Err(ReadError::Edit(format!(
                "the file cannot be changed safely: {why}"
            )))
        };
        let Ok(after) = self.read(&SourceFile::new("", text)) else {
            return refuse("the result could not be read");
        };
        if !compare::compare(&self.docs, &after)?.is_empty() {
            return refuse("the form of the file is one that edits do not know");
        }
        match compare::kept(before, &after, differences) {
            true => Ok(()),
            false => refuse("something that a person wrote would change"),
        }
    }

    fn read(&self, source: &SourceFile) -> Result<Vec<Found>, ReadError> {
        let syntax = |(span, message)| ReadError::Syntax { message, span };
        match self.target.syntax() {
            Syntax::Yaml => yaml::read(source.text()).map_err(|e| syntax((e.span, e.message))),
            Syntax::Toml => toml_text::read(source.text())
                .map(|f| vec![f])
                .map_err(syntax),
            Syntax::Dotenv => dotenv::read(source).map(|f| vec![f]).map_err(syntax),
            Syntax::Text => Err(ReadError::Target(self.target)),
        }
    }
}

/// Documents as text of a kind of manifest; nothing for a kind that is text alone.
pub fn render(target: Target, docs: &[Doc]) -> String {
    match target.syntax() {
        Syntax::Yaml => yaml::write(docs),
        Syntax::Toml => toml_text::write(docs),
        Syntax::Dotenv => dotenv::text(docs),
        Syntax::Text => String::new(),
    }
}
