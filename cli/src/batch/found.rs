//! Reads what a batch is compared with: live services, what they were deployed from, and the digests
//! of the directories.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_messages::{DeploymentId, Flavour, SourceUploaded};

use super::Manifest;
use super::compare::{Found, KnownSource};
use super::upload::with_each_directory;
use crate::cloud_target::{CloudTarget, READS_AT_ONCE};
use crate::error::CliError;
use crate::function::writer;
use crate::stages::decode;

/// Maximum number of projects and regions that are listed at the same time.
const PLACES_AT_ONCE: usize = 8;

/// What the cloud has of each function. Takes a list call for each project and region, and a read for
/// each function that exists.
pub(crate) async fn found(
    target: &CloudTarget,
    manifest: &Manifest,
) -> Result<Vec<Found>, CliError> {
    let places: BTreeSet<(String, String)> = manifest
        .functions
        .iter()
        .map(|one| (one.function.at.project.clone(), one.function.at.region.clone()))
        .collect();
    let listed = stream::iter(places)
        .map(async |(project, region)| list(target, &project, &region).await)
        .buffer_unordered(PLACES_AT_ONCE)
        .try_collect::<Vec<_>>()
        .await?;
    let live: BTreeMap<String, Live> = listed.into_iter().flatten().collect();
    let found = manifest.functions.iter().map(async |one| {
        let at = &one.function.at;
        let known = live.get(&at.function()).or_else(|| live.get(&at.service()));
        let Some(Live { flavour, writer }) = known else { return Ok(Found::Nothing) };
        let uploaded = match writer {
            None => None,
            Some(writer) => {
                let record = target.ledger.stage_record(*writer, "uploader").await;
                let record = record.map_err(CliError::ledger)?;
                record.as_ref().and_then(decode::<SourceUploaded>).map(Box::new)
            }
        };
        Ok(Found::Service { flavour: *flavour, uploaded })
    });
    let found: Vec<_> = found.collect();
    stream::iter(found).buffered(READS_AT_ONCE).try_collect().await
}

/// A service or a function, and the deployment that wrote it.
struct Live {
    flavour: Flavour,
    writer: Option<DeploymentId>,
}

/// Services and functions of a project and region, by their resource names.
async fn list(
    target: &CloudTarget,
    project: &str,
    region: &str,
) -> Result<Vec<(String, Live)>, CliError> {
    let clients = &target.clients;
    let services = clients.services.list(project, region).await.map_err(CliError::ReadService)?;
    // A project that does not use that API may not have it enabled.
    let functions = match services.iter().any(|(_, live)| live.is_of_function()) {
        false => Vec::new(),
        true => clients.functions.list(project, region).await.map_err(CliError::ReadService)?,
    };
    let services = services.into_iter().map(|(name, live)| {
        let flavour = if live.is_of_function() { Flavour::Functions } else { Flavour::Run };
        let writer = writer(&live);
        (name, Live { flavour, writer })
    });
    let functions = functions.into_iter().map(|function| {
        let writer = function.written_by();
        (function.name, Live { flavour: Flavour::Functions, writer })
    });
    Ok(services.chain(functions).collect())
}

/// What is known of the source of each function: a directory is packed for its digest.
pub(crate) async fn known_sources(manifest: &Manifest) -> Result<Vec<KnownSource>, CliError> {
    let packed = with_each_directory(manifest, async |_, packed, positions| {
        Ok((packed.sha256.clone(), positions))
    });
    let named = manifest.functions.iter().map(|one| one.function.source.clone());
    let mut sources: Vec<KnownSource> = named.map(KnownSource::Named).collect();
    for (sha256, positions) in packed.await? {
        for position in positions {
            sources[position] = KnownSource::Packed(sha256.clone());
        }
    }
    Ok(sources)
}
