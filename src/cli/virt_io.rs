//! Options of `gusset virt` about files and standard streams, and the files of this machine
//! that they name.

use super::complain;
use super::exit::Exit;
use super::input::show_path;
use super::project::Project;
use crate::virt::{Files, Io, Standard, Tree};
use crate::workload::VirtIo;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// More than the files of a component may be together is not read.
const LARGEST: u64 = 512 << 20;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Files and standard streams")]
pub(super) struct IoArgs {
    /// A file, or a folder with all that is in it, that the component sees at an absolute path
    /// and cannot change. It sees no files of the host.
    #[arg(long, value_name = "GUEST=PATH", value_parser = mount)]
    mount: Vec<(String, PathBuf)>,

    /// A folder that is empty at the start and can be written; gone with the program.
    #[arg(long, value_name = "GUEST")]
    memory_fs: Vec<String>,

    /// Stores of `wasi:keyvalue` are in memory, empty at the start.
    #[arg(long)]
    memory_keyvalue: bool,

    /// Standard input is this text.
    #[arg(long, value_name = "TEXT", conflicts_with = "stdin_file")]
    stdin: Option<String>,

    /// Standard input is this file, as it is when the component is virtualized.
    #[arg(long, value_name = "FILE")]
    stdin_file: Option<PathBuf>,

    /// Standard input is at its end.
    #[arg(long, conflicts_with_all = ["stdin", "stdin_file"])]
    ignore_stdin: bool,

    /// What is written to standard output is forgotten.
    #[arg(long)]
    ignore_stdout: bool,

    /// What is written to standard error is forgotten.
    #[arg(long)]
    ignore_stderr: bool,

    /// Reading standard input is an error.
    #[arg(long, conflicts_with_all = ["stdin", "stdin_file", "ignore_stdin"])]
    deny_stdin: bool,

    /// Writing to standard output is an error.
    #[arg(long, conflicts_with = "ignore_stdout")]
    deny_stdout: bool,

    /// Writing to standard error is an error.
    #[arg(long, conflicts_with = "ignore_stderr")]
    deny_stderr: bool,
}

fn mount(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((guest, path)) if guest.starts_with('/') && !path.is_empty() => {
            Ok((guest.to_string(), PathBuf::from(path)))
        }
        _ => {
            Err("expected an absolute path of the component, `=` and a file or folder".to_string())
        }
    }
}

fn output(ignore: bool, deny: bool) -> Standard {
    match (ignore, deny) {
        (true, _) => Standard::EMPTY,
        (_, true) => Standard::Denied,
        _ => Standard::Host,
    }
}

impl IoArgs {
    /// Whether stores are in memory.
    pub(super) fn keyvalue(&self) -> bool {
        self.memory_keyvalue
    }

    /// What they ask for.
    pub(super) fn files(&self) -> IoFiles {
        IoFiles {
            mount: self.mount.clone(),
            memory_fs: self.memory_fs.clone(),
            stdin: self.stdin.clone(),
            stdin_file: self.stdin_file.clone(),
            streams: [
                output(self.ignore_stdin, self.deny_stdin),
                output(self.ignore_stdout, self.deny_stdout),
                output(self.ignore_stderr, self.deny_stderr),
            ],
        }
    }
}

/// Files and standard streams that are asked for, before the files of this machine are read.
pub(super) struct IoFiles {
    mount: Vec<(String, PathBuf)>,
    memory_fs: Vec<String>,
    stdin: Option<String>,
    stdin_file: Option<PathBuf>,
    /// Standard input, output and error, unless input is given otherwise.
    streams: [Standard; 3],
}

impl IoFiles {
    /// What a table asks for.
    pub(super) fn of_table(table: &VirtIo, project: &Project) -> IoFiles {
        let mount = table.mount.iter();
        let mount = mount.map(|(guest, path)| (guest.value.clone(), project.path(path)));
        let [stdin, stdout, stderr] = [0, 1, 2].map(|i| output(table.ignore[i], table.deny[i]));
        let stdin_file = table.stdin_file.as_ref();
        IoFiles {
            mount: mount.collect(),
            memory_fs: table.memory_fs.iter().map(|f| f.value.clone()).collect(),
            stdin: table.stdin.as_ref().map(|text| text.value.clone()),
            stdin_file: stdin_file.map(|path| project.path(path)),
            streams: [stdin, stdout, stderr],
        }
    }

    /// Reads the files, and says what is wrong with them.
    pub(super) fn read(self) -> Result<Io, Exit> {
        let files = self.tree()?;
        let [stdin, stdout, stderr] = self.streams;
        let stdin = match (self.stdin, self.stdin_file) {
            (Some(text), _) => Standard::Bytes(text.into_bytes()),
            (_, Some(path)) => {
                let bytes = Reader::default().file(&path);
                Standard::Bytes(bytes.map_err(|error| refuse(&path, &error))?)
            }
            _ => stdin,
        };
        Ok(Io {
            stdin,
            stdout,
            stderr,
            files,
        })
    }

    fn tree(&self) -> Result<Option<Files>, Exit> {
        if self.mount.is_empty() && self.memory_fs.is_empty() {
            return Ok(None);
        }
        let mut files = Files::new();
        let mut reader = Reader::default();
        for (guest, path) in &self.mount {
            let at = fs::canonicalize(path);
            let tree = at.and_then(|at| reader.tree(&at));
            let tree = tree.map_err(|error| refuse(path, &error))?;
            files.mount(guest, tree).map_err(|error| {
                complain(None, &error.to_string(), None);
                Exit::Failed
            })?;
        }
        for guest in &self.memory_fs {
            files.writable(guest).map_err(|error| {
                complain(None, &error.to_string(), None);
                Exit::Failed
            })?;
        }
        Ok(Some(files))
    }
}

fn refuse(path: &Path, error: &io::Error) -> Exit {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_string(),
        _ => format!("cannot be given to a component: {error}"),
    };
    complain(Some(&show_path(path)), &message, None);
    Exit::Failed
}

/// Reads files, and counts how much it has read.
#[derive(Default)]
struct Reader {
    total: u64,
}

impl Reader {
    fn file(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            let message = format!("{} is neither file nor folder", show_path(path));
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.total = self.total.saturating_add(metadata.len());
        if self.total > LARGEST {
            let message = "the files together are larger than 512 MiB";
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        fs::read(path)
    }

    /// A link stays one: the component follows it among its own files, not among those of this
    /// machine.
    fn tree(&mut self, path: &Path) -> io::Result<Tree> {
        let ty = fs::symlink_metadata(path)?.file_type();
        if ty.is_symlink() {
            let target = fs::read_link(path)?;
            return Ok(Tree::Link(text(target.into_os_string(), path)?));
        }
        if !ty.is_dir() {
            return Ok(Tree::File(self.file(path)?));
        }
        let mut entries = BTreeMap::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let tree = self.tree(&entry.path())?;
            entries.insert(text(entry.file_name(), &entry.path())?, tree);
        }
        Ok(Tree::Folder(entries))
    }
}

/// Names of a component are UTF-8.
fn text(name: std::ffi::OsString, path: &Path) -> io::Result<String> {
    name.into_string().map_err(|_| {
        let message = format!(
            "{} has, or leads to, a name that is not UTF-8",
            show_path(path)
        );
        io::Error::new(io::ErrorKind::InvalidData, message)
    })
}
