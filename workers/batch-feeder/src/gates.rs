//! The gates that a worker checks: whether the functions of a wave respond as expected, and whether few
//! of the requests to them fail.
//!
//! A round says which waves are at a gate. Whatever held that round checks them, one check at a time,
//! and holds another round, which notes the result in the progress of the batch. Requests are repeated
//! until they are answered as expected or the time of their gate is over. If the process ends in
//! between, they are made again: a gate asks and changes nothing. Failures are counted from a time that
//! the progress records, so another process counts the same ones.

mod error_rate;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use longshore_cloud::{Identity, Logs};
use longshore_ledger::Ledger;
use longshore_messages::{
    BatchGate, BatchId, DeploymentFinished, DeploymentId, Failure, FailureClass, Outcome,
    RequestGate, decode,
};
use longshore_runner::telemetry::chain;
use parking_lot::Mutex;
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::ended::staged_url;
use crate::plan::Checked;
use crate::{FeedError, NAME};
use error_rate::{Counted, ErrorRates};

/// Maximum number of functions that are requested at the same time: each of them waits for an answer.
const REQUESTS_AT_ONCE: usize = 64;

/// Time between two requests of a function that has not responded as expected.
const REQUEST_PAUSE: Duration = Duration::from_secs(1);

/// Maximum time of one request. A function that takes longer to start is requested again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum time that a delivery goes on checking: a worker that stops waits for its deliveries. Then
/// every sweep checks once.
pub(crate) const CHECK_MAX: Duration = Duration::from_secs(20);

/// Maximum size of the beginning of a body in which a text is searched.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A wave of a batch, from 0.
type Wave = (BatchId, usize);

/// A wave whose gates are to be checked.
#[derive(Clone)]
pub(crate) struct AtGate {
    /// What has not responded as expected yet.
    requests: Vec<GateRequest>,
    /// When the wave was at the gate for the first time, as far as this process knows.
    since: Instant,
    error_rates: ErrorRates,
}

/// A function of a wave whose revision serves.
#[derive(Clone, Debug)]
pub(crate) struct GateFunction {
    pub(crate) name: String,
    /// Project and region.
    pub(crate) place: (String, String),
    pub(crate) deployment: DeploymentId,
}

/// A request that a gate makes to a function.
#[derive(Clone)]
struct GateRequest {
    gate: RequestGate,
    /// Name of the function.
    function: String,
    deployment: DeploymentId,
}

impl AtGate {
    /// `functions` are those of the wave, from 0, whose revisions serve. Their requests are counted from
    /// `ended_at` on.
    pub(crate) fn new(
        gates: &[BatchGate],
        wave: usize,
        functions: Vec<GateFunction>,
        ended_at: OffsetDateTime,
    ) -> Self {
        let (mut requests, mut error_rates) = (Vec::new(), Vec::new());
        for gate in gates {
            match gate {
                BatchGate::Request(gate) => requests.extend(requests_of(gate, &functions)),
                BatchGate::ErrorRate(gate) => error_rates.push(gate.clone()),
                BatchGate::Approval => {}
            }
        }
        let error_rates = ErrorRates { wave, gates: error_rates, functions, since: ended_at };
        Self { requests, since: Instant::now(), error_rates }
    }
}

/// The requests that a gate makes.
fn requests_of(gate: &RequestGate, functions: &[GateFunction]) -> Vec<GateRequest> {
    let is_named =
        |one: &&GateFunction| gate.function.as_ref().is_none_or(|name| *name == one.name);
    let requests = functions.iter().filter(is_named).map(|one| GateRequest {
        gate: gate.clone(),
        function: one.name.clone(),
        deployment: one.deployment,
    });
    requests.collect()
}

pub(crate) struct Gates {
    ledger: Ledger,
    identity: Arc<dyn Identity>,
    logs: Arc<dyn Logs>,
    http: reqwest::Client,
    due: Mutex<BTreeMap<Wave, AtGate>>,
    checked: Mutex<BTreeMap<Wave, Checked>>,
    /// Held during a check.
    checking: tokio::sync::Mutex<()>,
}

impl Gates {
    pub(crate) fn new(ledger: Ledger, identity: Arc<dyn Identity>, logs: Arc<dyn Logs>) -> Self {
        let http = reqwest::Client::builder()
            // Requests to this machine must not go through a proxy.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .build()
            .unwrap_or_default();
        let (due, checked) = (Mutex::default(), Mutex::default());
        let checking = tokio::sync::Mutex::default();
        Self { ledger, identity, logs, http, due, checked, checking }
    }

    /// The result of a wave's check, if there was one.
    pub(crate) fn checked(&self, wave: Wave) -> Option<Checked> {
        self.checked.lock().get(&wave).cloned()
    }

    /// Notes that a wave is to be checked.
    pub(crate) fn need(&self, wave: Wave, at_gate: impl FnOnce() -> AtGate) {
        self.due.lock().entry(wave).or_insert_with(at_gate);
    }

    /// Forgets all waves but those that are at a gate.
    pub(crate) fn retain(&self, waves: &[Wave]) {
        self.due.lock().retain(|wave, _| waves.contains(wave));
        self.checked.lock().retain(|wave, _| waves.contains(wave));
    }

    /// Checks the waves that are due, for as long as `limit`, and at least once. Returns whether one of
    /// them got a result. Another check that runs already is enough.
    pub(crate) async fn check(&self, limit: Duration) -> Result<bool, FeedError> {
        let Ok(_checking) = self.checking.try_lock() else { return Ok(false) };
        let (begun, mut has_result) = (Instant::now(), false);
        loop {
            let due: Vec<(Wave, AtGate)> =
                self.due.lock().iter().map(|(wave, at)| (*wave, at.clone())).collect();
            for (wave, at_gate) in due {
                let (checked, left) = self.check_wave(at_gate).await?;
                match checked {
                    Some(checked) => {
                        has_result = true;
                        self.due.lock().remove(&wave);
                        self.checked.lock().insert(wave, checked);
                    }
                    None => {
                        self.due.lock().entry(wave).and_modify(|at| at.requests = left);
                    }
                }
            }
            // A result may let a batch go on, which waits no longer than this check.
            if has_result || begun.elapsed() >= limit || self.due.lock().is_empty() {
                return Ok(has_result);
            }
            tokio::time::sleep(REQUEST_PAUSE).await;
        }
    }

    /// Checks a wave once. Returns the requests that were not answered as expected, and the result,
    /// unless it is not known yet.
    async fn check_wave(
        &self,
        wave: AtGate,
    ) -> Result<(Option<Checked>, Vec<GateRequest>), FeedError> {
        let AtGate { requests, since, error_rates } = wave;
        let responses = requests.into_iter().map(|request| async move {
            let refused = self.request(&request.gate, request.deployment).await?;
            Ok::<_, FeedError>(refused.map(|why| (request, why)))
        });
        let responses: Vec<_> = responses.collect();
        let mut responses = stream::iter(responses).buffer_unordered(REQUESTS_AT_ONCE);
        let mut left = Vec::new();
        while let Some(refused) = responses.next().await {
            let Some((request, why)) = refused? else { continue };
            if since.elapsed() >= request.gate.within {
                let failed = Checked::Failed(failure(&request.gate, &request.function, &why));
                return Ok((Some(failed), Vec::new()));
            }
            left.push(request);
        }
        if !left.is_empty() {
            return Ok((None, left));
        }
        let counted = Box::pin(error_rates.count(&self.ledger, &*self.logs)).await?;
        Ok(match counted {
            Counted::NotYet => (None, left),
            Counted::Known(checked) => (Some(checked), left),
        })
    }

    /// Requests a function. Returns what is wrong with its response.
    async fn request(
        &self,
        gate: &RequestGate,
        id: DeploymentId,
    ) -> Result<Option<String>, FeedError> {
        let outcome = self.ledger.outcome(id).await.map_err(FeedError::Ledger)?;
        let finished =
            outcome.and_then(|record| decode::<DeploymentFinished>(&record.message).ok());
        let Some(outcome) = finished.map(|finished| finished.outcome) else { return Ok(None) };
        let refused = match &outcome {
            Outcome::Deployed(serving) | Outcome::Unchanged(serving) => {
                self.response(gate, &serving.url, &serving.url).await.err()
            }
            Outcome::TrafficPinned { ready, .. } => match staged_url(&outcome) {
                Some("") => Some("the traffic tag of the revision has no URL".to_owned()),
                Some(url) => self.response(gate, url, &ready.url).await.err(),
                None => None,
            },
            Outcome::Failed(_) | Outcome::Superseded { .. } | Outcome::Cancelled => None,
        };
        Ok(refused)
    }

    /// `audience` is the URL of the service. The inner error says what is wrong.
    async fn response(&self, gate: &RequestGate, url: &str, audience: &str) -> Result<(), String> {
        let mut request = self.http.get(format!("{}{}", url.trim_end_matches('/'), gate.path));
        let token = self.identity.id_token(audience).await.map_err(|error| chain(&error))?;
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send().await.map_err(|error| chain(&error))?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while body.len() < BODY_BYTES_MAX
            && let Some(chunk) = response.chunk().await.map_err(|error| chain(&error))?
        {
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8_lossy(&body);
        match gate.accepts(status, &text) {
            true => Ok(()),
            false if text.contains(&gate.body_contains) => Err(format!("status {status}")),
            false => Err(format!("status {status}, without the expected text")),
        }
    }
}

fn failure(gate: &RequestGate, name: &str, why: &str) -> Failure {
    let seconds = gate.within.as_secs();
    Failure::new(
        NAME,
        FailureClass::User,
        "gate-failed",
        format!(
            "function {name} did not respond as expected to GET {} in {seconds} s: {why}",
            gate.path
        ),
        "roll back the batch or its last wave with `longshore batch rollback`, or correct the functions \
         and continue with `longshore batch retry`",
    )
}
