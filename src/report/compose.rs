//! Plans of compositions, for people and for machines.

mod picture;

use super::plain::clean;
use crate::compose::{IMPORT, Plan, Wac};
use serde::Serialize;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The JSON view of a plan: `gusset.compose/1`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlanView {
    /// `gusset.compose/1`
    pub schema: String,
    /// Instances, providers before consumers where nothing else is said by their order.
    pub instances: Vec<InstanceView>,
    /// Who imports what from whom.
    pub edges: Vec<EdgeView>,
    /// Imports of the whole.
    pub imports: Vec<String>,
    /// Exports of the whole.
    pub exports: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// An instance of a plan.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InstanceView {
    /// Its name.
    pub name: String,
    /// SHA-256 of its component.
    pub sha256: String,
}

/// An edge of a plan.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EdgeView {
    /// The instance that imports, or `export`.
    pub consumer: String,
    /// The import, or the export of the whole.
    pub name: String,
    /// The instance that provides in the end, or `import`.
    pub provider: String,
    /// Middleware between them, outermost first.
    pub via: Vec<String>,
}

/// A composition as WAC, after a line for each package that says where it is.
pub fn wac_text(wac: &Wac, place: impl Fn(usize) -> Option<String>) -> String {
    let mut text = String::new();
    for (package, name) in &wac.packages {
        let place = match place(*package) {
            Some(file) => clean(&file),
            None => "within the composition; `gusset split` takes it out".to_string(),
        };
        let _ = writeln!(text, "// {name}: {place}");
    }
    text + &wac.text
}

impl PlanView {
    /// The view of a plan.
    pub fn of(plan: &Plan<'_>) -> PlanView {
        let wiring = plan.wiring();
        let instances = wiring.nodes.iter().map(|node| InstanceView {
            name: node.name.clone(),
            sha256: wiring.packages[node.package].sha256.to_string(),
        });
        let edges = plan.edges.iter().map(|edge| EdgeView {
            consumer: edge.consumer.clone(),
            name: edge.name.clone(),
            provider: edge.provider.clone(),
            via: edge.via.clone(),
        });
        PlanView {
            schema: "gusset.compose/1".to_string(),
            instances: instances.collect(),
            edges: edges.collect(),
            imports: wiring.world.imports.keys().cloned().collect(),
            exports: wiring.exports.keys().cloned().collect(),
            notes: plan.notes.clone(),
        }
    }

    /// As JSON, with a line break at the end.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }

    /// For people: edges within the composition one per line, then what crosses its border.
    pub fn to_text(&self) -> String {
        let rows: Vec<[String; 3]> = self
            .edges
            .iter()
            .filter(|edge| edge.provider != IMPORT || !edge.via.is_empty())
            .map(|edge| {
                let through: Vec<String> = edge.via.iter().map(|name| clean(name)).collect();
                [
                    format!("{} → {}", clean(&edge.consumer), clean(&edge.provider)),
                    clean(&edge.name),
                    through.join(" → "),
                ]
            })
            .collect();
        let mut text = String::new();
        let head = ["edge", "interface", "through"];
        let mut widths = head.map(str::len);
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let mut line = |cells: [&str; 3]| {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(widths) {
                let pad = width.saturating_sub(cell.width()) + 2;
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', pad));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        };
        if rows.is_empty() {
            line(["no edges inside", "", ""]);
        } else {
            line(head);
            for [edge, name, through] in &rows {
                line([edge, name, through]);
            }
        }
        let list = |names: &[String]| match names {
            [] => "nothing".to_string(),
            names => {
                let names: Vec<String> = names.iter().map(|name| clean(name)).collect();
                names.join(", ")
            }
        };
        let instances: Vec<String> = self.instances.iter().map(|i| i.name.clone()).collect();
        let _ = writeln!(text, "\ninstances  {}", list(&instances));
        let _ = writeln!(text, "exports    {}", list(&self.exports));
        let _ = writeln!(text, "imports    {}", list(&self.imports));
        for note in &self.notes {
            let _ = writeln!(text, "note: {}", clean(note));
        }
        text
    }
}
