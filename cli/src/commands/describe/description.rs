//! The details of a function.

use std::collections::BTreeMap;

use longshore_cloud::{LiveFunction, LiveService};
use longshore_messages::{
    Access, BY_IAM_POLICY, Builder, DeploymentId, PUBLIC_BY_ANNOTATION, Published, StageMessage,
};
use serde::Serialize;
use serde_json::Value;

use super::credentials::without_credentials;
use super::triggers::Trigger;
use crate::acting::Done;
use crate::deployment::known;
use crate::flavour::service_name;
use crate::function::Known;
use crate::time_text::rfc3339;
use crate::unreadable::Unreadable;

/// A function in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Description {
    pub(super) name: String,
    pub(super) project: String,
    pub(super) region: String,
    /// `run` or `functions`: by which of Google's two methods it is deployed.
    pub(super) flavour: &'static str,
    pub(super) state: &'static str,
    pub(super) url: Option<String>,
    pub(super) deployed_at: Option<String>,
    pub(super) runtime: Option<String>,
    pub(super) entry_point: Option<String>,
    pub(super) service: Option<Service>,
    /// Functions flavour.
    pub(super) function: Option<FunctionOfApi>,
    /// What calls the function besides HTTP requests.
    pub(super) triggers: Vec<Trigger>,
    pub(super) source: Option<Source>,
    pub(super) build: Option<Build>,
    /// The requested settings, with the keys of `longshore.yaml`.
    pub(super) spec: Option<Value>,
    /// Newest first.
    pub(super) deployments: Vec<Past>,
    /// What the build said about requested versions that it did not have.
    pub(super) warnings: Vec<String>,
    /// What operators did to the function and to these deployments, newest first.
    pub(super) actions: Vec<Done>,
    /// Ledger entries that cannot be read.
    pub(super) unreadable: Vec<Unreadable>,
}

/// The function in the Cloud Functions API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FunctionOfApi {
    pub(super) name: String,
    /// Complete, also if the request names a language.
    pub(super) runtime: Option<String>,
    /// Where the API keeps the source. Google decides the bucket.
    pub(super) source: Option<String>,
    /// What the API says about the state of the function.
    pub(super) messages: Vec<String>,
}

/// The live service.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Service {
    pub(super) name: String,
    /// `NAME@sha256:…`.
    pub(super) image: String,
    /// The newest ready revision. It serves if it has all of `traffic`.
    pub(super) revision: String,
    /// How requests are split between revisions.
    pub(super) traffic: Vec<Share>,
    pub(super) access: &'static str,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) description: Option<String>,
    pub(super) memory: Option<String>,
    pub(super) cpu: Option<String>,
    pub(super) timeout_s: Option<f64>,
    pub(super) concurrency: Option<i32>,
    pub(super) min_instances: Option<i32>,
    pub(super) max_instances: Option<i32>,
    pub(super) service_account: Option<String>,
    /// Key of Cloud KMS that protects the image and the instances.
    pub(super) kms_key: Option<String>,
    /// Cloud Run's message if there is a problem.
    pub(super) message: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Share {
    pub(super) revision: String,
    pub(super) percent: i32,
    pub(super) tag: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Source {
    pub(super) archive: String,
    pub(super) sha256: String,
    pub(super) size_bytes: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Build {
    /// Run flavour.
    pub(super) key: Option<String>,
    pub(super) name: String,
    /// What built the image, as far as Google says it.
    pub(super) builder: Option<Builder>,
}

/// A past deployment or deletion.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Past {
    pub(super) generation: u64,
    pub(super) deployment: DeploymentId,
    pub(super) state: String,
    pub(super) admitted_at: String,
    pub(super) revision: Option<String>,
    pub(super) reason: Option<String>,
}

impl Description {
    pub(super) fn of(known: &Known, triggers: Vec<Trigger>, deployments: Vec<Past>) -> Self {
        let published = known.published.as_ref();
        let specification = published.and_then(StageMessage::specification);
        let source = published.map(|published| match published {
            Published::Shared(published) => &published.source,
            Published::Function(published) => &published.source,
        });
        Self {
            name: known.at.name.clone(),
            project: known.at.project.clone(),
            region: known.at.region.clone(),
            flavour: known.flavour().as_str(),
            state: known.state(),
            url: known.url(),
            deployed_at: known.deployed_at.map(rfc3339),
            runtime: known.runtime.clone(),
            entry_point: specification.map(|function| function.entry_point.clone()),
            service: known
                .live
                .as_ref()
                .map(|live| Service::of(service_name(&known.at, known.function.as_ref()), live)),
            function: known.function.as_ref().map(FunctionOfApi::of),
            triggers,
            source: source.map(|source| Source {
                archive: source.object.to_string(),
                sha256: source.sha256.clone(),
                size_bytes: source.size_bytes,
            }),
            build: published.map(Build::of),
            spec: published.and_then(requested),
            deployments,
            warnings: Vec::new(),
            actions: Vec::new(),
            unreadable: known.unreadable.clone(),
        }
    }
}

impl FunctionOfApi {
    fn of(live: &LiveFunction) -> Self {
        let source = &live.shape.source;
        Self {
            name: live.name.clone(),
            runtime: Some(live.shape.runtime.clone()).filter(|runtime| !runtime.is_empty()),
            source: (!source.object.is_empty()).then(|| source.to_string()),
            messages: live.messages.clone(),
        }
    }
}

impl Build {
    fn of(published: &Published) -> Self {
        match published {
            Published::Shared(published) => Self {
                key: Some(published.image.build.to_string()),
                name: published.image.build_name.clone(),
                builder: known(published.image.builder.clone()),
            },
            Published::Function(published) => Self {
                key: None,
                name: published.image.build_name.clone(),
                builder: known(published.image.builder.clone()),
            },
        }
    }
}

/// The message's `function` field in JSON.
fn requested(published: &Published) -> Option<Value> {
    let message = serde_json::to_value(published.to_proto()).ok()?;
    message.get("function").cloned().map(without_credentials)
}

impl Service {
    fn of(name: String, live: &LiveService) -> Self {
        let settings = &live.shape.settings;
        let traffic = live.traffic.iter().map(|share| Share {
            revision: share.revision.clone(),
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
                _ if is_public_by_policy(live) => "public by its IAM policy",
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
            kms_key: live.shape.encryption_key.clone(),
            message: live.condition.message.clone(),
        }
    }
}

/// Whether the fleet made a service public by its IAM policy, because an organization policy
/// forbids services that do not check who calls them.
fn is_public_by_policy(live: &LiveService) -> bool {
    let by = live.shape.annotations.get(PUBLIC_BY_ANNOTATION);
    by.is_some_and(|by| by == BY_IAM_POLICY)
}
