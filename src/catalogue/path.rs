//! Paths to a part of a parameter, in the terms of its WIT type.

use std::fmt;
use std::str::FromStr;

/// Where a name stands in the parameters of a function: `key`, `msg.subject`,
/// `items[].0`, `#1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParamPath {
    /// Which parameter.
    pub head: Head,
    /// The way down from it. An `option` on the way is passed without a step.
    pub steps: Vec<Step>,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Head {
    /// By name.
    Name(String),
    /// By position, for interfaces that renamed it; `self` is 0.
    Index(usize),
}

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A field of a record, or the payload of a case of a variant or result.
    Name(String),
    /// An item of a tuple.
    Index(usize),
    /// Each element of a list; of a map, each entry as a tuple of key and value.
    Elements,
}

impl FromStr for ParamPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |what: &str| format!("`{text}` is not a parameter path: {what}");
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (head, mut rest) = text.split_at(end);
        let head = match head.strip_prefix('#') {
            Some(number) => {
                let index = number.parse().map_err(|_| bad("`#` needs a position"))?;
                Head::Index(index)
            }
            None if is_name(head) => Head::Name(head.to_string()),
            None => return Err(bad("it begins with neither a name nor `#` and a position")),
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[]") {
                steps.push(Step::Elements);
                rest = after;
                continue;
            }
            let step = rest
                .strip_prefix('.')
                .ok_or_else(|| bad("expected `.` or `[]`"))?;
            let end = step.find(['.', '[']).unwrap_or(step.len());
            let (name, after) = step.split_at(end);
            steps.push(match name.parse() {
                Ok(index) => Step::Index(index),
                Err(_) if is_name(name) => Step::Name(name.to_string()),
                Err(_) => return Err(bad("`.` needs a name or a position")),
            });
            rest = after;
        }
        Ok(ParamPath { head, steps })
    }
}

/// A name of WIT: words of letters and digits joined by `-`.
fn is_name(text: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_ascii_alphanumeric());
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('-').all(word)
}

impl fmt::Display for ParamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.head {
            Head::Name(name) => f.write_str(name)?,
            Head::Index(index) => write!(f, "#{index}")?,
        }
        for step in &self.steps {
            match step {
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, ".{index}")?,
                Step::Elements => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}
