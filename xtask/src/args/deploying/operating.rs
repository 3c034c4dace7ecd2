//! `doctor`, `policies` and `interop`.

use std::str::FromStr;

use clap::{Args as ClapArgs, Subcommand};

use super::TargetArgs;
use crate::args::FormatArgs;

/// Look for what would keep a deployment from working
///
/// Credentials, clock, services, permissions, the instance, its lock, quotas and what builds Lambdas;
/// says what to do about each, and changes nothing. To have missing permissions named, the caller
/// needs iam:SimulatePrincipalPolicy on itself.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask doctor --env staging
  cargo xtask doctor --env staging --format json

Ends with 1 if something would keep a deployment from working, with 2 if nobody could be asked.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// Print the IAM policies that planning and deploying need, and those of the Lambdas
///
/// Made from the infrastructure files; asks nobody, unless --live looks for the instance to name it.
/// Each document stays below the size that IAM takes, so a purpose may have several: attach them all.
/// Deploying, bootstrapping and destroying need the documents for planning as well.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  cargo xtask policies --env staging
  cargo xtask policies --env staging --for deploy --repository acme/chat-flows
  cargo xtask policies --env staging --for lambda:bot-join --live
  cargo xtask policies --env staging --for plan --format json")]
pub(crate) struct PoliciesArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    /// Only what this needs: plan, deploy, bootstrap, destroy or lambda:NAME
    #[arg(long = "for", value_name = "PURPOSE")]
    pub(crate) purpose: Option<PolicyPurpose>,

    /// Also who may take on the roles for planning and deploying in pipelines of this repository
    #[arg(long, value_name = "ORG/REPO")]
    pub(crate) repository: Option<String>,

    /// Look for the instance and name it, in place of every instance of the account and region
    #[arg(long)]
    pub(crate) live: bool,

    #[command(flatten)]
    pub(crate) format: FormatArgs,
}

/// What policies are wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PolicyPurpose {
    Plan,
    Deploy,
    Bootstrap,
    Destroy,
    Lambda(String),
}

impl FromStr for PolicyPurpose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.strip_prefix("lambda:")) {
            ("plan", _) => Ok(Self::Plan),
            ("deploy", _) => Ok(Self::Deploy),
            ("bootstrap", _) => Ok(Self::Bootstrap),
            ("destroy", _) => Ok(Self::Destroy),
            (_, Some(name)) if !name.is_empty() => Ok(Self::Lambda(name.to_owned())),
            _ => {
                Err("expected `plan`, `deploy`, `bootstrap`, `destroy` or `lambda:NAME`".to_owned())
            }
        }
    }
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
