//! A test for every action of the policies, named after it: without the action the run is refused,
//! and for lack of nothing else.

use super::{RECORDING, Recording, Run, is_missed};

macro_rules! each {
    ($run:ident: $($name:ident $action:literal,)*) => {
        mod $run {
            use super::check;

            pub(super) const ACTIONS: &[&str] = &[$($action),*];

            $(
                #[test]
                fn $name() {
                    check(|recording| &recording.$run, $action);
                }
            )*
        }
    };
}

fn check(run: fn(&Recording) -> &Run, action: &str) {
    assert!(
        is_missed(run(&RECORDING), action),
        "nothing asks for {action}"
    );
}

#[test]
fn every_action_of_every_policy_has_a_test() {
    let runs = [
        ("bootstrap", bootstrap::ACTIONS, &RECORDING.bootstrap),
        ("plan", plan::ACTIONS, &RECORDING.plan),
        ("deploy", deploy::ACTIONS, &RECORDING.deploy),
    ];
    for (word, tested, run) in runs {
        let granted = run.actions.iter().map(String::as_str);
        let missing: Vec<&str> = granted.filter(|it| !tested.contains(it)).collect();
        assert_eq!(missing, [""; 0], "{word}: no test is named after it");
    }
}

each! {
    bootstrap:
    connect_associate_approved_origin "connect:AssociateApprovedOrigin",
    connect_associate_bot "connect:AssociateBot",
    connect_associate_instance_storage_config "connect:AssociateInstanceStorageConfig",
    connect_associate_routing_profile_queues "connect:AssociateRoutingProfileQueues",
    connect_create_hours_of_operation "connect:CreateHoursOfOperation",
    connect_create_instance "connect:CreateInstance",
    connect_create_prompt "connect:CreatePrompt",
    connect_create_queue "connect:CreateQueue",
    connect_create_routing_profile "connect:CreateRoutingProfile",
    connect_create_security_profile "connect:CreateSecurityProfile",
    connect_create_view "connect:CreateView",
    connect_create_view_version "connect:CreateViewVersion",
    connect_disassociate_routing_profile_queues "connect:DisassociateRoutingProfileQueues",
    connect_tag_resource "connect:TagResource",
    connect_update_hours_of_operation "connect:UpdateHoursOfOperation",
    connect_update_instance_attribute "connect:UpdateInstanceAttribute",
    connect_update_instance_storage_config "connect:UpdateInstanceStorageConfig",
    connect_update_prompt "connect:UpdatePrompt",
    connect_update_queue_hours_of_operation "connect:UpdateQueueHoursOfOperation",
    connect_update_queue_max_contacts "connect:UpdateQueueMaxContacts",
    connect_update_queue_name "connect:UpdateQueueName",
    connect_update_queue_status "connect:UpdateQueueStatus",
    connect_update_routing_profile_concurrency "connect:UpdateRoutingProfileConcurrency",
    connect_update_routing_profile_default_outbound_queue "connect:UpdateRoutingProfileDefaultOutboundQueue",
    connect_update_routing_profile_name "connect:UpdateRoutingProfileName",
    connect_update_routing_profile_queues "connect:UpdateRoutingProfileQueues",
    connect_update_security_profile "connect:UpdateSecurityProfile",
    connect_update_view_content "connect:UpdateViewContent",
    connect_update_view_metadata "connect:UpdateViewMetadata",
    ds_authorize_application "ds:AuthorizeApplication",
    ds_check_alias "ds:CheckAlias",
    ds_create_alias "ds:CreateAlias",
    ds_create_directory "ds:CreateDirectory",
    ds_create_identity_pool_directory "ds:CreateIdentityPoolDirectory",
    ds_delete_directory "ds:DeleteDirectory",
    ds_unauthorize_application "ds:UnauthorizeApplication",
    dynamodb_create_table "dynamodb:CreateTable",
    dynamodb_put_item "dynamodb:PutItem",
    dynamodb_tag_resource "dynamodb:TagResource",
    dynamodb_update_continuous_backups "dynamodb:UpdateContinuousBackups",
    dynamodb_update_item "dynamodb:UpdateItem",
    dynamodb_update_table "dynamodb:UpdateTable",
    dynamodb_update_time_to_live "dynamodb:UpdateTimeToLive",
    iam_attach_role_policy "iam:AttachRolePolicy",
    iam_create_role "iam:CreateRole",
    iam_create_service_linked_role "iam:CreateServiceLinkedRole",
    iam_put_role_policy "iam:PutRolePolicy",
    iam_tag_role "iam:TagRole",
    iam_update_assume_role_policy "iam:UpdateAssumeRolePolicy",
    kms_create_alias "kms:CreateAlias",
    kms_create_grant "kms:CreateGrant",
    kms_create_key "kms:CreateKey",
    kms_decrypt "kms:Decrypt",
    kms_enable_key_rotation "kms:EnableKeyRotation",
    kms_generate_data_key "kms:GenerateDataKey",
    kms_list_aliases "kms:ListAliases",
    kms_list_keys "kms:ListKeys",
    kms_put_key_policy "kms:PutKeyPolicy",
    kms_tag_resource "kms:TagResource",
    lex_create_resource_policy "lex:CreateResourcePolicy",
    lex_describe_bot_alias "lex:DescribeBotAlias",
    lex_get_bot "lex:GetBot",
    lex_update_resource_policy "lex:UpdateResourcePolicy",
    logs_create_log_group "logs:CreateLogGroup",
    logs_put_retention_policy "logs:PutRetentionPolicy",
    logs_tag_resource "logs:TagResource",
    s3_create_bucket "s3:CreateBucket",
    s3_get_bucket_acl "s3:GetBucketAcl",
    s3_get_bucket_location "s3:GetBucketLocation",
    s3_get_object "s3:GetObject",
    s3_get_object_acl "s3:GetObjectAcl",
    s3_put_bucket_cors "s3:PutBucketCORS",
    s3_put_bucket_policy "s3:PutBucketPolicy",
    s3_put_bucket_public_access_block "s3:PutBucketPublicAccessBlock",
    s3_put_bucket_tagging "s3:PutBucketTagging",
    s3_put_encryption_configuration "s3:PutEncryptionConfiguration",
    s3_put_lifecycle_configuration "s3:PutLifecycleConfiguration",
    s3_tag_resource "s3:TagResource",
    sns_create_topic "sns:CreateTopic",
    sns_set_topic_attributes "sns:SetTopicAttributes",
    sns_tag_resource "sns:TagResource",
    sqs_create_queue "sqs:CreateQueue",
    sqs_set_queue_attributes "sqs:SetQueueAttributes",
    sqs_tag_queue "sqs:TagQueue",
}

each! {
    plan:
    connect_describe_contact_flow "connect:DescribeContactFlow",
    connect_describe_contact_flow_module "connect:DescribeContactFlowModule",
    connect_describe_hours_of_operation "connect:DescribeHoursOfOperation",
    connect_describe_instance "connect:DescribeInstance",
    connect_describe_prompt "connect:DescribePrompt",
    connect_describe_queue "connect:DescribeQueue",
    connect_describe_quick_connect "connect:DescribeQuickConnect",
    connect_describe_routing_profile "connect:DescribeRoutingProfile",
    connect_describe_security_profile "connect:DescribeSecurityProfile",
    connect_describe_view "connect:DescribeView",
    connect_list_approved_origins "connect:ListApprovedOrigins",
    connect_list_bots "connect:ListBots",
    connect_list_contact_flow_module_aliases "connect:ListContactFlowModuleAliases",
    connect_list_contact_flow_modules "connect:ListContactFlowModules",
    connect_list_contact_flows "connect:ListContactFlows",
    connect_list_hours_of_operations "connect:ListHoursOfOperations",
    connect_list_instance_attributes "connect:ListInstanceAttributes",
    connect_list_instance_storage_configs "connect:ListInstanceStorageConfigs",
    connect_list_instances "connect:ListInstances",
    connect_list_lambda_functions "connect:ListLambdaFunctions",
    connect_list_prompts "connect:ListPrompts",
    connect_list_queue_quick_connects "connect:ListQueueQuickConnects",
    connect_list_queues "connect:ListQueues",
    connect_list_quick_connects "connect:ListQuickConnects",
    connect_list_routing_profile_queues "connect:ListRoutingProfileQueues",
    connect_list_routing_profiles "connect:ListRoutingProfiles",
    connect_list_security_profile_permissions "connect:ListSecurityProfilePermissions",
    connect_list_security_profiles "connect:ListSecurityProfiles",
    connect_list_users "connect:ListUsers",
    connect_list_views "connect:ListViews",
    connect_search_contact_flow_modules "connect:SearchContactFlowModules",
    connect_search_contact_flows "connect:SearchContactFlows",
    ds_describe_directories "ds:DescribeDirectories",
    dynamodb_describe_continuous_backups "dynamodb:DescribeContinuousBackups",
    dynamodb_describe_table "dynamodb:DescribeTable",
    dynamodb_describe_time_to_live "dynamodb:DescribeTimeToLive",
    dynamodb_get_item "dynamodb:GetItem",
    dynamodb_list_tags_of_resource "dynamodb:ListTagsOfResource",
    dynamodb_query "dynamodb:Query",
    iam_get_role "iam:GetRole",
    iam_get_role_policy "iam:GetRolePolicy",
    kms_describe_key "kms:DescribeKey",
    kms_get_key_policy "kms:GetKeyPolicy",
    kms_get_key_rotation_status "kms:GetKeyRotationStatus",
    kms_list_resource_tags "kms:ListResourceTags",
    lambda_get_function_configuration "lambda:GetFunctionConfiguration",
    lambda_get_function_event_invoke_config "lambda:GetFunctionEventInvokeConfig",
    lambda_get_policy "lambda:GetPolicy",
    lambda_list_functions "lambda:ListFunctions",
    lambda_list_tags "lambda:ListTags",
    lambda_list_versions_by_function "lambda:ListVersionsByFunction",
    logs_describe_log_groups "logs:DescribeLogGroups",
    logs_list_tags_for_resource "logs:ListTagsForResource",
    s3_get_bucket_cors "s3:GetBucketCORS",
    s3_get_bucket_policy "s3:GetBucketPolicy",
    s3_get_bucket_public_access_block "s3:GetBucketPublicAccessBlock",
    s3_get_bucket_tagging "s3:GetBucketTagging",
    s3_get_encryption_configuration "s3:GetEncryptionConfiguration",
    s3_get_lifecycle_configuration "s3:GetLifecycleConfiguration",
    s3_list_bucket "s3:ListBucket",
    servicequotas_list_service_quotas "servicequotas:ListServiceQuotas",
    sns_get_subscription_attributes "sns:GetSubscriptionAttributes",
    sns_get_topic_attributes "sns:GetTopicAttributes",
    sns_list_subscriptions_by_topic "sns:ListSubscriptionsByTopic",
    sns_list_tags_for_resource "sns:ListTagsForResource",
    sqs_get_queue_attributes "sqs:GetQueueAttributes",
    sqs_get_queue_url "sqs:GetQueueUrl",
    sqs_list_queue_tags "sqs:ListQueueTags",
}

each! {
    deploy:
    connect_associate_lambda_function "connect:AssociateLambdaFunction",
    connect_associate_queue_quick_connects "connect:AssociateQueueQuickConnects",
    connect_create_contact_flow "connect:CreateContactFlow",
    connect_create_contact_flow_module "connect:CreateContactFlowModule",
    connect_create_contact_flow_module_alias "connect:CreateContactFlowModuleAlias",
    connect_create_contact_flow_module_version "connect:CreateContactFlowModuleVersion",
    connect_create_quick_connect "connect:CreateQuickConnect",
    connect_delete_contact_flow "connect:DeleteContactFlow",
    connect_delete_contact_flow_module "connect:DeleteContactFlowModule",
    connect_disassociate_lambda_function "connect:DisassociateLambdaFunction",
    connect_disassociate_queue_quick_connects "connect:DisassociateQueueQuickConnects",
    connect_tag_resource "connect:TagResource",
    connect_update_contact_flow_content "connect:UpdateContactFlowContent",
    connect_update_contact_flow_metadata "connect:UpdateContactFlowMetadata",
    connect_update_contact_flow_module_alias "connect:UpdateContactFlowModuleAlias",
    connect_update_contact_flow_module_content "connect:UpdateContactFlowModuleContent",
    connect_update_contact_flow_module_metadata "connect:UpdateContactFlowModuleMetadata",
    connect_update_contact_flow_name "connect:UpdateContactFlowName",
    connect_update_quick_connect_config "connect:UpdateQuickConnectConfig",
    connect_update_quick_connect_name "connect:UpdateQuickConnectName",
    dynamodb_put_item "dynamodb:PutItem",
    dynamodb_update_item "dynamodb:UpdateItem",
    iam_pass_role "iam:PassRole",
    lambda_add_permission "lambda:AddPermission",
    lambda_create_alias "lambda:CreateAlias",
    lambda_create_function "lambda:CreateFunction",
    lambda_delete_function "lambda:DeleteFunction",
    lambda_get_alias "lambda:GetAlias",
    lambda_publish_version "lambda:PublishVersion",
    lambda_put_function_event_invoke_config "lambda:PutFunctionEventInvokeConfig",
    lambda_remove_permission "lambda:RemovePermission",
    lambda_tag_resource "lambda:TagResource",
    lambda_update_alias "lambda:UpdateAlias",
    lambda_update_function_code "lambda:UpdateFunctionCode",
    lambda_update_function_configuration "lambda:UpdateFunctionConfiguration",
    sns_set_subscription_attributes "sns:SetSubscriptionAttributes",
    sns_subscribe "sns:Subscribe",
    sns_unsubscribe "sns:Unsubscribe",
}
