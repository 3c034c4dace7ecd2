//! How much there may be on an instance: the documented defaults, which an environment's file and
//! Service Quotas know better.

use std::collections::BTreeMap;

use crate::address::ResourceKind;

/// A quota on resources of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    /// In the files of environments.
    pub(crate) key: &'static str,
    pub(crate) kind: ResourceKind,
    /// As Service Quotas calls it.
    pub(crate) code: &'static str,
    /// Administrator Guide, service quotas; new accounts often have less.
    pub(crate) default: usize,
}

const fn quota(key: &'static str, kind: ResourceKind, code: &'static str, default: usize) -> Quota {
    Quota {
        key,
        kind,
        code,
        default,
    }
}

/// Those of what is counted here, per instance.
pub(crate) const QUOTAS: [Quota; 6] = [
    quota("flows", ResourceKind::Flow, "L-22922690", 100),
    quota("modules", ResourceKind::Module, "L-19755C7E", 200),
    quota(
        "lambda_functions",
        ResourceKind::Association,
        "L-E3D2F503",
        50,
    ),
    quota("queues", ResourceKind::Queue, "L-19A87C94", 100),
    quota("hours_of_operation", ResourceKind::Hours, "L-20CD02F7", 100),
    quota(
        "routing_profiles",
        ResourceKind::RoutingProfile,
        "L-D3E7BE26",
        500,
    ),
];

/// How much a quota admits: by the environment's file, else by what Service Quotas says under its
/// code, else by the documentation.
pub(crate) fn number(
    quota: &Quota,
    declared: &BTreeMap<String, usize>,
    asked: &BTreeMap<String, usize>,
) -> (usize, Source) {
    if let Some(number) = declared.get(quota.key) {
        return (*number, Source::Environment);
    }
    match asked.get(quota.code) {
        Some(number) => (*number, Source::ServiceQuotas),
        None => (quota.default, Source::Default),
    }
}

/// Where the number of a quota is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The environment's file says so.
    Environment,
    ServiceQuotas,
    /// The documentation, for want of better.
    Default,
}

impl Source {
    /// Behind the number.
    pub(crate) fn said(self) -> &'static str {
        match self {
            Source::Environment => "as the environment's file says",
            Source::ServiceQuotas => "as Service Quotas says",
            Source::Default => "the documented default",
        }
    }
}
