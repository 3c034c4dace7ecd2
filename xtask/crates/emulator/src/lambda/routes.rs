//! The paths of Lambda's interface.

use http::Method;

use crate::wire::Request;

/// Method, path and operation. A segment in braces stands for any; what has an implementation is
/// decided where operations are carried out.
const ROUTES: [(&str, &str, &str); 60] = [
    ("POST", "2015-03-31/functions", "CreateFunction"),
    ("GET", "2015-03-31/functions", "ListFunctions"),
    ("GET", "2015-03-31/functions/{}", "GetFunction"),
    ("DELETE", "2015-03-31/functions/{}", "DeleteFunction"),
    (
        "GET",
        "2015-03-31/functions/{}/configuration",
        "GetFunctionConfiguration",
    ),
    (
        "PUT",
        "2015-03-31/functions/{}/configuration",
        "UpdateFunctionConfiguration",
    ),
    ("PUT", "2015-03-31/functions/{}/code", "UpdateFunctionCode"),
    ("POST", "2015-03-31/functions/{}/versions", "PublishVersion"),
    (
        "GET",
        "2015-03-31/functions/{}/versions",
        "ListVersionsByFunction",
    ),
    ("POST", "2015-03-31/functions/{}/aliases", "CreateAlias"),
    ("GET", "2015-03-31/functions/{}/aliases", "ListAliases"),
    ("GET", "2015-03-31/functions/{}/aliases/{}", "GetAlias"),
    ("PUT", "2015-03-31/functions/{}/aliases/{}", "UpdateAlias"),
    (
        "DELETE",
        "2015-03-31/functions/{}/aliases/{}",
        "DeleteAlias",
    ),
    ("POST", "2015-03-31/functions/{}/policy", "AddPermission"),
    ("GET", "2015-03-31/functions/{}/policy", "GetPolicy"),
    (
        "DELETE",
        "2015-03-31/functions/{}/policy/{}",
        "RemovePermission",
    ),
    ("POST", "2015-03-31/functions/{}/invocations", "Invoke"),
    (
        "POST",
        "2014-11-13/functions/{}/invoke-async",
        "InvokeAsync",
    ),
    (
        "POST",
        "2021-11-15/functions/{}/response-streaming-invocations",
        "InvokeWithResponseStream",
    ),
    (
        "PUT",
        "2017-10-31/functions/{}/concurrency",
        "PutFunctionConcurrency",
    ),
    (
        "DELETE",
        "2017-10-31/functions/{}/concurrency",
        "DeleteFunctionConcurrency",
    ),
    (
        "GET",
        "2019-09-30/functions/{}/concurrency",
        "GetFunctionConcurrency",
    ),
    ("GET", "2017-03-31/tags/{}", "ListTags"),
    ("POST", "2017-03-31/tags/{}", "TagResource"),
    ("DELETE", "2017-03-31/tags/{}", "UntagResource"),
    ("GET", "2016-08-19/account-settings", "GetAccountSettings"),
    (
        "POST",
        "2015-03-31/event-source-mappings",
        "CreateEventSourceMapping",
    ),
    (
        "GET",
        "2015-03-31/event-source-mappings",
        "ListEventSourceMappings",
    ),
    (
        "GET",
        "2015-03-31/event-source-mappings/{}",
        "GetEventSourceMapping",
    ),
    (
        "PUT",
        "2015-03-31/event-source-mappings/{}",
        "UpdateEventSourceMapping",
    ),
    (
        "DELETE",
        "2015-03-31/event-source-mappings/{}",
        "DeleteEventSourceMapping",
    ),
    (
        "PUT",
        "2019-09-25/functions/{}/event-invoke-config",
        "PutFunctionEventInvokeConfig",
    ),
    (
        "POST",
        "2019-09-25/functions/{}/event-invoke-config",
        "UpdateFunctionEventInvokeConfig",
    ),
    (
        "GET",
        "2019-09-25/functions/{}/event-invoke-config",
        "GetFunctionEventInvokeConfig",
    ),
    (
        "DELETE",
        "2019-09-25/functions/{}/event-invoke-config",
        "DeleteFunctionEventInvokeConfig",
    ),
    (
        "GET",
        "2019-09-25/functions/{}/event-invoke-config/list",
        "ListFunctionEventInvokeConfigs",
    ),
    (
        "PUT",
        "2019-09-30/functions/{}/provisioned-concurrency",
        "PutProvisionedConcurrencyConfig",
    ),
    (
        "GET",
        "2019-09-30/functions/{}/provisioned-concurrency",
        "GetProvisionedConcurrencyConfig",
    ),
    (
        "DELETE",
        "2019-09-30/functions/{}/provisioned-concurrency",
        "DeleteProvisionedConcurrencyConfig",
    ),
    (
        "POST",
        "2021-10-31/functions/{}/url",
        "CreateFunctionUrlConfig",
    ),
    ("GET", "2021-10-31/functions/{}/url", "GetFunctionUrlConfig"),
    (
        "PUT",
        "2021-10-31/functions/{}/url",
        "UpdateFunctionUrlConfig",
    ),
    (
        "DELETE",
        "2021-10-31/functions/{}/url",
        "DeleteFunctionUrlConfig",
    ),
    (
        "GET",
        "2021-10-31/functions/{}/urls",
        "ListFunctionUrlConfigs",
    ),
    (
        "PUT",
        "2020-06-30/functions/{}/code-signing-config",
        "PutFunctionCodeSigningConfig",
    ),
    (
        "GET",
        "2020-06-30/functions/{}/code-signing-config",
        "GetFunctionCodeSigningConfig",
    ),
    (
        "DELETE",
        "2020-06-30/functions/{}/code-signing-config",
        "DeleteFunctionCodeSigningConfig",
    ),
    (
        "POST",
        "2020-04-22/code-signing-configs",
        "CreateCodeSigningConfig",
    ),
    (
        "GET",
        "2020-04-22/code-signing-configs",
        "ListCodeSigningConfigs",
    ),
    (
        "GET",
        "2021-07-20/functions/{}/runtime-management-config",
        "GetRuntimeManagementConfig",
    ),
    (
        "PUT",
        "2021-07-20/functions/{}/runtime-management-config",
        "PutRuntimeManagementConfig",
    ),
    (
        "GET",
        "2024-08-31/functions/{}/recursion-config",
        "GetFunctionRecursionConfig",
    ),
    (
        "PUT",
        "2024-08-31/functions/{}/recursion-config",
        "PutFunctionRecursionConfig",
    ),
    ("GET", "2018-10-31/layers", "ListLayers"),
    (
        "POST",
        "2018-10-31/layers/{}/versions",
        "PublishLayerVersion",
    ),
    ("GET", "2018-10-31/layers/{}/versions", "ListLayerVersions"),
    ("GET", "2018-10-31/layers/{}/versions/{}", "GetLayerVersion"),
    (
        "DELETE",
        "2018-10-31/layers/{}/versions/{}",
        "DeleteLayerVersion",
    ),
    (
        "GET",
        "2018-10-31/layers/{}/versions/{}/policy",
        "GetLayerVersionPolicy",
    ),
];

/// The operation a request is for.
pub(crate) fn operation(request: &Request) -> Option<&'static str> {
    ROUTES
        .iter()
        .find(|(method, path, _)| request.method == method_of(method) && fits(path, &request.path))
        .map(|(_, _, operation)| *operation)
}

fn method_of(name: &str) -> Method {
    match name {
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "DELETE" => Method::DELETE,
        _ => Method::GET,
    }
}

fn fits(pattern: &str, path: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    pattern.len() == path.len()
        && pattern
            .iter()
            .zip(path)
            .all(|(pattern, segment)| *pattern == "{}" || pattern == segment)
}
