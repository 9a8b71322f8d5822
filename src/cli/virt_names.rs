//! The options about the names of one kind of resource: fixed values, names that pass, names
//! that do not, a prefix, and other names. They are the same for every kind.

use crate::base::Glob;
use crate::virt::Names;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use std::marker::PhantomData;

/// A kind of resource.
pub(super) trait Kind {
    /// The option for fixed values, if there is one.
    const SET: Option<&'static str>;
    /// The other options: allow, deny, prefix, rename.
    const OPTIONS: [&'static str; 4];
    /// What stands over them in the help.
    const HEADING: &'static str;
    /// What several are called.
    const PLURAL: &'static str;
}

/// Environment variables.
#[derive(Debug)]
pub(super) struct Env;

impl Kind for Env {
    const SET: Option<&'static str> = Some("env");
    const OPTIONS: [&'static str; 4] = ["allow-env", "deny-env", "env-prefix", "rename-env"];
    const HEADING: &'static str = "Environment";
    const PLURAL: &'static str = "variables";
}

/// Keys of `wasi:config`.
#[derive(Debug)]
pub(super) struct Config;

impl Kind for Config {
    const SET: Option<&'static str> = Some("config");
    const OPTIONS: [&'static str; 4] = [
        "allow-config",
        "deny-config",
        "config-prefix",
        "rename-config",
    ];
    const HEADING: &'static str = "Configuration (wasi:config)";
    const PLURAL: &'static str = "keys";
}

/// Names of `wasmcloud:secrets`.
#[derive(Debug)]
pub(super) struct Secrets;

impl Kind for Secrets {
    const SET: Option<&'static str> = None;
    const OPTIONS: [&'static str; 4] = [
        "allow-secret",
        "deny-secret",
        "secret-prefix",
        "rename-secret",
    ];
    const HEADING: &'static str = "Secrets (wasmcloud:secrets)";
    const PLURAL: &'static str = "secrets";
}

/// Buckets of `wasi:keyvalue`.
#[derive(Debug)]
pub(super) struct Buckets;

impl Kind for Buckets {
    const SET: Option<&'static str> = None;
    const OPTIONS: [&'static str; 4] = [
        "allow-bucket",
        "deny-bucket",
        "bucket-prefix",
        "rename-bucket",
    ];
    const HEADING: &'static str = "Buckets (wasi:keyvalue)";
    const PLURAL: &'static str = "buckets";
}

/// What the options of a kind say.
#[derive(Debug)]
pub(super) struct NamesArgs<K> {
    /// What passes, if anything is said.
    pub(super) names: Option<Names>,
    kind: PhantomData<K>,
}

fn arg(name: &'static str, value: &'static str, heading: &'static str, help: String) -> Arg {
    let arg = Arg::new(name).long(name).value_name(value).help(help);
    arg.help_heading(heading).action(ArgAction::Append)
}

impl<K: Kind> clap::Args for NamesArgs<K> {
    fn augment_args(command: Command) -> Command {
        let [allow, deny, prefix, rename] = K::OPTIONS;
        let plural = K::PLURAL;
        let set = K::SET.map(|set| {
            let help = format!(
                "A fixed value. Of the host nothing passes unless `--{allow}` or another option \
                 says so"
            );
            arg(set, "NAME=VALUE", K::HEADING, help).value_parser(pair)
        });
        let help = format!("Names of the host's {plural} that pass; `*` stands for any characters");
        let allow = arg(allow, "NAME,…", K::HEADING, help).value_delimiter(',');
        let help = format!(
            "Names that do not pass; all others do, unless `--{}` is given",
            K::OPTIONS[0]
        );
        let deny = arg(deny, "NAME,…", K::HEADING, help).value_delimiter(',');
        let help =
            format!("Only {plural} of the host whose names begin so pass, without the beginning");
        let prefix = arg(prefix, "PREFIX", K::HEADING, help).action(ArgAction::Set);
        let help = "A name, and the one that the host has for it".to_string();
        let rename = arg(rename, "NAME=HOST", K::HEADING, help).value_parser(pair);
        let all = set.into_iter().chain([allow, deny, prefix, rename]);
        all.fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<K: Kind> FromArgMatches for NamesArgs<K> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let pairs = |option: &str| -> Vec<(String, String)> {
            let values = matches.get_many::<(String, String)>(option);
            values.into_iter().flatten().cloned().collect()
        };
        let globs = |option: &str| -> Vec<Glob> {
            let values = matches.get_many::<String>(option);
            let values = values.into_iter().flatten();
            values.map(|text| Glob::new(text)).collect()
        };
        let [allow, deny, prefix, rename] = K::OPTIONS;
        let given = Names {
            set: K::SET.map(pairs).unwrap_or_default(),
            allow: globs(allow),
            deny: globs(deny),
            prefix: matches.get_one(prefix).cloned().unwrap_or_default(),
            rename: pairs(rename),
        };
        let is_given = !given.allow.is_empty();
        Ok(NamesArgs {
            names: Names::of(given, is_given),
            kind: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// A name, `=` and a value.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_string(), value.to_string())),
        _ => Err("expected a name, `=` and a value".to_string()),
    }
}
