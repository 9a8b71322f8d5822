//! A workload as a link plan divides it: its components are the binaries of the plan, and what
//! the plan decided is what the manifest says.

use super::host::{self, Import};
use super::model::{Model, Port};
use super::target::Target;
use crate::plan::{Decision, Group, GroupImport, LinkPlan};
use crate::workload::Profile;

/// Why a manifest does not say what a plan decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanMismatch {
    /// The plan is for another host.
    #[error("the plan is for `{plan}`, and a manifest of the kind `{target}` for `{profile}`")]
    Host {
        /// The profile of the plan.
        plan: String,
        /// The kind of manifest.
        target: Target,
        /// The profile of the manifest.
        profile: String,
    },
    /// An import that the host would treat otherwise.
    #[error("`{binary}` imports `{import}`: {planned} by the plan, and {found} by `{profile}`")]
    Import {
        /// The binary.
        binary: String,
        /// Its import.
        import: String,
        /// What the plan says, in words.
        planned: String,
        /// What the manifest would say, in words.
        found: String,
        /// The profile.
        profile: String,
    },
}

impl PlanMismatch {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            PlanMismatch::Host { .. } => {
                "make a plan for that host: `gusset plan --profile … --format json`"
            }
            PlanMismatch::Import { .. } => {
                "the plan was changed by hand, or made with another version of the profile: make \
                 it again"
            }
        }
    }
}

impl Model {
    /// Routes lead to the binaries that have their components, or the router in front of them,
    /// and the choice of a service to the one that has it.
    pub fn of_plan(&mut self, plan: &LinkPlan) {
        let binary = |component: &str| {
            let inside = |group: &&Group| group.instances.iter().any(|i| i.component == component);
            plan.groups.iter().find(inside).map(|g| g.name.clone())
        };
        let routed = |component: &str| {
            let mut routes = plan.routes.iter().filter(|route| route.to == component);
            let router = routes.find_map(|route| route.router.as_deref())?;
            plan.group_of(router).map(|group| group.name.clone())
        };
        for route in &mut self.routes {
            if let Some(name) = routed(&route.to).or_else(|| binary(&route.to)) {
                route.to = name;
            }
        }
        if let Some(service) = &mut self.settings.service
            && let Some(name) = binary(service)
        {
            *service = name;
        }
    }
}

/// Holds what a manifest of a kind says against a plan. Kinds that are for no host say nothing
/// of links.
///
/// # Errors
/// For the first import, in the order of the plan, about which they differ.
pub fn agrees(
    plan: &LinkPlan,
    model: &Model,
    target: Target,
    profile: &Profile,
) -> Result<(), PlanMismatch> {
    if !target.is_for_a_host() {
        return Ok(());
    }
    let name = &profile.name.value;
    if plan.profile != *name {
        return Err(PlanMismatch::Host {
            plan: plan.profile.clone(),
            target,
            profile: name.clone(),
        });
    }
    for group in &plan.groups {
        let component = model.components.iter().find(|c| c.name == group.name);
        let Some(component) = component else { continue };
        for import in &group.imports {
            let port = component.imports.iter().find(|p| p.name == import.name);
            // Types that every binary brings itself are no matter of links.
            let Some(port) = port.filter(|port| !port.types_only) else {
                continue;
            };
            let found = host::import(profile, model, component, port);
            let provider = model.provider(component, port).map(|p| p.name.as_str());
            if !same(plan, import, &found, provider) {
                return Err(PlanMismatch::Import {
                    binary: group.name.clone(),
                    import: import.name.clone(),
                    planned: planned(plan, import),
                    found: words(port, &found, provider),
                    profile: name.clone(),
                });
            }
        }
    }
    Ok(())
}

fn same(plan: &LinkPlan, import: &GroupImport, found: &Import<'_>, provider: Option<&str>) -> bool {
    match (&import.decision, found) {
        (Decision::Workload(target) | Decision::Rpc(target), Import::Workload) => {
            let group = plan.group_of(&target.provider);
            group.is_some_and(|group| Some(group.name.as_str()) == provider)
        }
        (Decision::Host(service), Import::Always) => !service.declare,
        (Decision::Host(_) | Decision::Provider { .. }, Import::Declare { row, .. }) => {
            row.is_some()
        }
        // An adapter is inside, and what it lets through is an import of the host.
        (Decision::Virtual { .. }, found) => !matches!(found, Import::Workload),
        _ => false,
    }
}

fn planned(plan: &LinkPlan, import: &GroupImport) -> String {
    match &import.decision {
        Decision::Workload(target) | Decision::Rpc(target) => {
            let group = plan.group_of(&target.provider);
            let name = group.map_or(target.provider.as_str(), |group| &group.name);
            format!("linked to `{name}`")
        }
        Decision::Host(service) if service.declare => "declared".to_string(),
        Decision::Host(_) => "there without being declared".to_string(),
        Decision::Provider { provider } => format!("served by `{provider}`"),
        other => other.kind().as_str().to_string(),
    }
}

fn words(port: &Port, found: &Import<'_>, provider: Option<&str>) -> String {
    match found {
        Import::Always => "there without being declared".to_string(),
        Import::Declare { row: Some(_), .. } => "declared".to_string(),
        Import::Declare { row: None, .. } => "unknown".to_string(),
        Import::Workload => format!("linked to `{}`", provider.unwrap_or(&port.name)),
        Import::Unsayable => "nothing that a manifest can name".to_string(),
    }
}
