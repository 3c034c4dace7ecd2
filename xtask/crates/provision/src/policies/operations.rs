//! Every operation of AWS that provisioning calls, with what IAM asks for it: the one table from
//! which the policies are made.
//!
//! Which resource types and condition keys an action takes, and which other actions it depends on,
//! is what the Service Authorization Reference says of it. It says nothing of the tags that a
//! creation carries; that these ask for the action that tags, each service documents by itself.

use self::Condition::{
    Invokers, Ours, PassedToLambda, ServiceLinkedRole, TaggedAsOurs, ToFunctions,
};
use self::On::{
    Bots, Buckets, Contained, DataStreams, DeadLetters, DeliveryStreams, DeploymentTable,
    Everything, Functions, Instance, InstanceWith, KeyAliases, Keys, LogGroups,
    ObjectsOfOwnBuckets, OwnBuckets, Recordings, RolesByName, RolesOfFunctions, ServiceRoles,
    Tables, TaggedLogGroups, Topics,
};
use self::Part::{
    Flows, Hours, LexBots, Modules, Prompts, Queues, QuickConnects, RoutingProfiles,
    SecurityProfiles, Users, Views,
};
use self::Purpose::{Bootstrap, Deploy, Destroy, Plan, Prune};

/// What somebody calls AWS for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Reading what is there: `plan`, `diff`, `drift`, and the beginning of everything else.
    Plan,
    /// Making a release: functions, modules and flows.
    Deploy,
    /// Deleting what a release no longer has.
    Prune,
    /// Making the instance and what stands around it.
    Bootstrap,
    /// Deleting all of it.
    Destroy,
}

/// An operation and what the caller must be allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    /// As errors name it: `connect:CreateQueue`.
    pub(crate) name: &'static str,
    pub(crate) by: &'static [Purpose],
    pub(crate) needs: &'static [Need],
}

/// An action on resources of one type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    /// Another action than the one of the operation's name.
    other: Option<&'static str>,
    pub(crate) on: On,
    pub(crate) only: Option<Condition>,
}

/// What an action is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// The action takes no narrower resource; the text says why.
    Everything(&'static str),
    Instance,
    /// The instance, for what is only asked if the environment has something of the kind.
    InstanceWith(Part),
    /// All things of a kind on the instance; their ids are not known before they are.
    Contained(Part),
    /// Functions by the beginning of their names, with versions and aliases.
    Functions,
    /// The roles of functions by the beginning of their names, so that one that is gone from the
    /// sources can still be looked at.
    RolesByName,
    /// The roles of the functions that there are, one by one.
    RolesOfFunctions,
    /// What Connect makes for itself.
    ServiceRoles,
    Topics,
    Tables,
    /// The table where deployments are recorded.
    DeploymentTable,
    /// As most actions name log groups: with `:*`.
    LogGroups,
    /// As the actions on tags name them.
    TaggedLogGroups,
    Buckets,
    /// Those that we make; others are never changed.
    OwnBuckets,
    ObjectsOfOwnBuckets,
    /// Keys of the account: their ids are not known before they are.
    Keys,
    /// The aliases of the keys that we make.
    KeyAliases,
    DeadLetters,
    /// Streams of Kinesis to which the instance sends.
    DataStreams,
    /// Delivery streams of Firehose to which the instance sends.
    DeliveryStreams,
    /// The recordings of prompts in their buckets.
    Recordings,
    /// The Lex bots of the environment, and their aliases.
    Bots,
}

/// A kind of thing on an instance. The words in ARNs are not those of the operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Flows,
    Modules,
    Queues,
    Hours,
    RoutingProfiles,
    SecurityProfiles,
    QuickConnects,
    Users,
    Prompts,
    Views,
    /// Bots are on no instance; flows of one may ask them.
    LexBots,
}

/// What must hold besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The resource carries our tag.
    Ours,
    /// The request puts our tag on.
    TaggedAsOurs,
    PassedToLambda,
    /// A permission is given to Connect or SNS.
    Invokers,
    /// A subscription delivers to one of our functions.
    ToFunctions,
    /// The role is made for Connect.
    ServiceLinkedRole,
}

impl Part {
    /// The word in an ARN.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Flows => "contact-flow",
            Modules => "flow-module",
            Queues => "queue",
            Hours => "operating-hours",
            RoutingProfiles => "routing-profile",
            SecurityProfiles => "security-profile",
            QuickConnects => "transfer-destination",
            Users => "agent",
            Prompts => "prompt",
            Views => "view",
            LexBots => "bot",
        }
    }
}

impl Operation {
    /// The action that a need of this operation is about.
    pub(crate) fn action(&self, need: &Need) -> &'static str {
        need.other.unwrap_or(self.name)
    }
}

impl Need {
    const fn only(mut self, condition: Condition) -> Need {
        self.only = Some(condition);
        self
    }
}

const fn op(name: &'static str, by: &'static [Purpose], needs: &'static [Need]) -> Operation {
    Operation { name, by, needs }
}

/// The action of the operation's own name.
const fn own(on: On) -> Need {
    Need {
        other: None,
        on,
        only: None,
    }
}

/// An action that the operation depends on.
const fn also(action: &'static str, on: On) -> Need {
    Need {
        other: Some(action),
        on,
        only: None,
    }
}

const NO_INSTANCE: &str = "there is no instance to name yet";
const DIRECTORIES: &str =
    "Connect keeps the people of an instance in a directory that it makes and that nobody can name";
const ALL_FUNCTIONS: &str = "a list of functions cannot be narrowed";
const NO_KEY: &str = "a key has no name before it is";
const ALL_KEYS: &str = "only all keys and aliases of an account can be listed";
const ALL_QUOTAS: &str = "a list of quotas cannot be narrowed";
const SUBSCRIPTIONS: &str = "subscriptions are no resources of IAM";

/// What Connect asks of the caller when it changes what it may do itself.
const SERVICE_ROLE: [Need; 3] = [
    also("iam:CreateServiceLinkedRole", ServiceRoles).only(ServiceLinkedRole),
    also("iam:AttachRolePolicy", ServiceRoles),
    also("iam:PutRolePolicy", ServiceRoles),
];

/// What Connect asks of the caller about the places where it stores.
const STORES: [Need; 6] = [
    also("s3:GetBucketAcl", Buckets),
    also("s3:GetBucketLocation", Buckets),
    also("kms:CreateGrant", Keys),
    also("kms:DescribeKey", Keys),
    also("kinesis:DescribeStream", DataStreams),
    also("firehose:DescribeDeliveryStream", DeliveryStreams),
];

/// What Connect asks of the caller when it fetches a recording.
const RECORDING: [Need; 2] = [
    also("s3:GetObject", Recordings),
    also("s3:GetObjectAcl", Recordings),
];

/// All operations, by service and name.
pub(crate) const OPERATIONS: &[Operation] = &[
    // Connect: reading.
    op(
        "connect:DescribeContactFlow",
        &[Plan],
        &[own(Contained(Flows))],
    ),
    op(
        "connect:DescribeContactFlowModule",
        &[Plan],
        &[own(Contained(Modules))],
    ),
    op(
        "connect:DescribeHoursOfOperation",
        &[Plan],
        &[own(Contained(Hours))],
    ),
    op(
        "connect:DescribeInstance",
        &[Plan],
        &[
            own(Instance),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
        ],
    ),
    op("connect:DescribeQueue", &[Plan], &[own(Contained(Queues))]),
    op(
        "connect:DescribeRoutingProfile",
        &[Plan],
        &[own(Contained(RoutingProfiles))],
    ),
    op("connect:ListApprovedOrigins", &[Plan], &[own(Instance)]),
    op("connect:ListContactFlowModules", &[Plan], &[own(Instance)]),
    op(
        "connect:ListContactFlows",
        &[Plan],
        &[own(Contained(Flows))],
    ),
    op(
        "connect:ListContactFlowModuleAliases",
        &[Plan],
        &[own(Contained(Modules))],
    ),
    op("connect:ListHoursOfOperations", &[Plan], &[own(Instance)]),
    op("connect:ListInstanceAttributes", &[Plan], &[own(Instance)]),
    op(
        "connect:ListInstanceStorageConfigs",
        &[Plan],
        &[own(Instance)],
    ),
    op(
        "connect:ListInstances",
        &[Plan],
        &[
            own(Everything(NO_INSTANCE)),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
        ],
    ),
    op("connect:ListLambdaFunctions", &[Plan], &[own(Instance)]),
    op("connect:ListPrompts", &[Plan], &[own(Instance)]),
    op("connect:ListQueues", &[Plan], &[own(Contained(Queues))]),
    op(
        "connect:ListRoutingProfileQueues",
        &[Plan],
        &[own(Contained(RoutingProfiles))],
    ),
    op("connect:ListRoutingProfiles", &[Plan], &[own(Instance)]),
    op("connect:ListViews", &[Plan], &[own(Instance)]),
    op(
        "connect:DescribePrompt",
        &[Plan],
        &[own(Contained(Prompts))],
    ),
    op(
        "connect:DescribeQuickConnect",
        &[Plan],
        &[own(Contained(QuickConnects))],
    ),
    op(
        "connect:DescribeSecurityProfile",
        &[Plan],
        &[own(Contained(SecurityProfiles))],
    ),
    op("connect:DescribeView", &[Plan], &[own(Contained(Views))]),
    op("connect:ListBots", &[Plan], &[own(InstanceWith(LexBots))]),
    op(
        "connect:ListQueueQuickConnects",
        &[Plan],
        &[own(Contained(Queues))],
    ),
    op(
        "connect:ListQuickConnects",
        &[Plan],
        &[own(Contained(QuickConnects))],
    ),
    op(
        "connect:ListSecurityProfilePermissions",
        &[Plan],
        &[own(Contained(SecurityProfiles))],
    ),
    op(
        "connect:ListSecurityProfiles",
        &[Plan],
        &[own(InstanceWith(SecurityProfiles))],
    ),
    op("connect:ListUsers", &[Plan], &[own(InstanceWith(Users))]),
    // Connect: the instance.
    op(
        "connect:AssociateApprovedOrigin",
        &[Bootstrap],
        &[own(Instance)],
    ),
    op(
        "connect:AssociateBot",
        &[Bootstrap],
        &[
            own(InstanceWith(LexBots)),
            SERVICE_ROLE[0],
            SERVICE_ROLE[1],
            SERVICE_ROLE[2],
            also("lex:CreateResourcePolicy", Bots),
            also("lex:DescribeBotAlias", Bots),
            also("lex:GetBot", Bots),
            also("lex:UpdateResourcePolicy", Bots),
        ],
    ),
    op(
        "connect:AssociateInstanceStorageConfig",
        &[Bootstrap],
        &[
            own(Instance),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
            SERVICE_ROLE[0],
            SERVICE_ROLE[1],
            SERVICE_ROLE[2],
            STORES[0],
            STORES[1],
            STORES[2],
            STORES[3],
            STORES[4],
            STORES[5],
        ],
    ),
    op(
        "connect:CreateInstance",
        &[Bootstrap],
        &[
            own(Everything(NO_INSTANCE)).only(TaggedAsOurs),
            also("ds:AuthorizeApplication", Everything(DIRECTORIES)),
            also("ds:CheckAlias", Everything(DIRECTORIES)),
            also("ds:CreateAlias", Everything(DIRECTORIES)),
            also("ds:CreateDirectory", Everything(DIRECTORIES)),
            also("ds:CreateIdentityPoolDirectory", Everything(DIRECTORIES)),
            also("ds:DeleteDirectory", Everything(DIRECTORIES)),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
            also("ds:UnauthorizeApplication", Everything(DIRECTORIES)),
            SERVICE_ROLE[0],
            SERVICE_ROLE[1],
            SERVICE_ROLE[2],
            also("connect:TagResource", Instance).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:UpdateInstanceAttribute",
        &[Bootstrap],
        &[
            own(Instance),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
            SERVICE_ROLE[0],
            SERVICE_ROLE[1],
            SERVICE_ROLE[2],
            also("logs:CreateLogGroup", LogGroups),
        ],
    ),
    op(
        "connect:UpdateInstanceStorageConfig",
        &[Bootstrap],
        &[
            own(Instance),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
            SERVICE_ROLE[0],
            SERVICE_ROLE[1],
            SERVICE_ROLE[2],
            STORES[0],
            STORES[1],
            STORES[2],
            STORES[3],
            STORES[4],
            STORES[5],
        ],
    ),
    // Connect: what a release deletes that its sources have no more.
    op(
        "connect:DeleteContactFlow",
        &[Prune, Destroy],
        &[own(Contained(Flows)).only(Ours)],
    ),
    op(
        "connect:DeleteContactFlowModule",
        &[Prune, Destroy],
        &[own(Contained(Modules)).only(Ours)],
    ),
    op(
        "connect:DisassociateLambdaFunction",
        &[Prune, Destroy],
        &[own(Instance), also("lambda:RemovePermission", Functions)],
    ),
    op(
        "connect:SearchContactFlowModules",
        &[Plan, Destroy],
        &[
            own(Instance),
            also("connect:DescribeContactFlowModule", Contained(Modules)),
        ],
    ),
    op(
        "connect:SearchContactFlows",
        &[Plan, Destroy],
        &[
            own(Instance),
            also("connect:DescribeContactFlow", Contained(Flows)),
        ],
    ),
    op(
        "connect:UpdateContactFlowName",
        &[Prune],
        &[own(Contained(Flows)).only(Ours)],
    ),
    // Connect: hours, queues and routing profiles. What a change refers to need not be ours.
    op(
        "connect:AssociateRoutingProfileQueues",
        &[Bootstrap],
        &[
            own(Contained(RoutingProfiles)).only(Ours),
            own(Contained(Queues)),
        ],
    ),
    op(
        "connect:CreateHoursOfOperation",
        &[Bootstrap],
        &[
            own(Contained(Hours)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(Hours)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:CreateQueue",
        &[Bootstrap],
        &[
            own(Contained(Queues)).only(TaggedAsOurs),
            own(Contained(Hours)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(Queues)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:CreateRoutingProfile",
        &[Bootstrap],
        &[
            own(Contained(RoutingProfiles)).only(TaggedAsOurs),
            own(Contained(Queues)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(RoutingProfiles)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:DisassociateRoutingProfileQueues",
        &[Bootstrap],
        &[own(Contained(RoutingProfiles)).only(Ours)],
    ),
    op(
        "connect:UpdateHoursOfOperation",
        &[Bootstrap],
        &[own(Contained(Hours)).only(Ours)],
    ),
    op(
        "connect:UpdateQueueHoursOfOperation",
        &[Bootstrap],
        &[own(Contained(Queues)).only(Ours), own(Contained(Hours))],
    ),
    op(
        "connect:UpdateQueueMaxContacts",
        &[Bootstrap],
        &[own(Contained(Queues)).only(Ours)],
    ),
    op(
        "connect:UpdateQueueName",
        &[Bootstrap],
        &[own(Contained(Queues)).only(Ours)],
    ),
    op(
        "connect:UpdateQueueStatus",
        &[Bootstrap],
        &[own(Contained(Queues)).only(Ours)],
    ),
    op(
        "connect:UpdateRoutingProfileConcurrency",
        &[Bootstrap],
        &[own(Contained(RoutingProfiles)).only(Ours)],
    ),
    op(
        "connect:UpdateRoutingProfileDefaultOutboundQueue",
        &[Bootstrap],
        &[
            own(Contained(RoutingProfiles)).only(Ours),
            own(Contained(Queues)),
        ],
    ),
    op(
        "connect:UpdateRoutingProfileName",
        &[Bootstrap],
        &[own(Contained(RoutingProfiles)).only(Ours)],
    ),
    op(
        "connect:UpdateRoutingProfileQueues",
        &[Bootstrap],
        &[own(Contained(RoutingProfiles)).only(Ours)],
    ),
    // Connect: security profiles, prompts and views.
    op(
        "connect:CreatePrompt",
        &[Bootstrap],
        &[
            own(Contained(Prompts)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(Prompts)).only(TaggedAsOurs),
            RECORDING[0],
            RECORDING[1],
        ],
    ),
    op(
        "connect:CreateSecurityProfile",
        &[Bootstrap],
        &[
            own(Contained(SecurityProfiles)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(SecurityProfiles)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:CreateView",
        &[Bootstrap],
        &[
            own(Contained(Views)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(Views)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:CreateViewVersion",
        &[Bootstrap],
        &[own(Contained(Views)).only(Ours)],
    ),
    op(
        "connect:UpdatePrompt",
        &[Bootstrap],
        &[
            own(Contained(Prompts)).only(Ours),
            RECORDING[0],
            RECORDING[1],
        ],
    ),
    op(
        "connect:UpdateSecurityProfile",
        &[Bootstrap],
        &[own(Contained(SecurityProfiles)).only(Ours)],
    ),
    op(
        "connect:UpdateViewContent",
        &[Bootstrap],
        &[own(Contained(Views)).only(Ours)],
    ),
    op(
        "connect:UpdateViewMetadata",
        &[Bootstrap],
        &[own(Contained(Views)).only(Ours)],
    ),
    // Connect: quick connects, which lead through flows and so come with a release. What they lead
    // to need not be ours.
    op(
        "connect:AssociateQueueQuickConnects",
        &[Deploy],
        &[
            own(Contained(Queues)).only(Ours),
            own(Contained(QuickConnects)).only(Ours),
        ],
    ),
    op(
        "connect:CreateQuickConnect",
        &[Deploy],
        &[
            own(Contained(QuickConnects)).only(TaggedAsOurs),
            own(Contained(Flows)).only(TaggedAsOurs),
            own(Contained(Queues)).only(TaggedAsOurs),
            own(Contained(Users)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(QuickConnects)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:DisassociateQueueQuickConnects",
        &[Deploy],
        &[
            own(Contained(Queues)).only(Ours),
            own(Contained(QuickConnects)),
        ],
    ),
    op(
        "connect:UpdateQuickConnectConfig",
        &[Deploy],
        &[
            own(Contained(QuickConnects)).only(Ours),
            own(Contained(Flows)),
            own(Contained(Queues)),
            own(Contained(Users)),
        ],
    ),
    op(
        "connect:UpdateQuickConnectName",
        &[Deploy],
        &[own(Contained(QuickConnects)).only(Ours)],
    ),
    // Connect: a release.
    op(
        "connect:AssociateLambdaFunction",
        &[Deploy],
        &[
            own(Instance),
            also("lambda:AddPermission", Functions).only(Invokers),
        ],
    ),
    op(
        "connect:CreateContactFlow",
        &[Deploy],
        &[
            own(Contained(Flows)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(Flows)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:CreateContactFlowModule",
        &[Deploy],
        &[
            own(Contained(Modules)).only(TaggedAsOurs),
            also("connect:TagResource", Contained(Modules)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:CreateContactFlowModuleAlias",
        &[Deploy],
        &[own(Contained(Modules)).only(Ours)],
    ),
    op(
        "connect:CreateContactFlowModuleVersion",
        &[Deploy],
        &[own(Contained(Modules)).only(Ours)],
    ),
    op(
        "connect:UpdateContactFlowModuleAlias",
        &[Deploy],
        &[own(Contained(Modules)).only(Ours)],
    ),
    op(
        "connect:UpdateContactFlowContent",
        &[Deploy],
        &[own(Contained(Flows)).only(Ours)],
    ),
    op(
        "connect:UpdateContactFlowMetadata",
        &[Deploy],
        &[own(Contained(Flows)).only(Ours)],
    ),
    op(
        "connect:UpdateContactFlowModuleContent",
        &[Deploy],
        &[own(Contained(Modules)).only(Ours)],
    ),
    op(
        "connect:UpdateContactFlowModuleMetadata",
        &[Deploy],
        &[own(Contained(Modules)).only(Ours)],
    ),
    op(
        "connect:TagResource",
        &[Deploy],
        &[
            own(Contained(Flows)).only(TaggedAsOurs),
            own(Contained(Modules)).only(TaggedAsOurs),
            own(Contained(QuickConnects)).only(TaggedAsOurs),
        ],
    ),
    op(
        "connect:TagResource",
        &[Bootstrap],
        &[
            own(Instance).only(TaggedAsOurs),
            own(Contained(Hours)).only(TaggedAsOurs),
            own(Contained(Queues)).only(TaggedAsOurs),
            own(Contained(RoutingProfiles)).only(TaggedAsOurs),
            own(Contained(SecurityProfiles)).only(TaggedAsOurs),
            own(Contained(Prompts)).only(TaggedAsOurs),
            own(Contained(Views)).only(TaggedAsOurs),
        ],
    ),
    // DynamoDB: tables, and what is written to the one of deployments.
    op(
        "dynamodb:CreateTable",
        &[Bootstrap],
        &[
            own(Tables).only(TaggedAsOurs),
            also("dynamodb:TagResource", Tables).only(TaggedAsOurs),
            also("kms:CreateGrant", Keys),
            also("kms:Decrypt", Keys),
            also("kms:DescribeKey", Keys),
            also("kms:GenerateDataKey", Keys),
        ],
    ),
    op(
        "dynamodb:DescribeContinuousBackups",
        &[Plan],
        &[own(Tables)],
    ),
    op("dynamodb:DescribeTable", &[Plan], &[own(Tables)]),
    op("dynamodb:DescribeTimeToLive", &[Plan], &[own(Tables)]),
    op("dynamodb:GetItem", &[Plan], &[own(DeploymentTable)]),
    op("dynamodb:ListTagsOfResource", &[Plan], &[own(Tables)]),
    op(
        "dynamodb:PutItem",
        &[Deploy, Bootstrap],
        &[own(DeploymentTable)],
    ),
    op("dynamodb:Query", &[Plan], &[own(DeploymentTable)]),
    op(
        "dynamodb:TagResource",
        &[Bootstrap],
        &[own(Tables).only(TaggedAsOurs)],
    ),
    op(
        "dynamodb:UpdateContinuousBackups",
        &[Bootstrap],
        &[own(Tables)],
    ),
    op(
        "dynamodb:UpdateItem",
        &[Deploy, Bootstrap, Destroy],
        &[own(DeploymentTable)],
    ),
    op(
        "dynamodb:UpdateTable",
        &[Bootstrap],
        &[
            own(Tables),
            also("kms:CreateGrant", Keys),
            also("kms:Decrypt", Keys),
            also("kms:DescribeKey", Keys),
            also("kms:GenerateDataKey", Keys),
        ],
    ),
    op("dynamodb:UpdateTimeToLive", &[Bootstrap], &[own(Tables)]),
    // IAM: the roles of functions.
    op(
        "iam:CreateRole",
        &[Bootstrap],
        &[
            own(RolesOfFunctions).only(TaggedAsOurs),
            also("iam:TagRole", RolesOfFunctions).only(TaggedAsOurs),
        ],
    ),
    op("iam:GetRole", &[Plan], &[own(RolesByName)]),
    op("iam:GetRolePolicy", &[Plan], &[own(RolesByName)]),
    op("iam:PutRolePolicy", &[Bootstrap], &[own(RolesOfFunctions)]),
    op(
        "iam:TagRole",
        &[Bootstrap],
        &[own(RolesOfFunctions).only(TaggedAsOurs)],
    ),
    op(
        "iam:UpdateAssumeRolePolicy",
        &[Bootstrap],
        &[own(RolesOfFunctions)],
    ),
    // Lambda. A role is given away only to Lambda.
    op(
        "lambda:AddPermission",
        &[Deploy],
        &[own(Functions).only(Invokers)],
    ),
    op("lambda:CreateAlias", &[Deploy], &[own(Functions)]),
    op(
        "lambda:CreateFunction",
        &[Deploy],
        &[
            own(Functions).only(TaggedAsOurs),
            also("iam:PassRole", RolesOfFunctions).only(PassedToLambda),
            also("lambda:TagResource", Functions).only(TaggedAsOurs),
        ],
    ),
    op("lambda:GetAlias", &[Deploy], &[own(Functions)]),
    op(
        "lambda:GetFunctionConfiguration",
        &[Plan],
        &[own(Functions)],
    ),
    op(
        "lambda:GetFunctionEventInvokeConfig",
        &[Plan],
        &[own(Functions)],
    ),
    op("lambda:GetPolicy", &[Plan], &[own(Functions)]),
    op(
        "lambda:DeleteFunction",
        &[Prune, Destroy],
        &[own(Functions)],
    ),
    op(
        "lambda:ListFunctions",
        &[Plan, Destroy],
        &[own(Everything(ALL_FUNCTIONS))],
    ),
    op("lambda:ListTags", &[Plan], &[own(Functions)]),
    op("lambda:ListVersionsByFunction", &[Plan], &[own(Functions)]),
    op("lambda:PublishVersion", &[Deploy], &[own(Functions)]),
    op(
        "lambda:PutFunctionEventInvokeConfig",
        &[Deploy],
        &[own(Functions)],
    ),
    op(
        "lambda:TagResource",
        &[Deploy],
        &[own(Functions).only(TaggedAsOurs)],
    ),
    op("lambda:UpdateAlias", &[Deploy], &[own(Functions)]),
    op("lambda:UpdateFunctionCode", &[Deploy], &[own(Functions)]),
    op(
        "lambda:UpdateFunctionConfiguration",
        &[Deploy],
        &[
            own(Functions),
            also("iam:PassRole", RolesOfFunctions).only(PassedToLambda),
        ],
    ),
    // CloudWatch Logs.
    op(
        "logs:CreateLogGroup",
        &[Bootstrap],
        &[
            own(LogGroups).only(TaggedAsOurs),
            also("logs:TagResource", TaggedLogGroups).only(TaggedAsOurs),
        ],
    ),
    op(
        "logs:DescribeLogGroups",
        &[Plan],
        &[own(Everything(
            "groups are looked for by the beginning of their name, in all of them",
        ))],
    ),
    op("logs:ListTagsForResource", &[Plan], &[own(TaggedLogGroups)]),
    op("logs:PutRetentionPolicy", &[Bootstrap], &[own(LogGroups)]),
    op(
        "logs:TagResource",
        &[Bootstrap],
        &[own(TaggedLogGroups).only(TaggedAsOurs)],
    ),
    // SNS.
    // S3. IAM has its own names for most operations on a bucket's settings.
    op(
        "s3:CreateBucket",
        &[Bootstrap],
        &[own(OwnBuckets), also("s3:TagResource", OwnBuckets)],
    ),
    op(
        "s3:GetBucketCors",
        &[Plan],
        &[also("s3:GetBucketCORS", OwnBuckets)],
    ),
    op(
        "s3:GetBucketEncryption",
        &[Plan],
        &[also("s3:GetEncryptionConfiguration", OwnBuckets)],
    ),
    op(
        "s3:GetBucketLifecycleConfiguration",
        &[Plan],
        &[also("s3:GetLifecycleConfiguration", OwnBuckets)],
    ),
    op("s3:GetBucketPolicy", &[Plan], &[own(OwnBuckets)]),
    op("s3:GetBucketTagging", &[Plan], &[own(OwnBuckets)]),
    op(
        "s3:GetPublicAccessBlock",
        &[Plan],
        &[also("s3:GetBucketPublicAccessBlock", OwnBuckets)],
    ),
    op(
        "s3:HeadBucket",
        &[Plan],
        &[also("s3:ListBucket", OwnBuckets)],
    ),
    op(
        "s3:PutBucketCors",
        &[Bootstrap],
        &[also("s3:PutBucketCORS", OwnBuckets)],
    ),
    op(
        "s3:PutBucketEncryption",
        &[Bootstrap],
        &[also("s3:PutEncryptionConfiguration", OwnBuckets)],
    ),
    op(
        "s3:PutBucketLifecycleConfiguration",
        &[Bootstrap],
        &[also("s3:PutLifecycleConfiguration", OwnBuckets)],
    ),
    op("s3:PutBucketPolicy", &[Bootstrap], &[own(OwnBuckets)]),
    op("s3:PutBucketTagging", &[Bootstrap], &[own(OwnBuckets)]),
    op(
        "s3:PutPublicAccessBlock",
        &[Bootstrap],
        &[also("s3:PutBucketPublicAccessBlock", OwnBuckets)],
    ),
    // KMS: a key is ours by its tag, since its id cannot be chosen.
    op(
        "kms:CreateAlias",
        &[Bootstrap],
        &[own(KeyAliases), own(Keys).only(Ours)],
    ),
    op(
        "kms:CreateKey",
        &[Bootstrap],
        &[
            own(Everything(NO_KEY)).only(TaggedAsOurs),
            also("kms:TagResource", Everything(NO_KEY)).only(TaggedAsOurs),
            also("kms:PutKeyPolicy", Keys).only(TaggedAsOurs),
        ],
    ),
    op("kms:DescribeKey", &[Plan], &[own(Keys)]),
    op(
        "kms:EnableKeyRotation",
        &[Bootstrap],
        &[own(Keys).only(Ours)],
    ),
    op("kms:GetKeyPolicy", &[Plan], &[own(Keys).only(Ours)]),
    op("kms:GetKeyRotationStatus", &[Plan], &[own(Keys).only(Ours)]),
    op(
        "kms:ListAliases",
        &[Bootstrap],
        &[own(Everything(ALL_KEYS))],
    ),
    op("kms:ListKeys", &[Bootstrap], &[own(Everything(ALL_KEYS))]),
    op("kms:ListResourceTags", &[Plan], &[own(Keys).only(Ours)]),
    op("kms:PutKeyPolicy", &[Bootstrap], &[own(Keys).only(Ours)]),
    op("kms:TagResource", &[Bootstrap], &[own(Keys).only(Ours)]),
    // SQS: queues for dead letters.
    op(
        "sqs:CreateQueue",
        &[Bootstrap],
        &[own(DeadLetters), also("sqs:TagQueue", DeadLetters)],
    ),
    op("sqs:GetQueueAttributes", &[Plan], &[own(DeadLetters)]),
    op("sqs:GetQueueUrl", &[Plan], &[own(DeadLetters)]),
    op("sqs:ListQueueTags", &[Plan], &[own(DeadLetters)]),
    op("sqs:SetQueueAttributes", &[Bootstrap], &[own(DeadLetters)]),
    op("sqs:TagQueue", &[Bootstrap], &[own(DeadLetters)]),
    op(
        "sns:CreateTopic",
        &[Bootstrap],
        &[
            own(Topics).only(TaggedAsOurs),
            also("sns:TagResource", Topics).only(TaggedAsOurs),
        ],
    ),
    op(
        "sns:GetSubscriptionAttributes",
        &[Plan],
        &[own(Everything(SUBSCRIPTIONS))],
    ),
    op("sns:GetTopicAttributes", &[Plan], &[own(Topics)]),
    op("sns:ListSubscriptionsByTopic", &[Plan], &[own(Topics)]),
    op("sns:ListTagsForResource", &[Plan], &[own(Topics)]),
    op(
        "sns:SetSubscriptionAttributes",
        &[Deploy],
        &[own(Everything(SUBSCRIPTIONS))],
    ),
    op("sns:SetTopicAttributes", &[Bootstrap], &[own(Topics)]),
    op("sns:Subscribe", &[Deploy], &[own(Topics).only(ToFunctions)]),
    op(
        "sns:TagResource",
        &[Bootstrap],
        &[own(Topics).only(TaggedAsOurs)],
    ),
    op(
        "sns:Unsubscribe",
        &[Prune, Destroy],
        &[own(Everything(SUBSCRIPTIONS))],
    ),
    // Service Quotas.
    op(
        "servicequotas:ListServiceQuotas",
        &[Plan],
        &[own(Everything(ALL_QUOTAS))],
    ),
    // Deleting everything that is ours, after everything that is there was read.
    op(
        "connect:DeleteHoursOfOperation",
        &[Destroy],
        &[own(Contained(Hours)).only(Ours)],
    ),
    op(
        "connect:DeleteInstance",
        &[Destroy],
        &[
            own(Instance).only(Ours),
            also("ds:DeleteDirectory", Everything(DIRECTORIES)),
            also("ds:DescribeDirectories", Everything(DIRECTORIES)),
            also("ds:UnauthorizeApplication", Everything(DIRECTORIES)),
        ],
    ),
    op(
        "connect:DeleteQueue",
        &[Destroy],
        &[own(Contained(Queues)).only(Ours)],
    ),
    op(
        "connect:DeleteRoutingProfile",
        &[Destroy],
        &[own(Contained(RoutingProfiles)).only(Ours)],
    ),
    op(
        "connect:DisassociateInstanceStorageConfig",
        &[Destroy],
        &[own(Instance)],
    ),
    op("dynamodb:DeleteTable", &[Destroy], &[own(Tables)]),
    op("iam:DeleteRole", &[Destroy], &[own(RolesOfFunctions)]),
    op("iam:DeleteRolePolicy", &[Destroy], &[own(RolesOfFunctions)]),
    op(
        "kms:DeleteAlias",
        &[Destroy],
        &[own(KeyAliases), own(Keys).only(Ours)],
    ),
    op(
        "kms:ScheduleKeyDeletion",
        &[Destroy],
        &[own(Keys).only(Ours)],
    ),
    op("logs:DeleteLogGroup", &[Destroy], &[own(LogGroups)]),
    op("s3:DeleteBucket", &[Destroy], &[own(OwnBuckets)]),
    op(
        "s3:DeleteObjects",
        &[Destroy],
        &[also("s3:DeleteObject", ObjectsOfOwnBuckets)],
    ),
    op(
        "s3:ListObjectsV2",
        &[Destroy],
        &[also("s3:ListBucket", OwnBuckets)],
    ),
    op("sns:DeleteTopic", &[Destroy], &[own(Topics)]),
    op("sqs:DeleteQueue", &[Destroy], &[own(DeadLetters)]),
    // STS answers everybody who asks who they are, whatever policies say.
    op("sts:GetCallerIdentity", &[Plan], &[]),
    // Asked by `doctor` about whoever calls, and told without where it is not allowed: the other
    // policies name nothing of the caller's own.
    op("iam:SimulatePrincipalPolicy", &[], &[]),
];
