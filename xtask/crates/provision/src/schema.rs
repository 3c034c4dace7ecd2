//! JSON Schemas of environment and infrastructure files, so that editors complete, explain and
//! check them as they are typed. The readers have the last word: a schema knows no names of other
//! files.

use serde_json::{Value as Json, json};

use crate::infra::{
    ATTRIBUTES, Channel, Day, LONGEST_ACTION, LONGEST_DESCRIPTION, LONGEST_PERMISSION,
    LONGEST_PROMPT_DESCRIPTION, LONGEST_VIEW_DESCRIPTION, MOST_KINDS, MOST_ONLY_TAGGED,
    MOST_PERMISSIONS, PHONE, RETENTION_DAYS, STORAGE, STREAMS, name_rule,
};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const DURATION: &str = "^[0-9]+[smhd]$";

/// Files of `infra/environments/`.
pub fn environment() -> Json {
    let scalar = json!({ "type": ["string", "number", "boolean"] });
    let alias = json!({ "type": "string", "pattern": "^(?!d-)[A-Za-z0-9]([A-Za-z0-9-]{0,43}[A-Za-z0-9])?$" });
    let share = json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 });
    let keys = [
        ("environment", text("The name of this environment.")),
        (
            "account",
            about(
                json!({ "type": "string", "pattern": "^[0-9]{12}$" }),
                "The AWS account, twelve digits in quotes; deploying as another one is refused.",
            ),
        ),
        (
            "region",
            about(
                json!({ "type": "string", "pattern": "^[a-z0-9]+-[a-z0-9]+-[a-z0-9]+(-[a-z0-9]+)*$" }),
                "The region of the instance, for example `eu-west-2`.",
            ),
        ),
        (
            "instance",
            about(
                closed(
                    vec![("alias", about(alias, "The alias of the instance."))],
                    &["alias"],
                ),
                "The Amazon Connect instance.",
            ),
        ),
        ("profile", text("A profile of the AWS configuration files.")),
        (
            "assume_role",
            text("The ARN of the role to take on before anything is asked."),
        ),
        (
            "plan_role",
            text(
                "The ARN of the role to take on instead by what only reads: plans, differences, drift.",
            ),
        ),
        (
            "endpoint",
            text(
                "An address in place of the services' own, for example that of `cargo xtask local`.",
            ),
        ),
        (
            "protect",
            about(
                json!({ "type": "boolean" }),
                "Asks for a typed confirmation and refuses to delete.",
            ),
        ),
        (
            "require_released_in",
            about(
                json!({ "anyOf": [
                    { "$ref": "#/$defs/text" },
                    { "type": "array", "items": { "$ref": "#/$defs/text" } },
                ] }),
                "The environments that have to run a release before this one gets it.",
            ),
        ),
        (
            "api_budget",
            about(
                closed(
                    vec![("share", about(share, "More than 0, at most 1."))],
                    &["share"],
                ),
                "The part of the account's request rate that deploying may use.",
            ),
        ),
        (
            "quotas",
            about(
                closed(
                    crate::quotas::QUOTAS
                        .iter()
                        .map(|it| (it.key, json!({ "type": "integer", "minimum": 1 })))
                        .collect(),
                    &[],
                ),
                "How much there may be on the instance, where Service Quotas cannot be asked or has another number.",
            ),
        ),
        (
            "vars",
            about(
                named(scalar),
                "What `vars.` stands for in templates of flows.",
            ),
        ),
        (
            "secret",
            about(
                json!({ "type": "array", "items": { "$ref": "#/$defs/text" } }),
                "The variables whose values no view shows that leaves the machine, by name.",
            ),
        ),
        (
            "tags",
            about(
                named(json!({ "$ref": "#/$defs/text" })),
                "Put on everything that takes tags.",
            ),
        ),
        (
            "buckets",
            about(
                named(json!({ "$ref": "#/$defs/text" })),
                "The real names of the buckets that infrastructure files name.",
            ),
        ),
        (
            "keys",
            about(
                named(json!({ "$ref": "#/$defs/text" })),
                "Keys of KMS that are there already, by ARN, id or alias; those not named here are made.",
            ),
        ),
        (
            "streams",
            about(
                named(json!({ "type": "string", "pattern": "^arn:[^:]+:(kinesis|firehose):" })),
                "The ARNs of the Kinesis and Firehose streams that infrastructure files name.",
            ),
        ),
        (
            "lex_bots",
            about(
                named(json!({
                    "type": "string",
                    "maxLength": 100,
                    "pattern": "^arn:[^:]*:lex:[^:]*:[^:]*:bot-alias/[^:]*$",
                })),
                "The ARNs of the aliases of Lex bots that infrastructure files name.",
            ),
        ),
    ];
    let schema = closed(
        keys.into(),
        &["environment", "account", "region", "instance"],
    );
    whole(
        schema,
        "Environment",
        "An environment: which account, region and instance, as whom, and with which values.",
    )
}

/// Files of `infra/`: the sections may be spread over any number of them.
pub fn infrastructure() -> Json {
    let sections = vec![
        ("instance", instance()),
        (
            "hours",
            about(named_as("hours", hours()), "Hours of operation, by name."),
        ),
        (
            "queues",
            about(named_as("queues", queue()), "Queues, by name."),
        ),
        (
            "routing_profiles",
            about(
                named_as("routing_profiles", profile()),
                "Routing profiles, by name.",
            ),
        ),
        (
            "security_profiles",
            about(
                named_as("security_profiles", security_profile()),
                "Security profiles, by name: what people who have one may do.",
            ),
        ),
        (
            "quick_connects",
            about(
                named_as("quick_connects", quick_connect()),
                "Quick connects, by name: where people can transfer a contact to.",
            ),
        ),
        (
            "prompts",
            about(
                named_as("prompts", prompt()),
                "Recordings that flows play, by name.",
            ),
        ),
        (
            "views",
            about(
                named_as("views", view()),
                "Pages that flows show to people, by name.",
            ),
        ),
        (
            "keys",
            about(
                named(closed(vec![], &[])),
                "Keys of KMS that encrypt what is ours, by name: made with rotation on, unless the environment names one.",
            ),
        ),
        (
            "buckets",
            about(
                named(bucket()),
                "Buckets that are made if they are not there, by the name under which environments know them. One without our tags is used as it is.",
            ),
        ),
        (
            "dead_letters",
            about(
                named(dead_letters()),
                "SQS queues for what could not be delivered or handled, by name.",
            ),
        ),
        (
            "topics",
            about(
                named(closed(vec![("key", encrypted_by())], &[])),
                "SNS topics to which Connect publishes chat messages, by name.",
            ),
        ),
        ("tables", about(named(table()), "DynamoDB tables, by name.")),
        (
            "lambdas",
            about(
                named(lambda()),
                "Functions, by name: what each may do, and who calls it.",
            ),
        ),
        (
            "modules",
            about(
                named(closed(
                    vec![(
                        "alias",
                        text(
                            "The alias that flows call; each deployment that changes the module makes a version and moves the alias there.",
                        ),
                    )],
                    &["alias"],
                )),
                "How flow modules are published, by name. What is not named here is called as it was published last.",
            ),
        ),
    ];
    let description = "What stands around the flows, in names and without an ARN. The sections may be spread over any number of files.";
    whole(closed(sections, &[]), "Infrastructure", description)
}

fn instance() -> Json {
    let flag = |what: &str| about(json!({ "type": "boolean" }), what);
    let attributes = ATTRIBUTES.map(|name| (name, flag("On or off; left as it is if not said.")));
    let bucket = || {
        closed(
            vec![
                (
                    "bucket",
                    reference("The bucket, by the name under which environments know it."),
                ),
                ("prefix", text("The folder in the bucket.")),
                ("key", encrypted_by()),
            ],
            &["bucket", "prefix"],
        )
    };
    let stream = || {
        let name = reference("The stream, by the name under which environments know it.");
        closed(vec![("stream", name)], &["stream"])
    };
    let buckets = STORAGE.map(|kind| (kind, bucket())).into_iter();
    let streams = STREAMS.map(|kind| (kind, stream()));
    let storage: Vec<_> = buckets.chain(streams).collect();
    let origin = json!({ "type": "string", "pattern": "^https?://[^/]+$" });
    let keys = vec![
        (
            "identity",
            about(
                words(["connect_managed", "saml"]),
                "Who manages the people who sign in; fixed when the instance is created.",
            ),
        ),
        ("inbound_calls", flag("Whether calls can come in.")),
        ("outbound_calls", flag("Whether calls can go out.")),
        (
            "attributes",
            about(
                closed(attributes.into(), &[]),
                "Attributes that are managed; the others stay as they are.",
            ),
        ),
        (
            "storage",
            about(closed(storage, &[]), "Where the instance stores what."),
        ),
        (
            "approved_origins",
            about(
                json!({ "type": "array", "items": origin }),
                "Web pages that may hold a chat: scheme and host.",
            ),
        ),
        (
            "lex_bots",
            about(
                json!({ "type": "array", "items": reference("The name of a bot.") }),
                "The Lex bots that flows may ask, by the names under which environments know them.",
            ),
        ),
        ("flow_log_retention", retention()),
    ];
    about(closed(keys, &[]), "The Amazon Connect instance.")
}

fn hours() -> Json {
    let time = |what: &str| {
        about(
            json!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" }),
            what,
        )
    };
    let open = closed(
        vec![
            (
                "days",
                json!({ "type": "array", "items": words(Day::WORDS.map(|it| it.0)) }),
            ),
            ("from", time("When it opens, for example `\"08:30\"`.")),
            ("to", time("When it closes, later on the same day.")),
        ],
        &["days", "from", "to"],
    );
    closed(
        vec![
            ("description", text("What they are for.")),
            (
                "time_zone",
                text("A name of the IANA database: `Europe/London`."),
            ),
            (
                "open",
                about(
                    json!({ "type": "array", "items": open }),
                    "When people are there.",
                ),
            ),
        ],
        &["time_zone", "open"],
    )
}

fn queue() -> Json {
    let most = json!({ "type": "integer", "minimum": 0, "maximum": i32::MAX });
    closed(
        vec![
            ("description", text("What it is for.")),
            ("hours", reference("The name of its hours.")),
            (
                "max_contacts",
                about(
                    most,
                    "How many contacts may wait; as many as the service allows if not said.",
                ),
            ),
            (
                "quick_connects",
                about(
                    json!({ "type": "array", "items": reference("The name of a quick connect.") }),
                    "The quick connects that it offers, and no others; left as they are if not said.",
                ),
            ),
        ],
        &["hours"],
    )
}

fn profile() -> Json {
    let number = |least: i64, greatest: i64, what: &str| {
        about(
            json!({ "type": "integer", "minimum": least, "maximum": greatest }),
            what,
        )
    };
    let routed = closed(
        vec![
            ("queue", reference("The name of the queue.")),
            ("channel", words(Channel::WORDS.map(|it| it.0))),
            (
                "priority",
                number(1, 99, "1 is served first; 1 if not said."),
            ),
            (
                "delay",
                duration("How long a contact waits before it is offered; not at all if not said."),
            ),
        ],
        &["queue", "channel"],
    );
    closed(
        vec![
            ("description", text("Who it is for.")),
            (
                "chats_at_once",
                number(1, 10, "How many chats a person answers at the same time."),
            ),
            (
                "default_outbound_queue",
                reference("The queue that calls out."),
            ),
            ("queues", json!({ "type": "array", "items": routed })),
        ],
        &[
            "description",
            "chats_at_once",
            "default_outbound_queue",
            "queues",
        ],
    )
}

fn security_profile() -> Json {
    let short = |longest: usize| short_text(longest, "As the service calls it.");
    let list = |most: usize, what: &str| {
        let list = json!({ "type": "array", "items": short(LONGEST_PERMISSION), "maxItems": most });
        about(list, what)
    };
    let mut tags = named(short(LONGEST_PERMISSION));
    tags["maxProperties"] = MOST_ONLY_TAGGED.into();
    closed(
        vec![
            (
                "description",
                short_text(LONGEST_DESCRIPTION, "Who it is for."),
            ),
            (
                "permissions",
                list(
                    MOST_PERMISSIONS,
                    "What they may do, as the service calls it: `BasicAgentAccess`.",
                ),
            ),
            (
                "only_tagged",
                about(
                    tags,
                    "Shows only what carries these tags; left as it is if not said.",
                ),
            ),
            (
                "only_tagged_kinds",
                list(
                    MOST_KINDS,
                    "The kinds of resource for which that holds: `User`.",
                ),
            ),
        ],
        &["permissions"],
    )
}

fn quick_connect() -> Json {
    let title = closed(
        vec![("title", text("The title of a flow on the instance."))],
        &["title"],
    );
    let flow = about(
        json!({ "anyOf": [reference("The name of a flow."), title] }),
        "The flow that a transferred contact runs through: its name, or `{ title: .. }` of one on the instance.",
    );
    let properties = vec![
        (
            "description",
            short_text(LONGEST_DESCRIPTION, "What it is for."),
        ),
        ("queue", reference("The queue to which it leads.")),
        (
            "user",
            text("The person to whom it leads, by the name with which they sign in."),
        ),
        (
            "phone",
            about(
                json!({ "type": "string", "pattern": PHONE }),
                "The phone to which it leads, in E.164 format: `+442071234567`.",
            ),
        ),
        ("flow", flow),
    ];
    let mut schema = choice(properties);
    let only = |wanted: &[&str], others: &[&str]| {
        let others: Vec<Json> = others
            .iter()
            .map(|it| json!({ "required": [it] }))
            .collect();
        json!({ "required": wanted, "not": { "anyOf": others } })
    };
    schema["anyOf"] = json!([
        only(&["queue", "flow"], &["user", "phone"]),
        only(&["user", "flow"], &["queue", "phone"]),
        only(&["phone"], &["queue", "user", "flow"]),
        only(&["flow"], &["queue", "user", "phone"]),
    ]);
    schema
}

fn prompt() -> Json {
    closed(
        vec![
            (
                "description",
                short_text(LONGEST_PROMPT_DESCRIPTION, "What it says."),
            ),
            (
                "bucket",
                reference(
                    "The bucket with the recording, by the name under which environments know it.",
                ),
            ),
            ("key", text("The recording in the bucket: `hello.wav`.")),
        ],
        &["bucket", "key"],
    )
}

fn view() -> Json {
    let action = json!({
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_ACTION,
    });
    let flag = json!({ "type": "boolean" });
    let properties = vec![
        (
            "description",
            short_text(LONGEST_VIEW_DESCRIPTION, "What it is for."),
        ),
        (
            "status",
            about(
                words(["published", "saved"]),
                "`saved` is a draft; `published` if not said.",
            ),
        ),
        (
            "versions",
            about(
                flag,
                "Whether what is published becomes a version each time.",
            ),
        ),
        (
            "template",
            about(json!({ "type": "object" }), "What it shows."),
        ),
        (
            "template_file",
            text("The JSON file with what it shows: `infra/views/order.json`."),
        ),
        (
            "actions",
            about(
                json!({ "type": "array", "items": action }),
                "What people can do in it.",
            ),
        ),
    ];
    let mut schema = choice(properties);
    schema["oneOf"] = json!([
        { "required": ["template"] },
        { "required": ["template_file"] },
    ]);
    schema
}

fn table() -> Json {
    closed(
        vec![
            (
                "partition_key",
                text("The attribute that is the key, a text."),
            ),
            (
                "time_to_live",
                text("The attribute that says when an item may go."),
            ),
            ("key", encrypted_by()),
            (
                "point_in_time_recovery",
                about(
                    json!({ "type": "boolean" }),
                    "Whether it can be restored to any second of the last 35 days; not if not said.",
                ),
            ),
        ],
        &["partition_key"],
    )
}

fn bucket() -> Json {
    let origin = json!({ "type": "string", "pattern": "^https?://[^/]+$" });
    closed(
        vec![
            ("key", encrypted_by()),
            (
                "expire_after",
                duration(
                    "After how many whole days objects go, for example `365d`; never if not said.",
                ),
            ),
            (
                "cors",
                about(
                    json!({ "type": "array", "items": origin }),
                    "Pages that may read and write through a browser, as attachments of chats are: scheme and host.",
                ),
            ),
        ],
        &[],
    )
}

fn dead_letters() -> Json {
    closed(
        vec![
            (
                "keep",
                duration("How long it keeps what it has: from `1m` to `14d`; 14 days if not said."),
            ),
            ("key", encrypted_by()),
        ],
        &[],
    )
}

fn encrypted_by() -> Json {
    reference("The name of the key that encrypts it; the service's own if not said.")
}

fn lambda() -> Json {
    let memory = json!({ "type": "integer", "minimum": 128, "maximum": 10_240 });
    let one = |key: &'static str| closed(vec![(key, reference("The name."))], &[key]);
    let value =
        json!({ "anyOf": [{ "$ref": "#/$defs/text" }, one("table"), one("topic"), one("var")] });
    let target = json!({ "anyOf": [words(["instance", "contacts"]), one("table"), one("topic")] });
    let action = json!({ "type": "string", "pattern": "^[^:*]+:[^:*]+$" });
    let grant = closed(
        vec![
            (
                "actions",
                about(
                    json!({ "type": "array", "items": action }),
                    "Actions of IAM, each spelled out: `dynamodb:GetItem`.",
                ),
            ),
            (
                "on",
                about(
                    json!({ "type": "array", "items": target }),
                    "On the instance, its contacts, a table or a topic.",
                ),
            ),
        ],
        &["actions", "on"],
    );
    let texts = json!({ "type": "array", "items": { "$ref": "#/$defs/text" } });
    let retries = json!({ "type": "integer", "minimum": 0, "maximum": 2 });
    let failure = closed(
        vec![
            (
                "retries",
                about(
                    retries,
                    "How often an event is tried again; twice if not said.",
                ),
            ),
            (
                "max_age",
                duration("How long an event is tried: from `1m` to `6h`; six hours if not said."),
            ),
            (
                "send_to",
                reference("The queue for events that are given up."),
            ),
        ],
        &[],
    );
    let callers = closed(
        vec![
            (
                "flows",
                about(
                    json!({ "type": "boolean" }),
                    "Whether flows call it; then it has at most 7 seconds.",
                ),
            ),
            ("topic", reference("A topic whose messages it gets.")),
            (
                "undelivered",
                reference("The queue for messages that the topic cannot deliver."),
            ),
            (
                "where",
                about(
                    named(texts),
                    "Message attributes that a message must have, and their values.",
                ),
            ),
        ],
        &[],
    );
    closed(
        vec![
            ("description", text("What it does.")),
            (
                "timeout",
                duration(
                    "How long it may take: from `1s` to `15m`, at most `7s` if flows call it.",
                ),
            ),
            ("memory", about(memory, "In MB.")),
            ("log_retention", retention()),
            (
                "environment",
                about(
                    named(value),
                    "Environment variables: a text, `{ table: .. }`, `{ topic: .. }` or `{ var: .. }`.",
                ),
            ),
            (
                "may",
                about(
                    json!({ "type": "array", "items": grant }),
                    "What it may do, beside its own log.",
                ),
            ),
            ("invoked_by", about(callers, "Who calls it.")),
            (
                "on_failure",
                about(failure, "What becomes of events that it does not manage."),
            ),
        ],
        &["timeout", "memory"],
    )
}

/// How long logs are kept. Other spellings of these times are read as well.
fn retention() -> Json {
    let listed: Vec<String> = RETENTION_DAYS
        .iter()
        .map(|days| format!("{days}d"))
        .collect();
    let known = json!({ "enum": listed });
    about(
        json!({ "anyOf": [known, { "type": "string", "pattern": "^[0-9]+[smh]$|^0[0-9]*d$|^[0-9]+d$" }] }),
        "How long CloudWatch Logs keeps the log, for example `30d`.",
    )
}

fn duration(what: &str) -> Json {
    about(json!({ "type": "string", "pattern": DURATION }), what)
}

fn text(what: &str) -> Json {
    json!({ "$ref": "#/$defs/text", "description": what })
}

/// The name of something that is declared elsewhere.
fn reference(what: &str) -> Json {
    json!({ "$ref": "#/$defs/name", "description": what })
}

fn words<const N: usize>(words: [&str; N]) -> Json {
    json!({ "enum": words.as_slice() })
}

/// A map from any names to values; nothing written is an empty one.
fn named(values: Json) -> Json {
    json!({ "type": ["object", "null"], "additionalProperties": values })
}

/// The same for what the service has a rule about its names.
fn named_as(section: &str, values: Json) -> Json {
    let mut schema = named(values);
    if let Some(rule) = name_rule(section) {
        let mut names = json!({ "minLength": 1, "maxLength": rule.longest });
        if let Some(pattern) = rule.pattern {
            names["pattern"] = pattern.into();
        }
        schema["propertyNames"] = names;
    }
    schema
}

fn short_text(longest: usize, what: &str) -> Json {
    about(
        json!({ "type": "string", "minLength": 1, "maxLength": longest }),
        what,
    )
}

/// A map with these keys and no others. Nothing written is an empty one, if nothing is needed.
fn closed(properties: Vec<(&str, Json)>, required: &[&str]) -> Json {
    let kind = if required.is_empty() {
        json!(["object", "null"])
    } else {
        json!("object")
    };
    let properties = properties.into_iter().map(|(key, it)| (key.to_owned(), it));
    let properties: serde_json::Map<String, Json> = properties.collect();
    let mut schema =
        json!({ "type": kind, "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// A map with these keys and no others, of which some are needed.
fn choice(properties: Vec<(&str, Json)>) -> Json {
    let mut schema = closed(properties, &[]);
    schema["type"] = "object".into();
    schema
}

fn about(mut schema: Json, description: &str) -> Json {
    schema["description"] = description.into();
    schema
}

fn whole(mut schema: Json, title: &str, description: &str) -> Json {
    let mut whole = json!({ "$schema": DIALECT, "title": title, "description": description });
    schema["$defs"] = json!({
        "text": { "type": "string", "minLength": 1 },
        "name": { "type": "string", "minLength": 1, "pattern": "^(?!arn:)" },
    });
    if let (Json::Object(whole), Json::Object(keys)) = (&mut whole, &mut schema) {
        whole.append(keys);
    }
    whole
}
