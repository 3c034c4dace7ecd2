//! Any two flow documents compared: the diff is empty if they are the same, makes one out of the
//! other, and is the mirror of itself. Two texts with a line of `---` between them.
#![no_main]

use flow::canonical;
use flow::diff::diff;
use flow::json;
use flow::model::Flow;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (old, new) = text.split_once("\n---\n").unwrap_or((text, text));
    let (Ok(old), Ok(new)) = (json::parse(old), json::parse(new)) else {
        return;
    };
    compare(&old, &new);
    // Two texts that both are flows are rare, so that small steps from one are tried as well.
    for n in 0..old.actions.len().min(8) {
        let mut step = old.clone();
        let action = step.actions.remove(n);
        compare(&old, &step);
        step.actions.insert(0, action);
        step.actions[0].id = format!("{}'", step.actions[0].id).into();
        compare(&old, &step);
    }
});

fn compare(old: &Flow, new: &Flow) {
    let there = diff(old, new);
    assert_eq!(there.is_empty(), canonical::text(old) == canonical::text(new));
    let _ = there.outline();
    let back = diff(new, old);
    let mirrored = there.mirrored();
    let counts = |it: &flow::diff::FlowDiff| {
        (it.added.len(), it.removed.len(), it.renamed.len(), it.changed.len())
    };
    assert_eq!(counts(&mirrored), counts(&back));
    // Documents in which two actions have the same identifier are refused.
    if let Ok(applied) = there.apply(old) {
        assert_eq!(canonical::text(&applied), canonical::text(new));
        let applied = mirrored.apply(new).expect("what was applied can be undone");
        assert_eq!(canonical::text(&applied), canonical::text(old));
    }
}
