//! Host profiles by name or path.

use super::complain;
use super::exit::Exit;
use super::files::{complain_toml, read_text};
use crate::workload::Profile;
use crate::workload::profile::BUILTIN_PROFILES;
use crate::workload::read::did_you_mean;
use std::path::Path;
use std::sync::Arc;

/// The profile of a name, or in a file: what contains a `/` or ends in `.toml` is a path,
/// seen from `folder`. Says what is wrong with it.
pub(super) fn find(name: &str, folder: &Path) -> Result<Profile, Exit> {
    if name.contains(['/', '\\']) || name.ends_with(".toml") {
        let source = read_text(&folder.join(name))?;
        return Profile::parse(&Arc::new(source)).map_err(|errors| complain_toml(&errors));
    }
    match Profile::builtin(name) {
        Some(profile) => profile.map_err(|errors| complain_toml(&errors)),
        None => {
            let known = BUILTIN_PROFILES.iter().map(|(name, _)| *name);
            let help = match did_you_mean(name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`gusset profile list` lists them; a file is named by its path".to_string(),
            };
            let message = format!("no profile is called `{name}`");
            complain(None, &message, Some(&help));
            Err(Exit::Failed)
        }
    }
}
