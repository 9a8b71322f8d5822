//! Circles among things that need each other.

use std::collections::{BTreeMap, BTreeSet};

/// A circle, with its first member at the end again; `None` when there is none.
pub(super) fn circle<T: Ord + Clone>(mut needs: BTreeMap<T, BTreeSet<T>>) -> Option<Vec<T>> {
    // What leads to ends alone is in no circle.
    loop {
        let open: BTreeSet<T> = needs.keys().cloned().collect();
        let before = needs.len();
        needs.retain(|_, others| others.iter().any(|other| open.contains(other)));
        if needs.len() == before {
            break;
        }
    }
    let mut path = vec![needs.keys().next()?.clone()];
    loop {
        let others = needs.get(path.last()?)?;
        let next = others.iter().find(|other| needs.contains_key(*other))?;
        if let Some(begin) = path.iter().position(|member| member == next) {
            let mut circle = path.split_off(begin);
            circle.push(circle.first()?.clone());
            return Some(circle);
        }
        path.push(next.clone());
    }
}
