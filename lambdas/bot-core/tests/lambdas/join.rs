//! bot-join: the order of its calls, what it answers, and that a retry finishes what is missing and nothing else.

use crate::aws::Instead;
use crate::scene::{CONTACT, Scene, TOPIC, failure, flow_event, message, success, with};
use bot_core::deadline::Deadline;
use bot_core::failure::Failure;
use serde_json::{Value, json};
use std::time::Duration;

fn timers() -> Value {
    json!({ "customer_idle_minutes": "2", "customer_disconnect_minutes": "5" })
}

#[tokio::test]
async fn connect_is_called_in_the_order_it_wants() {
    let scene = Scene::new().await;
    assert_eq!(scene.join(timers()).await, Ok(success()));
    let calls: Vec<_> = scene
        .aws
        .calls()
        .into_iter()
        .map(|call| call.operation)
        .collect();
    assert_eq!(
        calls,
        [
            "DynamoDB.PutItem",
            "StartContactStreaming",
            "DynamoDB.UpdateItem",
            "UpdateParticipantRoleConfig",
            "CreateParticipant",
            "DynamoDB.UpdateItem",
            "CreateParticipantConnection",
            "DynamoDB.UpdateItem",
            "SendMessage",
            "DynamoDB.UpdateItem",
            "DynamoDB.UpdateItem",
            "GetTranscript",
            "DynamoDB.UpdateItem",
        ]
    );
}

#[tokio::test]
async fn each_call_carries_what_connect_needs() {
    let scene = Scene::new().await;
    scene.join(timers()).await.unwrap();
    let aws = &scene.aws;
    let streaming = &aws.calls_of("StartContactStreaming")[0].body;
    assert_eq!(
        streaming["ContactId"], "c-1",
        "streaming goes by the first contact of the chain"
    );
    assert_eq!(
        streaming["ChatStreamingConfiguration"]["StreamingEndpointArn"],
        TOPIC
    );
    let timers = &aws.calls_of("UpdateParticipantRoleConfig")[0];
    assert_eq!(timers.path, "/contact/participant-role-config/i-1/c-2");
    assert_eq!(
        timers.body["ChannelConfiguration"]["Chat"]["ParticipantTimerConfigList"],
        json!([
            { "ParticipantRole": "CUSTOMER", "TimerType": "IDLE", "TimerValue": { "ParticipantTimerDurationInMinutes": 2 } },
            { "ParticipantRole": "CUSTOMER", "TimerType": "DISCONNECT_NONCUSTOMER", "TimerValue": { "ParticipantTimerDurationInMinutes": 5 } },
        ])
    );
    let participant = &aws.calls_of("CreateParticipant")[0].body;
    assert_eq!(participant["ContactId"], CONTACT);
    assert_eq!(
        participant["ParticipantDetails"],
        json!({ "ParticipantRole": "CUSTOM_BOT", "DisplayName": "s3cr3t-name" })
    );
    let connection = &aws.calls_of("CreateParticipantConnection")[0];
    assert_eq!(
        connection.body,
        json!({ "Type": ["CONNECTION_CREDENTIALS"], "ConnectParticipant": true })
    );
    assert!(
        connection
            .token
            .as_ref()
            .unwrap()
            .starts_with("s3cr3t-participant-")
    );
    let greeting = &aws.calls_of("SendMessage")[0];
    assert_eq!(greeting.token.as_deref(), Some("s3cr3t-connection-1"));
    assert_eq!(
        (&greeting.body["Content"], &greeting.body["ContentType"]),
        (&json!("Hello."), &json!("text/plain"))
    );
}

#[tokio::test]
async fn the_session_keeps_what_the_other_lambdas_need() {
    let scene = Scene::new().await;
    scene.join(timers()).await.unwrap();
    let item = scene.aws.item("contact#c-2").await.unwrap();
    for (attribute, value) in [
        ("schema", json!({ "N": "1" })),
        ("state", json!({ "S": "CONNECTED" })),
        ("initial_contact_id", json!({ "S": "c-1" })),
        ("instance_id", json!({ "S": "i-1" })),
        ("streaming_id", json!({ "S": "stream-1" })),
        ("connection_token", json!({ "S": "s3cr3t-connection-1" })),
        ("greeted", json!({ "BOOL": true })),
        ("auto_disconnect", json!({ "BOOL": true })),
    ] {
        assert_eq!(item[attribute], value, "{attribute}");
    }
    let expires: i64 = item["expires_at"]["N"].as_str().unwrap().parse().unwrap();
    let days = (expires - jiff::Timestamp::now().as_second()) / 86_400;
    assert!(
        (7..=8).contains(&days),
        "the item outlives the longest chat, by {days} days"
    );
}

#[tokio::test]
async fn a_join_cut_short_anywhere_is_finished_by_the_retry() {
    let mut reached = 0;
    for after_effect in [false, true] {
        for n_calls in 0.. {
            let scene = Scene::new().await;
            scene.aws.set_transcript(vec![message("m-1", 30, "hours?")]);
            scene.aws.cut(n_calls, after_effect);
            let first = scene.join(timers()).await;
            if !scene.aws.mend() {
                break;
            }
            reached += 1;
            // After the greeting the join has succeeded: a fault in catching up is no failure, and what it leaves is
            // answered by whoever comes next.
            scene.expire_lease().await;
            let again = scene.join(timers()).await;
            let place =
                format!("cut after {n_calls} calls, effect {after_effect}, first {first:?}");
            assert_eq!(again, Ok(success()), "{place}");
            for operation in ["StartContactStreaming", "CreateParticipant"] {
                assert_eq!(scene.aws.effects(operation), 1, "{operation}, {place}");
            }
            assert_eq!(scene.aws.said(), ["Hello.", "Nine to six."], "{place}");
            assert_eq!(scene.state().await, "CONNECTED", "{place}");
        }
    }
    assert!(reached > 24, "{reached} places were tried");
}

#[tokio::test]
async fn a_join_that_was_done_is_not_done_again() {
    let scene = Scene::joined().await;
    assert_eq!(scene.join(timers()).await, Ok(success()));
    assert_eq!(scene.aws.chat_operations(), ["GetTranscript"]);
}

#[tokio::test]
async fn two_tries_at_once_bring_one_bot() {
    let scene = Scene::new().await;
    let (one, other) = tokio::join!(scene.join(timers()), scene.join(timers()));
    assert_eq!((one, other), (Ok(success()), Ok(success())));
    assert_eq!(scene.aws.effects("CreateParticipant"), 1);
    assert_eq!(scene.aws.effects("StartContactStreaming"), 1);
    assert_eq!(scene.aws.said(), ["Hello."]);
}

#[tokio::test]
async fn a_participant_whose_fifteen_seconds_are_over_is_given_up_for_another() {
    let scene = Scene::new().await;
    scene.aws.refuse(
        "CreateParticipantConnection",
        500,
        "InternalServerException",
    );
    assert!(scene.join(timers()).await.is_err());
    scene.aws.refuse(
        "CreateParticipantConnection",
        404,
        "ResourceNotFoundException",
    );
    assert_eq!(scene.join(timers()).await, Ok(success()));
    assert_eq!(scene.aws.effects("CreateParticipant"), 2);
    assert_eq!(scene.aws.effects("StartContactStreaming"), 1);
    assert_eq!(scene.aws.said(), ["Hello."]);
    let auto_disconnect = scene.aws.session(CONTACT, "auto_disconnect").await;
    assert_eq!(auto_disconnect, Some(json!(true)));
}

#[tokio::test]
async fn what_another_try_cannot_mend_is_an_answer_and_what_it_can_is_an_error() {
    let cases = [
        (
            "StartContactStreaming",
            404,
            "ResourceNotFoundException",
            Some("contact_gone"),
        ),
        (
            "StartContactStreaming",
            429,
            "LimitExceededException",
            Some("quota"),
        ),
        (
            "StartContactStreaming",
            400,
            "InvalidParameterException",
            Some("refused"),
        ),
        (
            "StartContactStreaming",
            500,
            "InternalServiceException",
            None,
        ),
        (
            "UpdateParticipantRoleConfig",
            403,
            "AccessDeniedException",
            Some("access_denied"),
        ),
        (
            "UpdateParticipantRoleConfig",
            429,
            "ThrottlingException",
            None,
        ),
        (
            "CreateParticipant",
            409,
            "ConflictException",
            Some("conflict"),
        ),
        (
            "CreateParticipant",
            402,
            "ServiceQuotaExceededException",
            Some("quota"),
        ),
        ("CreateParticipant", 429, "ThrottlingException", None),
        ("CreateParticipant", 500, "InternalServiceException", None),
        (
            "CreateParticipantConnection",
            404,
            "ResourceNotFoundException",
            Some("too_late"),
        ),
        (
            "CreateParticipantConnection",
            403,
            "AccessDeniedException",
            Some("contact_gone"),
        ),
        (
            "CreateParticipantConnection",
            500,
            "InternalServerException",
            None,
        ),
        ("PutItem", 400, "ResourceNotFoundException", None),
        ("PutItem", 400, "AccessDeniedException", None),
    ];
    for (operation, status, code, reason) in cases {
        let scene = Scene::new().await;
        scene.aws.refuse(operation, status, code);
        let answer = scene.join(timers()).await;
        match reason {
            Some(reason) => {
                assert_eq!(answer, Ok(failure(reason)), "{operation} {code}");
                assert_eq!(scene.state().await, "ENDED", "{operation} {code}");
            }
            None => assert!(answer.is_err(), "{operation} {code}: {answer:?}"),
        }
        assert_eq!(scene.aws.said(), [""; 0], "{operation} {code}");
    }
}

#[tokio::test]
async fn a_refused_greeting_means_that_the_chat_is_gone() {
    let scene = Scene::new().await;
    let gone = Instead::Answer(403, "AccessDeniedException", json!({}));
    scene.aws.script("SendMessage", "", 2, gone);
    assert_eq!(scene.join(json!({})).await, Ok(failure("contact_gone")));
}

#[tokio::test]
async fn a_refusal_can_be_followed_by_another_attempt() {
    let scene = Scene::new().await;
    scene
        .aws
        .refuse("CreateParticipant", 409, "ConflictException");
    assert_eq!(scene.join(json!({})).await, Ok(failure("conflict")));
    assert_eq!(scene.join(json!({})).await, Ok(success()));
    assert_eq!(scene.aws.effects("CreateParticipant"), 2);
    assert_eq!(scene.aws.effects("StartContactStreaming"), 1);
}

#[tokio::test]
async fn nothing_is_called_for_what_the_flow_got_wrong() {
    let scene = Scene::new().await;
    let answer = scene.join(json!({ "customer_idle_minutes": "1" })).await;
    assert_eq!(answer, Ok(failure("invalid_customer_idle_minutes")));
    assert!(scene.aws.calls().is_empty());
}

#[tokio::test]
async fn a_flow_without_timers_sets_none_and_may_greet_in_its_own_words() {
    let scene = Scene::new().await;
    let answer = scene
        .join(json!({ "greeting": "Good day.", "bot_name": "Ada", "customer_idle_minutes": null }))
        .await;
    assert_eq!(answer, Ok(success()));
    assert!(scene.aws.calls_of("UpdateParticipantRoleConfig").is_empty());
    assert_eq!(scene.aws.said(), ["Good day."]);
    assert_eq!(
        scene.aws.calls_of("CreateParticipant")[0].body["ParticipantDetails"]["DisplayName"],
        "Ada"
    );
}

#[tokio::test]
async fn the_answer_is_a_flat_map_of_texts() {
    assert_eq!(
        serde_json::to_value(success()).unwrap(),
        json!({ "status": "success" })
    );
    assert_eq!(
        serde_json::to_value(failure("quota")).unwrap(),
        json!({ "status": "failure", "reason": "quota" })
    );
}

#[tokio::test]
async fn what_was_said_before_the_bot_came_is_answered_in_order() {
    let scene = Scene::new().await;
    let agent = |id: &str, seconds, role: &str| {
        with(
            with(message(id, seconds, "said"), "ParticipantRole", json!(role)),
            "ParticipantId",
            json!("other"),
        )
    };
    scene.aws.set_transcript(vec![
        message("m-4", 10, "bye or not"),
        message("m-1", 60, "person, this was for an agent"),
        agent("m-2", 50, "AGENT"),
        message("m-3", 40, "hours"),
        agent("s-1", 30, "SYSTEM"),
        with(
            message("m-5", 20, "person, in another segment"),
            "ContactId",
            json!("c-1"),
        ),
        with(message("e-1", 15, "person"), "Type", json!("EVENT")),
    ]);
    assert_eq!(scene.join(json!({})).await, Ok(success()));
    assert_eq!(scene.aws.said(), ["Hello.", "Nine to six.", "Goodbye."]);
    assert_eq!(scene.state().await, "ENDED");
}

#[tokio::test]
async fn a_second_visit_on_the_same_contact_is_a_new_bot_and_forgets_the_old_outcome() {
    let scene = Scene::joined().await;
    scene
        .deliver(&[message("m-1", 1, "a person")])
        .await
        .unwrap();
    assert_eq!(scene.state().await, "ENDED");
    scene.aws.forget();
    assert_eq!(
        scene
            .join_with(json!({}), json!({ "bot_outcome": "handoff" }))
            .await,
        Ok(success())
    );
    assert_eq!(
        scene.aws.chat_operations(),
        [
            "UpdateContactAttributes",
            "CreateParticipant",
            "CreateParticipantConnection",
            "SendMessage",
            "GetTranscript",
        ]
    );
    assert_eq!(
        scene.aws.calls_of("UpdateContactAttributes")[0].body["Attributes"],
        json!({ "bot_outcome": "open" })
    );
    assert_eq!(
        scene.aws.session(CONTACT, "attempt").await,
        Some(json!("2"))
    );
}

#[tokio::test]
async fn an_outcome_left_by_an_earlier_segment_is_forgotten_too() {
    let scene = Scene::new().await;
    scene
        .join_with(json!({}), json!({ "bot_outcome": "done" }))
        .await
        .unwrap();
    assert_eq!(scene.aws.effects("UpdateContactAttributes"), 1);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up_before_the_deadline() {
    let scene = Scene::new().await;
    scene
        .aws
        .script("CreateParticipant", "", 1, Instead::Silence);
    let event = flow_event(json!({}), json!({}));
    let deadline = Deadline::after(Duration::from_millis(700));
    let answer = bot_join::handler::handle(&scene.bot, TOPIC, &event, deadline).await;
    assert_eq!(answer, Err(Failure::OutOfTime));
    assert!(deadline.remaining() == Duration::ZERO);
}

#[tokio::test]
async fn a_session_ended_while_the_bot_connects_takes_the_bot_out_again() {
    let scene = Scene::new().await;
    scene.aws.refuse(
        "CreateParticipantConnection",
        500,
        "InternalServerException",
    );
    assert!(scene.join(json!({})).await.is_err());
    // bot-leave ends it exactly between the connection and its note.
    let refused = json!({ "__type": "ConditionalCheckFailedException", "message": "The conditional request failed" });
    scene.aws.script(
        "UpdateItem",
        "connection_token",
        1,
        Instead::Answer(400, "ConditionalCheckFailedException", refused),
    );
    assert_eq!(scene.join(json!({})).await, Ok(failure("superseded")));
    assert_eq!(scene.aws.effects("DisconnectParticipant"), 1);
}

#[tokio::test]
async fn an_event_of_something_else_is_an_error_that_quotes_nothing() {
    let scene = Scene::new().await;
    for event in [
        json!(null),
        json!([]),
        json!({ "Details": { "ContactData": { "ContactId": 7, "InstanceARN": "s3cr3t" } } }),
    ] {
        let deadline = Deadline::after(Duration::from_secs(8));
        let failure = bot_join::handler::handle(&scene.bot, TOPIC, &event, deadline)
            .await
            .unwrap_err();
        assert_eq!(
            failure.in_full(),
            "failed to read the event: the event has no Details.ContactData.ContactId"
        );
    }
}
