//! Publishes requests, and waits for their outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use longshore_messages::{DeploymentId, TraceContext, encode_request, proto};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::Failed;
use crate::environment::{PROJECT, REGION};
use crate::instant::Cloud;

const STAGING: &str = "bench-project-staging";
const SOURCE: &str = "//bench";
const OUTCOMES: &str = "projects/bench-project/subscriptions/bench-outcomes";

/// Messages in one publish and in one pull: Pub/Sub's limit.
const BATCH: usize = 1_000;

/// Time without any outcome after which the benchmark fails.
const STALLED: Duration = Duration::from_secs(120);

/// Time without a ledger request after which the fleet is idle, and how often it is checked.
const IDLE: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(100);

/// A publisher, and a subscriber of the outcomes.
pub(crate) struct Load<'a> {
    cloud: &'a Cloud,
    http: reqwest::Client,
    functions: usize,
    sources: usize,
    ended: BTreeSet<DeploymentId>,
}

impl<'a> Load<'a> {
    pub(crate) async fn new(cloud: &'a Cloud) -> Result<Self, Failed> {
        let http = reqwest::Client::new();
        let load = Self { cloud, http, functions: 0, sources: 0, ended: BTreeSet::new() };
        let topic = format!("projects/{PROJECT}/topics/longshore.deployment-finished");
        let url = format!("{}/v1/{OUTCOMES}", cloud.pubsub);
        load.send(load.http.put(url).json(&json!({ "topic": topic }))).await?;
        let url = format!("{}/storage/v1/b?project={PROJECT}", cloud.storage);
        let bucket = json!({ "name": STAGING, "location": REGION });
        load.send(load.http.post(url).json(&bucket)).await?;
        Ok(load)
    }

    /// Stages a source that no earlier deployment had.
    pub(crate) async fn source(&mut self, folder: &Path) -> Result<String, Failed> {
        self.sources += 1;
        let directory = folder.join("source");
        std::fs::create_dir_all(&directory)?;
        let main = format!("# {}\ndef hello(request):\n    return 'x'\n", self.sources);
        std::fs::write(directory.join("main.py"), main)?;
        let limits = longshore_source_archive::Limits::default();
        let packed = longshore_source_archive::pack_directory(&directory, &limits)
            .map_err(|error| error.to_string())?;
        let object = format!("{}.zip", self.sources);
        let url = format!(
            "{}/upload/storage/v1/b/{STAGING}/o?uploadType=media&name={object}",
            self.cloud.storage
        );
        let content = std::fs::read(packed.file.path())?;
        self.send(self.http.post(url).body(content)).await?;
        Ok(object)
    }

    /// Publishes one request for a new function of each source.
    pub(crate) async fn publish(
        &mut self,
        sources: &[String],
    ) -> Result<BTreeSet<DeploymentId>, Failed> {
        let mut ids = BTreeSet::new();
        let topic = format!("projects/{PROJECT}/topics/longshore.deploy-requested");
        let url = format!("{}/v1/{topic}:publish", self.cloud.pubsub);
        for batch in sources.chunks(BATCH) {
            let mut messages = Vec::new();
            for object in batch {
                self.functions += 1;
                let (ce_id, now) = (self.functions.to_string(), OffsetDateTime::now_utc());
                let request = request(&format!("bench{}", self.functions), object);
                let trace = TraceContext::default();
                let message = encode_request(&request, SOURCE, &ce_id, &trace, now);
                messages.push(serde_json::to_value(message)?);
                ids.insert(DeploymentId::of(SOURCE, &ce_id));
            }
            self.send(self.http.post(&url).json(&json!({ "messages": messages }))).await?;
        }
        Ok(ids)
    }

    /// Waits until all of these deployments have ended as deployed.
    pub(crate) async fn end(&mut self, ids: &BTreeSet<DeploymentId>) -> Result<(), Failed> {
        let mut last = Instant::now();
        while !ids.iter().all(|id| self.ended.contains(id)) {
            if self.pull().await? > 0 {
                last = Instant::now();
            } else if last.elapsed() > STALLED {
                let open = ids.iter().filter(|id| !self.ended.contains(id)).count();
                return Err(format!("{open} deployments do not end").into());
            }
        }
        Ok(())
    }

    /// Waits until the fleet makes no more requests to the ledger.
    pub(crate) async fn idle(&self) {
        let ledger = || crate::total(&self.cloud.counts.now(), "ledger ");
        let (mut seen, mut since) = (ledger(), Instant::now());
        while since.elapsed() < IDLE {
            tokio::time::sleep(POLL).await;
            if ledger() != seen {
                (seen, since) = (ledger(), Instant::now());
            }
        }
    }

    async fn pull(&mut self) -> Result<usize, Failed> {
        let url = format!("{}/v1/{OUTCOMES}:pull", self.cloud.pubsub);
        let pulled = self.send(self.http.post(url).json(&json!({ "maxMessages": BATCH }))).await?;
        let received = pulled["receivedMessages"].as_array().cloned().unwrap_or_default();
        let mut ack_ids = Vec::new();
        for one in &received {
            let attributes: BTreeMap<String, String> =
                serde_json::from_value(one["message"]["attributes"].clone())?;
            if attributes["outcome"] != "deployed" {
                return Err(format!("a deployment did not end as deployed: {attributes:?}").into());
            }
            self.ended.insert(attributes["deployment"].parse().map_err(|_| "not an id")?);
            ack_ids.push(one["ackId"].clone());
        }
        if !ack_ids.is_empty() {
            let url = format!("{}/v1/{OUTCOMES}:acknowledge", self.cloud.pubsub);
            self.send(self.http.post(url).json(&json!({ "ackIds": ack_ids }))).await?;
        }
        Ok(received.len())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Failed> {
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if !status.is_success() {
            return Err(format!("{status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }
}

fn request(name: &str, object: &str) -> proto::DeployRequested {
    let object = proto::StorageObject {
        bucket: STAGING.to_owned(),
        object: object.to_owned(),
        generation: 0,
    };
    let function = proto::FunctionSpec {
        name: name.to_owned(),
        entry_point: "hello".to_owned(),
        runtime: "python312".to_owned(),
        source: Some(proto::Source { place: Some(proto::source::Place::Storage(object)) }),
        ..proto::FunctionSpec::default()
    };
    proto::DeployRequested { function: Some(function), ..proto::DeployRequested::default() }
}
