//! Deploying directories: publishes a request for each, as any other client of the fleet does, and
//! follows the deployments.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures::future::join_all;
use longshore_messages::{DeploymentFinished, DeploymentId, Outcome, Topic, encode_request, proto};
use longshore_runner::telemetry::chain;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use crate::build_log::differences;
use crate::cloud_target::CloudTarget;
use crate::detect::{EntryPoint, has_dockerfile};
use crate::error::CliError;
use crate::follow::follow;
use crate::function_args::FunctionArgs;
use crate::output::{self, Tone};
use crate::parked_message::PARKED;
use crate::progress::{Line, Progress};
use crate::{source, trace_context};

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
    /// Variables that have the newest version of a secret.
    latest: Vec<String>,
    /// What was noticed before.
    notes: Vec<String>,
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

/// Whether what the build said matters to the outcome.
fn is_told_about(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deployed(_) | Outcome::Unchanged(_) | Outcome::Failed(_) => true,
        Outcome::Superseded { .. } | Outcome::Cancelled | Outcome::TrafficPinned { .. } => false,
    }
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
                Ok(finished) => {
                    let mut notes = requested.notes;
                    if let Ok(function) = requested.function.parse()
                        && is_told_about(&finished.outcome)
                    {
                        let warnings = differences(self.target, &function).await;
                        warnings.iter().for_each(|warning| line.note(warning));
                        notes.extend(warnings);
                    }
                    if matches!(finished.outcome, Outcome::Unchanged(_))
                        && let Some(note) = kept_values(&requested.latest)
                    {
                        line.note(&note);
                        notes.push(note);
                    }
                    return Deployed::of(directory, requested.id, finished).with_notes(notes);
                }
                Err(error) => (error, Some(requested)),
            },
            Err(error) => (error, None),
        };
        let continues = requested.as_ref().map(|requested| self.continues(requested.id, &error));
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
            error => match chain(error) {
                why if self.target.local && why.contains("Connection refused") => {
                    ": the local cloud no longer responds".to_owned()
                }
                why => format!(": {why}"),
            },
        };
        line.end(outcome, Tone::Bad, &why);
        for advice in error.advice().into_iter().chain(continues.flatten()) {
            line.advise(&advice);
        }
        deployed
    }

    /// What becomes of a deployment that cannot be followed any more. A parked one waits for the
    /// user.
    fn continues(&self, id: DeploymentId, error: &CliError) -> Option<String> {
        if matches!(error, CliError::Parked(_)) {
            return None;
        }
        Some(if self.target.local {
            format!(
                "deployment {id} was accepted, and continues as soon as the local cloud runs again: \
                 start it with `longshore up`, then `longshore status {id} --follow`"
            )
        } else {
            format!(
                "deployment {id} was accepted, and continues without this command: `longshore status \
                 {id} --follow`"
            )
        })
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
        let source::Specified { mut spec, detected } =
            source::specification(directory, self.flags)?;
        let name = spec.name.clone();
        if !self.names.lock().insert(name.clone()) {
            return Err(CliError::SameName(name));
        }
        let mut notes = notes(directory, detected.as_ref());
        notes.extend(hidden_files(directory, &spec));
        notes.iter().for_each(|note| line.note(note));
        let latest = latest_variables(&spec);
        line.step("packing the source");
        source::stage(self.target, directory, self.flags, &mut spec).await?;
        let function = function_of(&spec, self.target);
        let at = OffsetDateTime::now_utc();
        let id = publish(self.target, spec).await?;
        self.under_way.lock().insert(id, name);
        Ok(Requested { id, function, at, latest, notes })
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

/// What the user may not expect of a directory.
fn notes(directory: &Path, detected: Option<&EntryPoint>) -> Vec<String> {
    let entry_point = detected
        .map(|found| format!("the entry point is {}, found in {}", found.name, found.place));
    let dockerfile = has_dockerfile(directory)
        .then(|| "the Dockerfile is not used: functions are built without one".to_owned());
    entry_point.into_iter().chain(dockerfile).collect()
}

/// Directories of secrets that hide files of the function, which is in `/workspace`.
fn hidden_files(directory: &Path, spec: &proto::FunctionSpec) -> Vec<String> {
    let volumes = spec.service.iter().flat_map(|service| &service.secret_volumes);
    let hides = |path: &&String| {
        let inside =
            path.strip_prefix("/workspace").filter(|rest| rest.is_empty() || rest.starts_with('/'));
        inside.is_some_and(|rest| directory.join(rest.trim_start_matches('/')).exists())
    };
    let hiding = volumes.map(|volume| &volume.mount_path).filter(hides);
    hiding
        .map(|path| format!("the secret in {path} hides the files that the function has there"))
        .collect()
}

/// Variables with the newest version of a secret, which instances read when they start.
fn latest_variables(spec: &proto::FunctionSpec) -> Vec<String> {
    let secrets = spec.service.iter().flat_map(|service| &service.secret_environment);
    let latest = secrets.filter(|secret| matches!(secret.version.as_str(), "" | "latest"));
    latest.map(|secret| secret.name.clone()).collect()
}

/// What an unchanged service means for these variables.
fn kept_values(latest: &[String]) -> Option<String> {
    let are = match latest {
        [] => return None,
        [one] => format!("{one} has the version `latest`"),
        all => format!("{} have the version `latest`", all.join(" and ")),
    };
    Some(format!(
        "{are}, which an instance reads when it starts: running instances keep their value; name a \
         version number to replace them"
    ))
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
        &trace_context::of_environment(),
        OffsetDateTime::now_utc(),
    );
    let requester = &target.settings.requester;
    let topic = target.topic(&Topic::DeployRequested.of_requester(requester));
    target.clients.bus.publish(&topic, wire).await.map_err(CliError::Publish)?;
    Ok(DeploymentId::requested_by(requester, REQUEST_SOURCE, &ce_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_that_hide_files_of_the_function_are_noted() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("config")).unwrap();
        for (path, hides) in [
            ("/workspace", true),
            ("/workspace/config", true),
            ("/workspace/secrets", false),
            ("/workspaces", false),
            ("/etc/tls", false),
        ] {
            let volume =
                proto::SecretVolume { mount_path: path.into(), ..proto::SecretVolume::default() };
            let service = proto::ServiceSettings {
                secret_volumes: vec![volume],
                ..proto::ServiceSettings::default()
            };
            let spec =
                proto::FunctionSpec { service: Some(service), ..proto::FunctionSpec::default() };
            assert_eq!(hidden_files(dir.path(), &spec).len(), usize::from(hides), "{path}");
        }
    }
}
