//! Gathers what differs between one desired resource and the live one, and the calls that help.

use super::call::Call;
use super::{Change, ChangeKind, ChangeReason, FieldChange, Planned};
use crate::address::ResourceAddr;
use crate::tags::{self, Tags};

/// A comparison under way.
pub(super) struct Compare {
    addr: ResourceAddr,
    reason: Option<ChangeReason>,
    owner: Option<Option<String>>,
    fields: Vec<FieldChange>,
    calls: Vec<Call>,
}

impl Compare {
    pub(super) fn new(addr: ResourceAddr) -> Self {
        Self {
            addr,
            reason: None,
            owner: None,
            fields: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// A field that should have this value, and the call that sets it. Nothing stands for a field
    /// without a value.
    pub(super) fn field(
        &mut self,
        name: &str,
        live: impl Into<Option<String>>,
        desired: impl Into<Option<String>>,
        call: impl Into<Call>,
    ) {
        let (live, desired) = (live.into(), desired.into());
        if live != desired {
            self.change(name, live, desired, call);
        }
    }

    /// Something that differs and was found by other means.
    pub(super) fn change(
        &mut self,
        name: &str,
        old: Option<String>,
        new: Option<String>,
        call: impl Into<Call>,
    ) {
        let name = name.to_owned();
        self.fields.push(FieldChange { name, old, new });
        self.reason.get_or_insert(ChangeReason::FieldsDiffer);
        self.call(call);
    }

    /// A reason that says more than that fields differ.
    pub(super) fn because(&mut self, reason: ChangeReason) {
        self.reason.get_or_insert(reason);
    }

    /// A call that is needed; several fields may need the same one.
    pub(super) fn call(&mut self, call: impl Into<Call>) {
        let call = call.into();
        if !self.calls.contains(&call) {
            self.calls.push(call);
        }
    }

    /// Whether this call is needed already.
    pub(super) fn has(&self, call: &Call) -> bool {
        self.calls.contains(call)
    }

    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Our tags on the live resource, and whose it is by them. Comes last: tags say what is there.
    pub(super) fn tags(&mut self, live: &Tags, desired: &Tags, call: impl Into<Call>) {
        self.owner = tags::other_owner(live).map(|owner| owner.map(str::to_owned));
        if !tags::covers(live, desired) {
            self.reason.get_or_insert(ChangeReason::TagsDiffer);
            self.call(call);
        }
    }

    pub(super) fn finish(self) -> Planned {
        let Some(reason) = self.reason else {
            return Planned::Unchanged(self.addr);
        };
        let (kind, reason) = match self.owner {
            Some(owner) => (ChangeKind::Adopt, ChangeReason::NotOurs { owner }),
            None => (ChangeKind::Update, reason),
        };
        Planned::Change(Change {
            addr: self.addr,
            kind,
            reason,
            fields: self.fields,
            flow: None,
            calls: self.calls,
        })
    }
}
