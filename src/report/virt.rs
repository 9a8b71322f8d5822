//! What was virtualized, for people.

use super::plain::clean;
use crate::virt::Applied;
use std::fmt::Write;

/// A view of a virtualized component.
#[derive(Debug)]
pub struct VirtView<'a> {
    applied: &'a Applied,
    decided: &'a [String],
}

impl<'a> VirtView<'a> {
    /// The view of a result, and of what was decided before.
    pub fn of(applied: &'a Applied, decided: &'a [String]) -> VirtView<'a> {
        VirtView { applied, decided }
    }

    /// The adapters with their sizes, what refused functions answer, and the notes.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let applied = self.applied;
        let name = applied.adapters.iter().map(|a| a.name.chars().count());
        let name = name.max().unwrap_or_default();
        for adapter in &applied.adapters {
            let size = adapter.bytes.len();
            let _ = writeln!(text, "{:name$}  {size} bytes", clean(&adapter.name));
        }
        let mut interface = "";
        let function = applied.refused.iter().map(|r| r.function.chars().count());
        let function = function.max().unwrap_or_default();
        for refused in &applied.refused {
            if refused.interface != interface {
                interface = &refused.interface;
                let _ = writeln!(text, "\n{}", clean(interface));
            }
            let shown = clean(&refused.function);
            let _ = writeln!(text, "  {shown:function$}  {}", refused.answer);
        }
        let notes = self.decided.iter().chain(&applied.notes);
        for (position, note) in notes.enumerate() {
            if position == 0 && !text.is_empty() {
                text.push('\n');
            }
            let _ = writeln!(text, "note: {}", clean(note));
        }
        text
    }
}
