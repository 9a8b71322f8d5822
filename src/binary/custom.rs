//! Metadata from custom sections: producers and the annotations of published binaries.

use super::section::Custom;
use wasmparser as wp;

/// A tool that had a part in making the binary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// Name of the tool.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
}

/// What a component or module says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Tools, in the order of the section.
    pub producers: Vec<Producer>,
    /// Single-value sections, by section name: `authors`, `description`, `homepage`,
    /// `licenses`, `revision`, `source`, `version`.
    pub annotations: Vec<(String, String)>,
}

const ANNOTATIONS: &[&str] = &[
    "authors",
    "description",
    "homepage",
    "licenses",
    "revision",
    "source",
    "version",
];

impl Metadata {
    /// Reads the custom sections of one component or module. Malformed sections are passed
    /// over: they are no part of what runs.
    pub fn read(customs: &[Custom<'_>]) -> Metadata {
        let mut metadata = Metadata::default();
        for custom in customs {
            if custom.name == "producers" {
                metadata.producers.extend(producers(custom));
            } else if ANNOTATIONS.contains(&custom.name)
                && let Ok(text) = std::str::from_utf8(custom.data)
            {
                metadata
                    .annotations
                    .push((custom.name.to_string(), text.to_string()));
            }
        }
        metadata
    }
}

fn producers(custom: &Custom<'_>) -> Vec<Producer> {
    let reader = wp::BinaryReader::new(custom.data, custom.range.start);
    let Ok(section) = wp::ProducersSectionReader::new(reader) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for field in section.into_iter().map_while(Result::ok) {
        for value in field.values.into_iter().map_while(Result::ok) {
            found.push(Producer {
                field: field.name.to_string(),
                name: value.name.to_string(),
                version: value.version.to_string(),
            });
        }
    }
    found
}
