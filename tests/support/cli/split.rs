//! Command lines without a shell.

/// Splits a command line into words. Space separates; `'…'` is literal; `"…"` knows `\"` and
/// `\\`; everything else stands for itself. What only a shell would understand is an error,
/// since it would otherwise become an argument that nobody meant.
pub(crate) fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        while chars.next_if(|char| char.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(words);
        }
        let mut word = String::new();
        let mut quoted = false;
        while let Some(char) = chars.next_if(|char| !char.is_whitespace()) {
            match char {
                '\'' | '"' => {
                    quoted = true;
                    quote(char, &mut chars, &mut word)?;
                }
                other => word.push(other),
            }
        }
        if !quoted
            && matches!(
                word.as_str(),
                "|" | "||" | "&" | "&&" | ";" | ">" | ">>" | "<"
            )
        {
            return Err(format!(
                "`{word}` needs a shell; use several RUN lines, STDIN and STDOUT (or quote it)"
            ));
        }
        words.push(word);
    }
}

/// Takes the rest of a quoted stretch.
fn quote(
    end: char,
    chars: &mut impl Iterator<Item = char>,
    word: &mut String,
) -> Result<(), String> {
    while let Some(char) = chars.next() {
        match char {
            '\\' if end == '"' => match chars.next() {
                Some(escaped @ ('"' | '\\')) => word.push(escaped),
                Some(other) => return Err(format!("`\\{other}` is no escape")),
                None => break,
            },
            char if char == end => return Ok(()),
            char => word.push(char),
        }
    }
    Err(format!("a {end} is never closed"))
}

/// Puts values in the place of `{name}`. A lower-case name in braces that nobody knows is an
/// error; other braces stand for themselves.
pub(crate) fn fill(text: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, brace) = rest.split_at(start);
        filled.push_str(before);
        let name = brace[1..].split('}').next().unwrap_or_default();
        let is_name = brace.len() > name.len() + 1
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_name {
            let (_, value) = values
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| format!("nothing is known as {{{name}}} here"))?;
            filled.push_str(value);
            rest = &brace[name.len() + 2..];
        } else {
            filled.push('{');
            rest = &brace[1..];
        }
    }
    filled.push_str(rest);
    Ok(filled)
}
