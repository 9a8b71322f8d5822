//! TOML → profile.

use super::super::compose::required;
use super::super::error::{Problem, TomlErrors};
use super::super::interface::InterfacePattern;
use super::super::read::{self, Problems, Table, did_you_mean};
use super::*;
use crate::base::InterfaceName;

const MATCHING: &[(&str, Matching)] = &[("exact", Matching::Exact), ("track", Matching::Track)];

pub(super) fn profile(source: &Arc<SourceFile>) -> Result<Profile, TomlErrors> {
    read::document(source, |table, problems| read(source, table, problems))
}

fn read(
    source: &Arc<SourceFile>,
    table: &mut Table<'_>,
    problems: &mut Problems,
) -> Option<Profile> {
    let head = table.require("profile", problems);
    let mut head = head.and_then(|head| head.table(problems))?;
    let name = required(&mut head, "name", problems);
    let summary = required(&mut head, "summary", problems);
    let base = head.get("extends").and_then(|base| base.text(problems));
    let base = base.and_then(|base| builtin(&base, problems));
    let without = head.get("without").map(|list| list.strings(problems));
    let without = without.unwrap_or_default().into_iter();
    let without = without.filter_map(|text| super::super::component::pattern(&text, problems));
    let without: Vec<Spanned<InterfacePattern>> = without.collect();
    let declares = head.get("declarations").and_then(|value| {
        let words = [("required", true), ("none", false)];
        value.word(&words, problems)
    });
    let copies = head.get("copies-env-to");
    let copies = copies.map(|list| strings(list.strings(problems)));
    let words = [
        ("none", Routing::None),
        ("host", Routing::Host),
        ("path", Routing::Path),
    ];
    let routing = head.get("routing");
    let routing = routing.and_then(|value| value.word(&words, problems));
    let matching = head.get("matching");
    let matching = matching.and_then(|value| value.word(MATCHING, problems));
    let matching = matching.map_or_else(Matching::default, |matching| matching.value);
    head.finish(problems);

    let mut profile = Profile {
        source: Arc::clone(source),
        name: name?,
        summary: summary?.value,
        extends: Vec::new(),
        declares: declares.as_ref().is_some_and(|declares| declares.value),
        copies_env_to: copies.clone().unwrap_or_default(),
        routing: routing.as_ref().map(|r| r.value).unwrap_or_default(),
        interfaces: rows(table, "interface", problems, |row, problems| {
            served(row, matching, problems)
        }),
        exports: rows(table, "export", problems, |row, problems| {
            called(row, matching, problems)
        }),
        links: rows(table, "link", problems, mechanism),
        quirks: rows(table, "quirk", problems, quirk),
    };
    if let Some(base) = base {
        if declares.is_none() {
            profile.declares = base.declares;
        }
        if copies.is_none() {
            profile.copies_env_to = base.copies_env_to.clone();
        }
        if routing.is_none() {
            profile.routing = base.routing;
        }
        inherit(&mut profile, base, &without, problems);
    } else if let Some(first) = without.first() {
        let message = "`without` takes rows out of the profile that `extends` names";
        problems.push(Problem::new(first.span, message));
    }
    Some(profile)
}

fn builtin(name: &Spanned<String>, problems: &mut Problems) -> Option<Profile> {
    match Profile::builtin(&name.value) {
        Some(Ok(base)) => Some(base),
        Some(Err(errors)) => {
            problems.push(Problem::new(name.span, errors.to_string()));
            None
        }
        None => {
            let message = format!("no built-in profile is called `{}`", name.escape_debug());
            let known = BUILTIN_PROFILES.iter().map(|(name, _)| *name);
            let help = match did_you_mean(&name.value, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`gusset profile list` lists them".to_string(),
            };
            problems.push(Problem::new(name.span, message).help(help));
            None
        }
    }
}

/// Rows of the base stand behind own ones; links and quirks of one name are replaced.
fn inherit(
    profile: &mut Profile,
    base: Profile,
    without: &[Spanned<InterfacePattern>],
    problems: &mut Problems,
) {
    let mut used = vec![false; without.len()];
    let mut kept = |names: &mut Vec<String>| {
        names.retain(|name| {
            let mut keep = true;
            for (used, pattern) in used.iter_mut().zip(without) {
                if pattern.value.matches(name) {
                    *used = true;
                    keep = false;
                }
            }
            keep
        });
        !names.is_empty()
    };
    let interfaces = base.interfaces.into_iter();
    let interfaces = interfaces.filter_map(|mut row| kept(&mut row.interfaces).then_some(row));
    profile.interfaces.extend(interfaces);
    let exports = base.exports.into_iter();
    let exports = exports.filter_map(|mut row| kept(&mut row.interfaces).then_some(row));
    profile.exports.extend(exports);
    for (pattern, _) in without.iter().zip(used).filter(|(_, used)| !used) {
        let message = format!("`{}` is in no row of the base", pattern.value);
        problems.push(Problem::new(pattern.span, message));
    }
    for link in base.links {
        if profile.mechanism(link.kind).is_none() {
            profile.links.push(link);
        }
    }
    for quirk in base.quirks {
        if !profile.quirks.iter().any(|own| own.id == quirk.id) {
            profile.quirks.push(quirk);
        }
    }
    profile.extends.push(base.name.value);
    profile.extends.extend(base.extends);
}

fn rows<T>(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
    mut read: impl FnMut(&mut Table<'_>, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let tables = table.get(key).map(|value| value.tables(problems));
    let mut found = Vec::new();
    for mut table in tables.unwrap_or_default() {
        let row = read(&mut table, problems);
        // Without a value, nobody knows which keys there may be.
        if row.is_some() {
            table.finish(problems);
        }
        found.extend(row);
    }
    found
}

fn served(row: &mut Table<'_>, matching: Matching, problems: &mut Problems) -> Option<Served> {
    let span = row.span();
    let interfaces = names(row, problems)?;
    let (versions, matching) = versions(row, matching, problems);
    let words = [
        ("always", When::Always),
        ("declared", When::Declared),
        ("configured", When::Configured),
    ];
    let when = row.get("when").and_then(|when| when.word(&words, problems));
    let when = when.map(|when| when.value).unwrap_or_default();
    let words = [
        ("no", Labels::Refused),
        ("yes", Labels::Accepted),
        ("only", Labels::Only),
    ];
    let labels = row.get("labels");
    let labels = labels.and_then(|labels| labels.word(&words, problems));
    let option = text(row, "option", problems);
    if when == When::Configured && option.is_none() {
        let message = "`when = \"configured\"` needs `option`: what the user has to set";
        problems.push(Problem::new(span, message));
    }
    Some(Served {
        interfaces,
        versions,
        matching,
        states_version: flag(row, "states-version", true, problems),
        when,
        option,
        plugin: text(row, "plugin", problems),
        provider: text(row, "provider", problems),
        labels: labels.map(|labels| labels.value).unwrap_or_default(),
        required_config: list(row, "required-config", problems),
        config: list(row, "config", problems),
        ambient: flag(row, "ambient", false, problems),
        note: text(row, "note", problems),
    })
}

fn called(row: &mut Table<'_>, matching: Matching, problems: &mut Problems) -> Option<Called> {
    let interfaces = names(row, problems)?;
    let (versions, matching) = versions(row, matching, problems);
    let words = [
        ("each", Several::Each),
        ("first", Several::First),
        ("refused", Several::Refused),
    ];
    let several = row.get("several");
    let several = several.and_then(|several| several.word(&words, problems));
    Some(Called {
        interfaces,
        versions,
        matching,
        declared: flag(row, "declared", false, problems),
        several: several.map(|several| several.value).unwrap_or_default(),
        required_config: list(row, "required-config", problems),
        config: list(row, "config", problems),
        command: text(row, "command", problems),
        note: text(row, "note", problems),
    })
}

fn mechanism(row: &mut Table<'_>, problems: &mut Problems) -> Option<Mechanism> {
    let kinds = [MechanismKind::Workload, MechanismKind::Rpc].map(|kind| (kind.as_str(), kind));
    let kind = row.require("mechanism", problems);
    let kind = kind.and_then(|kind| kind.word(&kinds, problems))?;
    let matching = row.get("matching");
    let matching = matching.and_then(|value| value.word(MATCHING, problems));
    let limits = row.get("refuses").map(|list| list.strings(problems));
    let limits = limits.unwrap_or_default().into_iter();
    let refuses = limits.filter_map(|limit| {
        let known = Limit::ALL
            .iter()
            .find(|known| known.as_str() == limit.value);
        if known.is_none() {
            let message = format!("`{}` is nothing that can be refused", limit.escape_debug());
            let words = Limit::ALL.map(Limit::as_str);
            let help = match did_you_mean(&limit.value, words) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known: {}", words.join(", ")),
            };
            problems.push(Problem::new(limit.span, message).help(help));
        }
        known.copied()
    });
    let refuses = refuses.collect();
    let states = [
        ("kept", State::Kept),
        ("lost-when-async", State::LostWhenAsync),
    ];
    let state = row
        .get("state")
        .and_then(|state| state.word(&states, problems));
    Some(Mechanism {
        kind: kind.value,
        matching: matching.map(|matching| matching.value).unwrap_or_default(),
        refuses,
        errors: list(row, "errors", problems),
        may_fail: flag(row, "may-fail", false, problems),
        state: state.map(|state| state.value).unwrap_or_default(),
        transports: list(row, "transports", problems),
        note: text(row, "note", problems),
    })
}

fn quirk(row: &mut Table<'_>, problems: &mut Problems) -> Option<Quirk> {
    let id = required(row, "id", problems);
    let text = required(row, "text", problems);
    Some(Quirk {
        id: id?.value,
        text: text?.value,
    })
}

/// `id`: one name or several, without versions.
fn names(row: &mut Table<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    let value = row.require("id", problems)?;
    let names = value.one_or_more(problems);
    for name in &names {
        if name.value.contains('@') {
            let message = format!("`{}` has a version", name.value.escape_debug());
            let help = "name the interface here and the version in `versions`";
            problems.push(Problem::new(name.span, message).help(help));
        }
        let looks_like_one = name.value.contains([':', '/']);
        if looks_like_one && name.value.parse::<InterfaceName>().is_err() {
            let message = format!("`{}` is no name of an interface", name.value.escape_debug());
            let help = "write `namespace:package/interface`, or the plain name of an import";
            problems.push(Problem::new(name.span, message).help(help));
        }
    }
    let names = strings(names);
    (!names.is_empty()).then_some(names)
}

fn versions(
    row: &mut Table<'_>,
    matching: Matching,
    problems: &mut Problems,
) -> (Vec<ServedVersion>, Matching) {
    let own = row.get("matching");
    let own = own.and_then(|value| value.word(MATCHING, problems));
    let texts = row.get("versions").map(|list| list.one_or_more(problems));
    let mut versions = Vec::new();
    for text in texts.unwrap_or_default() {
        let partial = text.value.split('.').count() < 3;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if partial && text.value.split('.').all(digits) {
            versions.push(ServedVersion::Track(text.value));
        } else if let Ok(version) = Version::parse(&text.value) {
            versions.push(ServedVersion::Full(version));
        } else {
            let message = format!(
                "`{}` is not a version: expected `0.2.6`, `0.2.0-draft`, or a track: `0.2`, `1`",
                text.value.escape_debug()
            );
            problems.push(Problem::new(text.span, message));
        }
    }
    (versions, own.map_or(matching, |own| own.value))
}

fn strings(texts: Vec<Spanned<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}

fn text(row: &mut Table<'_>, key: &'static str, problems: &mut Problems) -> Option<String> {
    let text = row.get(key)?.text(problems)?;
    Some(text.value)
}

fn list(row: &mut Table<'_>, key: &'static str, problems: &mut Problems) -> Vec<String> {
    let list = row.get(key).map(|list| list.strings(problems));
    strings(list.unwrap_or_default())
}

fn flag(row: &mut Table<'_>, key: &'static str, default: bool, problems: &mut Problems) -> bool {
    let value = row.get(key).and_then(|value| value.bool(problems));
    value.map_or(default, |value| value.value)
}
