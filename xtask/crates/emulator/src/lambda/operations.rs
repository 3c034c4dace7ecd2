//! The control plane: functions, versions, aliases, permissions, tags, concurrency.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::error::{conflict, constraint, invalid, missing, no_function, not_found, stale};
use super::event_invoke;
use super::function::{Alias, Configuration, Function, FunctionName, Transition, new_revision};
use super::{Service, State, invoke, settings};
use crate::resource_policy::{self, ServiceCall};
use crate::wire::{Request, Response, ServiceError};
use crate::world::World;

type Answer = Result<Response, ServiceError>;

/// A request for one function.
pub(super) struct Command<'a> {
    pub(super) world: &'a World,
    pub(super) request: &'a Request,
    pub(super) input: Map<String, Value>,
    pub(super) qualifier: Option<&'a str>,
}

impl Command<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    fn needed(&self, name: &str) -> Result<&str, ServiceError> {
        self.text(name)
            .ok_or_else(|| constraint(name, "null", "Member must not be null"))
    }

    /// The last segment of the path.
    fn last_segment(&self) -> &str {
        self.request
            .path
            .last()
            .map(String::as_str)
            .unwrap_or_default()
    }
}

/// Carries out an operation; `None` if it is not here.
pub(crate) async fn handle(
    world: &Arc<World>,
    operation: &'static str,
    request: &Request,
) -> Option<Answer> {
    let service = &world.lambda;
    let of_function: fn(&mut Function, &Command<'_>) -> Answer = match operation {
        "CreateFunction" => return Some(service.create(world, request).await),
        "DeleteFunction" => return Some(service.delete(world, request)),
        "ListFunctions" => return Some(service.list(request)),
        "Invoke" => return Some(invoke::handle(world, request).await),
        "UpdateFunctionConfiguration" => {
            if let Err(error) = check_new_role(world, request).await {
                return Some(Err(error));
            }
            update_configuration
        }
        "TagResource" => tag,
        "UntagResource" => untag,
        "ListTags" => |function, _| Ok(Response::json(&json!({ "Tags": function.tags }))),
        "GetFunction" => get_function,
        "GetFunctionConfiguration" => get_configuration,
        "UpdateFunctionCode" => update_code,
        "PublishVersion" => publish_version,
        "ListVersionsByFunction" => list_versions,
        "CreateAlias" => create_alias,
        "GetAlias" => |function, command| show_alias(function, command.last_segment(), 200),
        "UpdateAlias" => update_alias,
        "DeleteAlias" => delete_alias,
        "ListAliases" => list_aliases,
        "AddPermission" => |function, command| {
            let statement = function.add_permission(command.qualifier, &command.input)?;
            Ok(Response::json(&statement).with_status(201))
        },
        "GetPolicy" => |function, command| Ok(Response::json(&function.policy(command.qualifier)?)),
        "RemovePermission" => |function, command| {
            let revision = command.request.query("RevisionId");
            function.remove_permission(command.qualifier, command.last_segment(), revision)?;
            Ok(no_content())
        },
        "PutFunctionConcurrency" => put_concurrency,
        "PutFunctionEventInvokeConfig" => event_invoke::put,
        "UpdateFunctionEventInvokeConfig" => event_invoke::update,
        "GetFunctionEventInvokeConfig" => event_invoke::get,
        "DeleteFunctionEventInvokeConfig" => event_invoke::delete,
        "GetFunctionConcurrency" => |function, _| Ok(Response::json(&concurrency(function))),
        "DeleteFunctionConcurrency" => |function, _| {
            function.reserved_concurrency = None;
            Ok(no_content())
        },
        _ => return None,
    };
    Some(service.on_function(world, request, of_function))
}

impl Service {
    /// Does something to the function a request names, and lets go of environments that run what
    /// is not current any more.
    fn on_function(
        &self,
        world: &World,
        request: &Request,
        run: fn(&mut Function, &Command<'_>) -> Answer,
    ) -> Answer {
        let named = named(world, request)?;
        let mut state = self.state();
        let function = function_mut(world, &mut state, &named.name)?;
        let command = Command {
            world,
            request,
            input: request.json()?,
            qualifier: named.qualifier.as_deref(),
        };
        let answer = run(function, &command);
        let stale = self.runner.take_stale(function);
        drop(state);
        drop(stale);
        answer
    }

    async fn create(&self, world: &World, request: &Request) -> Answer {
        let input = request.json()?;
        let text = |name: &str| input.get(name).and_then(Value::as_str);
        let given = text("FunctionName").unwrap_or_default();
        let named = FunctionName::parse(given, &world.account, &world.region);
        let name = named.map(|named| named.name).filter(|name| is_name(name));
        let name = name.ok_or_else(|| {
            constraint(
                "functionName",
                given,
                "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+",
            )
        })?;
        if text("PackageType").is_some_and(|kind| kind != "Zip") {
            return Err(missing("functions from container images"));
        }
        for needed in ["Role", "Runtime", "Handler"] {
            if text(needed).is_none_or(str::is_empty) {
                return Err(invalid(format!(
                    "{needed} is mandatory for functions created with deployment packages."
                )));
            }
        }
        let empty = Map::new();
        let code = input
            .get("Code")
            .and_then(Value::as_object)
            .unwrap_or(&empty);
        let mut configuration = Configuration {
            version: "$LATEST".to_owned(),
            runtime: String::new(),
            role: String::new(),
            handler: String::new(),
            description: String::new(),
            timeout: 3,
            memory: 128,
            environment: IndexMap::new(),
            architecture: settings::read_architecture(&input)?
                .unwrap_or_else(|| "x86_64".to_owned()),
            package: settings::read_code(code)?,
            last_modified: world.clock.now(),
            revision_id: new_revision(),
            kept: Map::new(),
        };
        configuration.apply(&input)?;
        check_role(world, &configuration.role, &arn(world, &name)).await?;
        let mut state = self.state();
        if state.functions.contains_key(&name) {
            return Err(conflict(format!("Function already exist: {name}")));
        }
        let mut function = Function {
            arn: arn(world, &name),
            name: name.clone(),
            latest: Arc::new(configuration),
            versions: BTreeMap::new(),
            published: None,
            last_version: 0,
            aliases: BTreeMap::new(),
            policies: BTreeMap::new(),
            tags: texts(input.get("Tags")),
            reserved_concurrency: None,
            event_configs: BTreeMap::new(),
            transition: Transition::Creating,
        };
        let shown = match input.get("Publish") == Some(&Value::Bool(true)) {
            true => {
                let version = function.publish(None, world.clock.now());
                let mut shown = function.describe(&version, Some(&version.version));
                shown["State"] = json!("Pending");
                shown
            }
            false => function.describe(&function.latest, None),
        };
        state.functions.insert(name, function);
        Ok(Response::json(&shown).with_status(201))
    }

    fn delete(&self, world: &World, request: &Request) -> Answer {
        let named = named(world, request)?;
        let mut state = self.state();
        let function = function_mut(world, &mut state, &named.name)?;
        match named.qualifier.as_deref() {
            None => {
                function.versions.clear();
                function.latest = Arc::new(Configuration {
                    // No environment runs this revision, so all of them are let go of.
                    revision_id: new_revision(),
                    ..Configuration::clone(&function.latest)
                });
                let stale = self.runner.take_stale(function);
                state.functions.shift_remove(&named.name);
                drop(state);
                drop(stale);
            }
            Some(version) => {
                let user = function
                    .aliases
                    .values()
                    .find(|alias| alias.version == version);
                if let Some(alias) = user {
                    return Err(conflict(format!(
                        "Version {version} of the function is in use by the alias {}.",
                        alias.name
                    )));
                }
                let number = version.parse().map_err(|_| {
                    invalid("Only a published version can be deleted by its qualifier.")
                })?;
                function.versions.remove(&number);
                let stale = self.runner.take_stale(function);
                drop(state);
                drop(stale);
            }
        }
        Ok(no_content())
    }

    fn list(&self, request: &Request) -> Answer {
        let state = self.state();
        let mut names: Vec<&String> = state.functions.keys().collect();
        names.sort();
        let all_versions = request.query("FunctionVersion") == Some("ALL");
        let shown = names.into_iter().flat_map(|name| {
            let function = &state.functions[name];
            let versions = function.versions.values().filter(|_| all_versions);
            let latest = function.describe(&function.latest, None);
            std::iter::once(latest).chain(versions.map(|v| function.describe(v, Some(&v.version))))
        });
        page(request, "Functions", shown.collect())
    }
}

/// Shows a function and lets what AWS does in the background be over.
fn get_function(function: &mut Function, command: &Command<'_>) -> Answer {
    let configuration = function.configuration(command.qualifier)?;
    function.transition = Transition::Done;
    let mut shown = json!({
        "Configuration": function.describe(&configuration, command.qualifier),
        "Code": {
            "RepositoryType": "S3",
            "Location": format!(
                "{}/_flowyard/functions/{}/versions/{}/code",
                command.world.endpoint(), function.name, configuration.version
            ),
        },
        "Tags": function.tags,
    });
    if function.reserved_concurrency.is_some() {
        shown["Concurrency"] = concurrency(function);
    }
    Ok(Response::json(&shown))
}

fn get_configuration(function: &mut Function, command: &Command<'_>) -> Answer {
    let configuration = function.configuration(command.qualifier)?;
    function.transition = Transition::Done;
    Ok(Response::json(
        &function.describe(&configuration, command.qualifier),
    ))
}

fn update_code(function: &mut Function, command: &Command<'_>) -> Answer {
    check_settled(function)?;
    check_revision(&function.latest.revision_id, command.text("RevisionId"))?;
    let mut updated = Configuration::clone(&function.latest);
    updated.package = settings::read_code(&command.input)?;
    if let Some(architecture) = settings::read_architecture(&command.input)? {
        updated.architecture = architecture;
    }
    let flag = |name: &str| command.input.get(name) == Some(&Value::Bool(true));
    if flag("DryRun") {
        return Ok(Response::json(&function.describe(&updated, None)));
    }
    replace_latest(function, updated, command.world);
    if flag("Publish") {
        let version = function.publish(None, command.world.clock.now());
        return Ok(Response::json(
            &function.describe(&version, Some(&version.version)),
        ));
    }
    Ok(Response::json(&function.describe(&function.latest, None)))
}

fn update_configuration(function: &mut Function, command: &Command<'_>) -> Answer {
    check_settled(function)?;
    check_revision(&function.latest.revision_id, command.text("RevisionId"))?;
    let mut updated = Configuration::clone(&function.latest);
    updated.apply(&command.input)?;
    replace_latest(function, updated, command.world);
    Ok(Response::json(&function.describe(&function.latest, None)))
}

fn replace_latest(function: &mut Function, mut updated: Configuration, world: &World) {
    updated.revision_id = new_revision();
    updated.last_modified = world.clock.now();
    function.latest = Arc::new(updated);
    function.transition = Transition::Updating;
}

fn publish_version(function: &mut Function, command: &Command<'_>) -> Answer {
    check_settled(function)?;
    check_revision(&function.latest.revision_id, command.text("RevisionId"))?;
    let sha = command.text("CodeSha256").filter(|sha| !sha.is_empty());
    if sha.is_some_and(|sha| sha != function.latest.package.sha256) {
        return Err(invalid(format!(
            "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again \
             with the CodeSHA256 in $LATEST.",
            sha.unwrap_or_default(),
            function.latest.package.sha256
        )));
    }
    let description = command.text("Description").filter(|text| !text.is_empty());
    let version = function.publish(description, command.world.clock.now());
    let shown = function.describe(&version, Some(&version.version));
    Ok(Response::json(&shown).with_status(201))
}

fn list_versions(function: &mut Function, command: &Command<'_>) -> Answer {
    let latest = function.describe(&function.latest, Some("$LATEST"));
    let versions = function.versions.values();
    let numbered = versions.map(|version| function.describe(version, Some(&version.version)));
    page(
        command.request,
        "Versions",
        std::iter::once(latest).chain(numbered).collect(),
    )
}

fn create_alias(function: &mut Function, command: &Command<'_>) -> Answer {
    let name = command.needed("Name")?;
    if !is_name(name) || name.bytes().all(|byte| byte.is_ascii_digit()) {
        let rule = "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)";
        return Err(constraint("name", name, rule));
    }
    if function.aliases.contains_key(name) {
        let arn = function.qualified_arn(Some(name));
        return Err(conflict(format!("Alias already exists: {arn}")));
    }
    let alias = Alias {
        name: name.to_owned(),
        version: existing_version(function, command.needed("FunctionVersion")?)?,
        description: command.text("Description").unwrap_or_default().to_owned(),
        revision_id: new_revision(),
        weight: read_weight(function, command.input.get("RoutingConfig"))?,
    };
    function.aliases.insert(name.to_owned(), alias);
    show_alias(function, name, 201)
}

fn update_alias(function: &mut Function, command: &Command<'_>) -> Answer {
    let name = command.last_segment();
    let known = function
        .aliases
        .get(name)
        .ok_or_else(|| no_alias(function, name))?;
    check_revision(&known.revision_id, command.text("RevisionId"))?;
    let mut alias = known.clone();
    if let Some(version) = command.text("FunctionVersion") {
        alias.version = existing_version(function, version)?;
    }
    if let Some(description) = command.text("Description") {
        description.clone_into(&mut alias.description);
    }
    if let Some(routing) = command.input.get("RoutingConfig") {
        alias.weight = read_weight(function, Some(routing))?;
    }
    alias.revision_id = new_revision();
    function.aliases.insert(name.to_owned(), alias);
    show_alias(function, name, 200)
}

fn show_alias(function: &Function, name: &str, status: u16) -> Answer {
    let alias = function
        .aliases
        .get(name)
        .ok_or_else(|| no_alias(function, name))?;
    Ok(Response::json(&function.describe_alias(alias)).with_status(status))
}

/// Deleting an alias that does not exist succeeds: the model of the operation knows no error for it.
fn delete_alias(function: &mut Function, command: &Command<'_>) -> Answer {
    let name = command.last_segment();
    function.aliases.remove(name);
    function.policies.remove(name);
    Ok(no_content())
}

fn list_aliases(function: &mut Function, command: &Command<'_>) -> Answer {
    let of_version = command.request.query("FunctionVersion");
    let aliases = function.aliases.values();
    let shown = aliases
        .filter(|alias| of_version.is_none_or(|version| alias.version == version))
        .map(|alias| function.describe_alias(alias));
    page(command.request, "Aliases", shown.collect())
}

fn put_concurrency(function: &mut Function, command: &Command<'_>) -> Answer {
    let reserved = command
        .input
        .get("ReservedConcurrentExecutions")
        .and_then(Value::as_u64);
    let rule = "Member must not be null";
    let reserved =
        reserved.ok_or_else(|| constraint("reservedConcurrentExecutions", "null", rule))?;
    function.reserved_concurrency = Some(reserved);
    Ok(Response::json(&concurrency(function)))
}

fn concurrency(function: &Function) -> Value {
    match function.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    }
}

fn tag(function: &mut Function, command: &Command<'_>) -> Answer {
    function.tags.extend(texts(command.input.get("Tags")));
    Ok(no_content())
}

fn untag(function: &mut Function, command: &Command<'_>) -> Answer {
    for key in command.request.query_all("tagKeys") {
        function.tags.shift_remove(key);
    }
    Ok(no_content())
}

/// The function a request names in its path, with the qualifier from there or from the query.
pub(super) fn named(world: &World, request: &Request) -> Result<FunctionName, ServiceError> {
    let text = request.path.get(2).map(String::as_str).unwrap_or_default();
    let mut named = FunctionName::parse(text, &world.account, &world.region)
        .ok_or_else(|| no_function(text))?;
    match (named.qualifier.as_deref(), request.query("Qualifier")) {
        (Some(one), Some(other)) if one != other => Err(invalid(
            "The derived qualifier from the function name does not match the specified qualifier.",
        )),
        (None, Some(qualifier)) => {
            named.qualifier = Some(qualifier.to_owned());
            Ok(named)
        }
        _ => Ok(named),
    }
}

fn function_mut<'a>(
    world: &World,
    state: &'a mut State,
    name: &str,
) -> Result<&'a mut Function, ServiceError> {
    state
        .functions
        .get_mut(name)
        .ok_or_else(|| no_function(&arn(world, name)))
}

async fn check_new_role(world: &World, request: &Request) -> Result<(), ServiceError> {
    match request.json()?.get("Role").and_then(Value::as_str) {
        Some(role) => {
            let named = named(world, request)?;
            check_role(world, role, &arn(world, &named.name)).await
        }
        None => Ok(()),
    }
}

/// Refuses a role that does not exist, does not trust Lambda or is too young to be known here, with
/// the one text AWS has for all of them.
/// The trust may be limited to the function.
async fn check_role(world: &World, role: &str, function: &str) -> Result<(), ServiceError> {
    let call = ServiceCall {
        principal: "lambda.amazonaws.com",
        action: "sts:AssumeRole",
        resource: role,
        source_account: &world.account,
        source_arn: function,
    };
    let is_known = world.consistency.role_is_known(role, world.clock.now());
    match world.library.trust_policy(role).await {
        Some(trust) if is_known && resource_policy::admits(&trust, &call) => Ok(()),
        _ => Err(invalid(
            "The role defined for the function cannot be assumed by Lambda.",
        )),
    }
}

fn check_settled(function: &Function) -> Result<(), ServiceError> {
    match function.transition {
        Transition::Done => Ok(()),
        Transition::Creating => Err(conflict(format!(
            "The operation cannot be performed at this time. The function is currently in the \
             following state: Pending (function {})",
            function.arn
        ))),
        Transition::Updating => Err(conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for \
             resource: {}",
            function.arn
        ))),
    }
}

fn check_revision(current: &str, given: Option<&str>) -> Result<(), ServiceError> {
    match given {
        Some(given) if given != current => Err(stale()),
        _ => Ok(()),
    }
}

fn existing_version(function: &Function, version: &str) -> Result<String, ServiceError> {
    match function.version(version) {
        Some(_) => Ok(version.to_owned()),
        None => Err(no_function(&function.qualified_arn(Some(version)))),
    }
}

fn read_weight(
    function: &Function,
    routing: Option<&Value>,
) -> Result<Option<(String, f64)>, ServiceError> {
    let weights = routing.and_then(|routing| routing["AdditionalVersionWeights"].as_object());
    let mut weights = weights.into_iter().flatten();
    match (weights.next(), weights.next()) {
        (None, _) => Ok(None),
        (Some((version, weight)), None) => {
            let weight = weight
                .as_f64()
                .filter(|weight| (0.0..=1.0).contains(weight))
                .ok_or_else(|| invalid("A weight is a number from 0.0 to 1.0."))?;
            Ok(Some((existing_version(function, version)?, weight)))
        }
        _ => Err(invalid("An alias can have only one additional version.")),
    }
}

fn no_alias(function: &Function, name: &str) -> ServiceError {
    not_found(format!(
        "Cannot find alias arn: {}",
        function.qualified_arn(Some(name))
    ))
}

/// One page of a list; the marker is the number of entries before the next one.
fn page(request: &Request, name: &str, all: Vec<Value>) -> Answer {
    let from = match request.query("Marker") {
        None | Some("") => 0,
        Some(marker) => marker
            .parse::<usize>()
            .map_err(|_| invalid("The marker is not one of this list."))?,
    };
    let limit = match request.query("MaxItems") {
        None => 50,
        Some(limit) => limit
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=10_000).contains(limit))
            .ok_or_else(|| {
                constraint(
                    "maxItems",
                    limit,
                    "Member must have value between 1 and 10000",
                )
            })?
            .min(50),
    };
    let more = from.saturating_add(limit) < all.len();
    let shown: Vec<Value> = all.into_iter().skip(from).take(limit).collect();
    let mut answer = json!({ name: shown });
    if more {
        answer["NextMarker"] = Value::from((from + limit).to_string());
    }
    Ok(Response::json(&answer))
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}

fn arn(world: &World, name: &str) -> String {
    format!(
        "arn:aws:lambda:{}:{}:function:{name}",
        world.region, world.account
    )
}

fn texts(map: Option<&Value>) -> IndexMap<String, String> {
    let members = map.and_then(Value::as_object).into_iter().flatten();
    members
        .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn no_content() -> Response {
    Response::new(204, "application/json", "")
}
