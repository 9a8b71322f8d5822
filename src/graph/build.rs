//! Making the program: an instantiation of the root component on paper.

use super::frame::Frame;
use super::ids::*;
use super::note::{Note, Reason};
use super::program::*;
use super::value::*;
use crate::binary::{
    self, Binary, Component, ComponentId, ComponentNames, DefinitionKind, Root, Sort, TypeDef,
};
use indexmap::{IndexMap, IndexSet};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How many component and core instances are linked. Engines stop at about 1,000 of each;
/// a small file can ask for exponentially many by instantiating in layers.
pub const MAX_INSTANCES: usize = 20_000;

/// How many definitions, imports and table entries all instances may have together. Function
/// bodies and calls count for an eighth, notes for a hundred.
const MAX_WORK: usize = 10_000_000;

/// How deeply instances are followed.
pub const MAX_DEPTH: usize = 100;

pub(super) struct Builder<'a, 'b> {
    pub program: Program<'a, 'b>,
    /// By instance.
    pub frames: Vec<Frame<'a>>,
    host_values: HashMap<HostId, ValueId>,
    host_resources: HashMap<HostId, ResourceId>,
    names: Vec<Option<Rc<ComponentNames<'a>>>>,
    /// Notes made so far; those about a limit without place, to say them once.
    noted: HashSet<Note>,
    pub depth: usize,
    pub work: usize,
}

impl<'a, 'b> Program<'a, 'b> {
    /// Links a binary. Never fails: what cannot be followed becomes a note.
    pub fn link(binary: &'b Binary<'a>) -> Program<'a, 'b> {
        let mut builder = Builder {
            program: Program {
                binary,
                imports: Vec::new(),
                exports: Vec::new(),
                instances: Vec::new(),
                core_instances: Vec::new(),
                lifts: Vec::new(),
                lowers: Vec::new(),
                builtins: Vec::new(),
                resources: Vec::new(),
                tables: Vec::new(),
                memories: Vec::new(),
                globals: Vec::new(),
                notes: Vec::new(),
                starts: Vec::new(),
                escaped: Vec::new(),
                escaped_core: Vec::new(),
                address_taken: std::cell::OnceCell::new(),
                hosts: IndexSet::new(),
                values: Vec::new(),
            },
            frames: Vec::new(),
            host_values: HashMap::new(),
            host_resources: HashMap::new(),
            names: vec![None; binary.components.len()],
            noted: HashSet::new(),
            depth: 0,
            work: 0,
        };
        match binary.root {
            Root::Component(id) => builder.root_component(id),
            Root::Module(id) => builder.root_module(id),
        }
        builder.finish_tables();
        builder.program
    }
}

impl<'a, 'b> Builder<'a, 'b> {
    fn root_component(&mut self, id: ComponentId) {
        let component = self.program.binary.component(id);
        for import in component.imports() {
            let shape = component.import_shape(import.name.name);
            self.program.imports.push(RootImport {
                name: import.name,
                sort: Some(import.sort),
                shape: shape.unwrap_or(binary::Shape::Value),
            });
        }
        let root = self.new_instance("root".to_string(), None, None, Some(id), None, Vec::new());
        self.walk(root, component);
        for export in component.exports() {
            let exports = self.program.instance(root).exports;
            let item = match self.program.value(exports) {
                InstanceValue::Exports { items, .. } => items.get(export.name.name).copied(),
                _ => None,
            };
            if let Some(item) = item {
                self.note_exported_code(root, export.name.name, item);
                self.program.exports.push(RootExport {
                    name: export.name,
                    item: RootItem::Item(item),
                    shape: component.export_shape(export.name.name),
                });
            }
        }
    }

    /// Adds an instance with no exports yet.
    pub(super) fn new_instance(
        &mut self,
        path: String,
        parent: Option<InstanceId>,
        name: Option<&'a str>,
        component: Option<ComponentId>,
        scope: Option<InstanceId>,
        args: Vec<(&'a str, Item)>,
    ) -> InstanceId {
        let id = InstanceId(self.program.instances.len() as u32);
        let exports = self.new_value(InstanceValue::Exports {
            instance: Some(id),
            items: IndexMap::new(),
        });
        self.program.instances.push(Instance {
            path,
            parent,
            name,
            component,
            children: Vec::new(),
            core: Vec::new(),
            args,
            exports,
        });
        self.frames.push(Frame {
            scope,
            ..Frame::default()
        });
        if let Some(parent) = parent {
            self.program.instances[parent.index()].children.push(id);
        }
        id
    }

    pub(super) fn new_value(&mut self, value: InstanceValue<'a>) -> ValueId {
        self.program.values.push(value);
        ValueId(self.program.values.len() as u32 - 1)
    }

    pub(super) fn note(&mut self, at: InstanceId, offset: Option<u64>, reason: Reason) {
        let note = Note {
            instance: self.program.instance(at).path.clone(),
            offset,
            reason,
        };
        let key = match note.reason {
            Reason::TooManyInstances | Reason::TooDeep => Note {
                instance: String::new(),
                offset: None,
                reason: note.reason.clone(),
            },
            _ => note.clone(),
        };
        if self.noted.insert(key) {
            self.work += 100;
            self.program.notes.push(note);
        }
    }

    /// Notes a component or core module that the root exports, or one inside an instance
    /// that it exports.
    fn note_exported_code(&mut self, root: InstanceId, name: &str, item: Item) {
        let mut seen = HashSet::new();
        let mut todo = vec![(name.to_string(), item)];
        while let Some((name, item)) = todo.pop() {
            match item {
                Item::Component(_) | Item::CoreModule(_) => {
                    self.note(root, None, Reason::ExportedCode(name));
                }
                Item::Instance(value) if seen.insert(value) => {
                    if let InstanceValue::Exports { items, .. } = self.program.value(value) {
                        let inside = items.iter().rev();
                        todo.extend(inside.map(|(n, item)| (format!("{name}.{n}"), *item)));
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn full(&self) -> bool {
        self.program.instances.len() + self.program.core_instances.len() >= MAX_INSTANCES
            || self.work >= MAX_WORK
    }

    pub(super) fn names_of(&mut self, id: ComponentId) -> Rc<ComponentNames<'a>> {
        let binary = self.program.binary;
        Rc::clone(
            self.names[id.index()].get_or_insert_with(|| Rc::new(binary.component(id).names())),
        )
    }

    /// Makes every definition of `component` in order, as instantiation does.
    pub(super) fn walk(&mut self, at: InstanceId, component: &'b Component<'a>) {
        self.work += component.definitions.len();
        let given = self.program.instance(at).args.iter().copied().collect();
        for definition in &component.definitions {
            let offset = definition.offset;
            match &definition.kind {
                DefinitionKind::CoreModule(id) => {
                    self.frame(at).core_modules.push(ModuleValue::Defined(*id));
                }
                DefinitionKind::CoreInstance(instance) => {
                    self.core_instance(at, component.id, offset, instance);
                }
                DefinitionKind::CoreType => {}
                DefinitionKind::Component(id) => {
                    let value = ComponentValue::Defined {
                        component: *id,
                        scope: at,
                    };
                    self.frame(at).components.push(value);
                }
                DefinitionKind::Instance(instance) => {
                    self.instance(at, component.id, offset, instance);
                }
                DefinitionKind::Alias(alias) => self.alias(at, offset, alias),
                DefinitionKind::Type(TypeDef::Other) => self.frame(at).types.push(None),
                DefinitionKind::Type(TypeDef::Resource { dtor }) => {
                    let dtor = dtor.and_then(|i| self.frame(at).core_funcs.get(i.index()).copied());
                    let id = self.new_resource(Resource::Defined { instance: at, dtor });
                    self.frame(at).types.push(Some(id));
                }
                DefinitionKind::Canon(canon) => self.canon(at, offset, canon),
                DefinitionKind::Start { func, results } => {
                    let func = self.frame(at).funcs.get(func.index()).copied();
                    self.program.starts.extend(func);
                    self.frame(at).values += results;
                }
                DefinitionKind::Import(import) => {
                    let item = self.import(at, offset, import, &given);
                    self.frame(at).push(item);
                }
                DefinitionKind::Export(export) => {
                    let item = self.item(at, offset, export.item.sort, export.item.index);
                    self.frame(at).push(item);
                    let exports = self.program.instance(at).exports;
                    if let InstanceValue::Exports { items, .. } =
                        &mut self.program.values[exports.index()]
                    {
                        items.insert(export.name.name, item);
                    }
                }
            }
        }
    }

    pub(super) fn frame(&mut self, at: InstanceId) -> &mut Frame<'a> {
        &mut self.frames[at.index()]
    }

    fn new_resource(&mut self, resource: Resource) -> ResourceId {
        self.program.resources.push(resource);
        ResourceId(self.program.resources.len() as u32 - 1)
    }

    fn import(
        &mut self,
        at: InstanceId,
        offset: u64,
        import: &binary::Import<'a>,
        given: &HashMap<&'a str, Item>,
    ) -> Item {
        if self.program.instance(at).parent.is_none() {
            let position = self.frame(at).imports;
            self.frame(at).imports += 1;
            let host = self.host(position, Vec::new());
            return self.host_item(import.sort, host);
        }
        match given.get(import.name.name) {
            Some(item) => *item,
            None => self.unknown(at, offset, import.sort, import.name.name),
        }
    }

    /// An item that stays unknown, with a note.
    pub(super) fn unknown(&mut self, at: InstanceId, offset: u64, sort: Sort, what: &str) -> Item {
        let reason = Reason::Dangling(format!("{} `{what}`", sort.as_str()));
        self.note(at, Some(offset), reason);
        match sort {
            Sort::CoreModule => Item::CoreModule(ModuleValue::Unknown),
            Sort::Func => Item::Func(Func::Unknown),
            Sort::Value => Item::Value,
            Sort::Type => Item::Type(None),
            Sort::Component => Item::Component(ComponentValue::Unknown),
            Sort::Instance => Item::Instance(self.new_value(InstanceValue::Unknown)),
        }
    }

    /// The item at an index, or an unknown one.
    pub(super) fn item(&mut self, at: InstanceId, offset: u64, sort: Sort, index: u32) -> Item {
        match self.frames[at.index()].get(sort, index) {
            Some(item) => item,
            None => self.unknown(at, offset, sort, &format!("#{index}")),
        }
    }

    pub(super) fn host(&mut self, import: usize, path: Vec<&'a str>) -> HostId {
        let (index, _) = self.program.hosts.insert_full(Host { import, path });
        HostId(index as u32)
    }

    pub(super) fn host_item(&mut self, sort: Sort, host: HostId) -> Item {
        match sort {
            Sort::CoreModule => Item::CoreModule(ModuleValue::Host(host)),
            Sort::Func => Item::Func(Func::Host(host)),
            Sort::Value => Item::Value,
            Sort::Type => Item::Type(Some(match self.host_resources.get(&host) {
                Some(id) => *id,
                None => {
                    let id = self.new_resource(Resource::Host(host));
                    self.host_resources.insert(host, id);
                    id
                }
            })),
            Sort::Component => Item::Component(ComponentValue::Host(host)),
            Sort::Instance => Item::Instance(match self.host_values.get(&host) {
                Some(id) => *id,
                None => {
                    let id = self.new_value(InstanceValue::Host(host));
                    self.host_values.insert(host, id);
                    id
                }
            }),
        }
    }
}
