//! Routes of requests: whether a router has to choose, and what the plan says about them.

use super::model::PlannedRoute;
use super::planner::Planner;
use crate::workload::profile::Routing;
use crate::workload::{Profile, Route};

/// Whether routes need a router in front of the components: not where the host tells requests
/// apart as they ask, nor where there is nothing to choose.
pub fn wants_router(routes: &[Route], profile: Option<&Profile>) -> bool {
    let Some(first) = routes.first() else {
        return false;
    };
    let routing = profile.map_or(Routing::None, |profile| profile.routing);
    let by_host = routes.iter().any(|route| route.ask().host.is_some());
    let by_path = routes.iter().any(|route| !route.ask().path.is_empty());
    let one = routes.iter().all(|route| route.to.value == first.to.value);
    match routing {
        Routing::Path => by_host,
        Routing::Host => by_path || !one,
        Routing::None => by_host || by_path || !one,
    }
}

impl Planner<'_, '_, '_> {
    /// The routes in the order in which they are tried: those of a host before those without
    /// one, and the longest path first.
    pub(super) fn routes(&self) -> Vec<PlannedRoute> {
        let rules = &self.input.rules;
        let routes = rules.routes.iter().map(|route| (route.ask(), route));
        let mut routes: Vec<_> = routes.collect();
        routes.sort_by_key(|(ask, _)| {
            let length = std::cmp::Reverse(ask.path.len());
            (ask.host.is_none(), ask.host.clone(), length)
        });
        let router = self
            .nodes
            .iter()
            .find(|node| Some(&*node.name) == rules.router);
        let routes = routes.into_iter().map(|(ask, route)| PlannedRoute {
            host: ask.host,
            path: match ask.path.as_str() {
                "" => "/".to_string(),
                path => path.to_string(),
            },
            to: route.to.value.clone(),
            router: router.map(|node| node.name.clone()),
        });
        routes.collect()
    }
}
