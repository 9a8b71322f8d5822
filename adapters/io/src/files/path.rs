//! Paths. A path is relative to a folder and never leads out of it: neither `..`, nor an
//! absolute path, nor a link does. The rules, and the codes, are those of wasmtime's host.

use super::code::{Code, Outcome};
use super::node::{Kind, Node};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// As on Linux, in bytes.
const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;
/// How many links are followed, as on Linux.
const MOST_LINKS: usize = 40;

/// Where a path leads.
pub(crate) struct Found {
    /// The folder in which the last name stands.
    pub(crate) parent: Rc<Node>,
    /// The last name; `None` if the path ends in `.` or `..`, and is `node` itself.
    pub(crate) name: Option<String>,
    /// What is there.
    pub(crate) node: Option<Rc<Node>>,
    /// Whether the path ends in a slash: what is there must be a folder.
    pub(crate) slash: bool,
}

impl Found {
    /// What is there, which must be a folder if the path says so.
    pub(crate) fn existing(self) -> Outcome<Rc<Node>> {
        let node = self.node.ok_or(Code::NoEntry)?;
        if self.slash && !node.is_folder() {
            return Err(Code::NotDirectory);
        }
        Ok(node)
    }
}

/// Refuses what no path can be.
fn check(path: &str) -> Outcome<()> {
    if path.is_empty() {
        return Err(Code::NoEntry);
    }
    if path.as_bytes().contains(&0) {
        return Err(Code::Invalid);
    }
    if path.len() > LONGEST_PATH {
        return Err(Code::NameTooLong);
    }
    if path.starts_with('/') {
        return Err(Code::NotPermitted);
    }
    Ok(())
}

/// Walks a path. `follow` says whether a link at its end is followed; one with a slash behind
/// it always is.
pub(crate) fn walk(start: &Rc<Node>, path: &str, follow: bool) -> Outcome<Found> {
    check(path)?;
    // Folders from the start to here.
    let mut way = Vec::from([Rc::clone(start)]);
    // What is left to walk: links push the parts of their targets in front.
    let mut left: Vec<String> = Vec::new();
    push(&mut left, path);
    let mut slash = path.ends_with('/');
    let mut links = 0;
    while let Some(part) = left.pop() {
        let here = way.last().ok_or(Code::NotPermitted)?;
        let is_last = left.is_empty();
        match part.as_str() {
            "." | ".." => {
                here.folder()?;
                if part == ".." {
                    way.pop();
                }
                let here = way.last().ok_or(Code::NotPermitted)?;
                if is_last {
                    return Ok(Found {
                        parent: Rc::clone(here),
                        name: None,
                        node: Some(Rc::clone(here)),
                        slash,
                    });
                }
                continue;
            }
            _ => {}
        }
        if part.len() > LONGEST_NAME {
            here.folder()?;
            return Err(Code::NameTooLong);
        }
        let node = here.get(&part)?;
        if let Some(Kind::Link(target)) = node.as_deref().map(|node| &node.kind)
            && (!is_last || follow || slash)
        {
            links += 1;
            if links > MOST_LINKS {
                return Err(Code::Loop);
            }
            check(target)?;
            slash |= is_last && target.ends_with('/');
            push(&mut left, target);
            continue;
        }
        if is_last {
            return Ok(Found {
                parent: Rc::clone(here),
                name: Some(part),
                node,
                slash,
            });
        }
        way.push(node.ok_or(Code::NoEntry)?);
    }
    Err(Code::NoEntry)
}

/// The parts of a path, the first one on top.
fn push(left: &mut Vec<String>, path: &str) {
    let bytes = path.as_bytes();
    let mut end = bytes.len();
    for start in (0..bytes.len()).rev() {
        if bytes[start] == b'/' {
            end = start;
        } else if start == 0 || bytes[start - 1] == b'/' {
            left.extend(path.get(start..end).map(String::from));
        }
    }
}
