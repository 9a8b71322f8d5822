//! `gusset virt`

use super::analysis::{Analyser, KeptArgs};
use super::compose::Named;
use super::exit::Exit;
use super::input::{self, Source, show_path};
use super::output::{Target, say};
use super::project::Project;
use super::virt_io::{IoArgs, IoFiles};
use super::virt_names::{Buckets, Config, Env, NamesArgs, Secrets, pair};
use super::{complain, names, warn, written};
use crate::base::{Glob, Peer, time};
use crate::report::virt::VirtView;
use crate::virt::{Applied, Clock, IfOpen, Names, Spec, View, VirtError, apply, declared, narrow};
use crate::workload::{InterfacePattern, Virt as Table};
use std::path::PathBuf;

/// Virtualize a component: small adapters give it what it imports, instead of its host.
#[derive(Debug, clap::Args)]
pub(super) struct Virt {
    /// A component; `-` is standard input.
    file: PathBuf,

    #[command(flatten)]
    least: LeastArgs,

    #[command(flatten)]
    env: NamesArgs<Env>,

    #[command(flatten)]
    environment: EnvironmentArgs,

    #[command(flatten)]
    config: NamesArgs<Config>,

    #[command(flatten)]
    secrets: NamesArgs<Secrets>,

    #[command(flatten)]
    buckets: NamesArgs<Buckets>,

    #[command(flatten)]
    hosts: HostArgs,

    #[command(flatten)]
    network: NetworkArgs,

    #[command(flatten)]
    view: ViewArgs,

    #[command(flatten)]
    time: TimeArgs,

    #[command(flatten)]
    io: IoArgs,

    /// What is logged is forgotten (`wasi:logging`).
    #[arg(long, help_heading = "Files and standard streams")]
    ignore_log: bool,

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
#[command(next_help_heading = "Least privilege")]
#[group(skip)]
#[command(group = clap::ArgGroup::new("analysed").args(["least_privilege", "declare"]).multiple(true))]
struct LeastArgs {
    /// What the analysis proved that the component needs, and nothing else: of each kind the
    /// names that it asks for pass, and imports that are never called are refused. What other
    /// options say stays.
    #[arg(long)]
    least_privilege: bool,

    /// Each secret that the component asks `wasmcloud:secrets/store` for becomes an import of
    /// its own, so that the type says which they are. Only if all are proven.
    #[arg(long)]
    declare: bool,

    /// The same for secrets that are named here.
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        conflicts_with = "declare"
    )]
    declare_secret: Vec<String>,

    /// What becomes of a kind of resource of which not every name is proven.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHAT",
        requires = "analysed"
    )]
    if_open: IfOpenArg,

    #[command(flatten)]
    kept: KeptArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum IfOpenArg {
    /// Nothing is written, and the reasons are named.
    #[default]
    Refuse,
    /// It stays as it is.
    Leave,
    /// Only names that are proven pass; the component may ask for others.
    Restrict,
}

impl From<IfOpenArg> for IfOpen {
    fn from(arg: IfOpenArg) -> IfOpen {
        match arg {
            IfOpenArg::Refuse => IfOpen::Refuse,
            IfOpenArg::Leave => IfOpen::Leave,
            IfOpenArg::Restrict => IfOpen::Restrict,
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Environment")]
struct EnvironmentArgs {
    /// No variables at all.
    #[arg(long, conflicts_with_all = ["env", "allow-env", "deny-env", "env-prefix", "rename-env"])]
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
#[command(next_help_heading = "Requests (wasi:http)")]
struct HostArgs {
    /// Hosts that requests may be sent to, with or without a port.
    #[arg(
        long,
        value_name = "HOST,…",
        value_delimiter = ',',
        conflicts_with = "deny_http"
    )]
    allow_host: Vec<String>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sockets (wasi:sockets)")]
struct NetworkArgs {
    /// Names of hosts that may be looked up; `*` stands for any characters. Connections to
    /// addresses are not narrowed by it.
    #[arg(
        long,
        value_name = "NAME,…",
        value_delimiter = ',',
        conflicts_with = "deny_sockets"
    )]
    allow_lookup: Vec<String>,

    /// Addresses that may be connected to, with ports: `10.0.0.1:80`, `10.0.0.0/8:*`,
    /// `[::1]:443`. Datagrams, and sockets that listen, are refused.
    #[arg(
        long,
        value_name = "ADDRESS:PORT,…",
        value_delimiter = ',',
        conflicts_with = "deny_sockets"
    )]
    allow_address: Vec<Peer>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files of the host")]
struct ViewArgs {
    /// Files of the host can be read and not changed.
    #[arg(long, conflicts_with = "deny_files")]
    read_only: bool,

    /// A folder that the component sees, and the one of the host that it is: one that the host
    /// gives, or one inside of it. Other folders are not seen.
    #[arg(long, value_name = "GUEST=HOST", value_parser = pair, conflicts_with = "deny_files")]
    folder: Vec<(String, String)>,

    /// `--folder /=PATH`: a folder of the host that is the root for the component.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["deny_files", "folder"])]
    chroot: Option<String>,
}

impl ViewArgs {
    fn view(&self) -> View {
        let root = self.chroot.iter();
        let root = root.map(|path| ("/".to_string(), path.clone()));
        let folders: Vec<_> = root.chain(self.folder.iter().cloned()).collect();
        View {
            read_only: self.read_only,
            folders: (!folders.is_empty()).then_some(folders),
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Time and chance")]
struct TimeArgs {
    /// Random numbers follow from this number: the same in every run, and no secret.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// The date stands still: seconds since 1970, with a fraction if wanted.
    #[arg(long, value_name = "SECONDS", value_parser = time::seconds, allow_negative_numbers = true)]
    freeze_date: Option<i128>,

    /// The date is ahead of the host's: `90s`, `-2h`, `1d`.
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = time::duration,
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
        value_parser = time::duration,
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
        let none = environment.no_env.then(Names::default);
        let hosts = &self.hosts.allow_host;
        let hosts: Vec<Glob> = hosts.iter().map(|host| Glob::new(host)).collect();
        let (time, network) = (&self.time, &self.network);
        let lookups = network.allow_lookup.iter();
        let lookups: Vec<Glob> = lookups.map(|name| Glob::new(name)).collect();
        Ok(Spec {
            env: self.env.names.clone().or(none),
            args,
            cwd: environment.cwd.clone().map(Some),
            config: self.config.names.clone(),
            secrets: self.secrets.names.clone(),
            declare: self.least.declare_secret.clone(),
            buckets: self.buckets.names.clone(),
            http_hosts: (!hosts.is_empty()).then_some(hosts),
            lookups: (!lookups.is_empty()).then_some(lookups),
            peers: (!network.allow_address.is_empty()).then(|| network.allow_address.clone()),
            ignore_log: self.ignore_log,
            random: time.seed,
            wall_clock: Clock::of(time.freeze_date, time.shift_date),
            monotonic_clock: Clock::of(time.freeze_timer.then_some(0), time.shift_timer),
            io: self.io.files().read()?,
            files: self.view.view(),
            keyvalue: self.io.keyvalue(),
            deny,
        })
    }

    fn virtualize(&self) -> Result<Exit, Exit> {
        let mut spec = self.spec()?;
        let analysed = self.least.least_privilege || self.least.declare;
        if spec == Spec::default() && !analysed {
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
        let mut decided = Vec::new();
        if analysed {
            let analyser = self.least.kept.analyser(&[], self.max_size)?;
            let proven = self.proven(&name, &loaded.bytes, spec, &analyser);
            (spec, decided) = proven.map_err(|error| refuse(source.shown(), &error))?;
        }
        let applied = apply(&name, &loaded.bytes, &spec);
        let applied = applied.map_err(|error| refuse(source.shown(), &error))?;
        if self.dry_run {
            let text = VirtView::of(&applied, &decided).to_text();
            return Ok(written(
                Target::from_option(self.output.as_deref()).write_text(&text),
            ));
        }
        for note in &decided {
            say(&format!("note: {note}\n"));
        }
        for note in &applied.notes {
            warn(note);
        }
        match &self.emit_adapter {
            Some(folder) => Ok(emit(folder, &applied)),
            None => Ok(self.write(&applied, loaded.bytes.len())),
        }
    }

    /// A spec with what follows from the analysis, and what was decided.
    fn proven(
        &self,
        name: &str,
        bytes: &[u8],
        mut spec: Spec,
        analyser: &Analyser,
    ) -> Result<(Spec, Vec<String>), VirtError> {
        let if_open = self.least.if_open.into();
        let mut decided = Vec::new();
        if self.least.declare {
            let facts = analyser.facts(bytes)?;
            (spec.declare, decided) = declared(&facts, if_open)?;
            if spec.declare.is_empty() {
                return Err(VirtError::NoEffect {
                    what: "`--declare`".to_string(),
                    interface: "`wasmcloud:secrets/store`, or asks it for nothing".to_string(),
                });
            }
        }
        if self.least.least_privilege {
            let (narrowed, notes) = least(name, bytes, &spec, analyser, if_open)?;
            decided.extend(notes);
            spec = narrowed;
        }
        Ok((spec, decided))
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

/// A spec, narrowed to what the analysis proves, and what was decided.
fn least(
    name: &str,
    bytes: &[u8],
    spec: &Spec,
    analyser: &Analyser,
    if_open: IfOpen,
) -> Result<(Spec, Vec<String>), VirtError> {
    let facts = analyser.facts(bytes)?;
    let narrowed = narrow(name, bytes, spec, &facts, if_open)?;
    Ok((narrowed.spec, narrowed.notes))
}

/// Virtualizes a component of a workload as its table `[virt.NAME]` says.
pub(super) fn of_table(
    table: &Table,
    named: &mut Named,
    project: &Project,
    max_size: u64,
) -> Result<(), Exit> {
    let place = project.workload.source.place(table.span);
    let io = IoFiles::of_table(&table.io, project).read()?;
    let mut spec = Spec::of_table(table, io);
    let refuse = |error: VirtError| refuse(&place, &error);
    if table.least_privilege {
        let analyser = project.plain_analyser(max_size)?;
        let if_open = IfOpen::of_table(table);
        let least = least(&named.name, &named.bytes, &spec, &analyser, if_open);
        let (narrowed, notes) = least.map_err(refuse)?;
        for note in &notes {
            say(&format!("note: {place}: {note}\n"));
        }
        spec = narrowed;
    }
    let applied = apply(&named.name, &named.bytes, &spec).map_err(refuse)?;
    for note in &applied.notes {
        warn(&format!("{place}: {note}"));
    }
    named.bytes = applied.bytes;
    Ok(())
}

fn emit(folder: &std::path::Path, applied: &Applied) -> Exit {
    if let Err(error) = std::fs::create_dir_all(folder) {
        let help = "name a folder that can be written";
        complain(Some(&show_path(folder)), &error.to_string(), Some(help));
        return Exit::Failed;
    }
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
