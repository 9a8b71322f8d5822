//! `[virt.NAME]`: what a component is given by adapters instead of the host. The keys are the
//! options of `gusset virt`.

use super::InterfacePattern;
use super::error::Problem;
use super::read::{Problems, Table, Value};
use crate::base::{ByteRange, Glob, Peer, Spanned, time};

/// Names and values, or names and other names.
pub type Pairs = Vec<(Spanned<String>, Spanned<String>)>;

/// The virtualization of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Virt {
    /// The component.
    pub component: Spanned<String>,
    /// The header of the table.
    pub span: ByteRange,
    /// Environment variables.
    pub env: VirtNames,
    /// Arguments, the program's name included.
    pub args: Option<Vec<Spanned<String>>>,
    /// The initial directory.
    pub cwd: Option<Spanned<String>>,
    /// Configuration.
    pub config: VirtNames,
    /// Secrets.
    pub secrets: VirtNames,
    /// Secrets that become imports of their own.
    pub declare: Option<Vec<Spanned<String>>>,
    /// Buckets.
    pub buckets: VirtNames,
    /// Hosts that requests may be sent to.
    pub hosts: Option<Vec<Spanned<Glob>>>,
    /// Names of hosts that may be looked up.
    pub lookups: Option<Vec<Spanned<Glob>>>,
    /// Addresses that may be connected to.
    pub peers: Option<Vec<Spanned<Peer>>>,
    /// Whether what is logged is forgotten.
    pub ignore_log: bool,
    /// Time and chance.
    pub time: VirtTime,
    /// Files and standard streams.
    pub io: VirtIo,
    /// Whether stores are in memory.
    pub memory_keyvalue: bool,
    /// Interfaces that are refused, those that the short keys name included.
    pub deny: Vec<InterfacePattern>,
    /// Whether it is given what the analysis proved that it needs, and nothing else.
    pub least_privilege: bool,
    /// What becomes of names that are not all proven.
    pub if_open: Option<Spanned<VirtIfOpen>>,
}

/// The names of one kind that a component sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtNames {
    /// Fixed values.
    pub set: Pairs,
    /// Names of the host that pass.
    pub allow: Option<Vec<Spanned<Glob>>>,
    /// Names that do not.
    pub deny: Vec<Spanned<Glob>>,
    /// What the host's names begin with.
    pub prefix: Option<Spanned<String>>,
    /// The component's names, and the host's.
    pub rename: Pairs,
}

/// Clocks and random numbers; times in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtTime {
    /// The seed of random numbers.
    pub seed: Option<Spanned<u64>>,
    /// The date at which the clock of dates stands still.
    pub freeze_date: Option<Spanned<i128>>,
    /// How far it is ahead.
    pub shift_date: Option<Spanned<i128>>,
    /// Whether the clock of durations stands still.
    pub freeze_timer: bool,
    /// How far it is ahead.
    pub shift_timer: Option<Spanned<i128>>,
}

/// Files and standard streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtIo {
    /// Paths of the component and the files they show, relative to this file.
    pub mount: Pairs,
    /// Folders that are empty at the start and can be written.
    pub memory_fs: Vec<Spanned<String>>,
    /// The text of standard input.
    pub stdin: Option<Spanned<String>>,
    /// The file that standard input is, relative to this one.
    pub stdin_file: Option<Spanned<String>>,
    /// Whether standard input, output and error are empty or forgotten.
    pub ignore: [bool; 3],
    /// Whether using them is an error.
    pub deny: [bool; 3],
    /// Folders of the component and those of the host that they are.
    pub folder: Pairs,
    /// Whether files of the host can only be read.
    pub read_only: bool,
}

/// What becomes of names that are not all proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VirtIfOpen {
    /// It is an error.
    Refuse,
    /// They stay as they are.
    Leave,
    /// Those that are proven pass.
    Restrict,
}

/// Short keys and the interfaces that they refuse.
const REFUSED: [(&str, &[&str]); 3] = [
    ("deny-sockets", &["wasi:sockets/*"]),
    (
        "deny-http",
        &["wasi:http/outgoing-handler", "wasi:http/client"],
    ),
    ("deny-files", &["wasi:filesystem/*"]),
];

struct Reader<'r, 'd> {
    table: Table<'d>,
    problems: &'r mut Problems,
}

impl Reader<'_, '_> {
    fn pairs(&mut self, key: &'static str) -> Pairs {
        let entries = self.table.get(key);
        let entries = entries.and_then(|map| map.table(self.problems));
        let entries = entries.map(|map| map.entries()).unwrap_or_default();
        let entries = entries.into_iter().filter_map(|entry| {
            let text = entry.string(self.problems)?;
            Some((entry.key().clone(), text))
        });
        entries.collect()
    }

    fn globs(&mut self, key: &'static str) -> Option<Vec<Spanned<Glob>>> {
        let list = self.table.get(key)?;
        let texts = list.strings(self.problems).into_iter();
        Some(
            texts
                .map(|text| text.map(|text| Glob::new(&text)))
                .collect(),
        )
    }

    fn peers(&mut self, key: &'static str) -> Option<Vec<Spanned<Peer>>> {
        let list = self.table.get(key)?;
        let mut peers = Vec::new();
        for text in list.strings(self.problems) {
            match text.value.parse::<Peer>() {
                Ok(peer) => peers.push(Spanned::new(peer, text.span)),
                Err(error) => self
                    .problems
                    .push(Problem::new(text.span, error.to_string())),
            }
        }
        Some(peers)
    }

    fn texts(&mut self, key: &'static str) -> Option<Vec<Spanned<String>>> {
        let list = self.table.get(key)?;
        let elements = list.array("an array of strings", self.problems)?;
        let elements = elements.iter().map(|element| element.string(self.problems));
        Some(elements.collect::<Vec<_>>().into_iter().flatten().collect())
    }

    fn string(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let value = self.table.get(key)?;
        value.string(self.problems)
    }

    fn flag(&mut self, key: &'static str) -> bool {
        let value = self.table.get(key);
        let value = value.and_then(|value| value.bool(self.problems));
        value.is_some_and(|value| value.value)
    }

    fn time(
        &mut self,
        key: &'static str,
        parse: fn(&str) -> Result<i128, String>,
    ) -> Option<Spanned<i128>> {
        let value = self.table.get(key)?;
        value.parse(self.problems, parse)
    }

    /// The keys of one kind of names: fixed values, allowed, denied, prefix, renamed.
    fn names(&mut self, [set, allow, deny, prefix, rename]: [&'static str; 5]) -> VirtNames {
        let set = match set {
            "" => Pairs::new(),
            key => self.pairs(key),
        };
        VirtNames {
            set,
            allow: self.globs(allow),
            deny: self.globs(deny).unwrap_or_default(),
            prefix: self.string(prefix),
            rename: self.pairs(rename),
        }
    }

    fn deny(&mut self) -> Vec<InterfacePattern> {
        let mut patterns = Vec::new();
        let mut add =
            |text: &str, span: ByteRange, problems: &mut Problems| match InterfacePattern::parse(
                text,
            ) {
                Ok(pattern) => patterns.push(pattern),
                Err(message) => problems.push(Problem::new(span, message)),
            };
        let list = self.table.get("deny");
        let texts = list.map(|list| list.strings(self.problems));
        for text in texts.unwrap_or_default() {
            add(&text.value, text.span, self.problems);
        }
        let span = self.table.span();
        for (key, interfaces) in REFUSED {
            let value = self.table.get(key);
            let value = value.and_then(|value| value.bool(self.problems));
            if value.is_some_and(|value| value.value) {
                for interface in interfaces {
                    add(interface, span, self.problems);
                }
            }
        }
        patterns
    }

    fn io(&mut self) -> VirtIo {
        VirtIo {
            mount: self.pairs("mount"),
            memory_fs: self.texts("memory-fs").unwrap_or_default(),
            stdin: self.string("stdin"),
            stdin_file: self.string("stdin-file"),
            ignore: ["ignore-stdin", "ignore-stdout", "ignore-stderr"].map(|key| self.flag(key)),
            deny: ["deny-stdin", "deny-stdout", "deny-stderr"].map(|key| self.flag(key)),
            folder: self.pairs("folder"),
            read_only: self.flag("read-only"),
        }
    }

    fn clocks(&mut self) -> VirtTime {
        let seed = self.table.get("seed");
        VirtTime {
            seed: seed.and_then(|seed| seed.number(self.problems)),
            freeze_date: self.time("freeze-date", time::seconds),
            shift_date: self.time("shift-date", time::duration),
            freeze_timer: self.flag("freeze-timer"),
            shift_timer: self.time("shift-timer", time::duration),
        }
    }

    /// Keys of which at most one may be given.
    fn exclusive(&mut self, groups: &[&[&'static str]]) {
        for group in groups {
            let given = group.iter().filter_map(|key| self.table.get(key));
            let given = given.filter(|value| !value.is_false());
            if let [first, second, ..] = given.collect::<Vec<_>>().as_slice() {
                let (first, second) = (first.key(), second.key());
                let message = format!("`{}` and `{}` contradict", first.value, second.value);
                self.problems.push(Problem::new(second.span, message));
            }
        }
    }
}

impl Virt {
    pub(super) fn read(value: &Value<'_>, problems: &mut Problems) -> Option<Virt> {
        let component = value.key().clone();
        let table = value.table(problems)?;
        let span = table.span();
        let mut reader = Reader { table, problems };
        reader.exclusive(&[
            &["stdin", "stdin-file", "ignore-stdin", "deny-stdin"],
            &["ignore-stdout", "deny-stdout"],
            &["ignore-stderr", "deny-stderr"],
            &["freeze-date", "shift-date"],
            &["freeze-timer", "shift-timer"],
            &["allow-host", "deny-http"],
        ]);
        let words = [
            ("refuse", VirtIfOpen::Refuse),
            ("leave", VirtIfOpen::Leave),
            ("restrict", VirtIfOpen::Restrict),
        ];
        let if_open = reader.table.get("if-open");
        let virt = Virt {
            component,
            span,
            env: reader.names(["env", "allow-env", "deny-env", "env-prefix", "rename-env"]),
            args: reader.texts("args"),
            cwd: reader.string("cwd"),
            config: reader.names([
                "config",
                "allow-config",
                "deny-config",
                "config-prefix",
                "rename-config",
            ]),
            secrets: reader.names([
                "",
                "allow-secret",
                "deny-secret",
                "secret-prefix",
                "rename-secret",
            ]),
            declare: reader.texts("declare-secret"),
            buckets: reader.names([
                "",
                "allow-bucket",
                "deny-bucket",
                "bucket-prefix",
                "rename-bucket",
            ]),
            hosts: reader.globs("allow-host"),
            lookups: reader.globs("allow-lookup"),
            peers: reader.peers("allow-address"),
            ignore_log: reader.flag("ignore-log"),
            time: reader.clocks(),
            io: reader.io(),
            memory_keyvalue: reader.flag("memory-keyvalue"),
            deny: reader.deny(),
            least_privilege: reader.flag("least-privilege"),
            if_open: if_open.and_then(|word| word.word(&words, reader.problems)),
        };
        reader.table.finish(problems);
        for (name, _) in &virt.env.set {
            if name.value.is_empty() || name.value.contains(['=', '\0']) {
                let message = format!(
                    "`{}` is no name for an environment variable",
                    name.value.escape_debug()
                );
                problems.push(Problem::new(name.span, message));
            }
        }
        Some(virt)
    }
}
