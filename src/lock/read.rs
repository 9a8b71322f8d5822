//! Text → lock, with the place of everything that a message can be about.

use super::entry::{Entry, Held, Lock, Named, Need, Proven};
use super::words::{GRADES, VERDICTS};
use super::write::VERSION;
use crate::base::{ByteRange, SourceFile, Spanned};
use crate::needs::{Grade, Verdict};
use crate::workload::read::{self, Problems, Table, Value};
use crate::workload::{Problem, TomlErrors};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A `gusset.lock` that was read.
#[derive(Clone, Debug)]
pub struct LockFile {
    /// The file.
    pub source: Arc<SourceFile>,
    /// What it says.
    pub lock: Lock,
    /// Where it says so: components, and kinds and keys below them.
    places: BTreeMap<(String, Option<String>, Option<String>), ByteRange>,
}

impl LockFile {
    /// Reads a `gusset.lock`.
    pub fn parse(source: &Arc<SourceFile>) -> Result<LockFile, TomlErrors> {
        read::document(source, |table, problems| {
            let mut file = LockFile {
                source: Arc::clone(source),
                lock: Lock::default(),
                places: BTreeMap::new(),
            };
            let version = table.require("version", problems)?.number(problems)?;
            if version.value != VERSION {
                // A file of another version may mean something else by every key.
                let message = format!("this lock has version {}, not {VERSION}", version.value);
                let help = "`gusset lock` writes it again";
                problems.push(Problem::new(version.span, message).help(help));
                return None;
            }
            let components = table.get("component");
            if let Some(components) = components.and_then(|c| c.table(problems)) {
                for component in components.entries() {
                    file.component(&component, problems);
                }
            }
            Some(file)
        })
    }

    /// Where a component stands: its header.
    pub fn component_place(&self, component: &str) -> Option<ByteRange> {
        self.place(component, None, None)
    }

    /// Where a kind of a component stands: its header.
    pub fn need_place(&self, component: &str, kind: &str) -> Option<ByteRange> {
        self.place(component, Some(kind), None)
    }

    /// Where a key of a component stands.
    pub fn key_place(&self, component: &str, kind: &str, key: &str) -> Option<ByteRange> {
        self.place(component, Some(kind), Some(key))
    }

    fn place(&self, component: &str, kind: Option<&str>, key: Option<&str>) -> Option<ByteRange> {
        let kind = kind.map(str::to_string);
        let key = key.map(str::to_string);
        self.places
            .get(&(component.to_string(), kind, key))
            .copied()
    }

    fn component(&mut self, value: &Value<'_>, problems: &mut Problems) -> Option<()> {
        let name = value.key().value.clone();
        let mut table = value.table(problems)?;
        let place = (name.clone(), None, None);
        self.places.insert(place, table.span());
        let mut text = |key| table.require(key, problems)?.text(problems);
        let (path, digest) = (text("path"), text("digest"));
        let mut names = |key| {
            let names = table.get(key);
            names
                .map(|names| named(&names, problems))
                .unwrap_or_default()
        };
        let (imports, exports) = (names("imports"), names("exports"));
        let mut needs = BTreeMap::new();
        let kinds = table.get("needs");
        if let Some(kinds) = kinds.and_then(|kinds| kinds.table(problems)) {
            for kind in kinds.entries() {
                let need = self.need(&name, &kind, problems);
                needs.extend(need.map(|need| (kind.key().value.clone(), need)));
            }
        }
        table.finish(problems);
        let entry = Entry {
            path: path?.value,
            digest: digest?.value,
            imports,
            exports,
            needs,
        };
        self.lock.components.insert(name, entry);
        Some(())
    }

    fn need(
        &mut self,
        component: &str,
        value: &Value<'_>,
        problems: &mut Problems,
    ) -> Option<Need> {
        let kind = &value.key().value;
        let place = |key: Option<&str>| {
            let key = key.map(str::to_string);
            (component.to_string(), Some(kind.clone()), key)
        };
        let mut table = value.table(problems)?;
        self.places.insert(place(None), table.span());
        let mut need = Need::none();
        let stated = verdict(&mut table, problems);
        need.verdict = stated.as_ref().map_or(Verdict::None, |v| v.value);
        need.enumerates = flag(&mut table, problems);
        each(&mut table, "instances", problems, |table, problems| {
            let id = text(table, "id", problems);
            let verdict = verdict(table, problems);
            let enumerates = flag(table, problems);
            let proven = Proven {
                verdict: verdict?.value,
                enumerates,
            };
            once(need.instances.insert(id?.value, proven), table, problems);
            Some(())
        });
        each(&mut table, "keys", problems, |table, problems| {
            let name = key_text(table, "name", problems);
            let grade = table.require("grade", problems);
            let words = GRADES.map(|grade| (grade.as_str(), grade));
            let grade: Option<Spanned<Grade>> = grade.and_then(|g| g.word(&words, problems));
            let origin = table.get("origin");
            let origin = origin.and_then(|o| o.word(&[("runtime", ())], problems));
            let instances = instances(table, problems);
            let name = name?;
            self.places.insert(place(Some(&name.value)), table.span());
            let held = Held {
                grade: grade?.value,
                runtime: origin.is_some(),
                instances,
            };
            once(need.keys.insert(name.value, held), table, problems);
            Some(())
        });
        each(&mut table, "patterns", problems, |table, problems| {
            let pattern = key_text(table, "pattern", problems);
            let instances = instances(table, problems);
            let pattern = pattern?;
            self.places
                .insert(place(Some(&pattern.value)), table.span());
            once(
                need.patterns.insert(pattern.value, instances),
                table,
                problems,
            );
            Some(())
        });
        each(&mut table, "open", problems, |table, problems| {
            let reason = text(table, "reason", problems);
            let instances = instances(table, problems);
            once(need.open.insert(reason?.value, instances), table, problems);
            Some(())
        });
        table.finish(problems);
        stated.map(|_| need)
    }
}

/// What stands in a set stands there once.
fn once<T>(before: Option<T>, table: &Table<'_>, problems: &mut Problems) {
    if before.is_some() {
        let message = format!("`{}` says the same thing twice", table.name());
        problems.push(Problem::new(table.span(), message));
    }
}

/// Reads every table of an array.
fn each(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
    mut read: impl FnMut(&mut Table<'_>, &mut Problems) -> Option<()>,
) {
    let tables = table.get(key).map(|value| value.tables(problems));
    for mut table in tables.unwrap_or_default() {
        read(&mut table, problems);
        table.finish(problems);
    }
}

fn text(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Spanned<String>> {
    table.require(key, problems)?.text(problems)
}

/// The name of a key may be empty: programs ask for such things.
fn key_text(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
) -> Option<Spanned<String>> {
    table.require(key, problems)?.string(problems)
}

fn verdict(table: &mut Table<'_>, problems: &mut Problems) -> Option<Spanned<Verdict>> {
    let words = VERDICTS.map(|verdict| (verdict.as_str(), verdict));
    table.require("verdict", problems)?.word(&words, problems)
}

fn flag(table: &mut Table<'_>, problems: &mut Problems) -> bool {
    let value = table.get("enumerates").and_then(|v| v.bool(problems));
    value.is_some_and(|value| value.value)
}

fn instances(table: &mut Table<'_>, problems: &mut Problems) -> BTreeSet<String> {
    let list = table.require("instances", problems);
    let list = list.map(|list| list.strings(problems)).unwrap_or_default();
    list.into_iter().map(|id| id.value).collect()
}

/// Imports or exports: names, or tables for labels.
fn named(value: &Value<'_>, problems: &mut Problems) -> BTreeSet<Named> {
    let elements = value.array("an array", problems).unwrap_or_default();
    let mut found = BTreeSet::new();
    for element in elements {
        let named = match element.as_table() {
            Some(mut table) => {
                let name = text(&mut table, "name", problems);
                let implements = text(&mut table, "implements", problems);
                table.finish(problems);
                let pair = name.zip(implements);
                pair.map(|(name, of)| Named::new(&name.value, Some(&of.value)))
            }
            None => element.text(problems).map(|t| Named::new(&t.value, None)),
        };
        found.extend(named);
    }
    found
}
