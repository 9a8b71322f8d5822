//! `gusset virt`

use super::compose::Named;
use super::exit::Exit;
use super::input::{self, Source, show_path};
use super::output::{Target, say};
use super::virt_io::IoArgs;
use super::{complain, names, warn, written};
use crate::base::{Glob, SourceFile};
use crate::report::virt::VirtView;
use crate::virt::{Applied, Clock, Config, Env, Scope, Spec, VirtError, apply};
use crate::workload::{InterfacePattern, Virt as Table};
use std::path::PathBuf;

/// Virtualize a component: small adapters give it what it imports, instead of its host.
#[derive(Debug, clap::Args)]
pub(super) struct Virt {
    /// A component; `-` is standard input.
    file: PathBuf,

    #[command(flatten)]
    environment: EnvironmentArgs,

    #[command(flatten)]
    config: ConfigArgs,

    #[command(flatten)]
    allow: AllowArgs,

    #[command(flatten)]
    time: TimeArgs,

    #[command(flatten)]
    io: IoArgs,

    #[command(flatten)]
    deny: DenyArgs,

    /// Write the result here instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print what each adapter does, and write no component.
    #[arg(long)]
    dry_run: bool,

    /// Write the adapters into this folder, each as `NAME.wasm`, instead of the result.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["output", "dry_run"])]
    emit_adapter: Option<PathBuf>,

    /// Refuse larger inputs without reading them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = input::parse_size)]
    max_size: u64,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Environment")]
struct EnvironmentArgs {
    /// A fixed variable. The host's variables do not pass unless `--allow-env` says so.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,

    /// Variables of the host that pass; `*` stands for any characters.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    allow_env: Vec<String>,

    /// Variables of the host that do not pass; all others do, unless `--allow-env` is given.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    deny_env: Vec<String>,

    /// Only variables of the host that begin so pass, without the beginning.
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    env_prefix: String,

    /// A variable that the host has under another name.
    #[arg(long, value_name = "NAME=HOST", value_parser = pair)]
    rename_env: Vec<(String, String)>,

    /// No variables at all.
    #[arg(long, conflicts_with_all = ["env", "allow_env", "deny_env", "env_prefix", "rename_env"])]
    no_env: bool,

    /// An argument; the first is the name of the program.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    arg: Vec<String>,

    /// No arguments at all, the name of the program included.
    #[arg(long, conflicts_with = "arg")]
    no_args: bool,

    /// The initial directory.
    #[arg(long, value_name = "PATH")]
    cwd: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Configuration (wasi:config)")]
struct ConfigArgs {
    /// A fixed value. The host is asked for nothing else unless `--allow-config` says so.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    config: Vec<(String, String)>,

    /// Keys that the host is asked for; `*` stands for any characters.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    allow_config: Vec<String>,

    /// Keys that the host is not asked for; it is for all others, unless `--allow-config` is
    /// given.
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    deny_config: Vec<String>,

    /// What the host's keys begin with, and the component's do not.
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    config_prefix: String,

    /// A key that the host has under another name.
    #[arg(long, value_name = "KEY=HOST", value_parser = pair)]
    rename_config: Vec<(String, String)>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Only some")]
struct AllowArgs {
    /// Secrets that the host is asked for (`wasmcloud:secrets/store`); others are not found.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    allow_secret: Vec<String>,

    /// Buckets that may be opened (`wasi:keyvalue/store`).
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    allow_bucket: Vec<String>,

    /// Hosts that requests may be sent to, with or without a port (`wasi:http`).
    #[arg(
        long,
        value_name = "HOST,…",
        value_delimiter = ',',
        conflicts_with = "deny_http"
    )]
    allow_host: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Time and chance")]
struct TimeArgs {
    /// Random numbers follow from this number: the same in every run, and no secret.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// The date stands still: seconds since 1970, with a fraction if wanted.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    freeze_date: Option<i128>,

    /// The date is ahead of the host's: `90s`, `-2h`, `1d`.
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = duration,
        allow_hyphen_values = true,
        conflicts_with = "freeze_date"
    )]
    shift_date: Option<i128>,

    /// The clock of durations stands still; nothing that waits for it waits.
    #[arg(long)]
    freeze_timer: bool,

    /// The clock of durations is ahead of the host's.
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = duration,
        allow_hyphen_values = true,
        conflicts_with = "freeze_timer"
    )]
    shift_timer: Option<i128>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Refusing")]
struct DenyArgs {
    /// An interface that is refused, function by function: `wasi:keyvalue/*`,
    /// `acme:shop/orders@0.1`.
    #[arg(long, value_name = "INTERFACE", value_parser = InterfacePattern::parse)]
    deny: Vec<InterfacePattern>,

    /// `wasi:sockets/*`
    #[arg(long)]
    deny_sockets: bool,

    /// Requests to the outside: `wasi:http/outgoing-handler`, `wasi:http/client`.
    #[arg(long)]
    deny_http: bool,

    /// `wasi:filesystem/*`
    #[arg(long)]
    deny_files: bool,
}

/// Units of durations, in nanoseconds.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

fn duration(text: &str) -> Result<i128, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '+');
    let number = text
        .strip_suffix(unit)
        .and_then(|number| number.parse::<i64>().ok());
    let factor = UNITS.iter().find(|(name, _)| *name == unit);
    match (number, factor) {
        (Some(number), Some((_, factor))) => Ok(i128::from(number) * factor),
        _ => Err("expected a whole number and one of ns, us, ms, s, min, h, d".to_string()),
    }
}

/// Seconds with up to nine digits behind the point, in nanoseconds.
fn seconds(text: &str) -> Result<i128, String> {
    let wrong = || "expected seconds, with up to nine digits behind the point".to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let nanoseconds: i128 = format!("{fraction:0<9}").parse().map_err(|_| wrong())?;
    let seconds: i64 = whole.parse().map_err(|_| wrong())?;
    let before = if whole.starts_with('-') { -1 } else { 1 };
    Ok(i128::from(seconds) * 1_000_000_000 + before * nanoseconds)
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("expected a name, `=` and a value".to_string()),
    }
}

fn globs(texts: &[String]) -> Vec<Glob> {
    texts.iter().map(|text| Glob::new(text)).collect()
}

/// What passes: what is allowed, and everything when only exceptions are named.
fn allowed(allow: &[String], others: bool) -> Vec<Glob> {
    match allow {
        [] if others => vec![Glob::new("*")],
        _ => globs(allow),
    }
}

impl EnvironmentArgs {
    fn spec(&self) -> Option<Env> {
        let open = !self.deny_env.is_empty() || !self.env_prefix.is_empty();
        let asked = open
            || self.no_env
            || !self.env.is_empty()
            || !self.allow_env.is_empty()
            || !self.rename_env.is_empty();
        asked.then(|| Env {
            set: self.env.clone(),
            allow: allowed(&self.allow_env, open),
            deny: globs(&self.deny_env),
            prefix: self.env_prefix.clone(),
            rename: self.rename_env.clone(),
        })
    }
}

impl ConfigArgs {
    fn spec(&self) -> Option<Config> {
        let open = !self.deny_config.is_empty() || !self.config_prefix.is_empty();
        let asked = open
            || !self.config.is_empty()
            || !self.allow_config.is_empty()
            || !self.rename_config.is_empty();
        asked.then(|| Config {
            set: self.config.clone(),
            allow: allowed(&self.allow_config, open),
            deny: globs(&self.deny_config),
            prefix: self.config_prefix.clone(),
            rename: self.rename_config.clone(),
        })
    }
}

fn some(texts: &[String]) -> Option<&[String]> {
    (!texts.is_empty()).then_some(texts)
}

fn scope(allow: &[String]) -> Option<Scope> {
    let scope = |allow: &[String]| Scope {
        allow: globs(allow),
        ..Scope::default()
    };
    some(allow).map(scope)
}

fn clock(frozen: Option<i128>, offset: Option<i128>) -> Option<Clock> {
    frozen.map(Clock::Frozen).or(offset.map(Clock::Offset))
}

impl DenyArgs {
    fn patterns(&self) -> Result<Vec<InterfacePattern>, String> {
        let mut patterns = self.deny.clone();
        let short = [
            (self.deny_sockets, "wasi:sockets/*"),
            (self.deny_http, "wasi:http/outgoing-handler"),
            (self.deny_http, "wasi:http/client"),
            (self.deny_files, "wasi:filesystem/*"),
        ];
        for (_, pattern) in short.iter().filter(|(asked, _)| *asked) {
            patterns.push(InterfacePattern::parse(pattern)?);
        }
        Ok(patterns)
    }
}

impl Virt {
    pub(super) fn run(&self) -> Exit {
        self.virtualize().unwrap_or_else(|exit| exit)
    }

    fn spec(&self) -> Result<Spec, Exit> {
        let environment = &self.environment;
        let deny = self.deny.patterns().map_err(|message| {
            complain(None, &message, None);
            Exit::Failed
        })?;
        let args =
            (environment.no_args || !environment.arg.is_empty()).then(|| environment.arg.clone());
        Ok(Spec {
            env: environment.spec(),
            args,
            cwd: environment.cwd.clone().map(Some),
            config: self.config.spec(),
            secrets: scope(&self.allow.allow_secret),
            buckets: scope(&self.allow.allow_bucket),
            http_hosts: some(&self.allow.allow_host).map(globs),
            random: self.time.seed,
            wall_clock: clock(self.time.freeze_date, self.time.shift_date),
            monotonic_clock: clock(self.time.freeze_timer.then_some(0), self.time.shift_timer),
            io: self.io.spec()?,
            keyvalue: self.io.keyvalue(),
            deny,
        })
    }

    fn virtualize(&self) -> Result<Exit, Exit> {
        let spec = self.spec()?;
        if spec == Spec::default() {
            let help = "`gusset virt --help` lists what can be virtualized";
            complain(None, "nothing is to be virtualized", Some(help));
            return Err(Exit::Failed);
        }
        let source = Source::named(&self.file);
        let loaded = source.read(self.max_size).map_err(|error| {
            complain(Some(error.path()), &error.to_string(), error.help());
            Exit::Failed
        })?;
        let name = names::of([source.shown()]).into_iter().next();
        let name = name.unwrap_or_else(|| "component".to_string());
        let applied = apply(&name, &loaded.bytes, &spec);
        let applied = applied.map_err(|error| refuse(source.shown(), &error))?;
        if self.dry_run {
            let text = VirtView::of(&applied).to_text();
            return Ok(written(
                Target::from_option(self.output.as_deref()).write_text(&text),
            ));
        }
        for note in &applied.notes {
            warn(note);
        }
        match &self.emit_adapter {
            Some(folder) => Ok(emit(folder, &applied)),
            None => Ok(self.write(&applied, loaded.bytes.len())),
        }
    }

    fn write(&self, applied: &Applied, before: usize) -> Exit {
        let target = Target::from_option(self.output.as_deref());
        let exit = written(target.write_binary(&applied.bytes));
        if let (Exit::Clean, Some(path)) = (exit, &self.output) {
            let count = applied.adapters.len();
            let s = if count == 1 { "" } else { "s" };
            let size = applied.bytes.len();
            let more = size.saturating_sub(before);
            let path = show_path(path);
            say(&format!(
                "{path}: {count} adapter{s}, {size} bytes (+{more})\n"
            ));
        }
        exit
    }
}

/// Virtualizes a component of a workload as its table `[virt.NAME]` says.
pub(super) fn of_table(table: &Table, named: &mut Named, file: &SourceFile) -> Result<(), Exit> {
    let place = file.place(table.span);
    let spec = Spec::of(table).map_err(|key| {
        let message = format!("`{key}` of `[virt]` has no adapter yet");
        complain(Some(&place), &message, Some("leave it out"));
        Exit::Failed
    })?;
    let applied = apply(&named.name, &named.bytes, &spec);
    let applied = applied.map_err(|error| refuse(&place, &error))?;
    for note in &applied.notes {
        warn(&format!("{place}: {note}"));
    }
    named.bytes = applied.bytes;
    Ok(())
}

fn emit(folder: &std::path::Path, applied: &Applied) -> Exit {
    for adapter in &applied.adapters {
        let path = folder.join(format!("{}.wasm", adapter.name));
        let exit = written(Target::File(path).write_binary(&adapter.bytes));
        if exit != Exit::Clean {
            return exit;
        }
    }
    Exit::Clean
}

fn refuse(path: &str, error: &VirtError) -> Exit {
    complain(Some(path), &error.to_string(), error.help());
    Exit::Failed
}
