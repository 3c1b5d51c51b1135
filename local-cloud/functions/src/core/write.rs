//! Writes by callers: create, update, delete. Each begins an operation.

use super::desired::follow_memory;
use super::operation::Operation;
use super::{Deployed, Desired, Entry, Event, Functions, Moment, Phase, Refusal, mask, trigger};
use crate::json::Stored;
use crate::names::{self, FunctionName};
use crate::ports::Object;
use crate::proto::v2::function::State;
use crate::proto::v2::source::Source as SourceKind;
use crate::proto::v2::stage::Name as StageName;
use crate::proto::v2::{Function, OperationType, Source, SourceProvenance, StorageSource};

/// The stages of a deployment, in their order. The last one is that of functions with a trigger.
const DEPLOYMENT: [StageName; 3] = [StageName::Build, StageName::Service, StageName::Trigger];

/// The stages of a deletion. The first one is that of functions with a trigger.
const DELETION: [StageName; 3] =
    [StageName::Trigger, StageName::Service, StageName::ArtifactRegistry];

/// The verb of an operation that only REST has.
const DETACH: &str = "detach";

impl Functions {
    /// Checks that a function may be created.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::AlreadyExists`], [`Refusal::Busy`].
    pub(crate) fn check_new(&self, name: &FunctionName) -> Result<(), Refusal> {
        if !names::is_function_id(&name.id) {
            return Err(Refusal::invalid(format!(
                "function_id: '{}' is not valid: an id has at most 63 letters, digits, hyphens and \
                 underscores, begins with a letter and ends with a letter or digit",
                name.id
            )));
        }
        if let Ok(entry) = self.entry(name) {
            check_idle(entry)?;
            return Err(Refusal::AlreadyExists(name.to_string()));
        }
        let service = name.service();
        let of_same_service = self.under(&name.location.project, &name.location.id).any(|entry| {
            FunctionName::parse(&entry.function.0.name)
                .is_some_and(|other| other.service() == service)
        });
        if of_same_service { Err(service_exists(name)) } else { Ok(()) }
    }

    /// Begins to create a function. `source` is the object that was found, with its generation.
    ///
    /// # Errors
    /// As for [`Functions::check_new`].
    pub(crate) fn create(
        &self,
        desired: &Desired,
        source: &Object,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        self.check_new(&desired.name)?;
        let entry = Entry::default();
        Ok(deploy(OperationType::CreateFunction, desired, source, entry, moment))
    }

    /// What a function would be after a patch.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Busy`], and those of [`Desired::new`].
    pub(crate) fn patched(
        &self,
        name: &FunctionName,
        patch: &Function,
        update_mask: &[String],
        moment: &Moment,
    ) -> Result<Desired, Refusal> {
        let entry = self.entry(name)?;
        check_idle(entry)?;
        let mut merged = mask::merge(&entry.function.0, patch, update_mask)?;
        follow_memory(&entry.function.0, &mut merged);
        trigger::keep_output(&entry.function.0, &mut merged)?;
        Desired::new(name, merged, false, moment)
    }

    /// Begins to update a function.
    ///
    /// # Errors
    /// As for [`Functions::patched`]; [`Refusal::Conflict`] if the function has changed since it was
    /// `seen`.
    pub(crate) fn update(
        &self,
        desired: &Desired,
        seen: &Function,
        source: &Object,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        let entry = self.entry(&desired.name)?;
        check_idle(entry)?;
        if entry.function.0 != *seen {
            return Err(Refusal::Conflict(format!(
                "Resource '{}' was changed by another call",
                desired.name
            )));
        }
        Ok(deploy(OperationType::UpdateFunction, desired, source, entry.clone(), moment))
    }

    /// Begins to delete a function.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Busy`].
    pub(crate) fn delete(
        &self,
        name: &FunctionName,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        let mut entry = self.entry(name)?.clone();
        check_idle(&entry)?;
        let kind = OperationType::DeleteFunction;
        let triggers = trigger::names_of(&entry);
        let stages = match triggers.as_slice() {
            [] => (&DELETION[1..], Phase::DeleteService),
            _ => (DELETION.as_slice(), Phase::DeleteTriggers),
        };
        let mut operation = Operation::new(name, kind, &entry.function.0, stages, moment);
        operation.stale_triggers = triggers;
        operation.version = entry.version;
        let function = &mut entry.function.0;
        function.set_state(State::Deleting);
        function.update_time = Some(moment.now);
        entry.operation = Some(operation.name.clone());
        let events =
            vec![Event::Operation(Box::new(operation.clone())), Event::Function(Box::new(entry))];
        Ok((operation, events))
    }
}

impl Functions {
    /// Begins to detach a function: its service, its triggers and its images stay.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Busy`]; [`Refusal::Invalid`] for a function that does not
    /// serve.
    pub(crate) fn detach(
        &self,
        name: &FunctionName,
        moment: &Moment,
    ) -> Result<(Operation, Vec<Event>), Refusal> {
        let mut entry = self.entry(name)?.clone();
        check_idle(&entry)?;
        if entry.function.0.state() != State::Active {
            return Err(Refusal::invalid(format!("'{name}' is not in the state ACTIVE")));
        }
        let kind = OperationType::OperationtypeUnspecified;
        let stages = (&[StageName::Service][..], Phase::Detach);
        let mut operation = Operation::new(name, kind, &entry.function.0, stages, moment);
        DETACH.clone_into(&mut operation.metadata.0.verb);
        let function = &mut entry.function.0;
        // The gRPC API, whose messages these are, has no state for it.
        function.set_state(State::Deploying);
        function.update_time = Some(moment.now);
        entry.operation = Some(operation.name.clone());
        let events =
            vec![Event::Operation(Box::new(operation.clone())), Event::Function(Box::new(entry))];
        Ok((operation, events))
    }
}

/// The name belongs to a service of another function or of no function.
pub(crate) fn service_exists(name: &FunctionName) -> Refusal {
    Refusal::Elsewhere {
        code: longshore_local_kit::rest::Code::AlreadyExists,
        message: format!(
            "Could not create Cloud Run service {}. A Cloud Run service with this name already \
             exists. Please redeploy the function with a different name.",
            names::service_id(&name.id)
        ),
    }
}

fn check_idle(entry: &Entry) -> Result<(), Refusal> {
    if entry.operation.is_some() { Err(Refusal::Busy) } else { Ok(()) }
}

fn deploy(
    kind: OperationType,
    desired: &Desired,
    source: &Object,
    current: Entry,
    moment: &Moment,
) -> (Operation, Vec<Event>) {
    let mut function = desired.function.clone();
    let own = function.event_trigger.as_ref().map(|trigger| trigger.trigger.clone());
    let mut stale_triggers = trigger::names_of(&current);
    stale_triggers.retain(|name| Some(name) != own.as_ref());
    let has_trigger = own.is_some() || !stale_triggers.is_empty();
    let stages = if has_trigger { DEPLOYMENT.as_slice() } else { &DEPLOYMENT[..2] };
    let stages = (stages, Phase::Repository);
    let mut operation = Operation::new(&desired.name, kind, &function, stages, moment);
    operation.stale_triggers = stale_triggers;
    operation.version = current.version + 1;
    operation.before = current.deployed.clone().map(Box::new);
    function.set_state(State::Deploying);
    function.state_messages.clear();
    function.update_time = Some(moment.now);
    let created = current.function.0.create_time.unwrap_or(moment.now);
    function.create_time = Some(created);
    let build = function.build_config.get_or_insert_default();
    build.build.clear();
    record_source(build, source);
    let service = function.service_config.get_or_insert_default();
    service.service = desired.name.service();
    let entry = Entry {
        function: Stored(function),
        version: operation.version,
        operation: Some(operation.name.clone()),
        ..current
    };
    let events =
        vec![Event::Operation(Box::new(operation.clone())), Event::Function(Box::new(entry))];
    (operation, events)
}

/// The source that is built, as the function shows it.
pub(super) fn record_source(build: &mut crate::proto::v2::BuildConfig, object: &Object) {
    let storage = |generation| StorageSource {
        bucket: object.bucket.clone(),
        object: object.name.clone(),
        generation,
        source_upload_url: String::new(),
    };
    build.source = Some(Source { source: Some(SourceKind::StorageSource(storage(0))) });
    build.source_provenance = Some(SourceProvenance {
        resolved_storage_source: Some(storage(object.generation)),
        ..SourceProvenance::default()
    });
}

impl Deployed {
    pub(super) fn of(entry: &Entry) -> Self {
        Self { function: entry.function.clone(), version: entry.version }
    }
}
