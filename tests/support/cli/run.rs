//! Playing a case.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::case::{Case, Settings, Step};
use super::expect::compare;
use super::files::{expectation, tree};
use super::split::fill;

/// How cases are played.
#[derive(Clone, Debug)]
pub(crate) struct Runner {
    /// What `gusset` means.
    pub(crate) program: PathBuf,
    /// The root of the repository: where steps run, so that paths in output are relative.
    pub(crate) root: PathBuf,
    /// Whether to write expectations down instead of comparing.
    pub(crate) bless: bool,
    /// What a case may take in all.
    pub(crate) timeout: Duration,
}

/// Variables that a step may keep: the system and the coverage tool need them. All others go,
/// so that output does not depend on who runs the test.
const KEPT: [&str; 4] = ["SystemRoot", "TEMP", "TMP", "LLVM_PROFILE_FILE"];

/// The width of the terminal that is not there.
const COLUMNS: &str = "100";

/// What a step left behind.
struct Outcome {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// One case in play.
struct Play<'a> {
    runner: &'a Runner,
    case: &'a Case,
    tmp: String,
    own: String,
    home: PathBuf,
    deadline: Instant,
}

impl Runner {
    /// Plays the case in `path`; the error says what is wrong and where.
    pub(crate) fn play(&self, path: &Path) -> Result<(), String> {
        let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
        let case = Case::parse(&text)?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let home = tempfile::tempdir().map_err(|error| error.to_string())?;
        let tmp = folder.path().canonicalize().map_err(|e| e.to_string())?;
        let name = path.file_stem().unwrap_or_default();
        let own = tmp.join(name).with_extension("wat");
        let play = Play {
            runner: self,
            case: &case,
            tmp: utf8(tmp.as_os_str())?,
            own: utf8(own.as_os_str())?,
            home: home.path().to_owned(),
            deadline: Instant::now() + self.timeout,
        };
        play.prepare(&tmp)
            .map_err(|error| format!("set-up: {error}"))?;
        for (index, step) in case.steps.iter().enumerate() {
            let number = (case.steps.len() > 1).then_some(index + 1);
            play.step(path, number, step)
                .map_err(|message| format!("{}:{}: {message}", path.display(), step.line))?;
        }
        Ok(())
    }
}

impl Play<'_> {
    /// Puts the files of the case into its folder.
    fn prepare(&self, tmp: &Path) -> io::Result<()> {
        for (from, to) in &self.case.copies {
            let to = tmp.join(to);
            fs::create_dir_all(to.parent().unwrap_or(tmp))?;
            fs::copy(self.runner.root.join(from), to)?;
        }
        for (name, text) in &self.case.files {
            let file = tmp.join(name);
            fs::create_dir_all(file.parent().unwrap_or(tmp))?;
            fs::write(file, text)?;
        }
        match &self.case.body {
            Some(body) => fs::write(&self.own, body),
            None => Ok(()),
        }
    }

    fn step(&self, path: &Path, number: Option<usize>, step: &Step) -> Result<(), String> {
        let words = step.words.iter().map(|word| self.fill(word));
        let words: Vec<String> = words.collect::<Result<_, _>>()?;
        let (program, arguments) = words.split_first().ok_or("nothing to run")?;
        let outcome = match program.as_str() {
            "cat" => self.cat(arguments),
            "ls" => self.ls(arguments),
            _ => self.spawn(step, arguments)?,
        };
        let stderr = self.normal(&outcome.stderr, "stderr")?;
        let expected = step.exit.unwrap_or(0);
        if outcome.code != Some(expected) {
            let code = outcome
                .code
                .map_or("a signal".to_owned(), |code| code.to_string());
            return Err(format!(
                "exit code {code}, not {expected}\nstderr:\n{stderr}stdout:\n{}",
                String::from_utf8_lossy(&outcome.stdout)
            ));
        }
        let bless = self.runner.bless;
        let stdout = match &step.stdout {
            Some(file) => {
                let file = self.resolve(step, &self.fill(file)?)?;
                fs::write(&file, &outcome.stdout).map_err(|e| format!("{file:?}: {e}"))?;
                String::new()
            }
            None => self.normal(&outcome.stdout, "stdout")?,
        };
        compare(&expectation(path, number, "stderr"), &stderr, bless)?;
        compare(&expectation(path, number, "stdout"), &stdout, bless)
    }

    fn spawn(&self, step: &Step, arguments: &[String]) -> Result<Outcome, String> {
        let mut command = Command::new(&self.runner.program);
        command.args(arguments).current_dir(self.dir(step)?);
        command.env_clear();
        for name in KEPT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // A home of its own: no case may see what another one, or the user, has cached.
        command
            .env("HOME", &self.home)
            .env("XDG_CACHE_HOME", &self.home);
        command.env("COLUMNS", COLUMNS);
        for Settings { env, .. } in [&self.case.common, &step.own] {
            for (name, value) in env {
                command.env(name, self.fill(value)?);
            }
        }
        command.stdin(match &step.stdin {
            None => Stdio::null(),
            Some(file) => {
                let file = self.resolve(step, &self.fill(file)?)?;
                File::open(&file)
                    .map_err(|e| format!("{file:?}: {e}"))?
                    .into()
            }
        });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| format!("{}: {error}", self.runner.program.display()))?;
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let status = self.wait(&mut child)?;
        Ok(Outcome {
            code: status.code(),
            stdout: stdout.join().unwrap_or_default(),
            stderr: stderr.join().unwrap_or_default(),
        })
    }

    /// Waits for the end of a step, or makes one.
    fn wait(&self, child: &mut Child) -> Result<ExitStatus, String> {
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                return Ok(status);
            }
            if Instant::now() > self.deadline {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end after {:?}; killed", self.runner.timeout));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// `cat FILE…`: the text of files.
    fn cat(&self, files: &[String]) -> Outcome {
        let read = |file: &String| {
            fs::read(self.runner.root.join(file)).map_err(|error| format!("{file}: {error}\n"))
        };
        played(files.iter().map(read).collect())
    }

    /// `ls FOLDER…`: the files below folders, sorted.
    fn ls(&self, folders: &[String]) -> Outcome {
        let list = |folder: &String| {
            let base = self.runner.root.join(folder);
            let files = tree(&base).map_err(|error| format!("{folder}: {error}\n"))?;
            let names = files.iter().map(|file| {
                let name = file.strip_prefix(&base).unwrap_or(file).to_string_lossy();
                format!("{name}\n")
            });
            Ok(names.collect::<String>().into_bytes())
        };
        played(folders.iter().map(list).collect())
    }

    fn dir(&self, step: &Step) -> Result<PathBuf, String> {
        let dir = step.own.dir.as_ref().or(self.case.common.dir.as_ref());
        let dir = dir.map_or(Ok(String::new()), |dir| self.fill(dir))?;
        Ok(self.runner.root.join(dir))
    }

    /// A file that a directive names: relative to the folder of the step.
    fn resolve(&self, step: &Step, file: &str) -> Result<PathBuf, String> {
        Ok(self.dir(step)?.join(file))
    }

    fn fill(&self, text: &str) -> Result<String, String> {
        fill(text, &[("tmp", &self.tmp), ("case", &self.own)])
    }

    /// Output as it is written down: the temporary folder by its placeholder, and forward
    /// slashes.
    fn normal(&self, bytes: &[u8], stream: &str) -> Result<String, String> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| format!("{stream} is no text; keep binary output with STDOUT"))?;
        let text = text.replace(&self.tmp, "{tmp}");
        Ok(if cfg!(windows) {
            text.replace('\\', "/")
        } else {
            text
        })
    }
}

fn played(results: Vec<Result<Vec<u8>, String>>) -> Outcome {
    let all: Result<Vec<_>, _> = results.into_iter().collect();
    let (code, stdout, stderr) = match all {
        Ok(texts) => (0, texts.concat(), Vec::new()),
        Err(message) => (2, Vec::new(), message.into_bytes()),
    };
    Outcome {
        code: Some(code),
        stdout,
        stderr,
    }
}

/// Reads a stream to its end beside the others, so that none of them blocks the program.
fn drain(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn utf8(text: &OsStr) -> Result<String, String> {
    text.to_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{text:?} is no text"))
}
