//! Writes what a deployment has done, while it is being done.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::ReturnValue;
use flow::canonical::hex_digest;

use super::item::{self, Item, number, text};
use super::read::query;
use super::{About, LedgerError, Record, Sent, TABLE, Written, content};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::plan::Plan;
use crate::scope::Scope;

/// Records what one deployment writes. As long as it writes nothing, nothing is recorded.
#[derive(Debug)]
pub struct Recorder<'a> {
    clients: &'a Clients,
    table: String,
    about: About,
    by: String,
    /// The number of this release, from the first record on.
    release: Option<u64>,
    /// What has a record already, of whatever release.
    known: BTreeSet<String>,
    /// Addresses and digests, in the order in which they were written.
    written: Vec<(ResourceAddr, String)>,
    /// The first record that could not be written. Deploying goes on, recording ends.
    failed: Option<LedgerError>,
}

impl<'a> Recorder<'a> {
    /// Looks whether there is a table to write to, and who writes.
    ///
    /// # Errors
    ///
    /// If there is none, or the caller may not look. A deployment can go on without.
    pub async fn open(
        clients: &'a Clients,
        scope: &Scope,
        about: About,
    ) -> Result<Self, LedgerError> {
        let table = scope.remote_name(TABLE);
        let of = |error| LedgerError::of(&table, error);
        let request = clients.dynamodb.describe_table().table_name(&table);
        let answer = request.send().await;
        answer.map_err(|e| of(ApiError::new("dynamodb:DescribeTable", e)))?;
        let rows = query(clients, &table, item::DEPLOYED).await?;
        let known = rows.iter().filter_map(|row| item::get(row, item::SK));
        let known = known.map(str::to_owned).collect();
        let answer = clients.sts.get_caller_identity().send().await;
        let caller = answer.map_err(|e| of(ApiError::new("sts:GetCallerIdentity", e)))?;
        Ok(Self {
            clients,
            by: caller.arn().unwrap_or("unknown caller").to_owned(),
            table,
            about,
            release: None,
            known,
            written: Vec::new(),
            failed: None,
        })
    }

    /// The number of the release, if anything was recorded.
    pub fn release(&self) -> Option<u64> {
        self.release
    }

    /// Whether there is a record of a resource.
    pub(crate) fn knows(&self, addr: &ResourceAddr) -> bool {
        self.known.contains(&addr.to_string())
    }

    /// Records a flow or module.
    pub(crate) async fn document(
        &mut self,
        addr: &ResourceAddr,
        digest: String,
        arn: String,
        what: impl FnOnce(String) -> Written,
        sent: &Sent,
    ) {
        if self.failed.is_none()
            && let Err(error) = self.write_document(addr, digest, arn, what, sent).await
        {
            self.failed = Some(error);
        }
    }

    async fn write_document(
        &mut self,
        addr: &ResourceAddr,
        digest: String,
        arn: String,
        what: impl FnOnce(String) -> Written,
        sent: &Sent,
    ) -> Result<(), LedgerError> {
        let parts = content::parts(sent).map_err(|bytes| LedgerError::TooLarge {
            addr: addr.clone(),
            bytes,
        })?;
        let key = item::content_key(&parts.digest);
        for (n, part) in parts.parts.iter().enumerate() {
            let mut item = item::keyed(&key, &item::part_key(n));
            item.insert("text".to_owned(), text(part));
            self.put(item).await?;
        }
        self.write(addr, digest, arn, what(parts.digest)).await
    }

    /// Records a function.
    pub(crate) async fn function(
        &mut self,
        addr: &ResourceAddr,
        digest: String,
        arn: String,
        version: Option<String>,
    ) {
        if self.failed.is_none() {
            let what = Written::Function { version };
            self.failed = self.write(addr, digest, arn, what).await.err();
        }
    }

    /// Content comes before the record that names it, and what a release wrote before what is
    /// deployed, so that whatever interrupts leaves nothing that points nowhere.
    async fn write(
        &mut self,
        addr: &ResourceAddr,
        digest: String,
        arn: String,
        what: Written,
    ) -> Result<(), LedgerError> {
        let record = Record {
            addr: addr.clone(),
            release: self.number().await?,
            at: self.about.at,
            by: self.by.clone(),
            commit: self.about.commit.clone(),
            digest,
            arn,
            what,
        };
        self.put(item::record(&item::release_rows(record.release), &record))
            .await?;
        self.put(item::record(item::DEPLOYED, &record)).await?;
        self.written.push((record.addr, record.digest));
        Ok(())
    }

    /// The number of this release; the first call takes the next one.
    async fn number(&mut self) -> Result<u64, LedgerError> {
        const OPERATION: &str = "dynamodb:UpdateItem";
        if let Some(release) = self.release {
            return Ok(release);
        }
        let request = self.clients.dynamodb.update_item().table_name(&self.table);
        let answer = request
            .key(item::PK, text(item::COUNTER))
            .key(item::SK, text(item::RELEASE))
            .update_expression("ADD latest :one")
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let of = |error| LedgerError::of(&self.table, error);
        let answer = answer.map_err(|e| of(ApiError::new(OPERATION, e)))?;
        let latest = answer
            .attributes()
            .and_then(|it| item::get_number(it, "latest"));
        let latest = latest.ok_or_else(|| of(ApiError::incomplete(OPERATION, "number")))?;
        self.release = Some(latest);
        Ok(latest)
    }

    async fn put(&self, item: Item) -> Result<(), LedgerError> {
        let request = self.clients.dynamodb.put_item().table_name(&self.table);
        match request.set_item(Some(item)).send().await {
            Ok(_) => Ok(()),
            Err(error) => {
                let error = ApiError::new("dynamodb:PutItem", error);
                Err(LedgerError::of(&self.table, error))
            }
        }
    }

    /// Ends the release: how much it wrote, and whether all of its plan was carried out. Gives its
    /// number, if it wrote anything.
    ///
    /// # Errors
    ///
    /// The first record that could not be written.
    pub async fn close(
        mut self,
        plan: &Plan,
        is_complete: bool,
    ) -> Result<Option<u64>, LedgerError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some(release) = self.release else {
            return Ok(None);
        };
        let mut item = item::keyed(item::RELEASE, &item::release_key(release));
        let counts = plan.counts();
        let lines = self.written.iter();
        let lines: String = lines
            .map(|(it, digest)| format!("{it} {digest}\n"))
            .collect();
        let mut put = |name: &str, value| item.insert(name.to_owned(), value);
        put("at", text(self.about.at.to_string()));
        put("by", text(&self.by));
        put("environment", text(&self.about.environment));
        put(
            "status",
            text(if is_complete { "complete" } else { "stopped" }),
        );
        put("created", number(counts.create));
        put("updated", number(counts.update));
        put("deleted", number(counts.delete));
        put("unchanged", number(counts.unchanged));
        put("written", number(self.written.len()));
        put("digest", text(hex_digest(&lines)));
        if let Some(commit) = &self.about.commit {
            put("commit", text(commit));
        }
        self.put(item).await?;
        Ok(Some(release))
    }
}
