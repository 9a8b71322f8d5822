//! What is drawn: boxes inside boxes, links between them, ports at the border.

/// The name of a box: the structural path of an instance, such as `root/0`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoxId(pub String);

impl From<&str> for BoxId {
    fn from(path: &str) -> Self {
        Self(path.to_owned())
    }
}

impl From<String> for BoxId {
    fn from(path: String) -> Self {
        Self(path)
    }
}

/// A whole picture.
///
/// Nothing has to be consistent for a picture to be drawn: a box whose parent is missing
/// stands at the top, of two boxes with one id the first counts, and links with an unknown
/// end are left out and counted in a note under the drawing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// The headline, usually a file name.
    pub title: String,
    /// A smaller line under it: size, digest. May be empty.
    pub subtitle: String,
    /// All boxes, at every depth. Their order breaks ties in the layout.
    pub boxes: Vec<PictureBox>,
    /// All links, in the direction of calls.
    pub links: Vec<Link>,
    /// What the host must provide, drawn at the right border.
    pub imports: Vec<Port>,
    /// What the host can call, drawn at the left border.
    pub exports: Vec<Port>,
}

/// One box: an instance, or something that is wired like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureBox {
    /// The name that links and children use.
    pub id: BoxId,
    /// The name that people read.
    pub label: String,
    /// A smaller line under the label: a short digest, a component name. May be empty.
    pub sublabel: String,
    /// The box around this one.
    pub parent: Option<BoxId>,
    /// What stands behind the box.
    pub kind: BoxKind,
    /// Facts for the side panel of the page; not drawn.
    pub details: Vec<Detail>,
}

/// What stands behind a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoxKind {
    /// A component that only wires others together.
    Composition,
    /// A component with code of its own.
    Component,
    /// A core module inside a component.
    Module,
    /// An adapter: virtualization or middleware that was put in between.
    Adapter,
    /// Code that tools generate to connect modules, such as shims and fixups.
    Glue,
}

impl BoxKind {
    /// Every kind, in the order of the legend.
    pub const ALL: [Self; 5] = [
        Self::Composition,
        Self::Component,
        Self::Adapter,
        Self::Module,
        Self::Glue,
    ];

    /// The word for this kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Composition => "composition",
            Self::Component => "component",
            Self::Module => "module",
            Self::Adapter => "adapter",
            Self::Glue => "glue",
        }
    }
}

/// A titled list in the side panel, such as the needs of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// The title.
    pub heading: String,
    /// One line each.
    pub items: Vec<String>,
}

/// An arrow from the caller to the called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Who calls.
    pub from: End,
    /// Who is called.
    pub to: End,
    /// The interface that is called. Not written beside the arrow when the port at its end
    /// already says it.
    pub label: String,
    /// The functions of the interface that are called.
    pub detail: Vec<String>,
    /// How the call is made.
    pub kind: LinkKind,
}

/// One end of a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A box.
    Box(BoxId),
    /// A port of [`Picture::imports`], by position.
    Import(usize),
    /// A port of [`Picture::exports`], by position.
    Export(usize),
}

/// How a call is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// Fused: both ends are in one binary.
    #[default]
    Static,
    /// Linked when the workload starts; the call may fail on the way.
    Runtime,
    /// Provided by the host.
    Host,
    /// Nobody provides it.
    Unsatisfied,
}

impl LinkKind {
    /// Every kind, in the order of the legend.
    pub const ALL: [Self; 4] = [Self::Static, Self::Runtime, Self::Host, Self::Unsatisfied];

    /// The word for this kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Runtime => "runtime",
            Self::Host => "host",
            Self::Unsatisfied => "unsatisfied",
        }
    }
}

/// Something the whole imports or exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The interface or function.
    pub label: String,
    /// More about it, such as the functions in use.
    pub detail: Vec<String>,
    /// Whether any code behind it is called; an unused port is drawn dimmed and dashed.
    pub used: bool,
}
