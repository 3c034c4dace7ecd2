//! Schemas of whole files.

use flow::model::FlowType;
use flow::value::RefKind;
use serde_json::{Value as Json, json};

use super::action::action;
use super::value::shapes;
use super::{DIALECT, any_of, closed, described, shape};
use crate::expand::ParameterType;
use crate::policy::LEVELS;
use crate::rules::RULES;

/// A name, which is a path too: parts with `/` between them.
const NAME: &str = "^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$";

/// A flow, a module or a fragment.
pub(super) fn flow() -> Json {
    let mut shapes = shapes();
    shapes["an_action"] = action();
    shapes["actions"] = described(
        json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": shape("an_action"),
        }),
        "The actions by their names.",
    );
    shapes["flow"] = flow_only();
    shapes["module"] = module_only();
    shapes["fragment"] = fragment_only();
    json!({
        "$schema": DIALECT,
        "title": "Flow, module or fragment",
        "description": "A flow of Amazon Connect as a source of Flowyard: what happens to a contact, action by action.",
        "type": "object",
        "if": { "required": ["module"] },
        "then": shape("module"),
        "else": {
            "if": { "required": ["fragment"] },
            "then": shape("fragment"),
            "else": shape("flow"),
        },
        "$defs": shapes,
    })
}

fn text(description: &str) -> Json {
    let schema = json!({ "type": ["string", "number", "boolean"], "minLength": 1 });
    described(schema, description)
}

fn name(description: &str) -> Json {
    described(
        json!({ "type": ["string", "integer"], "pattern": NAME }),
        description,
    )
}

fn common() -> Vec<(&'static str, Json)> {
    let lists = json!({ "type": "object", "additionalProperties": { "type": "array" } });
    vec![
        ("description", text("What it is for.")),
        (
            "start",
            described(shape("action"), "The action that the run begins with."),
        ),
        ("lists", described(lists, "Lists by name, for `for_each`.")),
        ("actions", shape("actions")),
    ]
}

fn flow_only() -> Json {
    let types = FlowType::ALL.map(|it| it.as_str().to_lowercase());
    let kind = json!({ "enum": types });
    let mut keys = vec![
        (
            "flow",
            name("The name of this flow, by which others refer to it."),
        ),
        (
            "name",
            text("What Connect shows; the name of the flow if not said."),
        ),
        (
            "type",
            described(
                kind,
                "The type, fixed once the flow exists; `contact_flow` if not said.",
            ),
        ),
    ];
    keys.extend(common());
    closed(keys, &["flow", "start", "actions"])
}

fn module_only() -> Json {
    let mut keys = vec![
        (
            "module",
            name("The name of this module, by which flows refer to it."),
        ),
        (
            "name",
            text("What Connect shows; the name of the module if not said."),
        ),
    ];
    keys.extend(common());
    closed(keys, &["module", "start", "actions"])
}

fn fragment_only() -> Json {
    let types: Vec<&str> = ParameterType::words().collect();
    let kind = described(json!({ "enum": types }), "What the parameter takes.");
    let full = closed(
        [
            ("type", kind.clone()),
            (
                "default",
                described(json!({}), "Its value where a use gives none."),
            ),
            ("description", text("What it is for.")),
        ],
        &["type"],
    );
    let parameters = json!({ "type": "object", "additionalProperties": any_of([kind, full]) });
    let exits = json!({ "type": "array", "items": { "type": "string", "minLength": 1 } });
    let mut keys = vec![
        (
            "fragment",
            name("The name of this fragment, by which actions use it."),
        ),
        (
            "parameters",
            described(
                parameters,
                "What a use has to say, by name: `{{ params.name }}`.",
            ),
        ),
        (
            "exits",
            described(exits, "Where a run can leave; a use says where each leads."),
        ),
    ];
    keys.extend(common());
    closed(keys, &["fragment", "start", "actions"])
}

/// A conversation. Nothing runs these yet.
pub(super) fn scenario() -> Json {
    let mut shapes = json!({});
    shapes["text"] = json!({ "type": "string", "minLength": 1 });
    shapes["duration"] = super::value::shapes()["duration"].clone();
    let who = json!({ "enum": ["CUSTOMER", "AGENT", "SYSTEM", "CUSTOM_BOT"] });
    let expect = closed(
        [
            ("from", described(who.clone(), "Somebody says something.")),
            ("text", described(shape("text"), "What they say.")),
            (
                "branch",
                described(shape("text"), "The branch that is taken."),
            ),
            (
                "at",
                described(shape("text"), "The action at which it is taken."),
            ),
            ("left", described(who, "Somebody has left the chat.")),
            (
                "queue",
                described(shape("text"), "The contact is in this queue."),
            ),
        ],
        &[],
    );
    let customer = any_of([
        json!({ "enum": ["joins", "leaves"] }),
        closed([("says", shape("text"))], &["says"]),
    ]);
    let step = closed(
        [
            ("customer", described(customer, "What the customer does.")),
            (
                "expect",
                described(expect, "What has to have happened by now."),
            ),
            (
                "wait",
                described(shape("duration"), "Time passes; virtual time."),
            ),
        ],
        &[],
    );
    let mut step = step;
    step["minProperties"] = 1.into();
    step["maxProperties"] = 1.into();
    let steps = json!({ "type": "array", "minItems": 1, "items": step });
    let mut schema = closed(
        [
            (
                "scenario",
                described(shape("text"), "What the conversation shows."),
            ),
            (
                "flow",
                described(shape("text"), "The flow that the customer comes in at."),
            ),
            (
                "steps",
                described(steps, "What is done and expected, in order."),
            ),
        ],
        &["scenario", "flow", "steps"],
    );
    schema["$defs"] = shapes;
    titled(
        schema,
        "Scenario",
        "A conversation to be tried against a flow. The format is a draft: nothing runs scenarios yet.",
    )
}

/// What names stand for.
pub(super) fn bindings() -> Json {
    let target = json!({ "type": ["string", "number"], "minLength": 1 });
    let names = json!({ "type": ["object", "null"], "additionalProperties": target });
    let kinds = RefKind::ALL.map(|kind| {
        let kind = kind.as_str();
        let sentence = format!("What each name of kind `{kind}` stands for: an ARN or an id.");
        (kind, described(names.clone(), sentence))
    });
    titled(
        closed(kinds, &[]),
        "Bindings",
        "What the names in imported flows stand for, by kind.",
    )
}

/// Where blocks stand, as `import` writes it.
pub(super) fn layout() -> Json {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let object = json!({ "type": "object" });
    let or_none = json!({ "type": ["object", "null"] });
    let omits = json!({ "type": "array", "items": { "enum": ["Parameters", "Transitions", "Conditions", "Errors"] } });
    let block = closed(
        [
            (
                "identifier",
                described(
                    json!({ "type": "string" }),
                    "The identifier that the action has in the document.",
                ),
            ),
            (
                "type",
                described(
                    json!({ "type": "string" }),
                    "The action type that this was written down for.",
                ),
            ),
            (
                "omits",
                described(
                    omits,
                    "Empty parts that the document leaves out, if others than usual.",
                ),
            ),
            (
                "errors",
                described(
                    texts.clone(),
                    "The order of the error branches, if another than usual.",
                ),
            ),
            (
                "conditions",
                described(texts, "The order of the conditions, if another than usual."),
            ),
            (
                "next",
                described(
                    json!({ "type": "string" }),
                    "What `NextAction` names where it is never followed.",
                ),
            ),
            (
                "block",
                described(
                    json!({}),
                    "The entry in `Metadata.ActionMetadata`: position and notes.",
                ),
            ),
        ],
        &["identifier"],
    );
    let actions = json!({ "type": "object", "additionalProperties": block });
    let schema = closed(
        [
            (
                "version",
                described(json!({ "const": 1 }), "The version of this format."),
            ),
            (
                "file",
                described(
                    json!({ "type": "string" }),
                    "The file that the flow was imported from, without its extension.",
                ),
            ),
            (
                "digest",
                described(
                    json!({ "type": "string" }),
                    "The digest of the flow that the file was written for.",
                ),
            ),
            (
                "settings",
                described(
                    or_none.clone(),
                    "`Settings` of the document, if not the usual ones.",
                ),
            ),
            (
                "extra",
                described(
                    object,
                    "Keys of the document that the Flow language does not have.",
                ),
            ),
            (
                "metadata",
                described(
                    or_none,
                    "`Metadata` of the document but for single actions.",
                ),
            ),
            (
                "actions",
                described(actions, "By our names of the actions."),
            ),
        ],
        &["version"],
    );
    titled(
        schema,
        "Layout",
        "Beside an imported flow: positions, notes, original identifiers, and what else its document had. Written by `import`.",
    )
}

/// What a team has decided about findings.
pub(super) fn configuration() -> Json {
    let mut shapes = json!({});
    let names = RULES.iter().flat_map(|rule| [rule.code, rule.name]);
    shapes["rule"] = described(
        json!({ "enum": names.collect::<Vec<_>>() }),
        "A code or a name.",
    );
    let list = |items: Json| any_of([items.clone(), json!({ "type": "array", "items": items })]);
    let text = json!({ "type": ["string", "number", "boolean"] });
    let levels = LEVELS.map(|(word, _)| word);
    let rules = RULES.iter().flat_map(|rule| {
        let level = described(
            json!({ "enum": levels }),
            format!("{} ({}): {}.", rule.name, rule.code, rule.finds),
        );
        [(rule.code, level.clone()), (rule.name, level)]
    });
    let allowance = closed(
        [
            (
                "rules",
                described(list(shape("rule")), "Which rules keep quiet."),
            ),
            (
                "paths",
                described(
                    list(text.clone()),
                    "In which files; `*` within a folder, `**` over folders.",
                ),
            ),
            ("flows", described(list(text.clone()), "In which flows.")),
            ("reason", described(text, "Why that is right.")),
        ],
        &["rules"],
    );
    let allow = json!({ "type": "array", "items": allowance });
    let mut schema = closed(
        [
            (
                "rules",
                described(
                    closed(rules, &[]),
                    "The severity of each rule, by code or name.",
                ),
            ),
            ("allow", described(allow, "Where rules keep quiet.")),
        ],
        &[],
    );
    schema["$defs"] = shapes;
    titled(
        schema,
        "Configuration of the checks",
        "Severities of rules, and where they keep quiet: `.flowyard.yaml` at the top of a project.",
    )
}

fn titled(mut schema: Json, title: &str, description: &str) -> Json {
    let mut whole = json!({ "$schema": DIALECT, "title": title, "description": description });
    if let (Json::Object(whole), Json::Object(keys)) = (&mut whole, &mut schema) {
        whole.append(keys);
    }
    whole
}
