//! What programs read.

use review::view::{json, review_json};

use crate::changes::CHANGES;
use crate::comment::realistic;

#[test]
fn every_realistic_change_is_data() {
    for change in &CHANGES {
        let shown = json(&change.comparison());
        assert_eq!(shown["same"], false);
        let text = serde_json::to_string_pretty(&shown).expect("a JSON value can be written");
        insta::assert_snapshot!(format!("json_{}", change.name), text);
    }
}

#[test]
fn a_review_has_its_environments_and_findings() {
    let mut review = realistic();
    review.sources.flows.truncate(1);
    for environment in &mut review.environments {
        environment.rendered.flows.clear();
        if let review::LiveReview::Checked { comparison, .. } = &mut environment.live {
            comparison.flows.clear();
        }
    }
    let text =
        serde_json::to_string_pretty(&review_json(&review)).expect("a JSON value can be written");
    insta::assert_snapshot!(text);
}
