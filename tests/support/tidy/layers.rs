//! Who may use whom.

use super::code::Code;
use super::paths::{from_root, paths};
use super::{Check, Example, Offence, Repo};

/// The layers, lowest row first. A module may use every row below its own; modules in one
/// row do not see each other.
const ROWS: &[&[&str]] = &[
    &["base"],
    &["binary"],
    &["graph"],
    &["flow", "catalogue", "script"],
    &["needs"],
    &["workload"],
    &["compose", "lock"],
    &["virt"],
    &["plan"],
    &["manifest"],
    &["gate"],
    &["report"],
    &["cli"],
];

/// Layers that see less than everything below them.
const NARROW: &[(&str, &[&str])] = &[("workload", &["base"]), ("script", &["base"])];

fn row_of(layer: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&layer))
}

/// Whether an arrow from one layer to another is allowed.
fn may_use(from: &str, to: &str) -> bool {
    if from == to {
        return true;
    }
    if let Some((_, seen)) = NARROW.iter().find(|(layer, _)| *layer == from) {
        return seen.contains(&to);
    }
    row_of(to) < row_of(from)
}

/// The files of the library and the binary; adapters have no layers.
fn own_code(repo: &Repo) -> impl Iterator<Item = &Code> {
    let code = repo.code().iter();
    code.filter(|code| code.file.starts_with("src/"))
}

pub(super) const EDGES: Check = Check {
    name: "an arrow points only downward",
    run: edges,
    bad: &[
        Example {
            files: &[("src/flow/step.rs", "//! x\nuse crate::needs::Key;\n")],
            says: &["src/flow/step.rs:2: `flow` must not use `needs`"],
        },
        Example {
            files: &[(
                "src/flow.rs",
                "use crate::{base::Name,\n catalogue::{Sink, Source}};\nfn a() { super::graph::b(super::virt::C) }",
            )],
            says: &[
                "src/flow.rs:2: `flow` must not use `catalogue`",
                "src/flow.rs:3: `flow` must not use `virt`",
            ],
        },
        Example {
            files: &[("src/catalogue/a/b.rs", "use super::super::super::flow;")],
            says: &["`catalogue` must not use `flow`"],
        },
        Example {
            files: &[("src/workload/mod.rs", "use crate::graph::Program;")],
            says: &["`workload` must not use `graph`; it may use base"],
        },
        Example {
            files: &[
                ("src/compose/a.rs", "fn a() -> crate::lock::Lock {}"),
                ("src/lock/a.rs", "fn a(_: Vec<crate::compose::Plan>) {}"),
            ],
            says: &[
                "`compose` must not use `lock`",
                "`lock` must not use `compose`",
            ],
        },
        Example {
            files: &[(
                "src/base/a.rs",
                "#[cfg(test)] mod tests { use crate::binary::X; }",
            )],
            says: &["`base` must not use `binary`; it may use no other layer"],
        },
        Example {
            files: &[(
                "src/gate/a.rs",
                "use crate::Finding; use crate::*; use crate::nowhere::X;",
            )],
            says: &["`crate::*`", "`crate::Finding`", "`crate::nowhere`"],
        },
    ],
    good: &[
        &[(
            "src/needs/a.rs",
            "use crate::{flow::X, catalogue::Y, graph, binary, base}; use super::b;",
        )],
        &[(
            "src/flow/a.rs",
            "// crate::needs::Key\nconst A: &str = \"crate::needs\"; use other::needs::X;",
        )],
        &[(
            "src/cli/a.rs",
            "use super::super::report::json; use crate::base::Name;",
        )],
        &[(
            "src/lib.rs",
            "pub mod base; pub use needs::Needs; pub use crate::cli::run;",
        )],
        &[("adapters/env/src/lib.rs", "use crate::table::X;")],
    ],
};

fn edges(repo: &Repo) -> Vec<Offence> {
    let mut found = Vec::new();
    for code in own_code(repo) {
        let Some(from) = code.module.first() else {
            continue;
        };
        for path in paths(&code.all) {
            let root = from_root(&path, &code.module);
            let Some(to) = root.as_ref().and_then(|root| root.first()) else {
                continue;
            };
            if row_of(to).is_none() && to != from {
                found.push(Offence::new(
                    &code.file,
                    path.line,
                    format!("`crate::{to}` is no layer; name the layer that a thing comes from"),
                ));
            } else if row_of(from).is_some() && !may_use(from, to) {
                found.push(Offence::new(&code.file, path.line, refusal(from, to)));
            }
        }
    }
    found
}

fn refusal(from: &str, to: &str) -> String {
    let seen = ROWS.iter().copied().flatten().copied();
    let seen: Vec<&str> = seen
        .filter(|layer| *layer != from && may_use(from, layer))
        .collect();
    let seen = if seen.is_empty() {
        "no other layer".to_owned()
    } else {
        seen.join(", ")
    };
    format!(
        "`{from}` must not use `{to}`; it may use {seen}. Move the code to a layer that sees \
         both, or pass the value in"
    )
}

pub(super) const MODULES: Check = Check {
    name: "every module has its place in the layers",
    run: modules,
    bad: &[Example {
        files: &[
            ("src/util.rs", ""),
            ("src/helpers/mod.rs", ""),
            ("src/flow/util.rs", ""),
        ],
        says: &["src/helpers/mod.rs:1: `helpers`", "src/util.rs:1: `util`"],
    }],
    good: &[&[
        ("src/lib.rs", ""),
        ("src/main.rs", ""),
        ("src/base.rs", ""),
        ("src/cli/x.rs", ""),
    ]],
};

fn modules(repo: &Repo) -> Vec<Offence> {
    let unknown = own_code(repo).filter_map(|code| {
        let layer = code.module.first()?;
        let message = format!(
            "`{layer}` is no layer; put the code into one, or add a row in tests/support/tidy/layers.rs"
        );
        row_of(layer).is_none().then(|| Offence::new(&code.file, 1, message))
    });
    unknown.collect()
}

/// The picture in `architecture.md` and the table above say the same in two languages.
#[test]
fn the_exceptions_are_those_of_the_architecture() {
    let all: Vec<&str> = ROWS.iter().copied().flatten().copied().collect();
    let above = |a: &str, b: &str| row_of(a) > row_of(b);
    let mut hidden = Vec::new();
    for from in &all {
        for to in &all {
            assert!(
                from == to || !may_use(from, to) || above(from, to),
                "{from} → {to}"
            );
            if from != to && !may_use(from, to) && !above(to, from) {
                hidden.push(format!("{from} {to}"));
            }
        }
    }
    assert_eq!(
        hidden,
        [
            "flow catalogue",
            "flow script",
            "catalogue flow",
            "catalogue script",
            "script binary",
            "script graph",
            "script flow",
            "script catalogue",
            "workload binary",
            "workload graph",
            "workload flow",
            "workload catalogue",
            "workload script",
            "workload needs",
            "compose lock",
            "lock compose",
        ]
    );
}
