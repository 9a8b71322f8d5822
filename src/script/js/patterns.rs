//! Patterns: what is assigned to which variable, and what is taken out of what.

use super::lower::Lower;
use crate::script::ir::*;
use oxc_ast::ast;

impl Lower<'_> {
    /// Declares the names of a pattern.
    pub(super) fn declare_pattern(&mut self, pattern: &ast::BindingPattern<'_>, in_function: bool) {
        let mut names = Vec::new();
        self.names_of(pattern, &mut names);
        for name in names {
            self.declare(&name, in_function);
        }
    }

    /// The names that a pattern binds.
    pub(super) fn names_of(&mut self, pattern: &ast::BindingPattern<'_>, names: &mut Vec<String>) {
        use ast::BindingPattern as P;
        match pattern {
            P::BindingIdentifier(id) => names.push(id.name.to_string()),
            P::ObjectPattern(object) => {
                for property in &object.properties {
                    self.deeper((), |l| l.names_of(&property.value, names));
                }
                if let Some(rest) = &object.rest {
                    self.deeper((), |l| l.names_of(&rest.argument, names));
                }
            }
            P::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    self.deeper((), |l| l.names_of(element, names));
                }
                if let Some(rest) = &array.rest {
                    self.deeper((), |l| l.names_of(&rest.argument, names));
                }
            }
            P::AssignmentPattern(it) => self.deeper((), |l| l.names_of(&it.left, names)),
        }
    }

    /// Gives a value to what a pattern binds.
    pub(super) fn pattern(
        &mut self,
        pattern: &ast::BindingPattern<'_>,
        value: ExprId,
        in_function: bool,
    ) {
        use ast::BindingPattern as P;
        match pattern {
            P::BindingIdentifier(id) => {
                let var = self.declare(&id.name, in_function);
                self.program.give(var, value);
            }
            P::ObjectPattern(object) => {
                for property in &object.properties {
                    let part = self.property(&property.key, value, property.span.start);
                    self.deeper((), |l| l.pattern(&property.value, part, in_function));
                }
                if let Some(rest) = &object.rest {
                    let part = self.add(Node::Rest(value), rest.span.start);
                    self.deeper((), |l| l.pattern(&rest.argument, part, in_function));
                }
            }
            P::ArrayPattern(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let part = self.item(value, index, array.span.start);
                        self.deeper((), |l| l.pattern(element, part, in_function));
                    }
                }
                if let Some(rest) = &array.rest {
                    let unknown = self.unknown(rest.span.start);
                    self.deeper((), |l| l.pattern(&rest.argument, unknown, in_function));
                }
            }
            P::AssignmentPattern(it) => {
                let default = self.expr(&it.right);
                let either = self.add(Node::Choice(vec![value, default]), it.span.start);
                self.deeper((), |l| l.pattern(&it.left, either, in_function));
            }
        }
    }

    fn item(&mut self, list: ExprId, index: usize, offset: u32) -> ExprId {
        let number = self.add(Node::Number(index as i64), offset);
        self.add(Node::Index(list, number), offset)
    }

    /// What an object has under a key.
    fn property(&mut self, key: &ast::PropertyKey<'_>, object: ExprId, offset: u32) -> ExprId {
        match key.static_name() {
            Some(name) => self.add(Node::Member(object, name.as_ref().into()), offset),
            None => {
                let key = match key.as_expression() {
                    Some(key) => self.expr(key),
                    None => self.unknown(offset),
                };
                self.add(Node::Index(object, key), offset)
            }
        }
    }

    /// Assigns to a target.
    pub(super) fn assign(&mut self, target: &ast::AssignmentTarget<'_>, value: ExprId) {
        use ast::AssignmentTarget as T;
        match target {
            T::AssignmentTargetIdentifier(id) => {
                if let Some(var) = self.find(&id.name) {
                    self.program.give(var, value);
                }
            }
            T::StaticMemberExpression(member) => {
                let name = member.property.name.as_str();
                match (&member.object, self.class) {
                    (ast::Expression::ThisExpression(_), Some(class)) => {
                        self.give_member(class, name, value);
                    }
                    _ => drop(self.expr(&member.object)),
                }
            }
            T::PrivateFieldExpression(member) => {
                if let Some(class) = self.class {
                    let name = format!("#{}", member.field.name);
                    self.give_member(class, &name, value);
                }
            }
            T::ComputedMemberExpression(member) => {
                self.expr(&member.object);
                self.expr(&member.expression);
            }
            T::ObjectAssignmentTarget(object) => {
                for property in &object.properties {
                    self.assign_property(property, value);
                }
                if let Some(rest) = &object.rest {
                    let part = self.add(Node::Rest(value), rest.span.start);
                    self.deeper((), |l| l.assign(&rest.target, part));
                }
            }
            T::ArrayAssignmentTarget(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let part = self.item(value, index, array.span.start);
                        self.assign_maybe(element, part);
                    }
                }
            }
            _ => {}
        }
    }

    fn assign_property(&mut self, property: &ast::AssignmentTargetProperty<'_>, value: ExprId) {
        match property {
            ast::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(it) => {
                let name = it.binding.name.as_str().into();
                let mut part = self.add(Node::Member(value, name), it.span.start);
                if let Some(default) = &it.init {
                    let default = self.expr(default);
                    part = self.add(Node::Choice(vec![part, default]), it.span.start);
                }
                if let Some(var) = self.find(&it.binding.name) {
                    self.program.give(var, part);
                }
            }
            ast::AssignmentTargetProperty::AssignmentTargetPropertyProperty(it) => {
                let part = self.property(&it.name, value, it.span.start);
                self.assign_maybe(&it.binding, part);
            }
        }
    }

    fn assign_maybe(&mut self, target: &ast::AssignmentTargetMaybeDefault<'_>, value: ExprId) {
        match target {
            ast::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(it) => {
                let default = self.expr(&it.init);
                let either = self.add(Node::Choice(vec![value, default]), it.span.start);
                self.deeper((), |l| l.assign(&it.binding, either));
            }
            other => {
                if let Some(target) = other.as_assignment_target() {
                    self.deeper((), |l| l.assign(target, value));
                }
            }
        }
    }
}
