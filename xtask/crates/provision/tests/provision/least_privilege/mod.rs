//! The generated policies are enough, and none of their actions is too much.
//!
//! An account with permissions enforced is bootstrapped, planned, deployed, changed and pruned by
//! roles that have exactly the generated policies. What was asked for on the way is kept, and each
//! policy is tried again on it with one action less.

mod actions;
mod destroying;
mod tampering;

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Duration;

use emulator::iam::{Asked, Decision, decide_by};
use emulator::{Config, Emulator};
use flow::diagnostic::SourceFile;
use flow::model::{DocumentKind, FlowDefinition, FlowType};
use provision::address::Layer;
use provision::api_error::ApiErrorKind;
use provision::apply::{Along, ApplyError, apply_along};
use provision::clients::Clients;
use provision::desired::Desired;
use provision::environment::Environment;
use provision::guard::check_caller;
use provision::infra::{Caller, Destination, FlowName, Infra};
use provision::ledger::{Ended, Owner, Recorder, Session};
use provision::live::{instance_arn, read_live, read_live_for};
use provision::plan::{Choices, Plan, plan, plan_with};
use provision::policies::{Purpose, documents};
use serde_json::{Value, json};

use crate::centre::{ACCOUNT, Centre, REGION, environment, infra, infra_file, package};
use crate::documents::{greeting, invokes, module, to_support, uses_module};
use crate::ledger::about;

/// What one role was given and what it asked for.
struct Run {
    policies: Vec<Value>,
    /// The actions that this run is to prove: those of its purpose, not those for planning.
    actions: BTreeSet<String>,
    asked: Vec<Asked>,
}

/// The runs of the four roles.
struct Recording {
    bootstrap: Run,
    plan: Run,
    deploy: Run,
    destroy: Run,
}

static RECORDING: LazyLock<Recording> = LazyLock::new(|| {
    let recording = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().expect("threads can be had");
        runtime.block_on(record())
    });
    recording
        .join()
        .expect("with exactly these policies everything passes")
});

/// An account with permissions enforced, and its owner.
pub(crate) struct Account {
    pub(crate) centre: Centre,
    iam: aws_sdk_iam::Client,
    sns: aws_sdk_sns::Client,
}

impl Account {
    pub(crate) async fn empty() -> Account {
        let config = Config {
            iam: true,
            ..Config::new(ACCOUNT, REGION)
        };
        let emulator = Emulator::start(config)
            .await
            .expect("a free port on loopback");
        let environment = environment(&infra_file("environments/local.yaml"));
        let clients = Clients::connect(&environment, Some(&emulator.endpoint())).await;
        let sdk = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .endpoint_url(emulator.endpoint())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(aws_sdk_iam::config::Credentials::new(
                "a", "b", None, None, "test",
            ))
            .load()
            .await;
        Account {
            centre: Centre {
                clients,
                environment,
                infra: infra(),
                emulator,
            },
            iam: aws_sdk_iam::Client::new(&sdk),
            sns: aws_sdk_sns::Client::new(&sdk),
        }
    }

    /// Clients in a role that has these policies and nothing else.
    pub(crate) async fn role(&self, name: &str, policies: &[Value]) -> Clients {
        let root = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
        let trust = json!({ "Version": "2012-10-17", "Statement":
            [{ "Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole" }] });
        let role = self.iam.create_role().role_name(name);
        let role = role
            .assume_role_policy_document(trust.to_string())
            .send()
            .await;
        let role = role.expect("the owner may do everything").role;
        for (n, policy) in policies.iter().enumerate() {
            let made = self.iam.create_policy().policy_name(format!("{name}-{n}"));
            let made = made.policy_document(policy.to_string()).send().await;
            let arn = made.expect("IAM takes it").policy.and_then(|it| it.arn);
            let attach = self.iam.attach_role_policy().role_name(name);
            let attach = attach.set_policy_arn(arn).send().await;
            attach.expect("the owner may do everything");
        }
        let mut environment = self.centre.environment.clone();
        environment.assume_role = role.map(|it| it.arn);
        let endpoint = self.centre.emulator.endpoint();
        Clients::connect(&environment, Some(&endpoint)).await
    }

    fn asked(&self, role: &str) -> Vec<Asked> {
        let session = format!(":assumed-role/{role}/");
        let asked = self.centre.emulator.asked().into_iter();
        asked.filter(|it| it.caller.contains(&session)).collect()
    }

    async fn instance(&self) -> String {
        let scope = provision::scope::Scope::new(&self.centre.environment);
        let found = instance_arn(&self.centre.clients, &scope).await;
        found
            .expect("the owner may do everything")
            .expect("it was bootstrapped")
    }
}

fn policies(desired: &Desired, purposes: &[Purpose], instance: Option<&str>) -> Vec<Value> {
    let documents = purposes
        .iter()
        .flat_map(|it| documents(desired, *it, instance));
    documents.map(|document| document.policy).collect()
}

async fn bootstrap(clients: &Clients, desired: &Desired) -> Result<(), ApplyError> {
    let live = read_live(clients, desired, Layer::Foundation).await;
    let live = live.expect("reading is allowed");
    carry_out(
        clients,
        desired,
        &plan(desired, &live, Layer::Foundation),
        None,
    )
    .await
}

async fn deploy(clients: &Clients, desired: &Desired, choices: &Choices) -> Result<(), ApplyError> {
    let live = read_live_for(clients, desired, Layer::Release, choices).await;
    let live = live.expect("reading is allowed");
    let plan = plan_with(desired, &live, Layer::Release, choices);
    let recorder = Recorder::open(clients, desired.scope(), about()).await;
    let mut recorder = recorder.expect("bootstrapping has made the table");
    carry_out(clients, desired, &plan, Some(&mut recorder)).await?;
    let recorded = recorder.close(&plan, true).await;
    recorded.expect("recording is allowed");
    Ok(())
}

/// With lock and journal, as the commands do.
async fn carry_out(
    clients: &Clients,
    desired: &Desired,
    plan: &Plan,
    recorder: Option<&mut Recorder<'_>>,
) -> Result<(), ApplyError> {
    let owner = Owner::new(clients, "a-machine", "deploy").await;
    let owner = owner.expect("everybody may ask who they are");
    let scope = desired.scope();
    let session = Session::open(clients, scope, owner, about(), Duration::ZERO, |_| {}).await;
    let mut session = session.expect("locking is allowed");
    let unfinished = session.unfinished().await;
    unfinished.expect("reading the journal is allowed");
    let along = Along {
        recorder,
        session: Some(&mut session),
        ..Along::default()
    };
    let applied = apply_along(clients, desired, plan, along, |_| {}).await;
    let ended = match applied {
        Ok(_) => Ended::Done,
        Err(_) => Ended::Failed,
    };
    let closed = session.close(ended).await;
    closed.expect("giving the lock back is allowed");
    applied.map(drop)
}

/// The repository's own files and more of what they could have.
fn whole_infra() -> Infra {
    read_infra(&[])
}

/// The same with nearly everything in them changed.
fn changed_infra() -> Infra {
    read_infra(&CHANGES)
}

fn read_infra(changes: &[(&str, &str)]) -> Infra {
    let own = ["instance.yaml", "streaming.yaml", "lambdas.yaml"];
    let own = own.map(|name| (name, infra_file(name).text.clone()));
    let files = own.into_iter().chain([("more.yaml", MORE.to_owned())]);
    let files = files.map(|(name, text)| {
        let text = text.replace("  storage:\n", STORAGE);
        let text = changes
            .iter()
            .fold(text, |text, (from, to)| text.replace(from, to));
        SourceFile::new(name, text)
    });
    let (mut infra, diags) = Infra::parse(&files.collect::<Vec<_>>());
    assert_eq!(diags, []);
    infra.instance.lex_bots = vec!["faq".to_owned()];
    infra
}

const MORE: &str = "prompts:
  hello: { description: Says hello, bucket: chat-transcripts, key: prompts/hello.wav }
views:
  kept:
    description: Kept for later
    versions: true
    template: { Head: { Title: Kept } }
modules:
  part: { alias: live }
quick_connects:
  by-phone: { phone: '+442071234567' }
";

/// The instance stores in streams as well.
const STORAGE: &str = "  storage:
    contact_trace_records: { stream: records }
    agent_events: { stream: events }
";

/// Under the names of the environment.
const STREAMS: [(&str, &str); 2] = [
    (
        "records",
        "arn:aws:firehose:eu-west-2:123456789012:deliverystream/records",
    ),
    (
        "events",
        "arn:aws:kinesis:eu-west-2:123456789012:stream/events",
    ),
];

const LEX_BOT: &str = "arn:aws:lex:eu-west-2:123456789012:bot-alias/BOT/ALIAS";

const CHANGES: [(&str, &str); 19] = [
    // Another hours and another queue, which take the place of the first.
    (
        "hours:\n  support:",
        "hours:\n  other:\n    description: Others\n    time_zone: Europe/London\n    open:\n      - { days: [monday], from: \"09:00\", to: \"17:00\" }\n  support:",
    ),
    (
        "queues:\n  support:",
        "queues:\n  other:\n    description: Others\n    hours: other\n  support:",
    ),
    ("hours: support", "hours: other"),
    (
        "default_outbound_queue: support",
        "default_outbound_queue: other",
    ),
    (
        "      - { queue: support, channel: chat, priority: 1, delay: 0s }",
        "      - { queue: support, channel: chat, priority: 2, delay: 0s }\n      - { queue: other, channel: chat, priority: 1, delay: 0s }",
    ),
    ("contactflow_logs: true", "contactflow_logs: false"),
    ("prefix: chat,", "prefix: chats,"),
    ("https://www.acme.example", "https://chat.acme.example"),
    ("When people answer chats", "When somebody answers"),
    (
        "Chats that want a person\n",
        "Chats\n    max_contacts: 20\n",
    ),
    ("People who answer chats", "People"),
    ("chats_at_once: 3", "chats_at_once: 4"),
    (
        "time_to_live: expires_at",
        "time_to_live: expires_at\n    point_in_time_recovery: true",
    ),
    ("flow_log_retention: 30d", "flow_log_retention: 60d"),
    ("Brings the bot into a chat", "Brings the bot in"),
    (
        "expire_after: 365d }",
        "expire_after: 365d, cors: [\"https://chat.acme.example\"] }",
    ),
    ("Says hello", "Greets"),
    ("Kept for later", "Kept for good"),
    ("Title: Kept }", "Title: Still kept }"),
];

async fn record() -> Recording {
    let mut account = Account::empty().await;
    account.centre.infra = whole_infra();
    let lex_bots = &mut account.centre.environment.lex_bots;
    lex_bots.insert("faq".to_owned(), LEX_BOT.to_owned());
    for (name, arn) in STREAMS {
        let streams = &mut account.centre.environment.streams;
        streams.insert(name.to_owned(), arn.to_owned());
    }
    let desired = account.centre.desired(Vec::new());
    let given = policies(&desired, &[Purpose::Plan, Purpose::Bootstrap], None);
    let clients = account.role("flowyard-bootstrap", &given).await;
    bootstrap(&clients, &desired).await.expect("bootstrap");
    account
        .centre
        .environment
        .tags
        .insert("team".to_owned(), "chat".to_owned());
    account.centre.infra = changed_infra();
    let changed = account.centre.desired(Vec::new());
    bootstrap(&clients, &changed)
        .await
        .expect("bootstrap what changed");
    account.centre.infra = whole_infra();
    let back = account.centre.desired(Vec::new());
    bootstrap(&clients, &back).await.expect("bootstrap back");
    tampering::tamper(&account).await;
    bootstrap(&clients, &back).await.expect("mend");
    let bootstrap = Run {
        actions: actions(&policies(&desired, &[Purpose::Bootstrap], None)),
        policies: given,
        asked: account.asked("flowyard-bootstrap"),
    };
    let (deploy, plan) = record_deploy(&mut account).await;
    account.centre.infra = whole_infra();
    Recording {
        bootstrap,
        plan,
        deploy,
        destroy: destroying::record(&account).await,
    }
}

/// The run of the role for deploying, and within it that of the role for planning.
async fn record_deploy(account: &mut Account) -> (Run, Run) {
    let flows = |text: &str| {
        vec![
            to_support("support"),
            greeting("hello", text),
            module("part", text),
            uses_module("user", "part"),
            invokes("bot", "bot-leave"),
        ]
    };
    let desired = account.centre.desired(flows("Hello"));
    let instance = account.instance().await;
    let purposes = [Purpose::Plan, Purpose::Deploy, Purpose::Prune];
    let given = policies(&desired, &purposes, Some(&instance));
    let clients = account.role("flowyard-deploy", &given).await;
    let choices = Choices::default();
    deploy(&clients, &desired, &choices).await.expect("deploy");
    let planned = record_plan(account, flows("Hello")).await;
    account
        .centre
        .environment
        .tags
        .insert("cost".to_owned(), "one".to_owned());
    for lambda in account.centre.infra.lambdas.values_mut() {
        lambda.memory_mb = 512;
        for caller in &mut lambda.invoked_by {
            if let Caller::Topic { filter, .. } = caller {
                filter.shift_remove("ParticipantRole");
            }
        }
    }
    let infra = &mut account.centre.infra;
    infra.queues["support"].quick_connects = Some(vec!["by-phone".to_owned()]);
    let quick_connect = &mut infra.quick_connects["to-support"];
    quick_connect.description = Some("Back to the queue".to_owned());
    quick_connect.to = Destination::Queue {
        queue: "support".to_owned(),
        flow: FlowName::Ours("support".to_owned()),
    };
    let mut described = flows("Good day");
    for flow in &mut described {
        flow.description = Some("Described".to_owned());
    }
    let packages = ["bot-join", "bot-reply", "bot-leave"].map(|name| package(name, "v2"));
    let desired = account.centre.desired_with(described, packages.into());
    deploy(&clients, &desired, &choices)
        .await
        .expect("deploy what changed");
    account.centre.infra.lambdas.shift_remove("bot-leave");
    account.centre.infra.lambdas.shift_remove("bot-reply");
    account.centre.infra.modules.clear();
    let packages = ["bot-join"].map(|name| package(name, "v2"));
    let mut replaced = greeting("hello", "Good day");
    replaced.kind = DocumentKind::Flow(FlowType::QueueTransfer);
    let left = vec![to_support("support"), replaced];
    let desired = account.centre.desired_with(left, packages.into());
    let prune = Choices {
        prune: true,
        allow_destroy: true,
        ..Choices::default()
    };
    deploy(&clients, &desired, &prune).await.expect("prune");
    let own = [Purpose::Deploy, Purpose::Prune];
    let run = Run {
        actions: actions(&policies(&desired, &own, Some(&instance))),
        policies: given,
        asked: account.asked("flowyard-deploy"),
    };
    (run, planned)
}

async fn record_plan(account: &mut Account, flows: Vec<FlowDefinition>) -> Run {
    let desired = more_desired(account, flows);
    let instance = account.instance().await;
    let given = policies(&desired, &[Purpose::Plan], Some(&instance));
    let clients = account.role("flowyard-plan", &given).await;
    let caller = check_caller(&clients, &account.centre.environment).await;
    caller.expect("everybody may ask who they are");
    let prune = Choices {
        prune: true,
        ..Choices::default()
    };
    for layer in [Layer::Foundation, Layer::Release] {
        let live = read_live_for(&clients, &desired, layer, &prune).await;
        live.expect("reading is allowed");
    }
    read_ledger(&clients, &account.centre.environment, &desired).await;
    Run {
        actions: actions(&given),
        policies: given,
        asked: account.asked("flowyard-plan"),
    }
}

/// What is not there yet, so that more has to be known before it can be made.
fn more_desired(account: &mut Account, mut flows: Vec<FlowDefinition>) -> Desired {
    flows.push(greeting("another", "Hello"));
    let infra = account.centre.infra.clone();
    let more = &mut account.centre.infra;
    more.tables["chat-sessions"].point_in_time_recovery = true;
    more.quick_connects["by-phone"].to = Destination::User {
        user: "alice".to_owned(),
        flow: FlowName::Titled("Default agent transfer".to_owned()),
    };
    let desired = account.centre.desired(flows);
    account.centre.infra = infra;
    desired
}

/// What was released, and what going back to it would change.
async fn read_ledger(clients: &Clients, environment: &Environment, desired: &Desired) {
    let scope = desired.scope();
    let deployed = provision::ledger::deployed(clients, scope).await;
    deployed.expect("reading is allowed");
    let fence = provision::ledger::fence(clients, scope).await;
    fence.expect("reading is allowed");
    let releases = provision::ledger::releases(clients, scope).await;
    for release in releases.expect("reading is allowed") {
        let state = provision::ledger::state(clients, scope, release.number).await;
        let state = state.expect("reading is allowed");
        let earlier = Desired::earlier(environment, release.number, state, false);
        let live = read_live(clients, &earlier, Layer::Release).await;
        live.expect("reading is allowed");
    }
}

/// The actions of policies.
fn actions(policies: &[Value]) -> BTreeSet<String> {
    let statements = policies
        .iter()
        .filter_map(|it| it["Statement"].as_array())
        .flatten();
    let lists = statements
        .filter_map(|it| it["Action"].as_array())
        .flatten();
    lists
        .filter_map(|it| Some(it.as_str()?.to_owned()))
        .collect()
}

/// The policies without an action.
fn without(policies: &[Value], action: &str) -> Vec<Value> {
    let mut policies = policies.to_vec();
    for policy in &mut policies {
        let statements = policy["Statement"]
            .as_array_mut()
            .expect("a list of statements");
        for statement in statements.iter_mut() {
            let actions = statement["Action"]
                .as_array_mut()
                .expect("a list of actions");
            actions.retain(|it| it != action);
        }
        statements.retain(|it| it["Action"].as_array().is_some_and(|it| !it.is_empty()));
    }
    policies.retain(|it| it["Statement"].as_array().is_some_and(|it| !it.is_empty()));
    policies
}

/// Whether the run is refused without an action, and for lack of just that one.
fn is_missed(run: &Run, action: &str) -> bool {
    let reduced = without(&run.policies, action);
    let mut refused = run
        .asked
        .iter()
        .filter(|it| decide_by(&reduced, &it.ask) != Decision::Allowed);
    refused.next().is_some_and(|it| it.ask.action == action)
        && refused.all(|it| it.ask.action == action)
}

#[test]
fn what_was_asked_for_is_in_the_policies_themselves() {
    let Recording {
        bootstrap,
        plan,
        deploy,
        destroy,
    } = &*RECORDING;
    for run in [bootstrap, plan, deploy, destroy] {
        assert!(run.asked.len() > 20);
        for asked in &run.asked {
            let decision = decide_by(&run.policies, &asked.ask);
            assert_eq!(decision, Decision::Allowed, "{asked:?}");
        }
    }
}

/// Over the wire, once for every policy.
#[tokio::test]
async fn without_an_action_the_run_is_refused_by_its_name() {
    let account = Account::empty().await;
    let desired = account.centre.desired(Vec::new());
    let given = policies(&desired, &[Purpose::Plan, Purpose::Bootstrap], None);
    let reduced = without(&given, "connect:CreateQueue");
    let clients = account.role("almost-bootstrap", &reduced).await;
    let error = bootstrap(&clients, &desired)
        .await
        .expect_err("an action is missing");
    assert_denied(&error, "connect:CreateQueue");
    let clients = account.role("flowyard-bootstrap", &given).await;
    bootstrap(&clients, &desired).await.expect("the rest of it");
    let instance = account.instance().await;
    let reading = policies(&desired, &[Purpose::Plan], Some(&instance));
    let reduced = without(&reading, "lambda:GetFunctionConfiguration");
    let clients = account.role("almost-plan", &reduced).await;
    let error = read_live(&clients, &desired, Layer::Release).await;
    let error = error.expect_err("an action is missing");
    assert_eq!(
        (error.operation, error.kind),
        ("lambda:GetFunctionConfiguration", ApiErrorKind::Denied)
    );
    let purposes = [Purpose::Plan, Purpose::Deploy];
    let given = policies(&desired, &purposes, Some(&instance));
    let reduced = without(&given, "iam:PassRole");
    let clients = account.role("almost-deploy", &reduced).await;
    let error = deploy(&clients, &desired, &Choices::default()).await;
    assert_denied(&error.expect_err("an action is missing"), "iam:PassRole");
}

fn assert_denied(error: &ApplyError, action: &str) {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text += &format!("\n{cause}");
        source = cause.source();
    }
    let said = format!("is not authorized to perform: {action} on resource");
    assert!(text.contains(&said), "{text}");
}
