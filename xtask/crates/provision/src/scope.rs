//! The names and ARNs that follow from account, region and the alias of the instance.
//!
//! Only what lives on the Connect instance has ids that cannot be known before; everything else is
//! named here, in one place.

use crate::environment::Environment;

/// The alias of a function to which flows and topics refer; deploying moves it.
pub const LIVE: &str = "live";

/// Account, region and instance of one environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub account: String,
    pub region: String,
    pub alias: String,
}

impl Scope {
    pub fn new(environment: &Environment) -> Self {
        Self {
            account: environment.account.clone(),
            region: environment.region.clone(),
            alias: environment.instance_alias.clone(),
        }
    }

    /// `aws`, or that of China or of the US government.
    pub fn partition(&self) -> &'static str {
        if self.region.starts_with("cn-") {
            "aws-cn"
        } else if self.region.starts_with("us-gov-") {
            "aws-us-gov"
        } else {
            "aws"
        }
    }

    /// What a function, role, topic or table of this name is called on AWS.
    pub fn remote_name(&self, name: &str) -> String {
        format!("{}-{name}", self.alias)
    }

    pub fn function_arn(&self, lambda: &str) -> String {
        let function = format!("function:{}", self.remote_name(lambda));
        self.regional_arn("lambda", &function)
    }

    /// What flows and topics name.
    pub fn live_alias_arn(&self, lambda: &str) -> String {
        format!("{}:{LIVE}", self.function_arn(lambda))
    }

    pub fn role_arn(&self, lambda: &str) -> String {
        let (partition, account) = (self.partition(), &self.account);
        let role = self.remote_name(lambda);
        format!("arn:{partition}:iam::{account}:role/{role}")
    }

    pub fn topic_arn(&self, topic: &str) -> String {
        self.regional_arn("sns", &self.remote_name(topic))
    }

    /// The queue for dead letters of this name.
    pub fn queue_arn(&self, dead_letters: &str) -> String {
        self.regional_arn("sqs", &self.remote_name(dead_letters))
    }

    pub fn key_arn(&self, id: &str) -> String {
        self.regional_arn("kms", &format!("key/{id}"))
    }

    pub fn key_alias_arn(&self, key: &str) -> String {
        self.regional_arn("kms", &self.key_alias(key))
    }

    /// The alias of a key that we make.
    pub fn key_alias(&self, key: &str) -> String {
        format!("alias/{}", self.remote_name(key))
    }

    pub fn table_arn(&self, table: &str) -> String {
        let table = format!("table/{}", self.remote_name(table));
        self.regional_arn("dynamodb", &table)
    }

    /// Lambda writes to the group of the function's name.
    pub fn function_log_group(&self, lambda: &str) -> String {
        format!("/aws/lambda/{}", self.remote_name(lambda))
    }

    /// Connect writes the log of flows to the group of the instance's alias.
    pub fn flow_log_group(&self) -> String {
        format!("/aws/connect/{}", self.alias)
    }

    pub fn log_group_arn(&self, group: &str) -> String {
        self.regional_arn("logs", &format!("log-group:{group}"))
    }

    fn regional_arn(&self, service: &str, resource: &str) -> String {
        let (partition, region, account) = (self.partition(), &self.region, &self.account);
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
