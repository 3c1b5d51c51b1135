//! Deployments that are written into the ledger, as the workers would have, so that there are
//! thousands of them within seconds.

use std::time::Duration;

use longshore_ledger::{Cause, Open, Parked, Record, Request};
use longshore_messages::{
    Builder, Deployment, DeploymentFinished, DeploymentId, Failure, FailureClass, FunctionRef,
    Outcome, Serving, Topic, TraceContext, WireMessage, encode, encode_request, proto,
};
use time::OffsetDateTime;

use crate::support::Cloud;

/// A deployment of a function.
pub(super) struct Made<'a> {
    cloud: &'a Cloud,
    pub(super) id: DeploymentId,
    function: FunctionRef,
    ce_id: String,
}

/// How a deployment ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Deployed,
    Superseded,
    /// With this code and for this reason.
    Failed(&'static str, &'static str),
}

impl<'a> Made<'a> {
    /// Writes the request of a system. The deployment is in its first stage from now on.
    pub(super) async fn request(cloud: &'a Cloud, name: &str, source: &str, ce_id: &str) -> Self {
        let (project, region) = (&cloud.settings.project, &cloud.settings.region);
        let function: FunctionRef = format!("{project}/{region}/{name}").parse().unwrap();
        let spec = proto::FunctionSpec {
            project: function.project.clone(),
            region: function.region.clone(),
            name: function.name.clone(),
            ..proto::FunctionSpec::default()
        };
        let request =
            proto::DeployRequested { function: Some(spec), ..proto::DeployRequested::default() };
        let now = OffsetDateTime::now_utc();
        let message = encode_request(&request, source, ce_id, &TraceContext::default(), now);
        let request = Request { message, requester: "default".to_owned(), published_at: now };
        let id = DeploymentId::of(source, ce_id);
        cloud.ledger.write_request(id, &request).await.unwrap();
        Self { cloud, id, function, ce_id: ce_id.to_owned() }
    }

    /// Marks it as open, as the uploader does, which says its function.
    pub(super) async fn open(self) -> Self {
        let open = Open {
            function: self.function.clone(),
            opened_at: OffsetDateTime::now_utc(),
            deadline_at: OffsetDateTime::now_utc() + Duration::from_secs(3_600),
        };
        self.cloud.ledger.write_open(self.id, &open).await.unwrap();
        self
    }

    fn record(&self, stage: &str, topic: Topic, message: WireMessage) -> Record {
        let now = OffsetDateTime::now_utc();
        Record {
            stage: stage.to_owned(),
            input: self.ce_id.clone(),
            topic: self.cloud.topic(topic),
            message,
            published_at: now,
            started_at: now,
            finished_at: now,
            attempt: None,
            waited_ms: 0,
            waited_for: None,
        }
    }

    /// The uploader hands it off.
    pub(super) async fn upload(&self) {
        let record = self.record("uploader", Topic::SourceUploaded, WireMessage::default());
        self.cloud.ledger.record_stage(self.id, &record).await.unwrap();
    }

    /// Its request is parked by the uploader.
    pub(super) async fn park(&self, reason: &str) {
        let mut message = WireMessage::default();
        message.attributes.insert("deployment".to_owned(), self.id.to_string());
        let fleet = &self.cloud.settings.fleet;
        let name = format!("{fleet}.uploader.{fleet}.deploy-requested");
        let parked = Parked {
            stage: "uploader".to_owned(),
            subscription: format!("projects/p/subscriptions/{name}"),
            message,
            reason: reason.to_owned(),
        };
        let now = OffsetDateTime::now_utc();
        self.cloud.ledger.park(now, &self.ce_id, Cause::Failed, &parked).await.unwrap();
    }

    /// Writes its outcome.
    pub(super) async fn end(&self, end: End) {
        let now = OffsetDateTime::now_utc();
        let outcome = match end {
            End::Failed(code, reason) => {
                let (stage, class) = ("registry-watcher", FailureClass::User);
                Outcome::Failed(Failure::new(stage, class, code, reason, "fix the source"))
            }
            End::Superseded => Outcome::Superseded { by: None },
            End::Deployed => Outcome::Deployed(Serving {
                url: "https://example.test".to_owned(),
                revision: format!("{}-00001-abc", self.function.name),
                image: String::new(),
                builder: Builder::default(),
            }),
        };
        let deployment = Deployment {
            id: self.id,
            generation: 1,
            admitted_at: now,
            deadline_at: now + Duration::from_secs(3_600),
        };
        let finished = DeploymentFinished {
            deployment: Some(deployment),
            id: self.id,
            function: self.function.to_string(),
            outcome,
            finished_at: now,
        };
        let trace = TraceContext::default();
        let fleet = &self.cloud.settings.fleet;
        let message = encode(&finished, "service-deployer", fleet, &trace, now);
        let record = self.record("service-deployer", Topic::DeploymentFinished, message);
        self.cloud.ledger.record_outcome(self.id, &record).await.unwrap();
    }
}
