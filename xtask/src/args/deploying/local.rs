//! A contact centre on this machine.

use std::str::FromStr;
use std::time::Duration;

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
  cargo xtask local --quotas --consistency 2s --instance-creation 30s
                                                 as slow and strict as AWS
  cargo xtask plan --endpoint-url http://127.0.0.1:8080")]
pub(crate) struct LocalArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,

    /// How time passes: `real`, `virtual` (stands still until told), or a factor such as 60
    #[arg(long, value_name = "CLOCK", default_value = "real")]
    pub(crate) clock: ClockChoice,

    /// Refuse what exceeds the quotas of a usual account, and requests that come too often
    #[arg(long)]
    pub(crate) quotas: bool,

    /// How long reads do not see what was written, such as `2s` or `500ms`
    #[arg(long, value_name = "SPAN")]
    pub(crate) consistency: Option<Span>,

    /// How long a new instance takes to become active, such as `30s`
    #[arg(long, value_name = "SPAN")]
    pub(crate) instance_creation: Option<Span>,

    /// Hold callers to the account's policies, as IAM does; the Lambdas to those of their roles
    #[arg(long)]
    pub(crate) iam: bool,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// A span of time, by the emulator's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let units = [("ms", 1), ("s", 1000), ("m", 60_000)];
        let span = units.iter().find_map(|(unit, milliseconds)| {
            let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
            number.checked_mul(*milliseconds)
        });
        match span {
            Some(milliseconds @ 0..=86_400_000) => Ok(Self(Duration::from_millis(milliseconds))),
            _ => Err("expected a span of at most a day such as `500ms`, `2s` or `1m`".to_owned()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_number_and_a_unit() {
        for (text, milliseconds) in [("500ms", 500), ("2s", 2000), ("1m", 60_000), ("0s", 0)] {
            assert_eq!(text.parse(), Ok(Span(Duration::from_millis(milliseconds))));
        }
        for wrong in [
            "2",
            "s",
            "-1s",
            "1.5s",
            "2h",
            "99999999m",
            "18446744073709551615m",
        ] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }
}
