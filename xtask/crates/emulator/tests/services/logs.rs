//! CloudWatch Logs.

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use aws_sdk_cloudwatchlogs::types::InputLogEvent;

use super::{ACCOUNT, Bench};

#[tokio::test]
async fn groups_keep_their_retention_their_tags_and_their_events() {
    let bench = Bench::start().await;
    let logs = Client::new(&bench.config);
    let group = "/aws/connect/acme";
    logs.create_log_group()
        .log_group_name(group)
        .tags("flowyard", "local")
        .send()
        .await
        .expect("it can be made");
    let again = logs
        .create_log_group()
        .log_group_name(group)
        .send()
        .await
        .expect_err("it exists");
    assert_eq!(again.code(), Some("ResourceAlreadyExistsException"));
    logs.put_retention_policy()
        .log_group_name(group)
        .retention_in_days(30)
        .send()
        .await
        .expect("it exists");
    let listed = logs
        .describe_log_groups()
        .log_group_name_prefix("/aws/")
        .send()
        .await
        .expect("they can be listed");
    let listed = &listed.log_groups()[0];
    assert_eq!(listed.retention_in_days(), Some(30));
    let arn = format!("arn:aws:logs:eu-west-2:{ACCOUNT}:log-group:{group}");
    assert!(
        listed.arn().is_some_and(|listed| listed.starts_with(&arn)),
        "{:?}",
        listed.arn()
    );
    let tags = logs
        .list_tags_for_resource()
        .resource_arn(&arn)
        .send()
        .await
        .expect("it exists");
    assert_eq!(
        tags.tags().map(|tags| tags["flowyard"].as_str()),
        Some("local")
    );
    logs.delete_retention_policy()
        .log_group_name(group)
        .send()
        .await
        .expect("it exists");
    let listed = logs
        .describe_log_groups()
        .log_group_name_prefix(group)
        .send()
        .await
        .expect("they can be listed");
    assert_eq!(listed.log_groups()[0].retention_in_days(), None);

    logs.create_log_stream()
        .log_group_name(group)
        .log_stream_name("s")
        .send()
        .await
        .expect("the group exists");
    let event = |at: i64, text: &str| {
        InputLogEvent::builder()
            .timestamp(at)
            .message(text)
            .build()
            .expect("it is whole")
    };
    let now = bench.emulator.clock().now().as_millisecond();
    let put = logs
        .put_log_events()
        .log_group_name(group)
        .log_stream_name("s");
    put.log_events(event(now, "first"))
        .log_events(event(now + 1, "second"))
        .send()
        .await
        .expect("both exist");
    let got = logs
        .get_log_events()
        .log_group_name(group)
        .log_stream_name("s")
        .start_from_head(true)
        .send()
        .await
        .expect("both exist");
    let texts: Vec<_> = got
        .events()
        .iter()
        .filter_map(|event| event.message())
        .collect();
    assert_eq!(texts, ["first", "second"]);
    let found = logs
        .filter_log_events()
        .log_group_name(group)
        .filter_pattern("second")
        .send()
        .await
        .expect("it exists");
    assert_eq!(found.events().len(), 1);
    logs.delete_log_group()
        .log_group_name(group)
        .send()
        .await
        .expect("it exists");
    let gone = logs
        .delete_log_group()
        .log_group_name(group)
        .send()
        .await
        .expect_err("it is gone");
    assert_eq!(gone.code(), Some("ResourceNotFoundException"));
}
