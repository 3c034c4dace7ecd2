//! The quotas on how much there may be, with their defaults and how Service Quotas calls them.
//!
//! Names and codes are those that `ListAWSDefaultServiceQuotas` gave to several people who published
//! its answer; where their number is another than the Administrator Guide's, the guide's is taken
//! and the other one noted. Codes beginning with `L-F10` are made up: those quotas are documented,
//! and Service Quotas was not seen to list them.

use super::Quota;

/// One quota.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The quota where the emulator counts it, else what Service Quotas lists only.
    pub(crate) quota: Option<Quota>,
    pub(crate) service: ServiceCode,
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) default: u32,
    pub(crate) is_adjustable: bool,
    pub(crate) level: Level,
}

/// The services whose quotas are listed, by their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServiceCode {
    Connect,
    Lambda,
}

/// What a quota counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Account,
    Instance,
}

const fn of_instance(quota: Quota, name: &'static str, code: &'static str, default: u32) -> Entry {
    Entry {
        quota: Some(quota),
        service: ServiceCode::Connect,
        name,
        code,
        default,
        is_adjustable: true,
        level: Level::Instance,
    }
}

const fn listed(
    service: ServiceCode,
    level: Level,
    name: &'static str,
    code: &'static str,
    default: u32,
) -> Entry {
    Entry {
        quota: None,
        service,
        name,
        code,
        default,
        is_adjustable: true,
        level,
    }
}

const fn fixed(entry: Entry) -> Entry {
    Entry {
        is_adjustable: false,
        ..entry
    }
}

const fn of_account(entry: Entry) -> Entry {
    Entry {
        level: Level::Account,
        ..entry
    }
}

use Level::{Account, Instance};
use ServiceCode::{Connect, Lambda};

pub(super) const TABLE: &[Entry] = &[
    of_account(of_instance(
        Quota::Instances,
        "Amazon Connect instance count",
        "L-AA17A6B9",
        2,
    )),
    fixed(of_account(of_instance(
        Quota::InstanceChanges,
        "Amazon Connect instance creations and deletions in 30 days",
        "L-F1000001",
        100,
    ))),
    of_instance(
        Quota::Flows,
        "Contact flows per instance",
        "L-22922690",
        100,
    ),
    of_instance(
        Quota::Modules,
        "Flow modules per instance",
        "L-19755C7E",
        200,
    ),
    of_instance(
        Quota::LambdaFunctions,
        "AWS Lambda functions per instance",
        "L-E3D2F503",
        50,
    ),
    of_instance(
        Quota::LexV2BotAliases,
        "Amazon Lex V2 bot aliases per instance",
        "L-CCEA7427",
        100,
    ),
    // Listed with 50 by Service Quotas.
    of_instance(Quota::Queues, "Queues per instance", "L-19A87C94", 100),
    of_instance(
        Quota::HoursOfOperation,
        "Hours of operation per instance",
        "L-20CD02F7",
        100,
    ),
    of_instance(
        Quota::RoutingProfiles,
        "Routing profiles per instance",
        "L-D3E7BE26",
        500,
    ),
    // Listed with 100 by Service Quotas; the guide counts each queue once per channel.
    of_instance(
        Quota::QueuesOfRoutingProfile,
        "Queues per routing profile per instance",
        "L-516BC0EB",
        50,
    ),
    of_instance(
        Quota::SecurityProfiles,
        "Security profiles per instance",
        "L-F325A715",
        100,
    ),
    of_instance(Quota::Prompts, "Prompts per instance", "L-0865B754", 500),
    of_instance(
        Quota::QuickConnects,
        "Quick connects per instance",
        "L-68BBE2E8",
        100,
    ),
    fixed(of_instance(
        Quota::QuickConnectsOfQueue,
        "Quick connects per queue",
        "L-F1000002",
        700,
    )),
    of_instance(
        Quota::ActiveChats,
        "Concurrent active chats per instance",
        "L-D4BA6F6E",
        500,
    ),
    listed(Connect, Instance, "Users per instance", "L-9A46857E", 500),
    listed(
        Connect,
        Instance,
        "User hierarchy groups per instance",
        "L-D68AAAE4",
        500,
    ),
    listed(
        Connect,
        Instance,
        "Phone numbers per instance",
        "L-8F812903",
        5,
    ),
    fixed(listed(
        Connect,
        Instance,
        "Agent status per instance",
        "L-D945C9A8",
        50,
    )),
    // Listed with 25 by Service Quotas.
    listed(
        Connect,
        Instance,
        "Predefined Attributes",
        "L-3828FBF0",
        150,
    ),
    listed(
        Connect,
        Instance,
        "Concurrent active calls per instance",
        "L-12AB7C57",
        10,
    ),
    listed(
        Connect,
        Instance,
        "Concurrent active tasks per instance",
        "L-60553137",
        2500,
    ),
    listed(
        Connect,
        Instance,
        "Concurrent active emails per instance",
        "L-B117F12F",
        1000,
    ),
    listed(Lambda, Account, "Concurrent executions", "L-B99A9384", 1000),
    fixed(listed(
        Lambda,
        Account,
        "Rate of control plane API requests",
        "L-B2AA0F47",
        15,
    )),
    fixed(listed(
        Lambda,
        Account,
        "Rate of GetFunction API requests",
        "L-37540937",
        100,
    )),
    fixed(listed(
        Lambda,
        Account,
        "Rate of GetPolicy API requests",
        "L-4273958C",
        15,
    )),
];

/// The line of a quota that the emulator counts.
pub(super) fn entry(quota: Quota) -> &'static Entry {
    TABLE
        .iter()
        .find(|entry| entry.quota == Some(quota))
        .expect("every quota has its line")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_quota_has_one_line_and_every_code_and_name_is_used_once() {
        const ALL: [Quota; 15] = [
            Quota::Instances,
            Quota::InstanceChanges,
            Quota::Flows,
            Quota::Modules,
            Quota::LambdaFunctions,
            Quota::LexV2BotAliases,
            Quota::Queues,
            Quota::HoursOfOperation,
            Quota::RoutingProfiles,
            Quota::QueuesOfRoutingProfile,
            Quota::SecurityProfiles,
            Quota::Prompts,
            Quota::QuickConnects,
            Quota::QuickConnectsOfQueue,
            Quota::ActiveChats,
        ];
        let counted: Vec<Quota> = TABLE.iter().filter_map(|entry| entry.quota).collect();
        assert_eq!(counted, ALL);
        let codes: BTreeSet<&str> = TABLE.iter().map(|entry| entry.code).collect();
        let names: BTreeSet<&str> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!((codes.len(), names.len()), (TABLE.len(), TABLE.len()));
    }
}
