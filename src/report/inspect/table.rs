//! Many files: one row each.

use super::text::title;
use super::wire::{FileFacts, ImportFacts};
use crate::report::plain::{cells, pad, size};
use crate::report::style;

const HEADS: [&str; 7] = [
    "file",
    "kind",
    "size",
    "exports",
    "imports",
    "never called",
    "instances",
];

/// Columns that hold numbers stand to the right.
const RIGHT: [bool; 7] = [false, false, true, true, true, true, true];

/// Many files as a table, colours included.
pub fn table(files: &[FileFacts]) -> String {
    let rows: Vec<[String; 7]> = files.iter().map(row).collect();
    let widths: Vec<usize> = (0..HEADS.len())
        .map(|c| {
            let cell_widths = rows.iter().map(|row| cells(&row[c]));
            cell_widths.chain([cells(HEADS[c])]).max().unwrap_or(0)
        })
        .collect();
    let line = |row: &[String], paint: fn(&str) -> String| {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(c, cell)| match RIGHT[c] {
                true => format!("{}{cell}", " ".repeat(widths[c] - cells(cell))),
                false => pad(cell, widths[c]),
            })
            .collect();
        format!("{}\n", paint(cells.join("  ").trim_end()))
    };
    let mut out = line(&HEADS.map(str::to_string), style::head);
    for row in &rows {
        out.push_str(&line(row, str::to_string));
    }
    out
}

fn row(facts: &FileFacts) -> [String; 7] {
    // An import that is a function itself counts as one.
    let alone = |i: &ImportFacts| i.ty == "func";
    let functions = |i: &ImportFacts| i.functions.len() + usize::from(alone(i));
    let never = |i: &ImportFacts| i.never_called.len() + usize::from(alone(i) && !i.used);
    let total: usize = facts.imports.iter().map(functions).sum();
    let never: usize = facts.imports.iter().map(never).sum();
    let instances = facts.instances.iter().filter(|i| i.role != "glue").count();
    [
        title(facts),
        match facts.conventions.is_empty() {
            true => facts.kind.to_string(),
            false => format!("{} ({})", facts.kind, facts.conventions.join(", ")),
        },
        size(facts.size),
        facts.exports.len().to_string(),
        facts.imports.len().to_string(),
        format!("{never} of {total}"),
        instances.to_string(),
    ]
}
