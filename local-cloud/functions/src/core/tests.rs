mod deployments;
mod requests;
mod triggers;

use serde_json::{Value, json};

use super::*;
use crate::json::{Enums, from_value, to_value};
use crate::ports::Object;
use crate::proto::v2::function::State;
use crate::proto::v2::stage;
use longshore_local_kit::rest::Code;

const TOPIC: &str = "projects/p/topics/eventarc-europe-west1-helloworld-1";
const FINALIZED: &str = "google.cloud.storage.object.v1.finalized";
const KEY: &str = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";

fn name() -> FunctionName {
    FunctionName::parse("projects/p/locations/europe-west1/functions/helloWorld").unwrap()
}

fn moment(random: u128) -> Moment {
    let seconds = 1_795_824_000 + i64::try_from(random).unwrap();
    let now = Timestamp { seconds, nanos: 0 };
    Moment { now, random: random << 64 | random, project_number: 42 }
}

fn document() -> Value {
    json!({
        "buildConfig": {
            "runtime": "python313",
            "entryPoint": "hello",
            "source": {"storageSource": {"bucket": "uploads", "object": "a.zip"}},
        },
    })
}

fn function(changes: &[(&str, Value)]) -> v2::Function {
    let mut document = document();
    for (path, value) in changes {
        let (parent, field) = path.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[field] = value.clone();
    }
    from_value(document).unwrap()
}

fn upload() -> Object {
    Object { bucket: "uploads".to_owned(), name: "a.zip".to_owned(), generation: 7 }
}

fn apply(core: &mut Functions, events: Vec<Event>) {
    events.into_iter().for_each(|event| core.apply(event));
}

fn create(core: &mut Functions, function: v2::Function) -> String {
    let desired = Desired::new(&name(), function, true, &moment(1)).unwrap();
    let (operation, events) = core.create(&desired, &upload(), &moment(1)).unwrap();
    apply(core, events);
    operation.name
}

fn update(core: &mut Functions, changes: &[(&str, Value)], mask: &str) -> String {
    let mask: Vec<String> = mask.split(',').map(str::to_owned).collect();
    let desired = core.patched(&name(), &function(changes), &mask, &moment(2)).unwrap();
    let seen = core.entry(&name()).unwrap().function.0.clone();
    let (operation, events) = core.update(&desired, &seen, &upload(), &moment(2)).unwrap();
    apply(core, events);
    operation.name
}

/// What a step does when all goes well.
fn success(step: &Step) -> Report {
    match step {
        Step::Repository { .. } => Report::RepositoryReady,
        Step::Copy { to, .. } => Report::SourceCopied(Object {
            bucket: to.bucket.clone(),
            name: to.object.clone(),
            generation: 8,
        }),
        Step::Build(order) => Report::BuildStarted(format!("builds/{}", order.id)),
        Step::AwaitBuild { .. } => Report::Built,
        Step::Serve(serving) => Report::Serves {
            revision: "helloworld-00001-abc".to_owned(),
            uri: format!("http://{}", serving.name),
        },
        Step::Trigger(_) => Report::TriggerReady(TOPIC.to_owned()),
        Step::DeleteTriggers(_) => Report::TriggersDeleted,
        Step::DeleteService { .. } => Report::ServiceDeleted,
        Step::DeleteImages { .. } => Report::ImagesDeleted,
        Step::Detach { .. } => Report::Detached,
    }
}

/// Works an operation off until a phase, or to its end. Returns the steps.
fn proceed(core: &mut Functions, operation: &str, until: Option<Phase>) -> Vec<Step> {
    let mut steps = Vec::new();
    while until != Some(core.operation(operation).unwrap().phase) {
        let Some(step) = core.step(operation, 42) else { break };
        let step = step.unwrap();
        let events = core.report(operation, success(&step), &moment(3));
        apply(core, events);
        steps.push(step);
    }
    steps
}

fn deployed() -> Functions {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[]));
    proceed(&mut core, &operation, None);
    core
}

fn shown(core: &Functions) -> v2::Function {
    core.entry(&name()).unwrap().function.0.clone()
}

fn refusal<T>(result: Result<T, Refusal>) -> &'static str {
    result.err().map_or("OK", |refusal| refusal.code().name())
}

fn of_bucket(event_type: &str) -> Value {
    json!({"eventType": event_type, "eventFilters": [{"attribute": "bucket", "value": "b"}]})
}

fn with_trigger() -> Functions {
    let mut core = Functions::default();
    let operation = create(&mut core, function(&[("/eventTrigger", of_bucket(FINALIZED))]));
    proceed(&mut core, &operation, None);
    core
}
