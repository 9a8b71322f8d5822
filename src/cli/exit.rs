//! How a run ends: the same four codes for every command.

use std::process::ExitCode;

/// The outcome of a run, as the shell sees it.
///
/// The variants are ordered by what a caller must hear first, so that several outcomes
/// join with [`Exit::worst`]: a file that could not be read outranks a finding (a verdict
/// over half the input is no verdict), and a finding outranks an empty folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// The job is done and there is nothing to complain about: code 0.
    #[default]
    Clean,
    /// There was nothing to check: code 3.
    Nothing,
    /// The gate says no: code 1.
    Refused,
    /// The job could not be done (bad input, bad usage, IO): code 2.
    Failed,
}

impl Exit {
    /// The number handed to the operating system.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Refused => 1,
            Exit::Failed => 2,
            Exit::Nothing => 3,
        }
    }

    /// The outcome of two jobs in one run: the one that must be heard.
    pub(crate) fn worst(self, other: Exit) -> Exit {
        self.max(other)
    }

    /// `--exit-zero`: the gate's no becomes 0. Failures and empty runs keep their code,
    /// since neither of them is a verdict.
    pub(crate) fn exit_zero(self, asked: bool) -> Exit {
        match self {
            Exit::Refused if asked => Exit::Clean,
            other => other,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

impl FromIterator<Exit> for Exit {
    /// Joins the outcomes of many jobs; no job at all is clean.
    fn from_iter<I: IntoIterator<Item = Exit>>(exits: I) -> Exit {
        exits.into_iter().fold(Exit::Clean, Exit::worst)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn codes_are_the_documented_ones() {
        let codes = [Exit::Clean, Exit::Refused, Exit::Failed, Exit::Nothing].map(Exit::code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn a_failure_outranks_a_finding_and_a_finding_an_empty_folder() {
        let all = [Exit::Clean, Exit::Nothing, Exit::Refused, Exit::Failed];
        for (rank, a) in all.into_iter().enumerate() {
            for b in all.into_iter().take(rank + 1) {
                assert_eq!(a.worst(b), a);
                assert_eq!(b.worst(a), a);
            }
        }
        assert_eq!(all.into_iter().collect::<Exit>(), Exit::Failed);
        assert_eq!([].into_iter().collect::<Exit>(), Exit::Clean);
    }

    #[test]
    fn exit_zero_forgives_the_gate_and_nothing_else() {
        assert_eq!(Exit::Refused.exit_zero(true), Exit::Clean);
        assert_eq!(Exit::Refused.exit_zero(false), Exit::Refused);
        assert_eq!(Exit::Failed.exit_zero(true), Exit::Failed);
        assert_eq!(Exit::Nothing.exit_zero(true), Exit::Nothing);
    }
}
