//! Who gets what: aliases, bundles, arguments and nesting, one rule per case.

use crate::fixtures::fixture;
use crate::programs::{called, core_imports, linked, linked_text, notes};
use gusset::graph::{CoreFunc, CoreValue, Links, Program, Provider, Role};

/// A component that imports `f` and calls it, and a core module for it.
const USER: &str = r#"
    (core module $m (import "" "f" (func $f)) (func (export "run") (call $f)))
    (component $user
        (import "f" (func $f))
        (alias outer $root $m (core module $m))
        (core func $f (canon lower (func $f)))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "run") (canon lift (core func $i "run"))))"#;

fn root(body: &str) -> String {
    format!("(component $root {USER} {body})")
}

/// What the import of the last core instance was given.
fn last_import(program: &Program<'_, '_>) -> String {
    let text = core_imports(program);
    let last = text.trim_end().rsplit(" = ").next();
    last.unwrap().to_string()
}

fn providers(program: &Program<'_, '_>, path: &str) -> Vec<String> {
    let reach = program.reach();
    let position = program.instances.iter().position(|i| i.path == path);
    let mut links = Links::new(program, &reach);
    let show = |p: &Provider| match p {
        Provider::Host(i) => format!("host {}", program.imports[*i].name.name),
        Provider::Instance(id) => program.instance(*id).path.clone(),
        Provider::Unknown => "unknown".to_string(),
    };
    let of = links.of(program.instance_id(position.unwrap()));
    of.iter()
        .map(|link| {
            let from: Vec<String> = link.providers.iter().map(show).collect();
            format!("{} ← {}", link.import, from.join(", "))
        })
        .collect()
}

#[test]
fn an_instance_of_its_own_for_each_instantiation() {
    let text = root(
        r#"(import "a" (func $a)) (import "b" (func $b))
           (instance $one (instantiate $user (with "f" (func $a))))
           (instance $two (instantiate $user (with "f" (func $b))))
           (instance $three (instantiate $user (with "f" (func $two "run"))))
           (export "one" (func $one "run")) (export "three" (func $three "run"))"#,
    );
    linked_text(&text, |program| {
        assert_eq!(providers(program, "root/0"), ["f ← host a"]);
        assert_eq!(providers(program, "root/1"), ["f ← host b"]);
        assert_eq!(providers(program, "root/2"), ["f ← root/1"]);
        let expected = "root/0/m0\n   f = host a\nroot/1/m0\n   f = host b\n\
                        root/2/m0\n   f = lifted by root/1: root/1/m0 `run`\n";
        assert_eq!(core_imports(program), expected);
        assert_eq!(called(program), ["a by root/0", "b by root/1"]);
    });
}

#[test]
fn what_no_export_needs_does_not_run() {
    let text = root(
        r#"(import "a" (func $a)) (import "b" (func $b))
           (instance $one (instantiate $user (with "f" (func $a))))
           (instance $two (instantiate $user (with "f" (func $b))))
           (export "two" (func $two "run"))"#,
    );
    assert_eq!(linked_text(&text, called), ["b by root/1"]);
}

#[test]
fn the_same_provider_for_several() {
    let text = root(
        r#"(import "a" (func $a))
           (instance $shared (instantiate $user (with "f" (func $a))))
           (instance $one (instantiate $user (with "f" (func $shared "run"))))
           (instance $two (instantiate $user (with "f" (func $shared "run"))))
           (export "one" (func $one "run")) (export "two" (func $two "run"))"#,
    );
    linked_text(&text, |program| {
        assert_eq!(providers(program, "root/1"), ["f ← root/0"]);
        assert_eq!(providers(program, "root/2"), ["f ← root/0"]);
        assert_eq!(called(program), ["a by root/0"]);
    });
}

#[test]
fn the_shop_has_two_price_lists_and_one_log() {
    linked(&fixture("checkout.wasm"), |program| {
        let config: Vec<String> = program
            .instances
            .iter()
            .flat_map(|i| providers(program, &i.path))
            .filter(|link| link.starts_with("wasi:config/store"))
            .collect();
        let host = "host wasi:config/store@0.2.0-rc.1";
        assert!(config.iter().any(|l| l.ends_with(host)), "{config:?}");
        assert!(config.iter().any(|l| l.contains("← root/")), "{config:?}");
    });
}

#[test]
fn through_layers_of_bundles_and_aliases() {
    let text = root(
        r#"(import "host" (instance $host
             (export "deep" (instance (export "f" (func))))))
           (alias export $host "deep" (instance $deep))
           (instance $b1 (export "renamed" (func $deep "f")))
           (instance $b2 (export "inner" (instance $b1)))
           (component $pass
             (import "i" (instance $i (export "inner" (instance (export "renamed" (func))))))
             (alias export $i "inner" (instance $inner))
             (instance $again (export "third" (func $inner "renamed")))
             (export "out" (instance $again)))
           (instance $p (instantiate $pass (with "i" (instance $b2))))
           (alias export $p "out" (instance $out))
           (alias export $out "third" (func $f))
           (export $g "exported" (func $f))
           (instance $u (instantiate $user (with "f" (func $g))))
           (export "run" (func $u "run"))"#,
    );
    linked_text(&text, |program| {
        assert_eq!(last_import(program), "host host#deep.f");
        assert_eq!(called(program), ["host#deep.f by root/1"]);
        assert_eq!(providers(program, "root/1"), ["f ← host host"]);
        // `pass` renames and runs nothing.
        assert_eq!(program.roles()[1], Role::Glue);
        assert!(notes(program).is_empty());
    });
}

/// An outer alias reaches into the instance that *defined* the component, not into the one
/// that instantiates it.
#[test]
fn outer_aliases_close_over_the_definition() {
    let text = root(
        r#"(import "a" (func $a))
           (core module $other (import "" "f" (func $f)) (func (export "run")))
           (component $maker
             (alias outer $root $m (core module $picked))
             (component $made
               (import "f" (func $f))
               (alias outer $maker $picked (core module $m))
               (core func $f (canon lower (func $f)))
               (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
               (func (export "run") (canon lift (core func $i "run"))))
             (export "made" (component $made)))
           (instance $maker (instantiate $maker))
           (alias export $maker "made" (component $made))
           (component $elsewhere
             (import "c" (component $c (import "f" (func)) (export "run" (func))))
             (import "f" (func $f))
             (instance $i (instantiate $c (with "f" (func $f))))
             (export "run" (func $i "run")))
           (instance $e (instantiate $elsewhere
             (with "c" (component $made)) (with "f" (func $a))))
           (export "run" (func $e "run"))"#,
    );
    linked_text(&text, |program| {
        assert_eq!(called(program), ["a by root/1/0"]);
        assert!(notes(program).is_empty(), "{:?}", notes(program));
    });
}

#[test]
fn a_core_bundle_and_a_core_instance_are_the_same_to_an_importer() {
    let text = r#"(component
        (import "a" (func $a))
        (core module $provider
          (memory (export "mem") 1) (table (export "tab") 1 funcref)
          (global (export "g") i32 (i32.const 5)) (func (export "f")))
        (core module $user
          (import "p" "mem" (memory 1)) (import "p" "tab" (table 1 funcref))
          (import "p" "g" (global i32)) (import "p" "f" (func)))
        (core instance $p (instantiate $provider))
        (core instance (instantiate $user (with "p" (instance $p))))
        (core func $a (canon lower (func $a)))
        (core instance $mixed
          (export "mem" (memory $p "mem")) (export "tab" (table $p "tab"))
          (export "g" (global $p "g")) (export "f" (func $a)))
        (core instance (instantiate $user (with "p" (instance $mixed)))))"#;
    linked_text(text, |program| {
        let expected = "root/m1\n  p mem = memory of root/m0\n  \
            p tab = table of root/m0, exact, 0 slots\n  \
            p g = global of root/m0 = Some(I32(5))\n  p f = root/m0 `f`\n\
            root/m2\n  p mem = memory of root/m0\n  \
            p tab = table of root/m0, exact, 0 slots\n  \
            p g = global of root/m0 = Some(I32(5))\n  p f = host a\n";
        assert_eq!(core_imports(program), expected);
    });
}

#[test]
fn an_offset_follows_an_imported_global() {
    let text = r#"(component
        (import "a" (func $a))
        (core func $a (canon lower (func $a)))
        (core module $env
          (global (export "base") i32 (i32.const 2)) (table (export "t") 8 funcref))
        (core module $lib
          (import "env" "base" (global $base i32)) (import "env" "t" (table 8 funcref))
          (import "env" "f" (func $f))
          (elem (offset (i32.add (global.get $base) (i32.const 3))) func $f))
        (core module $shim (import "env" "t" (table 8 funcref))
          (func (export "run") (call_indirect (i32.const 5))))
        (core instance $env (instantiate $env))
        (core instance (instantiate $lib (with "env" (instance
          (export "base" (global $env "base")) (export "t" (table $env "t"))
          (export "f" (func $a))))))
        (core instance $shim (instantiate $shim (with "env" (instance $env))))
        (func (export "run") (canon lift (core func $shim "run"))))"#;
    linked_text(text, |program| {
        assert_eq!(program.tables[0].slots.keys().collect::<Vec<_>>(), [&5]);
        let exported = CoreValue::Func(program.lifts[0].func);
        let shown = crate::programs::core_value(program, exported);
        assert_eq!(shown, "root/m2 `run` → host a");
        assert_eq!(called(program), ["a by root"]);
    });
}

#[test]
fn start_functions_run() {
    // Of a core module.
    let text = r#"(component (import "a" (func $a)) (core func $a (canon lower (func $a)))
        (core module $m (import "" "a" (func $a)) (start $a))
        (core instance (instantiate $m (with "" (instance (export "a" (func $a)))))))"#;
    assert_eq!(linked_text(text, called), ["a by root"]);
    // Of a component.
    let text = root(
        r#"(import "a" (func $a))
           (instance $u (instantiate $user (with "f" (func $a))))
           (alias export $u "run" (func $run))
           (start $run)"#,
    );
    assert_eq!(linked_text(&text, called), ["a by root/0"]);
}

#[test]
fn a_host_function_exported_again_is_used_but_not_called() {
    let text = r#"(component (import "a" (func $a)) (export "b" (func $a)))"#;
    linked_text(text, |program| {
        let reach = program.reach();
        assert!(reach.called().is_empty());
        assert_eq!(reach.passed_on().len(), 1);
    });
}

#[test]
fn an_imported_component_is_noted_and_gets_what_it_is_given() {
    let text = root(
        r#"(import "c" (component $c (import "f" (func)) (export "g" (func))))
           (import "a" (func $a))
           (instance $u (instantiate $user (with "f" (func $a))))
           (instance $i (instantiate $c (with "f" (func $u "run"))))
           (instance $v (instantiate $user (with "f" (func $i "g"))))
           (export "run" (func $v "run"))"#,
    );
    linked_text(&text, |program| {
        let notes = notes(program);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].contains("component `c` is imported"), "{notes:?}");
        assert!(notes[0].contains("root/1"), "{notes:?}");
        assert_eq!(program.roles()[2], Role::Outside);
        assert_eq!(called(program), ["a by root/0", "c#g by root/2"]);
        assert_eq!(providers(program, "root/2"), ["f ← host c"]);
    });
}

#[test]
fn an_imported_core_module_is_noted_and_gets_what_it_is_given() {
    let text = r#"(component
        (import "m" (core module $m (import "" "f" (func)) (export "g" (func))))
        (import "a" (func $a)) (import "b" (func $b))
        (core func $a (canon lower (func $a))) (core func $b (canon lower (func $b)))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $a))))))
        (core module $user (import "i" "g" (func $g)) (func (export "run") (call $g)))
        (core instance $u (instantiate $user (with "i" (instance $i))))
        (func (export "run") (canon lift (core func $u "run"))))"#;
    linked_text(text, |program| {
        let notes = notes(program);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(
            notes[0].contains("core module `m` is imported"),
            "{notes:?}"
        );
        assert_eq!(called(program), ["a by root", "m#g by root"]);
        let import = program.core_imports().next().unwrap().2;
        assert!(matches!(import, CoreValue::Func(CoreFunc::Host(_))));
    });
}

#[test]
fn exported_code_is_noted_wherever_it_stands() {
    let noted = |exports: &str| {
        linked_text(&root(exports), notes)
            .iter()
            .filter(|note| note.contains("exported component or core module"))
            .count()
    };
    assert_eq!(noted(r#"(export "c" (component $user))"#), 1);
    assert_eq!(noted(r#"(export "m" (core module $m))"#), 1);
    assert_eq!(
        noted(r#"(instance $i (export "c" (component $user))) (export "i" (instance $i))"#),
        1
    );
    assert_eq!(noted(r#"(type $t u8) (export "t" (type $t))"#), 0);
}
