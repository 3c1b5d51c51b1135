//! From functions to the request that starts a batch, and its publication.

use longshore_cloud::Created;
use longshore_messages::{
    BatchId, BatchSettings, Function, Topic, TraceContext, WireMessage, encode_batch, proto,
    write_entries,
};
use longshore_uploader::bucket_spec;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::trace_context;

/// `ce-source` of requests from this program.
const REQUEST_SOURCE: &str = "//longshore/cli";

/// Size of the entries, as JSON lines, from which they go through Cloud Storage: far below the limit
/// of a message.
const INLINE_BYTES_MAX: usize = 1024 * 1024;

/// Folder of entries in the bucket of sources.
const ENTRIES_FOLDER: &str = "longshore-batches";

/// A request for a batch, and its identity.
pub(crate) struct BatchToStart {
    pub(crate) id: BatchId,
    message: WireMessage,
}

/// The request for a batch of these functions. Its identity is `ce_id`, or its content: then the same
/// batch is the same request, however often it is started.
pub(crate) async fn request(
    target: &CloudTarget,
    settings: &BatchSettings,
    functions: &[Function],
    retry_of: Option<BatchId>,
    ce_id: Option<&str>,
) -> Result<BatchToStart, CliError> {
    let entries: Vec<proto::BatchEntry> = functions
        .iter()
        .map(|function| proto::BatchEntry {
            function: Some(function.to_proto()),
            ..proto::BatchEntry::default()
        })
        .collect();
    let lines =
        write_entries(&entries).map_err(|error| CliError::Write(std::io::Error::other(error)))?;
    let digest = hex(&Sha256::digest(&lines));
    let mut requested = proto::BatchRequested {
        batch: Some(settings.to_proto()),
        retry_of: retry_of.map(|id| id.to_string()).unwrap_or_default(),
        ..proto::BatchRequested::default()
    };
    if lines.len() <= INLINE_BYTES_MAX {
        requested.batch.get_or_insert_default().entries = entries;
    } else {
        store(target, &mut requested, lines, digest).await?;
    }
    let content = encode_batch(
        &requested,
        REQUEST_SOURCE,
        "content",
        &TraceContext::default(),
        OffsetDateTime::UNIX_EPOCH,
    );
    let ce_id = ce_id.map_or_else(|| content.sha256(), str::to_owned);
    let id = BatchId::requested_by(&target.settings.requester, REQUEST_SOURCE, &ce_id);
    let now = OffsetDateTime::now_utc();
    let trace = trace_context::of_environment();
    let message = encode_batch(&requested, REQUEST_SOURCE, &ce_id, &trace, now);
    Ok(BatchToStart { id, message })
}

/// Stores the entries in the source bucket of the fleet's default project and region.
async fn store(
    target: &CloudTarget,
    requested: &mut proto::BatchRequested,
    lines: String,
    digest: String,
) -> Result<(), CliError> {
    let objects = &target.clients.objects;
    let defaults = target.defaults();
    let bucket = bucket_spec(&defaults.project, &defaults.region);
    objects.ensure_bucket(&bucket).await.map_err(CliError::Stage)?;
    let object = format!("{ENTRIES_FOLDER}/{digest}.jsonl");
    let created = objects.create(&bucket.name, &object, lines.into()).await;
    let generation = match created.map_err(CliError::Stage)? {
        Created::New(generation) => generation,
        Created::Exists => {
            let found = objects.head(&bucket.name, &object).await.map_err(CliError::Stage)?;
            found.map_or(0, |found| found.generation)
        }
    };
    requested.entries = Some(proto::StorageObject { bucket: bucket.name, object, generation });
    requested.entries_sha256 = digest;
    // The entries name their own projects; this one says whose the bucket is.
    requested.batch.get_or_insert_default().defaults =
        Some(proto::FunctionSpec { project: defaults.project, ..proto::FunctionSpec::default() });
    Ok(())
}

/// Publishes a request for a batch as this program's requester.
pub(crate) async fn publish(target: &CloudTarget, start: BatchToStart) -> Result<(), CliError> {
    let topic = target.topic(&Topic::BatchRequested.of_requester(&target.settings.requester));
    let published = target.clients.bus.publish(&topic, start.message).await;
    published.map(drop).map_err(CliError::Publish)
}

/// Publishes the recorded request of a batch again: batch-feeder goes on with it at once.
pub(crate) async fn publish_again(target: &CloudTarget, id: BatchId) -> Result<(), CliError> {
    let request = target.ledger.batch_request(id).await.map_err(CliError::ledger)?;
    let Some(request) = request else { return Err(CliError::NoBatch(id.to_string())) };
    let topic = target.topic(&Topic::BatchRequested.of_requester(&request.requester));
    let published = target.clients.bus.publish(&topic, request.message).await;
    published.map(drop).map_err(CliError::Publish)
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
