//! Prompts and views.

use aws_sdk_connect::types::{ViewInputContent, ViewStatus};

use super::{Bench, code, refusal};

/// A new prompt; its id.
pub(super) async fn prompt(bench: &Bench, instance: &str, name: &str) -> String {
    let create = bench.connect.create_prompt().instance_id(instance);
    let create = create.name(name).s3_uri("s3://acme-prompts/hello.wav");
    create.send().await.unwrap().prompt_id.unwrap()
}

#[tokio::test]
async fn a_prompt_is_described_without_where_it_came_from() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let prompt = prompt(&bench, &id, "hello").await;
    let connect = &bench.connect;
    let update = connect.update_prompt().instance_id(&id).prompt_id(&prompt);
    let update = update
        .description("Says hello")
        .s3_uri("s3://acme-prompts/hi.wav");
    update.send().await.unwrap();
    let described = connect.describe_prompt().instance_id(&id);
    let described = described.prompt_id(&prompt).send().await.unwrap();
    let described = described.prompt.unwrap();
    assert_eq!(described.name.as_deref(), Some("hello"));
    assert_eq!(described.description.as_deref(), Some("Says hello"));
    let delete = connect.delete_prompt().instance_id(&id).prompt_id(&prompt);
    delete.send().await.unwrap();
    let gone = connect.describe_prompt().instance_id(&id);
    let gone = gone.prompt_id(&prompt).send().await;
    assert_eq!(refusal(gone), code(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn a_prompt_needs_a_free_name_and_an_object() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let create = |name: &str, uri: &str| {
        let create = bench.connect.create_prompt().instance_id(&id);
        create.name(name).s3_uri(uri).send()
    };
    let refused = refusal(create("Beep.wav", "s3://acme/beep.wav").await);
    assert_eq!(refused, code(409, "DuplicateResourceException"));
    let refused = refusal(create("beep", "s3://acme").await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
}

fn content(template: &str) -> ViewInputContent {
    let content = ViewInputContent::builder().template(template);
    content.actions("Submit").build()
}

/// A new published view; its id.
pub(super) async fn view(bench: &Bench, instance: &str, name: &str) -> String {
    let create = bench.connect.create_view().instance_id(instance).name(name);
    let create = create.status(ViewStatus::Published).content(content("{}"));
    create.send().await.unwrap().view.unwrap().id.unwrap()
}

/// Template and status of a view, by id and qualifier.
async fn described(bench: &Bench, instance: &str, view: &str) -> (String, ViewStatus) {
    let described = bench.connect.describe_view().instance_id(instance);
    let view = described.view_id(view).send().await.unwrap().view.unwrap();
    let template = view.content.unwrap().template.unwrap();
    (template, view.status.unwrap())
}

#[tokio::test]
async fn a_draft_of_a_view_leaves_what_is_published() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let view = view(&bench, &id, "order form").await;
    let update = |template: &str, status| {
        let update = bench.connect.update_view_content().instance_id(&id);
        let update = update.view_id(&view).content(content(template));
        update.status(status).send()
    };
    update(r#"{"a":1}"#, ViewStatus::Saved).await.unwrap();
    let saved = format!("{view}:$SAVED");
    assert_eq!(
        described(&bench, &id, &view).await,
        ("{}".to_owned(), ViewStatus::Published)
    );
    assert_eq!(
        described(&bench, &id, &saved).await,
        (r#"{"a":1}"#.to_owned(), ViewStatus::Saved)
    );
    update(r#"{"b":1}"#, ViewStatus::Published).await.unwrap();
    for qualified in [&view, &saved, &format!("{view}:$LATEST")] {
        assert_eq!(described(&bench, &id, qualified).await.0, r#"{"b":1}"#);
    }
    let refused = refusal(update("no JSON", ViewStatus::Published).await);
    assert_eq!(refused, code(400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_view_that_was_only_saved_has_no_published_content() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let create = || {
        let create = bench.connect.create_view().instance_id(&id).name("draft");
        create.status(ViewStatus::Saved).content(content("later"))
    };
    let view = create()
        .client_token("t")
        .send()
        .await
        .unwrap()
        .view
        .unwrap();
    let view = view.id.unwrap();
    // The same request again, as a client sends it that got no answer.
    let again = create()
        .client_token("t")
        .send()
        .await
        .unwrap()
        .view
        .unwrap();
    assert_eq!(again.id.as_ref(), Some(&view));
    let other = refusal(create().client_token("u").send().await);
    assert_eq!(other, code(409, "DuplicateResourceException"));
    let plain = bench.connect.describe_view().instance_id(&id);
    let plain = plain.view_id(&view).send().await;
    assert_eq!(refusal(plain), code(404, "ResourceNotFoundException"));
    let version = bench.connect.create_view_version().instance_id(&id);
    let version = version.view_id(&view).send().await;
    assert_eq!(refusal(version), code(404, "ResourceNotFoundException"));
    let saved = described(&bench, &id, &format!("{view}:$SAVED")).await;
    assert_eq!(saved, ("later".to_owned(), ViewStatus::Saved));
}

#[tokio::test]
async fn a_version_of_a_view_keeps_its_content_and_comes_once_for_each() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let view = view(&bench, &id, "order form").await;
    let connect = &bench.connect;
    let version = |digest: Option<String>| {
        let create = connect.create_view_version().instance_id(&id);
        let create = create.view_id(&view).set_view_content_sha256(digest);
        create.send()
    };
    let first = version(None).await.unwrap().view.unwrap();
    assert_eq!(first.version, 1);
    let again = version(first.view_content_sha256.clone()).await.unwrap();
    assert_eq!(again.view.unwrap().version, 1);
    let update = connect
        .update_view_content()
        .instance_id(&id)
        .view_id(&view);
    let update = update.content(content(r#"{"a":1}"#));
    update.status(ViewStatus::Published).send().await.unwrap();
    let stale = refusal(version(first.view_content_sha256).await);
    assert_eq!(stale, code(400, "InvalidParameterException"));
    assert_eq!(version(None).await.unwrap().view.unwrap().version, 2);
    assert_eq!(described(&bench, &id, &format!("{view}:1")).await.0, "{}");
    let list = connect.list_view_versions().instance_id(&id).view_id(&view);
    let listed = list.send().await.unwrap();
    let numbers = listed.view_version_summary_list().iter();
    let numbers: Vec<i32> = numbers.map(|it| it.version).collect();
    assert_eq!(numbers, [2, 1]);
    let delete = connect.delete_view_version().instance_id(&id);
    let delete = delete.view_id(&view).view_version(1).send().await;
    delete.unwrap();
    let gone = connect.describe_view().instance_id(&id);
    let gone = gone.view_id(format!("{view}:1")).send().await;
    assert_eq!(refusal(gone), code(404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn views_are_listed_by_name_and_renamed_if_the_name_is_free() {
    let bench = Bench::start().await;
    let id = bench.instance("acme").await;
    let first = view(&bench, &id, "order form").await;
    view(&bench, &id, "claim form").await;
    let rename = |name: &str| {
        let rename = bench.connect.update_view_metadata().instance_id(&id);
        rename
            .view_id(&first)
            .name(name)
            .description("Takes it")
            .send()
    };
    let taken = refusal(rename("claim form").await);
    assert_eq!(taken, code(409, "DuplicateResourceException"));
    rename("big form").await.unwrap();
    let listed = bench.connect.list_views().instance_id(&id).send().await;
    let listed = listed.unwrap().views_summary_list.unwrap();
    let names: Vec<_> = listed.iter().filter_map(|it| it.name.as_deref()).collect();
    assert_eq!(names, ["big form", "claim form"]);
    let delete = bench.connect.delete_view().instance_id(&id).view_id(&first);
    delete.send().await.unwrap();
    let refused = refusal(rename("again").await);
    assert_eq!(refused, code(404, "ResourceNotFoundException"));
}
