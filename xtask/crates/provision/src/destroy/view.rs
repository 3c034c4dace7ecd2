//! What goes and what stays, for people and for programs.

use serde_json::{Value as Json, json};

use super::{DeleteCall, Destruction};

/// Lines that people read: what goes with a minus, in its order, then what stays.
pub fn human(destruction: &Destruction) -> String {
    let mut out = String::new();
    for deletion in &destruction.deletions {
        let how = match &deletion.call {
            DeleteCall::Key { .. } => " (in 30 days, until then it can be kept)",
            DeleteCall::Bucket { with_objects: true } => " (with everything in it)",
            _ => "",
        };
        out.push_str(&format!("- {} {}{how}\n", deletion.addr, deletion.remote));
    }
    for kept in &destruction.kept {
        let why = kept.why.text();
        out.push_str(&format!("  {} {} stays: {why}\n", kept.addr, kept.remote));
    }
    if destruction.ends_instance {
        for other in &destruction.others {
            out.push_str(&format!(
                "warning: {other} is not ours and goes with the instance\n"
            ));
        }
        out.push_str(&format!("warning: {INSTANCES}\n"));
    }
    out.push_str(&format!("{}\n", summary(destruction)));
    out
}

/// Administrator Guide, feature specifications.
const INSTANCES: &str = "an account may create and delete 100 instances in 30 days; an instance, its users, numbers and history do not come back";

/// How much goes and stays, in a line.
pub fn summary(destruction: &Destruction) -> String {
    let (going, staying) = (destruction.deletions.len(), destruction.kept.len());
    format!("{going} to delete, {staying} to keep")
}

/// The same for programs.
pub fn json(destruction: &Destruction) -> Json {
    let deletions = destruction
        .deletions
        .iter()
        .map(|it| json!({ "address": it.addr.to_string(), "remote": it.remote }));
    let kept = destruction.kept.iter().map(|it| {
        json!({ "address": it.addr.to_string(), "remote": it.remote, "reason": it.why.as_str() })
    });
    json!({
        "delete": deletions.collect::<Vec<_>>(),
        "keep": kept.collect::<Vec<_>>(),
        "not_ours": destruction.others,
        "ends_instance": destruction.ends_instance,
    })
}
