//! SNS: topics, subscriptions with filter policies, and delivery to Lambda.
//!
//! Our own and not a library's, since delivery is what a chat with a custom bot runs on: the topic's
//! policy decides whether Connect may publish, the filter policy whether the bot is called.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::resource_policy::{self, ServiceCall};
use crate::world::World;

mod delivery;
mod filter;
mod operations;
mod topic;

pub(crate) use self::operations::{handle, operation};

/// The topics of the account.
#[derive(Default)]
pub(crate) struct Service {
    state: Mutex<topic::State>,
    held: Mutex<Vec<delivery::Held>>,
}

/// A message published from inside the emulator on behalf of a service.
#[derive(Clone)]
pub(crate) struct Publication {
    pub(crate) topic_arn: String,
    /// The message, usually a JSON text.
    pub(crate) message: String,
    /// All of type `String`, in order.
    pub(crate) attributes: Vec<(String, String)>,
    /// The service principal that publishes, for example `connect.amazonaws.com`.
    pub(crate) principal: &'static str,
    pub(crate) source_account: String,
    pub(crate) source_arn: String,
}

impl Service {
    /// Publishes to a topic if its policy admits the principal, and delivers in the background.
    /// As with AWS, whoever streams a chat is not told of a refusal; the timeline is.
    pub(crate) fn publish(&self, world: &Arc<World>, publication: Publication) {
        let refusal = self.refusal(world, &publication);
        if let Some(reason) = refusal {
            let names = [
                ("topic", publication.topic_arn.as_str()),
                ("reason", reason),
            ];
            world.record("sns", "publish refused", &names);
            return;
        }
        let message = delivery::Message {
            topic_arn: publication.topic_arn,
            subject: None,
            text: publication.message,
            attributes: publication.attributes,
        };
        delivery::deliver(world, message);
    }

    /// Whether a topic of this ARN exists and is a standard one.
    pub(crate) fn is_standard_topic(&self, topic_arn: &str) -> bool {
        let state = self.state();
        state
            .topics
            .get(topic_arn)
            .is_some_and(topic::Topic::is_standard)
    }

    /// The tags of a topic, by its ARN.
    pub(crate) fn tags_of(&self, topic_arn: &str) -> Vec<(String, String)> {
        let state = self.state();
        let tags = state.topics.get(topic_arn).map(|topic| &topic.tags);
        let tags = tags.into_iter().flatten();
        tags.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// The policy of a topic, by its ARN.
    pub(crate) fn policy_of(&self, topic_arn: &str) -> Option<serde_json::Value> {
        let state = self.state();
        let topic = state.topics.get(topic_arn)?;
        serde_json::from_str(&topic.policy()).ok()
    }

    fn refusal(&self, world: &World, publication: &Publication) -> Option<&'static str> {
        let state = self.state();
        let Some(topic) = state.topics.get(&publication.topic_arn) else {
            return Some("no such topic");
        };
        let call = ServiceCall {
            principal: publication.principal,
            action: "sns:Publish",
            resource: &publication.topic_arn,
            source_account: &publication.source_account,
            source_arn: &publication.source_arn,
        };
        let policy = serde_json::from_str(&topic.policy()).unwrap_or_default();
        if !resource_policy::admits(&policy, &call) {
            return Some("the topic's policy does not admit it");
        }
        let key = topic.key()?;
        let (principal, source) = (publication.principal, publication.source_arn.as_str());
        let admits = world.library.key_admits(key, principal, source);
        (!admits).then_some("the policy of the topic's key does not admit it")
    }

    fn state(&self) -> MutexGuard<'_, topic::State> {
        self.state
            .lock()
            .expect("no code panics while it holds the topics")
    }

    fn held(&self) -> MutexGuard<'_, Vec<delivery::Held>> {
        self.held
            .lock()
            .expect("no code panics while it holds what is held back")
    }
}
