//! Statements: what is declared, imported, exported and returned.

use crate::script::ir::*;
use oxc_ast::ast;
use std::collections::BTreeMap;

/// How deep syntax is followed.
const DEPTH: usize = 2_000;

/// A file on its way into a program.
pub(super) struct Lower<'p> {
    pub program: &'p mut Program,
    pub unit: usize,
    /// The function that is read.
    pub func: FuncId,
    /// The class around it.
    pub class: Option<ClassId>,
    scopes: Vec<Scope>,
    /// Offsets at which lines begin.
    lines: Vec<u32>,
    depth: usize,
}

#[derive(Default)]
struct Scope {
    names: BTreeMap<String, VarId>,
    of_function: bool,
}

impl Lower<'_> {
    /// Reads a file.
    pub(super) fn unit(program: &mut Program, name: &str, text: &str, parsed: &ast::Program<'_>) {
        let unit = program.units.len();
        program.units.push(Unit {
            file: name.to_string(),
            module: name.into(),
            exports: BTreeMap::new(),
            hands_on: Vec::new(),
        });
        let func = program.add_func(unit);
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
        let lines = std::iter::once(0).chain(starts.map(|(at, _)| at as u32 + 1));
        let mut lower = Lower {
            lines: lines.collect(),
            program,
            unit,
            func,
            class: None,
            scopes: Vec::new(),
            depth: 0,
        };
        lower.scoped(true, |lower| lower.block(&parsed.body));
    }

    /// The line of an offset.
    pub(super) fn line(&self, offset: u32) -> u32 {
        self.lines.partition_point(|start| *start <= offset) as u32
    }

    pub(super) fn add(&mut self, node: Node, offset: u32) -> ExprId {
        let line = self.line(offset);
        self.program.add(node, self.func, line)
    }

    pub(super) fn unknown(&mut self, offset: u32) -> ExprId {
        self.add(Node::Unknown, offset)
    }

    /// Goes one level down, unless that is too deep.
    pub(super) fn deeper<T>(&mut self, or: T, go: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH {
            return or;
        }
        self.depth += 1;
        let found = go(self);
        self.depth -= 1;
        found
    }

    pub(super) fn scoped<T>(&mut self, of_function: bool, go: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Scope {
            names: BTreeMap::new(),
            of_function,
        });
        let found = go(self);
        self.scopes.pop();
        found
    }

    /// The variable of a name, if the program has one.
    pub(super) fn find(&self, name: &str) -> Option<VarId> {
        let mut scopes = self.scopes.iter().rev();
        scopes.find_map(|scope| scope.names.get(name).copied())
    }

    /// The variable of a name in the innermost scope, or in that of the function.
    pub(super) fn declare(&mut self, name: &str, in_function: bool) -> VarId {
        let scopes = self.scopes.iter().rev();
        let outward = match in_function {
            true => scopes.take_while(|s| !s.of_function).count(),
            false => 0,
        };
        let at = self.scopes.len().saturating_sub(1 + outward);
        if let Some(var) = self.scopes.get(at).and_then(|s| s.names.get(name)) {
            return *var;
        }
        let var = self.program.add_var(Var::default());
        self.name(at, name, var);
        var
    }

    fn name(&mut self, scope: usize, name: &str, var: VarId) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.names.insert(name.to_string(), var);
        }
    }

    /// Names a variable in the innermost scope.
    pub(super) fn bind(&mut self, name: &str, var: VarId) {
        let innermost = self.scopes.len().saturating_sub(1);
        self.name(innermost, name, var);
    }

    /// Statements of a block: names first, since they hold before they are declared.
    pub(super) fn block(&mut self, statements: &[ast::Statement<'_>]) {
        for statement in statements {
            self.hoist(statement);
        }
        for statement in statements {
            self.deeper((), |lower| lower.statement(statement));
        }
    }

    fn hoist(&mut self, statement: &ast::Statement<'_>) {
        match statement {
            ast::Statement::ExportDeclaration(export) => {
                self.hoist_declaration(&export.declaration)
            }
            ast::Statement::ImportDeclaration(import) => self.import(import),
            ast::Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                ast::ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                    self.hoist_name(function.id.as_ref());
                }
                ast::ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                    self.hoist_name(class.id.as_ref());
                }
                _ => {}
            },
            _ => {
                if let Some(declaration) = statement.as_declaration() {
                    self.hoist_declaration(declaration);
                }
            }
        }
    }

    fn hoist_name(&mut self, id: Option<&ast::BindingIdentifier<'_>>) {
        if let Some(id) = id {
            self.declare(&id.name, false);
        }
    }

    fn hoist_declaration(&mut self, declaration: &ast::Declaration<'_>) {
        match declaration {
            ast::Declaration::VariableDeclaration(declaration) => {
                let in_function = declaration.kind == ast::VariableDeclarationKind::Var;
                for declarator in &declaration.declarations {
                    self.declare_pattern(&declarator.id, in_function);
                }
            }
            ast::Declaration::FunctionDeclaration(function) => {
                self.hoist_name(function.id.as_ref())
            }
            ast::Declaration::ClassDeclaration(class) => self.hoist_name(class.id.as_ref()),
            _ => {}
        }
    }

    fn import(&mut self, import: &ast::ImportDeclaration<'_>) {
        let module: Text = import.source.value.as_str().into();
        let offset = import.span.start;
        for specifier in import.specifiers.iter().flatten() {
            let (local, name): (&str, Option<Text>) = match specifier {
                ast::ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    (&one.local.name, Some(one.imported.name().as_str().into()))
                }
                ast::ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => {
                    (&one.local.name, Some("default".into()))
                }
                ast::ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => {
                    (&one.local.name, None)
                }
            };
            let var = self.declare(local, false);
            let value = self.add(Node::Import(module.clone(), name), offset);
            self.program.give(var, value);
        }
    }

    fn export(&mut self, name: &str, value: ExprId) {
        let exports = &mut self.program.units[self.unit].exports;
        exports.entry(name.into()).or_default().push(value);
    }

    fn statement(&mut self, statement: &ast::Statement<'_>) {
        use ast::Statement as S;
        match statement {
            S::BlockStatement(block) => self.scoped(false, |l| l.block(&block.body)),
            S::ExpressionStatement(it) => drop(self.expr(&it.expression)),
            S::IfStatement(it) => {
                self.expr(&it.test);
                self.deeper((), |l| l.statement(&it.consequent));
                if let Some(other) = &it.alternate {
                    self.deeper((), |l| l.statement(other));
                }
            }
            S::WhileStatement(it) => {
                self.expr(&it.test);
                self.deeper((), |l| l.statement(&it.body));
            }
            S::DoWhileStatement(it) => {
                self.expr(&it.test);
                self.deeper((), |l| l.statement(&it.body));
            }
            S::ForStatement(it) => self.scoped(false, |lower| {
                match &it.init {
                    Some(ast::ForStatementInit::VariableDeclaration(declaration)) => {
                        lower.variables(declaration);
                    }
                    Some(init) => {
                        if let Some(init) = init.as_expression() {
                            lower.expr(init);
                        }
                    }
                    None => {}
                }
                for part in it.test.iter().chain(&it.update) {
                    lower.expr(part);
                }
                lower.deeper((), |l| l.statement(&it.body));
            }),
            S::ForOfStatement(it) => self.scoped(false, |lower| {
                let list = lower.expr(&it.right);
                let element = lower.add(Node::Element(list), it.span.start);
                lower.loop_target(&it.left, element);
                lower.deeper((), |l| l.statement(&it.body));
            }),
            S::ForInStatement(it) => self.scoped(false, |lower| {
                let object = lower.expr(&it.right);
                let at = it.span.start;
                let global = lower.add(Node::Global("Object".into()), at);
                let keys = lower.add(Node::Member(global, "keys".into()), at);
                let keys = lower.add(Node::Call(keys, vec![Arg::plain(object)]), at);
                let element = lower.add(Node::Element(keys), at);
                lower.loop_target(&it.left, element);
                lower.deeper((), |l| l.statement(&it.body));
            }),
            S::LabeledStatement(it) => self.deeper((), |l| l.statement(&it.body)),
            S::ReturnStatement(it) => {
                if let Some(value) = &it.argument {
                    let value = self.expr(value);
                    self.program.funcs[self.func.0 as usize].returns.push(value);
                }
            }
            S::ThrowStatement(it) => drop(self.expr(&it.argument)),
            S::SwitchStatement(it) => self.scoped(false, |lower| {
                let subject = lower.expr(&it.discriminant);
                for case in &it.cases {
                    if let Some(test) = &case.test {
                        let value = lower.expr(test);
                        lower.add(Node::Same(subject, value), case.span.start);
                    }
                }
                for case in &it.cases {
                    lower.block(&case.consequent);
                }
            }),
            S::TryStatement(it) => {
                self.scoped(false, |l| l.block(&it.block.body));
                if let Some(handler) = &it.handler {
                    self.scoped(false, |lower| {
                        if let Some(param) = &handler.param {
                            let unknown = lower.unknown(param.span.start);
                            lower.pattern(&param.pattern, unknown, false);
                        }
                        lower.block(&handler.body.body);
                    });
                }
                if let Some(last) = &it.finalizer {
                    self.scoped(false, |l| l.block(&last.body));
                }
            }
            S::WithStatement(it) => {
                self.expr(&it.object);
                self.deeper((), |l| l.statement(&it.body));
            }
            S::ExportDeclaration(it) => {
                self.declaration(&it.declaration);
                self.export_declared(&it.declaration);
            }
            S::ExportNamedDeclaration(it) => {
                for specifier in &it.specifiers {
                    let local = specifier.local.name();
                    if let Some(var) = self.find(&local) {
                        let value = self.add(Node::Var(var), specifier.span.start);
                        self.export(&specifier.exported.name(), value);
                    }
                }
            }
            S::ExportFromDeclaration(it) => {
                let module: Text = it.source.value.as_str().into();
                for specifier in &it.specifiers {
                    let name: Text = specifier.local.name().as_str().into();
                    let node = Node::Import(module.clone(), Some(name));
                    let value = self.add(node, specifier.span.start);
                    self.export(&specifier.exported.name(), value);
                }
            }
            S::ExportAllDeclaration(it) => {
                let module: Text = it.source.value.as_str().into();
                match &it.exported {
                    Some(name) => {
                        let value = self.add(Node::Import(module, None), it.span.start);
                        self.export(&name.name(), value);
                    }
                    None => self.program.units[self.unit].hands_on.push(module),
                }
            }
            S::ExportDefaultDeclaration(it) => {
                use ast::ExportDefaultDeclarationKind as D;
                let value = match &it.declaration {
                    D::FunctionDeclaration(function) => Some(self.function(function)),
                    D::ClassDeclaration(class) => Some(self.class(class)),
                    other => other.as_expression().map(|e| self.expr(e)),
                };
                if let Some(value) = value {
                    self.export("default", value);
                }
            }
            _ => {
                if let Some(declaration) = statement.as_declaration() {
                    self.declaration(declaration);
                }
            }
        }
    }

    fn loop_target(&mut self, left: &ast::ForStatementLeft<'_>, value: ExprId) {
        match left {
            ast::ForStatementLeft::VariableDeclaration(declaration) => {
                let in_function = declaration.kind == ast::VariableDeclarationKind::Var;
                for declarator in &declaration.declarations {
                    self.pattern(&declarator.id, value, in_function);
                }
            }
            other => {
                if let Some(target) = other.as_assignment_target() {
                    self.assign(target, value);
                }
            }
        }
    }

    fn variables(&mut self, declaration: &ast::VariableDeclaration<'_>) {
        let in_function = declaration.kind == ast::VariableDeclarationKind::Var;
        for declarator in &declaration.declarations {
            match &declarator.init {
                Some(init) => {
                    let value = self.expr(init);
                    self.pattern(&declarator.id, value, in_function);
                }
                None => self.declare_pattern(&declarator.id, in_function),
            }
        }
    }

    fn declaration(&mut self, declaration: &ast::Declaration<'_>) {
        match declaration {
            ast::Declaration::VariableDeclaration(declaration) => self.variables(declaration),
            ast::Declaration::FunctionDeclaration(function) => drop(self.function(function)),
            ast::Declaration::ClassDeclaration(class) => drop(self.class(class)),
            _ => {}
        }
    }

    fn export_declared(&mut self, declaration: &ast::Declaration<'_>) {
        let mut names = Vec::new();
        match declaration {
            ast::Declaration::VariableDeclaration(declaration) => {
                for declarator in &declaration.declarations {
                    self.names_of(&declarator.id, &mut names);
                }
            }
            ast::Declaration::FunctionDeclaration(function) => {
                names.extend(function.id.as_ref().map(|id| id.name.to_string()));
            }
            ast::Declaration::ClassDeclaration(class) => {
                names.extend(class.id.as_ref().map(|id| id.name.to_string()));
            }
            _ => {}
        }
        for name in names {
            if let Some(var) = self.find(&name) {
                let value = self.add(Node::Var(var), 0);
                self.export(&name, value);
            }
        }
    }
}
