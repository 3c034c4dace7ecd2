//! Versions of flows that an environment knows: what is live, what was deployed last, and how they
//! differ.

use anyhow::Context;
use flow::model::FlowDefinition;
use provision::desired;
use provision::drift::{self, Drift};
use provision::ledger::{self, Deployed, LedgerError, Record, Release, Unreleased};
use provision::live::{self, Which};
use review::Version;

use super::Deployment;
use crate::exit::Helped;

impl Deployment<'_> {
    /// The flows of the instance, to be compared with other versions: references are symbolic, and
    /// actions have the names that our sources give them, as [`CompiledFlow::fill_in`] has them.
    pub(crate) async fn live_version(&self, which: Which) -> anyhow::Result<Version> {
        let name = &self.prepared.environment.name;
        let versions = live::versions(&self.clients, &self.desired, which)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{name}`"))?;
        if versions.instance.is_none() {
            return Err(self.no_instance().into());
        }
        if let Some(addr) = versions.unreadable.first() {
            anyhow::bail!("the content of {addr} on the instance is no flow document");
        }
        let label = match which {
            Which::Published => format!("live in {name}"),
            Which::Saved => format!("saved in {name}"),
        };
        let flows = versions.flows.into_iter();
        Ok(Version::new(label, flows.map(|flow| self.named(flow))))
    }

    /// A flow as Connect has it, with our names for its actions.
    pub(crate) fn named(&self, definition: FlowDefinition) -> FlowDefinition {
        let addr = desired::addr_of(&definition);
        let mut compiled = self.prepared.flows.iter();
        let ours = compiled.find(|it| desired::addr_of(&it.definition) == addr);
        FlowDefinition {
            flow: match ours {
                Some(ours) => ours.named(definition.flow),
                None => definition.flow,
            },
            ..definition
        }
    }

    /// What the ledger says we deployed; nothing if there is no ledger.
    pub(crate) async fn deployed(&self) -> anyhow::Result<Option<Deployed>> {
        match ledger::deployed(&self.clients, self.desired.scope()).await {
            Ok(deployed) => Ok(Some(deployed)),
            Err(LedgerError::Missing { .. }) => Ok(None),
            Err(error) => {
                let help = error.help();
                Err(Helped::of(error, help).into())
            }
        }
    }

    /// What we deployed last according to the ledger, to be compared with other versions; nothing if
    /// there is no ledger. What nobody recorded is not in it.
    pub(crate) async fn deployed_version(&self) -> anyhow::Result<Option<Version>> {
        let name = &self.prepared.environment.name;
        Ok(self.deployed().await?.map(|deployed| {
            let flows = deployed.flows.into_values();
            let flows = flows.map(|it| self.named(it.definition));
            Version::new(format!("deployed to {name}"), flows)
        }))
    }

    /// What of the sources the environment of a ledger does not run.
    pub(crate) fn unreleased(&self, records: &[Record], releases: &[Release]) -> Vec<Unreleased> {
        ledger::unreleased(&self.desired, records, releases)
    }

    /// What of the instance is not as the ledger says we deployed it.
    pub(crate) async fn drift(&self, deployed: &Deployed) -> anyhow::Result<Drift> {
        let name = &self.prepared.environment.name;
        let is_ours = |arn: &str| deployed.flows.values().any(|it| it.record.arn == arn);
        let observed = live::observe(&self.clients, &self.desired, is_ours)
            .await
            .with_context(|| format!("cannot tell what there is in environment `{name}`"))?;
        let observed = observed.ok_or_else(|| self.no_instance())?;
        Ok(drift::drift(&self.desired, deployed, &observed))
    }

    fn no_instance(&self) -> Helped {
        let alias = &self.prepared.environment.instance_alias;
        Helped::new(
            format!("there is no instance `{alias}`"),
            "run `cargo xtask bootstrap` for this environment first",
        )
    }
}
