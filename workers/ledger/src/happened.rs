//! What has happened to a deployment, as one list call returns it: by it a worker verifies a message,
//! and knows what earlier deliveries have left to do.

use std::collections::BTreeMap;

use longshore_cloud::ObjectMeta;
use longshore_messages::{BatchId, ContentType, DeploymentId, Requester};
use serde::{Deserialize, Serialize};

use crate::{Ledger, LedgerError, Record, Request, names};

/// Key of the digest of the recorded message's data, in the metadata of a record.
const SHA256: &str = "sha256";

/// Key of [`Noted::waits_by_claim`] in the metadata of a record.
const WAITS_BY_CLAIM: &str = "waits-by-claim";

/// Key of the requester in the metadata of a request, as JSON: metadata is text in which not every
/// character is safe.
const REQUESTER: &str = "requester";

/// A longer requester is read from the request itself: Cloud Storage accepts 8 KiB of metadata.
const REQUESTER_MAX_BYTES: usize = 4 * 1024;

/// What has happened to a deployment, as far as the names and the metadata of its objects say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    pub id: DeploymentId,
    /// Whether it has an outcome.
    pub has_ended: bool,
    /// Whether its cancellation was requested.
    pub is_cancelled: bool,
    /// Its requester, or `None` if only the request itself says.
    pub requester: Option<Requester>,
    /// The objects of the deployment, by the last part of their names. Those of stages are records.
    objects: BTreeMap<String, Noted>,
}

/// The record of a stage, without its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Lower-case hexadecimal SHA-256 of the recorded message's data, or `None` if only the record
    /// itself says.
    pub sha256: Option<String>,
    /// Whether the deployment claimed the build of the message and waits for it without a waiter.
    pub waits_by_claim: bool,
}

/// A requester in metadata.
#[derive(Serialize, Deserialize)]
struct Described {
    source: String,
    id: String,
    sha256: String,
    is_json: bool,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<BatchId>,
}

impl Happened {
    fn of(id: DeploymentId, listed: &[ObjectMeta]) -> Self {
        let prefix = names::deployment(id);
        let objects = listed.iter().filter_map(|meta| {
            let name = meta.name.strip_prefix(&prefix)?;
            Some((name.to_owned(), Noted::of(meta)))
        });
        let objects = objects.collect();
        let exists = |name: String| listed.iter().any(|meta| meta.name == name);
        let request = listed.iter().find(|meta| meta.name == names::request(id));
        Self {
            id,
            has_ended: exists(names::outcome(id)),
            is_cancelled: exists(names::cancel(id)),
            requester: request.and_then(requester_of),
            objects,
        }
    }

    /// Whether it has an outcome, or a worker is about to give it one. Then it waits for nothing.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.has_ended || self.objects.contains_key("ending")
    }

    /// The record of a stage, or `None` if the stage has not handed off anything.
    #[must_use]
    pub fn noted(&self, stage: &str) -> Option<&Noted> {
        self.objects.get(stage)
    }
}

impl Noted {
    fn of(meta: &ObjectMeta) -> Self {
        Self {
            sha256: meta.metadata.get(SHA256).cloned(),
            waits_by_claim: meta.metadata.contains_key(WAITS_BY_CLAIM),
        }
    }
}

/// What a list call returns of a record.
pub(crate) fn record_metadata(record: &Record, waits_by_claim: bool) -> BTreeMap<String, String> {
    let digest = (SHA256.to_owned(), record.message.sha256());
    let waits = waits_by_claim.then(|| (WAITS_BY_CLAIM.to_owned(), "true".to_owned()));
    [digest].into_iter().chain(waits).collect()
}

/// What a list call returns of a request.
pub(crate) fn request_metadata(request: &Request) -> BTreeMap<String, String> {
    let Some(requester) = Requester::of(&request.message, &request.requester) else {
        return BTreeMap::new();
    };
    let Requester { source, id, sha256, content_type, name, batch } = requester;
    let is_json = content_type == ContentType::Json;
    let described = serde_json::to_string(&Described { source, id, sha256, is_json, name, batch });
    let described = described.ok().filter(|described| described.len() <= REQUESTER_MAX_BYTES);
    described.map(|described| (REQUESTER.to_owned(), described)).into_iter().collect()
}

pub(crate) fn requester_of(meta: &ObjectMeta) -> Option<Requester> {
    let described = serde_json::from_str(meta.metadata.get(REQUESTER)?).ok()?;
    let Described { source, id, sha256, is_json, name, batch } = described;
    let content_type = if is_json { ContentType::Json } else { ContentType::Protobuf };
    Some(Requester { source, id, sha256, content_type, name, batch })
}

impl Ledger {
    /// What has happened to a deployment. Takes one list call.
    pub async fn happened(&self, id: DeploymentId) -> Result<Happened, LedgerError> {
        Ok(Happened::of(id, &self.list(&names::deployment(id)).await?))
    }
}
