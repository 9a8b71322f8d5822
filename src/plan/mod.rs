//! Link plans: every import of every component on a host, decided with a reason.
//!
//! `docs/plan.md` says how a decision comes about, `docs/profiles.md` what is known about hosts.

mod build;
mod carry;
mod chain;
mod circle;
mod declared;
mod fit;
mod fuse;
mod guard;
mod host;
mod input;
mod model;
mod order;
mod planner;
mod route;
mod targets;
mod write;

pub use build::{draft, links};
pub use declared::{Declared, Deployed, Matched, Refusal, match_declared};
pub use fit::{FIT_SCHEMA, Fit, FitExport, FitImport, FitReport, fit};
pub use input::{Input, Part, Rules};
pub use model::*;
pub use order::order_violations;
pub use route::wants_router;

/// Plans a workload on a host. The same input gives the same plan.
pub fn plan(input: &Input<'_, '_>) -> LinkPlan {
    let mut planner = planner::Planner::new(input);
    for node in 0..planner.nodes.len() {
        planner.add_edges(node, None);
    }
    planner.unknown_links();
    planner.fuse();
    planner.open = planner.open_exports();
    planner.guard();
    planner.fuse();
    planner.cycles();
    let mut plan = planner.finish();
    // What the rules already explain is not said twice.
    let said = |problem: &PlanProblem| {
        matches!(
            problem.code,
            ProblemCode::OrderViolated | ProblemCode::Contradiction
        )
    };
    if !plan.problems.iter().any(said) {
        plan.problems
            .extend(order_violations(&plan, input.rules.middleware));
    }
    plan
}
