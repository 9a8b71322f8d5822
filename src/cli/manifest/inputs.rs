//! What a manifest is made of besides binaries: tables of the workload, and profiles.

use crate::base::Spanned;
use crate::binary::Root;
use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::cli::files::{complain_toml, read_text};
use crate::cli::input::show_path;
use crate::manifest::{Settings, Target};
use crate::workload::{ManifestTarget, Profile};
use std::path::Path;
use std::sync::Arc;

/// What a table says.
pub(super) fn settings(table: Option<&ManifestTarget>) -> Settings {
    let Some(table) = table else {
        return Settings::default();
    };
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    let values = table.values.iter().map(|(kind, values)| {
        let values = values
            .iter()
            .map(|(key, value)| (key.clone(), value.value.clone()));
        (kind.clone(), values.collect())
    });
    Settings {
        service: text(&table.service),
        secret: text(&table.secret),
        config_maps: table
            .config_maps
            .iter()
            .map(|name| name.value.clone())
            .collect(),
        values: values.collect(),
    }
}

/// The one manifest that a file is compared with: of several tables, the one that names it.
pub(super) fn single<'w>(
    wanted: &'w [(Target, Option<ManifestTarget>)],
    file: &Path,
) -> Result<(Target, Option<&'w ManifestTarget>), Exit> {
    let named = |(_, table): &&(Target, Option<ManifestTarget>)| {
        let out = table.as_ref().and_then(|table| table.out.as_ref());
        out.is_some_and(|out| file.ends_with(&out.value))
    };
    let found = match wanted {
        [only] => Some(only),
        several => several.iter().find(named),
    };
    match found {
        Some((target, table)) => Ok((*target, table.as_ref())),
        None => {
            let help = "say which kind with `--target`";
            complain(
                Some(&show_path(file)),
                "no `[[manifest]]` is written here",
                Some(help),
            );
            Err(Exit::Failed)
        }
    }
}

/// Whether a profile is named by its file.
pub(super) fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml")
}

pub(super) fn open_profile(named: &Path) -> Result<Profile, Exit> {
    let name = show_path(named);
    if is_path(&name) {
        let source = Arc::new(read_text(named)?);
        return Profile::parse(&source).map_err(|errors| complain_toml(&errors));
    }
    match Profile::builtin(&name) {
        Some(profile) => profile.map_err(|errors| complain_toml(&errors)),
        None => {
            let known = crate::workload::profile::BUILTIN_PROFILES
                .iter()
                .map(|(name, _)| *name);
            let help = format!("built in: {}", known.collect::<Vec<_>>().join(", "));
            complain(None, &format!("no profile is called `{name}`"), Some(&help));
            Err(Exit::Failed)
        }
    }
}

/// The custom sections of a binary.
pub(super) fn customs<'b>(
    binary: &'b crate::binary::Binary<'_>,
) -> &'b [crate::binary::Custom<'b>] {
    match binary.root {
        Root::Component(id) => &binary.component(id).customs,
        Root::Module(id) => &binary.module(id).customs,
    }
}
