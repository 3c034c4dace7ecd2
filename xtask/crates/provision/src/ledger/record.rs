//! Writes what a deployment has done, while it is being done.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ReturnValue;
use flow::canonical::hex_digest;
use flow::model::DocumentKind;

use super::item::{self, Item, number, text};
use super::read::query;
use super::{
    About, Before, LedgerError, ModuleAlias, Record, Replaced, Sent, Status, TABLE, Written,
    content,
};
use crate::address::ResourceAddr;
use crate::api_error::ApiError;
use crate::clients::Clients;
use crate::plan::Plan;
use crate::scope::Scope;

/// What is to be recorded of one resource.
pub(crate) struct Entry {
    pub(crate) addr: ResourceAddr,
    pub(crate) digest: String,
    pub(crate) portable: Option<String>,
    pub(crate) arn: String,
    pub(crate) what: What,
    pub(crate) found: Found,
}

/// What was written.
pub(crate) enum What {
    Document {
        title: String,
        description: Option<String>,
        kind: DocumentKind,
        sent: Sent,
        alias: Option<ModuleAlias>,
    },
    Function {
        version: Option<String>,
    },
}

/// What was there before.
pub(crate) enum Found {
    Nothing,
    Same,
    Document {
        digest: String,
        /// Whether our tag says that we wrote it, recorded or not.
        is_ours: bool,
        description: Option<String>,
        sent: Sent,
    },
    Function {
        version: Option<String>,
    },
}

/// Records what one deployment writes. As long as it writes nothing, nothing is recorded.
#[derive(Debug)]
pub struct Recorder<'a> {
    clients: &'a Clients,
    table: String,
    about: About,
    by: String,
    /// The number of this release, from the first record on.
    release: Option<u64>,
    /// The release that this one goes back to, if it is a rollback.
    rollback_to: Option<u64>,
    /// The latest records, of whatever release.
    known: BTreeMap<ResourceAddr, Record>,
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
        let known = rows.iter().filter_map(item::read);
        let known = known.map(|it| (it.addr.clone(), it)).collect();
        let answer = clients.sts.get_caller_identity().send().await;
        let caller = answer.map_err(|e| of(ApiError::new("sts:GetCallerIdentity", e)))?;
        Ok(Self {
            clients,
            by: caller.arn().unwrap_or("unknown caller").to_owned(),
            table,
            about,
            release: None,
            rollback_to: None,
            known,
            written: Vec::new(),
            failed: None,
        })
    }

    /// Records the release as one that goes back to an earlier one.
    #[must_use]
    pub fn rolling_back_to(mut self, release: u64) -> Self {
        self.rollback_to = Some(release);
        self
    }

    /// The number of the release, if anything was recorded.
    pub fn release(&self) -> Option<u64> {
        self.release
    }

    /// Whether the latest record of a resource says this about it. What is not known of it is not
    /// asked for.
    pub(crate) fn knows(
        &self,
        addr: &ResourceAddr,
        digest: Option<&str>,
        portable: Option<&str>,
    ) -> bool {
        let known = self.known.get(addr).filter(|it| !it.deleted);
        known.is_some_and(|record| {
            digest.is_none_or(|it| record.digest == it)
                && portable.is_none_or(|it| record.portable.as_deref() == Some(it))
        })
    }

    /// Records what was written, or found to be as it should be. The first failure ends recording,
    /// not the deployment.
    pub(crate) async fn write(&mut self, entry: Entry) {
        if self.failed.is_none() {
            self.failed = self.try_write(entry).await.err();
        }
    }

    /// Content comes before the record that names it, and what a release wrote before what is
    /// deployed, so that whatever interrupts leaves nothing that points nowhere.
    async fn try_write(&mut self, entry: Entry) -> Result<(), LedgerError> {
        let addr = &entry.addr;
        let known = self.known.get(addr).cloned();
        let what = match entry.what {
            What::Document {
                title,
                description,
                kind,
                sent,
                alias,
            } => Written::Document {
                title,
                description,
                kind,
                content: self.keep(addr, &sent).await?,
                alias,
            },
            What::Function { version } => Written::Function { version },
        };
        let before = match entry.found {
            Found::Nothing => Before::Nothing,
            Found::Same => Before::Same,
            Found::Function { version } => Before::Function { version },
            Found::Document {
                digest,
                is_ours,
                description,
                sent,
            } => {
                // A run that was interrupted before it tagged what it wrote.
                let is_same = digest == entry.digest;
                let recorded = known.as_ref().filter(|it| it.digest == digest);
                let content = match recorded.map(|it| &it.what) {
                    Some(Written::Document { content, .. }) => content.clone(),
                    Some(Written::Function { .. }) | None => self.keep(addr, &sent).await?,
                };
                Before::Document {
                    is_recorded: is_ours || is_same || recorded.is_some(),
                    digest,
                    content,
                    description,
                }
            }
        };
        let record = Record {
            release: self.number().await?,
            at: self.about.at,
            by: self.by.clone(),
            commit: self.about.commit.clone(),
            digest: entry.digest,
            portable: entry.portable,
            arn: entry.arn,
            what,
            deleted: false,
            replaced: Some(Replaced {
                release: known.map(|it| it.release),
                what: before,
            }),
            addr: entry.addr,
        };
        self.put_record(record).await
    }

    /// Records that a resource was deleted, if there is a record of it. The first failure ends
    /// recording, not the deployment.
    pub(crate) async fn deleted(&mut self, addr: &ResourceAddr) {
        if self.failed.is_none() {
            self.failed = self.try_deleted(addr).await.err();
        }
    }

    async fn try_deleted(&mut self, addr: &ResourceAddr) -> Result<(), LedgerError> {
        let Some(known) = self.known.get(addr).cloned() else {
            return Ok(());
        };
        let record = Record {
            release: self.number().await?,
            at: self.about.at,
            by: self.by.clone(),
            commit: self.about.commit.clone(),
            deleted: true,
            replaced: Some(Replaced {
                release: Some(known.release),
                what: Before::Same,
            }),
            ..known
        };
        self.put_record(record).await
    }

    async fn put_record(&mut self, record: Record) -> Result<(), LedgerError> {
        self.put(item::record(&item::release_rows(record.release), &record))
            .await?;
        self.put(item::record(item::DEPLOYED, &record)).await?;
        self.written
            .push((record.addr.clone(), record.digest.clone()));
        self.known.insert(record.addr.clone(), record);
        Ok(())
    }

    /// Keeps a content and gives what it is kept under.
    async fn keep(&self, addr: &ResourceAddr, sent: &Sent) -> Result<String, LedgerError> {
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
        Ok(parts.digest)
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
        // A release that never comes to its end is seen as well.
        self.put(self.summary(latest, Status::Started)).await?;
        Ok(latest)
    }

    /// What there is to say about the release so far.
    fn summary(&self, release: u64, status: Status) -> Item {
        let mut item = item::keyed(item::RELEASE, &item::release_key(release));
        let mut put = |name: &str, value| item.insert(name.to_owned(), value);
        put("at", text(self.about.at.to_string()));
        put("by", text(&self.by));
        put("environment", text(&self.about.environment));
        put("status", text(status.as_str()));
        if let Some(commit) = &self.about.commit {
            put("commit", text(commit));
        }
        if let Some(release) = self.rollback_to {
            put("rollback_to", number(release));
        }
        item
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
        let status = match is_complete {
            true => Status::Complete,
            false => Status::Stopped,
        };
        let mut item = self.summary(release, status);
        let counts = plan.counts();
        let lines = self.written.iter();
        let lines: String = lines
            .map(|(it, digest)| format!("{it} {digest}\n"))
            .collect();
        let mut put = |name: &str, value| item.insert(name.to_owned(), value);
        put("created", number(counts.create));
        put("updated", number(counts.update));
        put("deleted", number(counts.delete));
        put("unchanged", number(counts.unchanged));
        put("written", number(self.written.len()));
        put("digest", text(hex_digest(&lines)));
        self.put(item).await?;
        Ok(Some(release))
    }
}
