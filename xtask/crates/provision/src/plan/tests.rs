//! Properties of planning that hold for any flows and any state of the account.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use flow::bind::{self, Bindings};
use flow::diagnostic::SourceFile;
use flow::model::{Action, DocumentKind, Flow, FlowDefinition, FlowType};
use flow::value::{Ref, RefKind, Value};
use proptest::prelude::*;

use super::{
    Call, ChangeKind, Choices, Content, FlowCall, InstanceCall, MediaCall, PeopleCall, Plan, Step,
    plan, plan_with, view,
};
use crate::address::{Layer, ResourceAddr, ResourceKind};
use crate::desired::{Architecture, Desired, LambdaPackage};
use crate::environment::Environment;
use crate::infra::{FlowName, Infra, RoutedQueue};
use crate::live::{
    BucketState, FunctionState, InstanceRef, Leftover, Live, LiveBucket, LiveDeadLetters,
    LiveDestination, LiveFlow, LiveFunction, LiveHours, LiveInstance, LiveKey, LiveLogGroup,
    LivePrompt, LiveQueue, LiveQuickConnect, LiveRole, LiveRoutingProfile, LiveSecurityProfile,
    LiveStorage, LiveSubscription, LiveTable, LiveTopic, LiveView, LiveViewContent, Places,
};
use crate::policy;
use crate::remote::{self, id_of};

const INSTANCE: &str = "arn:aws:connect:eu-west-2:123456789012:instance/i";

fn environment() -> Environment {
    static ENVIRONMENT: LazyLock<Environment> = LazyLock::new(read_environment);
    ENVIRONMENT.clone()
}

fn read_environment() -> Environment {
    let text = include_str!("../../../../../infra/environments/local.yaml");
    let (environment, diags) = Environment::parse(&SourceFile::new("local.yaml", text));
    assert_eq!(diags, []);
    environment.expect("the repository's own file is complete")
}

/// Read once: the properties ask for it thousands of times.
fn infra() -> Infra {
    static INFRA: LazyLock<Infra> = LazyLock::new(read_infra);
    INFRA.clone()
}

fn read_infra() -> Infra {
    let files = [
        include_str!("../../../../../infra/instance.yaml"),
        include_str!("../../../../../infra/streaming.yaml"),
        include_str!("../../../../../infra/lambdas.yaml"),
    ];
    let (infra, diags) = Infra::parse(&files.map(|text| SourceFile::new("infra.yaml", text)));
    assert_eq!(diags, []);
    infra
}

/// What the repository's own files do not have.
const MORE: &str = "security_profiles:
  leads: { permissions: [Queues.View], only_tagged: { team: chat }, only_tagged_kinds: [User] }
quick_connects:
  first: { queue: support, flow: flow-0 }
  titled: { flow: { title: Flow 0 } }
  alice: { user: alice, flow: { title: Default agent transfer } }
  phone: { phone: '+442071234567' }
prompts: { hello: { description: Says hello, bucket: chat-transcripts, key: hello.wav } }
views:
  form: { template: { Head: {} }, actions: [Submit] }
  kept: { versions: true, template: { Head: {} } }
  draft: { status: saved, template: {} }
";

/// The same with what the repository's own files do not have; `flow-0` has to be among the flows.
fn desired_with_more(flows: Vec<FlowDefinition>) -> Desired {
    let files = [
        include_str!("../../../../../infra/instance.yaml"),
        include_str!("../../../../../infra/streaming.yaml"),
        include_str!("../../../../../infra/lambdas.yaml"),
        MORE,
    ];
    let (mut infra, diags) = Infra::parse(&files.map(|text| SourceFile::new("infra.yaml", text)));
    assert_eq!(diags, []);
    infra.instance.lex_bots = vec!["faq".to_owned()];
    let mut environment = environment();
    let alias = "arn:aws:lex:eu-west-2:123456789012:bot-alias/BOT/ALIAS";
    let lex_bots = &mut environment.lex_bots;
    lex_bots.insert("faq".to_owned(), alias.to_owned());
    desired_from(&environment, &infra, flows)
}

fn desired(flows: Vec<FlowDefinition>) -> Desired {
    desired_from(&environment(), &infra(), flows)
}

fn desired_from(environment: &Environment, infra: &Infra, flows: Vec<FlowDefinition>) -> Desired {
    let packages = infra.lambdas.keys().map(|name| LambdaPackage {
        name: name.clone(),
        zip: name.clone().into_bytes(),
        architecture: Architecture::X86_64,
    });
    let packages = packages.collect();
    let (desired, diags) = Desired::new(environment, infra, flows, packages);
    assert_eq!(diags, []);
    desired
}

/// A flow that transfers to others by their numbers.
fn transferring(number: usize, targets: &BTreeSet<usize>) -> FlowDefinition {
    let mut flow = Flow::new("t0");
    for (n, target) in targets.iter().enumerate() {
        let mut action = Action::new(format!("t{n}"), "TransferToFlow");
        let target = Value::Ref(Ref::new(RefKind::Flow, format!("flow-{target}")));
        action.parameters.insert("ContactFlowId".to_owned(), target);
        action.transitions.next = Some(format!("t{}", n + 1).into());
        flow.actions.push(action);
    }
    let last = format!("t{}", targets.len());
    flow.actions
        .push(Action::new(last, "DisconnectParticipant"));
    FlowDefinition {
        name: format!("flow-{number}"),
        title: format!("Flow {number}"),
        description: None,
        kind: DocumentKind::Flow(FlowType::ContactFlow),
        flow,
    }
}

/// Any number of flows that refer to each other in any way, circles included.
fn any_flows() -> impl Strategy<Value = Vec<FlowDefinition>> {
    (1..8_usize).prop_flat_map(|count| {
        let targets = prop::collection::btree_set(0..count, 0..count);
        prop::collection::vec(targets, count).prop_map(|all| {
            let numbered = all.iter().enumerate();
            numbered
                .map(|(n, targets)| transferring(n, targets))
                .collect()
        })
    })
}

/// An account in which everything is as it should be.
fn as_desired(desired: &Desired) -> Live {
    let bindings = bindings(desired);
    let addr = ResourceAddr::new(ResourceKind::Instance, &desired.scope.alias);
    let mut live = Live {
        instance: Some(LiveInstance {
            remote: InstanceRef {
                id: "i".to_owned(),
                arn: INSTANCE.to_owned(),
            },
            status: "ACTIVE".to_owned(),
            tags: Some(desired.tags(&addr)),
            identity: Some(desired.instance.identity.as_str().to_owned()),
        }),
        origins: desired.instance.approved_origins.iter().cloned().collect(),
        bindings,
        ..Live::default()
    };
    for spec in &desired.instance.attributes {
        live.attributes.insert(spec.api_name(), spec.value);
    }
    for (kind, wanted) in &desired.storage {
        let storage = LiveStorage {
            association_id: "a".to_owned(),
            place: Some(wanted.place.clone()),
            key: wanted.key.as_ref().map(|name| key_arn(name)),
        };
        live.storage.insert(kind.clone(), storage);
    }
    routing(desired, &mut live);
    people(desired, &mut live);
    media(desired, &mut live);
    around(desired, &mut live);
    functions(desired, &mut live);
    for (addr, definition) in &desired.flows {
        let content = bind::bind(&definition.flow, &live.bindings).expect("everything is bound");
        let flow = LiveFlow {
            kind: definition.kind,
            description: definition.description.clone(),
            archived: false,
            tags: desired.tags(addr),
            content: Some(content),
            draft: None,
        };
        live.flows.insert(addr.clone(), flow);
    }
    live
}

fn bindings(desired: &Desired) -> Bindings {
    let mut bindings = Bindings::default();
    let mut bind = |kind: RefKind, segment: &str, name: &str| {
        let arn = format!("{INSTANCE}/{segment}/{segment}-{name}");
        bindings.insert(Ref::new(kind, name), arn, None);
    };
    desired
        .hours
        .keys()
        .for_each(|name| bind(RefKind::Hours, "operating-hours", name));
    desired
        .queues
        .keys()
        .for_each(|name| bind(RefKind::Queue, "queue", name));
    for definition in desired.flows.values() {
        bind(RefKind::Flow, "contact-flow", &definition.name);
    }
    bindings
}

fn routing(desired: &Desired, live: &mut Live) {
    let id = |kind, name: &str| {
        let target = live
            .bindings
            .get(&Ref::new(kind, name))
            .expect("everything is bound");
        id_of(&target.arn).to_owned()
    };
    for (name, spec) in &desired.hours {
        let addr = ResourceAddr::new(ResourceKind::Hours, name);
        let (spec, tags) = (spec.clone(), desired.tags(&addr));
        live.hours.insert(name.clone(), LiveHours { spec, tags });
    }
    for (name, spec) in &desired.queues {
        let queue = LiveQueue {
            description: spec.description.clone(),
            hours_id: id(RefKind::Hours, &spec.hours),
            max_contacts: spec.max_contacts,
            enabled: true,
            tags: desired.tags(&ResourceAddr::new(ResourceKind::Queue, name)),
        };
        live.queues.insert(name.clone(), queue);
    }
    for (name, spec) in &desired.routing_profiles {
        let queues = spec.queues.iter().map(|routed| RoutedQueue {
            queue: id(RefKind::Queue, &routed.queue),
            ..routed.clone()
        });
        let profile = LiveRoutingProfile {
            description: spec.description.clone(),
            chats_at_once: Some(spec.chats_at_once),
            default_outbound_queue_id: id(RefKind::Queue, &spec.default_outbound_queue),
            queues: queues.collect(),
            tags: desired.tags(&ResourceAddr::new(ResourceKind::RoutingProfile, name)),
        };
        live.routing_profiles.insert(name.clone(), profile);
    }
}

fn people(desired: &Desired, live: &mut Live) {
    for (name, spec) in &desired.security_profiles {
        let profile = LiveSecurityProfile {
            description: spec.description.clone(),
            permissions: spec.permissions.clone(),
            only_tagged: spec.only_tagged.clone().unwrap_or_default(),
            only_tagged_kinds: spec.only_tagged_kinds.clone().unwrap_or_default(),
            tags: desired.tags(&ResourceAddr::new(ResourceKind::SecurityProfile, name)),
        };
        live.security_profiles.insert(name.clone(), profile);
    }
    for title in ["Default agent transfer", "Default queue transfer"] {
        let id = format!("contact-flow-{title}");
        live.flow_titles.insert(title.to_owned(), id);
    }
    for definition in desired.flows.values() {
        let id = format!("contact-flow-{}", definition.name);
        live.flow_titles.insert(definition.title.clone(), id);
    }
    live.users.insert("alice".to_owned(), "a1".to_owned());
    for (name, spec) in &desired.quick_connects {
        let places = Places {
            bindings: &live.bindings,
            flow_titles: &live.flow_titles,
            users: &live.users,
        };
        let quick_connect = LiveQuickConnect {
            description: spec.description.clone(),
            to: places.resolve(&spec.to).expect("everything is there"),
            tags: desired.tags(&ResourceAddr::new(ResourceKind::QuickConnect, name)),
        };
        live.quick_connects.insert(name.clone(), quick_connect);
    }
    for (name, spec) in &desired.queues {
        let offered = spec.quick_connects.iter().flatten();
        let offered = offered.map(|it| (format!("q-{it}"), it.clone()));
        live.queue_quick_connects
            .insert(name.clone(), offered.collect());
    }
}

fn media(desired: &Desired, live: &mut Live) {
    let tags = |kind, name: &str| desired.tags(&ResourceAddr::new(kind, name));
    for (name, spec) in &desired.prompts {
        let prompt = LivePrompt {
            description: spec.description.clone(),
            tags: tags(ResourceKind::Prompt, name),
        };
        live.prompts.insert(name.clone(), prompt);
    }
    for (name, spec) in &desired.views {
        let content = LiveViewContent {
            template: spec.template.clone(),
            actions: spec.actions.iter().cloned().collect(),
        };
        let view = LiveView {
            description: spec.description.clone(),
            content: Some(content),
            tags: tags(ResourceKind::View, name),
        };
        live.views.insert(name.clone(), view);
    }
    live.lex_bots = desired.lex_bots.values().cloned().collect();
}

fn key_arn(name: &str) -> String {
    format!("arn:aws:kms:eu-west-2:123456789012:key/{name}")
}

fn around(desired: &Desired, live: &mut Live) {
    let tags = |kind, name: &str| desired.tags(&ResourceAddr::new(kind, name));
    let keys = desired.keys.keys();
    let keys = keys.map(|name| (name.clone(), key_arn(name))).collect();
    let bound = |policy: &serde_json::Value| {
        policy::with_keys(&policy::with_instance(policy, Some(INSTANCE)), &keys)
    };
    for (name, spec) in &desired.keys {
        let key = LiveKey {
            arn: key_arn(name),
            state: "Enabled".to_owned(),
            turns: true,
            policy: Some(bound(&spec.policy)),
            tags: tags(ResourceKind::Key, name),
        };
        live.keys.insert(name.clone(), key);
    }
    for (name, bucket) in &desired.buckets {
        let state = BucketState {
            is_closed: true,
            key: bucket.spec.key.as_ref().map(|name| key_arn(name)),
            expire_after_days: bucket.spec.expire_after_days,
            cors: bucket.cors.clone(),
            policy: Some(bucket.policy.clone()),
            tags: tags(ResourceKind::Bucket, name),
        };
        live.buckets.insert(name.clone(), LiveBucket::Ours(state));
    }
    for (name, spec) in &desired.dead_letters {
        let queue = LiveDeadLetters {
            keep_seconds: spec.keep_seconds,
            key: spec.key.as_ref().map(|name| key_arn(name)),
            policy: spec.policy.clone(),
            tags: tags(ResourceKind::DeadLetters, name),
        };
        live.dead_letters.insert(name.clone(), queue);
    }
    for (name, spec) in &desired.topics {
        let topic = LiveTopic {
            policy: bound(spec),
            key: desired.topic_keys.get(name).map(|name| key_arn(name)),
            tags: tags(ResourceKind::Topic, name),
        };
        live.topics.insert(name.clone(), topic);
    }
    for (name, spec) in &desired.tables {
        let table = LiveTable {
            partition_key: spec.partition_key.clone(),
            sort_key: spec.sort_key.clone(),
            time_to_live: spec.time_to_live.clone(),
            key: spec.key.as_ref().map(|name| key_arn(name)),
            point_in_time_recovery: spec.point_in_time_recovery,
            tags: tags(ResourceKind::Table, name),
        };
        live.tables.insert(name.clone(), table);
    }
    for (name, spec) in &desired.roles {
        let role = LiveRole {
            trust: spec.trust.clone(),
            policy: Some(bound(&spec.policy)),
            tags: tags(ResourceKind::Role, name),
        };
        live.roles.insert(name.clone(), role);
    }
    for (name, spec) in &desired.log_groups {
        let group = LiveLogGroup {
            retention_days: spec.retention_days,
            tags: tags(ResourceKind::LogGroup, name),
        };
        live.log_groups.insert(name.clone(), group);
    }
}

fn functions(desired: &Desired, live: &mut Live) {
    let admits = |principal: &str, arn: &str| {
        serde_json::json!({
            "Effect": "Allow",
            "Principal": { "Service": principal },
            "Action": "lambda:InvokeFunction",
            "Condition": { "ArnLike": { "AWS:SourceArn": arn } },
        })
    };
    for (name, function) in &desired.functions {
        let package = function.package.as_ref();
        let package = package.expect("every function has code here");
        let mut tags = desired.tags(&ResourceAddr::new(ResourceKind::Lambda, name));
        tags.insert(crate::tags::CODE.to_owned(), package.sha256.clone());
        let state = FunctionState {
            settings: function.settings.clone(),
            sha256: package.sha256.clone(),
            architecture: package.architecture.as_str().to_owned(),
        };
        let mut statements = vec![admits("connect.amazonaws.com", INSTANCE)];
        for caller in &function.callers {
            let crate::infra::Caller::Topic { topic, filter } = caller else {
                live.associations.insert(desired.scope.live_alias_arn(name));
                continue;
            };
            statements.push(admits("sns.amazonaws.com", &desired.scope.topic_arn(topic)));
            let subscription = LiveSubscription {
                arn: "s".to_owned(),
                filter: super::filter_policy(filter),
                undelivered: function.undelivered.clone(),
            };
            live.subscriptions.insert(name.clone(), subscription);
        }
        let function = LiveFunction {
            latest: state.clone(),
            live: Some(state),
            live_version: Some("1".to_owned()),
            versions: std::collections::BTreeMap::new(),
            tags,
            policy: Some(serde_json::json!({ "Statement": statements })),
            events: function.events.clone(),
        };
        live.functions.insert(name.clone(), function);
    }
}

/// Takes away some of the flows.
fn without(live: &Live, gone: &BTreeSet<usize>) -> Live {
    let mut live = live.clone();
    let mut bindings = Bindings::default();
    live.flows
        .retain(|addr, _| !gone.iter().any(|n| addr.name == format!("flow-{n}")));
    for (reference, target) in live.bindings.iter() {
        let addr = ResourceAddr::new(ResourceKind::Flow, &reference.name);
        if reference.kind != RefKind::Flow || live.flows.contains_key(&addr) {
            bindings.insert(reference.clone(), &target.arn, None);
        }
    }
    live.bindings = bindings;
    live
}

/// Every call may rely on what the calls before it have made.
fn assert_order(desired: &Desired, live: &Live, plan: &Plan) {
    let mut there: BTreeSet<ResourceAddr> = live.flows.keys().cloned().collect();
    let quick_connects = live.quick_connects.keys();
    there.extend(quick_connects.map(|name| ResourceAddr::new(ResourceKind::QuickConnect, name)));
    for step in &plan.steps {
        let writes_content = matches!(
            step.call,
            Call::Flow(FlowCall::CreateFlow(Content::Full) | FlowCall::UpdateFlowContent)
        );
        if writes_content {
            for reference in bind::references(&desired.flows[&step.addr].flow) {
                let target = ResourceAddr::new(ResourceKind::Flow, reference.name);
                assert!(there.contains(&target), "{} needs {target}", step.addr);
            }
        }
        if let Call::People(PeopleCall::CreateQuickConnect) = &step.call
            && let Some(FlowName::Ours(name)) = desired.quick_connects[&step.addr.name].to.flow()
        {
            let target = ResourceAddr::new(ResourceKind::Flow, name);
            assert!(there.contains(&target), "{} needs {target}", step.addr);
        }
        if let Call::People(PeopleCall::AssociateQueueQuickConnects { quick_connects }) = &step.call
        {
            for name in quick_connects {
                let target = ResourceAddr::new(ResourceKind::QuickConnect, name);
                assert!(there.contains(&target), "{} needs {target}", step.addr);
            }
        }
        let creates = matches!(
            step.call,
            Call::Flow(FlowCall::CreateFlow(_)) | Call::People(PeopleCall::CreateQuickConnect)
        );
        if creates {
            there.insert(step.addr.clone());
        }
    }
}

#[test]
fn roles_grant_what_the_files_say_and_the_own_log() {
    let desired = desired(Vec::new());
    let shown: Vec<String> = desired
        .roles
        .iter()
        .map(|(name, role)| {
            let policy = policy::with_instance(&role.policy, Some(INSTANCE));
            format!("{name} trust {:#}\n{name} may {policy:#}", role.trust)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_topic_takes_messages_of_the_instance_only() {
    let desired = desired(Vec::new());
    let policy = policy::with_instance(&desired.topics["chat-messages"], Some(INSTANCE));
    insta::assert_snapshot!(format!("{policy:#}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn where_all_is_as_desired_there_is_nothing_to_do(flows in any_flows()) {
        let desired = desired(flows);
        let live = as_desired(&desired);
        for layer in [Layer::Foundation, Layer::Release] {
            let plan = plan(&desired, &live, layer);
            prop_assert!(plan.is_empty(), "{}", view::human(&plan));
        }
    }

    #[test]
    fn what_is_gone_is_created_again_and_always_in_the_same_order(
        flows in any_flows(),
        gone in prop::collection::btree_set(0..8_usize, 0..8),
    ) {
        let desired = desired(flows);
        let full = as_desired(&desired);
        let live = without(&full, &gone);
        let plan = plan(&desired, &live, Layer::Release);
        prop_assert!(plan.problems.is_empty());
        prop_assert_eq!(plan.counts().create, full.flows.len() - live.flows.len());
        let again = super::plan(&desired, &live, Layer::Release);
        prop_assert_eq!(format!("{plan:?}"), format!("{again:?}"));
        assert_order(&desired, &live, &plan);
    }

    #[test]
    fn an_empty_account_is_planned_in_order(flows in any_flows()) {
        let desired = desired(flows);
        let mut live = without(&as_desired(&desired), &(0..8).collect());
        live.functions.clear();
        let plan = plan(&desired, &live, Layer::Release);
        prop_assert!(plan.problems.is_empty());
        assert_order(&desired, &live, &plan);
    }

    #[test]
    fn deletions_come_last_and_nothing_that_stays_for_longer_refers_to_what_goes(
        targets in any_targets(),
        gone in prop::collection::btree_set(0..8_usize, 0..8),
    ) {
        let before = desired(all_of(&targets, &BTreeSet::new()));
        let desired = desired(all_of(&targets, &gone));
        let live = with_leftovers(&before, &gone);
        let kept = plan(&desired, &live, Layer::Release);
        prop_assert_eq!(kept.warnings.len(), live.leftovers.len());
        prop_assert_eq!(kept.counts().delete, 0);
        let choices = Choices { prune: true, ..Choices::default() };
        let plan = plan_with(&desired, &live, Layer::Release, &choices);
        prop_assert!(plan.problems.is_empty(), "{}", view::human(&plan));
        prop_assert_eq!(plan.counts().delete, live.leftovers.len());
        let is_deletion = |step: &Step| {
            matches!(step.call, Call::Flow(FlowCall::DeleteFlow { .. }))
        };
        let first = plan.steps.iter().position(is_deletion).unwrap_or(plan.steps.len());
        prop_assert!(plan.steps[first..].iter().all(is_deletion));
        let order: Vec<usize> = plan.steps[first..].iter().map(|it| number(&it.addr)).collect();
        for (n, deleted) in order.iter().enumerate() {
            for later in &order[n + 1..] {
                let refers = targets[*later].contains(deleted);
                // Of what refers to each other in a circle, something has to go first.
                prop_assert!(!refers || reaches(&targets, &gone, *deleted, *later));
            }
        }
        let after = carried_out(&desired, &live, &plan);
        let again = plan_with(&desired, &after, Layer::Release, &choices);
        prop_assert!(again.is_empty(), "{}", view::human(&again));
    }

    #[test]
    fn a_narrowed_plan_leaves_no_reference_to_what_is_not_there(
        flows in any_flows(),
        gone in prop::collection::btree_set(0..8_usize, 0..8),
        chosen in prop::collection::btree_set(0..8_usize, 1..8),
    ) {
        let desired = desired(flows);
        let live = without(&as_desired(&desired), &gone);
        let there = chosen.iter().filter(|it| **it < desired.flows.len());
        let targets: Vec<String> = there.map(|it| format!("flow.flow-{it}")).collect();
        prop_assume!(!targets.is_empty());
        let choices = Choices { targets, ..Choices::default() };
        let narrowed = plan_with(&desired, &live, Layer::Release, &choices);
        let all = plan(&desired, &live, Layer::Release);
        let is_chosen = |change: &super::Change| chosen.contains(&number(&change.addr));
        prop_assert!(narrowed.changes.iter().all(is_chosen));
        prop_assert_eq!(narrowed.changes.len(), all.changes.iter().filter(|it| is_chosen(it)).count());
        if narrowed.can_apply() {
            assert_order(&desired, &live, &narrowed);
            let after = carried_out(&desired, &live, &narrowed);
            let again = plan_with(&desired, &after, Layer::Release, &choices);
            prop_assert!(again.is_empty(), "{}", view::human(&again));
        }
    }

    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(
        flows in any_flows(),
        gone in prop::collection::btree_set(0..8_usize, 0..8),
    ) {
        let desired = desired(flows);
        let live = without(&as_desired(&desired), &gone);
        let plan = plan(&desired, &live, Layer::Release);
        let after = carried_out(&desired, &live, &plan);
        let again = super::plan(&desired, &after, Layer::Release);
        prop_assert!(again.is_empty(), "{}", view::human(&again));
    }
}

/// Which flows refer to which, by their numbers.
fn any_targets() -> impl Strategy<Value = Vec<BTreeSet<usize>>> {
    (1..8_usize).prop_flat_map(|count| {
        let targets = prop::collection::btree_set(0..count, 0..count);
        prop::collection::vec(targets, count)
    })
}

/// The flows without those that are gone, and without their references to them.
fn all_of(targets: &[BTreeSet<usize>], gone: &BTreeSet<usize>) -> Vec<FlowDefinition> {
    let numbered = targets.iter().enumerate();
    let stays = numbered.filter(|(n, _)| !gone.contains(n));
    stays
        .map(|(n, targets)| transferring(n, &targets.difference(gone).copied().collect()))
        .collect()
}

/// An account in which all is as it was before some flows left the sources.
fn with_leftovers(before: &Desired, gone: &BTreeSet<usize>) -> Live {
    let full = as_desired(before);
    let mut live = without(&full, gone);
    for (addr, found) in &full.flows {
        if gone.contains(&number(addr)) {
            let id = remote::bound_id(&full.bindings, RefKind::Flow, &addr.name);
            let leftover = Leftover::Document {
                id: id.expect("everything is bound"),
                content: found.content.clone(),
            };
            live.leftovers.insert(addr.clone(), leftover);
        }
    }
    live
}

fn number(addr: &ResourceAddr) -> usize {
    let number = addr.name.rsplit('-').next().and_then(|it| it.parse().ok());
    number.unwrap_or(usize::MAX)
}

/// Whether one flow leads to another by way of those that go.
fn reaches(targets: &[BTreeSet<usize>], gone: &BTreeSet<usize>, from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut to_visit = vec![from];
    while let Some(at) = to_visit.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            to_visit.extend(targets[at].iter().filter(|it| gone.contains(*it)));
        }
    }
    false
}

/// A model of applying: what a plan changes is as it should be afterwards.
fn carried_out(desired: &Desired, live: &Live, plan: &Plan) -> Live {
    let done = as_desired(desired);
    let mut live = live.clone();
    for change in &plan.changes {
        if change.kind == ChangeKind::Delete {
            live.leftovers.remove(&change.addr);
            continue;
        }
        let reference = Ref::new(RefKind::Flow, &change.addr.name);
        if let (Some(flow), Some(target)) =
            (done.flows.get(&change.addr), done.bindings.get(&reference))
        {
            live.flows.insert(change.addr.clone(), flow.clone());
            live.bindings.insert(reference, &target.arn, None);
        }
    }
    live
}

proptest! {
    #[test]
    fn quick_connects_come_after_the_flows_they_lead_through(flows in any_flows()) {
        let desired = desired_with_more(flows);
        let mut live = without(&as_desired(&desired), &(0..8).collect());
        live.quick_connects.clear();
        live.queue_quick_connects.clear();
        live.flow_titles.retain(|title, _| title.starts_with("Default"));
        let plan = plan(&desired, &live, Layer::Release);
        prop_assert!(plan.problems.is_empty(), "{}", view::human(&plan));
        prop_assert_eq!(plan.counts().create, desired.flows.len() + desired.quick_connects.len());
        assert_order(&desired, &live, &plan);
    }

    #[test]
    fn with_more_declared_there_is_nothing_to_do_where_all_is_as_desired(flows in any_flows()) {
        let desired = desired_with_more(flows);
        let live = as_desired(&desired);
        for layer in [Layer::Foundation, Layer::Release] {
            let plan = plan(&desired, &live, layer);
            prop_assert!(plan.is_empty(), "{}", view::human(&plan));
        }
    }

    #[test]
    fn permissions_are_compared_as_sets(
        live_permissions in prop::collection::btree_set("[A-C]", 0..3),
        wanted in prop::collection::btree_set("[A-C]", 0..3),
    ) {
        let mut desired = desired_with_more(vec![transferring(0, &BTreeSet::new())]);
        let mut live = as_desired(&desired);
        desired.security_profiles["leads"].permissions = wanted.clone();
        let found = live.security_profiles.get_mut("leads").expect("it was put there");
        found.permissions = live_permissions.clone();
        let plan = plan(&desired, &live, Layer::Foundation);
        let calls: Vec<Call> = plan.steps.into_iter().map(|step| step.call).collect();
        let needed = (live_permissions != wanted).then_some(PeopleCall::UpdateSecurityProfile);
        prop_assert_eq!(calls, needed.into_iter().map(Call::from).collect::<Vec<_>>());
    }

    #[test]
    fn a_queue_comes_to_offer_what_is_listed_whatever_it_offers(
        offered in prop::collection::btree_set(0..120_usize, 0..120),
        wanted in prop::collection::btree_set(0..120_usize, 0..120),
    ) {
        let mut desired = desired_with_more(vec![transferring(0, &BTreeSet::new())]);
        let mut live = as_desired(&desired);
        let name = |n: &usize| format!("quick-{n}");
        let names = wanted.iter().map(name).collect();
        desired.queues["support"].quick_connects = Some(names);
        let ids = offered.iter().map(|n| (n.to_string(), name(n))).collect();
        live.queue_quick_connects.insert("support".to_owned(), ids);
        let plan = plan(&desired, &live, Layer::Release);
        prop_assert_eq!(&plan.problems, &[]);
        let mut after: BTreeSet<String> = offered.iter().map(name).collect();
        for step in &plan.steps {
            match &step.call {
                Call::People(PeopleCall::AssociateQueueQuickConnects { quick_connects }) => {
                    prop_assert!(quick_connects.len() <= 50);
                    after.extend(quick_connects.iter().cloned());
                }
                Call::People(PeopleCall::DisassociateQueueQuickConnects { ids }) => {
                    prop_assert!(ids.len() <= 50);
                    after.retain(|name| !ids.iter().any(|id| format!("quick-{id}") == *name));
                }
                call => prop_assert!(false, "{call:?}"),
            }
        }
        prop_assert_eq!(after, wanted.iter().map(name).collect::<BTreeSet<_>>());
    }
}

/// What each change of the account asks for, and nothing else.
#[test]
fn every_difference_of_people_and_media_takes_just_its_calls() {
    type Differ = fn(&mut Live);
    let tag = || Call::from(InstanceCall::TagConnectResource);
    let cases: Vec<(&str, Layer, Differ, Vec<Call>)> = vec![
        (
            "security_profile.leads",
            Layer::Foundation,
            |live| drop(live.security_profiles.remove("leads")),
            vec![PeopleCall::CreateSecurityProfile.into()],
        ),
        (
            "security_profile.support",
            Layer::Foundation,
            |live| profile(live, "support").description = None,
            vec![PeopleCall::UpdateSecurityProfile.into()],
        ),
        (
            "security_profile.leads",
            Layer::Foundation,
            |live| profile(live, "leads").only_tagged.clear(),
            vec![PeopleCall::UpdateSecurityProfile.into()],
        ),
        (
            "security_profile.leads",
            Layer::Foundation,
            |live| profile(live, "leads").tags.clear(),
            vec![tag()],
        ),
        (
            "prompt.hello",
            Layer::Foundation,
            |live| drop(live.prompts.remove("hello")),
            vec![MediaCall::CreatePrompt.into()],
        ),
        (
            "prompt.hello",
            Layer::Foundation,
            |live| prompt(live).description = Some("Says hi".to_owned()),
            vec![MediaCall::UpdatePrompt.into()],
        ),
        // Nobody knows what was recorded, so it is written.
        (
            "prompt.hello",
            Layer::Foundation,
            |live| prompt(live).tags.clear(),
            vec![MediaCall::UpdatePrompt.into(), tag()],
        ),
        (
            "view.form",
            Layer::Foundation,
            |live| drop(live.views.remove("form")),
            vec![MediaCall::CreateView.into()],
        ),
        (
            "view.form",
            Layer::Foundation,
            |live| page(live, "form").content = None,
            vec![MediaCall::UpdateViewContent.into()],
        ),
        (
            "view.form",
            Layer::Foundation,
            |live| page(live, "form").tags.clear(),
            vec![tag()],
        ),
        (
            "view.kept",
            Layer::Foundation,
            |live| drop(live.views.remove("kept")),
            vec![
                MediaCall::CreateView.into(),
                MediaCall::CreateViewVersion.into(),
                tag(),
            ],
        ),
        (
            "view.kept",
            Layer::Foundation,
            |live| page(live, "kept").content = None,
            vec![
                MediaCall::UpdateViewContent.into(),
                MediaCall::CreateViewVersion.into(),
            ],
        ),
        (
            "lex_bot.faq",
            Layer::Foundation,
            |live| live.lex_bots.clear(),
            vec![InstanceCall::AssociateBot.into()],
        ),
        (
            "quick_connect.phone",
            Layer::Release,
            |live| drop(live.quick_connects.remove("phone")),
            vec![PeopleCall::CreateQuickConnect.into()],
        ),
        (
            "quick_connect.to-support",
            Layer::Release,
            |live| quick_connect(live, "to-support").description = None,
            vec![PeopleCall::UpdateQuickConnectDescription.into()],
        ),
        (
            "quick_connect.alice",
            Layer::Release,
            |live| quick_connect(live, "alice").to = LiveDestination::Other,
            vec![PeopleCall::UpdateQuickConnectConfig.into()],
        ),
        (
            "queue_quick_connects.support",
            Layer::Release,
            |live| live.queue_quick_connects.clear(),
            vec![
                PeopleCall::AssociateQueueQuickConnects {
                    quick_connects: vec!["to-support".to_owned()],
                }
                .into(),
            ],
        ),
    ];
    let desired = desired_with_more(vec![transferring(0, &BTreeSet::new())]);
    for (addr, layer, differ, expected) in cases {
        let mut live = as_desired(&desired);
        differ(&mut live);
        let plan = plan(&desired, &live, layer);
        let changed: Vec<String> = plan.changes.iter().map(|it| it.addr.to_string()).collect();
        assert_eq!(changed, [addr], "{expected:?}");
        let calls: Vec<Call> = plan.steps.into_iter().map(|step| step.call).collect();
        assert_eq!(calls, expected, "{addr}");
        let is_ours = !matches!(plan.changes[0].kind, ChangeKind::Adopt);
        assert_eq!(
            is_ours,
            expected[expected.len() - 1] != tag() || addr == "view.kept"
        );
    }
}

fn profile<'l>(live: &'l mut Live, name: &str) -> &'l mut LiveSecurityProfile {
    let found = live.security_profiles.get_mut(name);
    found.expect("it is declared above")
}

fn prompt(live: &mut Live) -> &mut LivePrompt {
    live.prompts.get_mut("hello").expect("it is declared above")
}

fn page<'l>(live: &'l mut Live, name: &str) -> &'l mut LiveView {
    live.views.get_mut(name).expect("it is declared above")
}

fn quick_connect<'l>(live: &'l mut Live, name: &str) -> &'l mut LiveQuickConnect {
    let found = live.quick_connects.get_mut(name);
    found.expect("it is declared above")
}
