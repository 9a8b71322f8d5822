//! `-A`, `-W` and `-D`: levels of rules, in the order of the command line.

use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::gate::{Level, Levels};
use crate::workload::Policy;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Levels that the command line sets.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct LevelArgs {
    /// Rules and their levels; what stands last counts.
    set: Vec<(String, Level)>,
}

/// The rule about verdicts.
const UNKNOWN: &str = "unknown-key";

const FLAGS: [(&str, char, Level, &str); 3] = [
    (
        "allow",
        'A',
        Level::Allow,
        "Do not look for what this rule finds",
    ),
    ("warn", 'W', Level::Warn, "Say what this rule finds"),
    (
        "deny",
        'D',
        Level::Deny,
        "Say no when this rule finds something",
    ),
];

impl LevelArgs {
    /// The levels of policies, and over them those of the command line. A verdict that must
    /// be reached makes a weaker one an error: a policy that asks for it does so before all
    /// levels, the command line (`required`) after them.
    pub(in crate::cli) fn over<'p>(
        &self,
        policies: impl Iterator<Item = &'p Policy> + Clone,
        required: bool,
    ) -> Result<Levels, Exit> {
        let mut levels = Levels::default();
        let asked = policies.clone().any(|policy| policy.require.is_some());
        let asked = asked.then_some((UNKNOWN, Level::Deny));
        let stated = policies.flat_map(|policy| &policy.levels);
        let stated = stated.map(|(rule, level)| (rule.value.as_str(), level.value));
        let set = self.set.iter().map(|(rule, level)| (rule.as_str(), *level));
        let required = required.then_some((UNKNOWN, Level::Deny));
        let all = asked.into_iter().chain(stated).chain(set).chain(required);
        for (rule, level) in all {
            levels.set(rule, level).map_err(|unknown| {
                let help = match unknown.closest {
                    Some(closest) => format!("did you mean `{closest}`?"),
                    None => "`gusset rules` lists them".to_string(),
                };
                complain(None, &unknown.to_string(), Some(&help));
                Exit::Failed
            })?;
        }
        Ok(levels)
    }
}

impl FromArgMatches for LevelArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<LevelArgs, Error> {
        let mut found: Vec<(usize, String, Level)> = Vec::new();
        for (name, _, level, _) in FLAGS {
            let indices = matches.indices_of(name).into_iter().flatten();
            let rules = matches.get_many::<String>(name).into_iter().flatten();
            found.extend(
                indices
                    .zip(rules)
                    .map(|(at, rule)| (at, rule.clone(), level)),
            );
        }
        found.sort_by_key(|(at, _, _)| *at);
        let set = found.into_iter().map(|(_, rule, level)| (rule, level));
        Ok(LevelArgs { set: set.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = LevelArgs::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for LevelArgs {
    fn augment_args(command: Command) -> Command {
        let flag = |(name, short, _, help): (&'static str, char, Level, &'static str)| {
            Arg::new(name)
                .short(short)
                .long(name)
                .value_name("RULE")
                .action(ArgAction::Append)
                .help(help)
        };
        command.args(FLAGS.map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        LevelArgs::augment_args(command)
    }
}
