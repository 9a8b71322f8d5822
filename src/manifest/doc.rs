//! What a manifest must say, before it is text of any syntax: a tree in which every entry
//! knows whether it follows from the binaries, and who may change it.

use crate::base::Glob;
use std::collections::BTreeSet;

/// One document of a manifest.
#[derive(Clone, Debug)]
pub struct Doc {
    /// Comments at its top, line by line.
    pub head: Vec<String>,
    /// Fields that tell it from other documents of one file: `kind: Secret`.
    pub select: Vec<(&'static str, &'static str)>,
    /// Its contents.
    pub root: Map,
}

/// Named entries.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// In the order in which they are written; every one has a key.
    pub entries: Vec<Entry>,
    /// Says that no other keys belong here.
    pub closed: Option<Closed>,
    /// Whether it is written on one line, where the syntax leaves the choice.
    pub inline: bool,
}

/// Entries without names.
#[derive(Clone, Debug)]
pub struct List {
    /// In the order in which they are written; none has a key.
    pub entries: Vec<Entry>,
    /// How an entry is found again.
    pub by: By,
    /// Says that no other entries belong here.
    pub closed: Option<Closed>,
}

/// What makes two entries of a list the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Their text.
    Value,
    /// These fields; one that is missing is like an empty one.
    Fields(&'static [&'static str]),
    /// Their text, read as hosts with a scheme and a port: an entry is there when another
    /// one allows at least the same.
    Host,
}

/// Something in a map or list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name; empty in a list.
    pub key: String,
    /// What stands there.
    pub node: Node,
    /// Why it must be there, if it must.
    pub derived: Option<Derived>,
    /// Comments above it, line by line.
    pub above: Vec<String>,
    /// A comment behind it.
    pub beside: Option<String>,
}

/// A value.
#[derive(Clone, Debug)]
pub enum Node {
    /// Named entries.
    Map(Map),
    /// Entries without names.
    List(List),
    /// This text and no other.
    Text(String),
    /// This number and no other.
    Number(u64),
    /// This truth value and no other.
    Bool(bool),
    /// A text that a person decides on.
    Fill {
        /// What is to be filled in, for the comment.
        what: String,
        /// What stands there until then; mostly nothing.
        initial: String,
    },
}

/// What an entry is about: decides which rule speaks when it is missing or too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A key of some kind of resource.
    Key,
    /// An interface that the host must be told of.
    Interface,
    /// The version of an interface.
    Version,
    /// A host to which requests go.
    Host,
    /// Anything else.
    Shape,
}

/// The subject of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A key of a kind.
    Key(String, String),
    /// Several keys of a kind.
    Kind(String),
    /// An interface, or a package of interfaces.
    Import(String),
    /// A component.
    Component(String),
    /// A field of the manifest.
    Field(String),
}

/// Why an entry must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// What it is about.
    pub what: What,
    /// The subject of a finding about it.
    pub subject: About,
    /// The component that it is there for; several share some entries.
    pub component: Option<String>,
    /// The reason as a sentence: `` `api` reads env `DATABASE_URL` ``.
    pub because: String,
    /// Whether the reason is proven.
    pub sure: bool,
}

/// That a collection says everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// What its entries are about.
    pub what: What,
    /// The kind of resource, where its entries are keys or hosts.
    pub kind: String,
    /// The component that it belongs to.
    pub component: Option<String>,
    /// Whether the analysis knows all entries; if not, one that it does not know is no error.
    pub complete: bool,
    /// Entries that may be there beside those that must.
    pub also: Vec<Glob>,
    /// Keys that must not have their value here.
    pub secrets: BTreeSet<String>,
}

impl Doc {
    /// A document that is found by its fields.
    pub fn new(select: &[(&'static str, &'static str)], root: Map) -> Doc {
        Doc {
            head: Vec::new(),
            select: select.to_vec(),
            root,
        }
    }
}

impl Map {
    /// Entries in their order.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Map {
        Map {
            entries: entries.into_iter().collect(),
            closed: None,
            inline: false,
        }
    }

    /// The same, on one line.
    pub fn inline(mut self) -> Map {
        self.inline = true;
        self
    }

    /// The same, with everything said.
    pub fn closed(mut self, closed: Closed) -> Map {
        self.closed = Some(closed);
        self
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}

impl List {
    /// Entries that are found again by something.
    pub fn of(by: By, entries: impl IntoIterator<Item = Entry>) -> List {
        List {
            entries: entries.into_iter().collect(),
            by,
            closed: None,
        }
    }

    /// The same, with everything said.
    pub fn closed(mut self, closed: Closed) -> List {
        self.closed = Some(closed);
        self
    }
}

impl Entry {
    /// A named entry.
    pub fn field(key: impl Into<String>, node: impl Into<Node>) -> Entry {
        Entry {
            key: key.into(),
            node: node.into(),
            derived: None,
            above: Vec::new(),
            beside: None,
        }
    }

    /// An entry of a list.
    pub fn item(node: impl Into<Node>) -> Entry {
        Entry::field("", node)
    }

    /// A named entry that a person fills in.
    pub fn fill(key: impl Into<String>, what: impl Into<String>) -> Entry {
        let what = what.into();
        let initial = String::new();
        Entry::field(key, Node::Fill { what, initial })
    }

    /// The same, because of something.
    pub fn because(mut self, derived: Derived) -> Entry {
        self.derived = Some(derived);
        self
    }

    /// The same, with comments above it.
    pub fn above(mut self, lines: impl IntoIterator<Item = String>) -> Entry {
        self.above.extend(lines);
        self
    }

    /// The same, with a comment behind it.
    pub fn beside(mut self, text: impl Into<String>) -> Entry {
        self.beside = Some(text.into());
        self
    }
}

impl Derived {
    /// A proven reason.
    pub fn new(what: What, subject: About, because: impl Into<String>) -> Derived {
        Derived {
            what,
            subject,
            component: None,
            because: because.into(),
            sure: true,
        }
    }

    /// The same for one component.
    pub fn of(mut self, component: &str) -> Derived {
        self.component = Some(component.to_string());
        self
    }

    /// The same, proven or not.
    pub fn sure(mut self, sure: bool) -> Derived {
        self.sure = sure;
        self
    }
}

impl Closed {
    /// Whether an entry that need not be there may be.
    pub(super) fn admits(&self, name: &str) -> bool {
        self.also.iter().any(|glob| glob.matches(name))
    }
}

impl From<Map> for Node {
    fn from(map: Map) -> Node {
        Node::Map(map)
    }
}

impl From<List> for Node {
    fn from(list: List) -> Node {
        Node::List(list)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_string())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

/// Walks over all entries of some documents, outer ones first.
pub fn visit<'d>(docs: &'d [Doc], each: &mut impl FnMut(&'d Entry)) {
    for doc in docs {
        visit_all(&doc.root.entries, each);
    }
}

fn visit_all<'d>(entries: &'d [Entry], each: &mut impl FnMut(&'d Entry)) {
    for entry in entries {
        each(entry);
        visit_all(entry.node.entries(), each);
    }
}

impl Node {
    /// What it contains.
    pub fn entries(&self) -> &[Entry] {
        match self {
            Node::Map(map) => &map.entries,
            Node::List(list) => &list.entries,
            _ => &[],
        }
    }

    /// What it contains, to be changed.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match self {
            Node::Map(map) => Some(&mut map.entries),
            Node::List(list) => Some(&mut list.entries),
            _ => None,
        }
    }

    /// The text of a value without parts, as it stands in a file.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Node::Text(text) => Some(text.clone()),
            Node::Number(number) => Some(number.to_string()),
            Node::Bool(value) => Some(value.to_string()),
            Node::Fill { initial, .. } => Some(initial.clone()),
            Node::Map(_) | Node::List(_) => None,
        }
    }
}
