//! Resource policies of functions: who may invoke what, by qualifier.

use serde_json::{Map, Value, json};

use super::error::{conflict, invalid, not_found, stale};
use super::function::{Function, new_revision};
use super::{Caller, Service};
use crate::resource_policy::{self, ServiceCall};
use crate::wire::ServiceError;
use crate::world::World;

/// The policy of a function, a version or an alias.
#[derive(Clone, Debug, Default)]
pub(super) struct ResourcePolicy {
    revision_id: String,
    statements: Vec<Value>,
}

impl ResourcePolicy {
    fn document(&self) -> Value {
        json!({ "Version": "2012-10-17", "Id": "default", "Statement": self.statements })
    }

    fn position(&self, statement_id: &str) -> Option<usize> {
        self.statements
            .iter()
            .position(|statement| statement["Sid"] == statement_id)
    }
}

impl Function {
    /// The policy of the function or of one of its versions or aliases.
    pub(super) fn document(&self, qualifier: Option<&str>) -> Option<Value> {
        let policy = self.policies.get(qualifier.unwrap_or_default())?;
        Some(policy.document())
    }

    /// Whether a service may invoke the function by this qualifier. A statement of the function
    /// itself does not count for its aliases, whose ARNs are others.
    pub(super) fn admits(&self, qualifier: Option<&str>, caller: &Caller, account: &str) -> bool {
        let Some(policy) = self.policies.get(qualifier.unwrap_or_default()) else {
            return false;
        };
        let call = ServiceCall {
            principal: caller.principal,
            action: "lambda:InvokeFunction",
            resource: &self.qualified_arn(qualifier),
            source_account: account,
            source_arn: &caller.source_arn,
        };
        resource_policy::admits(&policy.document(), &call)
    }

    pub(super) fn add_permission(
        &mut self,
        qualifier: Option<&str>,
        input: &Map<String, Value>,
    ) -> Result<Value, ServiceError> {
        if qualifier == Some("$LATEST") {
            return Err(invalid(
                "We currently do not support adding policies for $LATEST.",
            ));
        }
        self.check_qualifier(qualifier)?;
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        let needed =
            |name: &str| text(name).ok_or_else(|| invalid(format!("{name} must not be empty")));
        let statement_id = needed("StatementId")?;
        let statement = statement(
            statement_id,
            needed("Action")?,
            needed("Principal")?,
            &self.qualified_arn(qualifier),
            text("SourceArn"),
            text("SourceAccount"),
        );
        let known = self.policies.get(qualifier.unwrap_or_default());
        check_revision(known, text("RevisionId"))?;
        if known.is_some_and(|policy| policy.position(statement_id).is_some()) {
            return Err(conflict(format!(
                "The statement id ({statement_id}) provided already exists. Please provide a new \
                 statement id, or remove the existing statement."
            )));
        }
        self.insert_statement(qualifier, statement.clone());
        Ok(json!({ "Statement": statement.to_string() }))
    }

    pub(super) fn policy(&self, qualifier: Option<&str>) -> Result<Value, ServiceError> {
        self.check_qualifier(qualifier)?;
        let policy = self
            .policies
            .get(qualifier.unwrap_or_default())
            .ok_or_else(|| not_found("The resource you requested does not exist."))?;
        Ok(json!({
            "Policy": policy.document().to_string(),
            "RevisionId": policy.revision_id,
        }))
    }

    pub(super) fn remove_permission(
        &mut self,
        qualifier: Option<&str>,
        statement_id: &str,
        revision: Option<&str>,
    ) -> Result<(), ServiceError> {
        let key = qualifier.unwrap_or_default();
        let policy = self
            .policies
            .get_mut(key)
            .ok_or_else(|| not_found("No policy is associated with the given resource."))?;
        check_revision(Some(policy), revision)?;
        let position = policy.position(statement_id).ok_or_else(|| {
            not_found(format!(
                "Statement {statement_id} is not found in resource policy."
            ))
        })?;
        policy.statements.remove(position);
        policy.revision_id = new_revision();
        if policy.statements.is_empty() {
            self.policies.remove(key);
        }
        Ok(())
    }

    fn insert_statement(&mut self, qualifier: Option<&str>, statement: Value) {
        let key = qualifier.unwrap_or_default().to_owned();
        let policy = self.policies.entry(key).or_default();
        policy.statements.push(statement);
        policy.revision_id = new_revision();
    }
}

impl Service {
    /// Lets an instance of Connect invoke a function, an alias or a version, as associating it with
    /// the instance does. False if there is no such function.
    pub(crate) fn grant_connect(&self, world: &World, arn: &str, instance_arn: &str) -> bool {
        self.with_named(world, arn, |function, qualifier| {
            let statement_id = connect_statement_id(instance_arn);
            let key = qualifier.unwrap_or_default();
            let known = function.policies.get(key);
            if known.is_none_or(|policy| policy.position(&statement_id).is_none()) {
                let statement = statement(
                    &statement_id,
                    "lambda:InvokeFunction",
                    "connect.amazonaws.com",
                    &function.qualified_arn(qualifier),
                    Some(instance_arn),
                    Some(&world.account),
                );
                function.insert_statement(qualifier, statement);
            }
        })
    }

    /// Takes back what [`Self::grant_connect`] gave. False if there is no such function.
    pub(crate) fn revoke_connect(&self, world: &World, arn: &str, instance_arn: &str) -> bool {
        self.with_named(world, arn, |function, qualifier| {
            // That the statement was removed by hand before is no failure.
            let _ =
                function.remove_permission(qualifier, &connect_statement_id(instance_arn), None);
        })
    }
}

fn connect_statement_id(instance_arn: &str) -> String {
    let instance = instance_arn.rsplit('/').next().unwrap_or_default();
    format!("connect-{instance}")
}

fn check_revision(
    policy: Option<&ResourcePolicy>,
    given: Option<&str>,
) -> Result<(), ServiceError> {
    match (policy, given) {
        (_, None) => Ok(()),
        (Some(policy), Some(given)) if policy.revision_id == given => Ok(()),
        _ => Err(stale()),
    }
}

/// A statement as Lambda writes it.
fn statement(
    id: &str,
    action: &str,
    principal: &str,
    resource: &str,
    source_arn: Option<&str>,
    source_account: Option<&str>,
) -> Value {
    let is_account = principal.len() == 12 && principal.bytes().all(|b| b.is_ascii_digit());
    let principal = match principal {
        "*" => json!("*"),
        account if is_account => json!({ "AWS": format!("arn:aws:iam::{account}:root") }),
        arn if arn.starts_with("arn:") => json!({ "AWS": arn }),
        service => json!({ "Service": service }),
    };
    let mut statement = json!({
        "Sid": id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    });
    let mut condition = Map::new();
    if let Some(account) = source_account {
        condition.insert(
            "StringEquals".to_owned(),
            json!({ "AWS:SourceAccount": account }),
        );
    }
    if let Some(arn) = source_arn {
        condition.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
    }
    if !condition.is_empty() {
        statement["Condition"] = Value::Object(condition);
    }
    statement
}
