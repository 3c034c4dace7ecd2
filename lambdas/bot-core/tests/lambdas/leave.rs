//! bot-leave: the bot is out afterwards, or it was out before, and both are success.

use crate::aws::Instead;
use crate::scene::{CONTACT, Scene, message};
use serde_json::{Value, json};

fn denied() -> Instead {
    Instead::Answer(403, "AccessDeniedException", json!({}))
}

fn success() -> Value {
    json!({ "status": "success" })
}

#[tokio::test]
async fn a_bot_that_is_still_there_is_disconnected_and_its_tokens_forgotten() {
    let scene = Scene::joined().await;
    assert_eq!(scene.leave().await, Ok(success()));
    assert_eq!(
        scene.aws.chat_operations(),
        ["UpdateContactAttributes", "DisconnectParticipant"]
    );
    assert_eq!(
        scene.aws.calls_of("UpdateContactAttributes")[0].body,
        json!({
            "InstanceId": "i-1", "InitialContactId": "c-1", "Attributes": { "bot_outcome": "timeout" },
        })
    );
    let item = scene.aws.item("contact#c-2").await.unwrap();
    assert_eq!(
        (&item["state"]["S"], &item["end_reason"]["S"]),
        (&json!("ENDED"), &json!("timeout"))
    );
    assert!(item.get("participant_token").is_none() && item.get("connection_token").is_none());
}

#[tokio::test]
async fn a_bot_that_is_not_there_is_as_good() {
    let never = Scene::new().await;
    assert_eq!(never.leave().await, Ok(success()));
    assert!(never.aws.chat_operations().is_empty());

    let done = Scene::joined().await;
    done.deliver(&[message("m-1", 1, "bye")]).await.unwrap();
    done.aws.forget();
    assert_eq!(done.leave().await, Ok(success()));
    assert!(
        done.aws.chat_operations().is_empty(),
        "the outcome `done` stays"
    );

    let gone = Scene::joined().await;
    gone.aws.script("DisconnectParticipant", "", 2, denied());
    assert_eq!(gone.leave().await, Ok(success()));
    assert_eq!(gone.state().await, "ENDED");

    let chat_over = Scene::joined().await;
    chat_over
        .aws
        .script("DisconnectParticipant", "", 1, denied());
    chat_over
        .aws
        .script("CreateParticipantConnection", "", 1, denied());
    assert_eq!(chat_over.leave().await, Ok(success()));
    assert_eq!(chat_over.state().await, "ENDED");
}

#[tokio::test]
async fn a_token_that_has_run_out_is_replaced_once() {
    let scene = Scene::joined().await;
    scene.aws.script("DisconnectParticipant", "", 1, denied());
    assert_eq!(scene.leave().await, Ok(success()));
    let tokens: Vec<_> = scene
        .aws
        .calls_of("DisconnectParticipant")
        .into_iter()
        .map(|call| call.token.unwrap())
        .collect();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn a_participant_that_a_broken_join_left_behind_is_taken_out() {
    let scene = Scene::new().await;
    scene
        .aws
        .script("CreateParticipantConnection", "", 1, Instead::Lost);
    assert!(scene.join(json!({})).await.is_err());
    assert_eq!(scene.leave().await, Ok(success()));
    assert_eq!(scene.aws.effects("DisconnectParticipant"), 1);
    assert_eq!(
        scene.aws.session(CONTACT, "state").await,
        Some(json!("ENDED"))
    );
}

#[tokio::test]
async fn only_a_fault_that_may_pass_is_an_error() {
    let scene = Scene::joined().await;
    scene
        .aws
        .refuse("DisconnectParticipant", 500, "InternalServerException");
    assert!(scene.leave().await.is_err());
    assert_eq!(scene.state().await, "CONNECTED");
    assert_eq!(scene.leave().await, Ok(success()));
    assert_eq!(scene.aws.effects("DisconnectParticipant"), 1);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_written_keeps_no_bot_in_the_chat() {
    let scene = Scene::joined().await;
    scene
        .aws
        .refuse("UpdateContactAttributes", 403, "AccessDeniedException");
    assert_eq!(scene.leave().await, Ok(success()));
    assert_eq!(scene.aws.effects("DisconnectParticipant"), 1);
}
