#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn parse(text: &str) -> Result<Profile, String> {
    let source = Arc::new(SourceFile::new("p.toml", text));
    Profile::parse(&source).map_err(|errors| {
        let places = errors.problems.iter();
        let lines = places.map(|p| {
            let help = p.help.as_deref().unwrap_or("-");
            format!("{}: {} ({help})", source.place(p.span), p.message)
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn builtin(name: &str) -> Profile {
    Profile::builtin(name).unwrap().unwrap()
}

#[test]
fn every_built_in_profile_can_be_read_and_has_the_name_of_its_file() {
    for (name, _) in BUILTIN_PROFILES {
        let profile = builtin(name);
        assert_eq!(profile.name.value, *name);
        assert!(!profile.interfaces.is_empty() && !profile.exports.is_empty());
    }
}

#[test]
fn exact_and_track_versions_meet_as_their_rows_say() {
    let wasmcloud = builtin("wasmcloud-2.7");
    let wasmtime = builtin("wasmtime-48");
    let yes = |p: &Profile, name: &str| match p.import(name, None) {
        Answer::Yes(_, how) => Some(how),
        _ => None,
    };
    assert_eq!(
        yes(&wasmcloud, "wasi:config/store@0.2.0-rc.1"),
        Some(Match::Same)
    );
    assert_eq!(yes(&wasmcloud, "wasi:config/store@0.2.0-draft"), None);
    assert_eq!(yes(&wasmcloud, "wasmcloud:secrets/store@2.1.1"), None);
    assert!(matches!(
        wasmcloud.import("wasmcloud:secrets/store@2.1.1", None),
        Answer::OtherVersion(_)
    ));
    assert!(yes(&wasmcloud, "wasi:io/poll@0.2.0").is_some());
    assert!(yes(&wasmcloud, "wasi:io/poll@0.3.0").is_none());
    assert!(yes(&wasmcloud, "wasi:io/poll").is_none());
    let older = Match::Older(Version::new(0, 2, 12));
    assert_eq!(yes(&wasmtime, "wasi:io/poll@0.2.14"), Some(older));
    assert!(matches!(
        yes(&wasmtime, "wasi:io/poll@0.2.3"),
        Some(Match::Track(_))
    ));
}

#[test]
fn labels_find_the_row_that_takes_them() {
    let profile = builtin("wasmcloud-2.7");
    let plugin = |implements: Option<&str>, name: &str| match profile.import(name, implements) {
        Answer::Yes(row, _) => row.plugin.clone().unwrap(),
        other => format!("{other:?}").chars().take(5).collect(),
    };
    let store = "wasi:keyvalue/store@0.2.0-draft";
    assert_eq!(plugin(None, store), "wasi-keyvalue");
    assert_eq!(plugin(Some(store), "primary"), "wasi-keyvalue-multiplexed");
    assert_eq!(
        plugin(Some("wasi:config/store@0.2.0-rc.1"), "settings"),
        "Label"
    );
}

#[test]
fn own_rows_stand_before_those_of_the_base() {
    let profile = parse(
        "[profile]\nname = \"mine\"\nsummary = \"x\"\nextends = \"wasmcloud-2.7\"\n\
         without = [\"wasi:otel/*\"]\n\
         [[interface]]\nid = \"wasi:config/store\"\nversions = \"0.2.0-rc.1\"\nplugin = \"vault\"\n\
         [[interface]]\nid = \"acme:shop/audit\"\nversions = \"0.1\"\n",
    )
    .unwrap();
    assert_eq!(profile.extends, ["wasmcloud-2.7"]);
    assert!(profile.declares);
    let Answer::Yes(row, _) = profile.import("wasi:config/store@0.2.0-rc.1", None) else {
        panic!("not served");
    };
    assert_eq!(row.plugin.as_deref(), Some("vault"));
    assert_eq!(
        profile.import("wasi:otel/logs@0.2.0-rc.2", None),
        Answer::No
    );
    assert!(matches!(
        profile.import("acme:shop/audit@0.1.7", None),
        Answer::Yes(_, Match::Track(_))
    ));
    assert!(profile.mechanism(MechanismKind::Workload).is_some());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, message) in [
        ("", "p.toml:1:1: this file has no `profile`"),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\nmatchin = \"exact\"\n",
            "p.toml:4:1: unknown key `matchin` in `[profile]` (did you mean `matching`?)",
        ),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\nextends = \"wasmcloud-2.6\"\n",
            "p.toml:4:11: no built-in profile is called `wasmcloud-2.6` (did you mean \
             `wasmcloud-2.7`?)",
        ),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\n[[interface]]\nid = \"wasi:io/poll@0.2\"\n",
            "p.toml:5:6: `wasi:io/poll@0.2` has a version",
        ),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\n[[interface]]\nid = \"a:b/c\"\nversions = \"new\"\n",
            "p.toml:6:12: `new` is not a version",
        ),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\n[[interface]]\nid = \"a:b/c\"\nwhen = \"configured\"\n",
            "p.toml:4:1: `when = \"configured\"` needs `option`",
        ),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\n[[link]]\nmechanism = \"rpc\"\nrefuses = [\"streams\"]\n",
            "p.toml:6:12: `streams` is nothing that can be refused (did you mean `stream`?)",
        ),
        (
            "[profile]\nname = \"x\"\nsummary = \"y\"\nextends = \"spin-4.1\"\nwithout = [\"wasi:nn/*\"]\n",
            "p.toml:5:12: `wasi:nn/*` is in no row of the base",
        ),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(message), "{error}\n{message}");
    }
}
