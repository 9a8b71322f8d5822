//! What the profile of a host says about the ports of components.

use super::model::{Component, Model, Port};
use crate::workload::Profile;
use crate::workload::profile::{Answer, Called, Match, Served, When};

/// What a host says to an import.
#[derive(Clone, Debug)]
pub(super) enum Import<'p> {
    /// It is there for everybody.
    Always,
    /// It must be declared. `same` says whether the profile names exactly this version.
    Declare {
        /// The row of the profile; none when the profile does not know the interface.
        row: Option<&'p Served>,
        /// Whether the host has exactly this version.
        same: bool,
        /// What a person should know.
        remark: Option<String>,
    },
    /// Another component of the workload has it.
    Workload,
    /// It is no interface that a manifest could name.
    Unsayable,
}

/// What the host says to an import of a component.
pub(super) fn import<'p>(
    profile: &'p Profile,
    model: &Model,
    component: &Component,
    port: &Port,
) -> Import<'p> {
    if model.provider(component, port).is_some() {
        return Import::Workload;
    }
    if port.interface.is_none() {
        return Import::Unsayable;
    }
    let implements = port.interface.as_ref().map(ToString::to_string);
    let implements = implements.filter(|_| port.label.is_some());
    let declare = |row, same, remark| Import::Declare { row, same, remark };
    match profile.import(&port.name, implements.as_deref()) {
        Answer::Yes(row, how) => {
            let option = row.option.as_ref();
            match (row.when, how) {
                (When::Always, _) => Import::Always,
                (_, how) => {
                    let same = how == Match::Same && !row.versions.is_empty() && row.states_version;
                    let remark = option.map(|option| format!("the host needs {option}"));
                    declare(Some(row), same, remark)
                }
            }
        }
        Answer::OtherVersion(row) => {
            let versions: Vec<String> = row.versions.iter().map(ToString::to_string).collect();
            let served = versions.join(", ");
            let remark = format!(
                "{} has {served} of it, not what {} imports",
                name(profile),
                component.name
            );
            declare(Some(row), false, Some(remark))
        }
        Answer::Label(row) => {
            let remark = match port.label {
                Some(_) => format!("{} has it without a label only", name(profile)),
                None => format!("{} has it with a label only", name(profile)),
            };
            declare(Some(row), false, Some(remark))
        }
        Answer::No if port.types_only => Import::Always,
        Answer::No => {
            let remark = format!(
                "{} does not know it: some plugin must have it",
                name(profile)
            );
            declare(None, false, Some(remark))
        }
    }
}

/// The row about an export that the host calls.
pub(super) fn export<'p>(profile: &'p Profile, port: &Port) -> Option<(&'p Called, bool)> {
    let implements = port.interface.as_ref().map(ToString::to_string);
    let implements = implements.filter(|_| port.label.is_some());
    match profile.export(&port.name, implements.as_deref()) {
        Answer::Yes(row, how) => Some((row, how == Match::Same && !row.versions.is_empty())),
        _ => None,
    }
}

fn name(profile: &Profile) -> &str {
    &profile.name.value
}
