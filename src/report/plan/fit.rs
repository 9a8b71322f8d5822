//! Binaries against a host, for people.

use super::super::columns::columns;
use super::super::plain::clean;
use super::super::style::strong;
use crate::plan::{Decision, FitReport};
use std::fmt::Write as _;

/// What needs an act of the user for each binary, and what is missing.
pub fn fit_text(report: &FitReport, all: bool) -> String {
    let mut out = String::new();
    for (position, file) in report.files.iter().enumerate() {
        if position > 0 {
            out.push('\n');
        }
        let missing = file.imports.iter();
        let missing = missing
            .filter(|i| i.decision == Decision::Unsatisfied)
            .count();
        let verdict = match missing {
            0 => "fits".to_string(),
            1 => "1 import has nobody".to_string(),
            n => format!("{n} imports have nobody"),
        };
        let _ = writeln!(
            out,
            "{}  on {}: {verdict}\n",
            strong(&clean(&file.path)),
            clean(&report.profile)
        );
        let mut rows = Vec::new();
        let mut at_once = 0usize;
        for import in &file.imports {
            if import.at_once && import.risks.is_empty() && !all {
                at_once += 1;
                continue;
            }
            let mut name = clean(&import.name);
            if let Some(implements) = &import.implements {
                name = format!("{name} ({})", clean(implements));
            }
            let risks = import
                .risks
                .iter()
                .map(|risk| format!("; {}", clean(&risk.text)));
            let risks: String = risks.collect();
            let unused = match import.called.is_empty() {
                true => " (never called)",
                false => "",
            };
            rows.push([
                "imports".to_string(),
                name,
                import.decision.kind().to_string(),
                format!("{}{risks}{unused}", clean(&import.text)),
            ]);
        }
        if at_once > 0 {
            let what = match (rows.is_empty(), at_once) {
                (false, n) => format!("{n} more"),
                (true, 1) => "1 interface".to_string(),
                (true, n) => format!("{n} interfaces"),
            };
            rows.push([
                "imports".to_string(),
                what,
                "host".to_string(),
                "there for everybody".to_string(),
            ]);
        }
        for export in &file.exports {
            let mut text = match (export.called, &export.command) {
                (true, Some(command)) => format!("`{}` calls it", clean(command)),
                (true, None) => "the host calls it".to_string(),
                (false, _) => "nothing of the host calls it".to_string(),
            };
            if !export.required_config.is_empty() {
                let keys: Vec<String> = export
                    .required_config
                    .iter()
                    .map(|k| format!("`{}`", clean(k)))
                    .collect();
                let _ = write!(text, ", with config {}", keys.join(", "));
            }
            if let Some(more) = &export.text {
                let _ = write!(text, "; {}", clean(more));
            }
            rows.push([
                "exports".to_string(),
                clean(&export.name),
                String::new(),
                text,
            ]);
        }
        let mut before = String::new();
        for row in &mut rows {
            let word = std::mem::take(&mut row[0]);
            if word != before {
                row[0].clone_from(&word);
                before = word;
            }
        }
        out.push_str(&columns(&rows));
    }
    out
}
