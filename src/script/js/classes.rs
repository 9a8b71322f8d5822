//! Functions and classes.

use super::lower::Lower;
use crate::script::ir::*;
use oxc_ast::ast;

impl Lower<'_> {
    /// A function; one with a name is what the name stands for.
    pub(super) fn function(&mut self, function: &ast::Function<'_>) -> ExprId {
        let at = function.span.start;
        let is_declaration = function.r#type == ast::FunctionType::FunctionDeclaration;
        let id = function.id.as_ref().map(|id| id.name.as_str());
        let outer = id.filter(|_| is_declaration);
        let var = outer.map(|name| self.declare(name, false));
        let func = self.program.add_func(self.unit);
        let value = self.add(Node::Function(func), at);
        if let Some(var) = var {
            self.program.give(var, value);
        }
        self.within(func, |lower| {
            if let Some(name) = id.filter(|_| !is_declaration) {
                let own = lower.declare(name, false);
                lower.program.give(own, value);
            }
            lower.params(func, &function.params);
            if let Some(body) = &function.body {
                lower.block(&body.statements);
            }
        });
        value
    }

    pub(super) fn arrow(&mut self, arrow: &ast::ArrowFunctionExpression<'_>) -> ExprId {
        let func = self.program.add_func(self.unit);
        let value = self.add(Node::Function(func), arrow.span.start);
        self.within(func, |lower| {
            lower.params(func, &arrow.params);
            match &arrow.body {
                ast::ArrowFunctionBody::FunctionBody(body) => lower.block(&body.statements),
                other => {
                    if let Some(result) = other.as_expression() {
                        let result = lower.expr(result);
                        lower.program.funcs[func.0 as usize].returns.push(result);
                    }
                }
            }
        });
        value
    }

    fn within(&mut self, func: FuncId, go: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.func, func);
        self.scoped(true, |lower| lower.deeper((), go));
        self.func = outer;
    }

    fn params(&mut self, func: FuncId, params: &ast::FormalParameters<'_>) {
        for (position, item) in params.items.iter().enumerate() {
            let name: Text = match &item.pattern {
                ast::BindingPattern::BindingIdentifier(id) => id.name.as_str().into(),
                _ => format!("#{position}").as_str().into(),
            };
            let var = self.program.add_param(func, name.clone());
            if let Some(default) = &item.initializer {
                let default = self.expr(default);
                self.program.funcs[func.0 as usize].params[position].default = Some(default);
            }
            match &item.pattern {
                ast::BindingPattern::BindingIdentifier(_) => self.bind(&name, var),
                pattern => {
                    let value = self.add(Node::Var(var), item.span.start);
                    self.pattern(pattern, value, false);
                }
            }
        }
        if let Some(rest) = &params.rest {
            let position = params.items.len();
            let var = self.program.add_param(func, "...".into());
            self.program.funcs[func.0 as usize].params[position].rest = true;
            let value = self.add(Node::Var(var), rest.span.start);
            self.pattern(&rest.rest.argument, value, false);
        }
    }

    /// A class; one with a name is what the name stands for.
    pub(super) fn class(&mut self, class: &ast::Class<'_>) -> ExprId {
        let id = self.program.add_class(Class::default());
        let value = self.add(Node::Class(id), class.span.start);
        if let Some(heritage) = &class.heritage {
            let base = self.expr(&heritage.expression);
            self.program.classes[id.0 as usize].bases.push(base);
        }
        let is_declaration = class.r#type == ast::ClassType::ClassDeclaration;
        if let Some(name) = class.id.as_ref().filter(|_| is_declaration) {
            let var = self.declare(&name.name, false);
            self.program.give(var, value);
        }
        self.scoped(false, |lower| {
            if let Some(name) = class.id.as_ref().filter(|_| !is_declaration) {
                let own = lower.declare(&name.name, false);
                lower.program.give(own, value);
            }
            let outer = lower.class.replace(id);
            for element in &class.body.body {
                lower.deeper((), |l| l.class_element(id, element));
            }
            lower.class = outer;
        });
        value
    }

    fn class_element(&mut self, class: ClassId, element: &ast::ClassElement<'_>) {
        use ast::ClassElement as E;
        match element {
            E::MethodDefinition(method) => {
                let function = self.function(&method.value);
                let name = key_name(&method.key);
                // What a getter gives is what the name stands for.
                let value = match (method.kind, &self.program.expr(function).node) {
                    (ast::MethodDefinitionKind::Get, Node::Function(func)) => {
                        let returns = self.program.func(*func).returns.clone();
                        self.add(Node::Choice(returns), method.span.start)
                    }
                    _ => function,
                };
                if let Some(name) = name {
                    self.give_member(class, &name, value);
                }
            }
            E::PropertyDefinition(property) => {
                let value = match &property.value {
                    Some(value) => self.expr(value),
                    None => return,
                };
                if let Some(name) = key_name(&property.key) {
                    self.give_member(class, &name, value);
                }
            }
            E::StaticBlock(block) => self.scoped(true, |l| l.block(&block.body)),
            _ => {}
        }
    }

    pub(super) fn give_member(&mut self, class: ClassId, name: &str, value: ExprId) {
        let members = &mut self.program.classes[class.0 as usize].members;
        members.entry(name.into()).or_default().push(value);
    }
}

/// The name of a key; of a private one with its mark.
pub(super) fn key_name(key: &ast::PropertyKey<'_>) -> Option<String> {
    match key {
        ast::PropertyKey::PrivateIdentifier(id) => Some(format!("#{}", id.name)),
        other => other.static_name().map(|name| name.into_owned()),
    }
}
