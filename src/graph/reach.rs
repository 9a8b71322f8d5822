//! What can run: everything reachable from the exports and start functions of the root.
//!
//! An over-approximation: a function is *not* reached only if no execution can call it,
//! whatever its inputs. Indirect calls go to every entry of their table with the right
//! type, or, when the table is not exact, to every function whose address is ever taken.

use super::ids::*;
use super::program::*;
use super::value::*;
use crate::binary::{ConstExpr, ConstOp, FuncId, FuncSig, ModuleId, Trampoline, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The result of [`Program::reach`].
#[derive(Clone, Debug)]
pub struct Reach {
    bodies: Vec<Vec<bool>>,
    lowers: Vec<bool>,
    builtins: Vec<bool>,
    called: BTreeMap<HostId, BTreeSet<InstanceId>>,
    passed_on: BTreeSet<HostId>,
    entered: BTreeSet<LiftId>,
}

impl Reach {
    /// Whether a core function with a body can run.
    pub fn runs(&self, program: &Program<'_, '_>, id: CoreInstanceId, func: FuncId) -> bool {
        let module = program.binary.module(program.core_instance(id).module);
        module
            .defined(func)
            .and_then(|body| self.bodies[id.index()].get(body).copied())
            .unwrap_or(false)
    }

    /// Whether a lowered function can be called.
    pub fn lower_runs(&self, id: LowerId) -> bool {
        self.lowers[id.index()]
    }

    /// Whether a built-in can be called.
    pub fn builtin_runs(&self, id: BuiltinId) -> bool {
        self.builtins[id.index()]
    }

    /// Host functions that code in the file can call, each with the instances that do.
    pub fn called(&self) -> &BTreeMap<HostId, BTreeSet<InstanceId>> {
        &self.called
    }

    /// Whether something outside of the file, or a start definition, calls a lifted function.
    pub fn entered(&self, id: LiftId) -> bool {
        self.entered.contains(&id)
    }

    /// Imported things that are handed back outside: exported again, or given to a
    /// component or module whose code is not here.
    pub fn passed_on(&self) -> &BTreeSet<HostId> {
        &self.passed_on
    }
}

impl Program<'_, '_> {
    /// Computes what can run.
    pub fn reach(&self) -> Reach {
        let mut walk = Walk {
            program: self,
            reach: Reach {
                bodies: self
                    .core_instances
                    .iter()
                    .map(|i| vec![false; self.binary.module(i.module).bodies.len()])
                    .collect(),
                lowers: vec![false; self.lowers.len()],
                builtins: vec![false; self.builtins.len()],
                called: BTreeMap::new(),
                passed_on: BTreeSet::new(),
                entered: BTreeSet::new(),
            },
            todo: Vec::new(),
            signatures: Signatures::new(self),
            entries: HashMap::new(),
            indirect_done: HashSet::new(),
            values_done: HashSet::new(),
        };
        walk.roots();
        while let Some(task) = walk.todo.pop() {
            match task {
                Task::Body(id, body) => walk.body(id, body),
                Task::Func(func, caller) => walk.core_func(func, caller),
            }
        }
        walk.reach
    }
}

/// A lift may lift a lowered function and so on: tasks keep such chains off the stack.
enum Task {
    Body(CoreInstanceId, usize),
    Func(CoreFunc, InstanceId),
}

struct Walk<'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    reach: Reach,
    todo: Vec<Task>,
    signatures: Signatures,
    /// By table (`None`: everything whose address is taken), then by signature (`None`:
    /// compatible with every one). Computed on first need.
    entries: HashMap<Option<TableRef>, HashMap<Option<u32>, Vec<CoreFunc>>>,
    indirect_done: HashSet<(Option<TableRef>, Option<u32>)>,
    values_done: HashSet<ValueId>,
}

impl Walk<'_, '_, '_> {
    fn roots(&mut self) {
        let program = self.program;
        for export in &program.exports {
            match export.item {
                RootItem::Item(item) => self.outside_item(item),
                RootItem::Core(value, _) => self.outside_core(value),
            }
        }
        for item in &program.escaped {
            self.outside_item(*item);
        }
        for value in &program.escaped_core {
            self.outside_core(*value);
        }
        for func in &program.starts {
            self.component_func(*func, None);
        }
        for (index, instance) in program.core_instances.iter().enumerate() {
            if let Some(start) = program.binary.module(instance.module).start {
                let func = program.func(CoreInstanceId(index as u32), start);
                self.core_func(func, instance.owner);
            }
        }
        if program.references_leave() {
            self.indirect(None, None);
        }
        // Whoever drops the last handle, here or outside, runs the destructor.
        for resource in &program.resources {
            if let Resource::Defined {
                instance,
                dtor: Some(dtor),
            } = resource
            {
                self.core_func(*dtor, *instance);
            }
        }
    }

    /// Something that code outside of the file can call.
    fn outside_item(&mut self, item: Item) {
        match item {
            Item::Func(func) => self.component_func(func, None),
            Item::Instance(value) if self.values_done.insert(value) => {
                match self.program.value(value) {
                    InstanceValue::Host(host) => {
                        self.reach.passed_on.insert(*host);
                    }
                    InstanceValue::Exports { items, .. } => {
                        let items: Vec<Item> = items.values().copied().collect();
                        for item in items {
                            self.outside_item(item);
                        }
                    }
                    InstanceValue::Unknown => {}
                }
            }
            Item::Component(ComponentValue::Host(host))
            | Item::CoreModule(ModuleValue::Host(host)) => {
                self.reach.passed_on.insert(host);
            }
            _ => {}
        }
    }

    fn outside_core(&mut self, value: CoreValue) {
        match value {
            // An import exported again.
            CoreValue::Func(CoreFunc::Host(host)) => {
                self.reach.passed_on.insert(host);
            }
            CoreValue::Func(func) => self.core_func(func, InstanceId(0)),
            CoreValue::Table(table) => self.all_of_table(table),
            CoreValue::Global(global) => {
                if let Some(Const::Func(func)) = self.program.global(global).initial {
                    self.core_func(func, InstanceId(0));
                }
            }
            // An import exported again under its own or another name.
            CoreValue::Outside(_, Some(host)) => {
                self.reach.passed_on.insert(host);
            }
            CoreValue::Memory(_) | CoreValue::Tag | CoreValue::Outside(_, None) => {}
        }
    }

    /// A component function, called from `caller` or from outside.
    fn component_func(&mut self, func: Func, caller: Option<InstanceId>) {
        match func {
            Func::Host(host) => match caller {
                Some(caller) => {
                    self.reach.called.entry(host).or_default().insert(caller);
                }
                None => {
                    self.reach.passed_on.insert(host);
                }
            },
            Func::Lift(lift) => {
                if caller.is_none() {
                    self.reach.entered.insert(lift);
                }
                let lift = &self.program.lifts[lift.index()];
                let options = &lift.options;
                let parts = [
                    Some(lift.func),
                    options.realloc,
                    options.post_return,
                    options.callback,
                ];
                let tasks = parts.into_iter().flatten();
                self.todo
                    .extend(tasks.map(|func| Task::Func(func, lift.instance)));
            }
            Func::Unknown => {}
        }
    }

    /// A core function, called by code that belongs to the instance `caller`.
    fn core_func(&mut self, func: CoreFunc, caller: InstanceId) {
        let program = self.program;
        match func {
            CoreFunc::Defined(id, func) => {
                let module = program.binary.module(program.core_instance(id).module);
                let Some(body) = module.defined(func) else {
                    return;
                };
                let seen = &mut self.reach.bodies[id.index()][body];
                if !*seen {
                    *seen = true;
                    self.todo.push(Task::Body(id, body));
                }
            }
            CoreFunc::Lower(id) => {
                if std::mem::replace(&mut self.reach.lowers[id.index()], true) {
                    return;
                }
                let lower = &program.lowers[id.index()];
                self.component_func(lower.func, Some(lower.instance));
                let realloc = lower.options.realloc;
                self.todo
                    .extend(realloc.map(|func| Task::Func(func, lower.instance)));
            }
            CoreFunc::Builtin(id) => {
                if std::mem::replace(&mut self.reach.builtins[id.index()], true) {
                    return;
                }
                let builtin = &program.builtins[id.index()];
                let realloc = builtin.options.realloc;
                self.todo
                    .extend(realloc.map(|func| Task::Func(func, builtin.instance)));
                if let Some(table) = builtin.calls_table {
                    self.all_of_table(table);
                }
                if builtin.calls_ref || builtin.calls_unknown {
                    self.indirect(None, None);
                }
            }
            CoreFunc::Host(host) => {
                self.reach.called.entry(host).or_default().insert(caller);
            }
            CoreFunc::Unknown => {}
        }
    }

    fn body(&mut self, id: CoreInstanceId, body: usize) {
        let program = self.program;
        let instance = program.core_instance(id);
        let module = program.binary.module(instance.module);
        for func in module.scan.calls(body) {
            self.core_func(program.func(id, *func), instance.owner);
        }
        if module.scan.calls_ref(body) {
            self.indirect(None, None);
        }
        if let Some(target) = module
            .scan
            .trampoline(body)
            .and_then(|t| program.trampoline_target(id, t))
        {
            self.core_func(target, instance.owner);
            return;
        }
        for call in module.scan.indirect_calls(body) {
            let table = instance.tables.get(call.table.index()).copied().flatten();
            let signature = self.signatures.of(instance.module, call.ty);
            self.indirect(table, signature);
        }
    }

    /// An indirect call; `None` as the table means any function whose address is taken,
    /// `None` as the signature means any.
    fn indirect(&mut self, table: Option<TableRef>, signature: Option<u32>) {
        let program = self.program;
        let table = table.filter(|t| program.tables[t.index()].exact);
        if !self.indirect_done.insert((table, signature)) {
            return;
        }
        let (program, signatures) = (self.program, &self.signatures);
        let by_signature = self.entries.entry(table).or_insert_with(|| {
            let entries = match table {
                Some(table) => program.tables[table.index()]
                    .slots
                    .values()
                    .copied()
                    .collect(),
                None => program.address_taken().to_vec(),
            };
            let mut by_signature: HashMap<_, Vec<CoreFunc>> = HashMap::new();
            for entry in entries {
                let known = entry.ty.and_then(|(m, t)| signatures.of(m, t));
                by_signature.entry(known).or_default().push(entry.func);
            }
            by_signature
        });
        let callees: Vec<CoreFunc> = match signature {
            Some(_) => [signature, None]
                .iter()
                .filter_map(|s| by_signature.get(s))
                .flatten()
                .copied()
                .collect(),
            None => by_signature.values().flatten().copied().collect(),
        };
        for func in callees {
            self.core_func(func, program.owner(func));
        }
    }

    fn all_of_table(&mut self, table: TableRef) {
        self.indirect(Some(table), None);
    }
}

impl Program<'_, '_> {
    /// The function that a trampoline forwards to, when its table is exact.
    pub fn trampoline_target(&self, id: CoreInstanceId, t: Trampoline) -> Option<CoreFunc> {
        let table = (*self.core_instance(id).tables.get(t.table.index())?)?;
        let state = &self.tables[table.index()];
        let entry = state.slots.get(&u64::from(t.slot))?;
        state.exact.then_some(entry.func)
    }

    /// Core functions that something outside of core code calls: lifted functions and what
    /// their options name, start functions, destructors, exports of a core module.
    pub fn entries(&self) -> Vec<CoreFunc> {
        let mut entries: Vec<CoreFunc> = Vec::new();
        for lift in &self.lifts {
            let options = &lift.options;
            entries.push(lift.func);
            entries.extend(options.realloc);
            entries.extend(options.post_return);
            entries.extend(options.callback);
        }
        entries.extend(self.lowers.iter().filter_map(|l| l.options.realloc));
        for (index, instance) in self.core_instances.iter().enumerate() {
            if let Some(start) = self.binary.module(instance.module).start {
                entries.push(self.func(CoreInstanceId(index as u32), start));
            }
        }
        for resource in &self.resources {
            if let Resource::Defined { dtor, .. } = resource {
                entries.extend(*dtor);
            }
        }
        for export in &self.exports {
            if let RootItem::Core(CoreValue::Func(func), _) = export.item {
                entries.push(func);
            }
        }
        entries
    }

    /// The component instance that a core function belongs to; the root for the host's.
    pub fn owner(&self, func: CoreFunc) -> InstanceId {
        match func {
            CoreFunc::Defined(id, _) => self.core_instance(id).owner,
            CoreFunc::Lower(id) => self.lowers[id.index()].instance,
            CoreFunc::Builtin(id) => self.builtins[id.index()].instance,
            CoreFunc::Host(_) | CoreFunc::Unknown => InstanceId(0),
        }
    }

    /// Every function whose address some table, segment, global or `ref.func` holds.
    pub fn address_taken(&self) -> &[TableEntry] {
        self.address_taken.get_or_init(|| self.find_address_taken())
    }

    /// Whether a call with a type of `module` can reach a table entry.
    pub fn same_type(&self, module: ModuleId, ty: TypeId, entry: &TableEntry) -> bool {
        let signature = |m: ModuleId, t: TypeId| self.binary.module(m).type_signature(t);
        match (
            signature(module, ty),
            entry.ty.and_then(|(m, t)| signature(m, t)),
        ) {
            (Some(a), Some(b)) => a.subtyped || b.subtyped || a == b,
            _ => true,
        }
    }

    fn find_address_taken(&self) -> Vec<TableEntry> {
        let mut taken: Vec<TableEntry> = Vec::new();
        for table in &self.tables {
            taken.extend(table.slots.values());
        }
        for global in &self.globals {
            if let Some(Const::Func(func)) = global.initial {
                taken.push(TableEntry { func, ty: None });
            }
        }
        for (index, instance) in self.core_instances.iter().enumerate() {
            let id = CoreInstanceId(index as u32);
            let module = self.binary.module(instance.module);
            for element in &module.elements {
                taken.extend(
                    self.element_entries(id, &element.items)
                        .into_iter()
                        .flatten(),
                );
            }
            let in_bodies = (0..module.bodies.len()).flat_map(|body| module.scan.refs(body));
            let in_constants = module.constants().flat_map(ConstExpr::ops);
            let in_constants = in_constants.filter_map(|op| match op {
                ConstOp::RefFunc(func) => Some(func),
                _ => None,
            });
            for func in in_bodies.copied().chain(in_constants) {
                taken.push(TableEntry {
                    func: self.func(id, func),
                    ty: module
                        .funcs
                        .get(func.index())
                        .map(|ty| (instance.module, *ty)),
                });
            }
        }
        taken
    }
}

/// Numbers for signatures, equal across modules when a call through a table may match.
struct Signatures {
    by_type: Vec<Vec<Option<u32>>>,
}

impl Signatures {
    fn new(program: &Program<'_, '_>) -> Self {
        let mut numbers: HashMap<&FuncSig, u32> = HashMap::new();
        let by_type = program
            .binary
            .modules
            .iter()
            .map(|module| {
                (0..module.types.len())
                    .map(|i| {
                        let signature = module.type_signature(TypeId(i as u32))?;
                        // `None` is compatible with everything.
                        if signature.subtyped {
                            return None;
                        }
                        let next = numbers.len() as u32;
                        Some(*numbers.entry(signature).or_insert(next))
                    })
                    .collect()
            })
            .collect();
        Signatures { by_type }
    }

    fn of(&self, module: ModuleId, ty: TypeId) -> Option<u32> {
        self.by_type
            .get(module.index())?
            .get(ty.index())
            .copied()
            .flatten()
    }
}
