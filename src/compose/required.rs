//! Required orders, held against a composition that somebody made.

use super::chain::{Chain, chains};
use super::who::Who;
use super::wiring::Wiring;
use crate::workload::InterfacePattern;

/// What every path of an interface must look like: the outermost parts, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The interface.
    pub on: InterfacePattern,
    /// The parts, from the consumer inwards; what follows the last is free.
    pub steps: Vec<RequiredStep>,
}

/// A part of a required order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequiredStep {
    /// Any number of others.
    Others,
    /// A part: as it was written, and what that means here.
    Part(String, Who),
}

/// A path on which a required order does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong, for people.
    pub message: String,
    /// Structural paths of the instances on the path, outermost first.
    pub instances: Vec<String>,
}

/// All paths on which a required order does not hold. Nothing to hold it against is a
/// violation too: what is not there cannot be in order.
pub fn violations(wiring: &Wiring<'_>, required: &Required) -> Vec<Violation> {
    let on = &required.on;
    let chains = match chains(wiring, &|name| on.matches(name)) {
        Ok(chains) => chains,
        Err(error) => {
            return vec![Violation {
                message: format!("`{on}` cannot be proven: {error}"),
                instances: Vec::new(),
            }];
        }
    };
    if chains.is_empty() {
        return vec![Violation {
            message: format!("nothing imports or exports `{on}`, so no order of it can hold"),
            instances: Vec::new(),
        }];
    }
    let broken = chains.iter().filter_map(|chain| {
        let reason = broken(wiring, chain, &required.steps)?;
        let path = path_words(wiring, chain);
        let ends = chain.consumer.into_iter();
        let nodes = ends
            .chain(chain.between.iter().copied())
            .chain(chain.provider);
        Some(Violation {
            message: format!("{reason} on `{}`: {path}", chain.name),
            instances: nodes.filter_map(|n| wiring.nodes[n].path.clone()).collect(),
        })
    });
    broken.collect()
}

/// Why a path is not as required.
fn broken(wiring: &Wiring<'_>, chain: &Chain, steps: &[RequiredStep]) -> Option<String> {
    let reason = mismatch(wiring, &chain.between, steps)?;
    if let (true, Some(consumer)) = (chain.both, chain.consumer) {
        let mut longer = vec![consumer];
        longer.extend(&chain.between);
        mismatch(wiring, &longer, steps)?;
    }
    Some(reason)
}

/// Whether a sequence of nodes begins with the steps; if not, the first step that does not
/// hold. A part that is itself a composition has several nodes in a row.
fn mismatch(wiring: &Wiring<'_>, nodes: &[usize], steps: &[RequiredStep]) -> Option<String> {
    // reach[i]: the steps so far can end before node i.
    let mut reach = vec![false; nodes.len() + 1];
    reach[0] = true;
    let mut free = false;
    let mut last: Option<&str> = None;
    for step in steps {
        match step {
            RequiredStep::Others => {
                free = true;
                let first = reach.iter().position(|r| *r).unwrap_or(reach.len());
                reach.iter_mut().skip(first).for_each(|r| *r = true);
            }
            RequiredStep::Part(written, who) => {
                let fits: Vec<bool> = nodes.iter().map(|n| who.is(wiring, *n)).collect();
                let mut next = vec![false; nodes.len() + 1];
                for (i, fits) in fits.iter().enumerate() {
                    if *fits && (reach[i] || next[i]) {
                        next[i + 1] = true;
                    }
                }
                if !next.contains(&true) {
                    let there = fits.contains(&true);
                    return Some(match (there, last, free) {
                        (false, _, _) => format!("`{written}` is missing"),
                        (true, None, false) => format!("`{written}` is not the first"),
                        (true, Some(last), false) => {
                            format!("`{written}` does not follow `{last}`")
                        }
                        (true, _, true) => format!("`{written}` is not where it must be"),
                    });
                }
                reach = next;
                free = false;
                last = Some(written);
            }
        }
    }
    None
}

/// A path for people: `export → auth (root/1) → api (root/0)`.
fn path_words(wiring: &Wiring<'_>, chain: &Chain) -> String {
    let node = |node: usize| match &wiring.nodes[node] {
        it if it.path.is_some() => {
            format!("{} ({})", it.name, it.path.as_deref().unwrap_or_default())
        }
        it => it.name.clone(),
    };
    let mut words = vec![match chain.consumer {
        Some(consumer) => node(consumer),
        None => super::plan::EXPORT.to_string(),
    }];
    words.extend(chain.between.iter().map(|n| node(*n)));
    words.push(match chain.provider {
        Some(provider) => node(provider),
        None => super::plan::IMPORT.to_string(),
    });
    words.join(" → ")
}
