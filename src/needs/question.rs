//! What flow is asked about a program: the calls of the catalogue, as shapes and functions.

use super::sinks::{CoreTarget, HostFunction, Role, SinkUse, Sinks, SourceLayout};
use super::verdict::{NamedCall, Takes};
use crate::catalogue::{EnvironLayout, Kind};
use crate::flow::{Answer, Question};
use crate::graph::CoreFunc;

/// Something that the flow analysis watches.
pub(super) struct Watch {
    pub kind: Kind,
    pub role: WatchRole,
}

pub(super) enum WatchRole {
    /// Names arrive; the use says how they are read.
    Use(SinkUse),
    /// Lookups in the list that these functions give.
    Lookup(Vec<HostFunction>),
}

/// What a watch is about, for those who read needs.
pub(super) fn named_call(watch: &Watch) -> NamedCall {
    let (functions, takes) = match &watch.role {
        WatchRole::Use(sink) => {
            let takes = match &sink.role {
                Role::Key(place) | Role::Prefix(place) => Takes::Parameter(place.parameter.clone()),
                _ => Takes::Nothing,
            };
            (vec![sink.host.clone()], takes)
        }
        WatchRole::Lookup(functions) => (functions.clone(), Takes::Lookup),
    };
    NamedCall {
        kind: watch.kind.clone(),
        functions,
        takes,
    }
}

/// The core function behind a target.
pub(super) fn core(target: CoreTarget) -> CoreFunc {
    match target {
        CoreTarget::Lower(id) => CoreFunc::Lower(id),
        CoreTarget::Host(id) => CoreFunc::Host(id),
    }
}

/// What flow is asked, and what its watches are.
pub(super) fn question(sinks: &Sinks) -> (Question, Vec<Watch>) {
    let mut question = Question::default();
    let mut watches: Vec<Watch> = Vec::new();
    for sink in &sinks.uses {
        let place = match &sink.role {
            Role::Key(place) | Role::Prefix(place) => Some(place.place.clone()),
            Role::Enumerates | Role::Audit { .. } => None,
            Role::Egress | Role::Mount => continue,
        };
        question
            .calls
            .push((core(sink.host.target), watches.len(), place));
        if let Role::Audit {
            handle: Some(param),
            ..
        } = &sink.role
        {
            let call = (core(sink.host.target), *param);
            question.handle_calls.push(call);
        }
        watches.push(Watch {
            kind: sink.kind.clone(),
            role: WatchRole::Use(sink.clone()),
        });
    }
    for handle in &sinks.handles {
        let given = (core(handle.host.target), handle.at, handle.label.clone());
        question.handles.push(given);
    }
    for source in &sinks.sources {
        let answer = match source.layout {
            SourceLayout::Pairs { .. } => Answer::Pairs,
            SourceLayout::Environ(EnvironLayout::Entries) => Answer::Environ,
            SourceLayout::Environ(EnvironLayout::Sizes) => Answer::EnvironSizes,
        };
        // All sources of one kind share their lookups.
        let shared = watches
            .iter()
            .position(|w| matches!(w.role, WatchRole::Lookup(_)) && w.kind == source.kind);
        let watch = shared.unwrap_or_else(|| {
            watches.push(Watch {
                kind: source.kind.clone(),
                role: WatchRole::Lookup(Vec::new()),
            });
            watches.len() - 1
        });
        if let WatchRole::Lookup(functions) = &mut watches[watch].role {
            functions.push(source.host.clone());
        }
        question
            .sources
            .push((core(source.host.target), answer, watch));
    }
    question.never_return = sinks.exits.iter().copied().map(core).collect();
    (question, watches)
}
