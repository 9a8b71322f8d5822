//! Columns for the children of one frame: callers left of what they call.

use std::collections::{BTreeMap, BTreeSet};

/// A flat graph to be ranked. Nodes are `0..count`; weights count the links behind an edge.
pub(super) struct Graph {
    pub(super) count: usize,
    pub(super) edges: BTreeMap<(usize, usize), usize>,
    /// Nodes that are called from outside of the frame.
    pub(super) entries: BTreeSet<usize>,
}

/// The column of every node. Nodes with an edge between them are never in one column; an
/// edge that closes a circle points left.
pub(super) fn ranks(graph: &Graph) -> Vec<usize> {
    let position = topological(graph);
    let mut order: Vec<usize> = (0..graph.count).collect();
    order.sort_by_key(|&node| position[node]);
    let mut before: Vec<Vec<(usize, usize)>> = vec![Vec::new(); graph.count];
    let mut after = before.clone();
    for (&(from, to), &weight) in &graph.edges {
        let (left, right) = if position[from] < position[to] {
            (from, to)
        } else {
            (to, from)
        };
        before[right].push((left, weight));
        after[left].push((right, weight));
    }
    let mut rank = vec![0_usize; graph.count];
    for &node in &order {
        rank[node] = before[node]
            .iter()
            .map(|&(left, _)| rank[left] + 1)
            .max()
            .unwrap_or(0);
    }
    tighten(graph, &order, &before, &after, &mut rank);
    split_tall(&mut rank);
    rank
}

/// A node that is called by few and calls many moves right, towards what it calls: the same
/// number of columns, shorter wires.
fn tighten(
    graph: &Graph,
    order: &[usize],
    before: &[Vec<(usize, usize)>],
    after: &[Vec<(usize, usize)>],
    rank: &mut [usize],
) {
    let weigh = |edges: &[(usize, usize)]| edges.iter().map(|&(_, weight)| weight).sum::<usize>();
    for &node in order.iter().rev() {
        let held = weigh(&before[node]) + usize::from(graph.entries.contains(&node));
        let limit = after[node].iter().map(|&(right, _)| rank[right]).min();
        if let Some(limit) = limit
            && weigh(&after[node]) > held
        {
            rank[node] = rank[node].max(limit - 1);
        }
    }
}

/// Every node's place in an order in which edges point forward, but for those that close a
/// circle: the reverse of a depth-first search's leaving order.
fn topological(graph: &Graph) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); graph.count];
    let mut called = vec![false; graph.count];
    for &(from, to) in graph.edges.keys() {
        next[from].push(to);
        called[to] = true;
    }
    // The search starts where calls come in from outside, so that a circle is cut where it
    // is closed, seen from there.
    let mut starts: Vec<usize> = (0..graph.count).collect();
    starts.sort_by_key(|node| {
        (
            !graph.entries.contains(node),
            called[*node] && !graph.entries.contains(node),
            *node,
        )
    });
    let mut seen = vec![false; graph.count];
    let mut left = Vec::with_capacity(graph.count);
    for start in starts {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut stack = vec![(start, next[start].len())];
        while let Some((node, to_do)) = stack.pop() {
            if to_do == 0 {
                left.push(node);
                continue;
            }
            stack.push((node, to_do - 1));
            let callee = next[node][to_do - 1];
            if !seen[callee] {
                seen[callee] = true;
                stack.push((callee, next[callee].len()));
            }
        }
    }
    let mut position = vec![0; graph.count];
    for (place, &node) in left.iter().rev().enumerate() {
        position[node] = place;
    }
    position
}

/// Breaks columns that would make the picture a tower. Nodes of one column have no edges
/// between them, so each may go anywhere between the neighbouring columns.
fn split_tall(rank: &mut [usize]) {
    let count = rank.len();
    let most = (0..)
        .take_while(|root| root * root <= count * 2)
        .count()
        .max(8);
    let mut columns: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, &column) in rank.iter().enumerate() {
        columns.entry(column).or_default().push(node);
    }
    let mut next = 0;
    for nodes in columns.values() {
        let pieces = nodes.len().div_ceil(most).max(1);
        let height = nodes.len().div_ceil(pieces).max(1);
        for (place, &node) in nodes.iter().enumerate() {
            rank[node] = next + place / height;
        }
        next += pieces;
    }
}
