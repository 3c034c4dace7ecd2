//! Queues, hours of operation and routing profiles.

use aws_sdk_connect::types::{
    Channel, HoursOfOperationConfig, HoursOfOperationDays, HoursOfOperationTimeSlice,
    MediaConcurrency, QueueStatus, QueueType, RoutingProfileQueueConfig,
    RoutingProfileQueueReference,
};

use super::{Bench, code, refusal};

fn slice(hours: i32, minutes: i32) -> HoursOfOperationTimeSlice {
    let slice = HoursOfOperationTimeSlice::builder();
    slice.hours(hours).minutes(minutes).build().unwrap()
}

fn office_hours() -> HoursOfOperationConfig {
    HoursOfOperationConfig::builder()
        .day(HoursOfOperationDays::Monday)
        .start_time(slice(9, 0))
        .end_time(slice(17, 30))
        .build()
        .unwrap()
}

async fn hours(bench: &Bench, instance: &str) -> String {
    bench
        .connect
        .create_hours_of_operation()
        .instance_id(instance)
        .name("Office")
        .time_zone("Europe/London")
        .config(office_hours())
        .send()
        .await
        .unwrap()
        .hours_of_operation_id
        .unwrap()
}

async fn queue(bench: &Bench, instance: &str, name: &str, hours: &str) -> String {
    let created = bench
        .connect
        .create_queue()
        .instance_id(instance)
        .name(name);
    let created = created.hours_of_operation_id(hours).send().await.unwrap();
    created.queue_id.unwrap()
}

fn on_chat(queue: &str, priority: i32) -> RoutingProfileQueueConfig {
    let reference = RoutingProfileQueueReference::builder().queue_id(queue);
    let reference = reference.channel(Channel::Chat).build().unwrap();
    let config = RoutingProfileQueueConfig::builder().queue_reference(reference);
    config.priority(priority).delay(0).build().unwrap()
}

async fn routing_profile(bench: &Bench, instance: &str, name: &str, queue: &str) -> String {
    let chat = MediaConcurrency::builder().channel(Channel::Chat);
    bench
        .connect
        .create_routing_profile()
        .instance_id(instance)
        .name(name)
        .description("Chats")
        .default_outbound_queue_id(queue)
        .media_concurrencies(chat.concurrency(3).build().unwrap())
        .queue_configs(on_chat(queue, 1))
        .send()
        .await
        .unwrap()
        .routing_profile_id
        .unwrap()
}

#[tokio::test]
async fn a_queue_is_described_as_it_was_created_and_updated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let hours = hours(&bench, &id).await;
    let queue = queue(&bench, &id, "support", &hours).await;
    let connect = &bench.connect;
    let rename = connect
        .update_queue_name()
        .instance_id(&id)
        .queue_id(&queue);
    let rename = rename.name("help").description("Helps");
    rename.send().await.unwrap();
    let limit = connect.update_queue_max_contacts().instance_id(&id);
    limit.queue_id(&queue).max_contacts(7).send().await.unwrap();
    let disable = connect
        .update_queue_status()
        .instance_id(&id)
        .queue_id(&queue);
    disable.status(QueueStatus::Disabled).send().await.unwrap();
    let described = connect.describe_queue().instance_id(&id).queue_id(&queue);
    let described = described.send().await.unwrap().queue.unwrap();
    assert_eq!(described.name.as_deref(), Some("help"));
    assert_eq!(described.description.as_deref(), Some("Helps"));
    assert_eq!(described.max_contacts, Some(7));
    assert_eq!(described.status, Some(QueueStatus::Disabled));
    assert_eq!(described.hours_of_operation_id, Some(hours));
}

#[tokio::test]
async fn a_queue_needs_hours_that_exist_and_a_free_name() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let hours = hours(&bench, &id).await;
    let create = |name: &str, hours: &str| {
        let create = bench.connect.create_queue().instance_id(&id).name(name);
        create.hours_of_operation_id(hours).send()
    };
    let refused = refusal(create("support", "nobody").await);
    assert_eq!(refused, code(404, "ResourceNotFoundException"));
    let refused = refusal(create("BasicQueue", &hours).await);
    assert_eq!(refused, code(409, "DuplicateResourceException"));
    let refused = refusal(create(&"q".repeat(128), &hours).await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
    let no_hours = bench
        .connect
        .create_queue()
        .instance_id(&id)
        .name("support");
    let refused = refusal(no_hours.send().await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_queue_that_a_routing_profile_serves_is_in_use() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let hours = hours(&bench, &id).await;
    let queue = queue(&bench, &id, "support", &hours).await;
    let profile = routing_profile(&bench, &id, "chat", &queue).await;
    let delete = || {
        bench
            .connect
            .delete_queue()
            .instance_id(&id)
            .queue_id(&queue)
            .send()
    };
    let error = delete().await.unwrap_err().into_service_error();
    let aws_sdk_connect::operation::delete_queue::DeleteQueueError::ResourceInUseException(error) =
        error
    else {
        panic!("{error:?}")
    };
    assert_eq!(error.resource_id.as_ref(), Some(&profile));
    let profile = bench
        .connect
        .delete_routing_profile()
        .routing_profile_id(profile);
    profile.instance_id(&id).send().await.unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn queues_are_listed_in_pages_and_by_type() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let hours = hours(&bench, &id).await;
    for n in 0..4 {
        queue(&bench, &id, &format!("queue-{n}"), &hours).await;
    }
    let list = || bench.connect.list_queues().instance_id(&id);
    let first = list().max_results(3).send().await.unwrap();
    assert_eq!(first.queue_summary_list().len(), 3);
    let rest = list().max_results(3).next_token(first.next_token.unwrap());
    assert_eq!(rest.send().await.unwrap().queue_summary_list().len(), 2);
    let of_agents = list().queue_types(QueueType::Agent).send().await.unwrap();
    assert!(of_agents.queue_summary_list().is_empty());
    let too_many = refusal(list().max_results(1001).send().await);
    assert_eq!(too_many, code(400, "InvalidParameterException"));
}

#[tokio::test]
async fn hours_are_described_as_they_were_created_and_updated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let hours = hours(&bench, &id).await;
    let update = bench.connect.update_hours_of_operation().instance_id(&id);
    let update = update.hours_of_operation_id(&hours).time_zone("Asia/Tokyo");
    update.send().await.unwrap();
    let described = bench.connect.describe_hours_of_operation().instance_id(&id);
    let described = described
        .hours_of_operation_id(&hours)
        .send()
        .await
        .unwrap();
    let described = described.hours_of_operation.unwrap();
    assert_eq!(described.name.as_deref(), Some("Office"));
    assert_eq!(described.time_zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(described.config(), [office_hours()]);
}

#[tokio::test]
async fn hours_in_no_time_zone_or_in_use_are_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let nowhere = bench.connect.create_hours_of_operation().instance_id(&id);
    let nowhere = nowhere.name("Nowhere").time_zone("Europe/Atlantis");
    let nowhere = nowhere.config(office_hours()).send().await;
    assert_eq!(refusal(nowhere), code(400, "InvalidParameterException"));
    let late = HoursOfOperationConfig::builder().day(HoursOfOperationDays::Monday);
    let late = late.start_time(slice(24, 0)).end_time(slice(25, 0));
    let late_hours = bench.connect.create_hours_of_operation().instance_id(&id);
    let late_hours = late_hours.name("Late").time_zone("UTC");
    let late_hours = late_hours.config(late.build().unwrap()).send().await;
    assert_eq!(refusal(late_hours), code(400, "InvalidParameterException"));
    let hours = hours(&bench, &id).await;
    queue(&bench, &id, "support", &hours).await;
    let delete = bench.connect.delete_hours_of_operation().instance_id(&id);
    let delete = delete.hours_of_operation_id(&hours).send().await;
    assert_eq!(refusal(delete), code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn a_routing_profile_gains_changes_and_loses_queues() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let hours = hours(&bench, &id).await;
    let first = queue(&bench, &id, "first", &hours).await;
    let second = queue(&bench, &id, "second", &hours).await;
    let profile = routing_profile(&bench, &id, "chat", &first).await;
    let connect = &bench.connect;
    let listed = async || {
        let listed = connect.list_routing_profile_queues().instance_id(&id);
        let listed = listed.routing_profile_id(&profile).send().await.unwrap();
        let listed = listed.routing_profile_queue_config_summary_list.unwrap();
        let listed = listed.into_iter().map(|it| (it.queue_name, it.priority));
        listed.collect::<Vec<_>>()
    };
    let associate = connect.associate_routing_profile_queues().instance_id(&id);
    let associate = associate.routing_profile_id(&profile);
    let associate = associate.queue_configs(on_chat(&second, 2));
    associate.send().await.unwrap();
    let update = connect.update_routing_profile_queues().instance_id(&id);
    let update = update.routing_profile_id(&profile);
    update
        .queue_configs(on_chat(&first, 9))
        .send()
        .await
        .unwrap();
    assert_eq!(
        listed().await,
        [("first".to_owned(), 9), ("second".to_owned(), 2)]
    );
    let reference = RoutingProfileQueueReference::builder().queue_id(&first);
    let reference = reference.channel(Channel::Chat).build().unwrap();
    let disassociate = connect.disassociate_routing_profile_queues();
    let disassociate = disassociate.instance_id(&id).routing_profile_id(&profile);
    disassociate
        .queue_references(reference)
        .send()
        .await
        .unwrap();
    assert_eq!(listed().await, [("second".to_owned(), 2)]);
}

#[tokio::test]
async fn a_routing_profile_is_described_as_it_was_created_and_updated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let queue = bench.basic_queue(&id).await;
    let profile = routing_profile(&bench, &id, "chat", &queue).await;
    let chat = |concurrency: i32| {
        let chat = MediaConcurrency::builder().channel(Channel::Chat);
        bench
            .connect
            .update_routing_profile_concurrency()
            .instance_id(&id)
            .routing_profile_id(&profile)
            .media_concurrencies(chat.concurrency(concurrency).build().unwrap())
            .send()
    };
    chat(5).await.unwrap();
    let refused = refusal(chat(11).await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
    let described = bench.connect.describe_routing_profile().instance_id(&id);
    let described = described.routing_profile_id(&profile).send().await.unwrap();
    let described = described.routing_profile.unwrap();
    assert_eq!(described.description.as_deref(), Some("Chats"));
    assert_eq!(described.default_outbound_queue_id, Some(queue));
    assert_eq!(described.media_concurrencies()[0].concurrency, 5);
    assert_eq!(described.number_of_associated_queues, Some(1));
}
