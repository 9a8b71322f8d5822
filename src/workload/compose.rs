//! `[[link]]` and `[[middleware]]`: how the components meet.

use super::component::pattern;
use super::error::Problem;
use super::interface::InterfacePattern;
use super::read::{Problems, Table};
use crate::base::{ByteRange, Glob, Spanned};

/// `[[link]]`: who provides an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The header of the table.
    pub span: ByteRange,
    /// The component that imports.
    pub consumer: Spanned<String>,
    /// The import.
    pub import: Spanned<InterfacePattern>,
    /// The component that provides it.
    pub provider: Spanned<String>,
    /// The export that provides it, when it has another name than the import.
    pub export: Option<Spanned<InterfacePattern>>,
    /// Whether the two are fused or meet at run time; undecided without.
    pub kind: Option<Spanned<LinkKind>>,
}

/// When two components meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// Fused into one binary.
    Static,
    /// Each on its own, linked by the host.
    Runtime,
}

/// `[[middleware]]`: a component between others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Middleware {
    /// The header of the table.
    pub span: ByteRange,
    /// The component.
    pub component: Spanned<String>,
    /// The interface that it stands on.
    pub on: Spanned<InterfacePattern>,
    /// Consumers of the edges meant; `export` is the root's own side. Any without.
    pub consumer: Option<Spanned<Glob>>,
    /// Providers of the edges meant; `import` is the root's own side. Any without.
    pub provider: Option<Spanned<Glob>>,
    /// Where it stands among others.
    pub order: Vec<Spanned<Order>>,
    /// Whether it stands on an edge at most once.
    pub unique: bool,
    /// Middleware that must be on every edge where this one is.
    pub requires: Vec<Spanned<String>>,
    /// Middleware that must not be on an edge where this one is.
    pub conflicts: Vec<Spanned<String>>,
    /// How many of it there are.
    pub instance: Instancing,
    /// Whether it may match no edge.
    pub optional: bool,
}

/// How often a middleware is instantiated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instancing {
    /// Once for all edges.
    #[default]
    Shared,
    /// Once for each edge.
    PerEdge,
}

/// A statement about order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// Before all others.
    First,
    /// After all others.
    Last,
    /// Before one other.
    Before(String),
    /// After one other.
    After(String),
}

impl Link {
    pub(super) fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<Link> {
        let consumer = required(&mut table, "consumer", problems);
        let import = required(&mut table, "import", problems);
        let import = import.and_then(|import| pattern(&import, problems));
        let provider = required(&mut table, "provider", problems);
        let export = table.get("export");
        let export = export.and_then(|export| export.text(problems));
        let export = export.and_then(|export| pattern(&export, problems));
        let words = [("static", LinkKind::Static), ("runtime", LinkKind::Runtime)];
        let kind = table.get("as");
        let kind = kind.and_then(|kind| kind.word(&words, problems));
        let span = table.span();
        table.finish(problems);
        Some(Link {
            span,
            consumer: consumer?,
            import: import?,
            provider: provider?,
            export,
            kind,
        })
    }
}

impl Middleware {
    /// Whether the rule is about a component, or says something of it.
    pub fn names(&self, component: &str) -> bool {
        let order = self.order.iter().any(|order| match &order.value {
            Order::Before(name) | Order::After(name) => name == component,
            Order::First | Order::Last => false,
        });
        let company = self.requires.iter().chain(&self.conflicts);
        self.component.value == component
            || order
            || company.into_iter().any(|name| name.value == component)
    }

    pub(super) fn read(mut table: Table<'_>, problems: &mut Problems) -> Option<Middleware> {
        let span = table.span();
        let component = required(&mut table, "component", problems);
        let on = required(&mut table, "on", problems);
        let on = on.and_then(|on| pattern(&on, problems));
        let (mut consumer, mut provider) = (None, None);
        let edges = table.get("where");
        if let Some(mut edges) = edges.and_then(|edges| edges.table(problems)) {
            let mut side = |key| {
                let text = edges.get(key).and_then(|side| side.text(problems));
                text.map(|text| text.map(|text| Glob::new(&text)))
            };
            (consumer, provider) = (side("consumer"), side("provider"));
            edges.finish(problems);
        }
        let order = table.get("order").map(|order| order.strings(problems));
        let order = order.unwrap_or_default();
        let order = order
            .into_iter()
            .filter_map(|text| Order::read(&text, problems));
        let order: Vec<Spanned<Order>> = order.collect();
        let mut flag = |key| {
            let value = table.get(key).and_then(|value| value.bool(problems));
            value.is_some_and(|value| value.value)
        };
        let (unique, optional) = (flag("unique"), flag("optional"));
        let mut names = |key| {
            let names = table.get(key).map(|names| names.strings(problems));
            names.unwrap_or_default()
        };
        let (requires, conflicts) = (names("requires"), names("conflicts"));
        let words = [
            ("shared", Instancing::Shared),
            ("per-edge", Instancing::PerEdge),
        ];
        let instance = table.get("instance");
        let instance = instance.and_then(|instance| instance.word(&words, problems));
        table.finish(problems);
        Some(Middleware {
            span,
            component: component?,
            on: on?,
            consumer,
            provider,
            order,
            unique,
            requires,
            conflicts,
            instance: instance.map(|i| i.value).unwrap_or_default(),
            optional,
        })
    }
}

impl Order {
    /// As people write it.
    pub fn words(&self) -> String {
        match self {
            Order::First => "first".to_string(),
            Order::Last => "last".to_string(),
            Order::Before(name) => format!("before:{name}"),
            Order::After(name) => format!("after:{name}"),
        }
    }

    fn read(text: &Spanned<String>, problems: &mut Problems) -> Option<Spanned<Order>> {
        let order = match text.value.split_once(':') {
            None if text.value == "first" => Some(Order::First),
            None if text.value == "last" => Some(Order::Last),
            Some(("before", name)) if !name.is_empty() => Some(Order::Before(name.to_string())),
            Some(("after", name)) if !name.is_empty() => Some(Order::After(name.to_string())),
            _ => None,
        };
        if order.is_none() {
            let message = format!(
                "`{}` is no order: expected `first`, `last`, `before:NAME` or `after:NAME`",
                text.value.escape_debug()
            );
            problems.push(Problem::new(text.span, message));
        }
        order.map(|order| Spanned::new(order, text.span))
    }
}

/// The text of a key that must be there.
pub(super) fn required(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Spanned<String>> {
    let value = table.require(key, problems)?;
    value.text(problems)
}
