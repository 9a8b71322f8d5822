//! Tables of text: columns as wide as their widest cell, no line ends in a blank.

use super::plain::{cells, pad};

/// Rows as lines. Colours do not count as width where they stand in the last column.
pub(super) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0usize; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cells(cell));
        }
    }
    let mut text = String::new();
    for row in rows {
        let padded = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| pad(cell, width + 2));
        let line: String = padded.collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
