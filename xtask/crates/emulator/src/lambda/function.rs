//! Functions, versions, aliases and how they are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::error::{no_function, not_found};
use super::event_invoke::EventInvokeConfig;
use super::package::Package;
use super::permissions::ResourcePolicy;
use crate::wire::ServiceError;

/// A function with its versions and aliases.
pub(super) struct Function {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) latest: Arc<Configuration>,
    pub(super) versions: BTreeMap<u64, Arc<Configuration>>,
    /// What the latest version was made from, to tell whether there is anything to publish.
    pub(super) published: Option<(u64, Value)>,
    pub(super) last_version: u64,
    pub(super) aliases: BTreeMap<String, Alias>,
    /// By qualifier; the function's own under the empty text.
    pub(super) policies: BTreeMap<String, ResourcePolicy>,
    pub(super) tags: IndexMap<String, String>,
    pub(super) reserved_concurrency: Option<u64>,
    /// By qualifier; the function's own under `$LATEST`.
    pub(super) event_configs: BTreeMap<String, EventInvokeConfig>,
    pub(super) transition: Transition,
}

/// What AWS does in the background after a write.
///
/// Here it is over as soon as somebody looks: nothing needs to wait, and a client that forgets to
/// look before its next write is refused as on AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    Done,
    /// `State` is `Pending`.
    Creating,
    /// `LastUpdateStatus` is `InProgress`.
    Updating,
}

/// The code and settings of a function or of one of its versions.
#[derive(Clone)]
pub(super) struct Configuration {
    /// `$LATEST` or a number.
    pub(super) version: String,
    pub(super) runtime: String,
    pub(super) role: String,
    pub(super) handler: String,
    pub(super) description: String,
    /// Seconds.
    pub(super) timeout: u32,
    /// Megabytes.
    pub(super) memory: u32,
    pub(super) environment: IndexMap<String, String>,
    pub(super) architecture: String,
    pub(super) package: Arc<Package>,
    pub(super) last_modified: Timestamp,
    pub(super) revision_id: String,
    /// Settings that are kept and shown but change nothing here, such as `TracingConfig`.
    pub(super) kept: Map<String, Value>,
}

/// A name for a version.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) revision_id: String,
    /// Another version and the share of invocations it gets.
    pub(super) weight: Option<(String, f64)>,
}

/// A function as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FunctionName {
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

impl FunctionName {
    /// Reads a name, a partial or a whole ARN, each with or without a qualifier. `None` if it is of
    /// another account or region or no name at all.
    pub(super) fn parse(text: &str, account: &str, region: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let rest = match parts.as_slice() {
            [
                "arn",
                "aws",
                "lambda",
                of_region,
                of_account,
                "function",
                rest @ ..,
            ] => (*of_region == region && *of_account == account).then_some(rest)?,
            [of_account, "function", rest @ ..] => (*of_account == account).then_some(rest)?,
            rest => rest,
        };
        let (name, qualifier) = match rest {
            [name] => (name, None),
            [name, qualifier] => (name, Some((*qualifier).to_owned())),
            _ => return None,
        };
        (!name.is_empty()).then(|| Self {
            name: (*name).to_owned(),
            qualifier,
        })
    }
}

impl Function {
    /// The function's ARN with a qualifier.
    pub(super) fn qualified_arn(&self, qualifier: Option<&str>) -> String {
        match qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.arn),
            None => self.arn.clone(),
        }
    }

    /// The configuration a qualifier stands for. An alias with weights stands for its main version.
    pub(super) fn configuration(
        &self,
        qualifier: Option<&str>,
    ) -> Result<Arc<Configuration>, ServiceError> {
        let version = match qualifier {
            None | Some("$LATEST") => return Ok(Arc::clone(&self.latest)),
            Some(alias) if self.aliases.contains_key(alias) => self.aliases[alias].version.as_str(),
            Some(version) => version,
        };
        self.version(version)
            .ok_or_else(|| no_function(&self.qualified_arn(qualifier)))
    }

    /// The configuration an invocation runs, with the dice of a weighted alias thrown.
    pub(super) fn configuration_to_run(
        &self,
        qualifier: Option<&str>,
        dice: f64,
    ) -> Result<Arc<Configuration>, ServiceError> {
        let alias = qualifier.and_then(|qualifier| self.aliases.get(qualifier));
        match alias.and_then(|alias| alias.weight.as_ref()) {
            Some((version, weight)) if dice < *weight => self.configuration(Some(version)),
            _ => self.configuration(qualifier),
        }
    }

    /// A version by its number or `$LATEST`.
    pub(super) fn version(&self, version: &str) -> Option<Arc<Configuration>> {
        if version == "$LATEST" {
            return Some(Arc::clone(&self.latest));
        }
        self.versions.get(&version.parse().ok()?).map(Arc::clone)
    }

    /// Refuses a qualifier that stands for nothing.
    pub(super) fn check_qualifier(&self, qualifier: Option<&str>) -> Result<(), ServiceError> {
        let Some(qualifier) = qualifier else {
            return Ok(());
        };
        if self.configuration(Some(qualifier)).is_ok() {
            return Ok(());
        }
        let arn = self.qualified_arn(Some(qualifier));
        Err(match qualifier.bytes().all(|byte| byte.is_ascii_digit()) {
            true => no_function(&arn),
            false => not_found(format!("Cannot find alias arn: {arn}")),
        })
    }

    /// Makes a version of the latest code and settings, or finds that the last one is the same.
    pub(super) fn publish(
        &mut self,
        description: Option<&str>,
        now: Timestamp,
    ) -> Arc<Configuration> {
        let content = self.latest.content();
        if let Some((version, published)) = &self.published
            && *published == content
            && let Some(same) = self.versions.get(version)
        {
            return Arc::clone(same);
        }
        self.last_version += 1;
        let mut version = Configuration::clone(&self.latest);
        version.version = self.last_version.to_string();
        version.revision_id = new_revision();
        version.last_modified = now;
        if let Some(description) = description {
            description.clone_into(&mut version.description);
        }
        let version = Arc::new(version);
        self.versions
            .insert(self.last_version, Arc::clone(&version));
        self.published = Some((self.last_version, content));
        version
    }

    /// A configuration as the interface shows it.
    pub(super) fn describe(&self, configuration: &Configuration, qualifier: Option<&str>) -> Value {
        let mut shown = configuration.content();
        let latest = configuration.version == "$LATEST";
        let transition = if latest {
            self.transition
        } else {
            Transition::Done
        };
        let of_function = json!({
            "FunctionName": self.name,
            "FunctionArn": self.qualified_arn(qualifier),
            "CodeSize": configuration.package.zip.len(),
            "LastModified": last_modified(configuration.last_modified),
            "Version": configuration.version,
            "RevisionId": configuration.revision_id,
            "PackageType": "Zip",
        });
        extend(&mut shown, of_function);
        extend(
            &mut shown,
            match transition {
                Transition::Creating => json!({
                    "State": "Pending",
                    "StateReason": "The function is being created.",
                    "StateReasonCode": "Creating",
                }),
                Transition::Updating => json!({
                    "State": "Active",
                    "LastUpdateStatus": "InProgress",
                    "LastUpdateStatusReason": "The function is being created.",
                    "LastUpdateStatusReasonCode": "Creating",
                }),
                Transition::Done => json!({ "State": "Active", "LastUpdateStatus": "Successful" }),
            },
        );
        let group = format!("/aws/lambda/{}", self.name);
        for (name, default) in [
            ("TracingConfig", json!({ "Mode": "PassThrough" })),
            ("EphemeralStorage", json!({ "Size": 512 })),
            (
                "SnapStart",
                json!({ "ApplyOn": "None", "OptimizationStatus": "Off" }),
            ),
            (
                "LoggingConfig",
                json!({ "LogFormat": "Text", "LogGroup": group }),
            ),
        ] {
            if shown.get(name).is_none() {
                shown[name] = default;
            }
        }
        shown
    }

    /// An alias as the interface shows it.
    pub(super) fn describe_alias(&self, alias: &Alias) -> Value {
        let mut shown = json!({
            "AliasArn": self.qualified_arn(Some(&alias.name)),
            "Name": alias.name,
            "FunctionVersion": alias.version,
            "Description": alias.description,
            "RevisionId": alias.revision_id,
        });
        if let Some((version, weight)) = &alias.weight {
            shown["RoutingConfig"] = json!({ "AdditionalVersionWeights": { version: weight } });
        }
        shown
    }
}

impl Configuration {
    /// What makes one version differ from another.
    pub(super) fn content(&self) -> Value {
        let mut content = json!({
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": self.handler,
            "Description": self.description,
            "Timeout": self.timeout,
            "MemorySize": self.memory,
            "CodeSha256": self.package.sha256,
            "Architectures": [self.architecture],
        });
        if !self.environment.is_empty() {
            content["Environment"] = json!({ "Variables": self.environment });
        }
        extend(&mut content, Value::Object(self.kept.clone()));
        content
    }
}

/// A new name for the state of something.
pub(super) fn new_revision() -> String {
    Uuid::new_v4().to_string()
}

/// Lambda writes times in ISO 8601 with an offset without colon.
fn last_modified(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S%.3f+0000")
        .to_string()
}

fn extend(shown: &mut Value, more: Value) {
    if let (Value::Object(shown), Value::Object(more)) = (shown, more) {
        shown.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_in_four_ways() {
        let parse = |text| FunctionName::parse(text, "123456789012", "eu-west-2");
        let named = |qualifier: Option<&str>| {
            Some(FunctionName {
                name: "f".to_owned(),
                qualifier: qualifier.map(str::to_owned),
            })
        };
        assert_eq!(parse("f"), named(None));
        assert_eq!(parse("f:live"), named(Some("live")));
        assert_eq!(parse("123456789012:function:f"), named(None));
        assert_eq!(
            parse("arn:aws:lambda:eu-west-2:123456789012:function:f:3"),
            named(Some("3"))
        );
        for elsewhere in [
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:eu-west-2:999999999999:function:f",
            "arn:aws:sns:eu-west-2:123456789012:f",
            "",
        ] {
            assert_eq!(parse(elsewhere), None, "{elsewhere}");
        }
    }
}
