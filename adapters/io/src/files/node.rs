//! Files, folders and links.

use super::code::{Code, Outcome};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use crate::abi::Global;

/// No file is longer: offsets stay far from the end of memory.
const LONGEST: usize = 1 << 30;

/// `datetime`
#[derive(Clone, Copy)]
pub(crate) struct Time {
    pub(crate) seconds: u64,
    pub(crate) nanoseconds: u32,
}

/// Something that has a name in a folder. It lives as long as a folder or a descriptor has it.
pub(crate) struct Node {
    /// Tells it from all others.
    pub(crate) id: u64,
    /// Whether it may be changed.
    pub(crate) writable: bool,
    /// In how many folders it is.
    pub(crate) links: Cell<u32>,
    /// Times of access and of change. There is no clock: they are what `set-times` said.
    pub(crate) times: Cell<[Option<Time>; 2]>,
    pub(crate) kind: Kind,
}

/// What a node is.
pub(crate) enum Kind {
    Folder(RefCell<Folder>),
    File(RefCell<Content>),
    Link(Box<str>),
}

/// Entries, sorted by name.
#[derive(Default)]
pub(crate) struct Folder {
    entries: Vec<(Box<str>, Rc<Node>)>,
}

/// The bytes of a file.
pub(crate) enum Content {
    /// As gusset put them there.
    Fixed(&'static [u8]),
    Own(Vec<u8>),
}

impl Node {
    pub(crate) fn new(writable: bool, kind: Kind) -> Rc<Self> {
        static NEXT: Global<u64> = Global::new(1);
        let id = NEXT.with(|next| {
            *next += 1;
            *next
        });
        Rc::new(Self {
            id,
            writable,
            links: Cell::new(0),
            times: Cell::new([None; 2]),
            kind,
        })
    }

    /// `descriptor-type`
    pub(crate) fn type_code(&self) -> u8 {
        match self.kind {
            Kind::Folder(_) => 3,
            Kind::Link(_) => 5,
            Kind::File(_) => 6,
        }
    }

    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder(_))
    }

    pub(crate) fn folder(&self) -> Outcome<&RefCell<Folder>> {
        match &self.kind {
            Kind::Folder(folder) => Ok(folder),
            _ => Err(Code::NotDirectory),
        }
    }

    /// The entries, to be changed.
    pub(crate) fn to_change(&self) -> Outcome<&RefCell<Folder>> {
        let folder = self.folder()?;
        if self.writable {
            Ok(folder)
        } else {
            Err(Code::NotPermitted)
        }
    }

    pub(crate) fn get(&self, name: &str) -> Outcome<Option<Rc<Node>>> {
        Ok(self.folder()?.borrow().get(name).cloned())
    }

    pub(crate) fn size(&self) -> usize {
        match &self.kind {
            Kind::Folder(_) => 0,
            Kind::File(content) => content.borrow().bytes().len(),
            Kind::Link(target) => target.len(),
        }
    }
}

impl Folder {
    fn place(&self, name: &str) -> Result<usize, usize> {
        let entries = &self.entries;
        entries.binary_search_by(|(known, _)| (**known).cmp(name))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Rc<Node>> {
        self.entries
            .get(self.place(name).ok()?)
            .map(|(_, node)| node)
    }

    /// Puts a node in, in the place of one that has the name.
    pub(crate) fn insert(&mut self, name: &str, node: Rc<Node>) {
        node.links.set(node.links.get() + 1);
        match self.place(name) {
            Ok(place) => {
                if let Some((_, old)) = self.entries.get_mut(place) {
                    old.links.set(old.links.get() - 1);
                    *old = node;
                }
            }
            Err(place) => self.entries.insert(place, (name.into(), node)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Rc<Node>> {
        let place = self.place(name).ok()?;
        let (_, node) = self.entries.remove(place);
        node.links.set(node.links.get() - 1);
        Some(node)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Box<str>, Rc<Node>)> {
        self.entries.iter()
    }
}

impl Content {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Content::Fixed(bytes) => bytes,
            Content::Own(bytes) => bytes,
        }
    }

    /// The bytes to be changed, at least `length` of them; those that are not there yet are
    /// zero.
    fn grown(&mut self, length: usize) -> Outcome<&mut Vec<u8>> {
        if let Content::Fixed(fixed) = *self {
            let mut own = Vec::new();
            let enough = own.try_reserve_exact(fixed.len());
            enough.map_err(|_| Code::InsufficientSpace)?;
            own.extend_from_slice(fixed);
            *self = Content::Own(own);
        }
        let Content::Own(own) = self else {
            return Err(Code::Invalid);
        };
        if let Some(more) = length.checked_sub(own.len()) {
            let enough = own.try_reserve(more);
            enough.map_err(|_| Code::InsufficientSpace)?;
            own.resize(length, 0);
        }
        Ok(own)
    }

    pub(crate) fn write(&mut self, offset: u64, bytes: &[u8]) -> Outcome<()> {
        let start = usize::try_from(offset).map_err(|_| Code::FileTooLarge)?;
        let end = start.checked_add(bytes.len()).filter(|end| *end <= LONGEST);
        let end = end.ok_or(Code::FileTooLarge)?;
        if bytes.is_empty() {
            return Ok(());
        }
        if let Some(place) = self.grown(end)?.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
        Ok(())
    }

    pub(crate) fn resize(&mut self, length: u64) -> Outcome<()> {
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= LONGEST);
        let length = length.ok_or(Code::FileTooLarge)?;
        if length == 0 {
            *self = Content::Own(Vec::new());
        } else {
            self.grown(length)?.truncate(length);
        }
        Ok(())
    }
}
