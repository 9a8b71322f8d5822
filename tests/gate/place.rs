//! A folder in which `gusset` runs.

use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// An empty folder.
pub(crate) struct Place {
    folder: TempDir,
}

/// What a run said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        Place { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// A fixture of the gate, as binary, under a name.
    pub(crate) fn gate(&self, fixture: &str, name: &str) {
        let file = root().join("fixtures/gate").join(fixture);
        self.write(name, wat::parse_file(file).unwrap());
    }

    /// A prebuilt fixture under a name.
    pub(crate) fn fixture(&self, fixture: &str, name: &str) {
        let file = root().join("fixtures/bin").join(fixture);
        self.write(name, std::fs::read(file).unwrap());
    }

    pub(crate) fn gusset(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gusset"));
        command.args(arguments).current_dir(self.path()).env_clear();
        let output = command.env("HOME", self.path()).output().unwrap();
        Said {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
