//! `doctor`, `policies` and `interop`.

use clap::{Args as ClapArgs, Subcommand};

use super::TargetArgs;
use crate::args::FormatArgs;

/// Look for what would keep a deployment from working
///
/// Credentials, permissions, quotas, toolchain, clock and services; says what to do about each.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask doctor --env staging")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Print the IAM policies that planning and deploying need, and those of the Lambdas
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask policies --env staging")]
pub(crate) struct PoliciesArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Deploy against somebody else's emulator and compare
#[derive(Debug, Subcommand)]
pub(crate) enum InteropCommand {
    /// What moto has of the services: IAM, KMS, S3, SQS, SNS, DynamoDB, Lambda, logs; read back by boto3
    ///
    /// Installs moto and boto3 from PyPI into target/flowyard/peers/moto, starts moto's server, and
    /// carries out what stands around an instance there and in our emulator: the same plans, applied by
    /// the same code. Ends with 1 if boto3 reads back anything else that matters.
    #[command(after_help = "\
Examples:
  cargo xtask interop moto")]
    Moto(InteropArgs),
}

/// What a comparison is told.
#[derive(Debug, ClapArgs)]
pub(crate) struct InteropArgs {
    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

impl InteropCommand {
    pub(crate) fn args(&self) -> &InteropArgs {
        let InteropCommand::Moto(args) = self;
        args
    }
}
