//! How far a job is: on standard error, when it takes over a second and somebody watches.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Jobs that end sooner show nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the bar moves while one file takes long.
const TICK: Duration = Duration::from_millis(120);

/// A bar that appears when a job takes long, and is gone when it ends.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Waits for the job to take long; the sender ends it.
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// A job on so many files.
    pub(super) fn over(files: usize) -> Progress {
        let hidden = ProgressDrawTarget::hidden();
        let bar = ProgressBar::with_draw_target(Some(files as u64), hidden);
        if !std::io::stderr().is_terminal() {
            return Progress { bar, watch: None };
        }
        let template = match files {
            1 => "{spinner} analysing, {elapsed}",
            _ => "{spinner} {bar:30} {pos} of {len} files, {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let (sender, ended) = channel();
        let shown = bar.clone();
        let thread = std::thread::spawn(move || {
            if ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(TICK);
            }
        });
        let watch = Some((sender, thread));
        Progress { bar, watch }
    }

    /// One more file is done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.watch.take() {
            drop(sender);
            // It only draws: nothing is lost when it failed.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
