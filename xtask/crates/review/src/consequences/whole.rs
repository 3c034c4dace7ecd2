//! What follows for the flow as a whole: another type, and references to a flow that is gone.

use flow::model::DocumentKind;
use flow::value::RefKind;

use super::pair::Pair;
use super::words::flows_listed;
use super::{Found, attention};

const TYPE: &str = "type_changed";
const REFERRED: &str = "still_referred_to";

pub(super) fn look(pair: &Pair<'_>, found: &mut Found) {
    let mut properties = pair.change.properties.iter();
    let kinds = properties.find(|it| it.name == "type");
    if let Some((old, new)) = kinds.and_then(|it| it.old.as_ref().zip(it.new.as_ref())) {
        let text = format!(
            "Connect cannot change the type of a flow from {old} to {new}: this one has to be replaced, and gets another id"
        );
        found.push(attention(TYPE, text, Vec::new()));
    }
    referred(pair, found);
}

/// A flow that is gone, or has another address, to which others still lead.
fn referred(pair: &Pair<'_>, found: &mut Found) {
    let Some(old) = &pair.change.old else {
        return;
    };
    let around = pair.after();
    let address = pair.old_address();
    if around.has(address) {
        return;
    }
    let kind = match old.kind {
        DocumentKind::Flow(_) => RefKind::Flow,
        DocumentKind::Module => RefKind::Module,
    };
    let others = around.mentioning(address, kind, &old.name);
    if !others.is_empty() {
        let verb = if others.len() == 1 { "refers" } else { "refer" };
        let others = flows_listed(&others);
        let text = format!("{others} still {verb} to {address}, which is gone");
        found.push(attention(REFERRED, text, Vec::new()));
    }
}
