//! Names for binaries that nobody named.

use crate::base::plain_name;
use std::collections::BTreeSet;

/// A name for each path: what the file is called, and more of the path where two files are
/// called the same.
pub(super) fn of<'p>(paths: impl IntoIterator<Item = &'p str>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for path in paths {
        let parts: Vec<&str> = path.split('/').filter(|part| usable(part)).collect();
        let mut name = String::new();
        for part in parts.iter().rev() {
            name = match name.as_str() {
                "" => plain(stem(part)),
                inner => format!("{}-{inner}", plain(part)),
            };
            if !taken.contains(&name) {
                break;
            }
        }
        if name.is_empty() {
            name = "component".to_string();
        }
        let unique = plain_name::free(&name, "-", |name| !taken.insert(name.to_string()));
        names.push(unique);
    }
    names
}

fn usable(part: &str) -> bool {
    !matches!(part, "" | "." | ".." | "-")
}

/// A file name without what says that it is WebAssembly.
fn stem(file: &str) -> &str {
    let stem = file.strip_suffix(".wasm").or(file.strip_suffix(".wat"));
    stem.unwrap_or(file)
}

/// A part of a path with the characters that a name may have.
fn plain(part: &str) -> String {
    let plain = plain_name::plain(part);
    match plain.as_str() {
        // The sides of a workload.
        "export" | "import" => format!("{plain}-component"),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn files_of_one_name_are_told_apart() {
        let names = of([
            "a/app.wasm",
            "b/app.wasm",
            "b/app.wasm",
            "app.wasm",
            "c d.wat",
        ]);
        assert_eq!(names, ["app", "b-app", "b-app-2", "app-2", "c-d"]);
        assert_eq!(
            of(["-", "..", "\u{202e}.wasm"]),
            ["component", "component-2", "component-3"]
        );
        assert_eq!(of(["import.wasm"]), ["import-component"]);
        assert_eq!(
            of(["x/import.wasm", "import.wasm"]),
            ["import-component", "import-component-2"]
        );
    }
}
