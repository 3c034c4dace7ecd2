//! `SimulatePrincipalPolicy`: what the policies of a role or user would say.

use serde_json::Value;

use super::condition::Context;
use super::decision::{self, OfResource};
use super::policy::Ask;
use super::{Decision, PolicyKind, Principal, everything, identity, policies};
use crate::wire::query::{self, Form, element};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Answers for every action on every resource that the request names.
pub(crate) async fn simulate(world: &World, request: &Request) -> Result<Response, ServiceError> {
    let form = Form::of(request);
    let source = form.get("PolicySourceArn").unwrap_or_default();
    let Some(mut principal) = principal(world, source).await else {
        let message = format!("The entity {source} cannot be found.");
        return Err(ServiceError::new(404, "NoSuchEntity", message));
    };
    let more = form.members("PolicyInputList");
    for text in &more {
        let policy: Value = serde_json::from_str(text).map_err(|error| {
            ServiceError::new(400, "InvalidInput", format!("PolicyInputList: {error}"))
        })?;
        principal.policies.push(policy);
    }
    let mut resources = form.members("ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let context = context(&form);
    let who = identity(world, &principal.arn, None);
    let policies = policies(&principal);
    let mut results = String::new();
    for action in form.members("ActionNames") {
        for resource in &resources {
            let ask = Ask {
                action: action.clone(),
                resource: resource.clone(),
                context: context.clone(),
            };
            let decision = decision::decide(&ask, &who, &policies, &OfResource::None);
            results += &result(&ask, decision);
        }
    }
    let result = format!(
        "<EvaluationResults>{results}</EvaluationResults>{}",
        element("IsTruncated", "false")
    );
    Ok(query::answer(
        NAMESPACE,
        "SimulatePrincipalPolicy",
        Some(&result),
    ))
}

/// Whose policies are tried; those of the owner, whom IAM itself does not know, allow everything.
async fn principal(world: &World, source: &str) -> Option<Principal> {
    if source != world.library.owner() {
        return world.library.principal_of(source).await;
    }
    Some(Principal {
        arn: source.to_owned(),
        policies: vec![everything()],
        ..Principal::default()
    })
}

fn context(form: &Form) -> Context {
    let entries = (1..).map_while(|number| {
        let entry = format!("ContextEntries.member.{number}");
        let key = form.get(&format!("{entry}.ContextKeyName"))?;
        let values = (1..).map_while(|value| {
            let name = format!("{entry}.ContextKeyValues.member.{value}");
            form.get(&name).map(str::to_owned)
        });
        Some((key.to_ascii_lowercase(), values.collect()))
    });
    entries.collect()
}

fn result(ask: &Ask, decision: Decision) -> String {
    let word = match decision {
        Decision::Allowed => "allowed",
        Decision::NotAllowed(_) => "implicitDeny",
        Decision::Denied(_) => "explicitDeny",
    };
    let by_boundary = matches!(
        decision,
        Decision::NotAllowed(PolicyKind::Boundary) | Decision::Denied(PolicyKind::Boundary)
    );
    let boundary = element("AllowedByPermissionsBoundary", &(!by_boundary).to_string());
    format!(
        "<member>{}{}{}<MissingContextValues/><MatchedStatements/>\
         <PermissionsBoundaryDecisionDetail>{boundary}</PermissionsBoundaryDecisionDetail></member>",
        element("EvalActionName", &ask.action),
        element("EvalResourceName", &ask.resource),
        element("EvalDecision", word),
    )
}
