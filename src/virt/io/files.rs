//! Files of a component, as a tree from its root.

use super::settings::Block;
use std::collections::BTreeMap;

/// All files together are not larger: they become memory of the component.
const LARGEST: usize = 512 << 20;

/// As on Linux, in bytes.
const LONGEST_NAME: usize = 255;

/// What may stand in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A folder that can only be read.
    Folder(BTreeMap<String, Tree>),
    /// A file that can only be read.
    File(Vec<u8>),
    /// A symbolic link. It is followed inside of the folder that a program starts from, and
    /// never out of it.
    Link(String),
}

/// The files that a component sees, in place of those of its host.
///
/// Every folder that is given is one that the program has from its start (`preopens`); a file
/// gives the folder that it stands in, with nothing else in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    root: Node,
    /// Paths of the folders that the program has from the start.
    starts: Vec<Vec<String>>,
    size: usize,
}

/// Why files cannot be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A path that is none of a component.
    #[error(
        "`{0}` is no path for files of a component: it has to begin with `/`, without `.`, `..`, empty or over-long parts"
    )]
    Path(String),
    /// A path that is used already.
    #[error("something is at `{0}` already")]
    Twice(String),
    /// A name that cannot be one.
    #[error("`{0}` is no name of a file")]
    Name(String),
    /// Too much.
    #[error("the files together are larger than 512 MiB")]
    TooLarge,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// Whether it may be changed, whether it was given (and is not only on the way to one that
    /// was), and what is in it.
    Folder(bool, bool, BTreeMap<String, Node>),
    File(Vec<u8>),
    Link(String),
}

impl Default for Files {
    fn default() -> Self {
        Files::new()
    }
}

impl Files {
    /// No files at all.
    pub fn new() -> Files {
        Files {
            root: Node::Folder(false, false, BTreeMap::new()),
            starts: Vec::new(),
            size: 0,
        }
    }

    /// Puts something at an absolute path of the component.
    pub fn mount(&mut self, path: &str, tree: Tree) -> Result<(), FileError> {
        let parts = parts(path)?;
        let is_folder = matches!(tree, Tree::Folder(_));
        let node = self.node(tree)?;
        let start = match (is_folder, parts.split_last()) {
            (true, _) => parts.clone(),
            (false, Some((_, folder))) => folder.to_vec(),
            (false, None) => return Err(FileError::Path(path.to_string())),
        };
        self.put(path, &parts, node)?;
        self.start(start);
        Ok(())
    }

    /// Makes the folder at an absolute path one that is empty and can be written. What is
    /// written is gone with the program.
    pub fn writable(&mut self, path: &str) -> Result<(), FileError> {
        let parts = parts(path)?;
        self.put(path, &parts, Node::Folder(true, true, BTreeMap::new()))?;
        self.start(parts);
        Ok(())
    }

    fn start(&mut self, parts: Vec<String>) {
        if !self.starts.contains(&parts) {
            self.starts.push(parts);
        }
    }

    fn node(&mut self, tree: Tree) -> Result<Node, FileError> {
        Ok(match tree {
            Tree::Folder(entries) => {
                let mut inside = BTreeMap::new();
                for (name, tree) in entries {
                    if !is_name(&name) {
                        return Err(FileError::Name(name.escape_debug().to_string()));
                    }
                    self.grow(name.len())?;
                    inside.insert(name, self.node(tree)?);
                }
                Node::Folder(false, true, inside)
            }
            Tree::File(bytes) => {
                self.grow(bytes.len())?;
                Node::File(bytes)
            }
            Tree::Link(target) => {
                self.grow(target.len())?;
                Node::Link(target)
            }
        })
    }

    fn grow(&mut self, by: usize) -> Result<(), FileError> {
        // With what the form of the block takes for each node.
        self.size = self.size.saturating_add(by).saturating_add(16);
        (self.size <= LARGEST)
            .then_some(())
            .ok_or(FileError::TooLarge)
    }

    fn put(&mut self, path: &str, parts: &[String], node: Node) -> Result<(), FileError> {
        let twice = || FileError::Twice(path.to_string());
        let mut here = &mut self.root;
        for part in parts {
            let Node::Folder(_, _, entries) = here else {
                return Err(twice());
            };
            let next = entries.entry(part.clone());
            here = next.or_insert_with(|| Node::Folder(false, false, BTreeMap::new()));
        }
        match (here, node) {
            // On the way to something that was given before.
            (
                Node::Folder(writable, given @ false, entries),
                Node::Folder(is_writable, _, inside),
            ) => {
                *given = true;
                *writable = is_writable;
                for (name, node) in inside {
                    if entries.contains_key(&name) {
                        return Err(twice());
                    }
                    entries.insert(name, node);
                }
                Ok(())
            }
            (here @ Node::Folder(_, false, _), node) => {
                let Node::Folder(_, _, entries) = &*here else {
                    return Err(twice());
                };
                if !entries.is_empty() {
                    return Err(twice());
                }
                *here = node;
                Ok(())
            }
            _ => Err(twice()),
        }
    }

    pub(super) fn write(&self, block: &mut Block) {
        let mut nodes = Vec::new();
        let mut starts = vec![0; self.starts.len()];
        self.number(&self.root, &mut Vec::new(), &mut nodes, &mut starts);
        block.word(starts.len());
        for (parts, node) in self.starts.iter().zip(&starts) {
            let name = format!("/{}", parts.join("/"));
            block.bytes(name.as_bytes()).word(*node);
        }
        block.word(nodes.len());
        for (node, inside) in nodes {
            match node {
                Node::Folder(writable, _, entries) => {
                    block.byte(u8::from(*writable)).byte(0).word(entries.len());
                    for (name, node) in entries.keys().zip(inside) {
                        block.bytes(name.as_bytes()).word(node);
                    }
                }
                Node::File(bytes) => {
                    block.byte(0).byte(1).bytes(bytes);
                }
                Node::Link(target) => {
                    block.byte(0).byte(2).bytes(target.as_bytes());
                }
            }
        }
    }

    /// Lists nodes with the numbers of what is in them.
    fn number<'n>(
        &self,
        node: &'n Node,
        path: &mut Vec<String>,
        nodes: &mut Vec<(&'n Node, Vec<usize>)>,
        starts: &mut [usize],
    ) -> usize {
        let number = nodes.len();
        nodes.push((node, Vec::new()));
        let known = self.starts.iter().position(|start| start == path);
        if let Some(place) = known.and_then(|place| starts.get_mut(place)) {
            *place = number;
        }
        if let Node::Folder(_, _, entries) = node {
            let mut inside = Vec::with_capacity(entries.len());
            for (name, node) in entries {
                path.push(name.clone());
                inside.push(self.number(node, path, nodes, starts));
                path.pop();
            }
            if let Some((_, place)) = nodes.get_mut(number) {
                *place = inside;
            }
        }
        number
    }
}

fn is_name(name: &str) -> bool {
    let odd = name.is_empty() || name == "." || name == ".." || name.len() > LONGEST_NAME;
    !odd && !name.contains(['/', '\0'])
}

fn parts(path: &str) -> Result<Vec<String>, FileError> {
    let error = || FileError::Path(path.escape_debug().to_string());
    let rest = path.strip_prefix('/').ok_or_else(error)?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let parts = rest.split('/').map(str::to_string).collect::<Vec<_>>();
    match parts.iter().all(|part| is_name(part)) {
        true => Ok(parts),
        false => Err(error()),
    }
}
