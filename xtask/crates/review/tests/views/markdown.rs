//! What a forge shows.

use review::view::markdown;

use crate::changes::CHANGES;

#[test]
fn every_realistic_change_reads_well() {
    for change in &CHANGES {
        let shown = without_pictures(&markdown(&change.comparison(), &[]));
        insta::assert_snapshot!(format!("markdown_{}", change.name), shown);
    }
}

/// What is in the pictures is for others to test.
pub(crate) fn without_pictures(markdown: &str) -> String {
    let mut parts = markdown.split("```");
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(fenced), Some(rest)) = (parts.next(), parts.next()) {
        let language = fenced.lines().next().unwrap_or_default();
        text.push_str(&format!("```{language}```{rest}"));
    }
    text
}
