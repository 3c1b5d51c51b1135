//! Reads what a migration depends on, and decides what becomes of each function.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::{BucketSpec, Created, Kind as ErrorKind};
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DeploymentId, FunctionRef, SourceUploaded, StorageObject, proto,
    service_id,
};
use longshore_runner::telemetry::chain;
use longshore_uploader::bucket_spec;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::carry::{Carried, Context, Known, Needs, carry, check, named_source};
use super::goals::Goals;
use super::lost::Lost;
use crate::cloud_target::{CloudTarget, READS_AT_ONCE};
use crate::error::CliError;
use crate::estate::{Deployed, Kind, Runtimes};
use crate::output;
use crate::stages::decode;

/// The largest source: that of Google's own uploads (`x-goog-content-length-range`).
const SOURCE_BYTES_MAX: usize = 104_857_600;

/// Folder of downloaded sources in the bucket of sources.
const FOLDER: &str = "longshore-migrated";

/// A migration in JSON.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Migration {
    /// Entries of the manifest.
    pub(crate) copied: Vec<Copied>,
    /// What is not in the manifest.
    pub(crate) left_out: Vec<LeftOut>,
}

/// A function in the manifest.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Copied {
    /// `PROJECT/REGION/NAME` of what is deployed.
    pub(crate) from: String,
    /// `PROJECT/REGION/NAME` of what will be. The same name: it is changed in place.
    pub(crate) to: String,
    /// What is not carried over.
    pub(crate) lost: Vec<Lost>,
    #[serde(skip)]
    pub(crate) spec: proto::FunctionSpec,
}

/// A function that cannot be migrated.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeftOut {
    /// `PROJECT/REGION/NAME`.
    pub(crate) function: String,
    /// Why, and what to do.
    pub(crate) reason: String,
}

impl Migration {
    /// Whether everything is carried over.
    pub(crate) fn is_complete(&self) -> bool {
        self.left_out.is_empty() && self.copied.iter().all(|one| one.lost.is_empty())
    }
}

/// What becomes of each of these functions. Changes nothing, except that sources which are not in
/// Cloud Storage are downloaded and stored there.
pub(crate) async fn plan(
    target: &CloudTarget,
    deployed: &[Deployed],
    runtimes: &Runtimes,
    goals: &Goals,
    needs: &Needs,
) -> Result<Migration, CliError> {
    let today = OffsetDateTime::now_utc().date();
    let context = Context { goals, needs, runtimes, today };
    let known = deployed.iter().map(async |one| {
        match check(one, &context) {
            // Nothing more is read of what cannot be migrated.
            Err(reason) => Ok((one, Err(reason))),
            Ok(()) => read(target, one).await.map(|known| (one, Ok(known))),
        }
    });
    let known: Vec<_> = known.collect();
    let read: Vec<Result<_, CliError>> =
        stream::iter(known).buffered(READS_AT_ONCE).collect().await;
    let mut migration = Migration::default();
    let mut taken: BTreeMap<(String, String, String), FunctionRef> = BTreeMap::new();
    for one in read {
        let (one, known) = one?;
        let carried = known.and_then(|known| carry(one, &known?, &context));
        let carried = carried.and_then(|carried| free(one, carried, &mut taken));
        match carried {
            Ok(Carried { spec, to, lost }) => migration.copied.push(Copied {
                from: one.at.to_string(),
                to: to.to_string(),
                lost,
                spec,
            }),
            Err(reason) => {
                migration.left_out.push(LeftOut { function: one.at.to_string(), reason });
            }
        }
    }
    Ok(migration)
}

/// Two functions whose services would have one name cannot both be migrated.
fn free(
    one: &Deployed,
    carried: Carried,
    taken: &mut BTreeMap<(String, String, String), FunctionRef>,
) -> Result<Carried, String> {
    let to = &carried.to;
    let service = (to.project.clone(), to.region.clone(), service_id(&to.name));
    match taken.get(&service) {
        Some(other) => Err(format!(
            "its service would be {}, as that of {other}: migrate them one after the other with \
             different `--suffix`",
            service.2
        )),
        None => {
            taken.insert(service, one.at.clone());
            Ok(carried)
        }
    }
}

/// Reads what the lists do not say of a function.
async fn read(target: &CloudTarget, one: &Deployed) -> Result<Result<Known, String>, CliError> {
    let uploaded = match writer(one) {
        None => None,
        Some(writer) => {
            let record = target.ledger.stage_record(writer, "uploader").await;
            let record = record.map_err(CliError::ledger)?;
            record.as_ref().and_then(decode::<SourceUploaded>).map(Box::new)
        }
    };
    let invokers = match &one.service {
        None => None,
        Some(service) => target.clients.services.invokers(&service.name).await.ok(),
    };
    let is_named = named_source(one).is_some() && one.kind() != Kind::FirstGeneration;
    let downloaded = match &one.function {
        Some(function) if !is_named => match download(target, one, &function.live.name).await? {
            Ok(object) => Some(object),
            Err(reason) => return Ok(Err(reason)),
        },
        _ => None,
    };
    Ok(Ok(Known { uploaded, invokers, downloaded }))
}

/// The deployment that wrote a function or a service, if a fleet did.
fn writer(one: &Deployed) -> Option<DeploymentId> {
    match &one.function {
        Some(function) => function.live.written_by(),
        None => one.live()?.shape.annotations.get(DEPLOYMENT_ANNOTATION)?.parse().ok(),
    }
}

/// Downloads a source and stores it in the bucket of sources of its project and region, by its
/// digest.
async fn download(
    target: &CloudTarget,
    one: &Deployed,
    function: &str,
) -> Result<Result<StorageObject, String>, CliError> {
    let estate = &target.clients.estate;
    let bytes = match estate.source(function, SOURCE_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind.is_transient() || error.kind == ErrorKind::Unauthenticated => {
            return Err(CliError::Estate(error));
        }
        Err(error) => {
            let reason = format!("its source cannot be downloaded: {}", chain(&error));
            return Ok(Err(format!("{reason}: deploy it from its source")));
        }
    };
    output::say(format!("{}: its source is stored for the batch", one.at));
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let bucket: BucketSpec = bucket_spec(&one.at.project, &one.at.region);
    let objects = &target.clients.objects;
    objects.ensure_bucket(&bucket).await.map_err(CliError::Stage)?;
    let object = format!("{FOLDER}/{digest}.zip");
    let created = objects.create(&bucket.name, &object, bytes.into()).await;
    let generation = match created.map_err(CliError::Stage)? {
        Created::New(generation) => generation,
        Created::Exists => {
            let found = objects.head(&bucket.name, &object).await.map_err(CliError::Stage)?;
            found.map_or(0, |found| found.generation)
        }
    };
    Ok(Ok(StorageObject { bucket: bucket.name, object, generation }))
}
