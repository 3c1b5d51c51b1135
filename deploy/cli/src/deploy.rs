//! `longshore deploy`: publishes requests like any upstream system, and follows what becomes of them.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use longshore_messages::{DeploymentFinished, DeploymentId, Outcome, Topic, TraceContext, encode_request, proto};
use serde::Serialize;
use time::OffsetDateTime;

use crate::args::{DeployArgs, FunctionArgs, Output};
use crate::error::CliError;
use crate::follow::follow;
use crate::place::Place;
use crate::progress::{Line, Progress};
use crate::{exit, output, source};

/// `ce-source` of the requests of this program.
const REQUEST_SOURCE: &str = "//longshore/cli";

/// What became of one directory, as `--output json` writes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployed {
    pub(crate) directory: PathBuf,
    pub(crate) function: String,
    pub(crate) deployment: Option<DeploymentId>,
    pub(crate) outcome: String,
    pub(crate) url: Option<String>,
    pub(crate) revision: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) failure: Option<longshore_messages::Failure>,
    pub(crate) error: Option<String>,
}

pub(crate) async fn deploy(args: DeployArgs, data_dir: Option<PathBuf>, output: Output) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let deployed = deploy_all(&place, &args.directories, &args.function).await;
    output::result(output, &deployed, |deployed| urls(deployed))?;
    Ok(if deployed.iter().all(Deployed::serves) { exit::OK } else { exit::NOT_DEPLOYED })
}

/// Deploys every directory at the same time. One that fails does not keep the others from being deployed.
pub(crate) async fn deploy_all(place: &Place, directories: &[PathBuf], flags: &FunctionArgs) -> Vec<Deployed> {
    let progress = Progress::new();
    join_all(directories.iter().map(|directory| deploy_one(place, directory, flags, &progress))).await
}

/// The URLs of what serves, one a line.
pub(crate) fn urls(deployed: &[Deployed]) -> String {
    deployed.iter().filter_map(|deployed| deployed.url.as_deref()).collect::<Vec<_>>().join("\n")
}

async fn deploy_one(place: &Place, directory: &Path, flags: &FunctionArgs, progress: &Progress) -> Deployed {
    let line = progress.line(&directory.display().to_string());
    match request_and_follow(place, directory, flags, &line).await {
        Ok((id, finished)) => Deployed::of(directory, id, finished),
        Err(error) => {
            line.end(&format!("not deployed: {}", longshore_runner::telemetry::chain(&error)));
            if let Some(advice) = error.advice() {
                line.advise(&advice);
            }
            Deployed::not_asked_for(directory, &error)
        }
    }
}

async fn request_and_follow(
    place: &Place,
    directory: &Path,
    flags: &FunctionArgs,
    line: &Line,
) -> Result<(DeploymentId, DeploymentFinished), CliError> {
    let mut spec = source::specification(directory, flags)?;
    line.step("packing the source");
    source::stage(place, directory, &mut spec).await?;
    let id = publish(place, spec).await?;
    line.step(&format!("requested as deployment {id}"));
    let finished = follow(&place.ledger, id, place.local, |seen| line.seen(seen)).await?;
    Ok((id, finished))
}

/// Publishes one request, under an identity of its own.
async fn publish(place: &Place, spec: proto::FunctionSpec) -> Result<DeploymentId, CliError> {
    let request = proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    let ce_id = uuid::Uuid::new_v4().to_string();
    let wire = encode_request(&request, REQUEST_SOURCE, &ce_id, &TraceContext::default(), OffsetDateTime::now_utc());
    let topic = Topic::DeployRequested.full_name(&place.settings.project, &place.settings.fleet);
    place.clients.bus.publish(&topic, wire).await.map_err(CliError::Publish)?;
    Ok(DeploymentId::of(REQUEST_SOURCE, &ce_id))
}

impl Deployed {
    /// Whether what was asked for serves.
    pub(crate) fn serves(&self) -> bool {
        self.url.is_some()
    }

    fn of(directory: &Path, id: DeploymentId, finished: DeploymentFinished) -> Self {
        let mut deployed = Self {
            directory: directory.to_owned(),
            function: finished.function,
            deployment: Some(id),
            outcome: finished.outcome.as_str().to_owned(),
            url: None,
            revision: None,
            image: None,
            failure: None,
            error: None,
        };
        match finished.outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
                deployed.url = Some(serving.url);
                deployed.revision = Some(serving.revision);
                deployed.image = Some(serving.image);
            }
            Outcome::Failed(failure) => deployed.failure = Some(failure),
            Outcome::Superseded { .. } | Outcome::Cancelled => {}
        }
        deployed
    }

    fn not_asked_for(directory: &Path, error: &CliError) -> Self {
        Self {
            directory: directory.to_owned(),
            function: String::new(),
            deployment: None,
            outcome: "not-requested".to_owned(),
            url: None,
            revision: None,
            image: None,
            failure: None,
            error: Some(longshore_runner::telemetry::chain(error)),
        }
    }
}
