//! What has to change, and why: a pure function of what should be and what is.
//!
//! No client, no clock, no environment: the same input gives the same plan in the same order, and
//! a plan leaves no choice to applying it.

mod call;
mod choices;
mod compare;
mod estimate;
mod filter;
mod fingerprint;
mod flows;
mod foundation;
mod functions;
mod leftovers;
mod order;
mod people;
mod quotas;
mod rollback;
pub mod view;
mod warning;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use flow::bind::Bindings;
use flow::diff::FlowDiff;
use flow::model::Flow;
use flow::value::Ref;

pub use call::{
    Call, Content, FlowCall, FunctionCall, InstanceCall, LogCall, MediaCall, PeopleCall, RoleCall,
    RoutingCall, StorageCall, StreamingCall,
};
pub use choices::{Choices, Part};
pub use estimate::Estimate;
pub use fingerprint::{Fingerprint, Moved, Print};
pub(crate) use flows::content_differs;
pub(crate) use functions::filter_policy;
pub use warning::PlanWarning;

use crate::address::{Layer, ResourceAddr};
use crate::desired::Desired;
use crate::live::{InstanceRef, Live};
use crate::quotas::Source;
use crate::tags;

/// Ordered changes, and the calls that make them.
#[derive(Clone, Debug)]
pub struct Plan {
    pub layer: Layer,
    /// In dependency order, one per resource.
    pub changes: Vec<Change>,
    /// In the order in which they are made. The calls of one change need not stand together: flows
    /// that refer to each other get stubs first.
    pub steps: Vec<Step>,
    pub unchanged: Vec<ResourceAddr>,
    /// What stands in the way; a plan with problems is not applied.
    pub problems: Vec<PlanProblem>,
    /// What somebody should know before it is applied.
    pub warnings: Vec<PlanWarning>,
    /// What it was made from.
    pub fingerprint: Fingerprint,
    /// The part of the request rates that applying may use.
    pub(crate) api_share: f64,
    pub(crate) known: Known,
}

/// How AWS knows what was there when the plan was made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) instance: Option<InstanceRef>,
    pub(crate) bindings: Bindings,
    /// ARNs of what no binding has.
    pub(crate) arns: BTreeMap<ResourceAddr, String>,
    /// Ids of flows by their titles, for quick connects.
    pub(crate) flow_titles: BTreeMap<String, String>,
    /// Ids by the name with which somebody signs in, for quick connects.
    pub(crate) users: BTreeMap<String, String>,
    /// ARNs by name.
    pub(crate) keys: BTreeMap<String, String>,
    /// The ids of instances of the same alias that could not be made.
    pub(crate) failed_creations: Vec<String>,
    /// What is published of the flows and modules that change.
    pub(crate) published: BTreeMap<ResourceAddr, Published>,
    /// The revisions of functions by name, without which they are not changed.
    pub(crate) revisions: BTreeMap<String, String>,
    /// The versions that the aliases of modules point to, by the name of the module.
    pub(crate) module_versions: BTreeMap<String, i64>,
    /// The versions that the aliases of functions point to, by the name of the function.
    pub(crate) versions: BTreeMap<String, String>,
    /// The SHA-256 of the latest code by function.
    pub(crate) code: BTreeMap<String, String>,
}

/// What contacts run through as long as a plan is not carried out.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// With ARNs.
    pub(crate) flow: Flow,
    pub(crate) description: Option<String>,
    /// The digest of what we wrote last, by its tag.
    pub(crate) written: Option<String>,
}

/// One resource that is not as it should be.
#[derive(Clone, Debug)]
pub struct Change {
    pub addr: ResourceAddr,
    pub kind: ChangeKind,
    pub reason: ChangeReason,
    /// What differs, but for the content of flows.
    pub fields: Vec<FieldChange>,
    /// What differs in the content of a flow that exists, in symbolic references.
    pub flow: Option<FlowDiff>,
    /// The calls this change takes, in their order.
    pub calls: Vec<Call>,
}

/// What happens to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    Create,
    Update,
    /// Something of its name is there that we did not make; it becomes ours.
    Adopt,
    Delete,
    /// Another takes its place, because what differs cannot be changed.
    Replace,
}

impl ChangeKind {
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Create => "create",
            ChangeKind::Update => "update",
            ChangeKind::Adopt => "adopt",
            ChangeKind::Delete => "delete",
            ChangeKind::Replace => "replace",
        }
    }
}

/// Why a resource changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeReason {
    /// There is nothing of its name.
    Missing,
    /// It was asked for and is not there yet.
    BeingCreated,
    /// It exists without our tags, or with those of `owner`.
    NotOurs { owner: Option<String> },
    /// Our sources changed since we wrote it.
    SourceChanged,
    /// Somebody else changed it since we wrote it.
    ChangedOnInstance,
    /// Only its stub or its draft is there.
    NeverPublished,
    /// It was archived.
    Archived,
    /// The function was built from other sources.
    CodeDiffers,
    /// Code and configuration are there, but the alias points to another version.
    AliasBehind,
    /// Configuration differs, see the fields.
    FieldsDiffer,
    /// A caller of the function has no permission.
    PermissionMissing,
    /// Only our tags differ.
    TagsDiffer,
    /// It was otherwise in the release that is brought back.
    EarlierRelease,
    /// It reads as it was in that release, though a later one wrote it otherwise.
    Superseded,
    /// We deployed it, and our sources have it no more.
    NotInSources,
    /// A flow is of another type than it should be.
    TypeIsImmutable,
    /// It refers to something that is replaced or gets an alias, and is named otherwise then.
    TargetReplaced,
}

impl fmt::Display for ChangeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            ChangeReason::Missing => "does not exist",
            ChangeReason::BeingCreated => "is being created",
            ChangeReason::NotOurs { owner: None } => "exists, not made by us",
            ChangeReason::NotOurs { owner: Some(owner) } => {
                return write!(f, "exists, managed by {owner}");
            }
            ChangeReason::SourceChanged => "source changed",
            ChangeReason::ChangedOnInstance => "changed on the instance",
            ChangeReason::NeverPublished => "never published",
            ChangeReason::Archived => "archived",
            ChangeReason::CodeDiffers => "code differs (sources changed)",
            ChangeReason::AliasBehind => "alias points to an older version",
            ChangeReason::FieldsDiffer => "configuration differs",
            ChangeReason::PermissionMissing => "a permission is missing",
            ChangeReason::TagsDiffer => "tags differ",
            ChangeReason::NotInSources => "no longer in the sources",
            ChangeReason::TypeIsImmutable => "of another type, which cannot be changed",
            ChangeReason::TargetReplaced => "refers to what gets another id",
            ChangeReason::EarlierRelease => "was otherwise in that release",
            ChangeReason::Superseded => "a later release wrote it otherwise",
        };
        f.write_str(text)
    }
}

impl ChangeReason {
    /// For machines.
    pub fn as_str(&self) -> &'static str {
        match self {
            ChangeReason::Missing => "missing",
            ChangeReason::BeingCreated => "being_created",
            ChangeReason::NotOurs { .. } => "not_ours",
            ChangeReason::SourceChanged => "source_changed",
            ChangeReason::ChangedOnInstance => "changed_on_instance",
            ChangeReason::NeverPublished => "never_published",
            ChangeReason::Archived => "archived",
            ChangeReason::CodeDiffers => "code_differs",
            ChangeReason::AliasBehind => "alias_behind",
            ChangeReason::FieldsDiffer => "fields_differ",
            ChangeReason::PermissionMissing => "permission_missing",
            ChangeReason::TagsDiffer => "tags_differ",
            ChangeReason::NotInSources => "not_in_sources",
            ChangeReason::TypeIsImmutable => "type_is_immutable",
            ChangeReason::TargetReplaced => "target_replaced",
            ChangeReason::EarlierRelease => "earlier_release",
            ChangeReason::Superseded => "superseded",
        }
    }
}

/// A field and its values before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    pub name: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// A call and the resource it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub addr: ResourceAddr,
    pub call: Call,
}

/// What stands in the way of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    #[error("there is no instance `{alias}`")]
    InstanceMissing { alias: String },
    #[error("instance `{alias}` is {status}")]
    InstanceNotActive { alias: String, status: String },
    #[error("{addr} does not exist yet")]
    FoundationMissing { addr: ResourceAddr },
    #[error("{addr} refers to {reference}, which is not on the instance")]
    UnresolvedReference { addr: ResourceAddr, reference: Ref },
    #[error("nobody told what {addr} is built from")]
    SourceMissing { addr: ResourceAddr },
    #[error("{addr} leads to {user}, who is not on the instance")]
    UserMissing { addr: ResourceAddr, user: String },
    #[error("{addr} should be of type {desired}, but is {live}, and the type of a flow is fixed")]
    FlowTypeIsImmutable {
        addr: ResourceAddr,
        live: &'static str,
        desired: &'static str,
    },
    #[error("{field} of {addr} is {live}, should be {desired}, and cannot be changed")]
    FieldIsImmutable {
        addr: ResourceAddr,
        field: &'static str,
        live: String,
        desired: String,
    },
    #[error("{addr} would be deleted, and the environment is protected")]
    DestroyNotAllowed { addr: ResourceAddr },
    #[error("{addr} would be deleted, and {} refers to it", referrers.join(", "))]
    StillReferredTo {
        addr: ResourceAddr,
        /// The titles of flows and modules.
        referrers: Vec<String>,
    },
    #[error("{addr} is `{key}` in this environment, and there is no such key")]
    KeyMissing { addr: ResourceAddr, key: String },
    #[error("{addr} cannot be used, it is {state}")]
    KeyUnusable { addr: ResourceAddr, state: String },
    #[error("there would be {then} {what}, and there may be {most}, {}", by.said())]
    QuotaExceeded {
        what: String,
        then: usize,
        most: usize,
        by: Source,
    },
    #[error("{addr} needs {needed}, which is not there and was left out")]
    NeedsLeftOut {
        addr: ResourceAddr,
        needed: ResourceAddr,
    },
    #[error("{addr} should have an alias, and is not in the sources")]
    AliasOfNothing { addr: ResourceAddr },
    #[error("nothing has an address like `{pattern}`")]
    NothingMatches { pattern: String },
    #[error("more than one live resource has the name of {addr}")]
    AmbiguousName { addr: ResourceAddr },
    #[error("{addr} does not exist any more")]
    FunctionGone { addr: ResourceAddr },
    #[error("the ledger does not say which version of {addr} was live")]
    VersionUnknown { addr: ResourceAddr },
    #[error("version {version} of {addr} does not exist any more")]
    VersionGone { addr: ResourceAddr, version: String },
    #[error("version {version} of {addr} is not the code that was live then")]
    VersionIsAnother { addr: ResourceAddr, version: String },
    #[error("{addr} and {other} have the same title")]
    SameTitle {
        addr: ResourceAddr,
        other: ResourceAddr,
    },
}

impl PlanProblem {
    /// The resource that it keeps from being planned, if it is about one.
    pub fn addr(&self) -> Option<&ResourceAddr> {
        match self {
            PlanProblem::InstanceMissing { .. }
            | PlanProblem::InstanceNotActive { .. }
            | PlanProblem::QuotaExceeded { .. }
            | PlanProblem::NothingMatches { .. } => None,
            PlanProblem::FoundationMissing { addr }
            | PlanProblem::UnresolvedReference { addr, .. }
            | PlanProblem::UserMissing { addr, .. }
            | PlanProblem::SourceMissing { addr }
            | PlanProblem::FlowTypeIsImmutable { addr, .. }
            | PlanProblem::FieldIsImmutable { addr, .. }
            | PlanProblem::DestroyNotAllowed { addr }
            | PlanProblem::StillReferredTo { addr, .. }
            | PlanProblem::NeedsLeftOut { addr, .. }
            | PlanProblem::AliasOfNothing { addr }
            | PlanProblem::KeyMissing { addr, .. }
            | PlanProblem::KeyUnusable { addr, .. }
            | PlanProblem::AmbiguousName { addr }
            | PlanProblem::FunctionGone { addr }
            | PlanProblem::VersionUnknown { addr }
            | PlanProblem::VersionGone { addr, .. }
            | PlanProblem::VersionIsAnother { addr, .. }
            | PlanProblem::SameTitle { addr, .. } => Some(addr),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            PlanProblem::InstanceMissing { .. }
            | PlanProblem::FoundationMissing { .. }
            | PlanProblem::UnresolvedReference { .. } => {
                Some("run `cargo xtask bootstrap` for this environment first")
            }
            PlanProblem::InstanceNotActive { .. } => Some("wait until it is ACTIVE"),
            PlanProblem::UserMissing { .. } => {
                Some("add this person to the instance; people are not made from here")
            }
            PlanProblem::SourceMissing { .. } => {
                Some("have a package of that name in the workspace")
            }
            PlanProblem::FlowTypeIsImmutable { .. } => Some(
                "give the flow another title, or replace the one on the instance: --allow-destroy",
            ),
            PlanProblem::FieldIsImmutable { .. } => None,
            PlanProblem::DestroyNotAllowed { .. } => {
                Some("read what goes, then give --allow-destroy as well")
            }
            PlanProblem::StillReferredTo { .. } => {
                Some("lead them elsewhere first: Connect deletes what others refer to all the same")
            }
            PlanProblem::KeyMissing { .. } => {
                Some("correct it under `keys` of the environment, or take it out to have one made")
            }
            PlanProblem::KeyUnusable { .. } => {
                Some("enable it or cancel its deletion in KMS, or take its alias away")
            }
            PlanProblem::QuotaExceeded { .. } => Some(
                "have the quota raised, which takes up to weeks, or say in the environment's file what it is: quotas",
            ),
            PlanProblem::AliasOfNothing { .. } => {
                Some("correct its name under `modules` in infra/")
            }
            PlanProblem::NeedsLeftOut { .. } => Some("choose that as well"),
            PlanProblem::NothingMatches { .. } => {
                Some("an address is like `flow.support`; `plan` without --target shows all")
            }
            PlanProblem::AmbiguousName { .. } => Some("rename all but one of them"),
            PlanProblem::FunctionGone { .. }
            | PlanProblem::VersionUnknown { .. }
            | PlanProblem::VersionGone { .. }
            | PlanProblem::VersionIsAnother { .. } => {
                Some("check out the commit of that release and deploy it")
            }
            PlanProblem::SameTitle { .. } => Some("give one of them another title"),
        }
    }
}

/// How many resources change, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// What is replaced is among the created and among the deleted.
    pub create: usize,
    /// Adopted ones among them.
    pub update: usize,
    pub delete: usize,
    pub unchanged: usize,
}

impl Plan {
    /// Only what stands around the instance: topics, tables, roles, log groups, functions and what
    /// delivers to them.
    #[must_use]
    pub fn around_instance(mut self) -> Self {
        self.changes.retain(|it| !it.addr.kind.is_on_instance());
        self.steps.retain(|it| !it.addr.kind.is_on_instance());
        self.unchanged.retain(|it| !it.kind.is_on_instance());
        let is_on_instance =
            |it: &PlanProblem| it.addr().is_some_and(|it| it.kind.is_on_instance());
        self.problems.retain(|it| !is_on_instance(it));
        self.warnings.clear();
        self
    }

    /// Whether there is nothing to do and nothing in the way.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.problems.is_empty()
    }

    /// Whether it can be applied.
    pub fn can_apply(&self) -> bool {
        self.problems.is_empty()
    }

    pub fn counts(&self) -> Counts {
        let of = |kinds: &[ChangeKind]| {
            let changes = self.changes.iter();
            changes
                .filter(|change| kinds.contains(&change.kind))
                .count()
        };
        Counts {
            create: of(&[ChangeKind::Create, ChangeKind::Replace]),
            update: of(&[ChangeKind::Update, ChangeKind::Adopt]),
            delete: of(&[ChangeKind::Delete, ChangeKind::Replace]),
            unchanged: self.unchanged.len(),
        }
    }

    /// The functions whose code is uploaded: those that have to be built before it is applied.
    pub fn to_build(&self) -> Vec<String> {
        let uploads = self.steps.iter().filter(|step| step.call.uploads_code());
        let names: BTreeSet<&str> = uploads.map(|step| step.addr.name.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// What the symbolic references stand for, as far as it is there.
    pub fn bindings(&self) -> &Bindings {
        &self.known.bindings
    }

    /// The same with nothing to do: what is as it should be, to be recorded.
    #[must_use]
    pub fn unchanged_only(&self) -> Plan {
        Plan {
            changes: Vec::new(),
            steps: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
            ..self.clone()
        }
    }

    /// How many calls of each operation applying makes. Waiting and looking again are not counted.
    pub fn calls(&self) -> BTreeMap<&'static str, usize> {
        let mut calls = BTreeMap::new();
        for step in &self.steps {
            *calls.entry(step.call.operation()).or_insert(0) += 1;
        }
        calls
    }
}

/// What becomes of one resource.
enum Planned {
    Unchanged(ResourceAddr),
    Change(Change),
    Blocked(PlanProblem),
}

/// Plans one layer, and deletes nothing.
pub fn plan(desired: &Desired, live: &Live, layer: Layer) -> Plan {
    plan_with(desired, live, layer, &Choices::default())
}

/// Plans one layer as somebody chose.
pub fn plan_with(desired: &Desired, live: &Live, layer: Layer, choices: &Choices) -> Plan {
    let mut plan = Plan {
        layer,
        changes: Vec::new(),
        steps: Vec::new(),
        unchanged: Vec::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
        fingerprint: match layer {
            Layer::Foundation => Fingerprint::of_foundation(desired, live),
            Layer::Release => Fingerprint::of_release(desired, live),
        },
        api_share: desired.api_share,
        known: known(live),
    };
    match layer {
        Layer::Foundation => {
            for planned in foundation::plan(desired, live) {
                plan.take(planned);
            }
            plan.warnings.extend(foundation::warnings(desired, live));
        }
        Layer::Release => {
            match &desired.rollback {
                Some(rollback) => rollback::plan(desired, live, rollback, &mut plan),
                None => {
                    for planned in functions::plan(desired, live) {
                        plan.take(planned);
                    }
                    flows::plan(desired, live, choices, &mut plan);
                    people::plan(desired, live, &mut plan);
                    leftovers::plan(desired, live, choices, &mut plan);
                }
            }
            plan.known.published = published(&plan.changes, live);
        }
    }
    filter::narrow(desired, live, choices, &mut plan);
    self::quotas::check(desired, live, &mut plan);
    plan
}

fn known(live: &Live) -> Known {
    Known {
        instance: live.instance().cloned(),
        bindings: live.bindings.clone(),
        arns: live.arns.clone(),
        flow_titles: live.flow_titles.clone(),
        users: live.users.clone(),
        keys: live.key_arns(),
        failed_creations: live.failed_creations.clone(),
        published: BTreeMap::new(),
        revisions: live.revisions.clone(),
        module_versions: live
            .aliases
            .iter()
            .map(|(name, alias)| (name.clone(), alias.version))
            .collect(),
        versions: live
            .functions
            .iter()
            .filter_map(|(name, live)| Some((name.clone(), live.live_version.clone()?)))
            .collect(),
        code: live
            .functions
            .iter()
            .map(|(name, live)| (name.clone(), live.latest.sha256.clone()))
            .collect(),
    }
}

/// What the changes of a plan take the place of.
fn published(changes: &[Change], live: &Live) -> BTreeMap<ResourceAddr, Published> {
    let published = changes.iter().filter_map(|change| {
        let found = live.flows.get(&change.addr)?;
        let published = Published {
            flow: found.content.clone()?,
            description: found.description.clone(),
            written: found.tags.get(tags::DIGEST).cloned(),
        };
        Some((change.addr.clone(), published))
    });
    published.collect()
}

impl Plan {
    /// Takes what was planned for one resource; its calls come next.
    fn take(&mut self, planned: Planned) {
        match planned {
            Planned::Unchanged(addr) => self.unchanged.push(addr),
            Planned::Blocked(problem) => self.problems.push(problem),
            Planned::Change(change) => {
                for call in &change.calls {
                    self.steps.push(Step {
                        addr: change.addr.clone(),
                        call: call.clone(),
                    });
                }
                self.changes.push(change);
            }
        }
    }
}

/// Something that is not there and is made by these calls.
fn create(addr: ResourceAddr, calls: impl IntoIterator<Item: Into<Call>>) -> Planned {
    let calls = calls.into_iter().map(Into::into).collect();
    Planned::Change(Change {
        addr,
        kind: ChangeKind::Create,
        reason: ChangeReason::Missing,
        fields: Vec::new(),
        flow: None,
        calls,
    })
}
