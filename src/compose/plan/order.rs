//! Statements of order → one order, or the shortest contradiction.

use crate::base::ByteRange;
use crate::workload::{Middleware, Order};
use std::collections::VecDeque;

/// That one middleware stands before another, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// The one nearer to the consumer.
    pub outer: String,
    /// The one nearer to the provider.
    pub inner: String,
    /// The statement, as in `order`.
    pub statement: String,
    /// Whose statement it is.
    pub of: String,
    /// Where it stands.
    pub span: ByteRange,
}

/// Sorts the middleware of one edge, outermost first. Where nothing is said, the order of
/// `rules` is kept. `Err` is a shortest circle of statements.
pub fn order<'m>(rules: &[&'m Middleware]) -> Result<Vec<&'m Middleware>, Vec<Before>> {
    if rules.iter().all(|rule| rule.order.is_empty()) {
        return Ok(rules.to_vec());
    }
    let count = rules.len();
    // after[i] has those that must stand after i, each with its reason.
    let mut after: Vec<Vec<(usize, Before)>> = vec![Vec::new(); count];
    for (i, rule) in rules.iter().enumerate() {
        for statement in &rule.order {
            for (j, other) in rules.iter().enumerate() {
                if i == j || rule.component.value == other.component.value {
                    continue;
                }
                let named = |name: &String| *name == other.component.value;
                let (outer, inner) = match &statement.value {
                    Order::First => (i, j),
                    Order::Last => (j, i),
                    Order::Before(name) if named(name) => (i, j),
                    Order::After(name) if named(name) => (j, i),
                    _ => continue,
                };
                let reason = Before {
                    outer: rules[outer].component.value.clone(),
                    inner: rules[inner].component.value.clone(),
                    statement: statement.value.words(),
                    of: rule.component.value.clone(),
                    span: statement.span,
                };
                after[outer].push((inner, reason));
            }
        }
    }
    let mut waits = vec![0usize; count];
    for (inner, _) in after.iter().flatten() {
        waits[*inner] += 1;
    }
    let mut placed = vec![false; count];
    let mut sorted = Vec::with_capacity(count);
    while sorted.len() < count {
        let Some(next) = (0..count).find(|i| !placed[*i] && waits[*i] == 0) else {
            return Err(shortest_circle(&after, &placed));
        };
        placed[next] = true;
        sorted.push(rules[next]);
        for (inner, _) in &after[next] {
            waits[*inner] -= 1;
        }
    }
    Ok(sorted)
}

/// Breadth first from every middleware that could not be placed; the first shortest wins.
fn shortest_circle(after: &[Vec<(usize, Before)>], placed: &[bool]) -> Vec<Before> {
    let mut best: Vec<Before> = Vec::new();
    for start in (0..after.len()).filter(|i| !placed[*i]) {
        let mut from: Vec<Option<(usize, &Before)>> = vec![None; after.len()];
        let mut queue = VecDeque::from([start]);
        'search: while let Some(node) = queue.pop_front() {
            for (next, reason) in &after[node] {
                if *next == start {
                    let mut circle = vec![reason.clone()];
                    let mut at = node;
                    while let Some((previous, reason)) = from[at].filter(|_| at != start) {
                        circle.push(reason.clone());
                        at = previous;
                    }
                    circle.reverse();
                    if best.is_empty() || circle.len() < best.len() {
                        best = circle;
                    }
                    break 'search;
                }
                if from[*next].is_none() {
                    from[*next] = Some((node, reason));
                    queue.push_back(*next);
                }
            }
        }
    }
    best
}
