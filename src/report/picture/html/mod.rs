//! One self-contained page: the drawing, its data, and a script to move around in it.
//!
//! The page loads nothing and sends nothing, and its content security policy says so. Names
//! reach it in two ways only: inside of the drawing, escaped as XML, and as JSON whose angle
//! brackets are escaped, which the script turns into text nodes, never into markup.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::model::{Detail, End, Picture, Port};
use super::scene::{Place, Scene};
use super::svg::{Audience, drawing};
use super::text::{clean, json_for_script, shorten, xml};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Draws a picture as a page of HTML.
#[must_use]
pub fn html(picture: &Picture) -> String {
    let scene = Scene::new(picture);
    let (title, subtitle) = (clean(&picture.title), clean(&picture.subtitle));
    let title = if title.is_empty() {
        "picture".to_owned()
    } else {
        title
    };
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<style>
{STYLE}</style>
</head>
<body>
<header>
<div class="titles"><h1 title="{full}">{name}</h1><p>{under}</p></div>
<div class="tools" role="toolbar" aria-label="view">
<label class="search"><span class="quiet">find</span><input id="search" type="search" placeholder="find instances, interfaces" autocomplete="off" spellcheck="false" aria-describedby="found"></label>
<output id="found" for="search" aria-live="polite"></output>
<button type="button" id="out" title="zoom out (-)" aria-label="zoom out">−</button>
<button type="button" id="in" title="zoom in (+)" aria-label="zoom in">+</button>
<button type="button" id="fit" title="show everything (0)">fit</button>
</div>
</header>
<main>
<div id="stage">
"#,
        name = xml(&shorten(&title, 120)),
        full = xml(&title),
        under = xml(&shorten(&subtitle, 200)),
    );
    page.push_str(&drawing(&scene, Audience::Page));
    page.push_str("</div>\n<aside id=\"panel\" aria-live=\"polite\" aria-label=\"details\"></aside>\n</main>\n");
    let _ = write!(
        page,
        "<script type=\"application/json\" id=\"data\">{}</script>\n<script>\n{SCRIPT}</script>\n\
         </body>\n</html>\n",
        json_for_script(&data(&scene).to_string())
    );
    page
}

/// What the script knows. Indices are those of the drawing's data attributes.
fn data(scene: &Scene<'_>) -> Value {
    let picture = scene.picture;
    let boxes = picture.boxes.iter().zip(&scene.boxes).map(|(item, spot)| {
        let label = if item.label.is_empty() {
            &item.id.0
        } else {
            &item.label
        };
        json!({
            "id": clean(&item.id.0),
            "label": clean(label),
            "sublabel": clean(&item.sublabel),
            "kind": item.kind.name(),
            "parent": spot.parent,
            "details": item.details.iter().map(detail).collect::<Vec<_>>(),
        })
    });
    let wires = scene.bundles.iter().map(|bundle| {
        let links = bundle.links.iter().map(|&link| {
            let link = &picture.links[link];
            let import = match link.to {
                End::Import(port) => Some(port),
                _ => None,
            };
            json!({
                "label": clean(&link.label),
                "functions": cleaned(&link.detail),
                "import": import,
            })
        });
        json!({
            "from": place(bundle.from),
            "to": place(bundle.to),
            "kind": bundle.kind.name(),
            "trunk": bundle.trunk,
            "links": links.collect::<Vec<_>>(),
        })
    });
    let imports = picture.imports.iter().enumerate().map(|(at, item)| {
        let mut value = port(item);
        value["group"] = json!(scene.imports.leader(at));
        value
    });
    json!({
        "box": boxes.collect::<Vec<_>>(),
        "import": imports.collect::<Vec<_>>(),
        "export": picture.exports.iter().map(port).collect::<Vec<_>>(),
        "wires": wires.collect::<Vec<_>>(),
    })
}

fn detail(detail: &Detail) -> Value {
    json!({ "heading": clean(&detail.heading), "items": cleaned(&detail.items) })
}

fn port(port: &Port) -> Value {
    json!({ "label": clean(&port.label), "detail": cleaned(&port.detail), "used": port.used })
}

fn place(place: Place) -> Value {
    match place {
        Place::Box(index) => json!(["box", index]),
        Place::Import(index) => json!(["import", index]),
        Place::Export(index) => json!(["export", index]),
    }
}

fn cleaned(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| clean(line)).collect()
}
