//! A source file, its place in the module tree, and which parts of it are tests.

use super::lex::{Token, lex};

/// One Rust file.
#[derive(Debug)]
pub(crate) struct Code {
    /// Its path in the repository.
    pub(crate) file: String,
    /// The module it is: `["graph", "program"]` for `src/graph/program.rs`.
    pub(crate) module: Vec<String>,
    /// All of it.
    pub(crate) all: Vec<Token>,
    /// What is left without test code.
    pub(crate) shipped: Vec<Token>,
    /// Modules in files of their own that exist for tests only.
    pub(crate) test_modules: Vec<String>,
}

impl Code {
    /// Reads a file. `root` is the source folder of its crate: `src/`, `adapters/x/src/`.
    pub(crate) fn new(file: &str, root: &str, source: &str) -> Code {
        let all = lex(source);
        let (shipped, test_modules) = without_tests(&all);
        Code {
            file: file.to_owned(),
            module: module_of(file.strip_prefix(root).unwrap_or(file)),
            all,
            shipped,
            test_modules,
        }
    }
}

/// The module path of a file, seen from the root of its crate.
pub(crate) fn module_of(file: &str) -> Vec<String> {
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let mut module: Vec<String> = stem.split('/').map(str::to_owned).collect();
    let is_root = module.len() == 1 && matches!(stem, "lib" | "main");
    if is_root || module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

/// Leaves out every item under `#[cfg(test)]` or `#[test]`, and lists the modules among them
/// whose text is in another file.
fn without_tests(all: &[Token]) -> (Vec<Token>, Vec<String>) {
    let mut shipped = Vec::new();
    let mut modules = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let Some(after) = test_attribute(all, at) else {
            shipped.push(all[at].clone());
            at += 1;
            continue;
        };
        if all.get(at + 1).is_some_and(|token| token.text == "!") {
            // `#![cfg(test)]`: the whole file.
            return (Vec::new(), modules);
        }
        let end = item_end(all, after);
        let item: Vec<&str> = all[after..end]
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        if let Some(at) = item.iter().position(|text| *text == "mod")
            && let [_, name, ";"] = item[at..]
        {
            modules.push(name.to_owned());
        }
        at = end;
    }
    (shipped, modules)
}

/// If an attribute that means "test" stands here: the first token behind it.
fn test_attribute(all: &[Token], at: usize) -> Option<usize> {
    let text = |at: usize| all.get(at).map_or("", |token| token.text.as_str());
    let open = match (text(at), text(at + 1), text(at + 2)) {
        ("#", "[", _) => at + 1,
        ("#", "!", "[") => at + 2,
        _ => return None,
    };
    let end = closed(all, open)?;
    let inner: Vec<&str> = all[open + 1..end - 1]
        .iter()
        .map(|token| token.text.as_str())
        .collect();
    let is_test = match inner.as_slice() {
        ["test"] => true,
        ["cfg", rest @ ..] => {
            rest.contains(&"test") && !rest.contains(&"not") && !rest.contains(&"any")
        }
        _ => false,
    };
    is_test.then_some(end)
}

/// The end of the item that starts here: behind its `;`, or behind its braces.
fn item_end(all: &[Token], mut at: usize) -> usize {
    while at < all.len() {
        match all[at].text.as_str() {
            ";" => return at + 1,
            "{" => return closed(all, at).unwrap_or(all.len()),
            "(" | "[" => at = closed(all, at).unwrap_or(all.len()),
            _ => at += 1,
        }
    }
    at
}

/// The first token behind the bracket that closes the one here.
fn closed(all: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in all.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

#[test]
fn files_know_their_module() {
    for (file, module) in [
        ("lib.rs", ""),
        ("main.rs", ""),
        ("graph.rs", "graph"),
        ("graph/mod.rs", "graph"),
        ("graph/program/main.rs", "graph program main"),
    ] {
        assert_eq!(module_of(file).join(" "), module);
    }
}

#[test]
fn test_code_is_told_apart() {
    let code = Code::new(
        "src/a.rs",
        "src/",
        "fn kept() {}\n#[cfg(test)]\n#[path = \"x\"]\npub(crate) mod tests;\nfn also() {}\n\
         #[cfg(all(test, unix))]\nmod more { fn b() { if x { y } } }\n#[cfg(not(test))] fn c() {}\n\
         #[test]\nfn d() -> [u8; 2] { e }\n#[cfg(any(test, unix))] fn f() {}\n",
    );
    let names: Vec<_> = code
        .shipped
        .windows(2)
        .filter(|pair| pair[0].text == "fn")
        .collect();
    let names: Vec<_> = names.iter().map(|pair| pair[1].text.as_str()).collect();
    assert_eq!(names, ["kept", "also", "c", "f"]);
    assert_eq!(code.test_modules, ["tests"]);
    let all_test = Code::new("src/b.rs", "src/", "//! x\n#![cfg(test)]\nfn a() {}");
    assert!(all_test.shipped.is_empty());
}
