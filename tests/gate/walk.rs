//! The gate as somebody who has never seen it meets it.

use crate::place::Place;

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
