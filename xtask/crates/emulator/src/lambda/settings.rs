//! The settings of a function as requests give them: read, checked, applied.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::sync::Arc;

use super::error::{constraint, invalid, missing};
use super::function::Configuration;
use super::package::Package;
use crate::wire::ServiceError;

/// What the variables of a function may take together.
const ENVIRONMENT_LIMIT: usize = 4096;

/// Variables that Lambda sets itself and does not let a function's settings change.
const RESERVED: [&str; 16] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_RUNTIME_DIR",
];

/// Settings that are kept and shown, but change nothing in the emulator.
const KEPT: [&str; 5] = [
    "TracingConfig",
    "EphemeralStorage",
    "LoggingConfig",
    "SnapStart",
    "KMSKeyArn",
];

/// Settings whose effect is not emulated, so that they are refused if they ask for something.
const NOT_HERE: [&str; 6] = [
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "CodeSigningConfigArn",
    "DeadLetterConfig",
    "DurableConfig",
];

impl Configuration {
    /// Applies the settings that are given.
    pub(super) fn apply(&mut self, input: &Map<String, Value>) -> Result<(), ServiceError> {
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        if let Some(runtime) = text("Runtime") {
            check_runtime(runtime)?;
            runtime.clone_into(&mut self.runtime);
        }
        if let Some(role) = text("Role") {
            role.clone_into(&mut self.role);
        }
        if let Some(handler) = text("Handler") {
            handler.clone_into(&mut self.handler);
        }
        if let Some(description) = text("Description") {
            description.clone_into(&mut self.description);
        }
        if let Some(timeout) = number(input, "Timeout", 1, 900)? {
            self.timeout = timeout;
        }
        if let Some(memory) = number(input, "MemorySize", 128, 10_240)? {
            self.memory = memory;
        }
        if let Some(environment) = input.get("Environment").filter(|value| !value.is_null()) {
            self.environment = read_environment(environment)?;
        }
        for name in NOT_HERE {
            if input.get(name).is_some_and(asks_for_something) {
                return Err(missing(name));
            }
        }
        for name in KEPT {
            if let Some(value) = input.get(name).filter(|value| !value.is_null()) {
                self.kept.insert(name.to_owned(), value.clone());
            }
        }
        Ok(())
    }

    /// The log group its output goes to.
    pub(super) fn log_group(&self, function_name: &str) -> String {
        self.kept
            .get("LoggingConfig")
            .and_then(|logging| logging["LogGroup"].as_str())
            .map_or_else(|| format!("/aws/lambda/{function_name}"), str::to_owned)
    }
}

/// The zip of a request, whether it is in the code of a new function or given alone.
pub(super) fn read_code(code: &Map<String, Value>) -> Result<Arc<Package>, ServiceError> {
    for name in ["S3Bucket", "ImageUri"] {
        if code.get(name).is_some_and(asks_for_something) {
            return Err(missing(&format!("code from {name}")));
        }
    }
    let zip = code
        .get("ZipFile")
        .and_then(Value::as_str)
        .ok_or_else(|| invalid("Please provide a source for function code."))?;
    let zip = STANDARD.decode(zip).map_err(|_| {
        invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    })?;
    Package::new(zip)
}

/// The architecture of a request, by default `x86_64`.
pub(super) fn read_architecture(
    input: &Map<String, Value>,
) -> Result<Option<String>, ServiceError> {
    let Some(architectures) = input.get("Architectures").and_then(Value::as_array) else {
        return Ok(None);
    };
    match architectures.as_slice() {
        [Value::String(one)] if matches!(one.as_str(), "x86_64" | "arm64") => Ok(Some(one.clone())),
        _ => Err(constraint(
            "architectures",
            &Value::from(architectures.clone()).to_string(),
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
        )),
    }
}

fn check_runtime(runtime: &str) -> Result<(), ServiceError> {
    match runtime {
        "provided.al2023" | "provided.al2" => Ok(()),
        other => Err(missing(&format!("the runtime {other}, only custom ones"))),
    }
}

fn number(
    input: &Map<String, Value>,
    name: &str,
    least: u32,
    most: u32,
) -> Result<Option<u32>, ServiceError> {
    let Some(value) = input.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number {
        Some(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ => {
            let mut member = name.to_owned();
            member[..1].make_ascii_lowercase();
            let rule = format!("Member must have value between {least} and {most}");
            Err(constraint(&member, &value.to_string(), &rule))
        }
    }
}

fn read_environment(environment: &Value) -> Result<IndexMap<String, String>, ServiceError> {
    let mut variables = IndexMap::new();
    let given = environment["Variables"].as_object();
    for (name, value) in given.into_iter().flatten() {
        if RESERVED.contains(&name.as_str()) {
            return Err(invalid(format!(
                "Lambda was unable to configure your environment variables because the environment \
                 variables you have provided contains reserved keys that are currently not \
                 supported for modification. Reserved keys used in this request: {name}"
            )));
        }
        variables.insert(name.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    let size: usize = variables
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > ENVIRONMENT_LIMIT {
        return Err(invalid(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit.",
        ));
    }
    Ok(variables)
}

fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(many) => !many.is_empty(),
        Value::Object(members) => members.values().any(asks_for_something),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}
