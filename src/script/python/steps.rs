//! Instructions one by one.

use super::lower::{Body, Slot};
use super::opcode::Op;
use crate::script::ir::*;

/// Operators of `BINARY_OP` that put texts together: `+`, `%`, `+=`, `%=`; and `[]`.
const ADD: [usize; 2] = [0, 13];
const REMAINDER: [usize; 2] = [6, 19];
const SUBSCRIPT: usize = 26;

impl Body<'_, '_, '_, '_> {
    /// An instruction that goes on with the next one.
    pub(super) fn plain(&mut self, op: Op, arg: usize) {
        match op {
            Op::LOAD_CONST => self.constant(arg),
            Op::LOAD_SMALL_INT => self.push(Node::Number(arg as i64)),
            Op::LOAD_FAST
            | Op::LOAD_FAST_BORROW
            | Op::LOAD_FAST_CHECK
            | Op::LOAD_FAST_AND_CLEAR => self.load_local(arg),
            Op::LOAD_DEREF => self.load_shared(arg),
            Op::LOAD_FAST_LOAD_FAST | Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load_local(arg >> 4);
                self.load_local(arg & 15);
            }
            Op::STORE_FAST => self.store_local(arg),
            Op::STORE_DEREF => self.store_shared(arg),
            Op::STORE_FAST_LOAD_FAST => {
                self.store_local(arg >> 4);
                self.load_local(arg & 15);
            }
            Op::STORE_FAST_STORE_FAST => {
                self.store_local(arg >> 4);
                self.store_local(arg & 15);
            }
            Op::LOAD_GLOBAL => {
                let name = self.name(arg >> 1);
                self.load_global(&name);
                if arg & 1 == 1 {
                    self.stack.push(Slot::Null);
                }
            }
            Op::LOAD_NAME => {
                let name = self.name(arg);
                match self.own.get(&name) {
                    Some(var) => {
                        let var = *var;
                        self.push(Node::Var(var));
                    }
                    None => self.load_global(&name),
                }
            }
            Op::LOAD_FROM_DICT_OR_GLOBALS => {
                self.pop_slot();
                let name = self.name(arg);
                self.load_global(&name);
            }
            Op::LOAD_FROM_DICT_OR_DEREF => {
                self.pop_slot();
                self.load_shared(arg);
            }
            Op::STORE_NAME => {
                let name = self.name(arg);
                self.store_name(&name);
            }
            Op::STORE_GLOBAL => {
                let name = self.name(arg);
                // What it was before is read first.
                let var = match self.objects.global(self.globals, &name) {
                    Some(var) => var,
                    None => self.objects.new_global(self.globals, &name),
                };
                let value = self.pop();
                self.objects.program.give(var, value);
            }
            Op::LOAD_ATTR => {
                let name: Text = self.name(arg >> 1).into();
                let of = self.pop();
                self.push(Node::Member(of, name));
                if arg & 1 == 1 {
                    self.stack.push(Slot::Null);
                }
            }
            Op::LOAD_SUPER_ATTR => {
                self.pops(3);
                self.push(Node::Unknown);
                if arg & 1 == 1 {
                    self.stack.push(Slot::Null);
                }
            }
            Op::STORE_ATTR => {
                let name = self.name(arg);
                let of = self.pop();
                let value = self.pop();
                if let Some(class) = self.class_of_self(of) {
                    self.give_member(class, &name, value);
                }
            }
            Op::IMPORT_NAME => self.import(arg),
            Op::IMPORT_FROM => {
                let name: Text = self.name(arg).into();
                let module = match self.stack.last() {
                    Some(Slot::Expr(module)) => *module,
                    _ => self.add(Node::Unknown),
                };
                self.push(Node::Member(module, name));
            }
            Op::BINARY_OP => self.binary(arg),
            Op::STORE_SUBSCR => drop(self.pops(3)),
            Op::COMPARE_OP => {
                let (b, a) = (self.pop(), self.pop());
                // The kind of comparison is in the upper bits: 2 is `==`, 3 is `!=`.
                match arg >> 5 {
                    2 | 3 => self.push(Node::Same(a, b)),
                    _ => self.push(Node::Unknown),
                }
            }
            Op::CONTAINS_OP => {
                let (inside, name) = (self.pop(), self.pop());
                self.push(Node::Contains { name, inside });
            }
            Op::BUILD_TUPLE | Op::BUILD_LIST | Op::BUILD_SET => {
                let items = self.pops(arg);
                self.push(Node::List(items));
            }
            Op::BUILD_MAP => {
                let items = self.pops(arg.saturating_mul(2));
                let pairs = items.chunks_exact(2).map(|pair| {
                    let key = match &self.objects.program.expr(pair[0]).node {
                        Node::Text(key) => Some(key.clone()),
                        _ => None,
                    };
                    (key, pair[1])
                });
                let node = Node::Object(pairs.collect());
                self.push(node);
            }
            Op::BUILD_STRING => {
                let parts = self.pops(arg);
                self.push(Node::Concat(parts));
            }
            Op::LIST_EXTEND | Op::SET_UPDATE | Op::DICT_UPDATE | Op::DICT_MERGE => {
                self.extend(op, arg);
            }
            Op::LIST_APPEND | Op::SET_ADD => {
                self.pop_slot();
            }
            Op::MAP_ADD => drop(self.pops(2)),
            Op::GET_ITER | Op::GET_YIELD_FROM_ITER | Op::GET_AITER | Op::GET_AWAITABLE => {}
            Op::FORMAT_SIMPLE | Op::TO_BOOL | Op::CONVERT_VALUE => {}
            Op::FORMAT_WITH_SPEC => {
                self.pop_slot();
            }
            Op::CALL_INTRINSIC_1 => {
                // A list becomes a tuple; the rest is not followed.
                if arg != 6 {
                    self.pop_slot();
                    self.push(Node::Unknown);
                }
            }
            Op::UNPACK_SEQUENCE => {
                let from = self.pop();
                for index in (0..arg.min(10_000)).rev() {
                    let number = self.add(Node::Number(index as i64));
                    self.push(Node::Index(from, number));
                }
            }
            Op::PUSH_NULL => self.stack.push(Slot::Null),
            Op::COPY => {
                let at = self.stack.len().checked_sub(arg);
                match at.and_then(|at| self.stack.get(at)).cloned() {
                    Some(slot) => self.stack.push(slot),
                    None => self.push(Node::Unknown),
                }
            }
            Op::SWAP => {
                let last = self.stack.len().saturating_sub(1);
                if let Some(other) = self.stack.len().checked_sub(arg)
                    && other <= last
                    && last < self.stack.len()
                {
                    self.stack.swap(other, last);
                }
            }
            Op::LOAD_BUILD_CLASS => self.push(Node::Global("__build_class__".into())),
            Op::MAKE_FUNCTION => self.make_function(),
            Op::SET_FUNCTION_ATTRIBUTE => self.set_attribute(arg),
            Op::CALL => {
                let args = self.pops(arg);
                let args = args.into_iter().map(Arg::plain).collect();
                self.call(args);
            }
            Op::CALL_KW => {
                let names = self.pop();
                let names: Vec<Text> = match &self.objects.program.expr(names).node {
                    Node::List(items) => {
                        let names =
                            items
                                .iter()
                                .map(|i| match &self.objects.program.expr(*i).node {
                                    Node::Text(name) => name.clone(),
                                    _ => "?".into(),
                                });
                        names.collect()
                    }
                    _ => Vec::new(),
                };
                let values = self.pops(arg);
                let plain = values.len().saturating_sub(names.len());
                let named = std::iter::repeat_n(None, plain).chain(names.into_iter().map(Some));
                let args = values.into_iter().zip(named).map(|(value, name)| Arg {
                    name,
                    ..Arg::plain(value)
                });
                let args = args.collect();
                self.call(args);
            }
            Op::CALL_FUNCTION_EX => {
                let by_name = self.pop_slot();
                let list = self.pop();
                let mut args = Vec::new();
                match self.objects.program.expr(list).node.clone() {
                    Node::List(items) => args.extend(items.into_iter().map(Arg::plain)),
                    _ => args.push(Arg {
                        spread: true,
                        ..Arg::plain(list)
                    }),
                }
                if let Slot::Expr(value) = by_name {
                    args.push(Arg {
                        spread: true,
                        ..Arg::plain(value)
                    });
                }
                self.call(args);
            }
            Op::RETURN_VALUE => {
                let value = self.pop();
                if self.class.is_none() {
                    let funcs = &mut self.objects.program.funcs;
                    funcs[self.func.0 as usize].returns.push(value);
                }
            }
            Op::YIELD_VALUE => {
                self.pop_slot();
                self.push(Node::Unknown);
            }
            Op::LOAD_SPECIAL => {
                let of = self.pop();
                self.push(Node::Member(of, "__enter__".into()));
                self.stack.push(Slot::Null);
            }
            _ => {
                let (takes, gives) = op.effect(arg);
                for _ in 0..takes.min(10_000) {
                    self.pop_slot();
                }
                for _ in 0..gives.min(10_000) {
                    self.push(Node::Unknown);
                }
            }
        }
    }

    fn constant(&mut self, index: usize) {
        let Some(object) = self.code.constants.get(index).copied() else {
            self.push(Node::Unknown);
            return;
        };
        match self.objects.heap.is(object, "code") {
            true => self.stack.push(Slot::Code(object)),
            false => {
                let expr = self.objects.object(object, 0);
                self.stack.push(Slot::Expr(expr));
            }
        }
    }

    fn call(&mut self, args: Vec<Arg>) {
        // An object that the method was taken from, or nothing.
        let beside = self.pop_slot();
        let callee = self.pop();
        let _ = beside;
        let is_class = matches!(&self.objects.program.expr(callee).node,
            Node::Global(name) if &**name == "__build_class__");
        if is_class && let Some((class, rest)) = args.split_first() {
            if let Node::Class(id) = self.objects.program.expr(class.value).node {
                let bases = rest.iter().skip(1).filter(|a| a.name.is_none());
                let bases: Vec<ExprId> = bases.map(|a| a.value).collect();
                self.objects.program.classes[id.0 as usize]
                    .bases
                    .extend(bases);
            }
            self.stack.push(Slot::Expr(class.value));
            return;
        }
        self.push(Node::Call(callee, args));
    }

    /// `import a.b` gives `a`, and `from a.b import c` first `a.b`.
    fn import(&mut self, index: usize) {
        let name = self.name(index);
        let names = self.pop();
        let level = self.pop();
        let from = matches!(self.objects.program.expr(names).node, Node::List(_));
        let level = match self.objects.program.expr(level).node {
            Node::Number(level) => level,
            _ => 0,
        };
        let mut module = match from || level > 0 {
            true => name,
            false => name.split('.').next().unwrap_or_default().to_string(),
        };
        if level > 0 {
            let heap = self.objects.heap;
            let package = self.objects.in_dict(self.globals, "__package__");
            let package = package.and_then(|p| heap.text(p)).unwrap_or_default();
            let mut parts: Vec<&str> = package.split('.').collect();
            let up = usize::try_from(level - 1).unwrap_or(0);
            parts.truncate(parts.len().saturating_sub(up));
            module = match module.is_empty() {
                true => parts.join("."),
                false => format!("{}.{module}", parts.join(".")),
            };
        }
        self.push(Node::Import(module.into(), None));
    }

    fn binary(&mut self, operator: usize) {
        let (b, a) = (self.pop(), self.pop());
        if operator == SUBSCRIPT {
            self.push(Node::Index(a, b));
        } else if ADD.contains(&operator) {
            self.push(Node::Concat(vec![a, b]));
        } else if REMAINDER.contains(&operator) {
            self.push(Node::Unknown);
            // `"a_%s" % b` begins with what stands before the first place.
            if let Node::Text(format) = &self.objects.program.expr(a).node {
                let start: Text = format.split('%').next().unwrap_or_default().into();
                let start = self.add(Node::Text(start));
                let rest = self.pop();
                self.push(Node::Concat(vec![start, rest]));
            }
        } else {
            self.push(Node::Unknown);
        }
    }

    /// What is put into a collection that is being built.
    fn extend(&mut self, op: Op, arg: usize) {
        let more = self.pop();
        let Some(at) = self.stack.len().checked_sub(arg) else {
            return;
        };
        let Some(Slot::Expr(before)) = self.stack.get(at) else {
            return;
        };
        let before = *before;
        let node = match (&self.objects.program.expr(before).node, op) {
            (Node::List(items), Op::LIST_EXTEND | Op::SET_UPDATE) => {
                let mut items = items.clone();
                let spread = self.add(Node::Spread(more));
                items.push(spread);
                Node::List(items)
            }
            (Node::Object(entries), _) => {
                let mut entries = entries.clone();
                entries.push((None, more));
                Node::Object(entries)
            }
            _ => Node::Unknown,
        };
        let made = self.add(node);
        self.stack[at] = Slot::Expr(made);
    }

    fn set_attribute(&mut self, which: usize) {
        let function = self.pop_slot();
        let value = self.pop();
        if let Slot::Expr(expr) = &function
            && let Node::Function(func) = self.objects.program.expr(*expr).node
        {
            match (which, self.objects.program.expr(value).node.clone()) {
                (1, Node::List(defaults)) => self.objects.give_defaults(func, defaults),
                (2, Node::Object(entries)) => {
                    for (name, value) in entries {
                        if let Some(name) = name {
                            self.objects.give_default(func, &name, value);
                        }
                    }
                }
                _ => {}
            }
        }
        self.stack.push(function);
    }
}
