//! The command line: arguments, files, terminals and exit codes. The only layer that reads
//! or writes anything.

mod analysis;
mod catalogue;
mod check;
mod compose;
mod diff;
mod exit;
mod explain;
mod files;
mod fused;
mod graph;
mod init;
mod input;
mod inspect;
mod load;
mod lock;
mod manifest;
mod names;
mod output;
mod plan;
mod profile;
mod profiles;
mod progress;
mod project;
mod routes;
mod rules;
mod splice;
mod split;
mod virt;
mod virt_io;
mod virt_names;

use crate::base::SourceFile;
use crate::workload::Problem;
use clap::{CommandFactory, Parser, Subcommand};
use exit::Exit;
use output::{ColorWhen, OutputError, Target};
use std::process::ExitCode;

/// Analyse, gate, compose, virtualize and plan WebAssembly components.
#[derive(Debug, Parser)]
#[command(
    name = "gusset",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(
    after_help = "Exit codes: 0 clean, 1 the gate says no, 2 could not do the job, \
                        3 nothing to check."
)]
struct Arguments {
    /// When to colour text.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: ColorWhen,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(inspect::Inspect),
    Explain(explain::Explain),
    Graph(graph::Graph),
    Check(check::Check),
    Init(init::InitCommand),
    Lock(lock::LockCommand),
    Diff(diff::DiffCommand),
    Rules(rules::Rules),
    ExplainRule(rules::ExplainRule),
    Compose(compose::Compose),
    Splice(splice::Splice),
    Split(split::Split),
    Manifest(manifest::ManifestCommand),
    Virt(Box<virt::Virt>),
    Plan(plan::PlanCommand),
    Profile(profile::ProfileCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    // What the parser's own assertions say of a hostile file comes out as an error with a
    // path; a second message without one helps nobody.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !crate::binary::panic_is_caught() {
            report(panic);
        }
    }));
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers; everything else is bad usage.
            let exit = match error.use_stderr() {
                true => Exit::Failed,
                false => Exit::Clean,
            };
            let _ = error.print();
            return exit.into();
        }
    };
    arguments.color.apply();
    match arguments.command {
        Command::Inspect(inspect) => inspect.run(),
        Command::Explain(explain) => explain.run(),
        Command::Graph(graph) => graph.run(),
        Command::Check(check) => check.run(),
        Command::Init(init) => init.run(),
        Command::Lock(lock) => lock.run(),
        Command::Diff(diff) => diff.run(),
        Command::Rules(rules) => rules.run(),
        Command::ExplainRule(explain) => explain.run(),
        Command::Compose(compose) => compose.run(),
        Command::Splice(splice) => splice.run(),
        Command::Split(split) => split.run(),
        Command::Manifest(manifest) => manifest.run(),
        Command::Virt(virt) => virt.run(),
        Command::Plan(plan) => plan.run(),
        Command::Profile(profile) => profile.run(),
        Command::Completions { shell } => completions(shell),
    }
    .into()
}

fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "gusset", &mut script);
    let script = String::from_utf8_lossy(&script);
    written(Target::Stdout { explicit: false }.write_text(&script))
}

/// The exit of a command whose last act was to write.
fn written(result: Result<(), OutputError>) -> Exit {
    match result {
        Ok(()) => Exit::Clean,
        Err(error) => {
            complain(None, &error.to_string(), error.help());
            Exit::Failed
        }
    }
}

/// Says on standard error what is wrong with which input, and what to do.
fn complain(path: Option<&str>, message: &str, help: Option<&str>) {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let green = anstyle::AnsiColor::Green.on_default();
    let path = path.map(|p| format!("{p}: ")).unwrap_or_default();
    let mut text = format!("{red}error:{red:#} {path}{message}\n");
    if let Some(help) = help {
        text.push_str(&format!("  {green}help:{green:#} {help}\n"));
    }
    output::say(&text);
}

/// Says on standard error what is odd, but no reason to stop.
fn warn(message: &str) {
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    output::say(&format!("{yellow}warning:{yellow:#} {message}\n"));
}

/// Says on standard error what is wrong at a place of a text file.
fn complain_at(source: &SourceFile, problem: &Problem) {
    let mut message = problem.message.clone();
    if let Some((span, why)) = &problem.also {
        message = format!("{message} ({}: {why})", source.place(*span));
    }
    let place = source.place(problem.span);
    complain(Some(&place), &message, problem.help.as_deref());
}
