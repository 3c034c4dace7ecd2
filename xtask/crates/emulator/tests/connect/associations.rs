//! Approved origins, Lambda functions, bots and tags.

use aws_sdk_connect::types::{DirectoryType, LexV2Bot, LexVersion};

use super::{Bench, CONTENT, MODULE, code, refusal};
use crate::services;

#[tokio::test]
async fn an_instance_approves_a_hundred_origins_and_no_more() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let associate = |n: usize| {
        bench
            .connect
            .associate_approved_origin()
            .instance_id(&id)
            .origin(format!("https://shop-{n}.example.com"))
            .send()
    };
    for n in 0..100 {
        associate(n).await.unwrap();
    }
    associate(99).await.unwrap();
    let refused = refusal(associate(100).await);
    assert_eq!(refused, code(402, "ServiceQuotaExceededException"));
    let first = bench.connect.list_approved_origins().instance_id(&id);
    let first = first.send().await.unwrap();
    assert_eq!(first.origins().len(), 25);
    let all = bench
        .connect
        .list_approved_origins()
        .instance_id(&id)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(all.len(), 100);
}

#[tokio::test]
async fn an_origin_is_a_scheme_and_a_host() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    for (origin, accepted) in [
        ("https://example.com", true),
        ("http://localhost:8080", true),
        ("example.com", false),
        ("https://example.com/chat", false),
        ("https://", false),
    ] {
        let associate = bench
            .connect
            .associate_approved_origin()
            .instance_id(&id)
            .origin(origin);
        assert_eq!(associate.send().await.is_ok(), accepted, "{origin}");
    }
    let disassociate = bench
        .connect
        .disassociate_approved_origin()
        .instance_id(&id)
        .origin("https://example.com");
    disassociate.send().await.unwrap();
    let origins = bench.connect.list_approved_origins().instance_id(&id);
    let origins = origins.send().await.unwrap().origins.unwrap();
    assert_eq!(origins, ["http://localhost:8080"]);
}

#[tokio::test]
async fn function_arns_against_the_rules_are_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let long = format!(
        "arn:aws:lambda:eu-west-2:123456789012:function:{}",
        "f".repeat(100)
    );
    for arn in [
        "bot-join",
        "arn:aws:lambda:us-east-1:123456789012:function:bot-join",
        "arn:aws:lambda:eu-west-2:123456789012:layer:bot-join",
        "arn:aws:lambda:eu-west-2:1234:function:bot-join",
        "arn:aws:lambda:eu-west-2:123456789012:function:bot-join:live:2",
        "arn:aws:lambda:eu-west-2:123456789012:function:",
        long.as_str(),
    ] {
        let associate = bench
            .connect
            .associate_lambda_function()
            .instance_id(&id)
            .function_arn(arn);
        assert_eq!(
            refusal(associate.send().await),
            code(400, "InvalidParameterException"),
            "{arn}"
        );
    }
}

#[tokio::test]
async fn a_function_that_does_not_exist_cannot_be_associated() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let associate = bench
        .connect
        .associate_lambda_function()
        .instance_id(&id)
        .function_arn("arn:aws:lambda:eu-west-2:123456789012:function:nobody");
    assert_eq!(
        refusal(associate.send().await),
        code(404, "ResourceNotFoundException")
    );
    let listed = bench.connect.list_lambda_functions().instance_id(&id);
    assert!(listed.send().await.unwrap().lambda_functions().is_empty());
}

#[tokio::test]
async fn an_associated_function_admits_the_instance_until_it_is_disassociated() {
    let bench = services::Bench::start().await;
    bench.function("bot-join", &[]).await;
    let function = bench.lambda.get_function().function_name("bot-join");
    let function = function.send().await.unwrap().configuration.unwrap();
    let function_arn = function.function_arn.unwrap();
    let connect = aws_sdk_connect::Client::new(&bench.config);
    let instance = connect
        .create_instance()
        .identity_management_type(DirectoryType::ConnectManaged)
        .instance_alias("acme")
        .inbound_calls_enabled(true)
        .outbound_calls_enabled(false)
        .send()
        .await
        .unwrap();
    let id = instance.id.unwrap();
    let associate = || {
        connect
            .associate_lambda_function()
            .instance_id(&id)
            .function_arn(&function_arn)
            .send()
    };
    associate().await.unwrap();
    associate().await.unwrap();
    let listed = async || {
        let listed = connect.list_lambda_functions().instance_id(&id);
        listed.send().await.unwrap().lambda_functions.unwrap()
    };
    assert_eq!(listed().await, std::slice::from_ref(&function_arn));
    let policy = || bench.lambda.get_policy().function_name("bot-join").send();
    let text = policy().await.unwrap().policy.unwrap();
    assert_eq!(text.matches("connect.amazonaws.com").count(), 1, "{text}");
    assert!(text.contains(&instance.arn.unwrap()), "{text}");
    let disassociate = connect.disassociate_lambda_function().instance_id(&id);
    let disassociate = disassociate.function_arn(&function_arn);
    disassociate.send().await.unwrap();
    assert!(listed().await.is_empty());
    let gone = policy().await;
    assert_eq!(refusal(gone), code(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn bots_are_listed_by_their_version() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let bot = LexV2Bot::builder().alias_arn("arn:aws:lex:eu-west-2:123456789012:bot-alias/A/B");
    let associate = bench.connect.associate_bot().instance_id(&id);
    associate.lex_v2_bot(bot.build()).send().await.unwrap();
    for (version, expected) in [(LexVersion::V1, 0), (LexVersion::V2, 1)] {
        let bots = bench.connect.list_bots().instance_id(&id);
        let bots = bots.lex_version(version).send().await.unwrap();
        assert_eq!(bots.lex_bots().len(), expected);
    }
    let neither = bench.connect.associate_bot().instance_id(&id).send();
    assert_eq!(refusal(neither.await), code(400, "InvalidRequestException"));
}

/// An ARN of every kind that can be tagged.
async fn taggable(bench: &Bench, instance: &str) -> Vec<String> {
    let connect = &bench.connect;
    let described = connect.describe_instance().instance_id(instance);
    let instance_arn = described
        .send()
        .await
        .unwrap()
        .instance
        .unwrap()
        .arn
        .unwrap();
    let flow = bench.flow(instance, "Flow", CONTENT).await;
    let module = connect.create_contact_flow_module().instance_id(instance);
    let module = module.name("Module").content(MODULE).send().await.unwrap();
    let queues = connect.list_queues().instance_id(instance).send().await;
    let hours = connect.list_hours_of_operations().instance_id(instance);
    let profiles = connect.list_routing_profiles().instance_id(instance);
    let security = connect.list_security_profiles().instance_id(instance);
    let statuses = connect.list_agent_statuses().instance_id(instance);
    let quick_connect = super::people::phone(bench, instance, "hotline").await;
    let prompt = super::media::prompt(bench, instance, "hello").await;
    let view = super::media::view(bench, instance, "order form").await;
    vec![
        format!("{instance_arn}/transfer-destination/{quick_connect}"),
        format!("{instance_arn}/prompt/{prompt}"),
        format!("{instance_arn}/view/{view}"),
        format!("{instance_arn}/contact-flow/{flow}"),
        module.arn.unwrap(),
        queues.unwrap().queue_summary_list()[0].arn.clone().unwrap(),
        hours
            .send()
            .await
            .unwrap()
            .hours_of_operation_summary_list()[0]
            .arn
            .clone()
            .unwrap(),
        profiles
            .send()
            .await
            .unwrap()
            .routing_profile_summary_list()[0]
            .arn
            .clone()
            .unwrap(),
        security
            .send()
            .await
            .unwrap()
            .security_profile_summary_list()[0]
            .arn
            .clone()
            .unwrap(),
        statuses.send().await.unwrap().agent_status_summary_list()[0]
            .arn
            .clone()
            .unwrap(),
        instance_arn,
    ]
}

#[tokio::test]
async fn tags_round_trip_on_every_kind_of_resource() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    for arn in taggable(&bench, &id).await {
        let tag = bench.connect.tag_resource().resource_arn(&arn);
        let tag = tag.tags("owner", "flowyard").tags("team", "chat");
        tag.send().await.unwrap();
        let untag = bench.connect.untag_resource().resource_arn(&arn);
        untag
            .tag_keys("team")
            .tag_keys("none")
            .send()
            .await
            .unwrap();
        let tags = bench.connect.list_tags_for_resource().resource_arn(&arn);
        let tags = tags.send().await.unwrap().tags.unwrap();
        let tags: Vec<_> = tags.iter().collect();
        assert_eq!(
            tags,
            [(&"owner".to_owned(), &"flowyard".to_owned())],
            "{arn}"
        );
    }
}

#[tokio::test]
async fn a_tag_against_the_rules_is_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let arn = format!("arn:aws:connect:eu-west-2:123456789012:instance/{id}");
    let long = "x".repeat(257);
    for (key, value) in [("aws:owner", "me"), ("", "empty"), ("owner", long.as_str())] {
        let tag = bench.connect.tag_resource().resource_arn(&arn);
        let refused = refusal(tag.tags(key, value).send().await);
        assert_eq!(refused, code(400, "InvalidParameterException"), "{key}");
    }
    for n in 0..50 {
        let tag = bench.connect.tag_resource().resource_arn(&arn);
        tag.tags(format!("key-{n}"), "").send().await.unwrap();
    }
    let tag = bench.connect.tag_resource().resource_arn(&arn);
    let refused = refusal(tag.tags("one-more", "").send().await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
    let nobody = format!("{arn}/queue/nobody");
    let tags = bench.connect.list_tags_for_resource().resource_arn(nobody);
    assert_eq!(
        refusal(tags.send().await),
        code(404, "ResourceNotFoundException")
    );
}
