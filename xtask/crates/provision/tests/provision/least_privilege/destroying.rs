//! The run of the role for destroying.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use provision::clients::Clients;
use provision::desired::Desired;
use provision::destroy::{DestroyChoices, destroy, plan, read};
use provision::ledger::{Lock, Owner};
use provision::plan::Choices;
use provision::policies::Purpose;

use super::{Account, Run, actions, bootstrap, deploy, policies};
use crate::documents::{invokes, module, to_support, uses_module};

/// First everything but the instance goes, then everything: what is on an instance that goes as well
/// is not deleted one by one.
pub(super) async fn record(account: &Account) -> Run {
    let flows = vec![
        to_support("support"),
        module("part", "Hello"),
        uses_module("user", "part"),
        invokes("bot", "bot-leave"),
    ];
    let full = account.centre.desired(flows);
    let desired = account.centre.desired(Vec::new());
    let given = policies(&desired, &[Purpose::Plan, Purpose::Destroy], None);
    let clients = account.role("flowyard-destroy", &given).await;
    for keep_instance in [true, false] {
        make(account, &full).await;
        let choices = DestroyChoices {
            keep_instance,
            empty_buckets: true,
        };
        let found = read(&clients, &desired).await;
        let destruction = plan(&desired, &found.expect("reading is allowed"), choices);
        let lock = lock(&clients, &desired).await;
        let destroyed = destroy(&clients, &desired, &destruction, |_| {}).await;
        destroyed.expect("destroy");
        lock.release()
            .await
            .expect("giving the lock back is allowed");
    }
    Run {
        actions: actions(&policies(&desired, &[Purpose::Destroy], None)),
        policies: given,
        asked: account.asked("flowyard-destroy"),
    }
}

/// As the command takes it.
async fn lock(clients: &Clients, desired: &Desired) -> Lock {
    let owner = Owner::new(clients, "a-machine", "destroy").await;
    let owner = owner.expect("everybody may ask who they are");
    let lock = Lock::take(clients, desired.scope(), owner, Duration::ZERO, |_| {}).await;
    lock.expect("locking is allowed")
}

/// The owner makes all of it, and a chat leaves a transcript.
async fn make(account: &Account, desired: &Desired) {
    let clients = &account.centre.clients;
    bootstrap(clients, desired).await.expect("bootstrap");
    deploy(clients, desired, &Choices::default())
        .await
        .expect("deploy");
    let config = account.centre.sdk_config();
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(s3.build());
    let put = s3.put_object().bucket("acme-local-chat-transcripts");
    let put = put
        .key("chat/one.json")
        .body(ByteStream::from_static(b"{}"));
    put.send().await.expect("the owner may do everything");
}
