//! What is to be virtualized, and how.

use super::io::Io;
use crate::base::{Glob, Peer};
use crate::workload::InterfacePattern;

/// What a component is given by adapters instead of the host. What is `None` or empty stays as
/// it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// Environment variables.
    pub env: Option<Names>,
    /// The arguments, the program's name included.
    pub args: Option<Vec<String>>,
    /// The initial directory; `Some(None)` is that there is none.
    pub cwd: Option<Option<String>>,
    /// Configuration: `wasi:config`.
    pub config: Option<Names>,
    /// Secrets that may be asked for: `wasmcloud:secrets/store`.
    pub secrets: Option<Names>,
    /// Secrets that become imports of their own, each under its name; `wasmcloud:secrets/store`
    /// is not asked any more.
    pub declare: Vec<String>,
    /// Buckets that may be opened: `wasi:keyvalue/store`.
    pub buckets: Option<Names>,
    /// Hosts that requests may be sent to, by the authority of the request with or without
    /// its port: `wasi:http`.
    pub http_hosts: Option<Vec<Glob>>,
    /// Names of hosts that may be looked up: `wasi:sockets/ip-name-lookup`.
    pub lookups: Option<Vec<Glob>>,
    /// Addresses that may be connected to: `wasi:sockets`. Datagrams, and sockets that listen,
    /// are refused with it.
    pub peers: Option<Vec<Peer>>,
    /// Whether what is logged with `wasi:logging` is forgotten.
    pub ignore_log: bool,
    /// The seed of random numbers. They are the same in every run, and no secret.
    pub random: Option<u64>,
    /// The clock of dates.
    pub wall_clock: Option<Clock>,
    /// The clock of durations.
    pub monotonic_clock: Option<Clock>,
    /// Standard streams, and files in memory.
    pub io: Io,
    /// What is seen of the host's files.
    pub files: View,
    /// Whether `wasi:keyvalue` is a store in memory, empty at the start.
    pub keyvalue: bool,
    /// Interfaces that are refused.
    pub deny: Vec<InterfacePattern>,
}

/// The names that a component sees of one kind of resource: environment variables, keys of
/// configuration, secrets, buckets. All names are the component's unless it is said otherwise.
///
/// A name is looked for in this order: [`Names::set`], [`Names::rename`], [`Names::allow`]
/// without [`Names::deny`]. With nothing but fixed values the host is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Fixed values, in the order in which they are listed. Secrets and buckets have none.
    pub set: Vec<(String, String)>,
    /// Names that the host is asked for; none if empty.
    pub allow: Vec<Glob>,
    /// Names that it is not asked for although they match [`Names::allow`].
    pub deny: Vec<Glob>,
    /// What the host's names begin with, and the component's do not.
    pub prefix: String,
    /// The component's name, and the host's.
    pub rename: Vec<(String, String)>,
}

impl Names {
    /// Fixed values and nothing of the host.
    pub fn fixed(set: Vec<(String, String)>) -> Names {
        Names {
            set,
            ..Names::default()
        }
    }

    /// Names that pass and nothing else.
    pub fn passing(allow: Vec<Glob>) -> Names {
        Names {
            allow,
            ..Names::default()
        }
    }

    /// Whether the host is asked for a name, as it is or for another.
    pub fn passes(&self, name: &str) -> bool {
        let renamed = self.rename.iter().any(|(own, _)| own == name);
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(name));
        renamed || (any(&self.allow) && !any(&self.deny))
    }

    /// Whether anything is asked of the host.
    pub fn has_host(&self) -> bool {
        !self.allow.is_empty() || !self.rename.is_empty()
    }

    /// What an option or a key of a table says: nothing, if nothing is given. Whoever names
    /// only exceptions, or only a prefix, means that everything else passes.
    pub fn of(given: Names, allow_is_given: bool) -> Option<Names> {
        let open = !given.deny.is_empty() || !given.prefix.is_empty();
        if given == Names::default() && !allow_is_given {
            return None;
        }
        let allow = match allow_is_given || !open {
            true => given.allow,
            false => vec![Glob::new("*")],
        };
        Some(Names { allow, ..given })
    }
}

/// A clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It stands still: nanoseconds since its origin, which is 1970 for dates. What waits for
    /// it does not wait.
    Frozen(i128),
    /// It is that many nanoseconds ahead of the host's.
    Offset(i128),
}

impl Clock {
    /// A clock that stands still at a time, or else is ahead.
    pub fn of(frozen: Option<i128>, offset: Option<i128>) -> Option<Clock> {
        frozen.map(Clock::Frozen).or(offset.map(Clock::Offset))
    }
}

/// What a component sees of the host's files; the default is all that the host gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Nothing can be changed.
    pub read_only: bool,
    /// The folders that the program has from the start: the component's path, and the host's,
    /// which is a folder that it gives or one inside of it. `None` is all of the host's.
    pub folders: Option<Vec<(String, String)>>,
}
