//! What a terminal shows.

use review::view::{TextOptions, text};

use crate::changes::CHANGES;

const PLAIN: TextOptions = TextOptions {
    colour: false,
    width: 100,
};

#[test]
fn every_realistic_change_reads_well() {
    for change in &CHANGES {
        let shown = text(&change.comparison(), &[], &PLAIN);
        assert!(!shown.lines().any(|it| it.ends_with(' ')), "{shown}");
        insta::assert_snapshot!(format!("text_{}", change.name), shown);
    }
}
