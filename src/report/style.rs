//! Colours and weights. Output is understandable without them; the command line strips them
//! where they can't be shown.

use anstyle::{AnsiColor, Style};

fn paint(style: Style, text: &str) -> String {
    format!("{}{text}{}", style.render(), style.render_reset())
}

/// Names that the eye should find first.
pub(super) fn strong(text: &str) -> String {
    paint(Style::new().bold(), text)
}

/// Headings of blocks.
pub(super) fn head(text: &str) -> String {
    paint(AnsiColor::Cyan.on_default(), text)
}

/// What matters less.
pub(super) fn dim(text: &str) -> String {
    paint(Style::new().dimmed(), text)
}

/// `help:`.
pub(super) fn help(text: &str) -> String {
    paint(AnsiColor::Green.on_default(), text)
}
