//! What stands in memory, as expressions: texts, lists, modules, classes, functions.

use super::code::{self, Code, VARARGS, VARKEYWORDS};
use super::heap::{Heap, Obj};
use super::lower::{Closure, Work};
use crate::script::ir::*;
use std::collections::{BTreeMap, BTreeSet};

/// How deep lists in lists are read.
const DEPTH: usize = 20;
/// Functions that are read.
const FUNCTIONS: usize = 20_000;
/// Steps through bytecode.
const STEPS: usize = 20_000_000;
/// Objects that are read.
const OBJECTS: usize = 500_000;

/// A program on its way from memory.
pub(super) struct Objects<'h, 'm, 'a> {
    pub heap: &'h Heap<'m, 'a>,
    pub program: Program,
    pub unread: Vec<String>,
    /// Stands for code that is not there any more: the top level of modules.
    top: FuncId,
    exprs: BTreeMap<Obj, ExprId>,
    units: BTreeMap<String, usize>,
    globals: BTreeMap<(Obj, String), VarId>,
    dicts: BTreeMap<Obj, BTreeMap<String, Obj>>,
    /// The class that a method belongs to.
    pub methods: BTreeMap<FuncId, ClassId>,
    /// Functions whose bytecode is still to be read.
    pub todo: Vec<Work>,
    /// Steps through bytecode that are left, with what jumps take along.
    pub left: usize,
}

impl<'h, 'm, 'a> Objects<'h, 'm, 'a> {
    pub(super) fn new(heap: &'h Heap<'m, 'a>) -> Objects<'h, 'm, 'a> {
        let mut program = Program::default();
        program.units.push(Unit {
            file: "memory".to_string(),
            module: "".into(),
            exports: BTreeMap::new(),
            hands_on: Vec::new(),
        });
        let top = program.add_func(0);
        Objects {
            heap,
            program,
            unread: Vec::new(),
            top,
            exprs: BTreeMap::new(),
            units: BTreeMap::new(),
            globals: BTreeMap::new(),
            dicts: BTreeMap::new(),
            methods: BTreeMap::new(),
            todo: Vec::new(),
            left: STEPS,
        }
    }

    /// Reads all modules and functions of the program.
    pub(super) fn read_all(&mut self) {
        for module in &self.heap.modules {
            let dict = self.heap.field(*module, 8);
            let file = self
                .in_dict(dict, "__file__")
                .and_then(|f| self.heap.text(f));
            let Some(file) = file.filter(|f| is_program(f)) else {
                continue;
            };
            let unit = self.unit(&file, dict);
            let names: Vec<String> = self.dict(dict).keys().cloned().collect();
            for name in names {
                let var = self.global(dict, &name);
                if let Some(var) = var {
                    let value = self.program.add(Node::Var(var), self.top, 0);
                    let exports = &mut self.program.units[unit].exports;
                    exports.entry(name.as_str().into()).or_default().push(value);
                }
            }
        }
        for function in &self.heap.functions {
            let code = self.heap.field(*function, 24);
            if self.heap.is(code, "code")
                && code::file(self.heap, code).is_some_and(|f| is_program(&f))
            {
                self.object(*function, 0);
            }
        }
        while let Some(work) = self.todo.pop() {
            self.function(work);
        }
        if self.left == 0 || self.heap.is_used_up() || self.program.is_full() {
            self.unread
                .push("there is too much to read all".to_string());
        }
    }

    /// Files of the program.
    pub(super) fn files(&self) -> Vec<String> {
        let files: BTreeSet<String> = self.units.keys().map(|f| shown(f)).collect();
        files.into_iter().collect()
    }

    pub(super) fn unit(&mut self, file: &str, globals: Obj) -> usize {
        if let Some(unit) = self.units.get(file) {
            return *unit;
        }
        let module = self
            .in_dict(globals, "__name__")
            .and_then(|n| self.heap.text(n));
        let unit = self.program.units.len();
        self.program.units.push(Unit {
            file: shown(file),
            module: module.unwrap_or_default().into(),
            exports: BTreeMap::new(),
            hands_on: Vec::new(),
        });
        self.units.insert(file.to_string(), unit);
        unit
    }

    fn dict(&mut self, dict: Obj) -> &BTreeMap<String, Obj> {
        let heap = self.heap;
        self.dicts
            .entry(dict)
            .or_insert_with(|| heap.entries(dict).unwrap_or_default().into_iter().collect())
    }

    pub(super) fn in_dict(&mut self, dict: Obj, name: &str) -> Option<Obj> {
        self.dict(dict).get(name).copied()
    }

    /// The variable that a global name is; `None` if the module has none of that name.
    pub(super) fn global(&mut self, globals: Obj, name: &str) -> Option<VarId> {
        if let Some(var) = self.globals.get(&(globals, name.to_string())) {
            return Some(*var);
        }
        let object = self.in_dict(globals, name)?;
        let var = self.new_global(globals, name);
        let value = self.object(object, 0);
        self.program.give(var, value);
        Some(var)
    }

    /// The variable of a global name that code assigns to.
    pub(super) fn new_global(&mut self, globals: Obj, name: &str) -> VarId {
        if let Some(var) = self.globals.get(&(globals, name.to_string())) {
            return *var;
        }
        let var = self.program.add_var(Var::default());
        self.globals.insert((globals, name.to_string()), var);
        var
    }

    fn add(&mut self, node: Node) -> ExprId {
        self.program.add(node, self.top, 0)
    }

    /// An object, as an expression.
    pub(super) fn object(&mut self, object: Obj, depth: usize) -> ExprId {
        if let Some(known) = self.exprs.get(&object) {
            return *known;
        }
        if depth > DEPTH || self.exprs.len() > OBJECTS {
            return self.add(Node::Unknown);
        }
        // What holds itself is not followed around.
        let unknown = self.add(Node::Unknown);
        self.exprs.insert(object, unknown);
        let node = self.node(object, depth);
        let found = self.add(node);
        self.exprs.insert(object, found);
        found
    }

    fn node(&mut self, object: Obj, depth: usize) -> Node {
        let heap = self.heap;
        if let Some(text) = heap.text(object) {
            return Node::Text(text.into());
        }
        if let Some(number) = heap.number(object) {
            return Node::Number(number);
        }
        if let Some(bytes) = heap.bytes(object) {
            return match String::from_utf8(bytes) {
                Ok(text) => Node::Text(text.into()),
                Err(_) => Node::Unknown,
            };
        }
        if let Some(items) = heap.items(object) {
            let items = items.into_iter().map(|i| self.object(i, depth + 1));
            return Node::List(items.collect());
        }
        if heap.is(object, "dict") {
            let Some(entries) = heap.entries(object) else {
                return Node::Unknown;
            };
            let entries = entries.into_iter();
            let read = entries.map(|(k, v)| (Some(k.into()), self.object(v, depth + 1)));
            return Node::Object(read.collect());
        }
        if heap.is(object, "module") {
            let dict = heap.field(object, 8);
            let name = self.in_dict(dict, "__name__").and_then(|n| heap.text(n));
            return name.map_or(Node::Unknown, |name| Node::Import(name.into(), None));
        }
        if heap.is(object, "function") {
            return self.function_object(object);
        }
        if heap.is(object, "method") {
            let (function, of) = (heap.field(object, 8), heap.field(object, 12));
            let name = heap.text(heap.field(function, 16));
            let of = self.object(of, depth + 1);
            return name.map_or(Node::Unknown, |name| Node::Member(of, name.into()));
        }
        if heap.is(object, "staticmethod") || heap.is(object, "classmethod") {
            let inner = heap.field(object, 8);
            let inner = self.object(inner, depth + 1);
            return Node::Choice(vec![inner]);
        }
        if heap.is(object, "property") {
            // Reading it calls its function.
            let getter = heap.field(object, 8);
            let getter = self.object(getter, depth + 1);
            return Node::Call(getter, Vec::new());
        }
        if heap.type_of(object) == Some("functools._lru_cache_wrapper") {
            // It calls the function that it holds.
            let held = (2..32).map(|word| heap.field(object, word * 4));
            let function = held.into_iter().find(|held| heap.is(*held, "function"));
            if let Some(function) = function {
                let inner = self.object(function, depth + 1);
                return Node::Choice(vec![inner]);
            }
        }
        if heap.is_type(object) {
            return self.type_object(object, depth);
        }
        self.instance(object, depth)
    }

    fn function_object(&mut self, object: Obj) -> Node {
        let heap = self.heap;
        let (globals, code) = (heap.field(object, 8), heap.field(object, 24));
        let file = code::file(heap, code).unwrap_or_default();
        if !is_program(&file) {
            let module = self.in_dict(globals, "__name__").and_then(|n| heap.text(n));
            let name = heap.text(heap.field(object, 16));
            return match (module, name) {
                (Some(module), Some(name)) => Node::Import(module.into(), Some(name.into())),
                _ => Node::Unknown,
            };
        }
        let unit = self.unit(&file, globals);
        let mut cells = Closure::new();
        let free = heap.field(code, 64) as usize;
        if let (Some(closure), Some(read)) =
            (heap.items(heap.field(object, 36)), Code::read(heap, code))
        {
            let names = read.locals.iter().rev().take(free).rev();
            for (name, cell) in names.zip(closure) {
                let value = self.object(heap.field(cell, 8), 0);
                let var = self.program.add_var(Var::default());
                self.program.give(var, value);
                cells.insert(name.clone(), var);
            }
        }
        let Some(func) = self.new_function(code, globals, unit, cells, None) else {
            return Node::Unknown;
        };
        if let Some(defaults) = heap.items(heap.field(object, 28)) {
            let defaults = defaults.into_iter().map(|d| self.object(d, 1)).collect();
            self.give_defaults(func, defaults);
        }
        if let Some(defaults) = heap.entries(heap.field(object, 32)) {
            for (name, value) in defaults {
                let value = self.object(value, 1);
                self.give_default(func, &name, value);
            }
        }
        Node::Function(func)
    }

    /// Adds a function whose bytecode is read later.
    pub(super) fn new_function(
        &mut self,
        code: Obj,
        globals: Obj,
        unit: usize,
        closure: Closure,
        class: Option<ClassId>,
    ) -> Option<FuncId> {
        let read = match self.program.funcs.len() < FUNCTIONS {
            true => Code::read(self.heap, code),
            false => None,
        };
        let Some(read) = read else {
            let file = &self.program.units[unit].file;
            let sentence = format!("a function in `{file}` could not be read");
            if !self.unread.contains(&sentence) {
                self.unread.push(sentence);
            }
            return None;
        };
        let func = self.program.add_func(unit);
        let starred = usize::from(read.flags & VARARGS != 0);
        let named = usize::from(read.flags & VARKEYWORDS != 0);
        let plain = read.positional + read.by_name;
        for (position, name) in read.locals.iter().take(plain + starred + named).enumerate() {
            self.program.add_param(func, name.as_str().into());
            self.program.funcs[func.0 as usize].params[position].rest = position >= plain;
        }
        self.todo.push(Work {
            func,
            code: read,
            globals,
            closure,
            class,
        });
        Some(func)
    }

    /// Defaults of the last parameters that are given by position.
    pub(super) fn give_defaults(&mut self, func: FuncId, defaults: Vec<ExprId>) {
        let work = self.todo.iter().find(|w| w.func == func);
        let positional = work.map_or(0, |w| w.code.positional);
        let first = positional.saturating_sub(defaults.len());
        let params = &mut self.program.funcs[func.0 as usize].params;
        for (param, default) in params.iter_mut().skip(first).zip(defaults) {
            param.default = Some(default);
        }
    }

    pub(super) fn give_default(&mut self, func: FuncId, name: &str, value: ExprId) {
        let params = &mut self.program.funcs[func.0 as usize].params;
        if let Some(param) = params.iter_mut().find(|p| &*p.name == name) {
            param.default = Some(value);
        }
    }

    /// A function becomes a method: its first parameter is an object of the class.
    pub(super) fn make_method(&mut self, func: FuncId, class: ClassId, of_class: bool) {
        if self.methods.insert(func, class).is_some() {
            return;
        }
        self.program.funcs[func.0 as usize].takes_self = true;
        if let Some(param) = self.program.func(func).params.first() {
            let var = param.var;
            let this = self.add(match of_class {
                true => Node::Class(class),
                false => Node::This(class),
            });
            self.program.give(var, this);
        }
    }

    fn make_method_of(&mut self, function: ExprId, class: ClassId, of_class: bool) {
        if let Node::Function(func) = self.program.expr(function).node {
            self.make_method(func, class, of_class);
        }
    }

    fn type_object(&mut self, object: Obj, depth: usize) -> Node {
        let heap = self.heap;
        let dict = heap.field(object, 132);
        let module = self.in_dict(dict, "__module__").and_then(|n| heap.text(n));
        let name = heap.memory.c_string(heap.field(object, 12), 200);
        let own = self.is_own(module.as_deref());
        if !own {
            return match (module, name) {
                (Some(module), Some(name)) => Node::Import(module.into(), Some(name.into())),
                (None, Some(name)) => Node::Global(name.into()),
                _ => Node::Unknown,
            };
        }
        let class = self.program.add_class(Class::default());
        let value = self.add(Node::Class(class));
        self.exprs.insert(object, value);
        self.members_of_enum(dict);
        let base = heap.field(object, 128);
        if base != 0 {
            let base = self.object(base, depth + 1);
            self.program.classes[class.0 as usize].bases.push(base);
        }
        let members: Vec<(String, Obj)> = self
            .dict(dict)
            .iter()
            .map(|(k, v)| (k.clone(), *v))
            .collect();
        for (name, member) in members {
            let value = match heap.is(member, "member_descriptor") {
                true => continue,
                false => self.object(member, depth + 1),
            };
            let of_class = heap.is(member, "classmethod");
            match self.program.expr(value).node.clone() {
                Node::Function(func) => self.make_method(func, class, false),
                Node::Call(getter, _) => self.make_method_of(getter, class, false),
                Node::Choice(inner) if of_class => {
                    for inner in inner {
                        self.make_method_of(inner, class, true);
                    }
                }
                _ => {}
            }
            let members = &mut self.program.classes[class.0 as usize].members;
            members.entry(name.as_str().into()).or_default().push(value);
        }
        Node::Class(class)
    }

    /// Members of an enumeration know their value; its class has them by that.
    fn members_of_enum(&mut self, dict: Obj) {
        let heap = self.heap;
        let by_value = self.in_dict(dict, "_value2member_map_");
        for (text, member) in by_value.and_then(|d| heap.entries(d)).unwrap_or_default() {
            let text = self.add(Node::Text(text.into()));
            let entries = ["value", "_value_"].map(|name| (Some(name.into()), text));
            let object = self.add(Node::Object(entries.to_vec()));
            self.exprs.insert(member, object);
        }
    }

    /// Whether a module is one of the program.
    fn is_own(&mut self, module: Option<&str>) -> bool {
        let Some(module) = module else { return false };
        let heap = self.heap;
        let dicts: Vec<Obj> = heap.modules.iter().map(|m| heap.field(*m, 8)).collect();
        dicts.into_iter().any(|dict| {
            let text = |objects: &mut Self, name: &str| {
                objects.in_dict(dict, name).and_then(|n| heap.text(n))
            };
            text(self, "__name__").as_deref() == Some(module)
                && text(self, "__file__").is_some_and(|f| is_program(&f))
        })
    }

    /// An object of some class: what matters is of which.
    fn instance(&mut self, object: Obj, depth: usize) -> Node {
        let heap = self.heap;
        let ty = heap.field(object, 4);
        if ty == 0 || !heap.is_type(ty) {
            return Node::Unknown;
        }
        let class = self.object(ty, depth + 1);
        match &self.program.expr(class).node {
            Node::Import(module, Some(name)) if &**module == "os" && &**name == "_Environ" => {
                Node::Import("os".into(), Some("environ".into()))
            }
            Node::Class(class) => Node::This(*class),
            _ => Node::Unknown,
        }
    }
}

/// Whether a file is of the program: not of the interpreter, of its library, or of the
/// bindings that the tool made.
pub(super) fn is_program(file: &str) -> bool {
    let Some(path) = file.strip_prefix('/') else {
        return false;
    };
    let top = path.split('/').next().unwrap_or_default();
    !matches!(top, "python" | "world" | "bundled" | "usr" | "lib")
}

/// A file without the folder that the tool mounts it in, which is a number.
fn shown(file: &str) -> String {
    let path = file.trim_start_matches('/');
    match path.split_once('/') {
        Some((top, rest)) if top.bytes().all(|b| b.is_ascii_digit()) => rest.to_string(),
        _ => path.to_string(),
    }
}
