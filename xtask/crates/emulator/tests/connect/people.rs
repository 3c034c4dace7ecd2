//! Security profiles, and the quick connects that queues offer.

use aws_sdk_connect::types::{
    FlowQuickConnectConfig, PhoneNumberQuickConnectConfig, QueueQuickConnectConfig,
    QuickConnectConfig, QuickConnectType,
};

use super::{Bench, CONTENT, code, refusal};

async fn profile(bench: &Bench, instance: &str, name: &str) -> String {
    let create = bench.connect.create_security_profile();
    let create = create.instance_id(instance).security_profile_name(name);
    let create = create
        .permissions("BasicAgentAccess")
        .permissions("Queues.View");
    let create = create.description("Answers").tags("owner", "flowyard");
    let created = create
        .allowed_access_control_tags("team", "chat")
        .send()
        .await;
    created.unwrap().security_profile_id.unwrap()
}

async fn permissions(bench: &Bench, instance: &str, profile: &str) -> Vec<String> {
    let list = bench.connect.list_security_profile_permissions();
    let pages = list.instance_id(instance).security_profile_id(profile);
    let pages = pages.into_paginator().page_size(1).items();
    pages.send().try_collect().await.unwrap()
}

#[tokio::test]
async fn a_security_profile_is_described_as_it_was_created_and_updated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let profile = profile(&bench, &id, "Support agents").await;
    assert_eq!(
        permissions(&bench, &id, &profile).await,
        ["BasicAgentAccess", "Queues.View"]
    );
    let connect = &bench.connect;
    let update = connect.update_security_profile().instance_id(&id);
    let update = update
        .security_profile_id(&profile)
        .permissions("Queues.Edit");
    update.send().await.unwrap();
    assert_eq!(permissions(&bench, &id, &profile).await, ["Queues.Edit"]);
    let describe = connect.describe_security_profile().instance_id(&id);
    let described = describe.security_profile_id(&profile).send().await.unwrap();
    let described = described.security_profile.unwrap();
    assert_eq!(
        described.security_profile_name.as_deref(),
        Some("Support agents")
    );
    // What the update did not name is as it was.
    assert_eq!(described.description.as_deref(), Some("Answers"));
    let tags = described.allowed_access_control_tags.unwrap();
    assert_eq!(tags["team"], "chat");
    assert_eq!(described.tags.unwrap()["owner"], "flowyard");
}

#[tokio::test]
async fn a_security_profile_needs_a_free_and_sound_name() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let create = |name: &str| {
        let create = bench.connect.create_security_profile();
        create.instance_id(&id).security_profile_name(name).send()
    };
    let refused = refusal(create("Agent").await);
    assert_eq!(refused, code(409, "DuplicateResourceException"));
    for name in ["a/b", "", &"a".repeat(128)] {
        let refused = refusal(create(name).await);
        assert_eq!(refused, code(400, "InvalidParameterException"), "{name}");
    }
    let too_many = bench.connect.create_security_profile().instance_id(&id);
    let too_many = too_many.security_profile_name("all");
    let too_many = too_many.set_permissions(Some(vec!["Queues.View".to_owned(); 501]));
    let refused = refusal(too_many.send().await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_deleted_security_profile_is_not_found() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let profile = profile(&bench, &id, "Support").await;
    let connect = &bench.connect;
    let delete = || {
        let delete = connect.delete_security_profile().instance_id(&id);
        delete.security_profile_id(&profile).send()
    };
    delete().await.unwrap();
    let refused = refusal(delete().await);
    assert_eq!(refused, code(404, "ResourceNotFoundException"));
    let update = connect.update_security_profile().instance_id(&id);
    let update = update.security_profile_id(&profile).send().await;
    assert_eq!(refusal(update), code(404, "ResourceNotFoundException"));
}

fn to_phone(number: &str) -> QuickConnectConfig {
    let phone = PhoneNumberQuickConnectConfig::builder().phone_number(number);
    QuickConnectConfig::builder()
        .quick_connect_type(QuickConnectType::PhoneNumber)
        .phone_config(phone.build().unwrap())
        .build()
        .unwrap()
}

fn to_queue(queue: &str, flow: &str) -> QuickConnectConfig {
    let to = QueueQuickConnectConfig::builder().queue_id(queue);
    QuickConnectConfig::builder()
        .quick_connect_type(QuickConnectType::Queue)
        .queue_config(to.contact_flow_id(flow).build().unwrap())
        .build()
        .unwrap()
}

/// A new quick connect to a phone; its id.
pub(super) async fn phone(bench: &Bench, instance: &str, name: &str) -> String {
    let create = bench.connect.create_quick_connect().instance_id(instance);
    let create = create
        .name(name)
        .quick_connect_config(to_phone("+442071234567"));
    create.send().await.unwrap().quick_connect_id.unwrap()
}

#[tokio::test]
async fn a_quick_connect_is_described_as_it_was_created_and_updated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "to queue", CONTENT).await;
    let queue = bench.basic_queue(&id).await;
    let quick_connect = phone(&bench, &id, "hotline").await;
    let connect = &bench.connect;
    let rename = connect.update_quick_connect_name().instance_id(&id);
    let rename = rename.quick_connect_id(&quick_connect).name("help");
    rename.description("Helps").send().await.unwrap();
    let update = connect.update_quick_connect_config().instance_id(&id);
    let update = update.quick_connect_id(&quick_connect);
    let update = update.quick_connect_config(to_queue(&queue, &flow));
    update.send().await.unwrap();
    let described = connect.describe_quick_connect().instance_id(&id);
    let described = described.quick_connect_id(&quick_connect).send().await;
    let described = described.unwrap().quick_connect.unwrap();
    assert_eq!(described.name.as_deref(), Some("help"));
    assert_eq!(described.description.as_deref(), Some("Helps"));
    assert_eq!(
        described.quick_connect_config,
        Some(to_queue(&queue, &flow))
    );
    let arn = described.quick_connect_arn.unwrap();
    assert!(arn.contains("/transfer-destination/"), "{arn}");
}

#[tokio::test]
async fn quick_connects_are_listed_by_their_type() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    phone(&bench, &id, "hotline").await;
    for (kind, expected) in [
        (QuickConnectType::PhoneNumber, 1),
        (QuickConnectType::Queue, 0),
    ] {
        let list = bench.connect.list_quick_connects().instance_id(&id);
        let listed = list.quick_connect_types(kind).send().await.unwrap();
        assert_eq!(listed.quick_connect_summary_list().len(), expected);
    }
}

#[tokio::test]
async fn a_quick_connect_leads_to_what_exists_and_has_the_part_of_its_type() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "to queue", CONTENT).await;
    let queue = bench.basic_queue(&id).await;
    let create = |name: &str, config: QuickConnectConfig| {
        let create = bench.connect.create_quick_connect().instance_id(&id);
        create.name(name).quick_connect_config(config).send()
    };
    let nowhere = code(404, "ResourceNotFoundException");
    assert_eq!(
        refusal(create("a", to_queue("nobody", &flow)).await),
        nowhere
    );
    assert_eq!(
        refusal(create("a", to_queue(&queue, "nothing")).await),
        nowhere
    );
    let invalid = code(400, "InvalidParameterException");
    assert_eq!(refusal(create("a", to_phone("020 7123")).await), invalid);
    let to_flow = FlowQuickConnectConfig::builder().contact_flow_id(&flow);
    let mut two = to_phone("+442071234567");
    two.flow_config = Some(to_flow.build().unwrap());
    assert_eq!(refusal(create("a", two).await), invalid);
    let mut none = to_phone("+442071234567");
    none.phone_config = None;
    assert_eq!(refusal(create("a", none).await), invalid);
    create("a", to_queue(&queue, &flow)).await.unwrap();
    let again = refusal(create("a", to_phone("+442071234567")).await);
    assert_eq!(again, code(409, "DuplicateResourceException"));
}

#[tokio::test]
async fn a_queue_offers_the_quick_connects_that_are_associated_with_it() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let queue = bench.basic_queue(&id).await;
    let connect = &bench.connect;
    let (one, other) = (
        phone(&bench, &id, "one").await,
        phone(&bench, &id, "other").await,
    );
    let offered = async || {
        let list = connect.list_queue_quick_connects().instance_id(&id);
        let listed = list.queue_id(&queue).send().await.unwrap();
        let names = listed.quick_connect_summary_list().iter();
        names.filter_map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    let associate = |ids: Vec<String>| {
        let associate = connect.associate_queue_quick_connects().instance_id(&id);
        let associate = associate.queue_id(&queue).set_quick_connect_ids(Some(ids));
        associate.send()
    };
    associate(vec![one.clone(), other.clone()]).await.unwrap();
    assert_eq!(offered().await, ["one", "other"]);
    let remove = connect.disassociate_queue_quick_connects().instance_id(&id);
    let remove = remove.queue_id(&queue).quick_connect_ids(&one);
    remove.send().await.unwrap();
    assert_eq!(offered().await, ["other"]);
    let delete = connect.delete_quick_connect().instance_id(&id);
    delete.quick_connect_id(&other).send().await.unwrap();
    assert!(offered().await.is_empty());
    let refused = refusal(associate(vec![other]).await);
    assert_eq!(refused, code(404, "ResourceNotFoundException"));
    let refused = refusal(associate(vec![one; 51]).await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
}
