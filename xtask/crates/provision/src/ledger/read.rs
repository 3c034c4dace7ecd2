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
pub(super) const CONCURRENCY: usize = 8;

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
    let records = latest(clients, &table).await?;
    for record in records.into_iter().filter(|it| !it.deleted) {
        match &record.what {
            Written::Function { .. } => {
                deployed.functions.insert(record.addr.clone(), record);
            }
            Written::Document { .. } => documents.push(record),
        }
    }
    deployed.flows = flows(clients, &table, documents).await?;
    Ok(deployed)
}

/// The latest records, as they are.
pub(super) async fn latest(clients: &Clients, table: &str) -> Result<Vec<Record>, LedgerError> {
    let rows = query(clients, table, item::DEPLOYED).await?;
    rows.iter().map(|row| readable(table, row)).collect()
}

/// The record of an item.
pub(super) fn readable(table: &str, row: &Item) -> Result<Record, LedgerError> {
    let key = || item::get(row, item::SK).unwrap_or_default().to_owned();
    item::read(row).ok_or_else(|| unreadable(table, key(), "is not one that we can read"))
}

/// The flows and modules of these records, with their contents.
pub(super) async fn flows(
    clients: &Clients,
    table: &str,
    records: Vec<Record>,
) -> Result<BTreeMap<ResourceAddr, DeployedFlow>, LedgerError> {
    let flows = stream::iter(records).map(|record| flow(clients, table, record));
    flows.buffered(CONCURRENCY).try_collect().await
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
        ..
    } = &record.what
    else {
        unreachable!("only documents have content")
    };
    let sent = kept(clients, table, content).await?;
    let found = definition(&record.addr, title, description.as_deref(), *kind, &sent);
    let unreadable = || unreadable(table, item::content_key(content), "is no flow document");
    let definition = found.ok_or_else(unreadable)?;
    let deployed = DeployedFlow {
        content: sent.content,
        bindings: sent.bindings,
        definition,
        record,
    };
    Ok((deployed.record.addr.clone(), deployed))
}

/// What is kept under a digest.
async fn kept(clients: &Clients, table: &str, digest: &str) -> Result<Sent, LedgerError> {
    let key = item::content_key(digest);
    let rows = query(clients, table, &key).await?;
    let parts = rows.iter().filter_map(|row| item::get(row, "text"));
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    content::joined(digest, &parts).map_err(|fault| unreadable(table, key, &fault))
}

pub(super) fn unreadable(table: &str, key: String, fault: &str) -> LedgerError {
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
