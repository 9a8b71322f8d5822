//! Whether to colour: `--color`, then `NO_COLOR`, `CLICOLOR_FORCE` and `CLICOLOR`, then
//! whether there is a terminal that can show it.

use anstream::ColorChoice;
use std::io::IsTerminal;

/// The values of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorWhen {
    /// Colour on a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Colour, even into a pipe.
    Always,
    /// No colour.
    Never,
}

impl ColorWhen {
    /// Decides for the whole process; the streams of this module and clap's obey. An
    /// explicit choice outranks the environment, `auto` lets it speak: `NO_COLOR` first,
    /// then `CLICOLOR_FORCE`, `CLICOLOR=0`, and the terminal.
    pub(crate) fn apply(self) {
        self.choice().write_global();
    }

    fn choice(self) -> ColorChoice {
        match self {
            ColorWhen::Auto => {
                let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
                let zero = |name: &str| set(name).as_deref() == Some("0");
                if !zero("CLICOLOR_FORCE") {
                    return ColorChoice::Auto;
                }
                // The library takes any value as a wish for colour; `0` means as if unset.
                let unwanted = set("NO_COLOR").is_some() || zero("CLICOLOR");
                match !unwanted && std::io::stdout().is_terminal() {
                    true => ColorChoice::Always,
                    false => ColorChoice::Never,
                }
            }
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ColorChoice, ColorWhen};
    use clap::ValueEnum as _;

    #[test]
    fn the_option_takes_the_three_usual_words() {
        let words: Vec<_> = ColorWhen::value_variants()
            .iter()
            .filter_map(|when| when.to_possible_value())
            .map(|value| value.get_name().to_owned())
            .collect();
        assert_eq!(words, ["auto", "always", "never"]);
        assert_eq!(ColorWhen::default().choice(), ColorChoice::Auto);
        assert_eq!(ColorWhen::Always.choice(), ColorChoice::Always);
        assert_eq!(ColorWhen::Never.choice(), ColorChoice::Never);
    }
}
