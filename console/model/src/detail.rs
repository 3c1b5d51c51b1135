//! What is read about one deployment when its page is opened.

use futures::future::join_all;
use longshore_cloud::{Build, Clients, ImageLayer, chain};
use longshore_ledger::{
    Action, Admission, BuildHistory, BuildResult, Claim, Concluded, Delay, Ledger, LedgerError,
    Record, Request, names,
};
use longshore_messages::{
    BuildRef, DeploymentFinished, DeploymentId, FunctionRef, Published, SourceUploaded, Submitted,
    TraceContext, WireMessage, decode,
};

/// Names of the stages that write records, in their order.
const STAGES: [&str; 3] = ["uploader", "build-submitter", "registry-watcher"];

/// Actions among which those on the deployment are looked for.
const ACTIONS_SEARCHED: usize = 500;

/// What the ledger has of a deployment.
pub struct Detail {
    pub request: Option<Request>,
    pub admission: Option<Admission>,
    /// Of the stages and of the outcome, in their order.
    pub records: Vec<Record>,
    pub finished: Option<DeploymentFinished>,
    /// Why service-deployer last had to try again.
    pub delay: Option<Delay>,
    pub build: Option<BuildDetail>,
    pub actions: Vec<Action>,
    /// Ledger entries that could not be read.
    pub problems: Vec<String>,
}

/// The build of a deployment.
pub struct BuildDetail {
    /// `None` in the Functions flavour, where the function's operation builds.
    pub build: Option<BuildRef>,
    pub claim: Option<Claim>,
    pub history: Option<BuildHistory>,
    pub result: Option<BuildResult>,
    pub waiting: usize,
    /// Cloud Build's name of the last attempt.
    pub name: Option<String>,
}

impl Detail {
    /// Reads a deployment. An entry that cannot be read does not hide the others.
    pub async fn read(ledger: &Ledger, clients: &Clients, id: DeploymentId) -> Self {
        let mut problems = Vec::new();
        let stages = join_all(STAGES.map(|stage| ledger.stage_record(id, stage)));
        let (request, admission, stages, outcome, delay, actions) = tokio::join!(
            ledger.request(id),
            ledger.admission(id),
            stages,
            ledger.outcome(id),
            ledger.last_delay(id),
            ledger.list_actions(ACTIONS_SEARCHED),
        );
        let mut records = Vec::new();
        for record in stages.into_iter().chain([outcome]) {
            records.extend(noted(record, &mut problems).flatten());
        }
        let finished =
            records.iter().find_map(|record| decode::<DeploymentFinished>(&record.message).ok());
        let build = build_of(ledger, clients, &records, &mut problems).await;
        let mut actions = noted(actions, &mut problems).unwrap_or_default();
        let own = id.to_string();
        actions.retain(|action| action.target == own);
        Self {
            request: noted(request, &mut problems).flatten(),
            admission: noted(admission, &mut problems).flatten(),
            finished,
            delay: noted(delay, &mut problems).flatten(),
            build,
            actions,
            records,
            problems,
        }
    }

    /// The trace that the deployment belongs to, 32 hexadecimal characters.
    pub fn trace_id(&self) -> Option<String> {
        let messages = self.records.iter().map(|record| &record.message);
        let messages = messages.chain(self.request.as_ref().map(|request| &request.message));
        let mut ids = messages.filter_map(|message| {
            TraceContext::from_attributes(&message.attributes).trace_id().map(str::to_owned)
        });
        ids.next()
    }
}

async fn build_of(
    ledger: &Ledger,
    clients: &Clients,
    records: &[Record],
    problems: &mut Vec<String>,
) -> Option<BuildDetail> {
    let record = records.iter().find(|record| record.stage == "build-submitter")?;
    let build = match decode::<Submitted>(&record.message).ok()? {
        Submitted::Shared(submitted) => submitted.build.build,
        Submitted::Function(started) => {
            let operation = started.operation.name?;
            let found = clients.functions.operation(&operation).await;
            let found = found.ok().flatten().map(|operation| operation.build);
            return Some(BuildDetail {
                build: None,
                claim: None,
                history: None,
                result: None,
                waiting: 0,
                name: found.filter(|name| !name.is_empty()),
            });
        }
    };
    let (claim, history, result, waiting) = tokio::join!(
        ledger.claim_of(build),
        ledger.build_history(build),
        ledger.result(build),
        ledger.waiting_for(build),
    );
    let history = noted(history, problems);
    let name = history.as_ref().and_then(|history| history.attempts.last());
    Some(BuildDetail {
        build: Some(build),
        claim: noted(claim, problems).flatten(),
        name: name.map(|attempt| attempt.build_name.clone()),
        history,
        result: noted(result, problems).flatten(),
        waiting: noted(waiting, problems).map(|waiting| waiting.len()).unwrap_or_default(),
    })
}

impl BuildDetail {
    /// The layers of its image, or `None` if it has none (yet, or any more).
    pub async fn layers(&self, clients: &Clients) -> Result<Option<Vec<ImageLayer>>, String> {
        let result = self.result.as_ref().map(|result| &result.concluded);
        let (Some(claim), Some(Concluded::Image { digest })) = (&self.claim, result) else {
            return Ok(None);
        };
        let layers = clients.images.layers(&claim.image, digest).await;
        layers.map_err(|error| chain(&error))
    }

    /// The build as Cloud Build reports it.
    pub async fn live(&self, clients: &Clients) -> Result<Option<Build>, String> {
        let Some(name) = &self.name else { return Ok(None) };
        let found = clients.builds.get(name).await;
        found.map_err(|error| chain(&error))
    }
}

/// A value, or `None` and a note of the problem.
fn noted<T>(read: Result<T, LedgerError>, problems: &mut Vec<String>) -> Option<T> {
    read.map_err(|error| problems.push(chain(&error))).ok()
}

/// A message as JSON for people: its content if this version understands it.
pub fn message_json(message: &WireMessage) -> String {
    let pretty = |value: Result<serde_json::Value, serde_json::Error>| {
        value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok())
    };
    let content = if let Ok(request) = longshore_messages::decode_request(message) {
        pretty(serde_json::to_value(&request))
    } else if let Ok(uploaded) = decode::<SourceUploaded>(message) {
        pretty(serde_json::to_value(to_proto(&uploaded)))
    } else if let Ok(submitted) = decode::<Submitted>(message) {
        pretty(serde_json::to_value(to_proto(&submitted)))
    } else if let Ok(published) = decode::<Published>(message) {
        pretty(serde_json::to_value(to_proto(&published)))
    } else if let Ok(finished) = decode::<DeploymentFinished>(message) {
        pretty(serde_json::to_value(to_proto(&finished)))
    } else {
        None
    };
    content.unwrap_or_else(|| String::from_utf8_lossy(&message.data).into_owned())
}

fn to_proto<M: longshore_messages::StageMessage>(message: &M) -> M::Proto {
    message.to_proto()
}

/// The function of a request, as far as it can be read.
pub fn function_of(request: &Request) -> Option<FunctionRef> {
    let function = longshore_messages::decode_request(&request.message).ok()?.function?;
    let at =
        FunctionRef { project: function.project, region: function.region, name: function.name };
    (!at.name.is_empty()).then_some(at)
}

/// The name of an object of a deployment, checked: it is a part of a URL.
pub fn object_name(name: &str) -> Option<&str> {
    let is_part = |part: &str| {
        !part.is_empty()
            && part != ".."
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (name.len() < 200 && name.split('/').all(is_part)).then_some(name)
}

/// The full name of an object, for people.
pub fn full_name(id: DeploymentId, name: &str) -> String {
    format!("{}{name}", names::deployment(id))
}
