//! Expressions.

use super::classes::key_name;
use super::lower::Lower;
use crate::script::ir::*;
use oxc_ast::ast;
use oxc_span::GetSpan;

impl Lower<'_> {
    pub(super) fn expr(&mut self, expr: &ast::Expression<'_>) -> ExprId {
        let at = expr.span().start;
        let found = self.deeper(None, |lower| Some(lower.inner(expr, at)));
        match found {
            Some(id) => id,
            None => self.unknown(at),
        }
    }

    fn inner(&mut self, expr: &ast::Expression<'_>, at: u32) -> ExprId {
        use ast::Expression as E;
        match expr {
            E::StringLiteral(it) => self.add(Node::Text(it.value.as_str().into()), at),
            E::NumericLiteral(it) => {
                let whole = it.value.fract() == 0.0 && it.value.abs() < 9.0e15;
                match whole {
                    true => self.add(Node::Number(it.value as i64), at),
                    false => self.unknown(at),
                }
            }
            E::TemplateLiteral(it) => self.template(it, at),
            E::Identifier(it) => match self.find(&it.name) {
                Some(var) => self.add(Node::Var(var), at),
                None => self.add(Node::Global(it.name.as_str().into()), at),
            },
            E::ArrayExpression(it) => {
                let items = it.elements.iter().map(|element| match element {
                    ast::ArrayExpressionElement::SpreadElement(spread) => {
                        let inner = self.expr(&spread.argument);
                        self.add(Node::Spread(inner), spread.span.start)
                    }
                    other => match other.as_expression() {
                        Some(item) => self.expr(item),
                        None => self.unknown(at),
                    },
                });
                let items = items.collect();
                self.add(Node::List(items), at)
            }
            E::ObjectExpression(it) => self.object(it, at),
            E::ArrowFunctionExpression(it) => self.arrow(it),
            E::FunctionExpression(it) => self.function(it),
            E::ClassExpression(it) => self.class(it),
            E::AssignmentExpression(it) => self.assignment(it, at),
            E::AwaitExpression(it) => self.expr(&it.argument),
            E::YieldExpression(it) => {
                if let Some(argument) = &it.argument {
                    self.expr(argument);
                }
                self.unknown(at)
            }
            E::BinaryExpression(it) => self.binary(it, at),
            E::LogicalExpression(it) => {
                let parts = vec![self.expr(&it.left), self.expr(&it.right)];
                self.add(Node::Choice(parts), at)
            }
            E::ConditionalExpression(it) => {
                self.expr(&it.test);
                let parts = vec![self.expr(&it.consequent), self.expr(&it.alternate)];
                self.add(Node::Choice(parts), at)
            }
            E::SequenceExpression(it) => {
                let parts: Vec<ExprId> = it.expressions.iter().map(|e| self.expr(e)).collect();
                match parts.last() {
                    Some(last) => *last,
                    None => self.unknown(at),
                }
            }
            E::CallExpression(it) => self.call(it, at),
            E::NewExpression(it) => {
                let callee = self.expr(&it.callee);
                let args = self.args(&it.arguments);
                self.add(Node::New(callee, args), at)
            }
            E::ChainExpression(it) => match &it.expression {
                ast::ChainElement::CallExpression(call) => self.call(call, at),
                other => match other.as_member_expression() {
                    Some(member) => self.member(member),
                    None => self.unknown(at),
                },
            },
            E::ParenthesizedExpression(it) => self.expr(&it.expression),
            E::ImportExpression(it) => {
                let source = self.expr(&it.source);
                match &self.program.expr(source).node {
                    Node::Text(module) => {
                        let module = module.clone();
                        self.add(Node::Import(module, None), at)
                    }
                    _ => self.unknown(at),
                }
            }
            E::ImportMeta(_) => self.add(Node::Global("import.meta".into()), at),
            E::ThisExpression(_) => match self.class {
                Some(class) => self.add(Node::This(class), at),
                None => self.unknown(at),
            },
            E::TaggedTemplateExpression(it) => {
                self.expr(&it.tag);
                self.template(&it.quasi, at);
                self.unknown(at)
            }
            E::UnaryExpression(it) => {
                self.expr(&it.argument);
                self.unknown(at)
            }
            E::UpdateExpression(it) => {
                if let ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = &it.argument
                    && let Some(var) = self.find(&id.name)
                {
                    self.program.vars[var.0 as usize].unknown = true;
                }
                self.unknown(at)
            }
            other => match other.as_member_expression() {
                Some(member) => self.member(member),
                None => self.unknown(at),
            },
        }
    }

    fn member(&mut self, member: &ast::MemberExpression<'_>) -> ExprId {
        match member {
            ast::MemberExpression::StaticMemberExpression(it) => {
                let object = self.expr(&it.object);
                let name = it.property.name.as_str().into();
                self.add(Node::Member(object, name), it.property.span.start)
            }
            ast::MemberExpression::ComputedMemberExpression(it) => {
                let object = self.expr(&it.object);
                let key = self.expr(&it.expression);
                let at = it.expression.span().start;
                match &self.program.expr(key).node {
                    Node::Text(name) => {
                        let name = name.clone();
                        self.add(Node::Member(object, name), at)
                    }
                    _ => self.add(Node::Index(object, key), at),
                }
            }
            ast::MemberExpression::PrivateFieldExpression(it) => {
                let object = self.expr(&it.object);
                let name = format!("#{}", it.field.name);
                self.add(Node::Member(object, name.into()), it.span.start)
            }
        }
    }

    fn args(&mut self, args: &[ast::Argument<'_>]) -> Vec<Arg> {
        let read = args.iter().map(|arg| match arg {
            ast::Argument::SpreadElement(spread) => Arg {
                spread: true,
                ..Arg::plain(self.expr(&spread.argument))
            },
            other => match other.as_expression() {
                Some(value) => Arg::plain(self.expr(value)),
                None => Arg::plain(self.unknown(0)),
            },
        });
        read.collect()
    }

    fn call(&mut self, call: &ast::CallExpression<'_>, at: u32) -> ExprId {
        let callee = self.expr(&call.callee);
        let args = self.args(&call.arguments);
        let of_module = |node: &Node| match node {
            Node::Text(module) => Some(module.clone()),
            _ => None,
        };
        if let Node::Global(name) = &self.program.expr(callee).node
            && &**name == "require"
            && let [arg] = args.as_slice()
            && let Some(module) = of_module(&self.program.expr(arg.value).node)
        {
            return self.add(Node::Import(module, None), at);
        }
        // The line of a chain of calls is that of the name, not of where the chain begins.
        let at = match call.callee.as_member_expression() {
            Some(ast::MemberExpression::StaticMemberExpression(it)) => it.property.span.start,
            _ => at,
        };
        self.add(Node::Call(callee, args), at)
    }

    fn template(&mut self, template: &ast::TemplateLiteral<'_>, at: u32) -> ExprId {
        let mut parts = Vec::new();
        let mut expressions = template.expressions.iter();
        for quasi in &template.quasis {
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            if !text.is_empty() {
                parts.push(self.add(Node::Text(text.as_str().into()), at));
            }
            if let Some(expression) = expressions.next() {
                parts.push(self.expr(expression));
            }
        }
        self.add(Node::Concat(parts), at)
    }

    fn object(&mut self, object: &ast::ObjectExpression<'_>, at: u32) -> ExprId {
        let mut entries = Vec::new();
        for property in &object.properties {
            match property {
                ast::ObjectPropertyKind::SpreadProperty(spread) => {
                    let inner = self.expr(&spread.argument);
                    entries.push((None, inner));
                }
                ast::ObjectPropertyKind::ObjectProperty(it) => {
                    let value = self.expr(&it.value);
                    match key_name(&it.key) {
                        Some(name) => entries.push((Some(name.into()), value)),
                        None => {
                            if let Some(key) = it.key.as_expression() {
                                self.expr(key);
                            }
                            let unknown = self.unknown(it.span.start);
                            entries.push((None, unknown));
                        }
                    }
                }
            }
        }
        self.add(Node::Object(entries), at)
    }

    fn assignment(&mut self, it: &ast::AssignmentExpression<'_>, at: u32) -> ExprId {
        let value = self.expr(&it.right);
        let value = match it.operator {
            ast::AssignmentOperator::Assign
            | ast::AssignmentOperator::LogicalAnd
            | ast::AssignmentOperator::LogicalOr
            | ast::AssignmentOperator::LogicalNullish => value,
            ast::AssignmentOperator::Addition => {
                let before = match &it.left {
                    ast::AssignmentTarget::AssignmentTargetIdentifier(id) => {
                        self.find(&id.name).map(|var| self.add(Node::Var(var), at))
                    }
                    _ => None,
                };
                match before {
                    Some(before) => self.add(Node::Concat(vec![before, value]), at),
                    None => self.unknown(at),
                }
            }
            _ => self.unknown(at),
        };
        self.assign(&it.left, value);
        value
    }

    /// `a + b + c` is one text; the rest compares, or computes what is not followed.
    fn binary(&mut self, it: &ast::BinaryExpression<'_>, at: u32) -> ExprId {
        use ast::BinaryOperator as B;
        let mut right = Vec::new();
        let mut left = &it.left;
        right.push((it.operator, &it.right));
        while let ast::Expression::BinaryExpression(inner) = left
            && it.operator == B::Addition
            && inner.operator == B::Addition
        {
            right.push((inner.operator, &inner.right));
            left = &inner.left;
        }
        let first = self.expr(left);
        if it.operator == B::Addition {
            let mut parts = vec![first];
            for (_, part) in right.iter().rev() {
                parts.push(self.expr(part));
            }
            return self.add(Node::Concat(parts), at);
        }
        let second = self.expr(&it.right);
        let node = match it.operator {
            B::Equality | B::Inequality | B::StrictEquality | B::StrictInequality => {
                Node::Same(first, second)
            }
            B::In => Node::Contains {
                name: first,
                inside: second,
            },
            _ => Node::Unknown,
        };
        self.add(node, at)
    }
}
