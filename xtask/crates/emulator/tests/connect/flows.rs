//! Flows: publication, drafts, names, versions, lists and searches.

use aws_sdk_connect::error::ProvideErrorMetadata;
use aws_sdk_connect::types::{
    ContactFlow, ContactFlowSearchCriteria, ContactFlowState, ContactFlowStatus, ContactFlowType,
    StringComparisonType, StringCondition,
};

use super::{Bench, CONTENT, INVALID_CONTENT, OTHER_CONTENT, code, refusal};

async fn describe(bench: &Bench, instance: &str, flow: &str) -> ContactFlow {
    let described = bench.connect.describe_contact_flow().instance_id(instance);
    let described = described.contact_flow_id(flow).send().await.unwrap();
    described.contact_flow.unwrap()
}

async fn update(bench: &Bench, instance: &str, flow: &str, content: &str) {
    bench
        .connect
        .update_contact_flow_content()
        .instance_id(instance)
        .contact_flow_id(flow)
        .content(content)
        .send()
        .await
        .unwrap();
}

fn create(
    bench: &Bench,
    instance: &str,
    name: &str,
) -> aws_sdk_connect::operation::create_contact_flow::builders::CreateContactFlowFluentBuilder {
    bench
        .connect
        .create_contact_flow()
        .instance_id(instance)
        .name(name)
        .r#type(ContactFlowType::ContactFlow)
        .content(CONTENT)
}

#[tokio::test]
async fn published_content_is_returned_byte_for_byte() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let created = create(&bench, &id, "Support")
        .description("Talks")
        .tags("owner", "flowyard");
    let created = created.send().await.unwrap();
    let arn = created.contact_flow_arn.unwrap();
    for named in [
        created.contact_flow_id.clone().unwrap(),
        arn.clone(),
        format!("{arn}:$LATEST"),
        format!("{}:$SAVED", created.contact_flow_id.unwrap()),
    ] {
        let flow = describe(&bench, &id, &named).await;
        assert_eq!(flow.content.as_deref(), Some(CONTENT), "{named}");
        assert_eq!(flow.arn.as_ref(), Some(&arn));
        assert_eq!(flow.status, Some(ContactFlowStatus::Published));
        assert_eq!(flow.description.as_deref(), Some("Talks"));
        assert_eq!(flow.tags.unwrap()["owner"], "flowyard");
        assert_eq!(flow.flow_content_sha256, created.flow_content_sha256);
        assert!(flow.last_modified_time.is_some());
    }
}

#[tokio::test]
async fn saved_content_is_not_validated_and_not_published() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let saved = create(&bench, &id, "Draft").content(INVALID_CONTENT);
    let saved = saved.status(ContactFlowStatus::Saved).send().await.unwrap();
    let flow = saved.contact_flow_id.unwrap();
    let published = bench.connect.describe_contact_flow().instance_id(&id);
    let published = published.contact_flow_id(&flow).send().await;
    assert_eq!(
        refusal(published),
        code(404, "ContactFlowNotPublishedException")
    );
    let draft = describe(&bench, &id, &format!("{flow}:$SAVED")).await;
    assert_eq!(draft.content.as_deref(), Some(INVALID_CONTENT));
    assert_eq!(draft.status, Some(ContactFlowStatus::Saved));
}

#[tokio::test]
async fn an_invalid_flow_answers_problems_and_no_message() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    for content in [INVALID_CONTENT, "not json", "{}"] {
        let error = create(&bench, &id, "Wrong").content(content).send().await;
        let error = error.unwrap_err().into_service_error();
        assert_eq!(error.code(), Some("InvalidContactFlowException"));
        assert_eq!(error.message(), None);
        assert!(error.is_invalid_contact_flow_exception());
        let aws_sdk_connect::operation::create_contact_flow::CreateContactFlowError::InvalidContactFlowException(error) =
            error
        else {
            unreachable!("it was just asked")
        };
        assert!(!error.problems().is_empty());
        assert!(error.problems().iter().all(|it| it.message.is_some()));
    }
    let listed = bench.connect.list_contact_flows().instance_id(&id);
    let listed = listed.contact_flow_types(ContactFlowType::ContactFlow);
    let listed = listed.send().await.unwrap();
    let names = listed.contact_flow_summary_list().iter();
    assert!(!names.map(|it| it.name()).any(|it| it == Some("Wrong")));
}

#[tokio::test]
async fn an_unknown_action_is_named_in_the_problems() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    let update = bench.connect.update_contact_flow_content().instance_id(&id);
    let update = update.contact_flow_id(&flow).content(INVALID_CONTENT);
    let error = update.send().await.unwrap_err().into_service_error();
    let aws_sdk_connect::operation::update_contact_flow_content::UpdateContactFlowContentError::InvalidContactFlowException(error) =
        error
    else {
        panic!("{error:?}")
    };
    let messages: Vec<_> = error.problems().iter().map(|it| it.message()).collect();
    assert_eq!(messages, [Some("Invalid Action type. Type: Dance")]);
    let flow = describe(&bench, &id, &flow).await;
    assert_eq!(flow.content.as_deref(), Some(CONTENT));
}

#[tokio::test]
async fn draft_and_published_content_are_apart() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    let saved = format!("{flow}:$SAVED");
    update(&bench, &id, &saved, INVALID_CONTENT).await;
    assert_eq!(
        describe(&bench, &id, &flow).await.content.as_deref(),
        Some(CONTENT)
    );
    let draft = describe(&bench, &id, &saved).await;
    assert_eq!(draft.content.as_deref(), Some(INVALID_CONTENT));
    assert_eq!(draft.status, Some(ContactFlowStatus::Saved));
    update(&bench, &id, &flow, OTHER_CONTENT).await;
    for named in [flow, saved] {
        let flow = describe(&bench, &id, &named).await;
        assert_eq!(flow.content.as_deref(), Some(OTHER_CONTENT));
    }
}

#[tokio::test]
async fn the_digest_changes_with_the_content_only() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    let digest = async || describe(&bench, &id, &flow).await.flow_content_sha256;
    let first = digest().await;
    assert_eq!(first.as_ref().map(String::len), Some(64));
    update(&bench, &id, &flow, OTHER_CONTENT).await;
    assert_ne!(digest().await, first);
    update(&bench, &id, &flow, CONTENT).await;
    assert_eq!(digest().await, first);
}

#[tokio::test]
async fn the_name_of_a_flow_is_unique_among_its_type() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    let again = refusal(create(&bench, &id, "Support").send().await);
    assert_eq!(again, code(409, "DuplicateResourceException"));
    let transfer = create(&bench, &id, "Support").r#type(ContactFlowType::QueueTransfer);
    transfer.send().await.unwrap();
    bench.flow(&id, "Other", CONTENT).await;
    let rename = |name: &str| {
        bench
            .connect
            .update_contact_flow_name()
            .instance_id(&id)
            .contact_flow_id(&flow)
            .name(name)
            .send()
    };
    let taken = refusal(rename("Other").await);
    assert_eq!(taken, code(409, "DuplicateResourceException"));
    rename("Support").await.unwrap();
    rename("Third").await.unwrap();
    assert_eq!(
        describe(&bench, &id, &flow).await.name.as_deref(),
        Some("Third")
    );
}

#[tokio::test]
async fn a_description_can_be_changed_but_not_blanked() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    for (given, expected) in [("Talks", "Talks"), ("", "Talks"), ("Listens", "Listens")] {
        let update = bench
            .connect
            .update_contact_flow_metadata()
            .instance_id(&id);
        let update = update.contact_flow_id(&flow).description(given);
        update.send().await.unwrap();
        let flow = describe(&bench, &id, &flow).await;
        assert_eq!(flow.description.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn an_archived_flow_is_still_described() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    let archive = bench
        .connect
        .update_contact_flow_metadata()
        .instance_id(&id);
    let archive = archive.contact_flow_id(&flow);
    let archive = archive.contact_flow_state(ContactFlowState::Archived);
    archive.send().await.unwrap();
    let flow = describe(&bench, &id, &flow).await;
    assert_eq!(flow.state, Some(ContactFlowState::Archived));
    assert_eq!(flow.status, Some(ContactFlowStatus::Published));
}

#[tokio::test]
async fn content_has_at_most_256000_characters() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let padded = |size: usize| format!("{OTHER_CONTENT}{}", " ".repeat(size - OTHER_CONTENT.len()));
    let longest = create(&bench, &id, "Long").content(padded(256_000));
    longest.send().await.unwrap();
    let longer = create(&bench, &id, "Longer").content(padded(256_001));
    assert_eq!(
        refusal(longer.send().await),
        code(400, "InvalidParameterException")
    );
}

#[tokio::test]
async fn a_missing_member_is_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let nameless = bench.connect.create_contact_flow().instance_id(&id);
    let nameless = nameless
        .content(CONTENT)
        .r#type(ContactFlowType::ContactFlow);
    let unknown_type = create(&bench, &id, "Support").r#type("INBOUND".into());
    let empty_name = create(&bench, &id, "");
    for request in [nameless, unknown_type, empty_name] {
        let refused = refusal(request.send().await);
        assert_eq!(refused, code(400, "InvalidParameterException"));
    }
}

#[tokio::test]
async fn a_flow_that_names_something_of_another_instance_is_refused() {
    let bench = Bench::start().await;
    let here = bench.instance("here").await;
    let there = bench.instance("there").await;
    let content = |instance: &str, queue: &str| {
        format!(
            r#"{{"Version":"2019-10-30","StartAction":"queue","Actions":[
            {{"Identifier":"queue","Type":"UpdateContactTargetQueue","Parameters":{{"QueueId":"arn:aws:connect:eu-west-2:123456789012:instance/{instance}/queue/{queue}"}},
             "Transitions":{{"NextAction":"bye","Conditions":[],"Errors":[{{"NextAction":"bye","ErrorType":"NoMatchingError"}}]}}}},
            {{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{{}},"Transitions":{{}}}}]}}"#
        )
    };
    let own = content(&here, &bench.basic_queue(&here).await);
    bench.flow(&here, "Own", &own).await;
    let foreign = content(&there, &bench.basic_queue(&there).await);
    let foreign = create(&bench, &here, "Foreign")
        .content(foreign)
        .send()
        .await;
    assert_eq!(refusal(foreign), code(400, "InvalidContactFlowException"));
}

#[tokio::test]
async fn a_flow_is_deleted_even_where_others_refer_to_it() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let target = bench.flow(&id, "Target", CONTENT).await;
    let content = format!(
        r#"{{"Version":"2019-10-30","StartAction":"go","Actions":[
        {{"Identifier":"go","Type":"TransferToFlow","Parameters":{{"ContactFlowId":"{target}"}},
         "Transitions":{{"NextAction":"bye","Conditions":[],"Errors":[{{"NextAction":"bye","ErrorType":"NoMatchingError"}}]}}}},
        {{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{{}},"Transitions":{{}}}}]}}"#
    );
    bench.flow(&id, "Caller", &content).await;
    let delete = || {
        bench
            .connect
            .delete_contact_flow()
            .instance_id(&id)
            .contact_flow_id(&target)
            .send()
    };
    delete().await.unwrap();
    assert_eq!(
        refusal(delete().await),
        code(404, "ResourceNotFoundException")
    );
    let late = create(&bench, &id, "Late").content(content).send().await;
    assert_eq!(refusal(late), code(400, "InvalidContactFlowException"));
}

#[tokio::test]
async fn only_campaign_flows_have_versions() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flow = bench.flow(&id, "Support", CONTENT).await;
    let version = bench.connect.create_contact_flow_version().instance_id(&id);
    let refused = refusal(version.contact_flow_id(&flow).send().await);
    assert_eq!(refused, code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn flows_are_listed_by_type_and_in_pages() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let of_type = |types: &[ContactFlowType]| {
        bench
            .connect
            .list_contact_flows()
            .instance_id(&id)
            .set_contact_flow_types(Some(types.to_vec()))
    };
    let queue_flows = of_type(&[ContactFlowType::CustomerQueue]).send().await;
    let names: Vec<_> = queue_flows
        .unwrap()
        .contact_flow_summary_list
        .unwrap()
        .into_iter()
        .filter_map(|it| it.name)
        .collect();
    assert_eq!(names, ["Default customer queue"]);
    for n in 0..7 {
        bench.flow(&id, &format!("Flow {n}"), CONTENT).await;
    }
    let both = [ContactFlowType::CustomerQueue, ContactFlowType::ContactFlow];
    let mut pages = of_type(&both).max_results(4).into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().contact_flow_summary_list().len());
    }
    assert_eq!(sizes, [4, 4, 2]);
    let foreign = of_type(&[]).next_token("nonsense").send().await;
    assert_eq!(refusal(foreign), code(400, "InvalidParameterException"));
}

#[tokio::test]
async fn flows_are_found_by_name_type_state_and_status() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    bench.flow(&id, "Support chat", CONTENT).await;
    bench.flow(&id, "Support voice", CONTENT).await;
    let draft = create(&bench, &id, "Support draft").status(ContactFlowStatus::Saved);
    draft.send().await.unwrap();
    let criteria = ContactFlowSearchCriteria::builder;
    let name = |value: &str, comparison: StringComparisonType| {
        let condition = StringCondition::builder().field_name("name");
        let condition = condition.value(value).comparison_type(comparison);
        criteria().string_condition(condition.build())
    };
    let starts = || name("Support", StringComparisonType::StartsWith);
    let saved = || criteria().status_condition(ContactFlowStatus::Saved);
    let queue = || criteria().type_condition(ContactFlowType::CustomerQueue);
    let archived = || criteria().state_condition(ContactFlowState::Archived);
    for (criteria, expected) in [
        (name("Support chat", StringComparisonType::Exact), 1),
        (name("port", StringComparisonType::Contains), 3),
        (starts(), 3),
        (starts().status_condition(ContactFlowStatus::Saved), 1),
        (
            criteria()
                .and_conditions(starts().build())
                .and_conditions(saved().build()),
            1,
        ),
        (
            criteria()
                .or_conditions(saved().build())
                .or_conditions(queue().build()),
            2,
        ),
        (archived(), 0),
    ] {
        let criteria = criteria.build();
        let found = bench.connect.search_contact_flows().instance_id(&id);
        let found = found
            .search_criteria(criteria.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(found.contact_flows().len(), expected, "{criteria:?}");
        assert_eq!(found.approximate_total_count, Some(expected as i64));
    }
    let short = bench.connect.search_contact_flows().instance_id(&id);
    let short = short.search_criteria(name("s", StringComparisonType::Contains).build());
    assert_eq!(
        refusal(short.send().await),
        code(400, "InvalidParameterException")
    );
}
