//! Environment files: which account, region and instance, as whom, and with which values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flow::diagnostic::{Diagnostic, SourceFile};
use serde_json::Value as Json;

use crate::quotas::QUOTAS;
use crate::rules;
use crate::yaml::{Node, Reader, Value, help_with_names};

/// One environment, as its file in `infra/environments/` describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    pub name: String,
    /// Twelve digits; who deploys must be in it.
    pub account: String,
    pub region: String,
    pub instance_alias: String,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// The role to take on before anything is asked.
    pub assume_role: Option<String>,
    /// The role to take on instead by what only reads: plans, differences, drift.
    pub plan_role: Option<String>,
    /// In place of the services' own addresses.
    pub endpoint: Option<String>,
    /// Asks for a typed confirmation and refuses to delete.
    pub protect: bool,
    /// Environments that have to run a release before this one gets it.
    pub require_released_in: Vec<String>,
    /// The part of the account's request rate that deploying may use.
    pub api_share: f64,
    /// Whether its file says so; without it the part is all of it.
    pub has_budget: bool,
    /// How much there may be on the instance, by the names of [`crate::quotas`]; where it is not
    /// said, Service Quotas is asked.
    pub quotas: BTreeMap<String, usize>,
    /// What `vars.` in templates stands for.
    pub vars: BTreeMap<String, Json>,
    /// The variables whose values no view shows that leaves the machine.
    pub secret: BTreeSet<String>,
    /// Put on everything that takes tags, beside our own.
    pub tags: BTreeMap<String, String>,
    /// The real names of the buckets that infrastructure files name.
    pub buckets: BTreeMap<String, String>,
    /// Keys of KMS that are there already, by ARN, id or alias; others are made.
    pub keys: BTreeMap<String, String>,
    /// The ARNs of the Kinesis and Firehose streams that infrastructure files name.
    pub streams: BTreeMap<String, String>,
    /// The ARNs of the aliases of Lex bots that infrastructure files name.
    pub lex_bots: BTreeMap<String, String>,
}

impl Environment {
    /// Reads an environment file; nothing comes back if what every use needs is missing.
    pub fn parse(file: &Arc<SourceFile>) -> (Option<Environment>, Vec<Diagnostic>) {
        let reader = Reader::new(file);
        let environment = reader.root().and_then(|root| read(&reader, &root));
        (environment, reader.finish())
    }

    /// The values of the secret variables, as templates write them into texts.
    pub fn secrets(&self) -> impl Iterator<Item = String> {
        let secrets = self
            .vars
            .iter()
            .filter(|(name, _)| self.secret.contains(*name));
        secrets.map(|(_, value)| match value {
            Json::String(text) => text.clone(),
            value => value.to_string(),
        })
    }

    /// The same for what only reads, which may have a role of its own.
    #[must_use]
    pub fn for_reading(&self) -> Environment {
        let mut environment = self.clone();
        if let Some(role) = environment.plan_role.take() {
            environment.assume_role = Some(role);
        }
        environment
    }
}

fn read(reader: &Reader, root: &Node) -> Option<Environment> {
    let mut fields = reader.fields(root, "an environment")?;
    let name = fields.required("environment").and_then(|n| reader.text(n));
    let account = fields.required("account").and_then(|n| account(reader, n));
    let region = fields.required("region").and_then(|n| region(reader, n));
    let alias = fields.required("instance").and_then(|n| alias(reader, n));
    let profile = fields.optional("profile").and_then(|n| reader.text(n));
    let assume_role = fields.optional("assume_role").and_then(|n| reader.text(n));
    let plan_role = fields.optional("plan_role").and_then(|n| reader.text(n));
    let endpoint = fields.optional("endpoint").and_then(|n| reader.text(n));
    let protect = fields.optional("protect").and_then(|n| reader.boolean(n));
    let required = fields
        .optional("require_released_in")
        .and_then(|n| one_or_more(reader, n));
    let api_share = fields.optional("api_budget").and_then(|n| share(reader, n));
    let quotas = fields.optional("quotas").and_then(|n| quotas(reader, n));
    let vars = fields
        .optional("vars")
        .map_or(Some(BTreeMap::new()), |n| vars(reader, n));
    let secret = fields
        .optional("secret")
        .map_or(Some(BTreeSet::new()), |n| secret(reader, n, vars.as_ref()));
    let tags = fields.optional("tags").and_then(|n| texts(reader, n));
    let buckets = fields.optional("buckets").and_then(|n| texts(reader, n));
    let keys = fields.optional("keys").and_then(|n| keys(reader, n));
    let streams = fields.optional("streams").and_then(|n| streams(reader, n));
    let lex_bots = fields
        .optional("lex_bots")
        .and_then(|n| lex_bots(reader, n));
    fields.finish();
    Some(Environment {
        name: name?,
        account: account?,
        region: region?,
        instance_alias: alias?,
        profile,
        assume_role,
        plan_role,
        endpoint,
        protect: protect.unwrap_or(false),
        has_budget: api_share.is_some(),
        require_released_in: required.unwrap_or_default(),
        api_share: api_share.unwrap_or(1.0),
        quotas: quotas.unwrap_or_default(),
        vars: vars?,
        secret: secret?,
        tags: tags.unwrap_or_default(),
        buckets: buckets.unwrap_or_default(),
        keys: keys.unwrap_or_default(),
        streams: streams.unwrap_or_default(),
        lex_bots: lex_bots.unwrap_or_default(),
    })
}

fn account(reader: &Reader, node: &Node) -> Option<String> {
    let account = reader.text(node)?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    if !is_account {
        let headline = format!("`{account}` is not an account");
        let label = "an account has twelve digits";
        reader.report(rules::INVALID_VALUE, headline, node.range.clone(), label);
    }
    is_account.then_some(account)
}

fn region(reader: &Reader, node: &Node) -> Option<String> {
    let region = reader.text(node)?;
    let parts: Vec<&str> = region.split('-').collect();
    let is_region = parts.len() >= 3
        && parts.iter().all(|part| !part.is_empty())
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_region {
        let headline = format!("`{region}` is not a region");
        let label = "expected something like `eu-west-2`";
        reader.report(rules::INVALID_VALUE, headline, node.range.clone(), label);
    }
    is_region.then_some(region)
}

/// The service takes 1 to 45 letters, digits and inner hyphens, and nothing that starts with `d-`
/// (`InstanceAlias` of the service model).
fn alias(reader: &Reader, node: &Node) -> Option<String> {
    let mut fields = reader.fields(node, "an instance")?;
    let node = fields.required("alias");
    fields.finish();
    let node = node?;
    let alias = reader.text(node)?;
    let is_alias = alias.len() <= 45
        && !alias.starts_with("d-")
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && alias
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_alias {
        let headline = format!("`{alias}` cannot be the alias of an instance");
        let label = "at most 45 letters, digits and inner hyphens, not starting with `d-`";
        reader.report(rules::INVALID_VALUE, headline, node.range.clone(), label);
    }
    is_alias.then_some(alias)
}

/// A name, or a list of names.
fn one_or_more(reader: &Reader, node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::List(items) => Some(items.iter().filter_map(|it| reader.text(it)).collect()),
        _ => Some(vec![reader.text(node)?]),
    }
}

fn share(reader: &Reader, node: &Node) -> Option<f64> {
    let mut fields = reader.fields(node, "an API budget")?;
    let node = fields.required("share");
    fields.finish();
    let node = node?;
    let share = reader.number(node)?;
    let is_share = share > 0.0 && share <= 1.0;
    if !is_share {
        let headline = format!("{share} is not a share");
        let label = "more than 0, at most 1";
        reader.report(rules::INVALID_VALUE, headline, node.range.clone(), label);
    }
    is_share.then_some(share)
}

/// Numbers by the names of quotas.
fn quotas(reader: &Reader, node: &Node) -> Option<BTreeMap<String, usize>> {
    let mut quotas = BTreeMap::new();
    for entry in reader.entries(node)? {
        let names: Vec<&str> = QUOTAS.iter().map(|it| it.key).collect();
        if !names.contains(&entry.key.as_str()) {
            let headline = format!("`{}` is no quota that is counted", entry.key);
            let span = reader.span(entry.node.range.clone());
            let diag = rules::UNKNOWN_NAME.at(headline, span, "of which this is the number");
            reader.push(diag.with_help(help_with_names(&entry.key, &names)));
            continue;
        }
        let number = reader.integer(&entry.node, 1..=1_000_000)?;
        quotas.insert(entry.key.clone(), usize::try_from(number).ok()?);
    }
    Some(quotas)
}

/// Variables are scalars: a template puts them into text. Nothing comes back if one is not, since
/// its uses would be reported as well.
fn vars(reader: &Reader, node: &Node) -> Option<BTreeMap<String, Json>> {
    let mut vars = BTreeMap::new();
    let mut is_sound = true;
    for entry in reader.entries(node)? {
        let value = match &entry.node.value {
            Value::Bool(value) => Json::from(*value),
            Value::Integer(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::Text(text) => Json::from(text.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => {
                let headline = format!("variable `{}` is not a scalar", entry.key);
                let label = "expected text, a number, true or false";
                reader.report(rules::WRONG_TYPE, headline, entry.node.range.clone(), label);
                is_sound = false;
                continue;
            }
        };
        vars.insert(entry.key.clone(), value);
    }
    is_sound.then_some(vars)
}

/// The names of variables that are secret. Nothing comes back if one is wrong: what was meant to be
/// hidden would be shown.
fn secret(
    reader: &Reader,
    node: &Node,
    vars: Option<&BTreeMap<String, Json>>,
) -> Option<BTreeSet<String>> {
    let mut secret = BTreeSet::new();
    let mut is_sound = true;
    for item in reader.list(node)? {
        let Some(name) = reader.text(item) else {
            is_sound = false;
            continue;
        };
        if let Some(vars) = vars.filter(|it| !it.contains_key(&name)) {
            let names: Vec<&str> = vars.keys().map(String::as_str).collect();
            let headline = format!("`{name}` is not a variable of this environment");
            let label = "only variables can be secret";
            let span = reader.span(item.range.clone());
            let diag = rules::UNKNOWN_NAME.at(headline, span, label);
            reader.push(diag.with_help(help_with_names(&name, &names)));
            is_sound = false;
        }
        secret.insert(name);
    }
    is_sound.then_some(secret)
}

/// The keys of AWS itself have policies that nobody can change, so no service may use them for another.
fn keys(reader: &Reader, node: &Node) -> Option<BTreeMap<String, String>> {
    for entry in reader.entries(node)? {
        if let Value::Text(key) = &entry.node.value
            && key.contains("alias/aws/")
        {
            let headline = format!("`{key}` is a key of AWS itself");
            let label = "its policy cannot be changed, so that Connect could not use it";
            let range = entry.node.range.clone();
            reader.report(rules::INVALID_VALUE, headline, range, label);
        }
    }
    texts(reader, node)
}

/// Aliases of bots of Lex V2; the service takes ARNs of at most 100 characters (`AliasArn` of the
/// service model).
fn lex_bots(reader: &Reader, node: &Node) -> Option<BTreeMap<String, String>> {
    let mut aliases = BTreeMap::new();
    for entry in reader.entries(node)? {
        let Some(arn) = reader.text(&entry.node) else {
            continue;
        };
        let parts: Vec<&str> = arn.split(':').collect();
        let is_alias = matches!(parts.as_slice(), ["arn", _, "lex", _, _, resource]
            if resource.starts_with("bot-alias/"));
        if is_alias && arn.chars().count() <= LONGEST_ALIAS {
            aliases.insert(entry.key.clone(), arn);
        } else {
            let headline = format!("`{arn}` is not the alias of a Lex bot");
            let label = "expected its ARN, `arn:aws:lex:REGION:ACCOUNT:bot-alias/BOT/ALIAS`";
            let range = entry.node.range.clone();
            reader.report(rules::INVALID_VALUE, headline, range, label);
        }
    }
    Some(aliases)
}

const LONGEST_ALIAS: usize = 100;

fn streams(reader: &Reader, node: &Node) -> Option<BTreeMap<String, String>> {
    for entry in reader.entries(node)? {
        if let Value::Text(arn) = &entry.node.value
            && !(arn.contains(":kinesis:") && arn.contains(":stream/")
                || arn.contains(":firehose:") && arn.contains(":deliverystream/"))
        {
            let headline = format!("`{arn}` is not the ARN of a stream");
            let label = "expected a stream of Kinesis or a delivery stream of Firehose";
            let range = entry.node.range.clone();
            reader.report(rules::INVALID_VALUE, headline, range, label);
        }
    }
    texts(reader, node)
}

pub(crate) fn texts(reader: &Reader, node: &Node) -> Option<BTreeMap<String, String>> {
    let entries = reader.entries(node)?;
    let pairs = entries.iter().filter_map(|entry| {
        let text = reader.text(&entry.node)?;
        Some((entry.key.clone(), text))
    });
    Some(pairs.collect())
}

#[cfg(test)]
mod tests {
    use flow::diagnostic::SourceFile;

    use super::Environment;

    fn roles(text: &str) -> Option<String> {
        let head = "environment: prod\naccount: \"111122223333\"\nregion: eu-west-2\ninstance: { alias: acme }\n";
        let file = SourceFile::new("prod.yaml", format!("{head}{text}"));
        let (environment, _) = Environment::parse(&file);
        environment?.for_reading().assume_role
    }

    #[test]
    fn what_only_reads_takes_on_the_role_for_plans_if_there_is_one() {
        let read = roles("assume_role: deploy\nplan_role: plan\n");
        assert_eq!(read.as_deref(), Some("plan"));
        assert_eq!(roles("assume_role: deploy\n").as_deref(), Some("deploy"));
        assert_eq!(roles("plan_role: plan\n").as_deref(), Some("plan"));
        assert_eq!(roles(""), None);
    }
}
