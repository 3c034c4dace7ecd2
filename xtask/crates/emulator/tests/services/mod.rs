//! Everything but Connect: the server itself, Lambda with real processes, SNS, and the services that
//! rest on a library.

mod dead_letters;
mod dynamodb;
mod faults;
mod iam;
mod kms;
mod lambda;
mod lambda_runs;
mod logs;
mod permissions;
mod quotas;
mod s3;
mod server;
mod sns;
mod sqs;
mod stops;

use std::io::{Cursor, Write};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Environment, FunctionCode, Runtime};
use emulator::clock::ClockMode;
use emulator::{Config, Emulator};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// An account that is not the library's own.
const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-2";

/// An emulator with a virtual clock, and clients for it.
pub(crate) struct Bench {
    emulator: Emulator,
    pub(crate) config: SdkConfig,
    iam: aws_sdk_iam::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    sns: aws_sdk_sns::Client,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Config {
            clock: ClockMode::Virtual,
            ..Config::new(ACCOUNT, REGION)
        })
        .await
    }

    /// An emulator as it is asked for.
    async fn with(config: Config) -> Self {
        let emulator = Emulator::start(config)
            .await
            .expect("a free port is always to be had");
        let config = sdk_config(&emulator).await;
        Self {
            emulator,
            iam: aws_sdk_iam::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            config,
        }
    }

    /// A role that Lambda may assume.
    async fn role(&self, name: &str) -> String {
        let role = self
            .iam
            .create_role()
            .role_name(name)
            .assume_role_policy_document(trust("lambda.amazonaws.com"))
            .send()
            .await
            .expect("the role can be made");
        role.role.expect("the role is in the answer").arn
    }

    /// A function that runs the tests' bootstrap, ready to be invoked.
    pub(crate) async fn function(&self, name: &str, variables: &[(&str, &str)]) {
        let role = self.role(&format!("role-of-{name}")).await;
        let mut environment = Environment::builder();
        for (name, value) in variables {
            environment = environment.variables(*name, *value);
        }
        self.lambda
            .create_function()
            .function_name(name)
            .role(role)
            .runtime(Runtime::Providedal2023)
            .architectures(host_architecture())
            .handler("bootstrap")
            .timeout(5)
            .environment(environment.build())
            .code(FunctionCode::builder().zip_file(bootstrap_zip()).build())
            .send()
            .await
            .expect("the function can be made");
        self.ready(name).await;
    }

    /// Looks at a function until it is active and updated.
    async fn ready(&self, name: &str) {
        let function = self.lambda.get_function().function_name(name).send().await;
        let function = function.expect("the function exists");
        let configuration = function.configuration.expect("it has a configuration");
        assert_eq!(
            configuration.state.expect("it has a state").as_str(),
            "Active"
        );
    }
}

async fn sdk_config(emulator: &Emulator) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(emulator.endpoint())
        .region(Region::new(REGION))
        .test_credentials()
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .load()
        .await
}

fn host_architecture() -> Architecture {
    match std::env::consts::ARCH {
        "aarch64" => Architecture::Arm64,
        _ => Architecture::X8664,
    }
}

/// A trust policy for a service.
fn trust(service: &str) -> String {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "sts:AssumeRole",
        }],
    })
    .to_string()
}

/// A zip with one file.
fn zip_of(name: &str, content: &[u8], mode: u32) -> Blob {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // Unoptimised code takes seconds to compress a binary.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let options = stored.unix_permissions(mode);
    zip.start_file(name, options).expect("the name is fine");
    zip.write_all(content).expect("memory can be written");
    let zip = zip.finish().expect("the zip can be finished");
    Blob::new(zip.into_inner())
}

/// The tests' bootstrap as a package.
fn bootstrap_zip() -> Blob {
    let path = env!("CARGO_BIN_EXE_test-bootstrap");
    let binary = std::fs::read(path).expect("cargo has built the binary");
    zip_of("bootstrap", &binary, 0o755)
}
