//! Nothing that has to stay secret is in the logs of a whole conversation, with and without faults.
//!
//! Every token, text and name of these tests has `s3cr3t` in it.

use crate::aws::Instead;
use crate::scene::{CONTACT, Scene, message, soon, with};
use serde_json::json;
use std::io;
use std::sync::{Arc, Mutex};
use tracing::Level;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn tokens_texts_and_names_are_in_no_log_and_in_no_error() {
    let captured = Captured::default();
    // The most that the environment can ask for, for the whole process: other tests may add their lines.
    let subscriber = bot_core::logging::subscriber(Level::TRACE, captured.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let mut errors = whole_conversation().await;
    errors.extend(conversation_full_of_faults().await);

    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(
            entry["level"].is_string() && entry["message"].is_string(),
            "{line}"
        );
        assert!(!line.contains("s3cr3t"), "{line}");
    }
    assert!(!errors.is_empty());
    for error in errors {
        assert!(!error.contains("s3cr3t"), "{error}");
    }
    // The log still says what happened to whom.
    for word in [
        CONTACT,
        "m-1",
        "\"intent\":\"hours\"",
        "the bot has joined",
        "the bot cannot join",
        "ThrottlingException",
    ] {
        assert!(log.contains(word), "{word} is not in\n{log}");
    }
}

async fn whole_conversation() -> Vec<String> {
    let scene = Scene::new().await;
    let parameters = json!({ "greeting": "s3cr3t greeting", "bot_name": "s3cr3t bot", "customer_idle_minutes": 2 });
    scene
        .join_with(
            parameters,
            json!({ "bot_outcome": "s3cr3t", "name": "s3cr3t" }),
        )
        .await
        .unwrap();
    scene
        .deliver(&[message("m-1", 1, "hours s3cr3t")])
        .await
        .unwrap();
    scene
        .deliver(&[message("m-2", 1, "s3cr3t ?")])
        .await
        .unwrap();
    scene
        .deliver(&[message("m-3", 1, "s3cr3t person")])
        .await
        .unwrap();
    scene.leave().await.unwrap();
    Vec::new()
}

async fn conversation_full_of_faults() -> Vec<String> {
    let mut errors = Vec::new();
    let scene = Scene::new().await;
    let refused = scene
        .join(json!({ "customer_idle_minutes": "s3cr3t" }))
        .await
        .unwrap();
    errors.push(format!("{refused:?}"));
    for operation in [
        "StartContactStreaming",
        "CreateParticipant",
        "CreateParticipantConnection",
        "PutItem",
        "UpdateItem",
    ] {
        for (status, code) in [
            (500, "InternalServiceException"),
            (403, "AccessDeniedException"),
            (429, "ThrottlingException"),
        ] {
            scene.aws.script(
                operation,
                "",
                1,
                Instead::Answer(status, code, json!({ "message": "s3cr3t" })),
            );
            errors.push(format!("{:?}", scene.join(json!({})).await));
        }
        scene.aws.script(
            operation,
            "",
            1,
            Instead::Answer(
                200,
                "",
                json!({ "ParticipantCredentials": 5, "Odd": "s3cr3t" }),
            ),
        );
        errors.push(format!("{:?}", scene.join(json!({})).await));
    }
    let scene = Scene::joined().await;
    for (n_before, operation) in [
        "SendMessage",
        "GetTranscript",
        "UpdateContactAttributes",
        "DisconnectParticipant",
    ]
    .iter()
    .enumerate()
    {
        for (status, code) in [
            (500, "InternalServerException"),
            (400, "ValidationException"),
            (429, "ThrottlingException"),
            (200, ""),
        ] {
            scene.aws.script(
                operation,
                "",
                1,
                Instead::Answer(status, code, json!("s3cr3t")),
            );
            let id = format!("m-{n_before}-{status}");
            let delivered = scene.deliver(&[message(&id, 1, "s3cr3t person")]).await;
            errors.extend(
                delivered
                    .err()
                    .map(|failure| format!("{failure:?} {}", failure.in_full())),
            );
        }
    }
    let odd = with(
        message("m-9", 1, "s3cr3t"),
        "ContentType",
        json!("s3cr3t/s3cr3t"),
    );
    scene.deliver(&[odd]).await.unwrap();
    let broken = json!({ "Records": [{ "Sns": { "Message": "{\"Content\": s3cr3t" } }, { "Sns": { "Message": "[\"s3cr3t\"]" } }] });
    bot_reply::handler::handle(&scene.bot, &broken, soon())
        .await
        .unwrap();
    errors
}
