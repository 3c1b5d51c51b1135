//! From a directory to a request: reads the manifest, applies flags, packs and uploads the source.

use std::collections::BTreeMap;
use std::path::Path;

use longshore_cloud::Created;
use longshore_messages::{Defaults, Function, Topic, proto, read_manifest};
use longshore_source_archive::{Limits, Packed, pack_directory};
use longshore_uploader::{bucket_spec, source_object, unprotected_inline, wrong_bucket};

use crate::cloud_target::CloudTarget;
use crate::detect::EntryPoint;
use crate::error::CliError;
use crate::function_args::{FlavourFlag, FunctionArgs, SignatureFlag};
use crate::function_name::name_like;
use crate::{detect, manifest, service_flags, trigger_flags};

/// File name of the manifest in a function's directory.
pub(crate) const MANIFEST: &str = longshore_source_archive::MANIFEST;

/// The requested function, from the manifest and the flags that override it. The directory is not
/// uploaded yet.
pub(crate) fn specification(directory: &Path, flags: &FunctionArgs) -> Result<Specified, CliError> {
    detect::check_directory(directory)?;
    check_manifest_name(directory)?;
    let path = directory.join(MANIFEST);
    let mut spec = match std::fs::read_to_string(&path) {
        Ok(text) => read_manifest(&text).map_err(|error| manifest::unusable(path, &error))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            proto::FunctionSpec::default()
        }
        Err(source) => return Err(CliError::Read { path, source }),
    };
    apply(flags, &mut spec)?;
    if spec.name.is_empty() {
        spec.name = name_of(directory);
        if spec.name.is_empty() {
            return Err(CliError::NoName(directory.to_owned()));
        }
    }
    let mut detected = None;
    if spec.entry_point.is_empty() {
        let found = detect::entry_point(directory, &spec.name, function_source(&spec))?;
        spec.entry_point.clone_from(&found.name);
        detected = Some(found);
    } else if !names_a_source(&spec) {
        detect::check_entry_point(directory, &spec.entry_point, function_source(&spec))?;
    }
    valid(&spec)?;
    Ok(Specified { spec, detected })
}

/// A requested function.
#[derive(Debug)]
pub(crate) struct Specified {
    pub(crate) spec: proto::FunctionSpec,
    /// The entry point, if neither the manifest nor a flag names it.
    pub(crate) detected: Option<EntryPoint>,
}

/// The file or directory of the function in the source, if the build settings name it.
pub(crate) fn function_source(spec: &proto::FunctionSpec) -> Option<&str> {
    spec.build.as_ref()?.environment.get("GOOGLE_FUNCTION_SOURCE").map(String::as_str)
}

/// Rejects a manifest under another name, which would have no effect.
pub(crate) fn check_manifest_name(directory: &Path) -> Result<(), CliError> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    if names.iter().any(|name| name == MANIFEST) {
        return Ok(());
    }
    let is_other = |name: &&std::ffi::OsString| {
        let name = name.to_string_lossy().to_lowercase();
        let stem = name.trim_start_matches('.');
        ["longshore.yml", "longshore.yaml", "longshore.json"].contains(&stem)
    };
    match names.iter().find(is_other) {
        Some(name) => Err(CliError::OtherManifest(directory.join(name))),
        None => Ok(()),
    }
}

fn apply(flags: &FunctionArgs, spec: &mut proto::FunctionSpec) -> Result<(), CliError> {
    let set = |field: &mut String, flag: &Option<String>| {
        if let Some(value) = flag {
            field.clone_from(value);
        }
    };
    set(&mut spec.name, &flags.name);
    set(&mut spec.runtime, &flags.runtime);
    set(&mut spec.entry_point, &flags.entry_point);
    if let Some(flavour) = flags.flavour {
        spec.flavour = match flavour {
            FlavourFlag::Run => proto::Flavour::Run,
            FlavourFlag::Functions => proto::Flavour::Functions,
        }
        .into();
    }
    if let Some(signature) = flags.signature {
        spec.signature = match signature {
            SignatureFlag::Http => proto::Signature::Http,
            SignatureFlag::CloudEvent => proto::Signature::CloudEvent,
            SignatureFlag::Typed => proto::Signature::Typed,
            SignatureFlag::Event => proto::Signature::Event,
        }
        .into();
    }
    service_flags::apply(flags, spec).map_err(CliError::ServiceFlags)?;
    apply_encryption(flags, spec);
    trigger_flags::apply(&flags.triggers, spec).map_err(CliError::Triggered)?;
    if !flags.build_environment.is_empty() {
        spec.build
            .get_or_insert_default()
            .environment
            .extend(flags.build_environment.iter().cloned());
    }
    Ok(())
}

/// In the Functions flavour, the bucket is only for the archive of the directory: the API chooses
/// its own.
fn apply_encryption(flags: &FunctionArgs, spec: &mut proto::FunctionSpec) {
    if let Some(repository) = &flags.repository {
        spec.build.get_or_insert_default().repository.clone_from(repository);
    }
    if let Some(key) = &flags.kms_key {
        spec.encryption.get_or_insert_default().kms_key.clone_from(key);
    }
    if let Some(bucket) = &flags.source_bucket
        && spec.flavour != i32::from(proto::Flavour::Functions)
    {
        spec.encryption.get_or_insert_default().source_bucket.clone_from(bucket);
    }
}

/// Validates the request before the fleet's project and region are known. The rules of encryption
/// depend on them, so [`stage`] validates it once more.
fn valid(spec: &proto::FunctionSpec) -> Result<(), CliError> {
    let defaults =
        Defaults { project: "some-project".to_owned(), region: "some-region1".to_owned() };
    let is_placed = !spec.project.is_empty() && !spec.region.is_empty();
    let encryption = spec.encryption.clone().filter(|_| is_placed);
    valid_at(&proto::FunctionSpec { encryption, ..spec.clone() }, &defaults)
}

/// Validates the request before anything is packed. The source is uploaded later, so a placeholder
/// stands in for it.
fn valid_at(spec: &proto::FunctionSpec, defaults: &Defaults) -> Result<(), CliError> {
    let staged = proto::StorageObject {
        bucket: "bucket".to_owned(),
        object: "object".to_owned(),
        generation: 1,
    };
    let source = proto::Source { place: Some(proto::source::Place::Storage(staged)) };
    let request =
        proto::FunctionSpec { source: spec.source.clone().or(Some(source)), ..spec.clone() };
    Function::from_proto(request, defaults).map(drop).map_err(CliError::Invalid)
}

/// A valid function name from the name of the directory.
pub(crate) fn name_of(directory: &Path) -> String {
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let name =
        absolute.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    name_like(&name)
}

/// Packs a directory and uploads it to the uploader's bucket, or to the bucket of its key, unless
/// the archive exists there. If the manifest names another source, does nothing: the uploader
/// fetches that source.
pub(crate) async fn stage(
    target: &CloudTarget,
    directory: &Path,
    flags: &FunctionArgs,
    spec: &mut proto::FunctionSpec,
) -> Result<(), CliError> {
    let defaults = target.defaults();
    valid_at(spec, &defaults)?;
    if names_a_source(spec) {
        return check_inline(target, spec).await;
    }
    let protected = protected_bucket(target, flags, spec).await?;
    let packed = pack(directory).await?;
    let project = if spec.project.is_empty() { defaults.project } else { spec.project.clone() };
    let region = if spec.region.is_empty() { defaults.region } else { spec.region.clone() };
    let bucket = match protected {
        Some(bucket) => bucket,
        None => {
            let bucket = bucket_spec(&project, &region);
            target.clients.objects.ensure_bucket(&bucket).await.map_err(CliError::Stage)?;
            bucket.name
        }
    };
    let object = source_object(&packed.sha256);
    let generation = put(target, &bucket, &object, &packed).await?;
    let staged = proto::StorageObject { bucket, object, generation };
    spec.source = Some(proto::Source { place: Some(proto::source::Place::Storage(staged)) });
    Ok(())
}

/// The bucket for an archive that is to be under a key. It must be under that key before anything
/// is stored there.
pub(crate) async fn protected_bucket(
    target: &CloudTarget,
    flags: &FunctionArgs,
    spec: &proto::FunctionSpec,
) -> Result<Option<String>, CliError> {
    let Some(proto::Encryption { kms_key, source_bucket }) = &spec.encryption else {
        return Ok(None);
    };
    let named =
        flags.source_bucket.as_ref().or(Some(source_bucket).filter(|name| !name.is_empty()));
    let bucket = named.ok_or_else(|| CliError::NoProtectedBucket(kms_key.clone()))?;
    let found = target.clients.objects.default_key(bucket).await.map_err(CliError::Stage)?;
    match wrong_bucket(bucket, found.as_deref(), kms_key) {
        Some(wrong) => Err(CliError::Protection(Box::new(wrong))),
        None => Ok(Some(bucket.clone())),
    }
}

/// Refuses an archive in a request under a key before it is published, if the topic or the ledger
/// would keep it under none.
async fn check_inline(target: &CloudTarget, spec: &proto::FunctionSpec) -> Result<(), CliError> {
    let place = spec.source.as_ref().and_then(|source| source.place.as_ref());
    if spec.encryption.is_none() || !matches!(place, Some(proto::source::Place::Inline(_))) {
        return Ok(());
    }
    let topic = target.topic(&Topic::DeployRequested.of_requester(&target.settings.requester));
    let ledger = target.settings.ledger_bucket();
    let check = |resource: &str| {
        let resource = resource.to_owned();
        move |source| CliError::Check { resource, source }
    };
    let topic_key = target.clients.bus.topic_key(&topic).await.map_err(check(&topic))?;
    let ledger_key = target.clients.objects.default_key(&ledger).await.map_err(check(&ledger))?;
    match unprotected_inline(&topic, topic_key, &ledger, ledger_key) {
        Some(unprotected) => Err(CliError::Protection(Box::new(unprotected))),
        None => Ok(()),
    }
}

fn names_a_source(spec: &proto::FunctionSpec) -> bool {
    spec.source.as_ref().is_some_and(|source| source.place.is_some())
}

pub(crate) async fn pack(directory: &Path) -> Result<Packed, CliError> {
    let directory = directory.to_owned();
    let packing =
        tokio::task::spawn_blocking(move || pack_directory(&directory, &Limits::default()));
    let broken = |error| CliError::Start {
        what: "packing the source".to_owned(),
        source: std::io::Error::other(error),
    };
    packing.await.map_err(broken)?.map_err(CliError::Pack)
}

/// Returns the generation of the archive in its bucket. The archive is named by its digest, so an
/// existing one is not uploaded again.
pub(crate) async fn put(
    target: &CloudTarget,
    bucket: &str,
    object: &str,
    packed: &Packed,
) -> Result<i64, CliError> {
    let objects = &target.clients.objects;
    if let Some(found) = objects.head(bucket, object).await.map_err(CliError::Stage)? {
        return Ok(found.generation);
    }
    match objects
        .upload(bucket, object, packed.file.path(), BTreeMap::new())
        .await
        .map_err(CliError::Stage)?
    {
        Created::New(generation) => Ok(generation),
        // Another process uploaded the same archive concurrently. 0 selects the latest generation.
        Created::Exists => Ok(0),
    }
}

#[cfg(test)]
mod tests;
