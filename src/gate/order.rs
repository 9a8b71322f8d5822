//! Orders that a binary must have, held against the binary.

use crate::base::ByteRange;
use crate::binary::Binary;
use crate::compose::{self, Required, Who};
use crate::graph::Program;
use crate::workload::Middleware;
use std::collections::BTreeMap;

/// What is demanded of a binary, and where that is said.
#[derive(Clone, Debug)]
pub enum Demand {
    /// Every path of an interface begins with some parts.
    Order {
        /// The parts, and what they mean.
        required: Required,
        /// The place in the manifest; none on the command line.
        at: Option<ByteRange>,
    },
    /// Rules of middleware hold.
    Rules {
        /// The rules.
        rules: Vec<Middleware>,
        /// Components by name.
        components: BTreeMap<String, Who>,
    },
}

/// A demand that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unordered {
    /// The interface, as the demand names it.
    pub on: String,
    /// What is wrong, and on which path.
    pub message: String,
    /// Structural paths of the instances on the path.
    pub instances: Vec<String>,
    /// Where the demand stands in the manifest.
    pub at: Option<ByteRange>,
}

/// Every demand that does not hold on a binary. A binary that cannot be taken apart cannot be
/// proven, so that nothing demanded of it holds.
pub fn unordered(binary: &Binary<'_>, demands: &[Demand]) -> Vec<Unordered> {
    if demands.is_empty() {
        return Vec::new();
    }
    let program = Program::link(binary);
    let wiring = match compose::read(&program) {
        Ok(wiring) => wiring,
        Err(error) => {
            let unproven = |(on, at): (String, Option<ByteRange>)| Unordered {
                message: format!("`{on}` cannot be proven: {error}"),
                on,
                instances: Vec::new(),
                at,
            };
            return demands.iter().flat_map(subjects).map(unproven).collect();
        }
    };
    let mut found = Vec::new();
    for demand in demands {
        match demand {
            Demand::Order { required, at } => {
                let broken = compose::violations(&wiring, required).into_iter();
                found.extend(broken.map(|violation| Unordered {
                    on: required.on.to_string(),
                    message: violation.message,
                    instances: violation.instances,
                    at: *at,
                }));
            }
            Demand::Rules { rules, components } => {
                let component = |name: &str| components.get(name).cloned();
                let all = compose::broken_rules(&wiring, rules, &component);
                found.extend(all.into_iter().map(|broken| Unordered {
                    on: broken.on,
                    message: broken.violation.message,
                    instances: broken.violation.instances,
                    at: None,
                }));
            }
        }
    }
    found
}

/// The interfaces that a demand is about, and where it stands.
fn subjects(demand: &Demand) -> Vec<(String, Option<ByteRange>)> {
    match demand {
        Demand::Order { required, at } => vec![(required.on.to_string(), *at)],
        Demand::Rules { rules, .. } => {
            let on = rules.iter().map(|rule| (rule.on.value.to_string(), None));
            on.collect()
        }
    }
}
