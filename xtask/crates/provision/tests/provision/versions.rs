//! What is on the instance as versions to compare: published, and as it was saved last.

use flow::canonical;
use flow::model::FlowDefinition;
use provision::address::Layer;
use provision::live::{Versions, Which, versions};

use crate::centre::Centre;
use crate::console::Console;
use crate::documents::{goes_on_in, greeting, invokes, module, to_support, uses_module};

async fn read(centre: &Centre, flows: Vec<FlowDefinition>, which: Which) -> Versions {
    let desired = centre.desired(flows);
    let versions = versions(&centre.clients, &desired, which).await;
    versions.expect("the emulator answers")
}

fn text_of(versions: &Versions, name: &str) -> String {
    let mut flows = versions.flows.iter();
    let flow = flows.find(|flow| flow.name == name);
    canonical::text(&flow.expect("it was deployed").flow)
}

#[tokio::test]
async fn what_was_deployed_comes_back_with_the_references_of_the_sources() {
    let centre = Centre::bootstrapped().await;
    let flows = vec![
        to_support("support"),
        invokes("bot", "bot-join"),
        goes_on_in("first", "support"),
        module("greeting", "Hello"),
        uses_module("main", "greeting"),
    ];
    let desired = centre.desired(flows.clone());
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    for which in [Which::Published, Which::Saved] {
        let found = read(&centre, flows.clone(), which).await;
        assert_eq!(found.flows.len(), flows.len());
        for (ours, theirs) in flows.iter().zip(&found.flows) {
            assert_eq!(canonical::text(&ours.flow), canonical::text(&theirs.flow));
            let head = |it: &FlowDefinition| (it.name.clone(), it.title.clone(), it.kind);
            assert_eq!(head(ours), head(theirs));
        }
    }
}

#[tokio::test]
async fn a_draft_is_apart_from_what_is_published() {
    let centre = Centre::bootstrapped().await;
    let flows = vec![greeting("main", "Hello"), module("greeting", "Hello")];
    let desired = centre.desired(flows.clone());
    let applied = centre.deploy(&desired, Layer::Release).await;
    let console = Console::new(&centre, &applied.expect("deploy"));
    console.saves("main", "Hello", "Good day").await;
    console
        .edits_module("greeting", "Hello", "Good day", false)
        .await;
    let published = read(&centre, flows.clone(), Which::Published).await;
    let saved = read(&centre, flows, Which::Saved).await;
    for name in ["main", "greeting"] {
        assert!(text_of(&published, name).contains("Hello"), "{name}");
        assert!(text_of(&saved, name).contains("Good day"), "{name}");
    }
}

#[tokio::test]
async fn a_flow_that_was_never_published_has_a_saved_version_only() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "Hello")]);
    let applied = centre.deploy(&desired, Layer::Release).await;
    let console = Console::new(&centre, &applied.expect("deploy"));
    let content = console.content("main");
    let draft = greeting("draft", "Hello");
    console.creates(&draft.title, &content, false).await;
    let published = read(&centre, vec![draft.clone()], Which::Published).await;
    assert_eq!(published.flows, []);
    let saved = read(&centre, vec![draft], Which::Saved).await;
    assert_eq!(saved.flows.len(), 1);
}

#[tokio::test]
async fn without_an_instance_there_are_no_versions() {
    let centre = Centre::empty().await;
    let found = read(&centre, vec![greeting("main", "Hello")], Which::Published).await;
    assert_eq!(found.instance, None);
    assert_eq!(found.flows, []);
}
