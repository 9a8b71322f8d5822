//! What the host does for an import.

use super::model::{
    Decision, DecisionKind, HostService, Reason, ReasonCode, Refused, Risk, RiskCode,
};
use crate::workload::Profile;
use crate::workload::profile::{Answer, Labels, Match, Matching, Served, When};

/// A decision with its reason.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) reason: Reason,
    pub(super) refused: Vec<Refused>,
    pub(super) risks: Vec<Risk>,
}

impl Decided {
    pub(super) fn new(decision: Decision, code: ReasonCode, text: impl Into<String>) -> Decided {
        Decided {
            decision,
            reason: Reason {
                code,
                text: text.into(),
            },
            refused: Vec::new(),
            risks: Vec::new(),
        }
    }
}

/// What the host does for an import.
pub(super) fn decide(profile: &Profile, name: &str, implements: Option<&str>) -> Decided {
    match profile.import(name, implements) {
        Answer::Yes(row, how) => served(profile, row, &how, name, implements),
        Answer::OtherVersion(row) => {
            let text = match row.matching {
                Matching::Exact => format!(
                    "`{}` has {}, and compares versions as text",
                    profile.name,
                    versions(row)
                ),
                Matching::Track => {
                    format!("`{}` has {}, another track", profile.name, versions(row))
                }
            };
            refuse(ReasonCode::DoesNotFit, text)
        }
        Answer::Label(row) => {
            let text = match row.labels {
                Labels::Only => format!(
                    "`{}` provides it only to imports with a label",
                    profile.name
                ),
                _ => format!(
                    "`{}` does not provide it to imports with a label",
                    profile.name
                ),
            };
            refuse(ReasonCode::DoesNotFit, text)
        }
        Answer::No => {
            let text = format!("no component exports it, and `{}` has none", profile.name);
            Decided::new(Decision::Unsatisfied, ReasonCode::NobodyProvides, text)
        }
    }
}

fn refuse(code: ReasonCode, text: String) -> Decided {
    let mut decided = Decided::new(Decision::Unsatisfied, code, text.clone());
    decided.refused.push(Refused {
        decision: DecisionKind::Host,
        provider: None,
        text,
    });
    decided
}

fn versions(row: &Served) -> String {
    let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
    versions.join(" and ")
}

fn served(
    profile: &Profile,
    row: &Served,
    how: &Match,
    name: &str,
    implements: Option<&str>,
) -> Decided {
    let version = match how {
        Match::Same => None,
        Match::Track(version) => Some(version.to_string()),
        Match::Older(version) => Some(version.to_string()),
    };
    let mut decided = match &row.provider {
        Some(provider) => Decided::new(
            Decision::Provider {
                provider: provider.clone(),
            },
            ReasonCode::ProviderServes,
            format!("`{provider}` provides it; it needs a link"),
        ),
        None => {
            let label = implements.map(|_| name).unwrap_or_default();
            let keys = row.required_config.iter();
            let keys = keys.map(|key| key.replace("{label}", label)).collect();
            let service = HostService {
                plugin: row.plugin.clone(),
                version,
                declare: row.when == When::Declared || (profile.declares && row.plugin.is_some()),
                option: row.option.clone(),
                required_config: keys,
            };
            let text = text(row, &service);
            Decided::new(Decision::Host(service), ReasonCode::HostServes, text)
        }
    };
    if let Match::Older(version) = how {
        decided.risks.push(Risk {
            code: RiskCode::OlderHost,
            functions: Vec::new(),
            text: format!("the host has {version}: what was added since is not there"),
        });
    }
    decided
}

fn text(row: &Served, service: &HostService) -> String {
    let mut text = match (&row.plugin, row.when) {
        (Some(plugin), _) => format!("plugin `{plugin}`"),
        (None, _) => "the host has it".to_string(),
    };
    if service.declare {
        text.push_str(", when declared");
    }
    if let (When::Configured, Some(option)) = (row.when, &row.option) {
        text.push_str(&format!(", with `{option}`"));
    }
    if !service.required_config.is_empty() {
        let keys: Vec<String> = service
            .required_config
            .iter()
            .map(|key| format!("`{key}`"))
            .collect();
        text.push_str(&format!(", with config {}", keys.join(", ")));
    }
    text
}

/// An import that gives nothing but types.
pub(super) fn types_only() -> Decided {
    Decided::new(
        Decision::Host(HostService {
            plugin: None,
            version: None,
            declare: false,
            option: None,
            required_config: Vec::new(),
        }),
        ReasonCode::TypesOnly,
        "types only: nobody has to provide anything",
    )
}
