//! Reading, extending and matching catalogues.

#![allow(clippy::unwrap_used, reason = "a failed set-up must end the test")]

use super::*;

fn catalogue(text: &str) -> Result<Catalogue, CatalogueError> {
    let mut catalogue = Catalogue::default();
    catalogue.extend("my.toml", text)?;
    Ok(catalogue)
}

fn error(text: &str) -> String {
    catalogue(text).unwrap_err().to_string()
}

fn name(text: &str) -> InterfaceName {
    text.parse().unwrap()
}

/// One interface with one sink.
fn sink(versions: &str, rest: &str) -> String {
    format!(
        "[[interface]]\nid = 'a:b/c'\nversions = {versions}\n[[interface.sink]]\n\
         function = 'f'\n{rest}\n"
    )
}

const KEY: &str = "parameter = 'key'\nkind = 'config'";

#[test]
fn the_builtin_catalogue_is_valid_and_uses_the_kinds_of_the_reports() {
    let catalogue = Catalogue::builtin().unwrap();
    assert!(catalogue.rows().len() > 100);
    assert!(catalogue.core_rows().len() > 20);
    let core_keys = catalogue.core_rows().iter();
    let core_keys = core_keys.filter_map(|row| match &row.fact {
        CoreFact::Key { kind, .. } => Some(kind),
        _ => None,
    });
    let kinds: std::collections::BTreeSet<_> = catalogue
        .rows()
        .iter()
        .filter_map(|row| row.fact.kind())
        .chain(core_keys)
        .map(|kind| kind.as_str().to_string())
        .collect();
    let expected = Kind::BUILTIN.iter().map(|k| k.to_string()).collect();
    assert_eq!(kinds, expected);
}

#[test]
fn the_extra_catalogue_extends_the_builtin_one() {
    let mut catalogue = Catalogue::builtin().unwrap();
    let before = catalogue.rows().len();
    catalogue.extend(EXTRA.0, EXTRA.1).unwrap();
    assert_eq!(catalogue.rows().len(), before + 8);
}

#[test]
fn versions_are_requirements_or_exact_prereleases() {
    let admits = |versions: &str, version: &str| {
        let catalogue = catalogue(&sink(versions, KEY)).unwrap();
        let name = name(&format!("a:b/c{version}"));
        catalogue.function(&name, "f").count() == 1
    };
    assert!(admits("'*'", ""));
    assert!(admits("'*'", "@0.2.0-draft"));
    assert!(admits("'0.2'", "@0.2.6"));
    assert!(!admits("'0.2'", "@0.3.0"));
    assert!(!admits("'0.2'", "@0.2.0-draft"));
    assert!(!admits("'0.2'", ""));
    assert!(admits("'>=0.2.1, <0.4'", "@0.3.9"));
    assert!(admits("['0.2.0-draft', '0.2.0-rc.1']", "@0.2.0-rc.1"));
    assert!(!admits("['0.2.0-draft', '0.2.0-rc.1']", "@0.2.0-draft2"));
    assert!(admits("'unversioned'", ""));
    assert!(!admits("'unversioned'", "@1.0.0"));
}

#[test]
fn interfaces_match_whole() {
    let catalogue = catalogue(&sink("'*'", KEY)).unwrap();
    for other in ["a:b/cc@1.0.0", "a:bb/c@1.0.0", "aa:b/c@1.0.0"] {
        assert_eq!(catalogue.interface(&name(other)).count(), 0);
        assert!(!catalogue.knows(&name(other)));
    }
    assert!(catalogue.knows(&name("a:b/c@1.0.0")));
    assert_eq!(catalogue.function(&name("a:b/c@1.0.0"), "ff").count(), 0);
}

#[test]
fn paths_read_as_they_are_written() {
    for path in [
        "key",
        "msg.subject",
        "items[].0",
        "#1",
        "#0.uri",
        "a[][].b-c.2",
    ] {
        let parsed: ParamPath = path.parse().unwrap();
        assert_eq!(parsed.to_string(), path);
    }
    for bad in [
        "", ".a", "#", "#x", "a.", "a[", "a[0]", "a b", "a..b", "a[]b", "-a", "a-",
    ] {
        assert!(bad.parse::<ParamPath>().is_err(), "{bad}");
    }
}

#[test]
fn errors_say_where() {
    assert_eq!(
        error("[[interface]]\nid = 'a:b/c'\nversion = '1'\n")
            .split(": ")
            .next(),
        Some("my.toml:3:1")
    );
    let bad = sink("'*'", "parameter = 'a..b'\nkind = 'config'");
    assert!(error(&bad).starts_with("my.toml:6:13: `a..b` is not a parameter path"));
    let bad = sink("'*'", "parameter = 'a'\nkind = 'Config'");
    assert!(error(&bad).starts_with("my.toml:7:8: `Config` is no kind"));
    let bad = sink("'*'", "parameter = 'a'");
    assert_eq!(error(&bad), "my.toml:4:1: missing field `kind`");
    let bad = sink("'one'", KEY);
    assert!(error(&bad).starts_with("my.toml:3:12: `one` is neither a version requirement"));
    assert!(error("x = ").starts_with("my.toml:1:"));
    let bad = "[[interface]]\nid = 'a:b/c@1.0.0'\n";
    assert!(error(bad).ends_with("has a version: put it into `versions`"));
    let bad = "[[interface]]\nid = 'nothing'\n";
    assert!(error(bad).contains("is not an interface name"));
    let bad = "[[interface]]\nid = []\n";
    assert!(error(bad).contains("at least one string"), "{}", error(bad));
}

#[test]
fn a_sink_says_one_thing() {
    for rest in [
        "kind = 'config'",
        "parameter = 'a'\nenumerates = true\nkind = 'config'",
        "label = true\nprefix = true\nkind = 'config'",
        "enumerates = true\nformat = 'url'\nkind = 'config'",
        "ignore = true",
        "ignore = true\noverride = true\nkind = 'config'",
    ] {
        assert!(catalogue(&sink("'*'", rest)).is_err(), "{rest}");
    }
}

#[test]
fn a_row_stands_once() {
    let twice = |first: &str, second: &str| {
        let text = sink(first, KEY) + &sink(second, KEY);
        catalogue(&text).map_err(|e| e.to_string())
    };
    let message = twice("'*'", "'1'").unwrap_err();
    let expected = "my.toml:11:1: `f` of `a:b/c` is described already, at my.toml:4";
    assert_eq!(message, expected);
    assert!(twice("'1'", "'1'").is_err());
    assert!(twice("'0.2'", "['0.1', '0.2']").is_err());
    assert!(twice("'0.2.0-draft'", "['0.2.0-draft', '1']").is_err());
    assert!(twice("'1'", "'2'").is_ok());
    let other = "parameter = 'other'\nkind = 'config'";
    assert!(catalogue(&(sink("'*'", KEY) + &sink("'*'", other))).is_ok());
    let kind = "parameter = 'key'\nkind = 'secret'";
    assert!(catalogue(&(sink("'*'", KEY) + &sink("'*'", kind))).is_ok());
}

#[test]
fn users_extend_and_override() {
    let mut catalogue = Catalogue::builtin().unwrap();
    let config = name("wasi:config/store@0.2.0-rc.1");
    let text = |rest: &str| {
        format!(
            "[[interface]]\nid = 'wasi:config/store'\n[[interface.sink]]\nfunction = 'get'\n\
             {rest}\n"
        )
    };
    let again = catalogue.extend("my.toml", &text(KEY)).unwrap_err();
    assert!(
        again
            .message
            .contains("described already, at catalogue/wasi.toml:")
    );
    let secret = "parameter = 'key'\nkind = 'secret'\noverride = true";
    catalogue.extend("my.toml", &text(secret)).unwrap();
    let rows: Vec<_> = catalogue.function(&config, "get").collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].fact.kind().unwrap().as_str(), "secret");
    assert!(!rows[0].origin.builtin);
    // The other function stays.
    assert_eq!(catalogue.function(&config, "get-all").count(), 1);
    catalogue
        .extend("more.toml", &text("ignore = true\noverride = true"))
        .unwrap();
    let rows: Vec<_> = catalogue.function(&config, "get").collect();
    assert_eq!(rows[0].fact, Fact::Nothing);
    let nothing = sink("'*'", "parameter = 'key'\nkind = 'config'\noverride = true");
    let before = catalogue.rows().len();
    let message = catalogue.extend("my.toml", &nothing).unwrap_err().message;
    assert!(message.starts_with("`override` has nothing to replace"));
    assert_eq!(catalogue.rows().len(), before);
}

#[test]
fn one_row_may_name_many_functions_and_parameters() {
    let text = "[[interface]]\nid = ['a:b/c', 'a:b/d']\n[[interface.sink]]\n\
                function = ['f', 'g']\nparameter = ['x', 'y[].0']\nkind = 'my-kind'\n";
    let catalogue = catalogue(text).unwrap();
    assert_eq!(catalogue.rows().len(), 8);
    assert_eq!(catalogue.function(&name("a:b/d"), "g").count(), 2);
}

#[test]
fn core_rows_count_parameters() {
    let catalogue = Catalogue::builtin().unwrap();
    let rows: Vec<_> = catalogue
        .core("wasi_snapshot_preview1", "path_rename")
        .collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(catalogue.core("wasi_unstable", "environ_get").count(), 1);
    assert_eq!(catalogue.core("env", "environ_get").count(), 0);
    let bad = "[[core]]\nmodule = 'm'\n[[core.sink]]\nfunction = 'f'\nkind = 'path'\n";
    assert!(error(bad).contains("exactly one of"));
}

#[test]
fn a_call_that_does_not_come_back_is_of_no_kind() {
    let rows = catalogue(&sink("'*'", "exits = true")).unwrap();
    assert_eq!(rows.rows()[0].fact, Fact::Exits);
    assert!(error(&sink("'*'", "exits = true\nkind = 'config'")).contains("no `kind`"));
    assert!(error(&sink("'*'", "exits = true\nmount = true")).contains("exactly one of"));
    let builtin = Catalogue::builtin().unwrap();
    let exit = |n: &str| builtin.function(&name("wasi:cli/exit@0.2.6"), n).count();
    assert_eq!((exit("exit"), exit("exit-with-code")), (1, 1));
    let rows: Vec<_> = builtin
        .core("wasi_snapshot_preview1", "proc_exit")
        .collect();
    assert_eq!(rows[0].fact, CoreFact::Exits);
}
