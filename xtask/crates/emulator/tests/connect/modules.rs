//! Modules: settings, versions and aliases, and how flows call them.

use aws_sdk_connect::error::ProvideErrorMetadata;
use aws_sdk_connect::operation::create_contact_flow_module::builders::CreateContactFlowModuleFluentBuilder;
use aws_sdk_connect::types::{ContactFlowModule, ContactFlowType};

use super::{Bench, INVALID_CONTENT, MODULE, OTHER_CONTENT, code, refusal, refusal_message};

fn create(bench: &Bench, instance: &str, name: &str) -> CreateContactFlowModuleFluentBuilder {
    let create = bench.connect.create_contact_flow_module();
    create.instance_id(instance).name(name).content(MODULE)
}

async fn module(bench: &Bench, instance: &str) -> String {
    let created = create(bench, instance, "Module").send().await.unwrap();
    created.id.unwrap()
}

async fn describe(bench: &Bench, instance: &str, module: &str) -> ContactFlowModule {
    let described = bench.connect.describe_contact_flow_module();
    let described = described
        .instance_id(instance)
        .contact_flow_module_id(module);
    described.send().await.unwrap().contact_flow_module.unwrap()
}

async fn version(bench: &Bench, instance: &str, module: &str) -> i64 {
    let version = bench.connect.create_contact_flow_module_version();
    let version = version.instance_id(instance).contact_flow_module_id(module);
    version.send().await.unwrap().version.unwrap()
}

#[tokio::test]
async fn a_module_is_described_as_it_was_created() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let settings = r#"{"transitions":{"results":[]}}"#;
    let created = create(&bench, &id, "Module").settings(settings);
    let created = created.description("Asks").send().await.unwrap();
    let module = describe(&bench, &id, &created.id.unwrap()).await;
    assert_eq!(module.content.as_deref(), Some(MODULE));
    assert_eq!(module.settings.as_deref(), Some(settings));
    assert_eq!(module.description.as_deref(), Some("Asks"));
    assert_eq!(module.arn, created.arn);
    // The live service writes the status of modules in lower case.
    assert_eq!(module.status.unwrap().as_str(), "published");
}

#[tokio::test]
async fn module_content_without_settings_is_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let request = || create(&bench, &id, "Module").content(OTHER_CONTENT).send();
    assert_eq!(
        refusal(request().await),
        code(400, "InvalidRequestException")
    );
    assert_eq!(
        refusal_message(request().await),
        "JSON field is missing or null for field name: settings"
    );
}

#[tokio::test]
async fn an_invalid_module_answers_problems_and_no_message() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let content = INVALID_CONTENT.replacen('{', r#"{"Settings":{},"#, 1);
    let error = create(&bench, &id, "Module").content(content).send().await;
    let error = error.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("InvalidContactFlowModuleException"));
    assert_eq!(error.message(), None);
    let aws_sdk_connect::operation::create_contact_flow_module::CreateContactFlowModuleError::InvalidContactFlowModuleException(error) =
        error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        error.problems()[0].message(),
        Some("Invalid Action type. Type: Dance")
    );
}

#[tokio::test]
async fn settings_are_a_json_object() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    for settings in ["", "[]", "{"] {
        let refused = refusal(
            create(&bench, &id, "Module")
                .settings(settings)
                .send()
                .await,
        );
        assert_eq!(refused, code(400, "InvalidRequestException"), "{settings}");
    }
}

#[tokio::test]
async fn a_repeated_client_token_creates_nothing_new() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let first = create(&bench, &id, "Module").client_token("t");
    let first = first.send().await.unwrap();
    let again = create(&bench, &id, "Module").client_token("t");
    assert_eq!(again.send().await.unwrap().id, first.id);
    let other = create(&bench, &id, "Other").client_token("t").send().await;
    assert_eq!(refusal(other), code(409, "IdempotencyException"));
    let same_name = create(&bench, &id, "Module").client_token("u");
    assert_eq!(
        refusal(same_name.send().await),
        code(409, "DuplicateResourceException")
    );
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let module = module(&bench, &id).await;
    let update = || {
        bench
            .connect
            .update_contact_flow_module_content()
            .instance_id(&id)
            .contact_flow_module_id(&module)
    };
    update().settings("{}").send().await.unwrap();
    let changed = MODULE.replace("\"end\"", "\"finish\"");
    update().content(&changed).send().await.unwrap();
    let described = describe(&bench, &id, &module).await;
    assert_eq!(described.content.as_deref(), Some(changed.as_str()));
    assert_eq!(described.settings.as_deref(), Some("{}"));
    let nothing = refusal(update().send().await);
    assert_eq!(nothing, code(400, "InvalidRequestException"));
}

#[tokio::test]
async fn an_alias_is_found_by_its_id_and_not_by_its_name() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let module = module(&bench, &id).await;
    let number = version(&bench, &id, &module).await;
    let alias = bench.connect.create_contact_flow_module_alias();
    let alias = alias.instance_id(&id).contact_flow_module_id(&module);
    let alias = alias.alias_name("live").contact_flow_module_version(number);
    let alias = alias.send().await.unwrap().id.unwrap();
    let by_id = describe(&bench, &id, &format!("{module}:{alias}")).await;
    assert_eq!(by_id.version, Some(number));
    assert_eq!(by_id.content.as_deref(), Some(MODULE));
    let by_name = bench
        .connect
        .describe_contact_flow_module()
        .instance_id(&id);
    let by_name = by_name.contact_flow_module_id(format!("{module}:live"));
    assert_eq!(
        refusal(by_name.send().await),
        code(404, "ResourceNotFoundException")
    );
    let listed = bench.connect.list_contact_flow_module_aliases();
    let listed = listed.instance_id(&id).contact_flow_module_id(&module);
    let listed = listed.send().await.unwrap();
    let summary = &listed.contact_flow_module_alias_summary_list()[0];
    assert_eq!(summary.alias_name.as_deref(), Some("live"));
    assert!(
        summary
            .arn
            .as_ref()
            .unwrap()
            .ends_with(&format!("{module}:{alias}"))
    );
}

#[tokio::test]
async fn a_version_keeps_its_content_when_the_module_changes() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let module = module(&bench, &id).await;
    let first = version(&bench, &id, &module).await;
    let changed = MODULE.replace("\"end\"", "\"finish\"");
    let update = bench.connect.update_contact_flow_module_content();
    let update = update.instance_id(&id).contact_flow_module_id(&module);
    update.content(&changed).send().await.unwrap();
    let second = version(&bench, &id, &module).await;
    assert_eq!((first, second), (1, 2));
    for (qualifier, expected) in [("1", MODULE), ("2", &changed), ("$LATEST", &changed)] {
        let described = describe(&bench, &id, &format!("{module}:{qualifier}")).await;
        assert_eq!(described.content.as_deref(), Some(expected), "{qualifier}");
    }
}

#[tokio::test]
async fn a_version_of_other_content_than_expected_is_refused() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let module = module(&bench, &id).await;
    let digest = describe(&bench, &id, &module)
        .await
        .flow_module_content_sha256
        .unwrap();
    for (digest, accepted) in [(digest, true), ("0".repeat(64), false)] {
        let version = bench.connect.create_contact_flow_module_version();
        let version = version.instance_id(&id).contact_flow_module_id(&module);
        let version = version.flow_module_content_sha256(digest).send().await;
        assert_eq!(version.is_ok(), accepted);
    }
}

#[tokio::test]
async fn a_version_that_an_alias_points_at_stays_and_numbers_are_not_used_again() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let module = module(&bench, &id).await;
    let number = version(&bench, &id, &module).await;
    let alias = bench.connect.create_contact_flow_module_alias();
    let alias = alias.instance_id(&id).contact_flow_module_id(&module);
    let alias = alias.alias_name("live").contact_flow_module_version(number);
    let alias = alias.send().await.unwrap().id.unwrap();
    let delete_version = || {
        bench
            .connect
            .delete_contact_flow_module_version()
            .instance_id(&id)
            .contact_flow_module_id(&module)
            .contact_flow_module_version(number)
            .send()
    };
    assert_eq!(
        refusal_message(delete_version().await),
        "Cannot delete version '1' tied to one alias"
    );
    let delete_alias = bench.connect.delete_contact_flow_module_alias();
    let delete_alias = delete_alias
        .instance_id(&id)
        .contact_flow_module_id(&module);
    delete_alias.alias_id(alias).send().await.unwrap();
    delete_version().await.unwrap();
    assert_eq!(version(&bench, &id, &module).await, 2);
}

#[tokio::test]
async fn an_alias_is_moved_to_another_version() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let module = module(&bench, &id).await;
    version(&bench, &id, &module).await;
    version(&bench, &id, &module).await;
    let create = |name: &str, number: i64| {
        bench
            .connect
            .create_contact_flow_module_alias()
            .instance_id(&id)
            .contact_flow_module_id(&module)
            .alias_name(name)
            .contact_flow_module_version(number)
            .send()
    };
    let alias = create("live", 1).await.unwrap().id.unwrap();
    let taken = refusal(create("live", 2).await);
    assert_eq!(taken, code(409, "DuplicateResourceException"));
    let missing = refusal(create("next", 3).await);
    assert_eq!(missing, code(404, "ResourceNotFoundException"));
    let update = bench.connect.update_contact_flow_module_alias();
    let update = update.instance_id(&id).contact_flow_module_id(&module);
    let update = update.alias_id(&alias).contact_flow_module_version(2);
    update.send().await.unwrap();
    let described = bench.connect.describe_contact_flow_module_alias();
    let described = described.instance_id(&id).contact_flow_module_id(&module);
    let described = described.alias_id(&alias).send().await.unwrap();
    let described = described.contact_flow_module_alias.unwrap();
    assert_eq!(described.version, Some(2));
    assert_eq!(described.name.as_deref(), Some("live"));
}

#[tokio::test]
async fn a_flow_calls_a_module_as_its_settings_declare() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let settings = r#"{"input":{"type":"object","properties":{"topic":{"type":"string"}}},"transitions":{"results":[{"name":"found","description":""}]}}"#;
    let module = create(&bench, &id, "Module").settings(settings);
    let module = module.send().await.unwrap().id.unwrap();
    let call = |input: &str, branch: &str| {
        let content = format!(
            r#"{{"Version":"2019-10-30","StartAction":"call","Actions":[
            {{"Identifier":"call","Type":"InvokeFlowModule","Parameters":{{"FlowModuleId":"{module}","Input":{{"{input}":"x"}}}},
             "Transitions":{{"NextAction":"bye","Conditions":[{{"NextAction":"bye","Condition":{{"Operator":"Equals","Operands":["{branch}"]}}}}],
              "Errors":[{{"NextAction":"bye","ErrorType":"NoMatchingError"}}]}}}},
            {{"Identifier":"bye","Type":"DisconnectParticipant","Parameters":{{}},"Transitions":{{}}}}]}}"#
        );
        bench
            .connect
            .create_contact_flow()
            .instance_id(&id)
            .name(format!("{input} {branch}"))
            .r#type(ContactFlowType::ContactFlow)
            .content(content)
            .send()
    };
    call("topic", "found").await.unwrap();
    for (input, branch) in [("colour", "found"), ("topic", "lost")] {
        let refused = refusal(call(input, branch).await);
        assert_eq!(refused, code(400, "InvalidContactFlowException"));
    }
}
