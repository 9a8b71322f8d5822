//! What is to be virtualized, and how.

use super::io::Io;
use crate::base::{Glob, Spanned};
use crate::workload::{InterfacePattern, Virt};

/// What a component is given by adapters instead of the host. What is `None` or empty stays as
/// it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// Environment variables.
    pub env: Option<Env>,
    /// The arguments, the program's name included.
    pub args: Option<Vec<String>>,
    /// The initial directory; `Some(None)` is that there is none.
    pub cwd: Option<Option<String>>,
    /// Configuration: `wasi:config`.
    pub config: Option<Config>,
    /// Secrets that may be asked for: `wasmcloud:secrets/store`.
    pub secrets: Option<Scope>,
    /// Buckets that may be opened: `wasi:keyvalue/store`.
    pub buckets: Option<Scope>,
    /// Hosts that requests may be sent to, by the authority of the request with or without
    /// its port: `wasi:http`.
    pub http_hosts: Option<Vec<Glob>>,
    /// The seed of random numbers. They are the same in every run, and no secret.
    pub random: Option<u64>,
    /// The clock of dates.
    pub wall_clock: Option<Clock>,
    /// The clock of durations.
    pub monotonic_clock: Option<Clock>,
    /// Standard streams and files.
    pub io: Io,
    /// Whether `wasi:keyvalue` is a store in memory, empty at the start.
    pub keyvalue: bool,
    /// Interfaces that are refused.
    pub deny: Vec<InterfacePattern>,
}

impl Spec {
    /// What a table `[virt.NAME]` says, or the key of it that has no adapter.
    pub fn of(table: &Virt) -> Result<Spec, &'static str> {
        if !table.mount.is_empty() {
            return Err("mount");
        }
        if table.least_privilege {
            return Err("least-privilege");
        }
        let pairs = |pairs: &[(Spanned<String>, Spanned<String>)]| {
            let pairs = pairs.iter();
            let pairs = pairs.map(|(name, value)| (name.value.clone(), value.value.clone()));
            pairs.collect::<Vec<_>>()
        };
        let allow = table.allow_env.as_ref().map(|globs| {
            let globs = globs.iter().map(|glob| glob.value.clone());
            globs.collect::<Vec<_>>()
        });
        let env = (!table.env.is_empty() || allow.is_some()).then(|| Env {
            set: pairs(&table.env),
            allow: allow.unwrap_or_default(),
            ..Env::default()
        });
        let config = (!table.config.is_empty()).then(|| Config {
            set: pairs(&table.config),
            ..Config::default()
        });
        let sockets = InterfacePattern::parse("wasi:sockets/*").ok();
        Ok(Spec {
            env,
            config,
            deny: sockets.filter(|_| table.deny_sockets).into_iter().collect(),
            ..Spec::default()
        })
    }
}

/// The environment variables that a component sees: those of [`Env::set`], then those of the
/// host in its order, under the names that [`Env::rename`] gives them and, unless these are
/// taken, under those that pass. With nothing but fixed variables the host is not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Env {
    /// Fixed variables, in the order in which they are listed.
    pub set: Vec<(String, String)>,
    /// Variables of the host that pass; none if empty. With a prefix, names without it.
    pub allow: Vec<Glob>,
    /// Variables of the host that do not pass although they match [`Env::allow`].
    pub deny: Vec<Glob>,
    /// Only variables of the host that begin so pass, and the component sees them without it.
    pub prefix: String,
    /// The component's name for a variable, and the host's.
    pub rename: Vec<(String, String)>,
}

/// The configuration that a component sees. A key comes from the first of these that has it:
/// [`Config::set`], [`Config::rename`], [`Config::allow`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Fixed values.
    pub set: Vec<(String, String)>,
    /// Keys that the host is asked for; none if empty. With a prefix, keys without it.
    pub allow: Vec<Glob>,
    /// Keys that the host is not asked for although they match [`Config::allow`].
    pub deny: Vec<Glob>,
    /// What the host's keys begin with, and the component's do not.
    pub prefix: String,
    /// The component's name for a key, and the host's.
    pub rename: Vec<(String, String)>,
}

/// Names that a component may ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names that the host is asked for. With a prefix, names without it.
    pub allow: Vec<Glob>,
    /// What the host's names begin with, and the component's do not.
    pub prefix: String,
    /// The component's name, and the host's.
    pub rename: Vec<(String, String)>,
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
