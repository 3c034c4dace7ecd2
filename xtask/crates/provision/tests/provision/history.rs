//! What the ledger knows about earlier releases: what each replaced, and what there was after it.

use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use emulator::faults::Fault;
use flow::model::FlowDefinition;
use provision::address::{Layer, ResourceAddr, ResourceKind};
use provision::apply::apply_recorded;
use provision::desired::{Desired, addr_of};
use provision::ledger::{
    Before, Recorder, State, Status, Written, previous, records, releases, state,
};

use crate::centre::{Centre, REGION, package};
use crate::console::Console;
use crate::documents::{goes_on_in, greeting, module, uses_module};
use crate::ledger::{about, deploy, read};

fn flow(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Flow, name)
}

fn lambda(name: &str) -> ResourceAddr {
    ResourceAddr::new(ResourceKind::Lambda, name)
}

async fn after(centre: &Centre, desired: &Desired, release: u64) -> State {
    let state = state(&centre.clients, desired.scope(), release).await;
    state.expect("there is a table")
}

/// What a state has of a flow.
fn text(state: &State, name: &str) -> Option<String> {
    Some(state.flows.get(&flow(name))?.content.clone())
}

/// What one release found of a resource.
async fn found(centre: &Centre, desired: &Desired, release: u64, addr: &ResourceAddr) -> Before {
    let records = records(&centre.clients, desired.scope(), release).await;
    let mut records = records.expect("there is a table").into_iter();
    let record = records.find(|it| it.addr == *addr).expect("it was written");
    record.replaced.expect("it says").what
}

#[tokio::test]
async fn each_record_says_what_was_there_before() {
    let centre = Centre::bootstrapped().await;
    let flows = |text: &str| vec![greeting("main", text), greeting("other", "Hello")];
    let desired = centre.desired(flows("Hello"));
    deploy(&centre, &desired).await;
    let changed = centre.desired(flows("Good day"));
    deploy(&centre, &changed).await;
    let scope = desired.scope();
    assert_eq!(
        found(&centre, &desired, 1, &flow("main")).await,
        Before::Nothing
    );
    let first = read(&centre, &desired).await;
    let first = &first.flows[&flow("other")].record;
    assert_eq!(
        (first.release, first.replaced.as_ref().map(|it| it.release)),
        (1, Some(None))
    );
    let second = records(&centre.clients, scope, 2).await.expect("a table");
    assert_eq!(second.len(), 1, "the other flow did not change");
    let replaced = second[0].replaced.clone().expect("it says");
    assert_eq!(replaced.release, Some(1));
    let Before::Document {
        is_recorded,
        digest,
        ..
    } = replaced.what
    else {
        panic!("a flow was replaced")
    };
    assert!(is_recorded);
    assert_eq!(digest, flow::canonical::digest(&flows("Hello")[0].flow));
}

#[tokio::test]
async fn a_function_is_recorded_with_the_version_it_had_before_and_has_since() {
    let centre = Centre::bootstrapped().await;
    let packages = |content: &str| {
        let of = |name: &str, content: &str| package(name, content);
        vec![
            of("bot-join", content),
            of("bot-reply", "v1"),
            of("bot-leave", "v1"),
        ]
    };
    let first = centre.desired_with(Vec::new(), packages("v1"));
    deploy(&centre, &first).await;
    let second = centre.desired_with(Vec::new(), packages("v2"));
    deploy(&centre, &second).await;
    let join = lambda("bot-join");
    assert_eq!(found(&centre, &first, 1, &join).await, Before::Nothing);
    let version = Some("1".to_owned());
    assert_eq!(
        found(&centre, &first, 2, &join).await,
        Before::Function { version }
    );
    let deployed = read(&centre, &second).await;
    let version = |name: &str| match &deployed.functions[&lambda(name)].what {
        Written::Function { version } => version.clone(),
        Written::Document { .. } => None,
    };
    assert_eq!(version("bot-join").as_deref(), Some("2"));
    assert_eq!(version("bot-reply").as_deref(), Some("1"));
    for (release, expected) in [(1, "1"), (2, "2")] {
        let state = after(&centre, &first, release).await;
        let pointed = &state.functions[&join];
        assert_eq!(pointed.version.as_deref(), Some(expected));
        assert!(pointed.sha256.is_some());
    }
}

#[tokio::test]
async fn the_state_after_each_release_is_known_whatever_came_later() {
    let centre = Centre::bootstrapped().await;
    let of = |main: &str, flows: Vec<FlowDefinition>| {
        let mut all = vec![greeting("main", main)];
        all.extend(flows);
        centre.desired(all)
    };
    let first = of("one", Vec::new());
    deploy(&centre, &first).await;
    deploy(&centre, &of("two", vec![greeting("other", "stays")])).await;
    deploy(&centre, &of("three", vec![greeting("other", "stays")])).await;
    for (release, main, other) in [
        (1, "one", None),
        (2, "two", Some(())),
        (3, "three", Some(())),
    ] {
        let state = after(&centre, &first, release).await;
        assert!(
            text(&state, "main").is_some_and(|it| it.contains(main)),
            "{release}"
        );
        assert_eq!(text(&state, "other").map(|_| ()), other, "{release}");
        let later: Vec<_> = state.later.iter().map(ToString::to_string).collect();
        assert_eq!(later.contains(&"flow.other".to_owned()), other.is_none());
    }
}

#[tokio::test]
async fn what_somebody_published_at_the_console_is_kept_when_it_is_replaced() {
    let centre = Centre::bootstrapped().await;
    let flows = vec![module("greeting", "Hello"), uses_module("main", "greeting")];
    let desired = centre.desired(flows.clone());
    let (applied, _) = deploy(&centre, &desired).await;
    let console = Console::new(&centre, &applied);
    console
        .edits_module("greeting", "Hello", "Theirs", true)
        .await;
    deploy(&centre, &desired).await;
    let addr = addr_of(&flows[0]);
    assert!(matches!(
        found(&centre, &desired, 2, &addr).await,
        Before::Document {
            is_recorded: false,
            ..
        }
    ));
    let state = after(&centre, &desired, 1).await;
    assert_eq!(state.flows[&addr].definition, flows[0]);
    assert!(state.edits[&addr].content.contains("Theirs"));
    // Long after, what was there then is no longer what release 2 left.
    assert!(after(&centre, &desired, 2).await.edits.is_empty());
}

#[tokio::test]
async fn what_was_there_before_the_first_release_is_the_state_before_it() {
    let centre = Centre::bootstrapped().await;
    let ours = greeting("main", "Ours");
    let desired = centre.desired(vec![greeting("other", "Hello")]);
    let (applied, _) = deploy(&centre, &desired).await;
    let console = Console::new(&centre, &applied);
    let content = console.content("other").replace("Hello", "Theirs");
    console.creates(&ours.title, &content, true).await;
    let desired = centre.desired(vec![greeting("other", "Hello"), ours]);
    deploy(&centre, &desired).await;
    let state = after(&centre, &desired, 1).await;
    assert!(text(&state, "main").is_some_and(|it| it.contains("Theirs")));
}

#[tokio::test]
async fn releases_are_listed_with_how_far_they_came() {
    let centre = Centre::bootstrapped().await;
    let desired = centre.desired(vec![greeting("main", "one")]);
    deploy(&centre, &desired).await;
    // The second one ends while it is under way, and nobody closes it.
    let changed = centre.desired(vec![greeting("main", "two")]);
    let plan = centre.plan(&changed, Layer::Release).await;
    let recorder = Recorder::open(&centre.clients, changed.scope(), about()).await;
    let mut recorder = recorder.expect("there is a table");
    let recording = Some(&mut recorder);
    let applied = apply_recorded(&centre.clients, &changed, &plan, recording, |_| {}).await;
    applied.expect("deploy");
    drop(recorder);
    deploy(&centre, &centre.desired(vec![greeting("main", "three")])).await;
    let releases = releases(&centre.clients, desired.scope()).await;
    let releases = releases.expect("there is a table");
    let all: Vec<_> = releases.iter().map(|it| (it.number, it.status)).collect();
    assert_eq!(
        all,
        [
            (1, Status::Complete),
            (2, Status::Started),
            (3, Status::Complete)
        ]
    );
    assert_eq!(releases[0].commit, about().commit);
    assert_eq!((releases[0].written, releases[1].written), (Some(4), None));
    assert_eq!(previous(&releases).map(|it| it.number), Some(1));
}

#[tokio::test]
async fn a_digest_that_is_the_same_everywhere_is_recorded_and_brought_up_to_date() {
    let centre = Centre::bootstrapped().await;
    let main = greeting("main", "Hello");
    let of = |portable: &str| {
        let desired = centre.desired(vec![main.clone()]);
        desired.with_portable([(flow("main"), portable.to_owned())])
    };
    deploy(&centre, &of("abc")).await;
    let portable = async || {
        let deployed = read(&centre, &of("abc")).await;
        deployed.flows[&flow("main")].record.portable.clone()
    };
    assert_eq!(portable().await.as_deref(), Some("abc"));
    // A template took the place of a text, and nothing changes for contacts.
    let (applied, release) = deploy(&centre, &of("def")).await;
    assert_eq!((applied.flows.len(), release), (0, Some(2)));
    assert_eq!(portable().await.as_deref(), Some("def"));
    assert_eq!(
        found(&centre, &of("def"), 2, &flow("main")).await,
        Before::Same
    );
    let (_, release) = deploy(&centre, &of("def")).await;
    assert_eq!(release, None, "there is nothing to record");
}

/// Takes from every record what older releases of this tool did not write.
async fn forget(centre: &Centre, table: &str) {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(Region::new(REGION))
        .endpoint_url(centre.emulator.endpoint())
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .build();
    let client = aws_sdk_dynamodb::Client::from_conf(config);
    let answer = client.scan().table_name(table).send().await;
    let items = answer.expect("there is a table").items.unwrap_or_default();
    let is_since = |name: &str| name.starts_with("replaced") || name == "portable";
    for mut item in items {
        item.retain(|name, _| !is_since(name));
        if item.get("pk") == Some(&AttributeValue::S("deployed".to_owned())) {
            assert_eq!(item.get("format"), Some(&AttributeValue::N("1".to_owned())));
        }
        let request = client.put_item().table_name(table);
        let answer = request.set_item(Some(item)).send().await;
        answer.expect("there is a table");
    }
}

#[tokio::test]
async fn records_that_do_not_say_what_they_replaced_are_read_all_the_same() {
    let centre = Centre::bootstrapped().await;
    let first = centre.desired(vec![greeting("main", "one")]);
    deploy(&centre, &first).await;
    let all = vec![greeting("main", "two"), greeting("other", "stays")];
    deploy(&centre, &centre.desired(all)).await;
    forget(&centre, &first.scope().remote_name("deployments")).await;
    let deployed = read(&centre, &first).await;
    let record = &deployed.flows[&flow("main")].record;
    assert_eq!(
        (record.replaced.clone(), record.portable.clone()),
        (None, None)
    );
    let state = after(&centre, &first, 1).await;
    assert!(text(&state, "main").is_some_and(|it| it.contains("one")));
    assert_eq!(text(&state, "other"), None);
    // Recording goes on from there.
    let (_, release) = deploy(&centre, &centre.desired(vec![greeting("main", "three")])).await;
    assert_eq!(release, Some(3));
    let state = after(&centre, &first, 2).await;
    assert!(text(&state, "main").is_some_and(|it| it.contains("two")));
}

#[tokio::test]
async fn what_we_wrote_ourselves_is_nobodys_edit_recorded_or_not() {
    let centre = Centre::bootstrapped().await;
    let cycle = |text: &str| {
        let flows = vec![
            goes_on_in("a", "b"),
            goes_on_in("b", "a"),
            greeting("main", text),
        ];
        centre.desired(flows)
    };
    // Only stubs are there when the first deployment ends.
    let fault = Fault::operation(
        "connect",
        "UpdateContactFlowContent",
        400,
        "AccessDeniedException",
    );
    centre.emulator.faults().arm(fault);
    let stopped = centre.deploy(&cycle("one"), Layer::Release).await;
    assert!(stopped.is_err());
    centre.emulator.faults().clear();
    deploy(&centre, &cycle("one")).await;
    assert_eq!(
        found(&centre, &cycle("one"), 1, &flow("a")).await,
        Before::Nothing
    );
    // The second one leaves no record.
    let unrecorded = centre.deploy(&cycle("two"), Layer::Release).await;
    unrecorded.expect("deploy");
    deploy(&centre, &cycle("three")).await;
    let state = after(&centre, &cycle("one"), 1).await;
    assert!(text(&state, "main").is_some_and(|it| it.contains("one")));
    assert!(state.edits.is_empty(), "{:?}", state.edits.keys());
    assert!(state.later.is_empty(), "{:?}", state.later);
}
