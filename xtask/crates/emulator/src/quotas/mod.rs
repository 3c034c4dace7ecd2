//! Quotas as an option: how much of everything there may be and how often operations may be called,
//! by the defaults of accounts.
//!
//! The numbers are those of the Administrator Guide's pages on quotas as copied in 2026, of Lambda
//! those of its Developer Guide as copied in 2022 and 2023. New accounts often start lower, and AWS
//! raises most of them on request, so single values can be set.

mod rates;
mod service;
mod table;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::rates::Buckets;
pub(crate) use self::service::handle;
use crate::wire::{ServiceError, Target};

/// A quota on how much of something there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quota {
    /// Instances of the account in the region.
    Instances,
    /// Creations and deletions of instances together in 30 days; cannot be raised.
    InstanceChanges,
    /// Flows of an instance, those it was born with included.
    Flows,
    /// Flow modules of an instance.
    Modules,
    /// Associated Lambda functions of an instance.
    LambdaFunctions,
    /// Associated aliases of Lex V2 bots of an instance.
    LexV2BotAliases,
    /// Standard queues of an instance.
    Queues,
    /// Hours of operation of an instance.
    HoursOfOperation,
    /// Routing profiles of an instance.
    RoutingProfiles,
    /// Pairs of a queue and a channel of a routing profile.
    QueuesOfRoutingProfile,
    /// Security profiles of an instance.
    SecurityProfiles,
    /// Prompts of an instance.
    Prompts,
    /// Quick connects of an instance.
    QuickConnects,
    /// Quick connects of a queue; cannot be raised.
    QuickConnectsOfQueue,
    /// Chats of an instance that have not ended; counted also where nothing else is.
    ActiveChats,
}

/// Which quotas are enforced: those of a usual account, with single values of one's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    values: BTreeMap<Quota, u32>,
}

impl Quotas {
    /// The defaults of a usual account.
    pub fn defaults() -> Self {
        Self::default()
    }

    /// The same but for one value.
    #[must_use]
    pub fn with(mut self, quota: Quota, value: u32) -> Self {
        self.values.insert(quota, value);
        self
    }
}

/// The quotas of a running emulator.
#[derive(Debug, Default)]
pub(crate) struct Enforcement {
    is_on: bool,
    values: Mutex<BTreeMap<Quota, u32>>,
    buckets: Mutex<Buckets>,
}

impl Enforcement {
    pub(crate) fn new(quotas: Option<Quotas>) -> Self {
        Self {
            is_on: quotas.is_some(),
            values: Mutex::new(quotas.unwrap_or_default().values),
            buckets: Mutex::default(),
        }
    }

    /// Whether quotas are enforced.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// The value of a quota as it is applied.
    pub(crate) fn value(&self, quota: Quota) -> u32 {
        let own = self.values().get(&quota).copied();
        own.unwrap_or_else(|| table::entry(quota).default)
    }

    /// Gives a quota another value, as AWS does on request.
    pub(crate) fn set(&self, quota: Quota, value: u32) {
        self.values().insert(quota, value);
    }

    /// Takes a token for a request, or says in the words of its service that there is none.
    pub(crate) fn throttle(
        &self,
        target: &Target,
        operation: &str,
        instance: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        if !self.is_on {
            return Ok(());
        }
        let Some((bucket, rate)) = rates::bucket(target.service_name(), operation, instance) else {
            return Ok(());
        };
        let mut buckets = self
            .buckets
            .lock()
            .expect("no code panics while it holds the buckets");
        match buckets.take(bucket, rate, now) {
            true => Ok(()),
            false => Err(rates::exceeded(target.service_name(), operation)),
        }
    }

    fn values(&self) -> MutexGuard<'_, BTreeMap<Quota, u32>> {
        self.values
            .lock()
            .expect("no code panics while it holds the values of quotas")
    }
}
