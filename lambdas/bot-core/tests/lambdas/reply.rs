//! bot-reply: one answer per message, in order, whatever SNS and the services do.

use crate::aws::{Instead, ago, in_hours};
use crate::scene::{CONTACT, Scene, event, message, soon, with};
use bot_core::failure::Failure;
use serde_json::json;
use std::time::{Duration, Instant};

fn denied() -> Instead {
    Instead::Answer(403, "AccessDeniedException", json!({}))
}

#[tokio::test]
async fn a_message_is_answered_once_however_often_it_is_delivered() {
    let scene = Scene::joined().await;
    let question = message("m-1", 1, "What are your HOURS?");
    scene
        .deliver(&[question.clone(), question.clone()])
        .await
        .unwrap();
    scene.deliver(&[question]).await.unwrap();
    assert_eq!(scene.aws.said(), ["Nine to six."]);
    assert_eq!(scene.aws.calls_of("SendMessage").len(), 1);
    let item = scene.aws.item("message#m-1").await.unwrap();
    assert_eq!(item["state"], json!({ "S": "ANSWERED" }));
}

#[tokio::test]
async fn an_answer_costs_six_calls() {
    let scene = Scene::joined().await;
    scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
    let calls: Vec<_> = scene
        .aws
        .calls()
        .into_iter()
        .map(|call| call.operation)
        .collect();
    assert_eq!(
        calls,
        [
            "DynamoDB.UpdateItem",
            "DynamoDB.PutItem",
            "GetTranscript",
            "SendMessage",
            "DynamoDB.UpdateItem",
            "DynamoDB.UpdateItem",
        ]
    );
}

#[tokio::test]
async fn an_answer_cut_short_anywhere_is_finished_by_the_next_delivery() {
    // The text, what the customer has to see, and whether the bot leaves.
    let cases: [(&str, &[&str], bool); 3] = [
        ("two", &["One.", "Two."], false),
        ("a person", &["Of course.", "One moment."], true),
        ("bye", &["Goodbye."], true),
    ];
    for (text, said, leaves) in cases {
        for after_effect in [false, true] {
            for n_calls in 0.. {
                let scene = Scene::joined().await;
                scene.aws.cut(n_calls, after_effect);
                let first = scene.deliver(&[message("m-1", 1, text)]).await;
                if !scene.aws.mend() {
                    assert!(n_calls > 5, "{n_calls} places were tried");
                    break;
                }
                let place = format!(
                    "{text}, cut after {n_calls} calls, effect {after_effect}, first {first:?}"
                );
                // A lease that could not be given back runs out on its own.
                scene.expire_lease().await;
                scene.deliver(&[message("m-1", 1, text)]).await.unwrap();
                assert_eq!(scene.aws.said(), said, "{place}");
                assert_eq!(
                    scene.aws.effects("DisconnectParticipant"),
                    usize::from(leaves),
                    "{place}"
                );
                assert_eq!(
                    scene.state().await,
                    if leaves { "ENDED" } else { "CONNECTED" },
                    "{place}"
                );
            }
        }
    }
}

#[tokio::test]
async fn messages_delivered_in_the_wrong_order_are_answered_in_the_right_one() {
    let scene = Scene::joined().await;
    let (first, second) = (message("m-1", 3, "hours"), message("m-2", 2, "two"));
    let third = message("m-3", 1, "what?");
    scene
        .aws
        .set_transcript(vec![first.clone(), second.clone(), third]);
    scene.deliver(&[second]).await.unwrap();
    assert_eq!(
        scene.aws.said(),
        ["Nine to six.", "One.", "Two."],
        "the third has a delivery of its own"
    );
    scene.deliver(&[first]).await.unwrap();
    assert_eq!(scene.aws.said().len(), 3);
}

#[tokio::test]
async fn messages_delivered_at_once_are_each_answered_once_and_in_order() {
    let scene = Scene::joined().await;
    let texts = ["hours", "two", "what?", "hours", "two"];
    let messages: Vec<_> = (0..5)
        .map(|n| message(&format!("m-{n}"), 10 - n, texts[n as usize]))
        .collect();
    scene.aws.set_transcript(messages.clone());
    let alone: Vec<_> = messages.iter().rev().map(std::slice::from_ref).collect();
    let done = tokio::join!(
        scene.deliver(alone[0]),
        scene.deliver(alone[1]),
        scene.deliver(alone[2]),
        scene.deliver(alone[3]),
        scene.deliver(alone[4])
    );
    assert_eq!(done, (Ok(()), Ok(()), Ok(()), Ok(()), Ok(())));
    assert_eq!(
        scene.aws.said(),
        [
            "Nine to six.",
            "One.",
            "Two.",
            "Pardon?",
            "Nine to six.",
            "One.",
            "Two."
        ]
    );
}

#[tokio::test]
async fn the_records_of_one_event_are_answered_in_the_order_they_were_said() {
    let scene = Scene::joined().await;
    scene
        .deliver(&[message("m-2", 1, "two"), message("m-1", 5, "hours")])
        .await
        .unwrap();
    assert_eq!(scene.aws.said(), ["Nine to six.", "One.", "Two."]);
}

#[tokio::test]
async fn the_transcript_is_read_from_the_last_answer_on_and_to_its_end() {
    let scene = Scene::joined().await;
    scene.deliver(&[message("m-1", 60, "hours")]).await.unwrap();
    scene.aws.forget();
    let page = json!({ "Transcript": [message("m-2", 50, "two")], "NextToken": "page-2" });
    scene
        .aws
        .script("GetTranscript", "", 1, Instead::Answer(200, "", page));
    scene.aws.set_transcript(vec![message("m-3", 40, "hours")]);
    scene.deliver(&[message("m-4", 1, "what?")]).await.unwrap();
    let calls = scene.aws.calls_of("GetTranscript");
    assert_eq!(
        (&calls[0].body["ScanDirection"], &calls[0].body["SortOrder"]),
        (&json!("FORWARD"), &json!("ASCENDING"))
    );
    assert!(calls[0].body["StartPosition"]["AbsoluteTime"].is_string());
    assert_eq!(calls[1].body["NextToken"], "page-2");
    assert_eq!(
        scene.aws.said(),
        ["One.", "Two.", "Nine to six.", "Pardon?"]
    );
}

#[tokio::test]
async fn a_transcript_that_cannot_be_read_holds_up_no_answer() {
    let scene = Scene::joined().await;
    scene
        .aws
        .refuse("GetTranscript", 429, "ThrottlingException");
    scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
    assert_eq!(scene.aws.said(), ["Nine to six."]);
}

#[tokio::test]
async fn what_is_not_the_customers_text_to_the_bot_is_left_alone() {
    let base = message("m-1", 1, "a person");
    let cases = [
        (
            "the bot's own",
            with(base.clone(), "ParticipantRole", json!("CUSTOM_BOT")),
        ),
        (
            "an agent's",
            with(base.clone(), "ParticipantRole", json!("AGENT")),
        ),
        (
            "the flow's",
            with(base.clone(), "ParticipantRole", json!("SYSTEM")),
        ),
        (
            "nobody's",
            with(base.clone(), "ParticipantRole", json!(null)),
        ),
        (
            "for agents only",
            with(base.clone(), "MessageVisibility", json!("AGENT")),
        ),
        (
            "of another instance",
            with(base.clone(), "InstanceId", json!("i-2")),
        ),
        (
            "not a text",
            with(base.clone(), "ContentType", json!("application/json")),
        ),
        (
            "without content",
            with(base.clone(), "Content", json!(null)),
        ),
        (
            "too old",
            with(base.clone(), "AbsoluteTime", json!(ago(901))),
        ),
        ("typing", event("typing", Some("CUSTOMER"), "customer-1")),
        (
            "a receipt",
            event("message.read", Some("CUSTOMER"), "customer-1"),
        ),
        (
            "the customer joining",
            event("participant.joined", Some("CUSTOMER"), "customer-1"),
        ),
        (
            "somebody leaving",
            event("participant.left", Some("AGENT"), "agent-1"),
        ),
    ];
    for (what, item) in cases {
        let scene = Scene::joined().await;
        scene.deliver(&[item]).await.unwrap();
        assert!(scene.aws.chat_operations().is_empty(), "{what}");
        assert_eq!(scene.state().await, "CONNECTED", "{what}");
        assert!(
            scene.aws.session(CONTACT, "lease_owner").await.is_none(),
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_message_under_the_bots_own_participant_is_never_answered() {
    let scene = Scene::joined().await;
    let own_id = scene.aws.session(CONTACT, "participant_id").await.unwrap();
    scene
        .deliver(&[with(message("m-1", 1, "hours"), "ParticipantId", own_id)])
        .await
        .unwrap();
    assert!(scene.aws.chat_operations().is_empty());
}

#[tokio::test]
async fn a_record_that_cannot_be_read_does_not_hold_up_the_others() {
    let scene = Scene::joined().await;
    let mut broken = message("m-1", 1, "hours");
    broken.as_object_mut().unwrap().remove("Id");
    scene
        .deliver(&[broken, message("m-2", 1, "hours")])
        .await
        .unwrap();
    assert_eq!(scene.aws.said(), ["Nine to six."]);
    let odd = bot_reply::handler::handle(
        &scene.bot,
        &json!({ "Records": [{ "Sns": { "Message": "s3cr3t {" } }, {}, null] }),
        soon(),
    )
    .await;
    assert_eq!(odd, Ok(()));
    let other = bot_reply::handler::handle(&scene.bot, &json!({ "detail": 1 }), soon()).await;
    assert_eq!(
        other.unwrap_err().in_full(),
        "failed to read the event: the event has no Records"
    );
}

#[tokio::test]
async fn an_attachment_gets_a_polite_text_once() {
    let scene = Scene::joined().await;
    let mut file = message("m-1", 1, "");
    file.as_object_mut().unwrap().remove("Content");
    file["Type"] = json!("ATTACHMENT");
    file["ContentType"] = json!("application/pdf");
    file["Attachments"] =
        json!([{ "AttachmentId": "a-1", "AttachmentName": "s3cr3t.pdf", "Status": "APPROVED" }]);
    scene.deliver(&[file.clone()]).await.unwrap();
    scene.deliver(&[file]).await.unwrap();
    assert_eq!(scene.aws.said(), ["No files."]);
}

#[tokio::test]
async fn a_long_text_is_sent_in_pieces_that_connect_accepts() {
    let scene = Scene::joined().await;
    scene.deliver(&[message("m-1", 1, "long")]).await.unwrap();
    assert_eq!(
        scene.aws.said(),
        ["First sentence.", "Second sentence.", "Third."]
    );
}

#[tokio::test]
async fn a_refused_connection_is_replaced_once_and_kept() {
    let scene = Scene::joined().await;
    scene.aws.script("SendMessage", "", 1, denied());
    scene.deliver(&[message("m-1", 1, "two")]).await.unwrap();
    assert_eq!(scene.aws.said(), ["One.", "Two."]);
    let tokens: Vec<_> = scene
        .aws
        .calls_of("SendMessage")
        .into_iter()
        .map(|call| call.token.unwrap())
        .collect();
    assert_eq!(tokens.len(), 3);
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(tokens[1], tokens[2]);
    assert_eq!(scene.aws.calls_of("CreateParticipantConnection").len(), 1);
    assert_eq!(
        scene.aws.session(CONTACT, "connection_token").await,
        Some(json!(tokens[1]))
    );
}

#[tokio::test]
async fn a_connection_about_to_run_out_is_replaced_before_it_is_used() {
    let scene = Scene::joined().await;
    let mut item = scene.aws.item("contact#c-2").await.unwrap();
    let soon = jiff::Timestamp::now().as_millisecond() + 60_000;
    item["connection_expires_at"] = json!({ "N": soon.to_string() });
    scene.aws.put(item).await;
    scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
    assert_eq!(
        scene.aws.chat_operations(),
        [
            "CreateParticipantConnection",
            "GetTranscript",
            "SendMessage"
        ]
    );
    // The bot is in the chat already; only its token is new.
    assert_eq!(
        scene.aws.calls_of("CreateParticipantConnection")[0].body,
        json!({ "Type": ["CONNECTION_CREDENTIALS"] })
    );
}

#[tokio::test]
async fn a_message_that_overtakes_the_join_waits_for_it() {
    let scene = Scene::new().await;
    let question = [message("m-1", 1, "hours")];
    let late_join = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        scene.join(json!({})).await
    };
    let (delivered, _) = tokio::join!(scene.deliver(&question), late_join);
    assert_eq!(delivered, Ok(()));
    assert_eq!(scene.aws.said(), ["Hello.", "Nine to six."]);
}

#[tokio::test]
async fn no_answer_overtakes_the_greeting() {
    let scene = Scene::new().await;
    scene
        .aws
        .refuse("SendMessage", 500, "InternalServerException");
    assert!(scene.join(json!({})).await.is_err());
    assert_eq!(scene.state().await, "CONNECTED");
    scene.aws.forget();
    let retry = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        scene.join(json!({})).await
    };
    let question = [message("m-1", 1, "hours")];
    let (delivered, joined) = tokio::join!(scene.deliver(&question), retry);
    assert!(delivered.is_ok() && joined.is_ok());
    assert_eq!(scene.aws.said(), ["Hello.", "Nine to six."]);
}

#[tokio::test]
async fn a_bot_that_never_greeted_still_answers() {
    let scene = Scene::new().await;
    scene
        .aws
        .refuse("SendMessage", 500, "InternalServerException");
    assert!(scene.join(json!({})).await.is_err());
    scene.aws.forget();
    scene.age_join().await;
    scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
    assert_eq!(scene.aws.said(), ["Nine to six."]);
}

#[tokio::test]
async fn a_message_without_a_session_is_an_error_after_a_wait() {
    let scene = Scene::new().await;
    let begin = Instant::now();
    assert_eq!(
        scene.deliver(&[message("m-1", 1, "hours")]).await,
        Err(Failure::NoSession)
    );
    assert!((2..4).contains(&begin.elapsed().as_secs()));
    assert!(
        scene
            .aws
            .calls_of("DynamoDB.GetItem")
            .iter()
            .all(|call| call.body["ConsistentRead"] == json!(true))
    );
}

#[tokio::test]
async fn a_join_that_failed_long_ago_makes_no_message_wait() {
    let scene = Scene::new().await;
    scene
        .aws
        .refuse("CreateParticipant", 500, "InternalServiceException");
    assert!(scene.join(json!({})).await.is_err());
    let mut item = scene.aws.item("contact#c-2").await.unwrap();
    item["opened_at"] =
        json!({ "N": (jiff::Timestamp::now().as_millisecond() - 11_000).to_string() });
    scene.aws.put(item).await;
    let begin = Instant::now();
    scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_lease_that_its_owner_never_gave_back_runs_out() {
    let scene = Scene::joined().await;
    let mut item = scene.aws.item("contact#c-2").await.unwrap();
    let soon = jiff::Timestamp::now().as_millisecond() + 400;
    item["lease_owner"] = json!({ "S": "crashed" });
    item["lease_until"] = json!({ "N": soon.to_string() });
    scene.aws.put(item).await;
    let begin = Instant::now();
    scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert_eq!(scene.aws.said(), ["Nine to six."]);
}

#[tokio::test]
async fn a_time_in_the_future_is_no_reason_to_ignore_a_message() {
    let scene = Scene::joined().await;
    scene
        .deliver(&[with(
            message("m-1", 0, "hours"),
            "AbsoluteTime",
            json!(in_hours(2)),
        )])
        .await
        .unwrap();
    assert_eq!(scene.aws.said(), ["Nine to six."]);
}
