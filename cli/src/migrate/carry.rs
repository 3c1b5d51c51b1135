//! From one deployed function to the specification of the new one. Pure.
//!
//! Settings are those of the live function, and all of them are said, because the defaults of the two
//! APIs differ. What the cloud does not show, such as triggers beside the function, comes from the
//! deployment that wrote it, if the ledger has that.

mod place;
mod settings;
mod triggers;

use std::collections::BTreeSet;

use longshore_cloud::Beyond;
use longshore_messages::{
    BuildSettings, Defaults, Flavour, Function, FunctionRef, Received, Signature, Source,
    SourceUploaded, StorageObject, proto,
};
use time::Date;

use super::goals::Goals;
use super::lost::Lost;
use crate::estate::{Deployed, Goal, Runtimes, obstacle};

pub(super) use place::named_source;

/// What the user says beside the goals.
#[derive(Clone, Debug, Default)]
pub(crate) struct Needs {
    /// Added to the name of a function that stays in its region and changes its flavour.
    pub(crate) suffix: Option<String>,
    /// Repository for images under a key.
    pub(crate) repository: Option<String>,
    /// Bucket for sources under a key.
    pub(crate) source_bucket: Option<String>,
}

/// What is known of a function beside what lists say.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// What it was last deployed from, if a fleet did that.
    pub(super) uploaded: Option<Box<SourceUploaded>>,
    /// Who may call it. `None` if that cannot be read.
    pub(super) invokers: Option<BTreeSet<String>>,
    /// Where its source was put that was not in Cloud Storage.
    pub(super) downloaded: Option<StorageObject>,
}

impl Known {
    fn before(&self) -> Option<&Function> {
        self.uploaded.as_ref().map(|uploaded| &uploaded.function)
    }
}

/// A function that can be migrated.
#[derive(Clone, Debug)]
pub(super) struct Carried {
    /// Valid.
    pub(super) spec: proto::FunctionSpec,
    pub(super) to: FunctionRef,
    pub(super) lost: Vec<Lost>,
}

/// What a migration is about.
pub(super) struct Context<'a> {
    pub(super) goals: &'a Goals,
    pub(super) needs: &'a Needs,
    pub(super) runtimes: &'a Runtimes,
    pub(super) today: Date,
}

/// The function with the goals.
///
/// # Errors
/// Why it cannot be migrated, and what to do.
pub(super) fn carry(
    one: &Deployed,
    known: &Known,
    context: &Context<'_>,
) -> Result<Carried, String> {
    let goals = context.goals;
    check(one, context)?;
    let flavour = goals.flavour.unwrap_or_else(|| one.flavour());
    let to = place::target(one, flavour, goals.region.as_deref(), context.needs)?;
    let mut lost = Lossy::default();
    let runtime = place::runtime(one, known.before(), goals.runtime.as_deref(), flavour)?;
    let signature = signature(one, known.before());
    let settings = settings::settings(one, known, flavour, &to, &mut lost);
    let build = place::build(one, known.before(), flavour, &to, &mut lost);
    let triggers = triggers::triggers(one, known.before(), &to, &mut lost);
    let callers = triggers::callers(one, known, &triggers, &mut lost);
    let (encryption, build) = match place::key(one, goals.key.as_deref(), &to)? {
        None => (None, build),
        Some(key) => {
            let before = known.before();
            let (encryption, repository) =
                place::encryption(key, one, before, flavour, &to, context.needs)?;
            let build = BuildSettings { repository: Some(repository), ..build };
            (Some(encryption), build)
        }
    };
    let function = Function {
        at: to.clone(),
        flavour,
        runtime,
        entry_point: place::entry_point(one, known.before())?,
        signature,
        source: Source::Storage(place::source(one, known)?),
        build,
        service: settings,
        encryption,
        triggers,
        callers: BTreeSet::new(),
        rollout: None,
        received: Received::default(),
    };
    if is_copy(one, &to, flavour) {
        lost.0.extend(one.beyond().into_iter().filter_map(Lost::beyond));
        lose_updates(one, flavour, &mut lost);
    }
    let mut spec = function.to_proto();
    spec.callers = callers;
    valid(&spec)?;
    lost.0.sort();
    lost.0.dedup();
    Ok(Carried { spec, to, lost: lost.0 })
}

/// What was lost so far.
#[derive(Default)]
pub(super) struct Lossy(Vec<Lost>);

impl Lossy {
    fn add(&mut self, field: &str, reason: impl Into<String>, advice: impl Into<String>) {
        self.0.push(Lost::new(field, reason, advice));
    }
}

/// Refuses what has an obstacle on the way to any of the goals.
pub(super) fn check(one: &Deployed, context: &Context<'_>) -> Result<(), String> {
    let mut goals = context.goals.of(one);
    if goals.is_empty() {
        return Err(format!("it is in {} already", one.at.region));
    }
    let has_runtime = goals.contains(&Goal::Runtime);
    if matches!(goals.first(), Some(Goal::Run | Goal::Functions)) {
        // What is copied to another API gets its region, its runtime and its key there.
        goals.truncate(1);
    }
    for goal in goals {
        // A new runtime makes a dead one harmless.
        let none = Runtimes::default();
        let runtimes = if has_runtime { &none } else { context.runtimes };
        if let Some(reason) = obstacle(one, goal, runtimes, context.today) {
            return Err(reason);
        }
    }
    Ok(())
}

/// Whether a second function is made beside the first one.
fn is_copy(one: &Deployed, to: &FunctionRef, flavour: Flavour) -> bool {
    one.at != *to || one.flavour() != flavour
}

/// Google patches the base image of every function of its API. A service has that only if it was
/// deployed so.
fn lose_updates(one: &Deployed, flavour: Flavour, lost: &mut Lossy) {
    let is_service = one.flavour() == Flavour::Run;
    if is_service && flavour == Flavour::Run && one.beyond().contains(&Beyond::BaseImageUpdates) {
        lost.add(
            "build.automaticBaseImageUpdates",
            "Cloud Run patches its base image without a build",
            "deploy the new one again for security updates",
        );
    }
}

fn signature(one: &Deployed, before: Option<&Function>) -> Signature {
    if let Some(before) = before {
        return before.signature;
    }
    if let Some(function) = &one.function {
        let has_event = function.live.shape.event.is_some();
        return if has_event { Signature::CloudEvent } else { Signature::Http };
    }
    let environment = one.live().map(|live| &live.shape.settings.environment);
    let named = environment.and_then(|all| all.get("FUNCTION_SIGNATURE_TYPE"));
    match named.map_or("http", String::as_str) {
        "cloudevent" => Signature::CloudEvent,
        "typed" => Signature::Typed,
        "event" => Signature::Event,
        _ => Signature::Http,
    }
}

/// The rules of a request decide whether the API of the target can have it.
fn valid(spec: &proto::FunctionSpec) -> Result<(), String> {
    match Function::from_proto(spec.clone(), &Defaults::default()) {
        Ok(_) => Ok(()),
        Err(invalid) => {
            let problems: Vec<String> = invalid
                .problems
                .iter()
                .map(|problem| format!("{} {}", problem.field, problem.rule))
                .collect();
            Err(format!("the new one would not be valid: {}", problems.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests;
