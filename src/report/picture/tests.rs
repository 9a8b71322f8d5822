//! Properties of every picture: nothing overlaps, nothing escapes, nothing varies.

use super::layout::{Layout, Point, Rect, layout};
use super::scene::Scene;
use super::*;

const FORMATS: [Format; 4] = [Format::Svg, Format::Dot, Format::Mermaid, Format::Html];

fn a_box(id: &str, parent: Option<&str>) -> PictureBox {
    PictureBox {
        id: id.into(),
        label: format!("box {id}"),
        sublabel: "sha256 3fa1…c09e".to_owned(),
        parent: parent.map(BoxId::from),
        kind: BoxKind::Component,
        details: Vec::new(),
    }
}

fn port(label: &str, used: bool) -> Port {
    Port {
        label: label.to_owned(),
        detail: Vec::new(),
        used,
    }
}

fn link(from: End, to: End, label: &str) -> Link {
    let detail = vec!["get".to_owned()];
    Link {
        from,
        to,
        label: label.to_owned(),
        detail,
        kind: LinkKind::Static,
    }
}

fn end(id: &str) -> End {
    End::Box(id.into())
}

/// Numbers that look random and are the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % sides.max(1)
    }
}

/// A picture with circles, nesting, and links between boxes at every depth.
fn jumble(seed: u64, boxes: usize, links: usize, nested: bool) -> Picture {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut picture = Picture {
        title: format!("jumble {seed}"),
        ..Picture::default()
    };
    for index in 0..boxes {
        let parent =
            (nested && index > 0 && dice.roll(3) > 0).then(|| format!("b{}", dice.roll(index)));
        picture
            .boxes
            .push(a_box(&format!("b{index}"), parent.as_deref()));
    }
    for at in 0..4 {
        picture
            .imports
            .push(port(&format!("wasi:cli/import-{at}@0.2.6"), at != 1));
        picture
            .exports
            .push(port(&format!("wasi:cli/export-{at}@0.2.6"), at != 1));
    }
    for number in 0..links {
        let side = |dice: &mut Dice, ports: fn(usize) -> End| match dice.roll(6) {
            0 => ports(dice.roll(4)),
            _ => end(&format!("b{}", dice.roll(boxes))),
        };
        let (from, to) = (side(&mut dice, End::Export), side(&mut dice, End::Import));
        let label = format!("acme:pkg/interface-{}@0.1.0", number % 7);
        picture.links.push(link(from, to, &label));
    }
    picture
}

fn chain(length: usize) -> Picture {
    let mut picture = Picture::default();
    picture.boxes.push(a_box("root", None));
    picture.imports.push(port("wasi:http/types@0.3.0", true));
    for at in 0..length {
        picture
            .boxes
            .push(a_box(&format!("root/{at}"), Some("root")));
        let here = end(&format!("root/{at}"));
        picture
            .links
            .push(link(here.clone(), End::Import(0), "wasi:http/types@0.3.0"));
        if at > 0 {
            let before = end(&format!("root/{}", at - 1));
            picture
                .links
                .push(link(before, here, "wasi:http/handler@0.3.0"));
        }
    }
    picture
}

fn samples() -> Vec<Picture> {
    let mut all = vec![Picture::default(), chain(1), chain(6), chain(20), chain(45)];
    for seed in 1..25 {
        let size = usize::try_from(seed).unwrap_or(1);
        all.push(jumble(seed, size, size * 2, true));
        all.push(jumble(seed, size + 3, size * 3, false));
    }
    all
}

fn overlap(a: Rect, b: Rect) -> bool {
    let slack = 0.6;
    a.x + slack < b.x + b.w
        && b.x + slack < a.x + a.w
        && a.y + slack < b.y + b.h
        && b.y + slack < a.y + a.h
}

fn contains(outer: Rect, inner: Rect) -> bool {
    let slack = 0.01;
    outer.x <= inner.x + slack
        && outer.y <= inner.y + slack
        && inner.x + inner.w <= outer.x + outer.w + slack
        && inner.y + inner.h <= outer.y + outer.h + slack
}

fn leaves(scene: &Scene<'_>, layout: &Layout) -> Vec<Rect> {
    let spots = scene.boxes.iter().zip(&layout.boxes);
    spots
        .filter(|(spot, _)| spot.children.is_empty())
        .map(|(_, rect)| *rect)
        .collect()
}

#[test]
fn children_stand_inside_and_siblings_apart() {
    for picture in samples() {
        let scene = Scene::new(&picture);
        let layout = layout(&scene);
        let whole = Rect {
            x: 0.0,
            y: 0.0,
            w: layout.width,
            h: layout.height,
        };
        for (index, spot) in scene.boxes.iter().enumerate() {
            let around = spot.parent.map_or(whole, |parent| layout.boxes[parent]);
            assert!(
                contains(around, layout.boxes[index]),
                "{} box {index}",
                picture.title
            );
        }
        for family in scene
            .boxes
            .iter()
            .map(|spot| &spot.children)
            .chain([&scene.roots])
        {
            for (place, &one) in family.iter().enumerate() {
                for &other in &family[place + 1..] {
                    let apart = !overlap(layout.boxes[one], layout.boxes[other]);
                    assert!(apart, "{} boxes {one} and {other}", picture.title);
                }
            }
        }
        for port in layout.imports.iter().chain(&layout.exports) {
            assert!(contains(whole, *port), "{} port", picture.title);
            assert!(
                scene
                    .roots
                    .iter()
                    .all(|&root| !overlap(layout.boxes[root], *port))
            );
        }
    }
}

#[test]
fn labels_cover_nothing() {
    for picture in samples() {
        let scene = Scene::new(&picture);
        let layout = layout(&scene);
        let leaves = leaves(&scene, &layout);
        for (place, label) in layout.labels.iter().enumerate() {
            for other in &layout.labels[place + 1..] {
                assert!(!overlap(label.rect, other.rect), "{} labels", picture.title);
            }
            if label.inside {
                assert!(leaves.iter().any(|leaf| contains(*leaf, label.rect)));
            } else {
                assert!(!leaves.iter().any(|leaf| overlap(*leaf, label.rect)));
            }
        }
    }
}

#[test]
fn wires_pass_no_box_without_children() {
    for picture in samples() {
        let scene = Scene::new(&picture);
        let layout = layout(&scene);
        let leaves = leaves(&scene, &layout);
        for (wire, bundle) in layout.wires.iter().zip(&scene.bundles) {
            assert!(
                wire.len() >= 2,
                "{} has a wire without a way",
                picture.title
            );
            if bundle.from == bundle.to {
                continue;
            }
            for piece in wire.windows(2) {
                let area = around(piece[0], piece[1]);
                let hit = leaves.iter().find(|leaf| overlap(area, **leaf));
                assert!(hit.is_none(), "{}: {piece:?} in {hit:?}", picture.title);
            }
        }
    }
}

/// The area a piece of a wire stays in; a little thicker than a line.
fn around(a: Point, b: Point) -> Rect {
    let (x, y) = (a.x.min(b.x), a.y.min(b.y) - 0.8);
    Rect {
        x,
        y,
        w: (a.x - b.x).abs(),
        h: (a.y - b.y).abs() + 1.6,
    }
}

#[test]
fn wires_begin_and_end_at_their_boxes() {
    for picture in samples() {
        let scene = Scene::new(&picture);
        let layout = layout(&scene);
        for (wire, bundle) in layout.wires.iter().zip(&scene.bundles) {
            for (place, point) in [(bundle.from, wire.first()), (bundle.to, wire.last())] {
                let rect = match place {
                    scene::Place::Box(index) => layout.boxes[index],
                    scene::Place::Import(index) => match layout.groups.get(&index) {
                        Some(group) => *group,
                        None => layout.imports[index],
                    },
                    scene::Place::Export(index) => layout.exports[index],
                };
                let on_border = point.is_some_and(|point| {
                    let on_side = (point.x - rect.x).abs() < 0.1
                        || (point.x - rect.x - rect.w).abs() < 0.1
                        || bundle.from == bundle.to;
                    on_side && point.y >= rect.y - 0.1 && point.y <= rect.y + rect.h + 0.1
                });
                assert!(on_border, "{}: {place:?} {rect:?} {point:?}", picture.title);
            }
        }
    }
}

#[test]
fn a_long_chain_is_broken_into_rows() {
    let picture = chain(20);
    let scene = Scene::new(&picture);
    let layout = layout(&scene);
    assert!(
        layout.width < 3.5 * layout.height,
        "{} × {}",
        layout.width,
        layout.height
    );
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    for picture in samples() {
        for format in FORMATS {
            assert_eq!(render(&picture, format), render(&picture.clone(), format));
        }
    }
}

#[test]
fn circles_and_self_links_are_drawn() {
    let mut picture = Picture::default();
    for id in ["a", "b", "c"] {
        picture.boxes.push(a_box(id, None));
    }
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "a"), ("b", "b")] {
        picture.links.push(link(end(from), end(to), "x"));
    }
    assert_eq!(
        svg(&picture).matches("class=\"g-tip\"").count(),
        4 + 1,
        "4 links and the legend"
    );
    assert!(!mermaid(&picture).is_empty());
}

#[test]
fn broken_references_do_no_harm() {
    let mut picture = Picture::default();
    picture.boxes.push(a_box("a", Some("b")));
    picture.boxes.push(a_box("b", Some("a")));
    picture.boxes.push(a_box("c", Some("c")));
    picture.boxes.push(a_box("d", Some("missing")));
    picture.boxes.push(a_box("d", None));
    picture.links.push(link(end("a"), end("nobody"), "x"));
    picture.links.push(link(End::Export(7), end("a"), "x"));
    let scene = Scene::new(&picture);
    assert_eq!(scene.dropped, 2);
    assert_eq!(scene.top_down.len(), 5);
    for format in FORMATS {
        assert!(!render(&picture, format).is_empty());
    }
    assert!(svg(&picture).contains("2 links lead nowhere"));
}

#[test]
fn an_unused_import_is_drawn_dimmed() {
    let mut picture = Picture::default();
    picture.imports.push(port("wasi:sockets/tcp@0.2.6", false));
    assert!(svg(&picture).contains("g-import g-unused"));
    assert!(dot(&picture).contains("rounded,dashed"));
    assert!(mermaid(&picture).contains(":::unused"));
}

#[test]
fn a_label_that_the_port_shows_is_not_repeated() {
    let mut picture = Picture::default();
    picture.boxes.push(a_box("a", None));
    picture.imports.push(port("wasi:cli/exit@0.2.6", true));
    picture
        .links
        .push(link(end("a"), End::Import(0), "wasi:cli/exit@0.2.6"));
    assert!(layout(&Scene::new(&picture)).labels.is_empty());
}

#[test]
fn a_thousand_links_are_bounded() {
    let started = std::time::Instant::now();
    for nested in [false, true] {
        let picture = jumble(7, 200, 1_000, nested);
        let drawn = svg(&picture);
        assert!(drawn.len() < 4_000_000, "{} bytes", drawn.len());
    }
    // Milliseconds when optimized; the bound only catches another order of growth.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn deep_nesting_does_not_overflow() {
    let mut picture = Picture::default();
    picture.boxes.push(a_box("0", None));
    for depth in 1..2_000_usize {
        picture
            .boxes
            .push(a_box(&depth.to_string(), Some(&(depth - 1).to_string())));
    }
    picture.exports.push(port("run", true));
    picture.links.push(link(End::Export(0), end("1999"), "run"));
    for format in FORMATS {
        assert!(!render(&picture, format).is_empty());
    }
}

#[test]
fn imports_with_the_same_callers_share_an_arrow() {
    let mut picture = Picture::default();
    picture.boxes.push(a_box("a", None));
    picture.boxes.push(a_box("b", None));
    for at in 0..4 {
        picture.imports.push(port(&format!("i{at}"), at != 3));
        picture
            .links
            .push(link(end("a"), End::Import(at), &format!("i{at}")));
    }
    picture.links.push(link(end("b"), End::Import(2), "i2"));
    let scene = Scene::new(&picture);
    let groups: Vec<&[usize]> = scene.imports.iter().map(|(_, ports)| ports).collect();
    assert_eq!(groups, [&[0, 1][..], &[2], &[3]]);
    assert_eq!(scene.bundles.len(), 4);
    assert!(scene.trunks.iter().all(|trunk| trunk.labels.is_empty()));

    // An interface under another name keeps its own arrow and its label.
    picture.links[0].label = "other".to_owned();
    assert_eq!(Scene::new(&picture).imports.members(0), [0]);
}
