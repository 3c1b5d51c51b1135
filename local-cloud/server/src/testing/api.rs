//! The REST form of the API for tests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::http::Method;
use longshore_local_kit::clock::{Clock as _, LeadingClock};
use longshore_local_kit::quotas::Quotas;
use longshore_local_kit::rest::{Call, Code, RestApi, RestError};
use longshore_local_kit::state::Scope;
use longshore_local_pubsub::{self as pubsub, PublishedMessage};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::faults::{DELAY_MAX, Failure, Fault, TooMany, When};
use super::layer::Layers;
use super::requests::Received;
use super::snapshots::SnapshotError;
use super::states::{States, StatesError};
use super::status::Status;

const DEFAULT_MESSAGE: &str = "a fault that a test has injected";

pub(super) struct Api {
    pub(super) states: States,
    pub(super) layers: Layers,
    pub(super) quotas: Quotas,
    pub(super) clock: Arc<LeadingClock>,
    pub(super) pubsub: Arc<pubsub::Service>,
}

type Answer = Result<Value, RestError>;

#[async_trait]
impl RestApi for Api {
    async fn answer(&self, call: &Call) -> Option<Answer> {
        let path = call.segments();
        let Some((["longshore", "v1"], path)) = path.split_at_checked(2) else { return None };
        let verb = call.verb.as_deref();
        Some(match (&call.method, path, verb) {
            (&Method::POST, ["cloud"], Some("reset")) => self.reset(call).await,
            (&Method::GET, ["snapshots"], None) => self.snapshots(call),
            (&Method::POST, ["snapshots"], None) => self.save(call).await,
            (&Method::POST, ["snapshots", name], Some("restore")) => self.restore(name, call).await,
            (&Method::DELETE, ["snapshots", name], None) => self.delete(name, call),
            (&Method::GET, ["clock"], None) => self.clock(call),
            (&Method::GET, ["faults"], None) => self.faults(call),
            (&Method::POST, ["faults"], None) => self.add_fault(call),
            (&Method::DELETE, ["faults"], None) => self.remove_faults(call),
            (&Method::DELETE, ["faults", id], None) => self.remove_fault(id, call),
            (&Method::GET, ["requests"], None) => self.requests(call),
            (&Method::GET, ["messages"], None) => self.messages(call),
            _ => return None,
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reset {
    services: Vec<String>,
    project: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    name: String,
    #[serde(default)]
    services: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Restore {
    services: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewFault {
    method: String,
    #[serde(default)]
    resource: String,
    #[serde(default = "one")]
    calls: u32,
    #[serde(default)]
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    delay_seconds: f64,
    when: Option<When>,
}

fn one() -> u32 {
    1
}

impl Api {
    async fn reset(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        let Reset { services, project } = call.json()?;
        let scope = match project.as_str() {
            "" => Scope::Everything,
            _ => Scope::Project(project),
        };
        let begun = Instant::now();
        let reset = self.states.reset(&services, &scope).await?;
        // A reset of single services says nothing about the calls of the others.
        if services.is_empty() {
            self.layers.faults.forget(&scope);
            self.layers.requests.forget(&scope);
            self.quotas.forget(&scope);
            if scope == Scope::Everything {
                self.clock.catch_up();
            }
        }
        tracing::info!(?scope, services = ?reset, elapsed = ?begun.elapsed(), "reset");
        Ok(json!({"services": reset}))
    }

    fn snapshots(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        Ok(json!({"snapshots": self.states.snapshots().all()?}))
    }

    async fn save(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        let Save { name, services } = call.json()?;
        let snapshot = self.states.save(&name, &services).await?;
        Ok(json!(snapshot))
    }

    async fn restore(&self, name: &str, call: &Call) -> Answer {
        check_query(call, &[])?;
        let Restore { services } = call.json()?;
        Ok(json!({"services": self.states.restore(name, &services).await?}))
    }

    fn delete(&self, name: &str, call: &Call) -> Answer {
        check_query(call, &[])?;
        self.states.snapshots().delete(name)?;
        Ok(json!({}))
    }

    fn clock(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        Ok(json!({"now": text(self.clock.now().into())}))
    }

    fn faults(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        let faults = self.layers.faults.all();
        let faults: Vec<_> = faults.iter().map(|(id, fault)| fault_json(*id, fault)).collect();
        Ok(json!({"faults": faults}))
    }

    fn add_fault(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        let fault = fault(call.json()?)?;
        if !self.layers.has_method(|method| fault.is_about(method)) {
            return Err(RestError::not_found(format!(
                "no method is named {:?}; local-cloud/COVERAGE.md lists their names",
                fault.method
            )));
        }
        let added = self.layers.faults.add(fault.clone());
        let id = added.map_err(|TooMany(maximum)| {
            RestError::resource_exhausted(format!("at most {maximum} faults wait for calls"))
        })?;
        Ok(fault_json(id, &fault))
    }

    fn remove_faults(&self, call: &Call) -> Answer {
        check_query(call, &[])?;
        self.layers.faults.forget(&Scope::Everything);
        Ok(json!({}))
    }

    fn remove_fault(&self, id: &str, call: &Call) -> Answer {
        check_query(call, &[])?;
        let is_removed = id.parse().is_ok_and(|id| self.layers.faults.remove(id));
        if is_removed { Ok(json!({})) } else { Err(RestError::not_found("there is no such fault")) }
    }

    fn requests(&self, call: &Call) -> Answer {
        check_query(call, &["method", "project", "service"])?;
        let is_asked = |name: &str, value: &str| matches(call.query(name), value);
        let found = self.layers.requests.matching(|received| {
            is_asked("method", received.method)
                && is_asked("project", &received.project)
                && is_asked("service", received.service)
        });
        Ok(json!({"requests": found.iter().map(request_json).collect::<Vec<_>>()}))
    }

    fn messages(&self, call: &Call) -> Answer {
        check_query(call, &["topic", "project"])?;
        let scope = match call.query("project") {
            "" => Scope::Everything,
            project => Scope::Project(project.to_owned()),
        };
        let found =
            self.pubsub.published(|topic| matches(call.query("topic"), topic) && scope.has(topic));
        Ok(json!({"messages": found.iter().map(message_json).collect::<Vec<_>>()}))
    }
}

fn matches(asked: &str, value: &str) -> bool {
    asked.is_empty() || asked == value
}

/// A parameter that would be ignored is refused.
fn check_query(call: &Call, known: &[&str]) -> Result<(), RestError> {
    if let Some(unknown) = call.query.names().find(|name| !known.contains(name)) {
        return Err(RestError::invalid(format!("unknown parameter {unknown:?}")));
    }
    match call.query.ambiguous() {
        None => Ok(()),
        Some(twice) => Err(RestError::invalid(format!("the parameter {twice:?} has two values"))),
    }
}

fn fault(new: NewFault) -> Result<Fault, RestError> {
    let NewFault { method, resource, calls, status, message, delay_seconds, when } = new;
    if method.is_empty() || calls == 0 {
        return Err(RestError::invalid("a fault has a `method`, and at least one of its `calls`"));
    }
    let delay = Duration::try_from_secs_f64(delay_seconds).ok().filter(|delay| *delay <= DELAY_MAX);
    let delay = delay.ok_or_else(|| {
        let maximum = DELAY_MAX.as_secs();
        RestError::invalid(format!("`delaySeconds` must be from 0 to {maximum}"))
    })?;
    let failure = match status.as_str() {
        "" if delay.is_zero() => {
            return Err(RestError::invalid("a fault has a `status` or `delaySeconds`, or both"));
        }
        "" if when.is_some() || !message.is_empty() => {
            let text = "`when` and `message` are about a failure, so they need a `status`";
            return Err(RestError::invalid(text));
        }
        "" => None,
        name => {
            let status = Status::named(name).ok_or_else(|| {
                RestError::invalid(format!("`status` must be one of {}", Status::names()))
            })?;
            let message = if message.is_empty() { DEFAULT_MESSAGE.to_owned() } else { message };
            Some(Failure { status, message, when: when.unwrap_or(When::Before) })
        }
    };
    Ok(Fault { method, resource, calls, delay, failure })
}

fn fault_json(id: u64, fault: &Fault) -> Value {
    let mut document = json!({
        "id": id.to_string(),
        "method": fault.method,
        "resource": fault.resource,
        "calls": fault.calls,
        "delaySeconds": fault.delay.as_secs_f64(),
    });
    if let Some(Failure { status, message, when }) = &fault.failure {
        document["status"] = json!(status.name);
        document["message"] = json!(message);
        document["when"] = json!(when);
    }
    document
}

fn request_json(received: &Received) -> Value {
    let mut document = json!({
        "time": text(received.at),
        "service": received.service,
        "method": received.method,
        "target": received.target,
        "project": received.project,
        "httpStatus": received.http_status,
        "fault": received.has_fault,
    });
    if let Some(status) = &received.grpc_status {
        document["grpcStatus"] = json!(status);
    }
    document
}

fn message_json(message: &PublishedMessage) -> Value {
    json!({
        "topic": message.topic,
        "messageId": message.id.to_string(),
        "publishTime": text(message.published_at),
        "data": encoded(&message.data),
        "dataBytes": message.size_bytes,
        "attributes": message.attributes,
        "orderingKey": message.ordering_key,
    })
}

fn text(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}

fn encoded(data: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(data)
}

impl From<SnapshotError> for RestError {
    fn from(error: SnapshotError) -> Self {
        let code = match &error {
            SnapshotError::Name(_) => Code::InvalidArgument,
            SnapshotError::Exists(_) => Code::AlreadyExists,
            SnapshotError::Unknown(_) => Code::NotFound,
            SnapshotError::TooMany => Code::ResourceExhausted,
            SnapshotError::Disk(source) => {
                return Self::internal(format!("{error}: {source}"));
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<StatesError> for RestError {
    fn from(error: StatesError) -> Self {
        match error {
            StatesError::Snapshot(error) => error.into(),
            StatesError::UnknownService { .. } => Self::invalid(error.to_string()),
            StatesError::NotInSnapshot(_) => Self::failed_precondition(error.to_string()),
            StatesError::Service { .. } => Self::internal(error.to_string()),
        }
    }
}
