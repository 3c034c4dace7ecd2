//! Events as Connect and SNS really send them, one fixture each, and what we read in them.

use bot_core::events::chat;
use bot_core::events::flow::ContactFlowEvent;
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;

fn fixtures(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let mut fixtures: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    fixtures.sort();
    let read = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (
            name,
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
        )
    };
    fixtures.iter().map(|path| read(path)).collect()
}

#[test]
fn flow_events_are_read_whatever_else_they_hold() {
    let mut text = String::new();
    for (name, event) in fixtures("flow") {
        writeln!(text, "{name}").unwrap();
        match ContactFlowEvent::read(&event) {
            Ok(event) => {
                let parameters =
                    ["customer_idle_minutes", "greeting"].map(|name| event.parameter(name));
                writeln!(text, "  {event:?}\n  {parameters:?}").unwrap();
            }
            Err(error) => writeln!(text, "  {error}").unwrap(),
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn streamed_items_are_read_and_understood() {
    let mut text = String::new();
    for (name, event) in fixtures("sns") {
        writeln!(text, "{name}").unwrap();
        for item in chat::items(&event).unwrap() {
            match item {
                Ok(item) => writeln!(
                    text,
                    "  {} of {} at {:?}: {:?}",
                    item.id,
                    item.contact_id,
                    item.at,
                    item.meaning()
                )
                .unwrap(),
                Err(error) => writeln!(text, "  {error}").unwrap(),
            }
        }
    }
    insta::assert_snapshot!(text);
}
