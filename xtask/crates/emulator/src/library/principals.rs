//! Who an access key belongs to and what the policies of the account say about them, for the
//! enforcement of permissions. Reads what the library has; changes nothing.

use std::collections::HashMap;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use winterbaume_core::{DEFAULT_ACCOUNT_ID, StatefulService};
use winterbaume_iam::views::{AttachedPolicyView, IamStateView, InlinePolicyView};

use super::iam::{self, GLOBAL};
use super::{Caller, Library};
use crate::wire::{Request, Service};

/// Somebody whose permissions are looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Principal {
    /// The ARN of the role or user.
    pub(crate) arn: String,
    /// The ARN of the role's session, if it is one.
    pub(crate) session: Option<String>,
    pub(crate) user_id: String,
    /// Inline and attached policies.
    pub(crate) policies: Vec<Value>,
    pub(crate) boundary: Option<Value>,
    /// What was given when the role was assumed.
    pub(crate) session_policies: Vec<Value>,
}

impl Library {
    /// Whose key it is; `None` for a key that nobody was given here.
    pub(crate) async fn principal(&self, access_key: &str) -> Option<Principal> {
        let session = self.callers().get(access_key).cloned();
        let state = self.iam_state().await;
        match session {
            Some(caller) => Some(self.session(&state, caller)),
            None => {
                let key = state.access_keys.get(access_key)?;
                self.user(&state, &key.user_name)
            }
        }
    }

    /// A role or user by its ARN, or a role by the ARN of a session.
    pub(crate) async fn principal_of(&self, arn: &str) -> Option<Principal> {
        let state = self.iam_state().await;
        let name = arn.rsplit('/').next()?;
        if arn.contains(":user/") {
            return self.user(&state, name);
        }
        let name = match arn.split_once(":assumed-role/") {
            Some((_, rest)) => rest.split('/').next()?,
            None => name,
        };
        let found = self.role(&state, name)?;
        Some(found)
    }

    fn session(&self, state: &IamStateView, caller: Caller) -> Principal {
        let name = caller.arn.split_once(":assumed-role/");
        let name = name.and_then(|(_, rest)| rest.split('/').next());
        // A role that is gone allows nothing any more.
        let role = name.and_then(|name| self.role(state, name));
        Principal {
            session: Some(caller.arn),
            user_id: caller.user_id,
            session_policies: caller.policies,
            ..role.unwrap_or_default()
        }
    }

    fn role(&self, state: &IamStateView, name: &str) -> Option<Principal> {
        let role = state.roles.get(name)?;
        Some(Principal {
            arn: self.own(&role.arn),
            user_id: role.role_id.clone(),
            policies: self.policies(state, &role.inline_policies, &role.attached_policies),
            boundary: self.boundary(state, role.permissions_boundary.as_deref()),
            ..Principal::default()
        })
    }

    fn user(&self, state: &IamStateView, name: &str) -> Option<Principal> {
        let user = state.users.get(name)?;
        Some(Principal {
            arn: self.own(&user.arn),
            user_id: user.user_id.clone(),
            policies: self.policies(state, &user.inline_policies, &user.attached_policies),
            boundary: self.boundary(state, user.permissions_boundary.as_deref()),
            ..Principal::default()
        })
    }

    fn policies(
        &self,
        state: &IamStateView,
        inline: &[InlinePolicyView],
        attached: &[AttachedPolicyView],
    ) -> Vec<Value> {
        let inline = inline
            .iter()
            .map(|policy| self.document(&policy.policy_document));
        let attached = attached
            .iter()
            .filter_map(|policy| self.managed(state, &policy.policy_arn));
        inline.chain(attached).collect()
    }

    /// A boundary that cannot be read allows nothing.
    fn boundary(&self, state: &IamStateView, arn: Option<&str>) -> Option<Value> {
        arn.map(|arn| self.managed(state, arn).unwrap_or_default())
    }

    /// The version of a managed policy that is in force.
    fn managed(&self, state: &IamStateView, arn: &str) -> Option<Value> {
        let policy = state.policies.get(arn)?;
        let mut versions = policy.versions.iter();
        let version = versions.find(|version| version.version_id == policy.default_version_id);
        let document = version.map_or(&policy.document, |version| &version.document);
        Some(self.document(document))
    }

    /// The documents of managed policies with these ARNs, as sessions name them.
    pub(super) async fn managed_policies(&self, arns: &[String]) -> Vec<Value> {
        let state = self.iam_state().await;
        let documents = arns.iter().map(|arn| {
            let theirs = self.own(arn);
            self.managed(&state, &theirs).unwrap_or_default()
        });
        documents.collect()
    }

    pub(super) fn document(&self, text: &str) -> Value {
        serde_json::from_str(&self.own(&iam::plain_document(text))).unwrap_or_default()
    }

    /// A text of the library with our account in it, or one of ours with the library's.
    fn own(&self, text: &str) -> String {
        let swapped = self.accounts.swap(&Bytes::copy_from_slice(text.as_bytes()));
        String::from_utf8_lossy(&swapped).into_owned()
    }

    async fn iam_state(&self) -> IamStateView {
        self.iam.snapshot(DEFAULT_ACCOUNT_ID, GLOBAL).await
    }

    /// The ARN of a role, whose path its name does not say.
    pub(crate) async fn role_arn(&self, name: &str) -> Option<String> {
        let state = self.iam_state().await;
        state.roles.get(name).map(|role| self.own(&role.arn))
    }

    /// The tags of a role or user.
    pub(crate) async fn identity_tags(&self, arn: &str) -> HashMap<String, String> {
        let state = self.iam_state().await;
        let name = arn.rsplit('/').next().unwrap_or_default();
        match arn.contains(":user/") {
            true => state.users.get(name).map(|user| user.tags.clone()),
            false => state.roles.get(name).map(|role| role.tags.clone()),
        }
        .unwrap_or_default()
    }

    /// The ARN of a key from its id, its ARN or an alias.
    pub(crate) async fn whole_key_arn(&self, key: &str) -> Option<String> {
        let described = self.describe_key(key).await.ok()?;
        described["KeyMetadata"]["Arn"].as_str().map(str::to_owned)
    }

    /// The tags of a key, by its ARN.
    pub(crate) async fn key_tags(&self, arn: &str) -> Vec<(String, String)> {
        let key = arn.rsplit('/').next().unwrap_or(arn);
        let body = json!({ "KeyId": key }).to_string();
        let target = Some("TrentService.ListResourceTags");
        let Ok(answer) = self.call(Service::Kms, target, &body).await else {
            return Vec::new();
        };
        let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let tags = answer["Tags"].as_array().into_iter().flatten();
        let pairs = tags.filter_map(|tag| {
            let text = |name: &str| tag[name].as_str().map(str::to_owned);
            Some((text("TagKey")?, text("TagValue").unwrap_or_default()))
        });
        pairs.collect()
    }

    /// The policy of a queue, a key or a bucket.
    pub(crate) async fn resource_policy(&self, arn: &str) -> Option<Value> {
        let service = arn.split(':').nth(2)?;
        let local = arn.rsplit(':').next()?;
        let text = match service {
            "kms" => {
                let key = local.strip_prefix("key/")?;
                let body = json!({ "KeyId": key, "PolicyName": "default" }).to_string();
                let target = Some("TrentService.GetKeyPolicy");
                let answer = self.call(Service::Kms, target, &body).await.ok()?;
                member(&answer.body, "/Policy")?
            }
            "sqs" => {
                let url = format!(
                    "https://sqs.{}.amazonaws.com/{}/{local}",
                    self.region, self.account
                );
                let body = json!({ "QueueUrl": url, "AttributeNames": ["Policy"] }).to_string();
                let target = Some("AmazonSQS.GetQueueAttributes");
                let answer = self.call(Service::Sqs, target, &body).await.ok()?;
                member(&answer.body, "/Attributes/Policy")?
            }
            "s3" => {
                let bucket = local.split('/').next()?;
                self.bucket_policy(bucket).await?
            }
            _ => return None,
        };
        serde_json::from_str(&text).ok()
    }

    async fn bucket_policy(&self, bucket: &str) -> Option<String> {
        let request = Request {
            method: http::Method::GET,
            path: vec![bucket.to_owned()],
            query: vec![("policy".to_owned(), String::new())],
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let answer = self.pass(Service::S3, &request).await.ok()?;
        Some(String::from_utf8_lossy(&answer.body).into_owned())
    }
}

fn member(body: &[u8], pointer: &str) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer(pointer)?.as_str().map(str::to_owned)
}
