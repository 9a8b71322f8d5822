//! A linked program → facts.

use super::wire::*;
use crate::base::{InterfaceName, Sha256};
use crate::binary::{Binary, CoreItem, ExternName, Metadata, Module, Root, Shape, ShapeItem};
use crate::catalogue::Catalogue;
use crate::graph::{
    CoreInstanceId, InstanceId, Links, Program, Provider, Reach, Role, RootExport, RootImport,
    RootItem,
};
use crate::needs::Needs;
use std::collections::{BTreeMap, BTreeSet};

impl FileFacts {
    /// Everything `inspect` says about one binary. `path` is only shown.
    pub fn new(path: &str, binary: &Binary<'_>) -> FileFacts {
        let program = Program::link(binary);
        let reach = program.reach();
        FileFacts::of(path, &program, &reach)
    }

    /// The same with resource keys, according to a catalogue.
    pub fn with_needs(path: &str, binary: &Binary<'_>, catalogue: &Catalogue) -> FileFacts {
        FileFacts::with_kept_needs(path, binary, |program, reach| {
            FileNeeds::of(program, &Needs::of(program, reach, catalogue))
        })
    }

    /// The same with resource keys that may be known already; `needs` finds them out or
    /// remembers them.
    pub fn with_kept_needs(
        path: &str,
        binary: &Binary<'_>,
        needs: impl FnOnce(&Program<'_, '_>, &Reach) -> FileNeeds,
    ) -> FileFacts {
        let program = Program::link(binary);
        let reach = program.reach();
        let needs = needs(&program, &reach);
        let mut facts = FileFacts::of(path, &program, &reach);
        facts.needs = needs.file;
        for (instance, needs) in facts.instances.iter_mut().zip(needs.instances) {
            instance.needs = needs;
        }
        facts.notes.extend(needs.notes);
        let assumed = facts.needs.iter().find_map(|n| assumption(&n.verdict));
        facts.notes.extend(assumed.map(str::to_string));
        facts
    }

    /// The same for a program that was linked already.
    pub fn of(path: &str, program: &Program<'_, '_>, reach: &Reach) -> FileFacts {
        let binary = program.binary;
        let mut links = Links::new(program, reach);
        let (kind, metadata) = match binary.root {
            Root::Component(id) => ("component", Metadata::read(&binary.component(id).customs)),
            Root::Module(id) => ("module", Metadata::read(&binary.module(id).customs)),
        };
        let notes: Vec<String> = program.notes.iter().map(ToString::to_string).collect();
        let root_digest = digest(binary.digest());
        FileFacts {
            path: path.to_string(),
            sha256: Sha256::of(binary.bytes).to_string(),
            digest: root_digest.clone(),
            size: binary.bytes.len() as u64,
            kind,
            conventions: conventions(binary),
            imports: imports(program, reach),
            exports: exports(program, &mut links),
            instances: instances(program, reach, &mut links, root_digest),
            needs: Vec::new(),
            notes,
            proposals: binary.proposals.iter().map(|p| p.as_str()).collect(),
            producers: producers(binary),
            metadata: metadata.annotations.into_iter().collect(),
            sections: sections(binary),
        }
    }
}

impl FileNeeds {
    /// The needs of a program as they are shown.
    pub fn of(program: &Program<'_, '_>, needs: &Needs) -> FileNeeds {
        let ids = (0..program.instances.len()).map(|index| program.instance_id(index));
        let instances = ids.map(|id| super::needs::of_instance(program, needs, id));
        FileNeeds {
            file: super::needs::of_file(program, needs),
            instances: instances.collect(),
            notes: needs.notes.clone(),
        }
    }
}

/// What a verdict assumes beside what was shown; `None` when it proves nothing.
pub(in crate::report) fn assumption(verdict: &str) -> Option<&'static str> {
    matches!(verdict, "complete" | "bounded").then_some(ASSUMPTION)
}

/// What `complete` and `bounded` rest on beside what was shown.
const ASSUMPTION: &str = "assumed: no store whose address was not resolved hits constant data \
                          that a key is read from";

fn digest(digest: Sha256) -> String {
    format!("sha256:{digest}")
}

/// Conventions by which core modules talk to hosts without the component model.
fn conventions(binary: &Binary<'_>) -> Vec<&'static str> {
    let Root::Module(id) = binary.root else {
        return Vec::new();
    };
    let module = binary.module(id);
    let imports = |name: &str| module.imports.iter().any(|i| i.module == name);
    let mut found = Vec::new();
    if imports("wasi_snapshot_preview1") {
        found.push("wasi-preview1");
    }
    if imports("wapc") {
        found.push("wapc");
    }
    // wasmCloud 0.x signed its waPC modules: the token stands in a custom section.
    if module.custom("jwt").is_some() {
        found.push("wasmcloud-v0");
    }
    found
}

/// Which functions below each root import are called or handed on: names by position, and
/// the positions of imports that are handed on whole.
struct Uses {
    functions: BTreeMap<usize, BTreeSet<String>>,
    whole: BTreeSet<usize>,
}

fn uses(program: &Program<'_, '_>, reach: &Reach) -> Uses {
    let mut uses = Uses {
        functions: BTreeMap::new(),
        whole: BTreeSet::new(),
    };
    for id in reach.called().keys().chain(reach.passed_on()) {
        let host = program.host(*id);
        if host.path.is_empty() {
            uses.whole.insert(host.import);
        } else {
            let functions = uses.functions.entry(host.import).or_default();
            functions.insert(host.path.join("."));
        }
    }
    uses
}

fn imports(program: &Program<'_, '_>, reach: &Reach) -> Vec<ImportFacts> {
    let uses = uses(program, reach);
    let import = |(index, import): (usize, &RootImport<'_>)| {
        let functions = Functions::of(&import.shape);
        let whole = uses.whole.contains(&index);
        let used = uses.functions.get(&index);
        let is_used = |name: &String| whole || used.is_some_and(|u| u.contains(name));
        let is_func = matches!(import.shape, Shape::Func { .. });
        ImportFacts {
            name: import.name.name.to_string(),
            ty: import.sort.map_or("core", |s| s.as_str()),
            label: label(&import.name).filter(|_| import.sort.is_some()),
            implements: import.name.implements.map(str::to_string),
            external_id: import.name.external_id.map(str::to_string),
            used: match is_func {
                true => whole,
                false => functions.all.is_empty() || functions.all.iter().any(is_used),
            },
            never_called: functions
                .all
                .iter()
                .filter(|name| !is_func && !is_used(name))
                .cloned()
                .collect(),
            functions: functions.all,
            async_functions: functions.is_async,
        }
    };
    program.imports.iter().enumerate().map(import).collect()
}

/// Names of the functions of an import or export.
#[derive(Default)]
struct Functions {
    all: Vec<String>,
    is_async: Vec<String>,
}

impl Functions {
    fn of(shape: &Shape) -> Functions {
        let mut functions = Functions::default();
        if let Shape::Instance(items) = shape {
            functions.collect("", items);
        }
        functions
    }

    fn collect(&mut self, prefix: &str, items: &[ShapeItem]) {
        for item in items {
            let name = format!("{prefix}{}", item.name);
            match &item.shape {
                Shape::Func { is_async } => {
                    if *is_async {
                        self.is_async.push(name.clone());
                    }
                    self.all.push(name);
                }
                Shape::Instance(items) => self.collect(&format!("{name}."), items),
                _ => {}
            }
        }
    }
}

/// A name that is no interface name is a label that somebody chose.
fn label(name: &ExternName<'_>) -> Option<String> {
    name.name
        .parse::<InterfaceName>()
        .is_err()
        .then(|| name.name.to_string())
}

fn exports(program: &Program<'_, '_>, links: &mut Links<'_, '_, '_>) -> Vec<ExportFacts> {
    let export = |export: &RootExport<'_>| {
        let (ty, from, label) = match export.item {
            RootItem::Item(item) => (
                item.sort().as_str(),
                links.providers(item),
                label(&export.name),
            ),
            RootItem::Core(_, item) => (core_sort(item), Vec::new(), None),
        };
        let functions = export.shape.as_ref().map(Functions::of).unwrap_or_default();
        ExportFacts {
            name: export.name.name.to_string(),
            ty,
            label,
            implements: export.name.implements.map(str::to_string),
            external_id: export.name.external_id.map(str::to_string),
            functions: functions.all,
            async_functions: functions.is_async,
            from: from.iter().map(|p| provider(program, p)).collect(),
        }
    };
    program.exports.iter().map(export).collect()
}

fn core_sort(item: CoreItem) -> &'static str {
    match item {
        CoreItem::Func(_) => "func",
        CoreItem::Table(_) => "table",
        CoreItem::Memory(_) => "memory",
        CoreItem::Global(_) => "global",
        CoreItem::Tag(_) => "tag",
    }
}

fn provider(program: &Program<'_, '_>, provider: &Provider) -> ProviderFacts {
    match provider {
        Provider::Host(import) => {
            ProviderFacts::Host(program.imports[*import].name.name.to_string())
        }
        Provider::Instance(id) => ProviderFacts::Instance(program.instance(*id).path.clone()),
        Provider::Unknown => ProviderFacts::Unknown("see notes".to_string()),
    }
}

fn instances(
    program: &Program<'_, '_>,
    reach: &Reach,
    links: &mut Links<'_, '_, '_>,
    root_digest: String,
) -> Vec<InstanceFacts> {
    let binary = program.binary;
    let mut digests: BTreeMap<u32, String> = BTreeMap::new();
    let mut module_digests: BTreeMap<u32, String> = BTreeMap::new();
    // Hashing is what takes longest here: nothing is hashed twice.
    match binary.root {
        Root::Component(id) => digests.insert(id.0, root_digest.clone()),
        Root::Module(id) => module_digests.insert(id.0, root_digest.clone()),
    };
    let roles = program.roles();
    let mut found = Vec::with_capacity(program.instances.len());
    for (index, instance) in program.instances.iter().enumerate() {
        let component = match (instance.component, binary.root) {
            (Some(id), _) => Some(
                digests
                    .entry(id.0)
                    .or_insert_with(|| digest(binary.component_digest(id)))
                    .clone(),
            ),
            (None, Root::Module(_)) => Some(root_digest.clone()),
            (None, Root::Component(_)) => None,
        };
        let mut modules = Vec::new();
        for core in &instance.core {
            let core_instance = program.core_instance(*core);
            let module = binary.module(core_instance.module);
            modules.push(ModuleFacts {
                id: core_instance.path.clone(),
                name: core_instance.name.map(str::to_string),
                digest: module_digests
                    .entry(module.id.0)
                    .or_insert_with(|| digest(binary.module_digest(module.id)))
                    .clone(),
                size: module.range.len(),
                functions: module.bodies.len() as u64,
                reachable_functions: running(program, reach, *core, module),
            });
        }
        let path = |id: &InstanceId| program.instance(*id).path.clone();
        found.push(InstanceFacts {
            id: instance.path.clone(),
            name: instance.name.map(str::to_string),
            role: match roles[index] {
                Role::Code => "code",
                Role::Composition => "composition",
                Role::Glue => "glue",
                Role::Outside => "outside",
            },
            component,
            children: instance.children.iter().map(path).collect(),
            links: links
                .of(program.instance_id(index))
                .into_iter()
                .map(|link| LinkFacts {
                    import: link.import.to_string(),
                    called: link
                        .called
                        .iter()
                        .filter(|f| !f.is_empty())
                        .map(ToString::to_string)
                        .collect(),
                    used: !link.called.is_empty(),
                    from: link
                        .providers
                        .iter()
                        .map(|p| provider(program, p))
                        .collect(),
                })
                .collect(),
            modules,
            needs: Vec::new(),
        });
    }
    found
}

fn running(
    program: &Program<'_, '_>,
    reach: &Reach,
    id: CoreInstanceId,
    module: &Module<'_>,
) -> u64 {
    let runs = |body: &usize| reach.runs(program, id, module.func_of_body(*body));
    (0..module.bodies.len()).filter(runs).count() as u64
}

fn producers(binary: &Binary<'_>) -> Vec<ProducerFacts> {
    let components = binary.components.iter().map(|c| &c.customs);
    let modules = binary.modules.iter().map(|m| &m.customs);
    let mut found: BTreeSet<_> = BTreeSet::new();
    for customs in components.chain(modules) {
        found.extend(Metadata::read(customs).producers);
    }
    found
        .into_iter()
        .map(|p| ProducerFacts {
            field: p.field,
            name: p.name,
            version: p.version,
        })
        .collect()
}

fn sections(binary: &Binary<'_>) -> Vec<SectionFacts> {
    let mut sizes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let components = binary.components.iter().map(|c| (&c.sections, &c.customs));
    let modules = binary.modules.iter().map(|m| (&m.sections, &m.customs));
    for (sections, customs) in components.chain(modules) {
        let mut customs = customs.iter();
        for section in sections.iter().filter(|s| s.nested.is_none()) {
            let name = match (section.id, customs.as_slice().first()) {
                (0, Some(custom)) => {
                    customs.next();
                    format!("custom:{}", custom.name)
                }
                _ => section.name.to_string(),
            };
            let entry = sizes.entry(name).or_default();
            entry.0 += section.range.len();
            entry.1 += 1;
        }
    }
    let mut sizes: Vec<_> = sizes
        .into_iter()
        .map(|(name, (size, count))| SectionFacts { name, size, count })
        .collect();
    sizes.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.name.cmp(&b.name)));
    sizes
}
