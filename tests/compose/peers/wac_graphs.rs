//! The graphs that wac-graph is tested with: what it composes of them, gusset composes too,
//! with the same world and the same wiring; what it refuses is refused, or cannot even be said.

use super::super::parts::{bytes, with_wiring, workload};
use gusset::base::same_interface;
use gusset::binary::world::{ItemType, WorldItem};
use gusset::compose::{Draft, Package, Plan, Source, build};
use indexmap::IndexMap;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;
use wac_graph::types::Package as WacPackage;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    packages: Vec<FilePackage>,
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    arguments: Vec<Argument>,
    #[serde(default)]
    exports: Vec<Export>,
}

#[derive(Deserialize)]
struct FilePackage {
    name: String,
    version: Option<semver::Version>,
    path: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", tag = "type")]
enum Node {
    Import {
        name: String,
        package: usize,
        export: String,
    },
    Instantiation {
        package: usize,
    },
    Alias {
        source: usize,
        export: String,
    },
}

#[derive(Deserialize)]
struct Argument {
    source: usize,
    target: usize,
    name: String,
}

#[derive(Deserialize)]
struct Export {
    node: usize,
    name: String,
}

/// A graph with the bytes of its packages.
struct Case {
    file: File,
    bytes: Vec<Vec<u8>>,
}

impl Case {
    fn read(folder: &Path) -> Case {
        let text = std::fs::read_to_string(folder.join("graph.json")).expect("a graph");
        let file: File = serde_json::from_str(&text).expect("a graph as JSON");
        let read = |package: &FilePackage| {
            let path = folder.join(&package.path);
            match path.extension().is_some_and(|e| e == "wat") {
                true => bytes(&std::fs::read_to_string(&path).expect("text")),
                false => super::dummy::component(&path),
            }
        };
        let bytes = file.packages.iter().map(read).collect();
        Case { file, bytes }
    }

    /// What wac-graph makes of it.
    fn theirs(&self) -> Result<Vec<u8>, String> {
        let mut graph = CompositionGraph::new();
        let said = |error: &dyn std::error::Error| error.to_string();
        let mut packages = Vec::new();
        for (package, bytes) in self.file.packages.iter().zip(&self.bytes) {
            let (name, version) = (&package.name, package.version.as_ref());
            let package = WacPackage::from_bytes(name, version, bytes.clone(), graph.types_mut());
            let package = package.map_err(|e| e.to_string())?;
            packages.push(graph.register_package(package).map_err(|e| said(&e))?);
        }
        let mut nodes: Vec<NodeId> = Vec::new();
        for node in &self.file.nodes {
            nodes.push(match node {
                Node::Import {
                    name,
                    package,
                    export,
                } => {
                    let world = &graph.types()[graph[packages[*package]].ty()];
                    let kind = world.exports[export].promote();
                    graph.import(name.as_str(), kind).map_err(|e| said(&e))?
                }
                Node::Instantiation { package } => graph.instantiate(packages[*package]),
                Node::Alias { source, export } => graph
                    .alias_instance_export(nodes[*source], export)
                    .map_err(|e| said(&e))?,
            });
        }
        for Argument {
            source,
            target,
            name,
        } in &self.file.arguments
        {
            graph
                .set_instantiation_argument(nodes[*target], name, nodes[*source])
                .map_err(|e| said(&e))?;
        }
        for Export { node, name } in &self.file.exports {
            graph.export(nodes[*node], name).map_err(|e| said(&e))?;
        }
        graph.encode(EncodeOptions::default()).map_err(|e| said(&e))
    }

    /// Where a node comes from, as a link says it: provider and export; or why none can.
    fn source(&self, node: usize) -> Result<(String, Option<&str>), Said> {
        match &self.file.nodes[node] {
            Node::Import { .. } => Ok(("import".to_string(), None)),
            Node::Instantiation { .. } => Err(Said::Nothing("an instance with all its exports")),
            Node::Alias { source, export } => match &self.file.nodes[*source] {
                Node::Instantiation { .. } => Ok((format!("n{source}"), Some(export))),
                _ => Err(Said::Nothing("a member of an import")),
            },
        }
    }

    /// What the file says and no link could: nodes that nobody is given.
    fn unused(&self) -> Option<Said> {
        let mut used: BTreeSet<usize> = self.file.arguments.iter().map(|a| a.source).collect();
        used.extend(self.file.exports.iter().map(|export| export.node));
        for node in &self.file.nodes {
            if let Node::Alias { source, .. } = node {
                used.insert(*source);
            }
        }
        let mut nodes = self.file.nodes.iter().enumerate();
        let unused = nodes.find(|(number, node)| {
            !used.contains(number) && !matches!(node, Node::Instantiation { .. })
        });
        unused.map(|(_, node)| match node {
            Node::Import { .. } => Said::Nothing("an import that nobody uses"),
            _ => Said::Nothing("an export that nobody is given"),
        })
    }

    /// What gusset makes of it.
    fn ours(&self) -> Result<Vec<u8>, Said> {
        if let Some(said) = self.unused() {
            return Err(said);
        }
        let mut parts: Vec<(String, Package<'_>)> = Vec::new();
        for (number, node) in self.file.nodes.iter().enumerate() {
            if let Node::Instantiation { package } = node {
                let package = Package::parse("part", &self.bytes[*package]).expect("a component");
                parts.push((format!("n{number}"), package));
            }
        }
        if parts.is_empty() {
            return Err(Said::Nothing("a composition of nothing"));
        }
        let mut toml = String::new();
        let mut link = |consumer: &str, import: &str, provider: &str, export: Option<&str>| {
            toml.push_str(&format!(
                "[[link]]\nconsumer = \"{consumer}\"\nimport = \"{import}\"\nprovider = \"{provider}\"\n"
            ));
            if let Some(export) = export {
                toml.push_str(&format!("export = \"{export}\"\n"));
            }
        };
        let mut given = BTreeSet::new();
        for argument in &self.file.arguments {
            let target = format!("n{}", argument.target);
            if !given.insert((argument.target, &argument.name)) {
                return Err(Said::Nothing("two sources of one import"));
            }
            let part = parts.iter().find(|(name, _)| *name == target);
            let Some((_, part)) = part else {
                return Err(Said::Nothing("an argument of what is no instance"));
            };
            let (provider, export) = self.source(argument.source)?;
            if let Node::Import { name, .. } = &self.file.nodes[argument.source]
                && !same_interface(name, &argument.name)
            {
                return Err(Said::Nothing("an import of the whole under another name"));
            }
            let import = part.world.imports.get(&argument.name);
            let implements = import.and_then(|item| item.attributes.implements.as_deref());
            let interface = implements.unwrap_or(&argument.name);
            let export = export.filter(|export| !same_interface(interface, export));
            link(&target, &argument.name, &provider, export);
        }
        // What is not given stays open, though somebody inside could provide it.
        for (name, part) in &parts {
            for import in part.world.imports.keys() {
                if !given
                    .iter()
                    .any(|(n, i)| format!("n{n}") == *name && *i == import)
                {
                    link(name, import, "import", None);
                }
            }
        }
        let mut exported: IndexMap<&str, String> = IndexMap::new();
        for export in &self.file.exports {
            let (provider, name) = self.source(export.node)?;
            if name != Some(export.name.as_str()) {
                return Err(Said::Nothing("an export of the whole under another name"));
            }
            exported.insert(&export.name, provider);
        }
        let names: BTreeSet<&String> = parts
            .iter()
            .flat_map(|(_, p)| p.world.exports.keys())
            .collect();
        for name in names {
            let provider = exported.get(name.as_str()).map_or("import", String::as_str);
            link("export", name, provider, None);
        }
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let workload = workload(&toml, &names);
        let plan = Plan::resolve(Draft {
            base: None,
            parts: parts.clone(),
            links: &workload.links,
            middleware: &[],
        });
        let plan = plan.map_err(|errors| Said::Refused(errors[0].to_string()))?;
        Ok(build(&plan).expect("what was written is what was planned"))
    }
}

/// World and wiring. Types that are imported beside the interface that declares them are left
/// out: they are names of what is there, and gusset does not repeat them.
fn wired(bytes: &[u8]) -> Vec<String> {
    with_wiring(bytes, |wiring| {
        let is_type = |item: &WorldItem| matches!(item.ty, ItemType::Type(_));
        let mut lines = Vec::new();
        for (number, node) in wiring.nodes.iter().enumerate() {
            let package = wiring.package_of(number);
            let args = node.args.iter();
            let args = args.filter(|(import, _)| !is_type(&package.world.imports[*import]));
            let args = args.map(|(import, source)| match source {
                Source::Export { node, name } => {
                    format!("{import} = {name} of {}", wiring.package_of(*node).sha256)
                }
                other => format!("{import} = {other:?}"),
            });
            let mut args: Vec<String> = args.collect();
            args.sort();
            lines.push(format!("{} {}", package.sha256, args.join(", ")));
        }
        for (name, export) in &wiring.exports {
            let nodes = export.source.nodes();
            let from: Vec<_> = nodes.iter().map(|n| wiring.package_of(*n).sha256).collect();
            lines.push(format!("export {name} from {from:?}"));
        }
        let imports = wiring.world.imports.iter();
        let imports = imports.filter(|(_, item)| !is_type(item));
        lines.extend(imports.map(|(name, _)| format!("import {name}")));
        lines.sort();
        lines
    })
}

/// Why there is no composition.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// Something that links cannot say.
    Nothing(&'static str),
    /// Refused with a message.
    Refused(String),
}

/// What is expected of a case.
enum Expected {
    /// Both compose, and the world and the wiring are the same.
    Same,
    /// wac-graph composes it, and `gusset.toml` has no words for it.
    Unsayable(&'static str),
    /// Both refuse it; gusset with this message.
    Refused(&'static str),
    /// wac-graph refuses it, and `gusset.toml` has no words for it.
    Impossible(&'static str),
}

use Expected::{Impossible, Refused, Same, Unsayable};

const CASES: &[(&str, Expected)] = &[
    (
        "argument-already-satisfied",
        Impossible("under another name"),
    ),
    ("argument-type-mismatch", Impossible("under another name")),
    (
        "contains-cycle",
        Impossible("an instance with all its exports"),
    ),
    ("duplicate-imports", Same),
    (
        "export-already-exists",
        Impossible("an instance with all its exports"),
    ),
    ("export-missing", Impossible("nobody is given")),
    ("implements-exports", Same),
    ("implements-imports", Same),
    ("implements-satisfied", Same),
    ("implicit-import-conflict", Impossible("nobody uses")),
    // With its components inside, what wac-graph writes is not valid.
    (
        "implicit-resource-import",
        Impossible("a member of an import"),
    ),
    ("import-already-exists", Impossible("nobody uses")),
    ("import-resource-alias", Same),
    (
        "invalid-export-name",
        Impossible("an instance with all its exports"),
    ),
    ("invalid-import-name", Impossible("nobody uses")),
    ("map-type-mismatch", Refused("expected `u64`, found `u32`")),
    ("map-types", Same),
    ("merged-func-results", Same),
    ("merged-usings", Same),
    ("merging-import-dependencies", Unsayable("nobody uses")),
    (
        "missing-argument",
        Impossible("an instance with all its exports"),
    ),
    ("nested-use-type", Same),
    ("not-an-instance", Impossible("nobody is given")),
    ("not-instantiation", Impossible("nobody uses")),
    ("package-already-registered", Impossible("of nothing")),
    ("semver-highest-version-retained", Same),
    ("simple", Unsayable("under another name")),
    ("simple-versioned", Same),
    ("type-aggregation-error", Refused("")),
    ("use-type-by-id-import", Same),
    ("used-resource", Same),
    ("versioned-transitive-usings", Same),
];

#[test]
fn graphs_become_the_same_compositions() {
    let folder = super::tests_of("wac-graph").join("graphs");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .expect("graphs")
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let known: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, known, "the graphs that are published");
    let mut wrong = Vec::new();
    for (name, expected) in CASES {
        let case = Case::read(&folder.join(name));
        let (theirs, ours) = (case.theirs(), case.ours());
        let right = match (expected, &theirs, &ours) {
            (Same, Ok(theirs), Ok(ours)) => wired(theirs) == wired(ours),
            (Unsayable(why), Ok(_), Err(Said::Nothing(said)))
            | (Impossible(why), Err(_), Err(Said::Nothing(said))) => said.contains(why),
            (Refused(says), Err(_), Err(Said::Refused(message))) => message.contains(says),
            _ => false,
        };
        if !right {
            let shown = |bytes: &Vec<u8>| wired(bytes).join("\n  ");
            let (theirs, ours) = (theirs.as_ref().map(shown), ours.as_ref().map(shown));
            wrong.push(format!("{name}:\n {theirs:?}\n {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
