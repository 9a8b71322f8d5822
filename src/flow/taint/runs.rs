//! Which names the program is run with, how often, and what one run teaches the next.

use super::conclude::{Compared, Extent, conclude};
use super::host::{Host, Manner, StandIn};
use super::machine::Machine;
use super::tried::{Found, Handed};
use crate::flow::source::Answer;
use crate::graph::{CoreFunc, Entry, Program};
use std::collections::BTreeSet;

/// Steps of all runs, of one, and of one entry in it.
const TOTAL: u64 = 100_000_000;
const PER_RUN: u64 = 16_000_000;
/// Runs with names that were found.
const ROUNDS: usize = 5;
/// Names have at most so many made-up bytes.
const LONGEST: usize = 48;
/// The same where there is one run for each length.
const LONGEST_PROBE: usize = 40;
/// Rounds of runs for hash tables, and how many names that these found go along.
const PROBING_ROUNDS: usize = 3;
const ALONG: usize = 3;
/// How many names fit into the smallest hash tables.
const FEW: usize = 7;
/// Beginnings that names are made up for.
const BEGINNINGS: usize = 6;
/// A run with more steps is not made for each length.
const LONG_RUN: u64 = 1_000_000;

/// What the comparisons of names of a program are wanted of.
#[derive(Clone, Debug, Default)]
pub struct Watching {
    /// Functions that hand out all names with their values.
    pub sources: Vec<(CoreFunc, Answer)>,
    /// The same for names that are of no interest: they hand out nothing.
    pub silent: Vec<(CoreFunc, Answer)>,
    /// Functions in whose result lists of names stand.
    pub lists: Vec<CoreFunc>,
    /// How functions without a type answer.
    pub stand_ins: Vec<(CoreFunc, StandIn)>,
    /// Functions that do not return.
    pub never_return: Vec<CoreFunc>,
}

/// Runs a program and says what it compares names with. Nothing is known of what it does not
/// say.
pub fn watch(program: &Program<'_, '_>, watching: &Watching) -> Vec<Compared> {
    let manner = Manner {
        sources: watching.sources.iter().copied().collect(),
        silent: watching.silent.iter().copied().collect(),
        lists: watching.lists.iter().copied().collect(),
        stand_ins: watching.stand_ins.iter().cloned().collect(),
        never_return: watching.never_return.iter().copied().collect(),
        results: super::super::outside::results(program),
    };
    let mut runs = Runs {
        program,
        manner: &manner,
        entries: entries(program),
        found: Vec::new(),
        left: TOTAL,
        seed: 1,
    };
    runs.all();
    conclude(&runs.found)
}

/// What the outside calls, in a fixed order: what prepares a module comes first.
fn entries(program: &Program<'_, '_>) -> Vec<CoreFunc> {
    let mut entries: Vec<(bool, String, CoreFunc)> = Vec::new();
    for (func, ways) in program.ways_in() {
        for way in ways {
            match way {
                Entry::Export(name) => {
                    let prepares = name == "_initialize" || name == "__wasm_call_ctors";
                    entries.push((!prepares, name, func));
                }
                Entry::Start => entries.push((true, String::new(), func)),
                _ => {}
            }
        }
    }
    entries.sort();
    entries.dedup_by_key(|(_, _, func)| *func);
    entries.into_iter().map(|(_, _, func)| func).collect()
}

struct Runs<'r, 'a, 'b> {
    program: &'r Program<'a, 'b>,
    manner: &'r Manner,
    entries: Vec<CoreFunc>,
    found: Vec<Found>,
    left: u64,
    seed: u64,
}

/// What a run says about the next.
struct Ran {
    steps: u64,
    /// Whether names were handed out.
    asked: bool,
    /// Whether hash tables may be in use.
    probed: bool,
}

impl Runs<'_, '_, '_> {
    fn all(&mut self) {
        let Some(first) = self.run(&made_up(LONGEST)) else {
            return;
        };
        if !first.asked {
            return;
        }
        self.rounds(&made_up(LONGEST));
        if !first.probed {
            return;
        }
        // In a hash table, a name is only compared with those in its slot: few names, so
        // that tables are small, and all lengths, since lengths are compared first.
        let before = self.whole();
        let mut along: Vec<Handed> = Vec::new();
        for _ in 0..PROBING_ROUNDS {
            self.probe(&along, first.steps < LONG_RUN);
            // Few names that were found go along, those that were found this way before all:
            // others may be looked for only where these are.
            let known = self.whole();
            let ordered = known.difference(&before).chain(known.intersection(&before));
            let next: Vec<Handed> = ordered.take(ALONG).map(|text| given(text)).collect();
            if next == along {
                return;
            }
            along = next;
        }
    }

    /// Runs with few names at a time: some of each length, or one.
    fn probe(&mut self, along: &[Handed], each: bool) {
        let few = FEW.saturating_sub(along.len());
        let lengths: Vec<usize> = (2..=LONGEST_PROBE).collect();
        let groups: Vec<Vec<Handed>> = match each {
            true => lengths
                .iter()
                .flat_map(|len| [0, few].map(|from| (*len, from)))
                .map(|(len, from)| (from..from + few).map(|n| numbered(len, n)).collect())
                .collect(),
            false => lengths
                .chunks(few)
                .map(|lengths| lengths.iter().map(|len| numbered(*len, 0)).collect())
                .collect(),
        };
        for group in groups {
            self.run(&[along, &group].concat());
        }
    }

    /// The whole names that were found.
    fn whole(&self) -> BTreeSet<Vec<u8>> {
        let all = conclude(&self.found).into_iter();
        all.filter(|c| c.extent == Extent::Whole)
            .map(|c| in_upper_case(&c))
            .collect()
    }

    /// Runs with what was found, until nothing new is.
    fn rounds(&mut self, others: &[Handed]) {
        let mut known = BTreeSet::new();
        for _ in 0..ROUNDS {
            let found: BTreeSet<(Vec<u8>, Extent)> = conclude(&self.found)
                .into_iter()
                .map(|c| (in_upper_case(&c), c.extent))
                .collect();
            if found.is_empty() || found == known {
                return;
            }
            let mut names: Vec<Handed> = Vec::new();
            let whole = found.iter().filter(|(_, e)| *e == Extent::Whole);
            names.extend(whole.map(|(text, _)| given(text)));
            let beginnings = found.iter().filter(|(_, e)| *e == Extent::Beginning);
            for (text, _) in beginnings.take(BEGINNINGS) {
                names.extend(made_up(LONGEST / 2).into_iter().map(|name| Handed {
                    start: text.len(),
                    bytes: [text.as_slice(), &name.bytes].concat(),
                }));
            }
            names.extend(others.iter().cloned());
            known = found;
            self.run(&names);
        }
    }

    fn run(&mut self, names: &[Handed]) -> Option<Ran> {
        let budget = PER_RUN.min(self.left);
        if budget == 0 {
            return None;
        }
        let host = Host::new(self.manner, self.seed);
        self.seed += 1;
        let mut machine = Machine::new(self.program, host)?;
        machine.seen.names = names.to_vec();
        machine.seen.limit = budget;
        machine.limit = budget;
        for (index, instance) in self.program.core_instances.iter().enumerate() {
            let id = self.program.core_instance_id(index);
            let start = self.program.binary.module(instance.module).start;
            if let Some(start) = start {
                let _ = machine.enter(self.program.func(id, start), &[]);
            }
        }
        let count = self.entries.len() as u64;
        for (index, entry) in self.entries.iter().enumerate() {
            // What one entry does not use is left to the next.
            let share = (budget - machine.steps.min(budget)) / (count - index as u64);
            machine.limit = machine.steps + share;
            let _ = machine.enter_from_outside(*entry);
        }
        self.left -= machine.steps.min(self.left);
        let ran = Ran {
            steps: machine.steps,
            asked: machine.host.asked,
            probed: machine.seen.probed,
        };
        let mut found = machine.seen.found;
        found.sort();
        found.dedup();
        self.found.extend(found);
        self.found.sort();
        self.found.dedup();
        Some(ran)
    }
}

/// A name that was found.
fn given(text: &[u8]) -> Handed {
    Handed {
        start: text.len(),
        bytes: text.to_vec(),
    }
}

/// One name of each length, of digits: no name begins with one.
fn made_up(longest: usize) -> Vec<Handed> {
    (1..=longest).rev().map(|len| numbered(len, 0)).collect()
}

/// A name of a length, one of several. It begins with a digit, as no name does, and has
/// letters that both a change to upper and to lower case would change.
fn numbered(len: usize, number: usize) -> Handed {
    const BYTES: &[u8] = b"7Zq9Xj6Qz8";
    let byte = |at: usize| match at {
        0 => b"79685432"[(number + len) % 8],
        _ => BYTES[(at * (number + 1) + number) % BYTES.len()],
    };
    Handed {
        bytes: (0..len).map(byte).collect(),
        start: 0,
    }
}

/// Where case does not matter, the usual one.
fn in_upper_case(compared: &Compared) -> Vec<u8> {
    match compared.folded {
        true => compared.text.to_ascii_uppercase(),
        false => compared.text.clone(),
    }
}
