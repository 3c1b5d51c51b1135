//! Deploying directories: publishes a request for each, as any other client of the fleet does, and
//! follows the deployments.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures::future::join_all;
use longshore_messages::{
    DeploymentFinished, DeploymentId, Topic, TraceContext, encode_request, proto,
};
use longshore_runner::telemetry::chain;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::follow::follow;
use crate::function_args::FunctionArgs;
use crate::output::{self, Tone};
use crate::parked_message::PARKED;
use crate::progress::{Line, Progress};
use crate::source;

pub(crate) use report::{Deployed, exit_code, human};

/// `ce-source` of requests from this program.
const REQUEST_SOURCE: &str = "//longshore/cli";

/// Maximum number of directories that are packed and uploaded concurrently: packing uses one
/// processor each, uploads share the network.
const STAGED_AT_ONCE: usize = 4;

/// Rejects flags that make no sense for several directories.
pub(crate) fn check(directories: &[PathBuf], flags: &FunctionArgs) -> Result<(), CliError> {
    if directories.len() > 1 && flags.name.is_some() {
        return Err(CliError::OneNameForMany(directories.len()));
    }
    Ok(())
}

/// A published request.
struct Requested {
    id: DeploymentId,
    /// `PROJECT/REGION/NAME`.
    function: String,
    /// A time before it was published.
    at: OffsetDateTime,
}

/// Deployments that are followed together.
pub(crate) struct Deploying<'a> {
    target: &'a CloudTarget,
    flags: &'a FunctionArgs,
    staging: Semaphore,
    /// Deployments in progress, with the names of their functions.
    under_way: Mutex<BTreeMap<DeploymentId, String>>,
    /// Functions that were requested.
    names: Mutex<BTreeSet<String>>,
}

impl<'a> Deploying<'a> {
    pub(crate) fn new(target: &'a CloudTarget, flags: &'a FunctionArgs) -> Self {
        Self {
            target,
            flags,
            staging: Semaphore::new(STAGED_AT_ONCE),
            under_way: Mutex::default(),
            names: Mutex::default(),
        }
    }

    /// Deploys all directories concurrently. If one fails, the others are deployed nevertheless.
    pub(crate) async fn all(&self, directories: &[PathBuf]) -> Vec<Deployed> {
        let progress = Progress::new(directories.len());
        join_all(directories.iter().map(|directory| self.one(directory, &progress))).await
    }

    async fn one(&self, directory: &Path, progress: &Progress) -> Deployed {
        let line = progress.line(&directory.display().to_string());
        let (error, requested) = match self.request(directory, &line).await {
            Ok(requested) => match self.follow(&requested, &line).await {
                Ok(finished) => return Deployed::of(directory, requested.id, finished),
                Err(error) => (error, Some(requested)),
            },
            Err(error) => (error, None),
        };
        let (outcome, deployed) = match requested {
            None => ("not deployed", Deployed::not_requested(directory, &error)),
            Some(requested) => {
                let outcome = match error {
                    CliError::Parked(_) => PARKED,
                    _ => "unknown",
                };
                let function = requested.function;
                (outcome, Deployed::unfinished(directory, requested.id, function, outcome, &error))
            }
        };
        let why = match &error {
            CliError::Parked(message) => format!(" by {}: {}", message.stage, message.reason),
            error => format!(": {}", chain(error)),
        };
        line.end(outcome, Tone::Bad, &why);
        if let Some(advice) = error.advice() {
            line.advise(&advice);
        }
        deployed
    }

    async fn follow(
        &self,
        requested: &Requested,
        line: &Line,
    ) -> Result<DeploymentFinished, CliError> {
        let id = requested.id;
        line.step(&format!("requested as deployment {id}"));
        let pace = || self.under_way.lock().len();
        let since = Some(requested.at);
        let followed = follow(self.target, id, since, pace, |seen| line.seen(seen)).await;
        self.under_way.lock().remove(&id);
        followed
    }

    /// Packs and uploads the source, then publishes the request.
    async fn request(&self, directory: &Path, line: &Line) -> Result<Requested, CliError> {
        let _permit = self.staging.acquire().await;
        let mut spec = source::specification(directory, self.flags)?;
        let name = spec.name.clone();
        if !self.names.lock().insert(name.clone()) {
            return Err(CliError::SameName(name));
        }
        line.step("packing the source");
        source::stage(self.target, directory, self.flags, &mut spec).await?;
        let function = function_of(&spec, self.target);
        let at = OffsetDateTime::now_utc();
        let id = publish(self.target, spec).await?;
        self.under_way.lock().insert(id, name);
        Ok(Requested { id, function, at })
    }

    /// Lists the deployments that continue after the command is interrupted.
    pub(crate) fn say_what_continues(&self) {
        let under_way = self.under_way.lock();
        if under_way.is_empty() {
            return output::say("interrupted; no deployment is in progress");
        }
        output::say("interrupted; these deployments continue without this command:");
        for (id, name) in &*under_way {
            output::say(format!("  {name}  longshore status {id} --follow"));
        }
        output::say("cancel one with `longshore cancel DEPLOYMENT`");
    }
}

/// The function of a request, `PROJECT/REGION/NAME`.
fn function_of(spec: &proto::FunctionSpec, target: &CloudTarget) -> String {
    let settings = &target.settings;
    let or = |own: &String, default: &String| if own.is_empty() { default } else { own }.clone();
    let (project, region) =
        (or(&spec.project, &settings.project), or(&spec.region, &settings.region));
    format!("{project}/{region}/{}", spec.name)
}

/// Publishes a request with a new id.
pub(crate) async fn publish(
    target: &CloudTarget,
    spec: proto::FunctionSpec,
) -> Result<DeploymentId, CliError> {
    let request =
        proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
    let ce_id = uuid::Uuid::new_v4().to_string();
    let wire = encode_request(
        &request,
        REQUEST_SOURCE,
        &ce_id,
        &TraceContext::default(),
        OffsetDateTime::now_utc(),
    );
    let requester = &target.settings.requester;
    let topic = target.topic(&Topic::DeployRequested.of_requester(requester));
    target.clients.bus.publish(&topic, wire).await.map_err(CliError::Publish)?;
    Ok(DeploymentId::requested_by(requester, REQUEST_SOURCE, &ce_id))
}
