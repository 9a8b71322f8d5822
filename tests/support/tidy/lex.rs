//! Rust source as tokens: enough to tell code from comments and strings.

/// A token and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// An identifier, `::`, one other character of punctuation, or `""` for any literal.
    pub(crate) text: String,
    /// The line it stands on, from 1.
    pub(crate) line: usize,
}

impl Token {
    /// Whether this is an identifier or a keyword.
    pub(crate) fn is_ident(&self) -> bool {
        let first = self.text.chars().next();
        first.is_some_and(|char| char == '_' || char.is_alphabetic())
    }
}

/// Splits source text into tokens; comments are left out.
pub(crate) fn lex(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: source,
        line: 1,
        tokens: Vec::new(),
    };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl<'a> Lexer<'a> {
    /// Takes `length` bytes off the front.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Takes up to and including `end`, or everything.
    fn take_past(&mut self, from: usize, end: &str) {
        let found = self.rest.get(from..).and_then(|rest| rest.find(end));
        self.take(found.map_or(self.rest.len(), |at| from + at + end.len()));
    }

    fn push(&mut self, text: &str, line: usize) {
        self.tokens.push(Token {
            text: text.to_owned(),
            line,
        });
    }

    fn step(&mut self) -> bool {
        let Some(char) = self.rest.chars().next() else {
            return false;
        };
        let line = self.line;
        if char.is_whitespace() {
            self.take(char.len_utf8());
        } else if self.rest.starts_with("//") {
            self.take_past(0, "\n");
        } else if self.rest.starts_with("/*") {
            self.block_comment();
        } else if self.string() || self.char() {
            self.push("\"\"", line);
        } else if char == '_' || char.is_alphanumeric() {
            let word = word(self.rest);
            let word = self.take(word);
            let text = if char.is_ascii_digit() { "\"\"" } else { word };
            self.push(text, line);
        } else if self.rest.starts_with("::") {
            self.take(2);
            self.push("::", line);
        } else {
            let text = self.take(char.len_utf8());
            self.push(text, line);
        }
        true
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
            } else {
                let next = self.rest.chars().next().map_or(0, char::len_utf8);
                self.take(next);
            }
            if depth == 0 || self.rest.is_empty() {
                return;
            }
        }
    }

    /// A string of any kind: plain, bytes or C, raw or not.
    fn string(&mut self) -> bool {
        let prefix = ["br", "cr", "r", "b", "c", ""].into_iter().find(|prefix| {
            let rest = self.rest.strip_prefix(prefix).unwrap_or_default();
            let raw = prefix.ends_with('r');
            let hashes = rest.len() - rest.trim_start_matches('#').len();
            rest[hashes..].starts_with('"') && (raw || hashes == 0)
        });
        let Some(prefix) = prefix else {
            return false;
        };
        self.take(prefix.len());
        if prefix.ends_with('r') {
            let hashes = self.rest.len() - self.rest.trim_start_matches('#').len();
            let end = format!("\"{}", "#".repeat(hashes));
            self.take_past(hashes + 1, &end);
        } else {
            self.quoted('"');
        }
        true
    }

    /// A character or byte; not a lifetime, which is one tick and a word.
    fn char(&mut self) -> bool {
        let prefix = usize::from(self.rest.starts_with("b'"));
        let Some(inner) = self
            .rest
            .get(prefix..)
            .and_then(|rest| rest.strip_prefix('\''))
        else {
            return false;
        };
        let mut chars = inner.chars();
        let is_char = chars.next() == Some('\\') || chars.next() == Some('\'');
        if is_char {
            self.take(prefix);
            self.quoted('\'');
        } else {
            self.take(prefix + 1);
            let lifetime = word(self.rest);
            self.take(lifetime);
        }
        true
    }

    /// Takes a quoted stretch with escapes, from its first quote on.
    fn quoted(&mut self, quote: char) {
        let mut escaped = false;
        let mut length = 1;
        for char in self.rest.chars().skip(1) {
            length += char.len_utf8();
            if escaped {
                escaped = false;
            } else if char == '\\' {
                escaped = true;
            } else if char == quote {
                break;
            }
        }
        self.take(length);
    }
}

/// The length of the word at the front; `r#name` counts as one.
fn word(text: &str) -> usize {
    let skip = if text.starts_with("r#") { 2 } else { 0 };
    let end = |char: char| char != '_' && !char.is_alphanumeric();
    text[skip..].find(end).map_or(text.len(), |at| skip + at)
}

#[test]
fn comments_and_strings_are_no_code() {
    let source = r####"
a /* b /* c */ d */ e // f
/// g.unwrap()
"h \" i" r"j\" k r#"l " m"# br##"n "# o"## b"p" c"q" 'r' '\'' b's' '"' t
&'static u 'v: loop {} r#type 1_000u32 0xff.w
"x
y" z
"####;
    let words: Vec<_> = lex(source)
        .into_iter()
        .filter(Token::is_ident)
        .map(|token| (token.text, token.line))
        .collect();
    let words: Vec<_> = words
        .iter()
        .map(|(word, line)| (word.as_str(), *line))
        .collect();
    assert_eq!(
        words,
        [
            ("a", 2),
            ("e", 2),
            ("k", 4),
            ("t", 4),
            ("u", 5),
            ("loop", 5),
            ("r#type", 5),
            ("w", 5),
            ("z", 7),
        ]
    );
}

#[test]
fn unfinished_source_ends_the_lexer_and_not_the_test() {
    for source in ["\"a", "'", "'\\", "/* /*", "r#\"a", "b'", "r#", "é'é"] {
        lex(source);
    }
}
