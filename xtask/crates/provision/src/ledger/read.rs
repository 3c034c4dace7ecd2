//! Reads what the ledger says we deployed.

use std::collections::BTreeMap;

use flow::bind::Bindings;
use flow::model::FlowDefinition;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::item::{self, Item};
use super::{LedgerError, Record, Sent, TABLE, Written, content, definition};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::scope::Scope;

/// How many contents are read at once.
const CONCURRENCY: usize = 8;

/// What we deployed last, by address. What nobody has recorded is not in it.
#[derive(Clone, Debug, Default)]
pub struct Deployed {
    pub flows: BTreeMap<ResourceAddr, DeployedFlow>,
    pub functions: BTreeMap<ResourceAddr, Record>,
}

/// A flow or module as it was deployed.
#[derive(Clone, Debug)]
pub struct DeployedFlow {
    pub record: Record,
    /// With symbolic references; actions have the identifiers that were sent.
    pub definition: FlowDefinition,
    /// What was sent, byte for byte.
    pub content: String,
    /// What its references stood for.
    pub bindings: Bindings,
}

/// Reads what is deployed according to the ledger.
///
/// # Errors
///
/// [`LedgerError::Missing`] if there is no table, which says nothing about the instance.
pub async fn deployed(clients: &Clients, scope: &Scope) -> Result<Deployed, LedgerError> {
    let table = scope.remote_name(TABLE);
    let mut deployed = Deployed::default();
    let mut documents = Vec::new();
    for row in query(clients, &table, item::DEPLOYED).await? {
        let key = item::get(&row, item::SK).unwrap_or_default().to_owned();
        let Some(record) = item::read(&row) else {
            return Err(unreadable(&table, key, "is not one that we can read"));
        };
        match &record.what {
            Written::Function { .. } => {
                deployed.functions.insert(record.addr.clone(), record);
            }
            Written::Document { .. } => documents.push(record),
        }
    }
    let flows = stream::iter(documents).map(|record| flow(clients, &table, record));
    let flows: Vec<_> = flows.buffered(CONCURRENCY).try_collect().await?;
    deployed.flows.extend(flows);
    Ok(deployed)
}

async fn flow(
    clients: &Clients,
    table: &str,
    record: Record,
) -> Result<(ResourceAddr, DeployedFlow), LedgerError> {
    let Written::Document {
        title,
        description,
        kind,
        content,
    } = &record.what
    else {
        unreachable!("only documents have content")
    };
    let key = item::content_key(content);
    let rows = query(clients, table, &key).await?;
    let parts = rows.iter().filter_map(|row| item::get(row, "text"));
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    let sent: Sent =
        content::joined(content, &parts).map_err(|fault| unreadable(table, key.clone(), &fault))?;
    let found = definition(&record.addr, title, description.as_deref(), *kind, &sent);
    let definition = found.ok_or_else(|| unreadable(table, key, "is no flow document"))?;
    let deployed = DeployedFlow {
        content: sent.content,
        bindings: sent.bindings,
        definition,
        record,
    };
    Ok((deployed.record.addr.clone(), deployed))
}

fn unreadable(table: &str, key: String, fault: &str) -> LedgerError {
    LedgerError::Unreadable {
        table: table.to_owned(),
        key,
        fault: fault.to_owned(),
    }
}

/// All items under a first key, in the order of the second.
pub(super) async fn query(
    clients: &Clients,
    table: &str,
    pk: &str,
) -> Result<Vec<Item>, LedgerError> {
    let request = clients.dynamodb.query().table_name(table);
    let request = request.key_condition_expression("pk = :pk");
    // What has just been deployed has to be in it.
    let request = request
        .consistent_read(true)
        .expression_attribute_values(":pk", item::text(pk));
    let items = request.into_paginator().items().send().try_collect().await;
    items.map_err(|error| LedgerError::of(table, ApiError::new("dynamodb:Query", error)))
}

impl LedgerError {
    /// A table that is not there is told from one that cannot be used.
    pub(super) fn of(table: &str, source: ApiError) -> Self {
        let table = table.to_owned();
        if source.is_not_found() {
            LedgerError::Missing { table }
        } else {
            LedgerError::Api { table, source }
        }
    }
}
