//! What a new instance has, and what is not emulated.

use aws_sdk_connect::types::{AgentStatusType, ContactFlowType};

use super::{Bench, code, refusal, refusal_message};

#[tokio::test]
async fn a_new_instance_has_what_the_service_seeds() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let connect = &bench.connect;
    let flows = connect.list_contact_flows().instance_id(&id).send().await;
    let flows = flows.unwrap().contact_flow_summary_list.unwrap();
    let defaults = flows
        .iter()
        .filter(|it| it.contact_flow_type != Some(ContactFlowType::ContactFlow));
    assert_eq!(defaults.count(), 8);
    let hours = connect.list_hours_of_operations().instance_id(&id);
    let hours = hours.send().await.unwrap();
    assert_eq!(
        hours.hours_of_operation_summary_list()[0].name.as_deref(),
        Some("Basic Hours")
    );
    let profiles = connect.list_routing_profiles().instance_id(&id);
    let profiles = profiles.send().await.unwrap();
    assert_eq!(
        profiles.routing_profile_summary_list()[0].name.as_deref(),
        Some("Basic Routing Profile")
    );
    let security = connect.list_security_profiles().instance_id(&id);
    let security = security.send().await.unwrap();
    let names = security.security_profile_summary_list().iter();
    let names: Vec<_> = names.filter_map(|it| it.name.as_deref()).collect();
    assert_eq!(
        names,
        ["Admin", "Agent", "CallCenterManager", "QualityAnalyst"]
    );
    let prompts = connect
        .list_prompts()
        .instance_id(&id)
        .send()
        .await
        .unwrap();
    assert_eq!(prompts.prompt_summary_list().len(), 7);
    assert_eq!(
        prompts.prompt_summary_list()[0].name.as_deref(),
        Some("Beep.wav")
    );
    let offline = connect.list_agent_statuses().instance_id(&id);
    let offline = offline.agent_status_types(AgentStatusType::Offline);
    let offline = offline.send().await.unwrap();
    assert_eq!(
        offline.agent_status_summary_list()[0].name.as_deref(),
        Some("Offline")
    );
}

#[tokio::test]
async fn every_seeded_flow_can_be_described() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let flows = bench.connect.list_contact_flows().instance_id(&id);
    let flows = flows
        .send()
        .await
        .unwrap()
        .contact_flow_summary_list
        .unwrap();
    for flow in flows {
        let described = bench.connect.describe_contact_flow().instance_id(&id);
        let described = described.contact_flow_id(flow.id.unwrap()).send().await;
        let described = described.unwrap().contact_flow.unwrap();
        assert!(described.content.unwrap().contains("2019-10-30"));
    }
}

#[tokio::test]
async fn what_nobody_created_is_listed_as_empty() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let connect = &bench.connect;
    let users = connect.list_users().instance_id(&id).send().await;
    assert!(users.unwrap().user_summary_list().is_empty());
    let quick = connect.list_quick_connects().instance_id(&id).send().await;
    assert!(quick.unwrap().quick_connect_summary_list().is_empty());
    let views = connect.list_views().instance_id(&id).send().await;
    assert!(views.unwrap().views_summary_list().is_empty());
    let numbers = connect
        .list_phone_numbers_v2()
        .instance_id(&id)
        .send()
        .await;
    assert!(
        numbers
            .unwrap()
            .list_phone_numbers_summary_list()
            .is_empty()
    );
    let integrations = connect.list_integration_associations().instance_id(&id);
    let integrations = integrations.send().await.unwrap();
    assert!(
        integrations
            .integration_association_summary_list()
            .is_empty()
    );
    let nowhere = connect.list_users().instance_id("nowhere").send().await;
    assert_eq!(refusal(nowhere), code(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn an_operation_that_is_not_emulated_answers_501_with_its_name() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let request = || {
        let request = bench.connect.get_prompt_file().instance_id(&id);
        request.prompt_id("beep").send()
    };
    let (status, _) = refusal(request().await);
    assert_eq!(status, 501);
    assert!(refusal_message(request().await).contains("GetPromptFile"));
}
