//! Uploads the sources of a batch. Each directory is packed once, and uploaded once to each project,
//! because a source must be in a bucket of the project that it is deployed to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use longshore_messages::{Function, Source, StorageObject, source_object};
use longshore_source_archive::Packed;
use longshore_uploader::bucket_spec;

use super::Manifest;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::function_args::FunctionArgs;
use crate::source::{pack, protected_bucket, put};

/// Maximum number of directories that are packed at the same time: packing uses one processor each.
const PACKED_AT_ONCE: usize = 4;

/// Packs the directories of a manifest, one after the other in effect, and calls `use_packed` with
/// each and the positions of its functions. An archive is on disk only during that call.
pub(crate) async fn with_each_directory<T>(
    manifest: &Manifest,
    use_packed: impl AsyncFn(&Path, Packed, Vec<usize>) -> Result<T, CliError>,
) -> Result<Vec<T>, CliError> {
    let mut directories: BTreeMap<&PathBuf, Vec<usize>> = BTreeMap::new();
    for (position, one) in manifest.functions.iter().enumerate() {
        if let Some(directory) = &one.directory {
            directories.entry(directory).or_default().push(position);
        }
    }
    let used = stream::iter(directories).map(async |(directory, positions)| {
        let packed = pack(directory).await?;
        use_packed(directory, packed, positions).await
    });
    used.buffer_unordered(PACKED_AT_ONCE).try_collect().await
}

/// Uploads the sources of all functions that have a directory, and returns the functions with them.
/// What is uploaded already is not uploaded again. Says what it does with `report`.
pub(crate) async fn upload(
    target: &CloudTarget,
    manifest: &Manifest,
    report: impl Fn(&str),
) -> Result<Vec<Function>, CliError> {
    let report = &report;
    let uploaded = with_each_directory(manifest, async |directory, packed, positions| {
        let mut objects: BTreeMap<(String, String), StorageObject> = BTreeMap::new();
        let mut placed = Vec::new();
        for position in positions {
            let function = &manifest.functions[position].function;
            let spec = function.to_proto();
            let protected = protected_bucket(target, &FunctionArgs::default(), &spec).await?;
            let key = (function.at.project.clone(), protected.clone().unwrap_or_default());
            if !objects.contains_key(&key) {
                report(&format!("uploading {} for {}", directory.display(), function.at.project));
                let object = store(target, function, protected, &packed).await?;
                objects.insert(key.clone(), object);
            }
            placed.extend(objects.get(&key).map(|object| (position, object.clone())));
        }
        Ok(placed)
    });
    let mut functions: Vec<Function> =
        manifest.functions.iter().map(|one| one.function.clone()).collect();
    for (position, object) in uploaded.await?.into_iter().flatten() {
        functions[position].source = Source::Storage(object);
    }
    Ok(functions)
}

async fn store(
    target: &CloudTarget,
    function: &Function,
    protected: Option<String>,
    packed: &Packed,
) -> Result<StorageObject, CliError> {
    let bucket = match protected {
        Some(bucket) => bucket,
        None => {
            let bucket = bucket_spec(&function.at.project, &function.at.region);
            target.clients.objects.ensure_bucket(&bucket).await.map_err(CliError::Stage)?;
            bucket.name
        }
    };
    let object = source_object(&packed.sha256);
    // A batch is identified by its content, so the generation is always named.
    let generation = match put(target, &bucket, &object, packed).await? {
        0 => {
            let found = target.clients.objects.head(&bucket, &object).await;
            found.map_err(CliError::Stage)?.map_or(0, |found| found.generation)
        }
        generation => generation,
    };
    Ok(StorageObject { bucket, object, generation })
}
