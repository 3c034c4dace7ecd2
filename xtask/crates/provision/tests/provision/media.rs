//! Prompts, views, and the Lex bots that flows may ask.

use emulator::faults::Fault;
use flow::model::{Action, FlowDefinition};
use flow::value::{Ref, RefKind, Value};
use provision::address::Layer;
use provision::apply::ApplyError;
use provision::infra::ViewSpec;
use provision::plan::{MediaCall, view};
use serde_json::json;

use crate::centre::Centre;
use crate::documents::inbound;

const MEDIA: &str = "prompts:
  hello: { description: Says hello, bucket: chat-transcripts, key: prompts/hello.wav }
views:
  order form:
    description: Takes an order
    template: { Head: { Title: Order }, Body: [] }
    actions: [Submit, Cancel]
  draft:
    status: saved
    template: { Head: {} }
  kept:
    versions: true
    template: { Head: { Title: Kept } }
";

const ALIAS: &str = "arn:aws:lex:eu-west-2:123456789012:bot-alias/BOT/ALIAS";

async fn centre() -> Centre {
    let mut centre = Centre::empty().await;
    let lex_bots = &mut centre.environment.lex_bots;
    lex_bots.insert("faq".to_owned(), ALIAS.to_owned());
    centre.declare(MEDIA);
    centre.infra.instance.lex_bots = vec!["faq".to_owned()];
    centre
}

/// Plans and makes the foundation; then there is nothing to do. The plan as people read it.
async fn bootstrap(centre: &Centre) -> String {
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let deployed = centre.deploy(&desired, Layer::Foundation).await;
    deployed.expect("bootstrap");
    let again = centre.plan(&desired, Layer::Foundation).await;
    assert!(again.is_empty(), "{}", view::human(&again));
    view::human(&plan)
}

fn form(centre: &mut Centre) -> &mut ViewSpec {
    &mut centre.infra.views["order form"]
}

#[tokio::test]
async fn after_bootstrapping_with_media_there_is_nothing_to_do() {
    let centre = centre().await;
    let shown = bootstrap(&centre).await;
    for addr in [
        "prompt.hello",
        "view.order form",
        "view.draft",
        "lex_bot.faq",
    ] {
        assert!(shown.contains(addr), "{shown}");
    }
}

#[tokio::test]
async fn creations_of_media_whose_answer_got_lost_are_adopted() {
    let centre = centre().await;
    for operation in [
        "CreatePrompt",
        "CreateView",
        "AssociateBot",
        "CreateViewVersion",
    ] {
        let fault = Fault::operation("connect", operation, 500, "InternalServiceException");
        centre.emulator.faults().arm(fault.after_effect().times(1));
    }
    bootstrap(&centre).await;
    assert_eq!(centre.emulator.faults().armed(), []);
    let (id, connect) = centre.console().await;
    let views = connect.list_views().instance_id(&id).send().await;
    assert_eq!(views.expect("an answer").views_summary_list().len(), 3);
}

#[tokio::test]
async fn changed_media_are_changed_field_by_field() {
    let mut centre = centre().await;
    bootstrap(&centre).await;
    centre.infra.prompts["hello"].key = "prompts/hi.wav".to_owned();
    let form = form(&mut centre);
    form.description = Some("Takes another order".to_owned());
    form.template = json!({ "Head": { "Title": "Order something" }, "Body": [] });
    form.actions.push("Later".to_owned());
    centre.infra.views["draft"].is_published = true;
    insta::assert_snapshot!(bootstrap(&centre).await);
}

#[tokio::test]
async fn each_published_content_of_a_view_that_keeps_versions_becomes_one() {
    let mut centre = centre().await;
    bootstrap(&centre).await;
    let (id, connect) = centre.console().await;
    let views = connect.list_views().instance_id(&id).send().await;
    let views = views
        .expect("an answer")
        .views_summary_list
        .unwrap_or_default();
    let kept = views.iter().find(|it| it.name() == Some("kept"));
    let kept = kept.and_then(|it| it.id()).expect("it was made");
    let count = async || {
        let versions = connect.list_view_versions().instance_id(&id).view_id(kept);
        let versions = versions.send().await.expect("an answer");
        versions.view_version_summary_list().len()
    };
    assert_eq!(count().await, 1);
    centre.infra.views["kept"].template = json!({ "Head": { "Title": "Another" } });
    bootstrap(&centre).await;
    assert_eq!(count().await, 2);
}

#[tokio::test]
async fn a_version_that_was_not_made_is_made_the_next_time() {
    let centre = centre().await;
    let fault = Fault::operation("connect", "CreateViewVersion", 403, "AccessDeniedException");
    let fault = centre.emulator.faults().arm(fault);
    let desired = centre.desired(Vec::new());
    let error = centre.deploy(&desired, Layer::Foundation).await;
    error.expect_err("denied");
    centre.emulator.faults().disarm(fault);
    let plan = centre.plan(&desired, Layer::Foundation).await;
    let calls = plan.steps.iter().map(|step| &step.call);
    let version = provision::plan::Call::from(MediaCall::CreateViewVersion);
    assert_eq!(calls.filter(|call| **call == version).count(), 1);
    bootstrap(&centre).await;
}

#[tokio::test]
async fn a_version_never_keeps_what_somebody_else_published_meanwhile() {
    let mut centre = centre().await;
    bootstrap(&centre).await;
    let (id, connect) = centre.console().await;
    let views = connect.list_views().instance_id(&id).send().await;
    let views = views
        .expect("an answer")
        .views_summary_list
        .unwrap_or_default();
    let kept = views.iter().find(|it| it.name() == Some("kept"));
    let kept = kept.and_then(|it| it.id()).expect("it was made").to_owned();
    centre.infra.views["kept"].template = json!({ "Head": { "Title": "Ours" } });
    let desired = centre.desired(Vec::new());
    let mut plan = centre.plan(&desired, Layer::Foundation).await;
    // As if somebody were faster between our two calls.
    let update = provision::plan::Call::from(MediaCall::UpdateViewContent);
    plan.steps.retain(|step| step.call != update);
    let content = aws_sdk_connect::types::ViewInputContent::builder()
        .template(r#"{"Head":{"Title":"Theirs"}}"#)
        .build();
    let theirs = connect
        .update_view_content()
        .instance_id(&id)
        .view_id(&kept);
    let theirs = theirs.content(content);
    let published = aws_sdk_connect::types::ViewStatus::Published;
    theirs.status(published).send().await.expect("a view");
    let applied = provision::apply::apply(&centre.clients, &desired, &plan, |_| {}).await;
    let ApplyError::Stale { addr } = applied.expect_err("theirs is published") else {
        panic!("another error");
    };
    assert_eq!(addr.to_string(), "view.kept");
}

/// A flow that plays a prompt.
fn plays_hello() -> FlowDefinition {
    let reference = |kind, name: &str| Value::Ref(Ref::new(kind, name));
    let mut play = Action::new("play", "MessageParticipant");
    let prompt = reference(RefKind::Prompt, "hello");
    play.parameters.insert("PromptId".to_owned(), prompt);
    play.transitions.next = Some("end".into());
    let end = Action::new("end", "DisconnectParticipant");
    inbound("media", vec![play, end])
}

#[tokio::test]
async fn flows_play_the_prompts_that_were_made() {
    let centre = centre().await;
    bootstrap(&centre).await;
    let desired = centre.desired(vec![plays_hello()]);
    let plan = centre.plan(&desired, Layer::Release).await;
    assert_eq!(plan.problems, []);
    let applied = centre.deploy(&desired, Layer::Release).await;
    let applied = applied.expect("deploy");
    let bot = applied.bindings.get(&Ref::new(RefKind::LexBot, "faq"));
    assert_eq!(bot.map(|it| it.arn.as_str()), Some(ALIAS));
    assert!(applied.flows[0].content.contains("/prompt/"));
    assert!(centre.plan(&desired, Layer::Release).await.is_empty());
}
