//! The verdict on each secret and each way out.

use super::ask::{Asked, Declared, ask};
use crate::base::InterfaceName;
use crate::binary::FuncId;
use crate::catalogue::Catalogue;
use crate::flow::{self, LeakHow, Leaks, Site, Why};
use crate::graph::{CoreFunc, Func, InstanceId, LiftId, LowerId, Program, Reach, Reason};
use crate::needs::sinks::{Sinks, imported};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a secret can get to a way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No execution brings it there.
    CannotReach,
    /// It may get there; the reason says what is not known.
    MayReach(Doubt),
    /// Its bytes get there, by copies that were followed.
    Reaches,
}

/// Why it is not proven that a secret cannot get somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Something gets there that was computed from it.
    Computed,
    /// One of its bytes decides which of many ways the program goes.
    Chooses,
    /// It was lost sight of.
    Lost(Why),
}

impl Doubt {
    /// A word for the machine.
    pub fn word(self) -> &'static str {
        match self {
            Doubt::Computed => "computed-from-it",
            Doubt::Chooses => "chooses-by-it",
            Doubt::Lost(Why::Budget) => "budget",
            Doubt::Lost(Why::Recursion) => "recursion",
            Doubt::Lost(Why::IndirectCall) => "unresolved-indirect-call",
            Doubt::Lost(Why::Instruction(_)) => "unsupported-instruction",
            Doubt::Lost(Why::Unanalysed) => "unanalysed",
            Doubt::Lost(_) => "not-followed",
        }
    }

    /// A few words for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Doubt::Computed => "something computed from it gets there",
            Doubt::Chooses => "one of its bytes chooses among many ways",
            Doubt::Lost(Why::Budget) => "the budget ran out",
            Doubt::Lost(Why::Recursion) => "calls within calls were not followed any further",
            Doubt::Lost(Why::IndirectCall) => "a call through a table was not resolved",
            Doubt::Lost(Why::Instruction(_)) => "an instruction has no rule",
            Doubt::Lost(Why::Unanalysed) => "which secret it is, or what code does, is not known",
            Doubt::Lost(_) => "it was in reach of code that was not followed",
        }
    }
}

impl Verdict {
    /// The verdict in the words of the reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::CannotReach => "cannot-reach",
            Verdict::MayReach(_) => "may-reach",
            Verdict::Reaches => "reaches",
        }
    }
}

/// How a secret gets to a way out, or that it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayOut {
    /// The verdict.
    pub verdict: Verdict,
    /// The calls to where it gets out or was lost sight of, outermost first.
    pub trail: Vec<Site>,
    /// The function that takes it, `wasi:logging/logging@0.1.0-draft#log`, if it was seen.
    pub function: Option<String>,
}

/// A secret that is given from one instance to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passed {
    /// Who gives it.
    pub from: InstanceId,
    /// Who is given it.
    pub to: InstanceId,
    /// The function that is called for it.
    pub function: String,
    /// Whether the bytes are given, and not only a handle.
    pub value: bool,
}

/// What becomes of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFlow {
    /// Its name; `None` for those whose name is not known.
    pub key: Option<String>,
    /// Where its bytes come in, each with the calls that lead there.
    pub revealed: BTreeSet<Vec<Site>>,
    /// Calls between instances that it is given to.
    pub passed: BTreeSet<Passed>,
    /// By class of ways out that the program has.
    pub ways: BTreeMap<String, WayOut>,
}

/// What becomes of the secrets of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrecy {
    /// By name; the one without a name comes last.
    pub secrets: Vec<SecretFlow>,
    /// Functions that the user vouches for and that are called.
    pub trusted: Vec<String>,
    /// Functions that the user vouches for and that the program does not have.
    pub unknown: Vec<String>,
    /// Steps that the analysis took.
    pub steps: u64,
}

impl Secrecy {
    /// Follows the secrets of a program: those of the catalogue, and those that are declared.
    /// `trusted` names functions whose results hold no secret. `None` if there is none.
    pub fn of(
        program: &Program<'_, '_>,
        reach: &Reach,
        catalogue: &Catalogue,
        declared: &Declared,
        trusted: &[String],
    ) -> Option<Secrecy> {
        let sinks = Sinks::find(program, catalogue);
        let (functions, unknown) = resolve(program, trusted);
        let asked = ask(
            program,
            reach,
            catalogue,
            &sinks,
            declared,
            functions.clone(),
        )?;
        let (question, _) = crate::needs::question::question(&sinks);
        let leaks = flow::leaks(program, reach, &question, &asked.question);
        let mut secrecy = collect(program, &asked, &leaks);
        let met = |func: &CoreFunc| leaks.trusted.contains(func);
        let called = trusted.iter().filter(|name| {
            let (functions, _) = resolve(program, std::slice::from_ref(name));
            functions.iter().any(met)
        });
        secrecy.trusted = called.cloned().collect();
        secrecy.unknown = unknown;
        Some(secrecy)
    }

    /// What becomes of a secret.
    pub fn get(&self, key: &str) -> Option<&SecretFlow> {
        self.secrets.iter().find(|s| s.key.as_deref() == Some(key))
    }
}

fn collect(program: &Program<'_, '_>, asked: &Asked, leaks: &Leaks) -> Secrecy {
    // Code that is not in the file may do anything with what it is given.
    let missing = program
        .notes
        .iter()
        .any(|n| !matches!(n.reason, Reason::ExportedCode(_)));
    let of = |index: usize, key: &Option<String>| {
        let mut ways: BTreeMap<String, WayOut> = BTreeMap::new();
        for (class, name) in asked.classes.iter().enumerate() {
            let way = match leaks.flows.get(&(index, class)) {
                Some(leak) => WayOut {
                    verdict: match leak.how {
                        LeakHow::Copied => Verdict::Reaches,
                        LeakHow::Computed => Verdict::MayReach(Doubt::Computed),
                        LeakHow::Lost(why) => Verdict::MayReach(Doubt::Lost(why)),
                        LeakHow::Chosen => Verdict::MayReach(Doubt::Chooses),
                    },
                    trail: leak.trail.clone(),
                    function: leak.func.and_then(|func| host_name(program, func)),
                },
                None => WayOut {
                    verdict: match missing {
                        true => Verdict::MayReach(Doubt::Lost(Why::Unanalysed)),
                        false => Verdict::CannotReach,
                    },
                    trail: Vec::new(),
                    function: None,
                },
            };
            ways.insert(name.clone(), way);
        }
        let passed = leaks.passed.iter().filter(|(secret, ..)| *secret == index);
        SecretFlow {
            key: key.clone(),
            revealed: leaks.revealed.get(&index).cloned().unwrap_or_default(),
            passed: passed
                .filter_map(|(_, lower, value)| passed_on(program, *lower, *value))
                .collect(),
            ways,
        }
    };
    let mut secrets: Vec<SecretFlow> = leaks
        .secrets
        .iter()
        .enumerate()
        .map(|(index, key)| of(index, key))
        .collect();
    secrets.sort_by_key(|s| (s.key.is_none(), s.key.clone()));
    Secrecy {
        secrets,
        steps: leaks.steps,
        ..Secrecy::default()
    }
}

fn host_name(program: &Program<'_, '_>, func: CoreFunc) -> Option<String> {
    let CoreFunc::Lower(id) = func else {
        return None;
    };
    let Func::Host(host) = program.lowers[id.index()].func else {
        return None;
    };
    let (interface, function) = imported(program, host)?;
    Some(format!("{interface}#{function}"))
}

fn passed_on(program: &Program<'_, '_>, lower: LowerId, value: bool) -> Option<Passed> {
    let lower = &program.lowers[lower.index()];
    let Func::Lift(lift) = lower.func else {
        return None;
    };
    Some(Passed {
        from: lower.instance,
        to: program.lifts[lift.index()].instance,
        function: program.export_of_lift(lift).unwrap_or_default(),
        value,
    })
}

/// The functions that names stand for, and names that stand for none: an import or an export
/// of an instance, `acme:crypto/hash@1.0.0#digest` with or without the version, or a function
/// of an instance by its name in the name section, `root/1:digest`.
fn resolve(program: &Program<'_, '_>, names: &[String]) -> (BTreeSet<CoreFunc>, Vec<String>) {
    let mut found = BTreeSet::new();
    let mut unknown = Vec::new();
    for name in names {
        let before = found.len();
        match name.split_once('#') {
            Some((interface, function)) => found.extend(of_interface(program, interface, function)),
            None => found.extend(of_instance(program, name)),
        }
        if found.len() == before {
            unknown.push(name.clone());
        }
    }
    (found, unknown)
}

fn of_interface(program: &Program<'_, '_>, interface: &str, function: &str) -> Vec<CoreFunc> {
    let fits = |full: &str| {
        let versionless = full.parse::<InterfaceName>().ok().map(|n| n.unversioned());
        full == interface || versionless.as_deref() == Some(interface)
    };
    let mut found = Vec::new();
    for (index, lower) in program.lowers.iter().enumerate() {
        if let Func::Host(host) = lower.func
            && let Some((name, called)) = imported(program, host)
            && called == function
            && fits(&name.to_string())
        {
            found.push(CoreFunc::Lower(LowerId::from_index(index)));
        }
    }
    for (index, lift) in program.lifts.iter().enumerate() {
        let export = program.export_of_lift(LiftId::from_index(index));
        if let Some((name, called)) = export.as_deref().and_then(|e| e.split_once('#'))
            && called == function
            && fits(name)
        {
            found.push(lift.func);
        }
    }
    found
}

fn of_instance(program: &Program<'_, '_>, name: &str) -> Vec<CoreFunc> {
    let (path, function) = match name.split_once(':') {
        Some((path, function)) if path.starts_with("root") => (Some(path), function),
        _ => (None, name),
    };
    let mut found = Vec::new();
    for (index, instance) in program.core_instances.iter().enumerate() {
        let owner = program.instance(instance.owner);
        let here = path.is_none_or(|path| path == owner.path || path == instance.path);
        if !here {
            continue;
        }
        let id = program.core_instance_id(index);
        let module = program.binary.module(instance.module);
        for body in 0..module.bodies.len() {
            let func: FuncId = module.func_of_body(body);
            let called = module.names().func(func);
            let plain = called.and_then(crate::base::demangle);
            if called == Some(function) || plain.as_deref() == Some(function) {
                found.push(CoreFunc::Defined(id, func));
            }
        }
    }
    found
}
