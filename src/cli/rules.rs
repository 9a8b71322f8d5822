//! `gusset rules` and `gusset explain-rule`

use super::complain;
use super::exit::Exit;
use super::output::Target;
use crate::gate;
use crate::report::check;

/// List the rules of the gate.
#[derive(Debug, clap::Args)]
pub(super) struct Rules {
    /// What to print.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: `gusset.rules/1`.
    Json,
}

/// Print the page of a rule: what it finds, why, and what to do.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainRule {
    /// Its name.
    rule: String,
}

impl Rules {
    pub(super) fn run(&self) -> Exit {
        let text = match self.format {
            Format::Text => check::rules_text(),
            Format::Json => match serde_json::to_string_pretty(&check::rules_json()) {
                Ok(json) => format!("{json}\n"),
                Err(error) => {
                    complain(None, &format!("cannot write JSON: {error}"), None);
                    return Exit::Failed;
                }
            },
        };
        super::written(Target::from_option(None).write_text(&text))
    }
}

impl ExplainRule {
    pub(super) fn run(&self) -> Exit {
        match gate::find_rule(&self.rule) {
            Ok(rule) => super::written(Target::from_option(None).write_text(rule.page)),
            Err(unknown) => {
                let help = match unknown.closest {
                    Some(closest) => format!("did you mean `{closest}`?"),
                    None => "`gusset rules` lists them".to_string(),
                };
                complain(None, &unknown.to_string(), Some(&help));
                Exit::Failed
            }
        }
    }
}
