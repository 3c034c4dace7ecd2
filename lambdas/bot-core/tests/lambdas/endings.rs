//! How a conversation ends: the bot hands over or says goodbye, is thrown out, or Connect says that it is over.

use crate::aws::{Instead, ago};
use crate::scene::{CONTACT, Scene, event, message, with};
use serde_json::{Value, json};

fn denied() -> Instead {
    Instead::Answer(403, "AccessDeniedException", json!({}))
}

#[tokio::test]
async fn a_connection_refused_twice_is_the_end_of_the_conversation() {
    for scripted in [("SendMessage", 2), ("CreateParticipantConnection", 1)] {
        let scene = Scene::joined().await;
        scene.aws.script("SendMessage", "", 1, denied());
        scene.aws.script(scripted.0, "", scripted.1, denied());
        scene.deliver(&[message("m-1", 1, "hours")]).await.unwrap();
        assert_eq!(scene.state().await, "ENDED", "{scripted:?}");
        assert_eq!(
            scene.aws.session(CONTACT, "end_reason").await,
            Some(json!("gone"))
        );
        assert!(
            scene
                .aws
                .session(CONTACT, "participant_token")
                .await
                .is_none()
        );
        assert!(scene.aws.calls_of("UpdateContactAttributes").is_empty());
    }
}

#[tokio::test]
async fn a_hand_over_writes_the_outcome_before_the_bot_leaves() {
    for (text, outcome, intent) in [("a person", "handoff", "person"), ("bye", "done", "bye")] {
        let scene = Scene::joined().await;
        scene.deliver(&[message("m-1", 1, text)]).await.unwrap();
        let operations = scene.aws.chat_operations();
        assert_eq!(
            operations[operations.len() - 3..],
            [
                "SendMessage",
                "UpdateContactAttributes",
                "DisconnectParticipant"
            ]
        );
        assert_eq!(
            scene.aws.calls_of("UpdateContactAttributes")[0].body,
            json!({
                "InstanceId": "i-1", "InitialContactId": "c-1", "Attributes": { "bot_outcome": outcome, "bot_summary": intent },
            })
        );
        assert_eq!(scene.state().await, "ENDED");
        scene.aws.forget();
        scene.deliver(&[message("m-2", 0, "hours")]).await.unwrap();
        assert!(
            scene.aws.chat_operations().is_empty(),
            "the bot is silent once it has left"
        );
    }
}

#[tokio::test]
async fn without_the_outcome_written_the_bot_stays() {
    let scene = Scene::joined().await;
    scene
        .aws
        .refuse("UpdateContactAttributes", 429, "ThrottlingException");
    assert!(
        scene
            .deliver(&[message("m-1", 1, "a person")])
            .await
            .is_err()
    );
    assert!(
        scene.aws.calls_of("DisconnectParticipant").is_empty(),
        "the flow would take the wrong branch"
    );
    scene
        .deliver(&[message("m-1", 1, "a person")])
        .await
        .unwrap();
    assert_eq!(scene.aws.said(), ["Of course.", "One moment."]);
    assert_eq!(scene.state().await, "ENDED");
}

#[tokio::test]
async fn a_refused_text_does_not_keep_a_person_away() {
    let scene = Scene::joined().await;
    scene.aws.script(
        "SendMessage",
        "Of course.",
        1,
        Instead::Answer(400, "ValidationException", json!({})),
    );
    scene
        .deliver(&[message("m-1", 1, "a person")])
        .await
        .unwrap();
    assert_eq!(scene.state().await, "ENDED");
    assert_eq!(scene.aws.effects("DisconnectParticipant"), 1);
}

#[tokio::test]
async fn misunderstandings_in_a_row_bring_a_person() {
    let scene = Scene::joined().await;
    for (id, text) in [
        ("m-1", "hm"),
        ("m-2", "hours"),
        ("m-3", "hm"),
        ("m-4", "hm"),
    ] {
        scene.deliver(&[message(id, 1, text)]).await.unwrap();
    }
    assert_eq!(
        scene.aws.said(),
        [
            "Pardon?",
            "Nine to six.",
            "Pardon?",
            "A colleague is",
            "coming."
        ]
    );
    assert_eq!(
        scene.aws.calls_of("UpdateContactAttributes")[0].body["Attributes"]["bot_summary"],
        "not-understood"
    );
}

#[tokio::test]
async fn connects_own_events_end_the_session() {
    let cases: [(&str, Option<&str>, &str, bool, &str); 7] = [
        ("chat.ended", None, "", true, "ENDED"),
        (
            "participant.autodisconnection",
            Some("CUSTOMER"),
            "customer-1",
            true,
            "ENDED",
        ),
        (
            "participant.joined",
            Some("AGENT"),
            "agent-1",
            false,
            "ENDED",
        ),
        (
            "participant.left",
            Some("CUSTOM_BOT"),
            "the bot",
            false,
            "ENDED",
        ),
        (
            "participant.left",
            Some("CUSTOM_BOT"),
            "another bot",
            false,
            "CONNECTED",
        ),
        (
            "participant.idle",
            Some("CUSTOMER"),
            "customer-1",
            true,
            "CONNECTED",
        ),
        (
            "participant.idle",
            Some("AGENT"),
            "agent-1",
            false,
            "CONNECTED",
        ),
    ];
    for (name, role, participant, has_timer, state) in cases {
        let scene = Scene::new().await;
        let parameters = if has_timer {
            json!({ "customer_disconnect_minutes": 5 })
        } else {
            json!({})
        };
        scene.join(parameters).await.unwrap();
        scene.aws.forget();
        let own_id = scene.aws.session(CONTACT, "participant_id").await.unwrap();
        let participant = if participant == "the bot" {
            own_id.as_str().unwrap()
        } else {
            participant
        };
        scene
            .deliver(&[event(name, role, participant)])
            .await
            .unwrap();
        assert_eq!(scene.state().await, state, "{name} {role:?}");
        assert!(scene.aws.chat_operations().is_empty(), "{name} {role:?}");
    }
}

#[tokio::test]
async fn an_idle_customer_without_a_disconnect_timer_ends_the_conversation() {
    let scene = Scene::joined().await;
    scene
        .deliver(&[event("participant.idle", Some("CUSTOMER"), "customer-1")])
        .await
        .unwrap();
    assert_eq!(
        scene.aws.chat_operations(),
        ["DisconnectParticipant"],
        "without an outcome, so that the flow takes its default"
    );
    assert_eq!(scene.state().await, "ENDED");

    let back = Scene::joined().await;
    back.deliver(&[message("m-1", 0, "hours")]).await.unwrap();
    let late: Value = with(
        event("participant.idle", Some("CUSTOMER"), "customer-1"),
        "AbsoluteTime",
        json!(ago(5)),
    );
    back.deliver(&[late]).await.unwrap();
    assert_eq!(
        back.state().await,
        "CONNECTED",
        "the customer has written since"
    );
}

#[tokio::test]
async fn an_item_of_a_later_form_is_not_guessed_at() {
    let scene = Scene::joined().await;
    let mut item = scene.aws.item("contact#c-2").await.unwrap();
    item["schema"] = json!({ "N": "2" });
    scene.aws.put(item).await;
    let failure = scene.leave().await.unwrap_err();
    assert_eq!(
        failure.in_full(),
        "failed to use the session table: the session's schema is not readable"
    );
}

#[tokio::test]
async fn a_bot_taken_out_while_it_answers_says_no_more() {
    let scene = Scene::joined().await;
    // bot-leave has been here between the lease and the first word: the tokens are dead and the session is over.
    scene.aws.script("SendMessage", "", 1, denied());
    let refused = json!({ "__type": "ConditionalCheckFailedException", "message": "The conditional request failed" });
    let refused = Instead::Answer(400, "ConditionalCheckFailedException", refused);
    scene
        .aws
        .script("UpdateItem", "connection_token", 1, refused);
    scene.deliver(&[message("m-1", 1, "two")]).await.unwrap();
    assert_eq!(scene.aws.calls_of("SendMessage").len(), 1);
}
