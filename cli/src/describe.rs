//! `longshore describe`: everything that is known of one function.

mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use longshore_cloud::LiveService;
use longshore_ledger::Head;
use longshore_messages::{
    Access, DeploymentFinished, DeploymentId, ImagePublished, Outcome, StageMessage as _,
};
use serde::Serialize;
use serde_json::Value;

use crate::args::{DescribeArgs, Output};
use crate::error::CliError;
use crate::exit;
use crate::function::{Known, decode, rfc3339, under_way};
use crate::output;
use crate::place::Place;

/// Deployments of the past that are shown.
const HISTORY_MAX: usize = 5;

/// A function, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    name: String,
    project: String,
    region: String,
    state: &'static str,
    url: Option<String>,
    deployed_at: Option<String>,
    runtime: Option<String>,
    entry_point: Option<String>,
    service: Option<Service>,
    source: Option<Source>,
    build: Option<Build>,
    /// What was asked for, in the keys of `longshore.yaml`.
    spec: Option<Value>,
    /// Newest first.
    deployments: Vec<Past>,
}

/// The live service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    name: String,
    /// `NAME@sha256:…`.
    image: String,
    revision: String,
    /// Revision and percent.
    traffic: Vec<Share>,
    access: &'static str,
    environment: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
    description: Option<String>,
    memory: Option<String>,
    cpu: Option<String>,
    timeout_s: Option<f64>,
    concurrency: Option<i32>,
    min_instances: Option<i32>,
    max_instances: Option<i32>,
    service_account: Option<String>,
    /// What Cloud Run says where something is wrong.
    message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Share {
    revision: String,
    percent: i32,
    tag: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    archive: String,
    sha256: String,
    size_bytes: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    key: String,
    name: String,
}

/// One deployment of the past, or a deletion.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Past {
    generation: u64,
    deployment: DeploymentId,
    state: String,
    admitted_at: String,
    revision: Option<String>,
    reason: Option<String>,
}

pub(crate) async fn describe(
    args: DescribeArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    let at = place.function(&args.function);
    let (head, live) = tokio::join!(place.ledger.head(&at), async {
        place.clients.services.get(&at.service()).await
    });
    let missing = || CliError::NoFunction(at.to_string());
    let head = head.map_err(CliError::Ledger)?.ok_or_else(missing)?;
    let known = Known::read(&place, at.clone(), head, live.map_err(CliError::Look)?).await?;
    if known.is_gone() {
        return Err(missing());
    }
    let deployments = history(&place, &known.head).await?;
    let description = Description::of(&known, deployments);
    output::result(output, &description, |description| {
        text::human(description, output::stdout_is_coloured())
    })?;
    Ok(exit::OK)
}

/// The newest deployments, from the one in front back.
async fn history(place: &Place, head: &Head) -> Result<Vec<Past>, CliError> {
    let mut history = Vec::new();
    let mut next = Some((head.deployment, head.admission.clone()));
    while let Some((id, admission)) = next.take() {
        let (state, revision, reason) = ending(place, id).await?;
        history.push(Past {
            generation: admission.generation,
            deployment: id,
            state,
            admitted_at: rfc3339(admission.admitted_at),
            revision,
            reason,
        });
        if let Some(previous) = admission.previous.filter(|_| history.len() < HISTORY_MAX) {
            let admission = place.ledger.admission(previous).await.map_err(CliError::Ledger)?;
            next = admission.map(|admission| (previous, admission));
        }
    }
    Ok(history)
}

/// State, revision and reason of a deployment.
async fn ending(
    place: &Place,
    id: DeploymentId,
) -> Result<(String, Option<String>, Option<String>), CliError> {
    if place.ledger.deletion(id).await.map_err(CliError::Ledger)?.is_some() {
        return Ok(("deletion".to_owned(), None, None));
    }
    let outcome = place.ledger.outcome(id).await.map_err(CliError::Ledger)?;
    let Some(finished) = outcome.as_ref().and_then(decode::<DeploymentFinished>) else {
        return Ok((under_way(place, id).await?, None, None));
    };
    let state = finished.outcome.as_str().to_owned();
    Ok(match finished.outcome {
        Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
            (state, Some(serving.revision), None)
        }
        Outcome::Failed(failure) => (state, None, Some(failure.reason)),
        Outcome::Superseded { .. } | Outcome::Cancelled => (state, None, None),
    })
}

impl Description {
    fn of(known: &Known, deployments: Vec<Past>) -> Self {
        let published = known.published.as_ref();
        Self {
            name: known.at.name.clone(),
            project: known.at.project.clone(),
            region: known.at.region.clone(),
            state: known.state(),
            url: known.url(),
            deployed_at: known.deployed_at.map(rfc3339),
            runtime: known.runtime(),
            entry_point: published.map(|published| published.function.entry_point.clone()),
            service: known.live.as_ref().map(|live| Service::of(known.at.service(), live)),
            source: published.map(|published| Source {
                archive: published.source.object.to_string(),
                sha256: published.source.sha256.clone(),
                size_bytes: published.source.size_bytes,
            }),
            build: published.map(|published| Build {
                key: published.image.build.to_string(),
                name: published.image.build_name.clone(),
            }),
            spec: published.and_then(specification),
            deployments,
        }
    }
}

/// The function's part of the message, as JSON.
fn specification(published: &ImagePublished) -> Option<Value> {
    let message = serde_json::to_value(published.to_proto()).ok()?;
    message.get("function").cloned()
}

impl Service {
    fn of(name: String, live: &LiveService) -> Self {
        let settings = &live.shape.settings;
        let traffic = live.traffic.iter().map(|share| Share {
            revision: if share.revision.is_empty() {
                live.latest_ready_revision.clone()
            } else {
                share.revision.clone()
            },
            percent: share.percent,
            tag: (!share.tag.is_empty()).then(|| share.tag.clone()),
        });
        Self {
            name,
            image: live.shape.image.clone(),
            revision: live.latest_ready_revision.clone(),
            traffic: traffic.collect(),
            access: match settings.access {
                Some(Access::Public) => "public",
                Some(Access::Authenticated) | None => "authenticated",
            },
            environment: settings.environment.clone(),
            labels: settings.labels.clone(),
            description: settings.description.clone(),
            memory: settings.memory.clone(),
            cpu: settings.cpu.clone(),
            timeout_s: settings.timeout.map(|timeout| timeout.as_secs_f64()),
            concurrency: settings.concurrency,
            min_instances: settings.min_instances,
            max_instances: settings.max_instances,
            service_account: settings.service_account.clone(),
            message: live.condition.message.clone(),
        }
    }
}
