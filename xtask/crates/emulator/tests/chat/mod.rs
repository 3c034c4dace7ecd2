//! Chats through the SDK's own clients and a real WebSocket.
//!
//! The rules of chats are tested as scripts inside the crate; here it is what a client sees of them.

mod bench;
mod functions;
mod sockets;

use std::time::Duration;

use aws_sdk_connectparticipant::types::{ScanDirection, SortKey};

use bench::{Bench, minutes};

#[tokio::test]
async fn a_customer_and_a_bot_talk_through_the_sdk() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    assert_eq!(bench.state(&contact.id), "starting");
    let customer = bench.connect(&contact.token).await.unwrap();
    let bot = bench.join_bot(&contact.id).await;
    bot.say("What can I do for you?").await.unwrap();
    customer.say("A person, please").await.unwrap();
    bench
        .set_attribute(&contact.id, "bot_outcome", "handoff")
        .await;
    bot.leave().await.unwrap();
    bench.emulator.settle().await;
    let report = bench.emulator.contact(&contact.id).unwrap();
    assert_eq!(
        (report.state, report.queue.as_deref()),
        ("queued", Some("Support"))
    );
    assert_eq!(
        customer.transcript().await,
        [
            "CUSTOMER participant.joined",
            "SYSTEM Hello",
            "CUSTOM_BOT participant.joined",
            "CUSTOM_BOT What can I do for you?",
            "CUSTOMER A person, please",
            "CUSTOM_BOT participant.left",
            "SYSTEM Somebody will be with you",
        ]
    );
    let described = bench
        .connect
        .describe_contact()
        .instance_id(&bench.instance)
        .contact_id(&contact.id)
        .send()
        .await
        .unwrap()
        .contact
        .unwrap();
    assert_eq!(described.initiation_method.unwrap().as_str(), "API");
    assert!(described.queue_info.unwrap().enqueue_timestamp.is_some());
}

#[tokio::test]
async fn tokens_of_those_who_left_are_denied() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    let customer = bench.connect(&contact.token).await.unwrap();
    let bot = bench.join_bot(&contact.id).await;
    bot.leave().await.unwrap();
    let error = bot.leave().await.unwrap_err().into_service_error();
    assert!(error.is_access_denied_exception());
    customer.leave().await.unwrap();
    let error = customer
        .say("Hello?")
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_access_denied_exception());
    let error = bench.connect(&contact.token).await.unwrap_err();
    assert!(error.into_service_error().is_access_denied_exception());
    assert_eq!(bench.state(&contact.id), "ended");
}

#[tokio::test]
async fn a_bot_that_connects_late_is_not_found() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    bench.connect(&contact.token).await.unwrap();
    let token = bench.create_bot(&contact.id).await.unwrap();
    bench.emulator.advance(Duration::from_secs(15)).await;
    let error = bench
        .connect(&token)
        .await
        .unwrap_err()
        .into_service_error();
    // Documented, yet not among the errors that the operation models.
    assert_eq!(error.meta().code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn a_second_custom_participant_is_a_conflict() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    bench.connect(&contact.token).await.unwrap();
    bench.join_bot(&contact.id).await;
    let error = bench.create_bot(&contact.id).await.unwrap_err();
    assert!(error.into_service_error().is_conflict_exception());
}

#[tokio::test]
async fn a_silent_customer_ends_the_bots_part_and_the_wait_goes_on() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    bench.connect(&contact.token).await.unwrap();
    bench.set_idle_timers(&contact.id, 2, 3).await;
    let bot = bench.join_bot(&contact.id).await;
    // Ten seconds of the five minutes passed while the flow came to its Wait.
    let rest = minutes(5) - Duration::from_secs(10);
    bench.emulator.advance(rest - Duration::from_secs(1)).await;
    bot.say("Are you there?").await.unwrap();
    bench.emulator.advance(Duration::from_secs(1)).await;
    bot.say("Still?").await.unwrap_err();
    let report = bench.emulator.contact(&contact.id).unwrap();
    let wait = report
        .path
        .iter()
        .find(|step| step.action == "bot")
        .unwrap();
    assert_eq!(wait.branch.as_deref(), Some("BotParticipantDisconnected"));
    assert_eq!(report.state, "queued");
}

#[tokio::test]
async fn an_agent_joins_by_a_control_and_drops_the_bot() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    let customer = bench.connect(&contact.token).await.unwrap();
    let bot = bench.join_bot(&contact.id).await;
    bench.emulator.advance(minutes(15)).await;
    bot.say("I am still here").await.unwrap();
    let agent = bench.emulator.agent_joins(&contact.id, "Bea").unwrap();
    let agent = bench.connect(agent.participant_token()).await.unwrap();
    bot.say("And now?").await.unwrap_err();
    agent.say("Hello, this is Bea").await.unwrap();
    let transcript = customer.transcript().await;
    assert_eq!(
        transcript[transcript.len() - 3..],
        [
            "CUSTOM_BOT participant.left",
            "AGENT participant.joined",
            "AGENT Hello, this is Bea",
        ]
    );
    assert!(bench.emulator.agent_joins(&contact.id, "Bob").is_err());
}

#[tokio::test]
async fn transcripts_are_read_page_by_page() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    let customer = bench.connect(&contact.token).await.unwrap();
    for n in 0..25 {
        customer.say(&n.to_string()).await.unwrap();
    }
    let mut contents = Vec::new();
    let mut pages = bench
        .participants
        .get_transcript()
        .connection_token(customer.token())
        .scan_direction(ScanDirection::Forward)
        .sort_order(SortKey::Ascending)
        .into_paginator()
        .page_size(4)
        .send();
    while let Some(page) = pages.next().await {
        let items = page.unwrap().transcript.unwrap_or_default();
        assert!(items.len() <= 4);
        contents.extend(items.into_iter().filter_map(|item| item.content));
    }
    let said: Vec<String> = (0..25).map(|n| n.to_string()).collect();
    assert_eq!(contents[1..], said);
}

#[tokio::test]
async fn what_is_not_here_answers_501_with_its_name() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    let customer = bench.connect(&contact.token).await.unwrap();
    let attachment = bench
        .participants
        .get_attachment()
        .attachment_id("a-1")
        .connection_token(customer.token());
    let error = attachment.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("NotImplementedException"));
    assert!(error.meta().message().unwrap().contains("GetAttachment"));
}

#[tokio::test]
async fn what_is_said_and_every_token_stay_out_of_timeline_and_report() {
    let bench = Bench::start().await;
    let contact = bench.start_chat().await;
    let customer = bench.connect(&contact.token).await.unwrap();
    let bot = bench.join_bot(&contact.id).await;
    bench
        .set_attribute(&contact.id, "card", "attribute-4111")
        .await;
    customer.say("my number is text-4111").await.unwrap();
    bot.leave().await.unwrap();
    bench.emulator.settle().await;
    let timeline = bench.emulator.timeline().since(0);
    let report = bench.emulator.contact(&contact.id).unwrap();
    let seen = serde_json::json!({ "timeline": timeline, "report": report }).to_string();
    assert!(
        seen.contains(&contact.id),
        "there is something to look through"
    );
    let seen = format!("{seen} {timeline:?} {report:?}");
    for secret in [&contact.token, customer.token(), bot.token(), "4111", "Ann"] {
        assert!(!seen.contains(secret), "{secret}");
    }
}
