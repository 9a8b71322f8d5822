//! Wires as SVG paths.

use std::fmt::Write as _;

use super::super::layout::{ARROW, Point};
use super::super::text::num;

/// The path of a wire: lines between points of one height or side, with rounded corners
/// where they meet, and S-curves elsewhere.
pub(super) fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let Some(&first) = points.first() else {
        return path;
    };
    let _ = write!(path, "M{} {}", num(first.x), num(first.y));
    let mut from = first;
    for (at, &to) in points.iter().enumerate().skip(1) {
        if is_line(from, to) {
            let corner = points.get(at + 1).filter(|next| is_line(to, **next));
            let end = corner.map_or(to, |_| towards(to, from));
            let _ = write!(path, "L{} {}", num(end.x), num(end.y));
            if let Some(&next) = corner {
                let start = towards(to, next);
                let (x, y) = (num(start.x), num(start.y));
                let _ = write!(path, "Q{} {} {x} {y}", num(to.x), num(to.y));
                from = start;
                continue;
            }
        } else {
            let middle = num(f64::midpoint(from.x, to.x));
            let (x, y) = (num(to.x), num(to.y));
            let _ = write!(path, "C{middle} {} {middle} {y} {x} {y}", num(from.y));
        }
        from = to;
    }
    path
}

fn is_line(a: Point, b: Point) -> bool {
    (a.x - b.x).abs() < 0.05 || (a.y - b.y).abs() < 0.05
}

/// A point a corner's radius away from a corner, but at most halfway.
fn towards(corner: Point, other: Point) -> Point {
    let (dx, dy) = (other.x - corner.x, other.y - corner.y);
    let share = (7.0 / dx.hypot(dy).max(0.1)).min(0.5);
    Point {
        x: corner.x + dx * share,
        y: corner.y + dy * share,
    }
}

/// The arrowhead at the end of a wire, pointing along its last piece.
pub(super) fn arrow(points: &[Point]) -> Option<String> {
    let [.., before, tip] = points else {
        return None;
    };
    let (half, length) = (ARROW * 0.45, ARROW);
    let (dx, dy) = if (before.x - tip.x).abs() < 0.05 {
        (0.0, if tip.y > before.y { length } else { -length })
    } else {
        (if tip.x > before.x { length } else { -length }, 0.0)
    };
    let across = if dx == 0.0 { (half, 0.0) } else { (0.0, half) };
    Some(format!(
        "M{} {}L{} {}L{} {}Z",
        num(tip.x),
        num(tip.y),
        num(tip.x - dx - across.0),
        num(tip.y - dy - across.1),
        num(tip.x - dx + across.0),
        num(tip.y - dy + across.1),
    ))
}
