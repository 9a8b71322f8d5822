//! Ways from an export to a call, for findings: computed for the binaries that have any, since
//! most runs find nothing.

use super::finding::{Place, Step, Subject};
use crate::base::{Glob, demangle};
use crate::binary::Binary;
use crate::catalogue::{Catalogue, Kind};
use crate::flow::Site;
use crate::graph::{Entry, Program, Routes};
use crate::needs::{CodeStep, Need, Needs, Trace, Tracer, Verdict, phrase};
use std::collections::BTreeMap;

/// Ways by what they are about.
pub type Evidence = BTreeMap<Subject, Vec<Step>>;

/// The shortest way to each of some subjects in a binary. A subject that the binary does not
/// have is left out.
pub fn evidence<'s>(
    binary: &Binary<'_>,
    catalogue: &Catalogue,
    subjects: impl IntoIterator<Item = &'s Subject>,
) -> Evidence {
    let program = Program::link(binary);
    let reach = program.reach();
    let needs = Needs::with_evidence(&program, &reach, catalogue);
    let routes = Routes::new(&program, &reach);
    let tracer = Tracer::new(&program, &needs, &routes);
    let finder = Finder {
        program: &program,
        needs: &needs,
        tracer: &tracer,
    };
    let subjects = subjects.into_iter();
    let found = subjects.filter_map(|subject| Some((subject.clone(), finder.steps(subject)?)));
    found.collect()
}

/// A way as the analysis knows it: calls in progress, and the call that they end at.
struct Way<'n> {
    trail: &'n [Site],
    call: Option<usize>,
    /// Why the call was not resolved.
    reason: Option<&'static str>,
}

struct Finder<'r, 'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    needs: &'r Needs,
    tracer: &'r Tracer<'r, 'p, 'a, 'b>,
}

impl<'r> Finder<'r, '_, '_, '_> {
    fn steps(&self, subject: &Subject) -> Option<Vec<Step>> {
        let ways = match subject {
            Subject::Key { kind, name } => self.key(kind, name),
            Subject::Kind(kind) => self.kind(kind),
            _ => return None,
        };
        let shortest = ways.into_iter().min_by(|a, b| {
            let by_length = a.trail.len().cmp(&b.trail.len());
            by_length.then_with(|| a.trail.cmp(b.trail))
        })?;
        let trace = self.tracer.trace(shortest.trail, shortest.call);
        let mut steps = self.trace(&trace);
        steps.extend(shortest.reason.map(|reason| Step {
            what: phrase(reason).to_string(),
            place: None,
        }));
        (!steps.is_empty()).then_some(steps)
    }

    fn of_kind(&self, kind: &str) -> Vec<&'r Need> {
        let Some(kind) = Kind::new(kind) else {
            return Vec::new();
        };
        let instances = self.needs.instances.values();
        instances.filter_map(|kinds| kinds.get(&kind)).collect()
    }

    fn key(&self, kind: &str, name: &str) -> Vec<Way<'r>> {
        let mut ways = Vec::new();
        for need in self.of_kind(kind) {
            if let Some(key) = need.keys.get(name) {
                ways.extend(key.sites.iter().map(|(trail, arrival)| Way {
                    trail,
                    call: Some(arrival.call),
                    reason: None,
                }));
                ways.extend(key.labels.iter().map(|call| Way {
                    trail: &[],
                    call: Some(*call),
                    reason: None,
                }));
            }
            for (pattern, trails) in &need.patterns {
                if Glob::from_plain(pattern).as_str() == name {
                    ways.extend(trails.iter().map(|(trail, arrival)| Way {
                        trail,
                        call: Some(arrival.call),
                        reason: None,
                    }));
                }
            }
        }
        ways
    }

    /// What makes a kind open; or, when it is not, how its names are gone through.
    fn kind(&self, kind: &str) -> Vec<Way<'r>> {
        let needs = self.of_kind(kind);
        let open = needs.iter().filter(|need| need.verdict() == Verdict::Open);
        let blockers = open.flat_map(|need| &need.blockers);
        let mut ways: Vec<Way<'r>> = blockers
            .map(|blocker| Way {
                trail: &blocker.trail,
                call: blocker.call,
                reason: Some(blocker.reason.as_str()),
            })
            .collect();
        if ways.is_empty() {
            let all = needs.iter().flat_map(|need| &need.enumerations);
            ways.extend(all.map(|(trail, call)| Way {
                trail,
                call: Some(*call),
                reason: None,
            }));
        }
        ways
    }

    fn trace(&self, trace: &Trace) -> Vec<Step> {
        let mut steps = Vec::new();
        steps.extend(trace.entry.as_ref().map(|entry| Step {
            what: self.entry(entry),
            place: None,
        }));
        for step in &trace.steps {
            if let crate::needs::Step::Code(code) = step {
                let step = self.code(code);
                // The core function of an export has its name.
                let repeats = |last: &&mut Step| last.what == step.what && last.place.is_none();
                match steps.last_mut().filter(repeats) {
                    Some(last) => last.place = step.place,
                    None => steps.push(step),
                }
            }
        }
        steps.extend(trace.target.as_ref().map(|target| Step {
            what: format!("{}#{}", target.interface, target.function),
            place: None,
        }));
        steps
    }

    fn entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Export(name) => name.clone(),
            Entry::Start => "start of a component".to_string(),
            Entry::ModuleStart(id) => {
                format!("start of {}", self.program.core_instance(*id).path)
            }
            Entry::HandedOut => "a function that is handed out".to_string(),
            Entry::Destructor => "a destructor".to_string(),
            Entry::Canonical => "an allocator of the canonical ABI".to_string(),
        }
    }

    fn code(&self, code: &CodeStep) -> Step {
        let symbol = self.tracer.symbol(code.instance, code.func);
        let name = symbol.map(|symbol| demangle(symbol).unwrap_or_else(|| symbol.to_string()));
        let name = name.unwrap_or_else(|| format!("func {}", code.func.0));
        let frames = code
            .offset
            .map(|offset| self.tracer.source(code.instance, offset));
        let source = frames.iter().flatten().find_map(|frame| {
            let (file, line) = (frame.file.as_ref()?, frame.line?);
            Some(format!("{file}:{line}"))
        });
        let owner = self.program.core_instance(code.instance).owner;
        Step {
            what: name.clone(),
            place: Some(Place {
                instance: self.program.instance(owner).path.clone(),
                function: Some(name),
                offset: code.offset,
                source,
            }),
        }
    }
}
