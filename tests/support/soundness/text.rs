//! Programs as WebAssembly text: the core modules alone, to run them, and the component.

use super::ast::{Expr, Function, Kind, Program, Sink, Stmt};
use std::fmt::Write as _;

/// Memory and an allocator.
pub(crate) const LIBC: &str = r#"
    (memory (export "memory") 2 64)
    (global $top (mut i32) (i32.const 65536))
    (func (export "realloc") (param $old i32) (param $old_len i32) (param $align i32) (param $len i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.set $top (i32.add (local.get $at) (local.get $len)))
      (block $fits
        (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable)))
      (if (local.get $old)
        (then (memory.copy (local.get $at) (local.get $old) (select (local.get $old_len) (local.get $len) (i32.lt_u (local.get $old_len) (local.get $len))))))
      (local.get $at))"#;

impl Kind {
    fn ty(self) -> &'static str {
        match self {
            Kind::Packed => "i64",
            _ => "i32",
        }
    }
}

/// The module that asks.
pub(crate) fn main_module(program: &Program) -> String {
    let results = match program.sink {
        Sink::Number => "(param i32 i32) (result i32)",
        Sink::Result => "(param i32 i32 i32)",
    };
    let header = format!(
        r#"    (import "libc" "memory" (memory 2))
    (import "libc" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
    (import "config" "get" (func $get {results}))
"#
    );
    module(program, &header)
}

/// The same without imports: what is asked for is written down at 16384.
pub(crate) fn alone(program: &Program) -> String {
    let get = match program.sink {
        Sink::Number => "(param i32 i32) (result i32)",
        Sink::Result => "(param i32 i32 i32)",
    };
    let answer = match program.sink {
        Sink::Number => "(i32.and (i32.add (local.get 0) (local.get 1)) (i32.const 3))",
        Sink::Result => {
            "(i64.store (local.get 2) (i64.const 1)) (i64.store offset=8 (local.get 2) (i64.extend_i32_u (local.get 1)))"
        }
    };
    let header = format!(
        r#"    (memory (export "memory") 4)
    (global $at (mut i32) (i32.const 16384))
    (global $top (mut i32) (i32.const 65536))
    (func $realloc (param i32 i32 i32 i32) (result i32)
      (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get 3)) (i32.const 15)) (i32.const -16)))
      (i32.sub (global.get $top) (i32.and (i32.add (local.get 3) (i32.const 15)) (i32.const -16))))
    (func $get {get}
      (i32.store (global.get $at) (local.get 0))
      (i32.store offset=4 (global.get $at) (local.get 1))
      (global.set $at (i32.add (global.get $at) (i32.const 8)))
      {answer})
"#
    );
    format!("(module {})", module(program, &header))
}

fn module(program: &Program, header: &str) -> String {
    let mut out = String::from(header);
    out.push_str("    (global $sp (mut i32) (i32.const 8192))\n");
    for (index, value) in program.globals.iter().enumerate() {
        let _ = writeln!(out, "    (global $g{index} (mut i32) (i32.const {value}))");
    }
    for (address, bytes) in &program.data {
        let text: String = bytes.iter().map(|b| format!("\\{b:02x}")).collect();
        let readable: String = bytes
            .iter()
            .map(|b| {
                if b.is_ascii_graphic() {
                    *b as char
                } else {
                    '.'
                }
            })
            .collect();
        let _ = writeln!(
            out,
            "    (data (i32.const {address}) \"{text}\") ;; {readable}"
        );
    }
    if !program.table.is_empty() {
        let entries: String = program.table.iter().map(|f| format!(" $f{f}")).collect();
        let _ = writeln!(out, "    (table funcref (elem{entries}))");
    }
    for (index, function) in program.functions.iter().enumerate() {
        let mut writer = Writer {
            program,
            function,
            out: &mut out,
        };
        writer.function(index, program.exports.contains(&index));
    }
    if let Some(start) = program.start {
        let _ = writeln!(out, "    (start $f{start})");
    }
    out
}

/// The whole component.
pub(crate) fn component(program: &Program) -> String {
    let (import, lower) = match program.sink {
        Sink::Number => (
            r#"(import "acme:names/store" (instance $config
    (export "get" (func (param "key" string) (result u32)))))"#,
            "(memory $memory)",
        ),
        Sink::Result => (
            r#"(import "wasi:config/store@0.2.0-rc.1" (instance $config
    (type $error-shape (variant (case "upstream" string) (case "io" string)))
    (export "error" (type $error (eq $error-shape)))
    (type $maybe (option string))
    (type $one (result $maybe (error $error)))
    (export "get" (func (param "key" string) (result $one)))))"#,
            "(memory $memory) (realloc $realloc)",
        ),
    };
    let mut exports = String::new();
    for index in &program.exports {
        let params: String = (0..program.functions[*index].params.len())
            .map(|i| format!(" (param \"p{i}\" u32)"))
            .collect();
        let _ = writeln!(
            exports,
            "  (func (export \"f{index}\"){params} (canon lift (core func $main \"f{index}\")))"
        );
    }
    format!(
        r#"(component
  {import}
  (core module $libc{LIBC})
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (core func $get (canon lower (func $config "get") {lower}))
  (core module $main
{})
  (core instance $main (instantiate $main
    (with "libc" (instance $libc))
    (with "config" (instance (export "get" (func $get))))))
{exports})
"#,
        main_module(program)
    )
}

struct Writer<'w> {
    program: &'w Program,
    function: &'w Function,
    out: &'w mut String,
}

fn signature(function: &Function) -> String {
    let params: String = function
        .params
        .iter()
        .map(|k| format!(" (param {})", k.ty()))
        .collect();
    let result = function
        .result
        .map(|k| format!(" (result {})", k.ty()))
        .unwrap_or_default();
    format!("{params}{result}")
}

impl Writer<'_> {
    fn function(&mut self, index: usize, export: bool) {
        let Function {
            locals,
            frame,
            body,
            tail,
            ..
        } = self.function;
        let _ = write!(self.out, "    (func $f{index}");
        if export {
            let _ = write!(self.out, " (export \"f{index}\")");
        }
        let _ = write!(self.out, "{}", signature(self.function));
        for kind in locals {
            let _ = write!(self.out, " (local {})", kind.ty());
        }
        self.out.push('\n');
        if *frame > 0 {
            let fp = self.function.params.len();
            let _ = writeln!(
                self.out,
                "      (global.set $sp (local.tee {fp} (i32.sub (global.get $sp) (i32.const {frame}))))"
            );
        }
        self.block(body, 3);
        self.out.push_str("      ");
        if let Some(tail) = tail {
            self.expr(tail);
        }
        self.leave();
        self.out.push_str(")\n");
    }

    fn leave(&mut self) {
        if self.function.frame > 0 {
            let fp = self.function.params.len();
            let _ = write!(
                self.out,
                " (global.set $sp (i32.add (local.get {fp}) (i32.const {})))",
                self.function.frame
            );
        }
    }

    fn block(&mut self, body: &[Stmt], depth: usize) {
        for stmt in body {
            self.out.push_str(&"  ".repeat(depth));
            self.stmt(stmt, depth);
            self.out.push('\n');
        }
    }

    fn stmt(&mut self, stmt: &Stmt, depth: usize) {
        match stmt {
            Stmt::Set(local, value) => self.form(&format!("local.set {local}"), &[value]),
            Stmt::SetGlobal(global, value) => {
                self.form(&format!("global.set $g{global}"), &[value])
            }
            Stmt::Store(op, address, offset, value) => {
                self.form(&format!("{op} offset={offset}"), &[address, value]);
            }
            Stmt::If(condition, then, otherwise) => {
                self.out.push_str("(if ");
                self.expr(condition);
                self.out.push_str(" (then\n");
                self.block(then, depth + 1);
                self.out.push(')');
                if !otherwise.is_empty() {
                    self.out.push_str(" (else\n");
                    self.block(otherwise, depth + 1);
                    self.out.push(')');
                }
                self.out.push(')');
            }
            Stmt::Loop(label, before, body, after) => {
                let _ = writeln!(self.out, "(block $b{label} (loop $l{label}");
                if !matches!(before, Expr::Const(1)) {
                    let _ = write!(self.out, "(br_if $b{label} (i32.eqz ");
                    self.expr(before);
                    self.out.push_str("))\n");
                }
                self.block(body, depth + 1);
                self.form(&format!("br_if $l{label}"), &[after]);
                self.out.push_str("))");
            }
            Stmt::Break(label, condition) => self.form(&format!("br_if $b{label}"), &[condition]),
            Stmt::Continue(label, condition) => {
                self.form(&format!("br_if $l{label}"), &[condition])
            }
            Stmt::Switch(index, arms, falls) => {
                self.out.push_str("(block $end ");
                for arm in (0..arms.len()).rev() {
                    let _ = write!(self.out, "(block $arm{arm} ");
                }
                let arm_list: String = (0..arms.len()).map(|a| format!(" $arm{a}")).collect();
                let _ = write!(self.out, "(br_table{arm_list} ");
                self.expr(index);
                self.out.push(')');
                for arm in arms {
                    self.out.push_str(")\n");
                    self.block(arm, depth + 1);
                    if !falls {
                        self.out.push_str("(br $end)");
                    }
                }
                self.out.push(')');
            }
            Stmt::Sink(pointer, length, result) => self.sink(pointer, length, *result),
            Stmt::Copy(to, from, len) => self.form("memory.copy", &[to, from, len]),
            Stmt::Fill(to, byte, len) => self.form("memory.fill", &[to, byte, len]),
            Stmt::Call(call) => self.expr(call),
            Stmt::Return(value) => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.leave();
                self.out.push_str(" return");
            }
            Stmt::Trap => self.out.push_str("unreachable"),
        }
    }

    fn sink(&mut self, pointer: &Expr, length: &Expr, result: Option<usize>) {
        let head = match result {
            Some(local) => format!("(local.set {local} "),
            None => "(drop ".to_string(),
        };
        match self.program.sink {
            Sink::Number => {
                self.out.push_str(&head);
                self.form("call $get", &[pointer, length]);
                self.out.push(')');
            }
            Sink::Result => {
                let area = match self.program.area {
                    0 if self.function.frame > 0 => Expr::Local(self.function.params.len()),
                    0 => Expr::Const(3072),
                    area => Expr::Const(area as i32),
                };
                self.form("call $get", &[pointer, length, &area]);
                if let Some(local) = result {
                    let word = Expr::Load("i32.load", Box::new(area), 8);
                    self.form(&format!("local.set {local}"), &[&word]);
                }
            }
        }
    }

    fn form(&mut self, head: &str, operands: &[&Expr]) {
        let _ = write!(self.out, "({head}");
        for operand in operands {
            self.out.push(' ');
            self.expr(operand);
        }
        self.out.push(')');
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Const(value) => {
                let _ = write!(self.out, "(i32.const {value})");
            }
            Expr::Const64(value) => {
                let _ = write!(self.out, "(i64.const {value})");
            }
            Expr::Local(local) => {
                let _ = write!(self.out, "(local.get {local})");
            }
            Expr::Global(global) => {
                let _ = write!(self.out, "(global.get $g{global})");
            }
            Expr::Load(op, address, offset) => {
                self.form(&format!("{op} offset={offset}"), &[address])
            }
            Expr::Op(op, operands) => self.form(op, &operands.iter().collect::<Vec<_>>()),
            Expr::Select(parts) => {
                let [a, b, c] = &**parts;
                self.form("select", &[a, b, c]);
            }
            Expr::If(kind, parts) => {
                let [c, a, b] = &**parts;
                let _ = write!(self.out, "(if (result {}) ", kind.ty());
                self.expr(c);
                self.out.push_str(" (then ");
                self.expr(a);
                self.out.push_str(") (else ");
                self.expr(b);
                self.out.push_str("))");
            }
            Expr::Call(callee, args) => {
                self.form(
                    &format!("call $f{callee}"),
                    &args.iter().collect::<Vec<_>>(),
                );
            }
            Expr::Indirect(like, index, args) => {
                let ty = signature(&self.program.functions[*like]);
                let operands: Vec<&Expr> = args.iter().chain([&**index]).collect();
                self.form(&format!("call_indirect{ty}"), &operands);
            }
            Expr::Alloc(size) => {
                let _ = write!(
                    self.out,
                    "(call $realloc (i32.const 0) (i32.const 0) (i32.const 8) (i32.const {size}))"
                );
            }
        }
    }
}
