//! `[virt.NAME]` as a spec.

use super::io::Io;
use super::least::IfOpen;
use super::spec::{Clock, Names, Spec, View};
use crate::base::Spanned;
use crate::workload::{Pairs, Virt, VirtIfOpen, VirtNames, VirtTime};

impl Spec {
    /// What a table says, with the files and streams that it names.
    pub fn of_table(table: &Virt, io: Io) -> Spec {
        let VirtTime {
            seed,
            freeze_date,
            shift_date,
            freeze_timer,
            shift_timer,
        } = &table.time;
        Spec {
            env: names(&table.env),
            args: table.args.as_deref().map(values),
            cwd: table.cwd.as_ref().map(|cwd| Some(cwd.value.clone())),
            config: names(&table.config),
            secrets: names(&table.secrets),
            declare: table.declare.as_deref().map(values).unwrap_or_default(),
            buckets: names(&table.buckets),
            http_hosts: table.hosts.as_deref().map(values),
            lookups: table.lookups.as_deref().map(values),
            peers: table.peers.as_deref().map(values),
            ignore_log: table.ignore_log,
            random: seed.as_ref().map(|seed| seed.value),
            wall_clock: Clock::of(value(freeze_date), value(shift_date)),
            monotonic_clock: Clock::of(freeze_timer.then_some(0), value(shift_timer)),
            io,
            files: View {
                read_only: table.io.read_only,
                folders: (!table.io.folder.is_empty()).then(|| pairs(&table.io.folder)),
            },
            keyvalue: table.memory_keyvalue,
            deny: table.deny.clone(),
        }
    }
}

impl IfOpen {
    /// What a table says.
    pub fn of_table(table: &Virt) -> IfOpen {
        match table.if_open.as_ref().map(|word| word.value) {
            None | Some(VirtIfOpen::Refuse) => IfOpen::Refuse,
            Some(VirtIfOpen::Leave) => IfOpen::Leave,
            Some(VirtIfOpen::Restrict) => IfOpen::Restrict,
        }
    }
}

fn names(table: &VirtNames) -> Option<Names> {
    let given = Names {
        set: pairs(&table.set),
        allow: table.allow.as_deref().map(values).unwrap_or_default(),
        deny: values(&table.deny),
        prefix: table
            .prefix
            .as_ref()
            .map_or_else(String::new, |p| p.value.clone()),
        rename: pairs(&table.rename),
    };
    Names::of(given, table.allow.is_some())
}

fn pairs(pairs: &Pairs) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    let pairs = pairs.map(|(name, value)| (name.value.clone(), value.value.clone()));
    pairs.collect()
}

fn values<T: Clone>(list: &[Spanned<T>]) -> Vec<T> {
    list.iter().map(|text| text.value.clone()).collect()
}

fn value(spanned: &Option<Spanned<i128>>) -> Option<i128> {
    spanned.as_ref().map(|spanned| spanned.value)
}
