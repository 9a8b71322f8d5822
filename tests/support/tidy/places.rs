//! What may be used only in certain places.

use super::code::Code;
use super::paths::paths;
use super::{Check, Example, Offence, Repo};

/// Crates and the only places that may name them: a folder, a file, or either (`src/flow/step`
/// is both). Test code may name them anywhere, since it checks results by other means.
const CONFINED: &[(&str, &[&str])] = &[
    ("wasmparser", &["src/binary", "src/flow/step"]),
    ("gimli", &["src/binary/dwarf"]),
    ("addr2line", &["src/binary/dwarf"]),
    ("wac_graph", &["src/compose/encode"]),
    ("serde_saphyr", &["src/manifest/yaml"]),
    ("oxc_allocator", &["src/script/js"]),
    ("oxc_ast", &["src/script/js"]),
    ("oxc_parser", &["src/script/js"]),
    ("oxc_span", &["src/script/js"]),
    ("anstyle", &["src/report", "src/cli"]),
    ("comfy_table", &["src/report", "src/cli"]),
    ("annotate_snippets", &["src/report", "src/cli"]),
    ("anstream", &["src/cli"]),
    ("clap", &["src/cli"]),
    ("clap_complete", &["src/cli"]),
    ("indicatif", &["src/cli"]),
    ("tempfile", &["src/cli"]),
    ("walkdir", &["src/cli"]),
    ("wat", &["src/cli"]),
];

/// What belongs to the world outside: the core takes bytes and returns values.
const OUTSIDE: &[&[&str]] = &[
    &["std", "fs"],
    &["std", "env"],
    &["std", "net"],
    &["std", "process"],
    &["std", "io", "stdin"],
    &["std", "io", "stdout"],
    &["std", "io", "stderr"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
];

/// Layers with a wire format.
const WIRE_LAYERS: &[&str] = &[
    "report",
    "lock",
    "plan",
    "manifest",
    "workload",
    "catalogue",
];

fn is_in(file: &str, place: &str) -> bool {
    let rest = file.strip_prefix(place);
    rest.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
}

fn is_shell(code: &Code) -> bool {
    is_in(&code.file, "src/cli") || code.file == "src/main.rs"
}

fn own_code(repo: &Repo) -> impl Iterator<Item = &Code> {
    let code = repo.code().iter();
    code.filter(|code| code.file.starts_with("src/"))
}

pub(super) const CRATES: Check = Check {
    name: "crates stay where they are confined",
    run: crates,
    bad: &[
        Example {
            files: &[(
                "src/graph/a.rs",
                "fn a() {\n    wasmparser::Validator::new();\n}",
            )],
            says: &["src/graph/a.rs:2: `wasmparser` belongs to src/binary, src/flow/step"],
        },
        Example {
            files: &[
                ("src/flow/stepper.rs", "use wasmparser as wp;"),
                (
                    "src/compose/draft.rs",
                    "use ::wac_graph::{CompositionGraph};",
                ),
                ("src/needs/a.rs", "use {anstyle::Style};"),
            ],
            says: &[
                "src/compose/draft.rs:1: `wac_graph` belongs to src/compose/encode",
                "src/flow/stepper.rs:1: `wasmparser`",
                "src/needs/a.rs:1: `anstyle`",
            ],
        },
    ],
    good: &[
        &[
            ("src/binary/a.rs", "use wasmparser::Parser;"),
            ("src/binary.rs", "use wasmparser::Parser;"),
            ("src/flow/step.rs", "use wasmparser::Operator;"),
            ("src/flow/step/local.rs", "use wasmparser::Operator;"),
            ("src/compose/encode.rs", "use wac_graph::X;"),
            ("src/report/text.rs", "use anstyle::Style;"),
        ],
        &[(
            "src/virt/a.rs",
            "#[cfg(test)] mod tests { use wasmparser::Validator; } fn wat() { wat(wat.x) }",
        )],
    ],
};

fn crates(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    for code in own_code(repo) {
        for path in paths(&code.shipped) {
            let first = path.segments.first().map_or("", String::as_str);
            let Some((name, places)) = CONFINED.iter().find(|(name, _)| *name == first) else {
                continue;
            };
            if !places.iter().any(|place| is_in(&code.file, place)) {
                let places = places.join(", ");
                let message = format!("`{name}` belongs to {places}; use what that offers");
                found.push(Offence::new(&code.file, path.line, message));
            }
        }
    }
    found
}

pub(super) const WORLD: Check = Check {
    name: "files, clocks and the environment are for the command line",
    run: world,
    bad: &[Example {
        files: &[(
            "src/needs/a.rs",
            "use std::{fs, io::{self, stdin}};\nfn a() { std::env::var(\"X\"); }\nuse std::time::Instant;",
        )],
        says: &[
            "a.rs:1: `std::fs`",
            "a.rs:1: `std::io::stdin`",
            "a.rs:2: `std::env`",
            "a.rs:3: `std::time::Instant`",
        ],
    }],
    good: &[
        &[(
            "src/needs/a.rs",
            "use std::{io::Read, time::Duration, collections::BTreeMap}; const V: &str = env!(\"X\");",
        )],
        &[
            ("src/cli/a.rs", "use std::fs;"),
            ("src/main.rs", "use std::process::ExitCode;"),
        ],
        &[(
            "src/base.rs",
            "#[cfg(test)] mod tests { fn a() { std::fs::read(x); } }",
        )],
    ],
};

fn world(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    for code in own_code(repo).filter(|code| !is_shell(code)) {
        for path in paths(&code.shipped) {
            let starts = |item: &&&[&str]| {
                let mut pairs = path.segments.iter().zip(item.iter());
                path.segments.len() >= item.len() && pairs.all(|(a, b)| a == b)
            };
            if let Some(item) = OUTSIDE.iter().find(starts) {
                let item = item.join("::");
                let message = format!("`{item}` belongs to src/cli; let it pass the value in");
                found.push(Offence::new(&code.file, path.line, message));
            }
        }
    }
    found
}

pub(super) const WIRE: Check = Check {
    name: "wire formats live at the edge",
    run: wire,
    bad: &[Example {
        files: &[
            ("src/needs/a.rs", "\n#[derive(Debug, Serialize)]\nstruct A;"),
            (
                "src/graph/a.rs",
                "use serde::{Deserialize as D, Serialize as S};",
            ),
            ("src/base/a.rs", "#[derive(serde::Deserialize)] struct A;"),
        ],
        says: &[
            "src/base/a.rs:1: `Deserialize`",
            "src/graph/a.rs:1: `Deserialize`",
            "src/graph/a.rs:1: `Serialize`",
            "src/needs/a.rs:2: `Serialize`",
        ],
    }],
    good: &[&[
        ("src/report/json.rs", "use serde::Serialize;"),
        ("src/lock.rs", "#[derive(Serialize, Deserialize)] struct A;"),
        ("src/catalogue/read.rs", "use serde::Deserialize;"),
        ("src/needs/a.rs", "/// Not [`Serialize`].\nstruct A;"),
    ]],
};

fn wire(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    for code in own_code(repo) {
        let layer = code.module.first().map_or("", String::as_str);
        if WIRE_LAYERS.contains(&layer) {
            continue;
        }
        for token in &code.shipped {
            if matches!(
                token.text.as_str(),
                "Serialize" | "Deserialize" | "JsonSchema"
            ) {
                let message = format!(
                    "`{}` belongs to {}; give the value a counterpart there",
                    token.text,
                    WIRE_LAYERS.join(", ")
                );
                found.push(Offence::new(&code.file, token.line, message));
            }
        }
    }
    found
}

pub(super) const PRINTING: Check = Check {
    name: "only the command line prints",
    run: printing,
    bad: &[Example {
        files: &[
            ("src/report/text.rs", "fn a() {\n    println!(\"x\");\n}"),
            ("src/lib.rs", "fn a() { std::eprint!(\"x\"); dbg!(1); }"),
            ("adapters/env/src/lib.rs", "fn a() { eprintln!(); }"),
        ],
        says: &[
            "adapters/env/src/lib.rs:1: `eprintln!`",
            "src/lib.rs:1: `dbg!`",
            "src/lib.rs:1: `eprint!`",
            "src/report/text.rs:2: `println!`",
        ],
    }],
    good: &[
        &[
            ("src/cli/say.rs", "fn a() { println!(); }"),
            ("src/main.rs", "fn main() { eprintln!(); }"),
        ],
        &[(
            "src/report/text.rs",
            "/// `println!(\"x\")`\nfn print() { writeln!(out, \"println!\"); print(x) }",
        )],
    ],
};

fn printing(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    for code in repo.code().iter().filter(|code| !is_shell(code)) {
        for pair in code.shipped.windows(2) {
            let [name, mark] = pair else { continue };
            let prints = ["println", "eprintln", "print", "eprint", "dbg"];
            if mark.text == "!" && prints.contains(&name.text.as_str()) {
                let message = format!("`{}!` belongs to src/cli; return the text", name.text);
                found.push(Offence::new(&code.file, name.line, message));
            }
        }
    }
    found
}
