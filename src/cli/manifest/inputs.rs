//! What a manifest is made of besides binaries: tables of the workload, and profiles.

use crate::base::Spanned;
use crate::binary::Root;
use crate::cli::complain;
use crate::cli::exit::Exit;
use crate::cli::input::show_path;
use crate::manifest::{Settings, Target};
use crate::workload::ManifestTarget;
use std::path::Path;

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
        images: table
            .images
            .iter()
            .map(|(name, image)| (name.clone(), image.value.clone()))
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

/// The custom sections of a binary.
pub(super) fn customs<'b>(
    binary: &'b crate::binary::Binary<'_>,
) -> &'b [crate::binary::Custom<'b>] {
    match binary.root {
        Root::Component(id) => &binary.component(id).customs,
        Root::Module(id) => &binary.module(id).customs,
    }
}
