//! Rules of reading JavaScript, on small programs.

#![allow(clippy::unwrap_used)]

use crate::script::ir::Program;
use crate::script::world::{Does, HostFunction, Step, World};
use crate::script::{Language, Name, lookups};

/// A host with an environment, configuration, and buckets. Calls: 0 env, 1 config, 2 all of
/// config, 3 bucket, 4 key of a bucket, 5 keys of many.
pub(crate) fn world() -> World {
    let takes = |path: &[Step]| Does::Takes {
        argument: 0,
        path: path.to_vec(),
        prefix: false,
    };
    let function = |interface: &str, function: &str, call: usize, does: Does| HostFunction {
        interface: interface.to_string(),
        function: function.to_string(),
        does: vec![(call, does)],
    };
    let keyvalue = "wasi:keyvalue/store@0.2.0-draft";
    World {
        functions: vec![
            function(
                "wasi:cli/environment@0.2.12",
                "get-environment",
                0,
                Does::Gives,
            ),
            function("wasi:config/store@0.2.0-rc.1", "get", 1, takes(&[])),
            function(
                "wasi:config/store@0.2.0-rc.1",
                "get-all",
                2,
                Does::Enumerates,
            ),
            function(keyvalue, "open", 3, takes(&[])),
            function(keyvalue, "[method]bucket.get", 4, takes(&[])),
            function(
                "wasi:keyvalue/batch@0.2.0-draft",
                "get-many",
                5,
                takes(&[Step::Each]),
            ),
        ],
    }
}

/// What a program looks up: call, name, line.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut program = Program::default();
    for (name, text) in files {
        assert!(super::read(&mut program, name, text), "{text}");
    }
    let (all, _) = lookups::of_program(&program, &world(), Language::JavaScript);
    let shown = all.into_iter().map(|lookup| {
        let name = match lookup.name {
            Name::Exact(name) => name,
            Name::Begins(name) => format!("{name}*"),
            Name::All => "(all)".to_string(),
            Name::Unknown => "(computed)".to_string(),
            Name::HandedOn => "(handed on)".to_string(),
        };
        format!("{} {name} {}", lookup.call, lookup.place.line)
    });
    shown.collect()
}

const IMPORTS: &str = "import { getEnvironment } from 'wasi:cli/environment@0.2.6'; \
     import { get } from 'wasi:config/store@0.2.0-rc.1'; \
     import * as kv from 'wasi:keyvalue/store@0.2.0-draft'; \
     const env = Object.fromEntries(getEnvironment()); ";

/// Each rule with what it must find and, by leaving it out, what it must not.
#[test]
fn rules() {
    let cases: &[(&str, &[&str])] = &[
        // Ways to write a lookup.
        ("env.A; env['B']; env?.C;", &["0 A 1", "0 B 1", "0 C 1"]),
        (
            "const m = new Map(getEnvironment()); m.get('A'); m.has('B')",
            &["0 A 1", "0 B 1"],
        ),
        (
            "process.env.A; globalThis.process.env['B']; import.meta.env.C",
            &["0 A 1", "0 B 1", "0 C 1"],
        ),
        (
            "'A' in env; Object.hasOwn(env, 'B'); env.hasOwnProperty('C')",
            &["0 A 1", "0 B 1", "0 C 1"],
        ),
        (
            "get('a'); kv.open('b').get('c')",
            &["1 a 1", "3 b 1", "4 c 1"],
        ),
        // Destructuring, with other names, defaults, and what is left.
        (
            "const { A, B: b, C: c = 'D', ...rest } = env;",
            &["0 (all) 1", "0 A 1", "0 B 1", "0 C 1"],
        ),
        ("let x; ({ A: x } = process.env);", &["0 A 1"]),
        (
            "function f({ A }, [b]) { return b } f(env, ['x'])",
            &["0 A 1"],
        ),
        // Constants, and texts put together.
        (
            "const P = 'A_'; env[P + 'B']; env[`${P}C`]; env[P.concat('D')]",
            &["0 A_B 1", "0 A_C 1", "0 A_D 1"],
        ),
        (
            "env['a_b'.toUpperCase()]; env[['A', 'C'].join('_')]",
            &["0 A_B 1", "0 A_C 1"],
        ),
        ("const k = x ? 'A' : 'B'; env[k]", &["0 A 1", "0 B 1"]),
        // Patterns, and what is not known at all.
        ("export const f = (x) => env[`A_${x}_B`]", &["0 A_* 1"]),
        ("export function f(x) { get(x) }", &["1 (computed) 1"]),
        ("get(atob('QQ=='))", &["1 (computed) 1"]),
        (
            "let k = ''; for (const c of 'xy') k += c; get(k)",
            &["1 (computed) 1"],
        ),
        // Functions: each call gives its own name, and a default where none is given.
        (
            "function f(k, d) { return env[k] ?? d } f('A', 'D'); f('B')",
            &["0 A 1", "0 B 1"],
        ),
        (
            "const f = (s, n) => env[s + '_' + n]; f('A', 'B'); f('C', 'D')",
            &["0 A_B 1", "0 C_D 1"],
        ),
        (
            "function f(k = 'A') { get(k) } f(); f('B')",
            &["1 A 1", "1 B 1"],
        ),
        (
            "const up = (s) => s.toUpperCase(); env[up('a')]; env[up('b')]",
            &["0 A 1", "0 B 1"],
        ),
        (
            "function outer(p) { return ['A', 'B'].map((n) => env[p + n]) } outer('X_')",
            &["0 X_A 1", "0 X_B 1"],
        ),
        (
            "function f(n) { return n ? f(n - 1) : env.A } f(3)",
            &["0 A 1"],
        ),
        (
            "function f(...names) { for (const n of names) env[n] } f('A', 'B'); f(...['C'])",
            &["0 A 1", "0 B 1", "0 C 1"],
        ),
        // Classes.
        (
            "class C { #p = 'A'; k(n) { return env[this.#p + n] } get q() { return 'B' } } \
          const c = new C(); c.k('1'); env[c.q]",
            &["0 A1 1", "0 B 1"],
        ),
        (
            "class B { one(k) { get(k) } } class C extends B {} new C().one('a')",
            &["1 a 1"],
        ),
        // Lists and objects.
        (
            "for (const k of ['A', ...['B']]) env[k]",
            &["0 A 1", "0 B 1"],
        ),
        (
            "['a', 'b'].forEach(k => get(k)); ['c'].map(get)",
            &["1 a 1", "1 b 1", "1 c 1"],
        ),
        (
            "const o = { x: 'A', y: 'B' }; env[o.x]; for (const [, k] of Object.entries(o)) get(k)",
            &["0 A 1", "1 A 1", "1 B 1"],
        ),
        (
            "const o = getEnvironment().reduce((a, [k, v]) => { a[k] = v; return a }, {}); o.A",
            &["0 (all) 1", "0 A 1"],
        ),
        ("const o = { ...process.env, X: 1 }; o.A", &["0 A 1"]),
        // Names that are compared.
        (
            "for (const [k, v] of getEnvironment()) { if (k === 'A') v; if (k.startsWith('B_')) v }",
            &["0 (all) 1", "0 A 1", "0 B_* 1"],
        ),
        (
            "getEnvironment().find(([k]) => k == 'A')",
            &["0 (all) 1", "0 A 1"],
        ),
        (
            "for (const [k] of getEnvironment()) switch (k) { case 'A': case 'B': }",
            &["0 (all) 1", "0 A 1", "0 B 1"],
        ),
        (
            "for (const k in env) if (['A'].includes(k)) k",
            &["0 (all) 1", "0 A 1"],
        ),
        // All names, and code that is not followed.
        (
            "Object.keys(env); JSON.stringify(process.env)",
            &["0 (all) 1"],
        ),
        (
            "unknown(env); other(get)",
            &["0 (handed on) 1", "1 (handed on) 1"],
        ),
        (
            "import { getAll } from 'wasi:config/store@0.2.0-rc.1'; getAll()",
            &["2 (all) 1"],
        ),
        (
            "import { getMany } from 'wasi:keyvalue/batch@0.2.0-draft'; getMany(['a', 'b'])",
            &["5 a 1", "5 b 1"],
        ),
        // Not lookups.
        (
            "const o = { A: 1 }; o.A; o['B']; new Map().get('C'); console.log('D'); fetch('E')",
            &[],
        ),
        (
            "{ const get = (k) => k; get('A') } { let env = {}; env.B }",
            &[],
        ),
        ("import { get as g } from 'wasi:config/other'; g('A')", &[]),
        (
            "import { get as g } from 'wasi:config/store@0.3.0'; g('A')",
            &[],
        ),
    ];
    let mut wrong = String::new();
    for (text, expected) in cases {
        let mut found = found(&[("a.js", &format!("{IMPORTS}{text}"))]);
        found.sort();
        if found != *expected {
            wrong.push_str(&format!(
                "{text}\n  found {found:?}\n  not   {expected:?}\n"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn files_know_each_other() {
    let main = "import need, { KEYS as keys } from './lib/env.js';\nneed(keys.a);\nneed('B');\n\
                import * as all from './lib/index.js';\nall.need('C');";
    let env = "export const KEYS = { a: 'A' };\n\
               export default function need(k) {\n  return process.env[k];\n}\nexport { need };";
    let index = "export * from './env.js';";
    let files = [
        ("main.js", main),
        ("lib/env.js", env),
        ("lib/index.js", index),
    ];
    assert_eq!(found(&files), ["0 A 3", "0 B 3", "0 C 3"]);
}

#[test]
fn what_is_no_program_is_refused() {
    let mut program = Program::default();
    for text in ["import {", "a b c", "function (", "`${"] {
        assert!(!super::read(&mut program, "a.js", text), "{text}");
    }
    assert!(program.units.is_empty());
}

/// A text that makes the parser recurse is not given to it; one that makes the tree deep is
/// read as far as it goes.
#[test]
fn nesting_is_bounded() {
    let deep = "!".repeat(super::bounds::NESTING + 1);
    assert!(super::bounds::nesting(&deep) > super::bounds::NESTING);
    // As many levels as are let through.
    let most = format!(
        "{IMPORTS}a({}1);\nenv.A;",
        "!".repeat(super::bounds::NESTING - 100)
    );
    let levels = super::bounds::nesting(&most);
    assert!(levels <= super::bounds::NESTING, "{levels}");
    let (_, rejected) = super::read_all(vec![("a.js".to_string(), most)], levels);
    assert!(rejected.is_empty());
    for part in [
        "(",
        "[",
        "{a:",
        "a=>",
        "a?b:",
        "new ",
        "if(a)",
        "`${",
        "async()=>",
        "{",
        "class{a=",
    ] {
        let text = part.repeat(20_000);
        let levels = super::bounds::nesting(&text);
        super::read_all(vec![("a.js".to_string(), text)], levels);
    }
    let long = format!("{IMPORTS}a{};\nenv.A;", ".b".repeat(200_000));
    let texts = vec![("a.js".to_string(), long)];
    let (program, rejected) = super::read_all(texts, 100);
    assert!(rejected.is_empty());
    let (all, _) = lookups::of_program(&program, &world(), Language::JavaScript);
    assert_eq!(all.len(), 1);
}
