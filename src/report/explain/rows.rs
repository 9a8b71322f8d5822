//! One way to a call as a table: names, source lines, functions, and what happens there.

use super::wire::*;
use crate::report::plain::{cells, clean, count, pad};
use std::collections::BTreeSet;

/// Columns are no wider than this; longer names are cut.
const NAME: usize = 60;

/// Texts longer than this are cut.
const TEXT: usize = 60;

struct Row {
    indent: usize,
    name: String,
    source: String,
    func: String,
    note: String,
}

impl Row {
    fn outer(name: &str, func: &str) -> Row {
        Row {
            indent: 2,
            name: shorten(&clean(name), NAME),
            source: String::new(),
            func: func.to_string(),
            note: String::new(),
        }
    }
}

/// The rows of one site, and what is said below them.
pub(super) fn rows(site: &SiteFacts) -> Vec<String> {
    let several = modules(site).len() > 1;
    let mut rows = vec![entry(&site.trace)];
    let key = site.bytes.as_ref().map(|bytes| key(bytes, several));
    let mut key = key.into_iter().flatten();
    let mut first_key = key.next();
    let mut looked_up = false;
    for step in &site.trace.steps {
        if looked_up && step.part == "below" {
            continue;
        }
        looked_up |= step.part == "lookup";
        let note = match step.part {
            "followed" => first_key.take().unwrap_or_default(),
            _ => String::new(),
        };
        match step.part {
            "link" => rows.push(link(step)),
            _ => code(step, note, several, &mut rows),
        }
    }
    if let Some(target) = &site.trace.target {
        if !site.trace.connected {
            rows.push(Row {
                indent: 4,
                name: "… in a way that is not followed".to_string(),
                ..Row::outer("", "")
            });
        }
        rows.push(Row::outer(&target_name(target), "import"));
    }
    let mut lines = table(&rows);
    lines.extend(first_key.into_iter().chain(key).map(|k| format!("    {k}")));
    lines.extend(below(site));
    lines
}

fn entry(trace: &TraceFacts) -> Row {
    match &trace.entry {
        Some(entry) => Row::outer(&entry_name(entry), entry_word(entry)),
        None => Row::outer("no way in was found", ""),
    }
}

fn entry_name(entry: &EntryFacts) -> String {
    match (entry.kind, &entry.name) {
        ("export", Some(name)) => name.clone(),
        ("start", Some(module)) => format!("start function of {module}"),
        ("start", None) => "start function of the component".to_string(),
        ("handed-out", _) => "code that is not in the file".to_string(),
        ("destructor", _) => "destructor of a resource".to_string(),
        _ => "canonical ABI".to_string(),
    }
}

fn entry_word(entry: &EntryFacts) -> &'static str {
    match entry.kind {
        "export" => "export",
        "start" => "start",
        _ => "",
    }
}

/// `interface#function`, with the label of the import where it has one.
fn target_name(target: &TargetFacts) -> String {
    let name = format!("{}#{}", target.interface, target.function);
    match &target.label {
        Some(label) => format!("{label}: {name}"),
        None => name,
    }
}

fn link(step: &StepFacts) -> Row {
    let to = step.instance_name.as_deref().unwrap_or(&step.instance);
    let name = match &step.export {
        Some(export) => format!("→ {to}  {export}"),
        None => format!("→ {to}"),
    };
    Row::outer(&name, "link")
}

/// The rows of a function: itself, then what is inlined at the call.
fn code(step: &StepFacts, note: String, several: bool, rows: &mut Vec<Row>) {
    let Some(function) = &step.function else {
        return;
    };
    let prefix = match (&step.module, several) {
        (Some(module), true) => format!("{module} "),
        _ => String::new(),
    };
    let offset = step.offset.map(|o| format!("+{o:#x}"));
    let outermost = step.source.last();
    let symbol = function.demangled.as_ref().or(function.symbol.as_ref());
    let name = symbol.or_else(|| outermost.and_then(|f| f.function.as_ref()));
    let name = name.map_or_else(|| format!("func {}", function.index), |n| clean(n));
    let mut marks: Vec<String> = Vec::new();
    if step.part == "lookup" {
        marks.push("proven lookup (name in parameter 0)".to_string());
    }
    if step.via == Some("pointer") {
        marks.push("calls through a pointer".to_string());
    }
    if !note.is_empty() {
        marks.push(note);
    }
    let mut frames = step.source.iter().rev();
    let mut row = Row {
        indent: 4,
        name: shorten(&name, NAME),
        source: frames.next().map(place).unwrap_or_default(),
        func: format!("{prefix}func {}", function.index),
        note: String::new(),
    };
    // What is inlined stands below the function that it was inlined into; the call is in the
    // last of them.
    for frame in frames {
        rows.push(std::mem::replace(
            &mut row,
            Row {
                indent: 6,
                name: shorten(&clean(frame.function.as_deref().unwrap_or("inlined")), NAME),
                source: place(frame),
                func: "inlined".to_string(),
                note: String::new(),
            },
        ));
    }
    if let Some(offset) = offset {
        row.func = format!("{} {offset}", row.func);
    }
    row.note = marks.join("; ");
    rows.push(row);
}

fn place(frame: &SourceFacts) -> String {
    let Some(file) = &frame.file else {
        return String::new();
    };
    // The end of a path says most.
    let parts: Vec<&str> = file.split('/').filter(|p| !p.is_empty()).collect();
    let shown = parts[parts.len().saturating_sub(3)..].join("/");
    match frame.line {
        Some(line) => format!("{}:{line}", clean(&shown)),
        None => clean(&shown),
    }
}

/// What is said of the bytes of a name: one line when they come from one place.
fn key(bytes: &BytesFacts, several: bool) -> Vec<String> {
    let length: u64 = bytes.pieces.iter().map(|p| u64::from(p.length)).sum();
    // Text can only be cut along its pieces when it was not converted.
    let whole = length == bytes.text.len() as u64;
    match bytes.pieces.as_slice() {
        [] => vec![format!("key: {}, made of numbers", quoted(&bytes.text))],
        [one] => vec![format!("key: {}", piece(one, Some(&bytes.text), several))],
        pieces => {
            let n = count(pieces.len(), "piece");
            let mut lines = vec![format!("key: {} in {n}", quoted(&bytes.text))];
            let mut at = 0;
            for one in pieces {
                let end = at + one.length as usize;
                let text = bytes.text.get(at..end).filter(|_| whole);
                lines.push(format!("key: {}", piece(one, text, several)));
                at = end;
            }
            lines
        }
    }
}

fn piece(piece: &PieceFacts, text: Option<&str>, several: bool) -> String {
    let module = match (&piece.module, several) {
        (Some(module), true) => format!("{module} "),
        _ => String::new(),
    };
    let at = piece.file_offset.unwrap_or(0);
    let place = match piece.from {
        "data" => format!(
            "{module}data[{}] +{:#x} (file +{at:#x})",
            piece.segment.unwrap_or(0),
            piece.segment_offset.unwrap_or(0)
        ),
        "written" => match &piece.function {
            Some(function) => format!("written at run time by {} +{at:#x}", named(function)),
            None => "written at run time".to_string(),
        },
        _ => "not known where from".to_string(),
    };
    let copied = match piece.copied {
        true => ", copied from there",
        false => "",
    };
    let length = count(piece.length as usize, "byte");
    match text {
        Some(text) => format!("{place}{copied}, {length} {}", quoted(text)),
        None => format!("{place}{copied}, {length}"),
    }
}

fn named(function: &FunctionFacts) -> String {
    let symbol = function.demangled.as_ref().or(function.symbol.as_ref());
    match symbol {
        Some(name) => format!(
            "`{}` (func {})",
            shorten(&clean(name), NAME),
            function.index
        ),
        None => format!("func {}", function.index),
    }
}

fn quoted(text: &str) -> String {
    let text: String = text.escape_debug().collect();
    format!("\"{}\"", shorten(&clean(&text), TEXT))
}

/// Other ways in, and other ways to the call.
fn below(site: &SiteFacts) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut lines = Vec::new();
    let others: Vec<String> = site
        .trace
        .other_entries
        .iter()
        .map(|e| clean(&entry_name(e)))
        .collect();
    if !others.is_empty() {
        let mut text = others[..others.len().min(SHOWN)].join(", ");
        if others.len() > SHOWN {
            text.push_str(&format!(" and {} more", others.len() - SHOWN));
        }
        lines.push(format!("    also from {text}"));
    }
    if site.ways > 1 {
        lines.push(format!(
            "    {} ways to this call were followed; this is the shortest",
            site.ways
        ));
    }
    lines
}

fn modules(site: &SiteFacts) -> BTreeSet<&str> {
    let steps = site.trace.steps.iter().filter(|s| s.part != "below");
    let pieces = site.bytes.iter().flat_map(|b| &b.pieces);
    let steps = steps.filter_map(|s| s.module.as_deref());
    steps
        .chain(pieces.filter_map(|p| p.module.as_deref()))
        .collect()
}

fn table(rows: &[Row]) -> Vec<String> {
    let widest = |f: &dyn Fn(&Row) -> usize| rows.iter().map(f).max().unwrap_or(0);
    let name = widest(&|r| r.indent + cells(&r.name));
    let source = widest(&|r| cells(&r.source));
    let func = widest(&|r| cells(&r.func));
    let line = |row: &Row| {
        let mut line = " ".repeat(row.indent);
        line.push_str(&pad(&row.name, name - row.indent));
        for (text, width) in [(&row.source, source), (&row.func, func)] {
            if width > 0 {
                line.push_str("  ");
                line.push_str(&pad(text, width));
            }
        }
        line.push_str("  ");
        line.push_str(&row.note);
        line.trim_end().to_string()
    };
    rows.iter().map(line).collect()
}

/// Text of at most so many cells, the middle left out.
fn shorten(text: &str, most: usize) -> String {
    if cells(text) <= most {
        return text.to_string();
    }
    let chars: Vec<char> = text.chars().collect();
    let half = (most - 1) / 2;
    let first: String = chars[..half.min(chars.len())].iter().collect();
    let last: String = chars[chars.len().saturating_sub(half)..].iter().collect();
    format!("{first}…{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefgh", 5), "ab…gh");
    }

    #[test]
    fn pieces_share_the_text_between_them() {
        let piece = |from: &'static str, length: u32| PieceFacts {
            from,
            length,
            copied: from == "data",
            module: Some("root/m0".to_string()),
            segment: Some(0),
            segment_offset: Some(16),
            file_offset: Some(4660),
            function: None,
        };
        let bytes = BytesFacts {
            text: "APP_HOST".to_string(),
            pieces: vec![piece("data", 4), piece("written", 4)],
        };
        assert_eq!(
            key(&bytes, false),
            [
                "key: \"APP_HOST\" in 2 pieces",
                "key: data[0] +0x10 (file +0x1234), copied from there, 4 bytes \"APP_\"",
                "key: written at run time, 4 bytes \"HOST\"",
            ]
        );
    }
}
