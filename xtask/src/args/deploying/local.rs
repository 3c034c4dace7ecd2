//! A contact centre on this machine.

use std::str::FromStr;

use clap::Args as ClapArgs;

use crate::args::FormatArgs;

/// Run a contact centre on this machine with everything deployed
///
/// Prints `ready http://127.0.0.1:PORT` on stdout and, below it, how to chat with the bot from another
/// terminal. Runs until Ctrl-C or SIGTERM; nothing is kept.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask local
  cargo xtask local --port 8080 --clock 60       an hour passes in a minute
  cargo xtask plan --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct LocalArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,

    /// How time passes: `real`, `virtual` (stands still until told), or a factor such as 60
    #[arg(long, value_name = "CLOCK", default_value = "real")]
    pub(crate) clock: ClockChoice,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// How time passes in the emulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ClockChoice {
    Real,
    Virtual,
    Factor(f64),
}

impl FromStr for ClockChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "real" => Ok(Self::Real),
            "virtual" => Ok(Self::Virtual),
            _ => match text.trim_end_matches('x').parse::<f64>() {
                Ok(factor) if factor.is_finite() && (0.001..=1e6).contains(&factor) => {
                    Ok(Self::Factor(factor))
                }
                _ => Err("expected `real`, `virtual` or a factor from 0.001 to 1000000".to_owned()),
            },
        }
    }
}
