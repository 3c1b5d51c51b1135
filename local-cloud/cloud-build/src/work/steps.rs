//! The steps of a build, in order.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use longshore_local_kit::trees::Scratch;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::output;
use super::source::{UnpackError, unpack};
use crate::blocking::Blocking;
use crate::buildpack;
use crate::buildpack::contract::{BuildError, Built, Tools, Workspace};
use crate::buildpack::own_layer;
use crate::chain::chain;
use crate::confinement::{Confinement, Room, read_text};
use crate::core::{End, Failure, FailureKind, Image, Provenance, Record, Span, Spec, Status};
use crate::credentials::FILES;
use crate::image::{self, LayerCache, Reference, Registry};
use crate::log::{self, BuildLog, LogLocation};
use crate::names::BuildNames;
use crate::ports::{SecretSource, SourceError, SourceStore};
use longshore_local_kit::disk;

/// The services and the directory that builds use.
pub(crate) struct Worker {
    pub(crate) source: Arc<dyn SourceStore>,
    pub(crate) secrets: Arc<dyn SecretSource>,
    pub(crate) registry: Registry,
    /// The layers of functions.
    pub(crate) cache: Arc<LayerCache>,
    /// The layers that are made without a source.
    pub(crate) shared_cache: Arc<LayerCache>,
    pub(crate) confinement: Arc<Confinement>,
    /// Each build gets a directory in this one.
    pub(crate) dir: PathBuf,
}

#[derive(Debug, thiserror::Error)]
enum BuildFailure {
    #[error("cannot fetch the source")]
    Fetch(#[source] SourceError),
    #[error("cannot unpack the source")]
    Unpack(#[source] UnpackError),
    /// In Secret Manager's words.
    #[error("failed to access secret version for secret {version}: {reason}")]
    Secret { version: String, reason: String },
    #[error("buildpack {0} failed")]
    Buildpack(&'static str, #[source] BuildError),
    #[error("cannot write the image")]
    Image(#[source] io::Error),
    #[error("cannot push the image")]
    Push(#[source] image::PushError),
    #[error("cannot create a directory for the build")]
    Directory(#[source] io::Error),
    #[error("the build crashed")]
    Crashed(#[source] io::Error),
}

/// The results of a build so far.
#[derive(Default)]
struct Progress {
    phases: BTreeMap<String, Span>,
    output: Option<String>,
    provenance: Option<Provenance>,
}

/// Runs a build to its end. Returns `None` if it was cancelled: the caller that cancelled it
/// records the end.
pub(crate) async fn run(
    worker: &Worker,
    names: BuildNames<'_>,
    record: &Record,
    cancelled: &CancellationToken,
) -> Option<End> {
    let log = Arc::new(BuildLog::default());
    let location = LogLocation {
        bucket: names.logs_bucket(&record.spec),
        object: names.log_object(&record.id),
        project: record.spec.project.clone(),
        region: record.spec.region.clone(),
    };
    let done = CancellationToken::new();
    let storing = tokio::spawn(log::keep_stored(
        Arc::clone(&log),
        Arc::clone(&worker.source),
        location,
        done.clone(),
    ));
    log.line(format!("starting build \"{}\"\n", record.id));
    let mut progress = Progress::default();
    let (mut home, blocking) = (None, Blocking::default());
    let end = tokio::select! {
        result = steps(worker, record, &log, &mut home, &blocking, &mut progress) => Some(Ok(result)),
        () = cancelled.cancelled() => None,
        () = tokio::time::sleep(record.spec.timeout()) => Some(Err(())),
    };
    let end = end.map(|outcome| match outcome {
        Ok(result) => ended(result, progress, &log),
        Err(()) => {
            let detail =
                format!("build exceeded its timeout of {} s", record.spec.timeout().as_secs());
            let Progress { phases, provenance, .. } = progress;
            End { phases, provenance, ..End::without_work(Status::Timeout, &detail) }
        }
    });
    log.line(match &end {
        None => "CANCELLED".to_owned(),
        Some(end) if end.status == Status::Success => "DONE".to_owned(),
        Some(end) => format!("ERROR: {}", end.detail),
    });
    // A directory that is removed while it is packed would make an incomplete layer for later builds.
    blocking.ended().await;
    let removed = tokio::task::spawn_blocking(move || drop(home)).await;
    if let Err(error) = removed {
        tracing::warn!(%error, build = record.id, "the task that removes a directory crashed");
    }
    done.cancel();
    if let Err(error) = storing.await {
        tracing::warn!(
            %error,
            build = record.id,
            "the task that stores the log of a build crashed"
        );
    }
    end
}

async fn steps(
    worker: &Worker,
    record: &Record,
    log: &Arc<BuildLog>,
    home: &mut Option<Scratch>,
    blocking: &Blocking,
    progress: &mut Progress,
) -> Result<Image, BuildFailure> {
    let created = Scratch::new_in(&worker.dir, "build-");
    let home = home.insert(created.map_err(BuildFailure::Directory)?).path();
    let root = home.join("workspace");
    std::fs::create_dir(&root).map_err(BuildFailure::Directory)?;
    log.set_workspace(&root);

    log.line("FETCHSOURCE");
    let fetching = Phase::begin("FETCHSOURCE");
    let fetched = fetch(worker, &record.spec, root, blocking, log).await;
    fetching.end(progress);
    let (provenance, source) = fetched?;
    progress.provenance = Some(provenance);

    log.line("\nBUILD");
    let building = Phase::begin("BUILD");
    let built = build(worker, &record.spec, source, home, blocking, log, progress).await;
    building.end(progress);
    let (built, workspace) = built?;

    log.line("\nPUSH");
    let pushing = Phase::begin("PUSH");
    let pushed = push(worker, &record.spec, home, built, workspace, blocking, log).await;
    let push = pushing.end(progress);
    Ok(Image { name: record.spec.image.clone(), digest: pushed?, push })
}

/// An unpacked source.
struct Unpacked {
    root: PathBuf,
    /// `sha256:…` of its archive.
    digest: String,
}

async fn fetch(
    worker: &Worker,
    spec: &Spec,
    root: PathBuf,
    blocking: &Blocking,
    log: &BuildLog,
) -> Result<(Provenance, Unpacked), BuildFailure> {
    log.line(format!(
        "Fetching storage object: gs://{}/{}#{}",
        spec.bucket, spec.object, spec.generation
    ));
    let source = Arc::clone(&worker.source);
    let (bucket, object, generation) = (spec.bucket.clone(), spec.object.clone(), spec.generation);
    let fetching = move || match source.open(&bucket, &object, generation) {
        Ok(source) => {
            let provenance = Provenance { generation: source.generation, md5: source.md5 };
            let unreadable = |error| UnpackError::Disk(source.path.display().to_string(), error);
            let unpacked = image::digest_of(&source.path)
                .map_err(unreadable)
                .and_then(|digest| unpack(&source.path, &root).map(|()| Unpacked { root, digest }));
            Ok(unpacked.map(|source| (provenance, source)).map_err(BuildFailure::Unpack))
        }
        Err(error) => Ok(Err(BuildFailure::Fetch(error))),
    };
    blocking.run(fetching).await.map_err(BuildFailure::Crashed)?
}

async fn build(
    worker: &Worker,
    spec: &Spec,
    Unpacked { root, digest }: Unpacked,
    home: &Path,
    blocking: &Blocking,
    log: &Arc<BuildLog>,
    progress: &mut Progress,
) -> Result<(Built, Workspace), BuildFailure> {
    if let Some(reason) = worker.confinement.missing_sandbox() {
        log.line(format!(
            "WARNING: this build runs without a sandbox, as processes of the user who runs the local \
             cloud: {reason}"
        ));
    }
    let scope = scope(&spec.image).to_owned();
    let room = worker.confinement.private_cache(&scope).and_then(|caches| {
        let credentials = log.credentials().clone();
        Room::new(&worker.confinement, home, Some(&root), Some(caches), credentials)
    });
    let environment = environment(worker, spec, log)?;
    learn_credentials(&environment, &root, log);
    let source = own_layer::inputs(&digest, &environment);
    let workspace = Workspace::new(root, environment);
    let tools = Tools {
        cache: Arc::clone(&worker.cache),
        shared_cache: Arc::clone(&worker.shared_cache),
        confinement: Arc::clone(&worker.confinement),
        room: room.map_err(BuildFailure::Directory)?,
        blocking: blocking.clone(),
        log: Arc::clone(log),
        home: home.to_owned(),
        scope,
        source,
    };
    let (id, result) = buildpack::detect_and_build(&workspace, &tools).await;
    match result {
        Ok(built) => {
            progress.output = Some(output::of_success(&built.versions, &built.warnings));
            Ok((built, workspace))
        }
        Err(error) => {
            progress.output = Some(output::of_failure(id, &error));
            log.line(chain(&error));
            Err(BuildFailure::Buildpack(id, error))
        }
    }
}

/// The variables of a build, with the values of secrets, which the log does not show.
fn environment(
    worker: &Worker,
    spec: &Spec,
    log: &BuildLog,
) -> Result<BTreeMap<String, String>, BuildFailure> {
    let mut environment = spec.environment.clone();
    for (name, version) in &spec.secrets {
        let value = worker
            .secrets
            .text(version)
            .map_err(|reason| BuildFailure::Secret { version: version.clone(), reason })?;
        log.credentials().learn_secret(&value);
        environment.insert(name.clone(), value);
    }
    Ok(environment)
}

/// Learns what the log must not show, and warns of what the image will show.
fn learn_credentials(environment: &BTreeMap<String, String>, root: &Path, log: &BuildLog) {
    log.credentials().learn_variables(environment);
    for file in FILES {
        let Ok(text) = read_text(&root.join(file)) else { continue };
        if log.credentials().learn(&text) {
            log.line(format!(
                "WARNING: {file} has a credential. It is part of the source and of the image, and \
                 visible to everyone who can read them"
            ));
        }
    }
}

/// What the layers and caches of a function are kept by: its image without the tag.
fn scope(image: &str) -> &str {
    let name = image.rfind('/').map_or(0, |slash| slash + 1);
    image[name..].find(':').map_or(image, |colon| &image[..name + colon])
}

async fn push(
    worker: &Worker,
    spec: &Spec,
    home: &Path,
    built: Built,
    workspace: Workspace,
    blocking: &Blocking,
    log: &BuildLog,
) -> Result<String, BuildFailure> {
    let blobs = home.join("image");
    let writing = move || image::write(&blobs, &built.image, workspace.root());
    let image = blocking.run(writing).await.map_err(BuildFailure::Image)?;
    let name = Reference::parse(&spec.image)
        .ok_or_else(|| BuildFailure::Image(io::Error::other("the image has no valid name")))?;
    log.line(format!("Pushing {name}"));
    let digest = worker.registry.push(&name, &image, log).await.map_err(BuildFailure::Push)?;
    log.line(format!("{}: digest: {digest}", name.tag));
    Ok(digest)
}

fn ended(result: Result<Image, BuildFailure>, progress: Progress, log: &BuildLog) -> End {
    let (status, detail, failure, image) = match result {
        Ok(image) => (Status::Success, String::new(), None, Some(image)),
        Err(stop) => {
            let detail = log.shown(&chain(&stop)).into_owned();
            disk::report_if_full(&stop);
            let kind = failure_kind(&stop);
            let status = if kind.is_some() { Status::Failure } else { Status::InternalError };
            let failure = kind.map(|kind| Failure { kind, detail: detail.clone() });
            (status, detail, failure, None)
        }
    };
    let Progress { phases, output, provenance } = progress;
    End { status, detail, failure, image, output, phases, provenance }
}

/// Cloud Build's type for the failure; `None` means an internal error.
fn failure_kind(stop: &BuildFailure) -> Option<FailureKind> {
    match stop {
        BuildFailure::Fetch(SourceError::NotFound | SourceError::Key(_)) => {
            Some(FailureKind::FetchSourceFailed)
        }
        BuildFailure::Unpack(UnpackError::Disk(..)) | BuildFailure::Fetch(SourceError::Io(_)) => {
            None
        }
        BuildFailure::Unpack(
            UnpackError::Format
            | UnpackError::Zip(_)
            | UnpackError::Tar(_)
            | UnpackError::Outside(_)
            | UnpackError::Chain(_)
            | UnpackError::Special(_)
            | UnpackError::Name(_)
            | UnpackError::Duplicate(_)
            | UnpackError::Large,
        ) => Some(FailureKind::FetchSourceFailed),
        BuildFailure::Secret { .. } | BuildFailure::Buildpack(_, BuildError::User(_)) => {
            Some(FailureKind::UserBuildStep)
        }
        // Something in the workspace cannot be part of an image.
        BuildFailure::Image(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Some(FailureKind::UserBuildStep)
        }
        BuildFailure::Push(_) => Some(FailureKind::PushFailed),
        BuildFailure::Buildpack(_, BuildError::Host { .. })
        | BuildFailure::Image(_)
        | BuildFailure::Directory(_)
        | BuildFailure::Crashed(_) => None,
    }
}

struct Phase {
    name: &'static str,
    from: OffsetDateTime,
}

impl Phase {
    fn begin(name: &'static str) -> Self {
        Self { name, from: OffsetDateTime::now_utc() }
    }

    fn end(self, progress: &mut Progress) -> Span {
        let span = Span { from: self.from, to: OffsetDateTime::now_utc() };
        progress.phases.insert(self.name.to_owned(), span);
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builds_of_a_function_share_a_scope() {
        for (image, expected) in [
            ("host/p/r/hello:a1", "host/p/r/hello"),
            ("host:5000/p/r/hello:a1", "host:5000/p/r/hello"),
            ("host:5000/p/r/hello", "host:5000/p/r/hello"),
            ("hello", "hello"),
        ] {
            assert_eq!(scope(image), expected);
        }
    }
}
