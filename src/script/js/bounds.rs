//! How deeply a source text nests, before a parser that recurses looks at it.

/// Levels that the parser is given a stack for.
pub(super) const NESTING: usize = 50_000;

/// At least as many levels as the parser may be in at once. Brackets open one, and so does
/// each operator or word that stands before an operand, until the statement or the element of
/// a list ends. Strings and comments are not told apart from code for certain without
/// parsing, so what looks like operators in them counts, too.
pub(super) fn nesting(text: &str) -> usize {
    let bytes = text.as_bytes();
    // Operators since each open bracket.
    let mut open: Vec<usize> = vec![0];
    let mut sum: usize = 0;
    let mut most: usize = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                open.push(1);
                sum += 1;
            }
            b')' | b']' | b'}' if open.len() > 1 => {
                sum -= open.pop().unwrap_or(0);
            }
            b';' | b',' => {
                if let Some(last) = open.last_mut() {
                    sum -= std::mem::take(last);
                }
            }
            b'!' | b'~' | b'+' | b'-' | b'*' | b'/' | b'?' | b':' | b'=' | b'|' | b'&' | b'%'
            | b'^' | b'<' | b'>' | b'`' | b'$' | b'@' => {
                add(&mut open, &mut sum);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                let start = at - 1;
                while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                    at += 1;
                }
                if is_before_operand(&bytes[start..at]) {
                    add(&mut open, &mut sum);
                }
            }
            _ => {}
        }
        most = most.max(sum + open.len());
    }
    most
}

fn add(open: &mut [usize], sum: &mut usize) {
    if let Some(last) = open.last_mut() {
        *last += 1;
        *sum += 1;
    }
}

/// Words after which another operand or statement begins.
fn is_before_operand(word: &[u8]) -> bool {
    matches!(
        word,
        b"if"
            | b"else"
            | b"for"
            | b"while"
            | b"do"
            | b"with"
            | b"new"
            | b"typeof"
            | b"void"
            | b"delete"
            | b"await"
            | b"yield"
            | b"async"
            | b"in"
            | b"of"
            | b"instanceof"
            | b"extends"
            | b"function"
            | b"class"
            | b"import"
            | b"return"
            | b"throw"
            | b"case"
            | b"default"
            | b"as"
            | b"try"
            | b"label"
            | b"export"
    )
}

#[cfg(test)]
mod tests {
    use super::nesting;

    #[test]
    fn what_nests_is_counted_and_what_stands_side_by_side_is_not() {
        let deep = [
            "(".repeat(1000),
            "!".repeat(1000),
            "a=>".repeat(1000),
            "a?b:".repeat(1000),
            "new ".repeat(1000),
            "if(a)".repeat(1000),
            "{".repeat(1000),
            "[`${".repeat(1000),
        ];
        for text in deep {
            assert!(nesting(&text) >= 1000, "{}", &text[..10]);
        }
        let flat = "const a = f(1 + 2, [3, 4]);\n".repeat(1000);
        assert!(nesting(&flat) < 20);
    }
}
