//! The day on which allowances are judged.

use crate::base::Date;
use crate::cli::complain;
use crate::cli::exit::Exit;
use std::time::{SystemTime, UNIX_EPOCH};

/// Which day it is.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DayArgs {
    /// The day on which allowances are judged, as `YYYY-MM-DD`; today without.
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
}

impl DayArgs {
    /// The only look at a clock.
    pub(in crate::cli) fn today(&self) -> Result<Date, Exit> {
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            Date::from_unix_days(since.as_secs() / 86_400)
        };
        self.today.or_else(clock).ok_or_else(|| {
            let help = "say the day with `--today YYYY-MM-DD`";
            complain(None, "the clock shows no date", Some(help));
            Exit::Failed
        })
    }
}
