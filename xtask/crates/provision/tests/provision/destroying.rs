//! Everything goes again, in an order that can be cut short anywhere, and nothing of others.

use aws_sdk_connect::types::InstanceStatus;
use aws_sdk_s3::primitives::ByteStream;
use emulator::faults::Fault;
use provision::address::Layer;
use provision::destroy::{DestroyChoices, DestroyError, Destruction, destroy, plan, read, view};
use serde_json::Value;

use crate::centre::{Centre, REGION};
use crate::documents::{goes_on_in, greeting};

const BUCKET: &str = "acme-local-chat-transcripts";

/// An instance with everything deployed to it.
async fn deployed() -> Centre {
    let centre = Centre::bootstrapped().await;
    let flows = vec![
        goes_on_in("a", "b"),
        goes_on_in("b", "a"),
        greeting("main", "Hello"),
    ];
    let desired = centre.desired(flows);
    centre
        .deploy(&desired, Layer::Release)
        .await
        .expect("deploy");
    centre
}

async fn planned(centre: &Centre, choices: DestroyChoices) -> Destruction {
    let desired = centre.desired(Vec::new());
    let found = read(&centre.clients, &desired)
        .await
        .expect("the emulator answers");
    plan(&desired, &found, choices)
}

async fn destroyed(centre: &Centre, choices: DestroyChoices) -> Result<(), DestroyError> {
    let desired = centre.desired(Vec::new());
    let destruction = planned(centre, choices).await;
    destroy(&centre.clients, &desired, &destruction, |_| {}).await
}

/// What goes, by address, without what differs from run to run.
fn addresses(destruction: &Destruction) -> Vec<String> {
    let deletions = destruction.deletions.iter();
    deletions.map(|it| it.addr.to_string()).collect()
}

async fn object(centre: &Centre) {
    let s3 = aws_sdk_s3::config::Builder::from(&centre.sdk_config()).force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(s3.build());
    let put = s3.put_object().bucket(BUCKET).key("chat/one.json");
    let put = put.body(ByteStream::from_static(b"{}")).send().await;
    put.expect("it is there");
}

#[tokio::test]
async fn what_calls_goes_before_what_it_calls_and_the_ledger_goes_last() {
    let centre = deployed().await;
    let destruction = planned(&centre, DestroyChoices::default()).await;
    insta::assert_snapshot!(addresses(&destruction).join("\n"));
    assert_eq!(destruction.kept, []);
    assert!(destruction.ends_instance);
}

#[tokio::test]
async fn after_destroying_nothing_is_left_and_everything_can_be_made_again() {
    let centre = deployed().await;
    destroyed(&centre, DestroyChoices::default())
        .await
        .expect("destroy");
    let again = planned(&centre, DestroyChoices::default()).await;
    assert_eq!(addresses(&again), [""; 0]);
    assert_eq!(again.kept, []);
    let desired = centre.desired(Vec::new());
    let plan = centre.plan(&desired, Layer::Foundation).await;
    assert_eq!(plan.unchanged, [], "nothing at all is there");
    centre
        .deploy(&desired, Layer::Foundation)
        .await
        .expect("bootstrap");
    assert!(centre.plan(&desired, Layer::Foundation).await.is_empty());
}

#[tokio::test]
async fn wherever_it_is_cut_short_the_next_run_goes_on() {
    for (service, operation) in [
        ("sns", "Unsubscribe"),
        ("connect", "DeleteContactFlow"),
        ("lambda", "DeleteFunction"),
        ("sqs", "DeleteQueue"),
        ("iam", "DeleteRole"),
        ("connect", "DeleteInstance"),
        ("kms", "DeleteAlias"),
        ("dynamodb", "DeleteTable"),
    ] {
        for after_effect in [false, true] {
            let centre = deployed().await;
            let fault = Fault::operation(service, operation, 403, "AccessDeniedException").times(1);
            let fault = match after_effect {
                true => fault.after_effect(),
                false => fault,
            };
            centre.emulator.faults().arm(fault);
            let cut = destroyed(&centre, DestroyChoices::default()).await;
            cut.expect_err("the call fails once");
            destroyed(&centre, DestroyChoices::default())
                .await
                .expect("destroy");
            let left = planned(&centre, DestroyChoices::default()).await;
            assert_eq!(addresses(&left), [""; 0], "{operation} {after_effect}");
        }
    }
}

#[tokio::test]
async fn a_bucket_with_something_in_it_stays_and_so_does_its_key_unless_told_otherwise() {
    let centre = deployed().await;
    object(&centre).await;
    let destruction = planned(&centre, DestroyChoices::default()).await;
    let kept: Vec<String> = destruction
        .kept
        .iter()
        .map(|it| it.addr.to_string())
        .collect();
    assert_eq!(kept, ["bucket.chat-transcripts", "key.chats"]);
    let empty = DestroyChoices {
        empty_buckets: true,
        ..DestroyChoices::default()
    };
    destroyed(&centre, empty).await.expect("destroy");
    assert_eq!(addresses(&planned(&centre, empty).await), [""; 0]);
}

#[tokio::test]
async fn an_instance_that_is_kept_keeps_what_is_not_ours() {
    let centre = deployed().await;
    let connect = centre.connect();
    let instances = connect.list_instances().send().await.expect("it is fine");
    let instance = instances.instance_summary_list()[0].clone();
    let id = instance.id.expect("it has one");
    let content = r#"{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}],"Metadata":{}}"#;
    let flow = connect
        .create_contact_flow()
        .instance_id(&id)
        .name("By hand");
    let flow = flow
        .r#type("CONTACT_FLOW".into())
        .content(content)
        .send()
        .await;
    flow.expect("it is fine");

    let gone = planned(&centre, DestroyChoices::default()).await;
    assert_eq!(gone.others, ["flow By hand"]);
    assert!(view::human(&gone).contains("warning: flow By hand is not ours"));

    let keep = DestroyChoices {
        keep_instance: true,
        ..DestroyChoices::default()
    };
    destroyed(&centre, keep).await.expect("destroy");
    let there = connect.describe_instance().instance_id(&id).send().await;
    let there = there.expect("it was kept").instance.expect("it is there");
    assert_eq!(there.instance_status, Some(InstanceStatus::Active));
    let flows = connect.list_contact_flows().instance_id(&id).send().await;
    let flows = flows
        .expect("it is fine")
        .contact_flow_summary_list
        .unwrap_or_default();
    let names: Vec<_> = flows.iter().filter_map(|flow| flow.name()).collect();
    assert!(names.contains(&"By hand"), "{names:?}");
    assert!(!names.contains(&"main"), "{names:?}");
    assert_eq!(addresses(&planned(&centre, keep).await), [""; 0]);
}

#[tokio::test]
async fn what_carries_no_tag_of_ours_is_not_deleted() {
    let centre = deployed().await;
    let sns = aws_sdk_sns::Client::new(&centre.sdk_config());
    let topic = format!("arn:aws:sns:{REGION}:123456789012:acme-local-chat-messages");
    let untag = sns
        .untag_resource()
        .resource_arn(&topic)
        .tag_keys("managed-by");
    untag.send().await.expect("it is there");
    let destruction = planned(&centre, DestroyChoices::default()).await;
    let kept: Vec<String> = destruction
        .kept
        .iter()
        .map(|it| it.addr.to_string())
        .collect();
    assert_eq!(kept, ["topic.chat-messages"]);
    destroyed(&centre, DestroyChoices::default())
        .await
        .expect("destroy");
    let there = sns.get_topic_attributes().topic_arn(&topic).send().await;
    there.expect("it was kept");
}

#[tokio::test]
async fn a_program_reads_what_a_person_reads() {
    let centre = deployed().await;
    object(&centre).await;
    let destruction = planned(&centre, DestroyChoices::default()).await;
    let json: Value = view::json(&destruction);
    assert_eq!(
        json["delete"].as_array().map(Vec::len),
        Some(destruction.deletions.len())
    );
    assert_eq!(json["keep"][0]["reason"], "not_empty");
    assert_eq!(json["ends_instance"], true);
    let human = view::human(&destruction);
    assert!(human.contains("100 instances in 30 days"), "{human}");
}
