//! Orders held against finished binaries: paths, parts, and rules.

use super::parts::*;
use gusset::base::Sha256;
use gusset::compose::{Required, RequiredStep, Who, broken_rules, chains, violations};
use gusset::workload::{InterfacePattern, OrderPart, OrderText};

/// Holds an order against a binary; parts by names of instances.
fn broken(bytes: &[u8], order: &str) -> Vec<String> {
    let text = OrderText::parse(order).unwrap();
    let steps = text.parts.iter().map(|part| match part {
        OrderPart::Others => RequiredStep::Others,
        // By bytes, since it may be there twice.
        OrderPart::Name(name) if name == "auth" => {
            let auth = Sha256::of(&super::parts::bytes(&middleware(1)));
            RequiredStep::Part(name.clone(), Who::Bytes(auth))
        }
        OrderPart::Name(name) => RequiredStep::Part(name.clone(), Who::Name(name.clone())),
        other => panic!("{other:?}"),
    });
    let required = Required {
        on: text.on,
        steps: steps.collect(),
    };
    with_wiring(bytes, |wiring| {
        let broken = violations(&wiring, &required).into_iter();
        broken.map(|violation| violation.message).collect()
    })
}

fn rules(order: [&str; 3]) -> String {
    let rule = |(name, order): (&str, &str)| {
        format!("[[middleware]]\ncomponent = \"{name}\"\non = \"t:t/h\"\norder = [{order}]\n")
    };
    ["auth", "log", "cache"]
        .into_iter()
        .zip(order)
        .map(rule)
        .collect()
}

fn stack(order: [&str; 3]) -> Vec<u8> {
    let (api, a) = (bytes(&provider(9, H)), bytes(&consumer(4, H, "run")));
    let (x, y, z) = (
        bytes(&middleware(1)),
        bytes(&middleware(2)),
        bytes(&middleware(3)),
    );
    let parts: [(&str, &[u8]); 5] = [
        ("api", &api),
        ("a", &a),
        ("auth", &x),
        ("log", &y),
        ("cache", &z),
    ];
    compose(&rules(order), &parts).unwrap()
}

#[test]
fn sequences_with_others_between() {
    let bytes = stack(["\"first\"", "", "\"last\""]);
    assert_eq!(run(&bytes, "run"), 41239);
    for order in [
        "auth",
        "auth, log",
        "auth, log, cache",
        "auth, *, cache",
        "*, cache",
        "*, log, *",
        "*, auth, *, log, *, cache",
    ] {
        assert_eq!(
            broken(&bytes, &format!("t:t/h: {order}")),
            [""; 0],
            "{order}"
        );
    }
    for (order, says) in [
        ("log", "`log` is not the first"),
        ("auth, cache", "`cache` does not follow `auth`"),
        ("*, cache, *, log", "`log` is not where it must be"),
        ("auth, gate", "`gate` is missing"),
        ("auth, auth", "`auth` does not follow `auth`"),
    ] {
        let found = broken(&bytes, &format!("t:t/h: {order}"));
        assert_eq!(found.len(), 1, "{order}: {found:?}");
        assert!(found[0].starts_with(says), "{order}: {found:?}");
    }
}

#[test]
fn every_path_counts_also_that_of_a_second_consumer() {
    let (api, a, b) = (
        bytes(&provider(9, H)),
        bytes(&consumer(3, H, "a")),
        bytes(&consumer(4, H, "b")),
    );
    let auth = bytes(&middleware(1));
    let toml =
        "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\nwhere = { consumer = \"a\" }\n";
    let parts: [(&str, &[u8]); 4] = [("api", &api), ("a", &a), ("b", &b), ("auth", &auth)];
    let bytes = compose(toml, &parts).unwrap();
    let found = broken(&bytes, "t:t/h: auth");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(": b (root/"), "{found:?}");
}

/// A component that stands on the path like a middleware and has a door of its own.
fn with_door() -> String {
    let export = "(export \"t:t/h@0.1.0\" (instance $e))";
    let door = "(func $d (param \"x\" u64) (result u64) (canon lift (core func $i \"h\")))";
    middleware(2).replace(
        export,
        &format!("{export} {door} (export \"door\" (func $d))"),
    )
}

#[test]
fn a_second_door_behind_the_first_is_a_path_too() {
    let (api, auth, door) = (
        bytes(&provider(9, H)),
        bytes(&middleware(1)),
        bytes(&with_door()),
    );
    let rules = |first: &str| {
        format!(
            "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\norder = [\"{first}\"]\n\
             [[link]]\nconsumer = \"door\"\nimport = \"t:t/h\"\nprovider = \"api\"\n\
             [[link]]\nconsumer = \"export\"\nimport = \"t:t/h@0.1.0\"\nprovider = \"door\"\n"
        )
    };
    let parts: [(&str, &[u8]); 3] = [("api", &api), ("auth", &auth), ("door", &door)];
    // `auth` stands before the door and behind it, since both are edges of the interface.
    let all = compose(&rules("first"), &parts).unwrap();
    assert_eq!(broken(&all, "t:t/h: auth"), [""; 0]);
    // Only before it: whoever calls `door` gets to `api` without `auth`.
    let before = rules("first").replace("order = [\"first\"]", "where = { consumer = \"export\" }");
    let before = compose(&before, &parts).unwrap();
    let found = broken(&before, "t:t/h: auth");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("`auth` is missing"), "{found:?}");
    // One function under two names is one function: `door` calls what `auth` should guard.
    let (text, same) = (with_door(), "(export \"door\" (func $h))");
    let door = bytes(&text.replace("(export \"door\" (func $d))", same));
    let parts: [(&str, &[u8]); 3] = [("api", &api), ("auth", &auth), ("door", &door)];
    let all = compose(&rules("first"), &parts).unwrap();
    let found = broken(&all, "t:t/h: auth");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("on `door`: export"), "{found:?}");
}

#[test]
fn a_component_that_passes_on_and_is_no_middleware_divides_a_path() {
    let (api, auth) = (bytes(&provider(9, H)), bytes(&middleware(1)));
    let router = bytes(&middleware(5));
    let toml = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\norder = [\"first\"]\n\
                where = { provider = \"api\" }\n\
                [[link]]\nconsumer = \"router\"\nimport = \"t:t/h\"\nprovider = \"api\"\n\
                [[link]]\nconsumer = \"export\"\nimport = \"t:t/h@0.1.0\"\nprovider = \"router\"\n";
    let parts: [(&str, &[u8]); 3] = [("api", &api), ("auth", &auth), ("router", &router)];
    let result = compose(toml, &parts).unwrap();
    assert_eq!(run(&result, H), 519);
    assert_eq!(broken(&result, "t:t/h: router, auth"), [""; 0]);
}

#[test]
fn a_middleware_that_is_itself_a_composition_is_one_part() {
    let (x, y) = (
        bytes(&passes(1, H, "t:t/inner@0.1.0")),
        bytes(&passes(2, "t:t/inner@0.1.0", H)),
    );
    let open = "[[link]]\nconsumer = \"x\"\nimport = \"t:t/h\"\nprovider = \"import\"\n";
    let twin = compose(open, &[("x", &x), ("y", &y)]).unwrap();
    let (api, log) = (bytes(&provider(9, H)), bytes(&middleware(3)));
    let toml = "[[middleware]]\ncomponent = \"twin\"\non = \"t:t/h\"\norder = [\"first\"]\n\
                [[middleware]]\ncomponent = \"log\"\non = \"t:t/h\"\n";
    let parts: [(&str, &[u8]); 3] = [("api", &api), ("twin", &twin), ("log", &log)];
    assert_eq!(run(&compose(toml, &parts).unwrap(), H), 2139);
}

#[test]
fn rules_that_mean_no_edge_do_not_hold() {
    let bytes = stack(["\"first\"", "", ""]);
    let says = |toml: &str| {
        let workload = workload(toml, &["auth", "log", "cache"]);
        let component = |name: &str| Some(Who::Name(name.to_string()));
        with_wiring(&bytes, |wiring| {
            let broken = broken_rules(&wiring, &workload.middleware, &component);
            broken
                .into_iter()
                .map(|b| b.violation.message)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(says(&rules(["\"first\"", "", ""])), [""; 0]);
    let rule = "[[middleware]]\ncomponent = \"auth\"\non = \"t:t/h\"\n";
    let says_of = |more: &str| says(&format!("{rule}{more}"));
    assert_eq!(
        says_of("where = { provider = \"store\" }\n"),
        ["`auth` is on no edge: none of `t:t/h` is as the rule says"]
    );
    assert_eq!(
        says_of("where = { provider = \"store\" }\noptional = true\n"),
        [""; 0]
    );
    let found = says(&rules(["\"after:log\"", "", ""]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("`auth` must be `after:log`"),
        "{found:?}"
    );
}

#[test]
fn digests_do_not_see_names_and_names_do_not_see_digests() {
    let bytes = stack(["\"first\"", "", ""]);
    let on = InterfacePattern::parse("t:t/h").unwrap();
    let digest = |wat: &str| {
        let bytes = super::parts::bytes(wat);
        gusset::binary::Binary::parse(&bytes).unwrap().digest()
    };
    let auth = digest(&middleware(1));
    let holds = |bytes: &[u8], who: Who| {
        let required = Required {
            on: on.clone(),
            steps: vec![RequiredStep::Part("auth".to_string(), who)],
        };
        with_wiring(bytes, |wiring| violations(&wiring, &required).is_empty())
    };
    let bare = stripped(&bytes);
    for bytes in [&bytes, &bare] {
        assert!(holds(bytes, Who::Digest(auth)));
        assert!(holds(
            bytes,
            Who::DigestPrefix(auth.to_string()[..16].to_string())
        ));
        assert!(!holds(bytes, Who::Digest(digest(&middleware(2)))));
    }
    assert!(holds(&bytes, Who::Name("auth".to_string())));
    assert!(!holds(&bare, Who::Name("auth".to_string())));
    with_wiring(&bare, |wiring| {
        assert_eq!(chains(&wiring, &|name| name == H).unwrap().len(), 1);
    });
}
