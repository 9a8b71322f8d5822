//! `denied-host`: a host that the policy forbids.

use super::{Checked, Finding, Inputs, Level, Look, Rule};
use crate::base::Glob;
use crate::gate::finding::Subject;
use crate::gate::view::{Key, Need};
use crate::gate::words::explain;
use crate::workload::Denied;

/// Kinds whose keys are names of hosts.
const KINDS: [&str; 2] = ["http-host", "dns-name"];

/// The rule.
pub(super) static RULE: Rule = Rule {
    name: "denied-host",
    summary: "a host that the policy forbids",
    default: Level::Deny,
    page: include_str!("../../../docs/rules/denied-host.md"),
    can_be_allowed: true,
    look: Look::Component(look),
};

fn look(inputs: &Inputs<'_>, component: &Checked<'_>, found: &mut Vec<Finding>) {
    for (denial, policy) in inputs.denials(component.name()) {
        let Denied::Host(host) = &denial.what else {
            continue;
        };
        let why = denial.reason.as_ref().map(|r| format!(": {r}"));
        let denied = Denial {
            host: Glob::new(&host.value.as_str().to_lowercase()),
            why: why.unwrap_or_default(),
            at: format!("`{host}` is denied at {}", policy.source.place(host.span)),
        };
        for need in KINDS.iter().filter_map(|kind| component.view.need(kind)) {
            denied.look(component, need, found);
        }
    }
}

struct Denial {
    /// In lower case, as host names are compared.
    host: Glob,
    why: String,
    at: String,
}

impl Denial {
    fn look(&self, component: &Checked<'_>, need: &Need, found: &mut Vec<Finding>) {
        for key in &need.keys {
            let called = key.name.to_lowercase();
            if self.host.matches(&called) || self.host.matches(without_port(&called)) {
                found.push(self.finding(component, need, key, key.exact));
            }
        }
        for pattern in &need.patterns {
            let called = Glob::new(&pattern.name.to_lowercase());
            if called.overlaps(&self.host) {
                let sure = self.host.covers(&called);
                found.push(self.finding(component, need, pattern, sure));
            }
        }
    }

    fn finding(&self, component: &Checked<'_>, need: &Need, key: &Key, sure: bool) -> Finding {
        let name = component.name();
        let verb = if sure { "calls" } else { "may call" };
        let host = key.name;
        let message = format!(
            "`{name}` {verb} host `{host}`, which the policy forbids{}",
            self.why
        );
        let explain = explain(&component.file, &format!("{}:{host}", need.kind));
        let help = format!("run {explain} to see the call; {}", self.at);
        let subject = Subject::key(need.kind, host);
        let at = component.place_of_kind(need.kind);
        Finding::new(&RULE, at, subject, message, help)
            .of(name)
            .sure(sure)
            .within(key.instances())
            .because(key.evidence())
    }
}

/// `example.com` of `example.com:8080`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}
