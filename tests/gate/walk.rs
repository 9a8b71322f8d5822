//! The gate as somebody who has never seen it meets it.

use crate::place::{Place, root};

#[test]
fn a_new_user_gets_to_green_and_a_new_key_turns_it_red() {
    let place = Place::new();
    place.gate("config.wat", "build/api.wasm");
    place.fixture("logger.wasm", "build/logger.wasm");

    // Nothing to check yet: the message names the first step.
    let said = place.gusset(&["check"]);
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.err.contains("gusset init"), "{said:?}");

    let said = place.gusset(&["init"]);
    assert_eq!(said.code, 0, "{said:?}");
    let said = place.gusset(&["check"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(place.gusset(&["lock"]).code, 0);
    assert_eq!(place.gusset(&["check", "--require", "complete"]).code, 0);

    // The next build of one component reads one key more.
    place.gate("config-next.wat", "build/api.wasm");
    let said = place.gusset(&["check"]);
    assert_eq!(said.code, 1, "{said:?}");
    for part in [
        "error[undeclared-key]: `api` needs config `farewell`, which is not declared",
        "--> gusset.toml:",
        "not in this list",
        "wasi:config/store@0.2.0-rc.1#get",
        "help: add `\"farewell\"` to this list",
        "gusset explain build/api.wasm config:farewell",
    ] {
        assert!(said.out.contains(part), "no {part:?} in\n{}", said.out);
    }

    // Doing as told: declare it …
    let workload = place.read("gusset.toml");
    let declared = workload.replace("\"greeting\"", "\"farewell\", \"greeting\"");
    assert_ne!(workload, declared, "{workload}");
    place.write("gusset.toml", &declared);
    // … and the lock is behind, which is said with what to type …
    let said = place.gusset(&["check"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("new-since-lock"), "{}", said.out);
    assert!(
        said.out.contains("run `gusset check --accept`"),
        "{}",
        said.out
    );
    assert_eq!(place.gusset(&["check", "--accept"]).code, 0);
    // … and it is green.
    assert_eq!(place.gusset(&["check"]).code, 0);
    assert!(place.read("gusset.lock").contains("farewell"));
}

#[test]
fn the_readme_shows_what_comes_out() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let case = root().join("tests/cli/rules/undeclared-key/rule.1.stdout");
    let output = std::fs::read_to_string(case).unwrap();
    assert!(
        readme.contains(&format!("```text\n{output}```\n")),
        "{output}"
    );
}

/// The page about rules has all of them, with their levels.
#[test]
fn the_list_of_rules_is_whole() {
    let page = std::fs::read_to_string(root().join("docs/rules/README.md")).unwrap();
    for rule in gusset::gate::rules() {
        let name = rule.name;
        let row = format!("| [{name}]({name}.md) | {} |", rule.default.as_str());
        assert!(page.contains(&row), "{row}");
        let heading = format!("# {name}\n\nDefault: `{}`", rule.default.as_str());
        assert!(rule.page.starts_with(&heading), "{heading}");
    }
}
