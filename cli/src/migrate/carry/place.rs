//! Where the new function is, what it is built from, and its key. Pure.

use longshore_messages::{
    BuildSettings, Encryption, Flavour, Function, FunctionRef, StorageObject, service_id,
};

use super::{Known, Lossy, Needs};
use crate::estate::{Deployed, Kind, is_runtime, language};

/// Maximum length of the id of a service.
/// <https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create>
const SERVICE_ID_MAX_CHARS: usize = 49;

/// Repositories that Google or the fleet creates for all functions.
const DEFAULT_REPOSITORIES: [&str; 2] = ["gcf-artifacts", "cloud-run-source-deploy"];

/// Domain of the account that both APIs use if none is named.
const DEFAULT_ACCOUNT: &str = "-compute@developer.gserviceaccount.com";

/// The place and the name of the new function. Two of different flavours cannot have one name in one
/// place, because the function's service has it.
pub(super) fn target(
    one: &Deployed,
    flavour: Flavour,
    region: Option<&str>,
    needs: &Needs,
) -> Result<FunctionRef, String> {
    let region = region.unwrap_or(&one.at.region);
    let is_beside = one.flavour() != flavour && region == one.at.region;
    // The first generation has no service, so only its API knows its name.
    let is_taken = match one.kind() {
        Kind::FirstGeneration => flavour == Flavour::Functions && region == one.at.region,
        Kind::Function | Kind::RunFunction | Kind::Image => is_beside,
    };
    let suffix = match (&needs.suffix, flavour) {
        _ if !is_taken => "",
        (Some(suffix), _) => suffix,
        (None, Flavour::Run) => "-run",
        (None, Flavour::Functions) => "-fn",
    };
    let name = match flavour {
        Flavour::Run => service_id(&one.at.name),
        Flavour::Functions => one.at.name.clone(),
    };
    let name = format!("{name}{suffix}");
    if flavour == Flavour::Run && name.len() > SERVICE_ID_MAX_CHARS {
        return Err(format!(
            "the name {name} is too long for a service of Cloud Run, which has at most \
             {SERVICE_ID_MAX_CHARS} characters: give it another one in a manifest of your own"
        ));
    }
    Ok(FunctionRef { project: one.at.project.clone(), region: region.to_owned(), name })
}

/// The runtime of the new function. A requested one must be of the same language.
pub(super) fn runtime(
    one: &Deployed,
    before: Option<&Function>,
    requested: Option<&str>,
    flavour: Flavour,
) -> Result<Option<String>, String> {
    let requested_before = before.and_then(|before| before.runtime.as_deref());
    let current = one.runtime().or(requested_before);
    match (requested, current) {
        (Some(requested), Some(current)) if language(requested) != language(current) => Err(
            format!("its language is {}, but {requested} is for another one", language(current)),
        ),
        (Some(_), None) => Err(
            "its runtime is unknown, so its language may be another one: name it in a manifest of \
             your own"
                .to_owned(),
        ),
        (Some(requested), Some(_)) => Ok(Some(requested.to_owned())),
        (None, None) if flavour == Flavour::Functions => {
            Err("its runtime is unknown, and the Cloud Functions API requires one: add `--to \
             runtime=RUNTIME` for functions of one language"
                .to_owned())
        }
        // In the flavour that it has, a language stays a language.
        (None, _) if one.flavour() == flavour && requested_before.is_some() => {
            Ok(requested_before.map(str::to_owned))
        }
        (None, current) => Ok(current.map(str::to_owned)),
    }
}

pub(super) fn entry_point(one: &Deployed, before: Option<&Function>) -> Result<String, String> {
    let known = one.entry_point().or_else(|| before.map(|before| before.entry_point.as_str()));
    known
        .map(str::to_owned)
        .ok_or_else(|| "its entry point is unknown: name it in a manifest of your own".to_owned())
}

/// The object of the source: the one that its API names, or the one that it was downloaded to.
pub(super) fn source(one: &Deployed, known: &Known) -> Result<StorageObject, String> {
    if let Some(downloaded) = &known.downloaded {
        return Ok(downloaded.clone());
    }
    let named = named_source(one);
    let uploaded = known.uploaded.as_ref().map(|uploaded| &uploaded.source.object);
    named.or_else(|| uploaded.cloned()).ok_or_else(|| {
        "its API names no source, and gives none for download: deploy it from its source".to_owned()
    })
}

/// The object that the API of a function or a service names.
pub(crate) fn named_source(one: &Deployed) -> Option<StorageObject> {
    if let Some(function) = &one.function {
        let source = &function.live.shape.source;
        return (!source.bucket.is_empty() && !source.object.is_empty()).then(|| source.clone());
    }
    parsed(&one.live()?.shape.build.as_ref()?.source_location)
}

/// An object as `gs://BUCKET/OBJECT#GENERATION`.
fn parsed(location: &str) -> Option<StorageObject> {
    let (bucket, object) = location.strip_prefix("gs://")?.split_once('/')?;
    let numbered = object
        .rsplit_once('#')
        .and_then(|(object, generation)| Some((object, generation.parse().ok()?)));
    let (object, generation) = numbered.unwrap_or((object, 0));
    (!object.is_empty()).then(|| StorageObject {
        bucket: bucket.to_owned(),
        object: object.to_owned(),
        generation,
    })
}

/// An account that is named, unless it is the one that both APIs use by themselves.
pub(super) fn own_account(account: &str) -> Option<&str> {
    let is_default = account.is_empty() || account.ends_with(DEFAULT_ACCOUNT);
    (!is_default).then_some(account)
}

pub(super) fn build(
    one: &Deployed,
    before: Option<&Function>,
    flavour: Flavour,
    to: &FunctionRef,
    lost: &mut Lossy,
) -> BuildSettings {
    let mut build = live_build(one);
    if let Some(before) = before {
        build.machine_type.clone_from(&before.build.machine_type);
        build.base_image.clone_from(&before.build.base_image);
        build.repository = before.build.repository.clone().or(build.repository);
    }
    build.service_account =
        own_account(&build.service_account).map(str::to_owned).unwrap_or_default();
    if to.region != one.at.region {
        leave_region(&mut build, flavour, to, lost);
    }
    if flavour == Flavour::Functions {
        for (field, value) in [
            ("build.machineType", &mut build.machine_type),
            ("build.baseImage", &mut build.base_image),
        ] {
            if !value.is_empty() {
                let value = std::mem::take(value);
                let reason =
                    format!("it is {value}, and the Cloud Functions API has no such setting");
                lost.add(field, reason, "leave it to Google, or keep the function in Cloud Run");
            }
        }
    }
    build
}

fn live_build(one: &Deployed) -> BuildSettings {
    if let Some(function) = &one.function {
        let shape = &function.live.shape;
        return BuildSettings {
            environment: shape.build_environment.clone(),
            service_account: shape.build_account.clone(),
            worker_pool: shape.worker_pool.clone(),
            repository: own_repository(&shape.repository),
            ..BuildSettings::default()
        };
    }
    let record = one.live().and_then(|live| live.shape.build.clone()).unwrap_or_default();
    // The base image of a runtime follows from the runtime.
    let is_own = !record.base_image.split('/').any(is_runtime);
    BuildSettings {
        environment: record.environment,
        service_account: record.service_account,
        worker_pool: record.worker_pool,
        base_image: if is_own { record.base_image } else { String::new() },
        ..BuildSettings::default()
    }
}

fn own_repository(name: &str) -> Option<String> {
    let id = name.rsplit('/').next().unwrap_or_default();
    let is_own = !id.is_empty() && !DEFAULT_REPOSITORIES.contains(&id);
    is_own.then(|| name.to_owned())
}

/// What belongs to the region that the function leaves.
fn leave_region(build: &mut BuildSettings, flavour: Flavour, to: &FunctionRef, lost: &mut Lossy) {
    let advice = format!("name one in {}", to.region);
    if !build.worker_pool.is_empty() {
        let pool = std::mem::take(&mut build.worker_pool);
        lost.add("build.workerPool", format!("{pool} is in another region"), &*advice);
    }
    // The Run flavour may push to any region.
    let stays = flavour == Flavour::Run;
    if let Some(repository) = build.repository.take_if(|_| !stays) {
        let reason = format!("{repository} is in another region");
        lost.add("build.repository", reason, advice);
    }
}

/// The key of the new function: the requested one, or the one that it has.
pub(super) fn key(
    one: &Deployed,
    requested: Option<&str>,
    to: &FunctionRef,
) -> Result<Option<String>, String> {
    if let Some(requested) = requested {
        return Ok(Some(requested.to_owned()));
    }
    let function = one.function.as_ref().map(|function| function.live.shape.kms_key.as_str());
    let service = || one.live()?.shape.encryption_key.as_deref();
    let Some(key) = function.or_else(service).filter(|key| !key.is_empty()) else {
        return Ok(None);
    };
    if key.split('/').nth(3) != Some(&to.region) {
        return Err(format!(
            "its key {key} cannot be used in {}: add `--to key=KEY` with a key there",
            to.region
        ));
    }
    Ok(Some(key.to_owned()))
}

/// The encryption under a key, and the repository that has to be under it as well.
pub(super) fn encryption(
    key: String,
    one: &Deployed,
    before: Option<&Function>,
    flavour: Flavour,
    to: &FunctionRef,
    needs: &Needs,
) -> Result<(Encryption, String), String> {
    let same = before.filter(|before| before.kms_key() == Some(&key));
    let of_function = one.function.as_ref().filter(|of| of.live.shape.kms_key == key);
    let of_function = of_function.and_then(|of| own_repository(&of.live.shape.repository));
    let repository = needs.repository.clone();
    let repository = repository
        .or_else(|| same.and_then(|before| before.build.repository.clone()))
        .or(of_function)
        .filter(|name| name.split('/').nth(3) == Some(&to.region));
    let Some(repository) = repository else {
        return Err(format!(
            "the key needs a repository in {} that is under it: add `--repository REPOSITORY`",
            to.region
        ));
    };
    let bucket = needs.source_bucket.clone();
    let bucket =
        bucket.or_else(|| same.and_then(|before| before.encryption.clone()?.source_bucket));
    let source_bucket = match flavour {
        Flavour::Functions => None,
        Flavour::Run => Some(bucket.ok_or(
            "the key needs a bucket for the source that is under it: add `--source-bucket BUCKET`",
        )?),
    };
    Ok((Encryption { kms_key: key, source_bucket }, repository))
}
