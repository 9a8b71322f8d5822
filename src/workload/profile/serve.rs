//! Does a host provide or call an interface?

use super::{Called, Labels, Matching, Profile, Served, ServedVersion};
use crate::base::InterfaceName;
use semver::Version;

/// What a profile says about an import or export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'p, T> {
    /// Yes: the row, and how the versions meet.
    Yes(&'p T, Match),
    /// The interface in other versions alone.
    OtherVersion(&'p T),
    /// The interface, but not for an import with a label, or for none without.
    Label(&'p T),
    /// Nothing about it.
    No,
}

/// How the version of a name meets those of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// The row has no version, or this one.
    Same,
    /// The row has a version on the same track that is at least as new.
    Track(ServedVersion),
    /// The row has an older version on the same track: what was added since is not there.
    Older(Version),
}

impl Profile {
    /// What the host says to an import: `name`, and for one with a label the interface that it
    /// implements.
    pub fn import(&self, name: &str, implements: Option<&str>) -> Answer<'_, Served> {
        let label = implements.is_some();
        let name = Name::of(implements.unwrap_or(name));
        let mut answer = Answer::No;
        for row in &self.interfaces {
            if !name.is_one_of(&row.interfaces) {
                continue;
            }
            let fits = match row.labels {
                Labels::Accepted => true,
                Labels::Refused => !label,
                Labels::Only => label,
            };
            match (name.versions(&row.versions, row.matching), fits) {
                (Some(how), true) => return Answer::Yes(row, how),
                (Some(_), false) => answer = Answer::Label(row),
                (None, _) if answer == Answer::No => answer = Answer::OtherVersion(row),
                (None, _) => {}
            }
        }
        answer
    }

    /// Whether the host calls an export: `name`, or the interface that it implements.
    pub fn export(&self, name: &str, implements: Option<&str>) -> Answer<'_, Called> {
        let name = Name::of(implements.unwrap_or(name));
        let mut answer = Answer::No;
        for row in &self.exports {
            if !name.is_one_of(&row.interfaces) {
                continue;
            }
            match name.versions(&row.versions, row.matching) {
                Some(how) => return Answer::Yes(row, how),
                None if answer == Answer::No => answer = Answer::OtherVersion(row),
                None => {}
            }
        }
        answer
    }
}

/// The name of an import or export, read once.
struct Name<'n> {
    text: &'n str,
    interface: Option<InterfaceName>,
    unversioned: String,
}

impl<'n> Name<'n> {
    fn of(text: &'n str) -> Name<'n> {
        let interface = text.parse::<InterfaceName>().ok();
        let unversioned = interface.as_ref().map(InterfaceName::unversioned);
        Name {
            text,
            unversioned: unversioned.unwrap_or_else(|| text.to_string()),
            interface,
        }
    }

    fn is_one_of(&self, names: &[String]) -> bool {
        names
            .iter()
            .any(|name| *name == self.unversioned || name == self.text)
    }

    fn versions(&self, served: &[ServedVersion], matching: Matching) -> Option<Match> {
        if served.is_empty() {
            return Some(Match::Same);
        }
        let wanted = self.interface.as_ref().and_then(|i| i.version.as_ref());
        let Some(wanted) = wanted else {
            // A name without version is another name than one with.
            return None;
        };
        let same =
            |version: &&ServedVersion| matches!(version, ServedVersion::Full(v) if v == wanted);
        if served.iter().any(|version| same(&version)) {
            return Some(Match::Same);
        }
        let track = self.interface.as_ref().and_then(InterfaceName::track)?;
        for version in served {
            match version {
                ServedVersion::Track(served) if *served == track => {
                    return Some(Match::Track(version.clone()));
                }
                ServedVersion::Full(served)
                    if matching == Matching::Track && track_of(served) == track =>
                {
                    return Some(match served < wanted {
                        true => Match::Older(served.clone()),
                        false => Match::Track(version.clone()),
                    });
                }
                _ => {}
            }
        }
        None
    }
}

/// The track of a version; see [`InterfaceName::track`].
fn track_of(version: &Version) -> String {
    let name = InterfaceName {
        namespace: String::new(),
        package: String::new(),
        interface: String::new(),
        version: Some(version.clone()),
    };
    name.track().unwrap_or_default()
}
