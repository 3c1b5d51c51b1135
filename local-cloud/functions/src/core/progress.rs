//! How an operation proceeds: its next step, and what the report of a step changes.

use super::operation::{Failure, Operation, Outcome, error_message};
use super::step::{Report, Step};
use super::write::record_source;
use super::{Deployed, Entry, Event, Functions, Moment, Phase, document, trigger};
use crate::names::{self, FunctionName};
use crate::ports::{Object, Place};
use crate::proto::v2::OperationType;
use crate::proto::v2::function::State;

/// Concurrent requests need a whole processor.
const WHOLE_CPU_MILLIS: f64 = 1000.0;

/// Where the logs of a build are shown.
const LOGS: &str = "https://console.cloud.google.com/cloud-build/builds";

/// An operation under way with its function.
struct Work {
    operation: Operation,
    entry: Entry,
    name: FunctionName,
}

impl Functions {
    /// The next step of an operation; `None` once it has ended.
    ///
    /// # Errors
    /// The failure with which the operation must end, found without doing anything.
    pub(crate) fn step(
        &self,
        operation: &str,
        project_number: u64,
    ) -> Option<Result<Step, Failure>> {
        let work = self.work(operation)?;
        Some(work.step(project_number))
    }

    /// Records what came of a step. No-op for an operation that has ended.
    pub(crate) fn report(&self, operation: &str, report: Report, moment: &Moment) -> Vec<Event> {
        let Some(mut work) = self.work(operation) else { return Vec::new() };
        work.report(report, moment)
    }

    /// Records that a step failed for good. An update returns to what served before.
    pub(crate) fn fail(&self, operation: &str, failure: Failure, moment: &Moment) -> Vec<Event> {
        let Some(mut work) = self.work(operation) else { return Vec::new() };
        work.fail(failure, moment)
    }

    fn work(&self, operation: &str) -> Option<Work> {
        let operation =
            self.operation(operation).filter(|operation| operation.outcome.is_none())?;
        let name = FunctionName::parse(operation.target())?;
        let entry = self.entry(&name).ok()?.clone();
        Some(Work { operation: operation.clone(), entry, name })
    }
}

impl Work {
    fn step(&self, project_number: u64) -> Result<Step, Failure> {
        let function = &self.entry.function.0;
        let build = function.build_config.clone().unwrap_or_default();
        let repository = build.docker_repository.clone();
        let broken = || Failure { code: 13, message: "the function has no repository".to_owned() };
        match self.operation.phase {
            Phase::Repository => Ok(Step::Repository {
                is_ours: repository == names::default_repository(&self.name.location),
                name: repository,
            }),
            Phase::Source => {
                Ok(Step::Copy { from: document::source_of(&build), to: self.place(project_number) })
            }
            Phase::Build => {
                let id = &self.operation.build_id;
                let order = document::build_order(&self.name, function, id, self.operation.version);
                order.map(|order| Step::Build(Box::new(order))).ok_or_else(broken)
            }
            Phase::Building => {
                Ok(Step::AwaitBuild { name: self.operation.metadata.0.build_name.clone() })
            }
            Phase::Service => {
                check_cpu(&self.name, function)?;
                let serving = document::serving(&self.name, function, self.operation.version);
                serving.map(|serving| Step::Serve(Box::new(serving))).ok_or_else(broken)
            }
            Phase::Rollback => {
                let before = self.operation.before.as_ref().ok_or_else(broken)?;
                let serving = document::serving(&self.name, &before.function.0, before.version);
                serving.map(|serving| Step::Serve(Box::new(serving))).ok_or_else(broken)
            }
            Phase::Trigger => match trigger::order(&self.name, function) {
                Some(order) => Ok(Step::Trigger(Box::new(order))),
                None => Err(broken()),
            },
            Phase::OldTriggers | Phase::DeleteTriggers => {
                Ok(Step::DeleteTriggers(self.operation.stale_triggers.clone()))
            }
            Phase::DeleteService => Ok(Step::DeleteService {
                name: self.name.service(),
                function: self.name.id.clone(),
            }),
            Phase::Detach => {
                Ok(Step::Detach { name: self.name.service(), function: self.name.id.clone() })
            }
            Phase::DeleteImages => {
                Ok(Step::DeleteImages { repository, package: names::package(&self.name) })
            }
        }
    }

    /// Where the source of the deployed function is.
    fn place(&self, project_number: u64) -> Place {
        let location = &self.name.location;
        let key = &self.entry.function.0.kms_key_name;
        Place {
            project: location.project.clone(),
            location: location.id.clone(),
            bucket: names::source_bucket(project_number, &location.id, key),
            object: names::source_object(&self.name.id),
            kms_key: key.clone(),
        }
    }

    /// Whether the source is the one that was deployed before.
    fn is_source_in_place(&self, project_number: u64) -> bool {
        let build = self.entry.function.0.build_config.clone().unwrap_or_default();
        let (source, place) = (document::source_of(&build), self.place(project_number));
        source.bucket == place.bucket && source.name == place.object
    }

    fn report(&mut self, report: Report, moment: &Moment) -> Vec<Event> {
        match (self.operation.phase, report) {
            (Phase::Repository, Report::RepositoryReady) => {
                let is_in_place = self.is_source_in_place(moment.project_number);
                self.operation.enter(if is_in_place { Phase::Build } else { Phase::Source });
                self.under_way()
            }
            (Phase::Source, Report::SourceCopied(object)) => {
                self.source_copied(&object);
                self.under_way()
            }
            (Phase::Build, Report::BuildStarted(build)) => {
                self.build_started(build, moment.project_number);
                self.under_way()
            }
            (Phase::Building, Report::Built) => {
                self.operation.enter(Phase::Service);
                let service = self.name.service();
                self.operation.stage(Phase::Service.stage()).resource = service;
                self.under_way()
            }
            (Phase::Service, Report::Serves { revision, uri }) => {
                self.serves(revision, uri, moment)
            }
            (Phase::Rollback, Report::Serves { .. }) => self.restored(moment),
            (Phase::Trigger, Report::TriggerReady(topic)) => {
                let trigger = self.entry.function.0.event_trigger.get_or_insert_default();
                trigger.pubsub_topic = topic;
                self.operation.stage(Phase::Trigger.stage()).resource = trigger.trigger.clone();
                if self.operation.stale_triggers.is_empty() {
                    return self.deployed(moment);
                }
                self.operation.enter(Phase::OldTriggers);
                self.under_way()
            }
            (Phase::OldTriggers, Report::TriggersDeleted) => self.deployed(moment),
            (Phase::DeleteTriggers, Report::TriggersDeleted) => {
                self.operation.enter(Phase::DeleteService);
                self.under_way()
            }
            (Phase::DeleteService, Report::ServiceDeleted) => {
                self.operation.enter(Phase::DeleteImages);
                self.under_way()
            }
            (Phase::DeleteImages, Report::ImagesDeleted) | (Phase::Detach, Report::Detached) => {
                self.operation.end(Outcome::Done(None), moment);
                vec![
                    Event::Operation(Box::new(self.operation.clone())),
                    Event::FunctionDeleted(self.name.to_string()),
                ]
            }
            // A report of an earlier phase, which was recorded already.
            (_, _) => Vec::new(),
        }
    }

    fn source_copied(&mut self, object: &Object) {
        record_source(self.entry.function.0.build_config.get_or_insert_default(), object);
        self.operation.enter(Phase::Build);
    }

    fn build_started(&mut self, build: String, project_number: u64) {
        let location = &self.name.location.id;
        let id = build.rsplit('/').next().unwrap_or_default();
        let logs = format!("{LOGS};region={location}/{id}?project={project_number}");
        let stage = self.operation.stage(Phase::Building.stage());
        stage.resource.clone_from(&build);
        stage.resource_uri = logs;
        self.operation.enter(Phase::Building);
        self.operation.metadata.0.build_name.clone_from(&build);
        self.entry.function.0.build_config.get_or_insert_default().build = build;
    }

    fn serves(&mut self, revision: String, uri: String, moment: &Moment) -> Vec<Event> {
        let function = &mut self.entry.function.0;
        let service = function.service_config.get_or_insert_default();
        service.revision = revision;
        service.uri.clone_from(&uri);
        function.url.clone_from(&uri);
        let has_trigger = function.event_trigger.is_some();
        self.operation.stage(Phase::Service.stage()).resource_uri = uri;
        if has_trigger {
            self.operation.enter(Phase::Trigger);
        } else if !self.operation.stale_triggers.is_empty() {
            self.operation.enter(Phase::OldTriggers);
        } else {
            return self.deployed(moment);
        }
        self.under_way()
    }

    fn deployed(&mut self, moment: &Moment) -> Vec<Event> {
        let function = &mut self.entry.function.0;
        function.set_state(State::Active);
        function.update_time = Some(moment.now);
        self.entry.operation = None;
        self.entry.deployed = Some(Deployed::of(&self.entry));
        let function = Box::new(self.entry.function.clone());
        self.operation.end(Outcome::Done(Some(function)), moment);
        self.under_way()
    }

    fn fail(&mut self, failure: Failure, moment: &Moment) -> Vec<Event> {
        let phase = self.operation.phase;
        let message = error_message(phase.failure_type(), &failure.message);
        self.operation.fail_stage(&message);
        let has_before = self.operation.before.is_some();
        if matches!(phase, Phase::Service | Phase::Trigger) && has_before {
            self.operation.failure = Some(failure);
            self.operation.enter(Phase::Rollback);
            return self.under_way();
        }
        let failure = self.operation.failure.clone().unwrap_or(failure);
        let kind = self.operation.kind();
        let restores = kind == OperationType::UpdateFunction && has_before;
        if restores && phase != Phase::Rollback {
            return self.back_to_before(&failure, phase, moment);
        }
        let function = &mut self.entry.function.0;
        function.set_state(match kind {
            OperationType::CreateFunction => State::Failed,
            OperationType::UpdateFunction if has_before => State::Unknown,
            OperationType::UpdateFunction => State::Failed,
            OperationType::DeleteFunction | OperationType::OperationtypeUnspecified => {
                State::Unknown
            }
        });
        function.state_messages = vec![message];
        self.ended(failure, moment)
    }

    fn restored(&mut self, moment: &Moment) -> Vec<Event> {
        let failure = self
            .operation
            .failure
            .clone()
            .unwrap_or(Failure { code: 13, message: "the deployment was rolled back".to_owned() });
        self.operation.stage(Phase::Rollback.stage()).state =
            crate::proto::v2::stage::State::Complete.into();
        self.back_to_before(&failure, Phase::Service, moment)
    }

    /// The function is what it was, with a message that says what was tried.
    fn back_to_before(&mut self, failure: &Failure, failed: Phase, moment: &Moment) -> Vec<Event> {
        if let Some(before) = self.operation.before.clone() {
            self.entry.function = before.function;
        }
        let function = &mut self.entry.function.0;
        function.set_state(State::Active);
        function.update_time = Some(moment.now);
        function.state_messages = vec![error_message(failed.failure_type(), &failure.message)];
        self.ended(failure.clone(), moment)
    }

    fn ended(&mut self, failure: Failure, moment: &Moment) -> Vec<Event> {
        self.entry.operation = None;
        self.operation.end(Outcome::Failed(failure), moment);
        self.under_way()
    }

    fn under_way(&self) -> Vec<Event> {
        vec![
            Event::Operation(Box::new(self.operation.clone())),
            Event::Function(Box::new(self.entry.clone())),
        ]
    }
}

/// What Cloud Run says to a function with part of a processor and concurrent requests.
fn check_cpu(name: &FunctionName, function: &crate::proto::v2::Function) -> Result<(), Failure> {
    let service = function.service_config.clone().unwrap_or_default();
    let millis = service.available_cpu.strip_suffix('m').map_or_else(
        || service.available_cpu.parse::<f64>().map(|cpus| cpus * WHOLE_CPU_MILLIS).ok(),
        |millis| millis.parse::<f64>().ok(),
    );
    let is_part = millis.is_some_and(|millis| millis < WHOLE_CPU_MILLIS);
    if service.max_instance_request_concurrency > 1 && is_part {
        return Err(Failure::of_service(
            &names::service_id(&name.id),
            3,
            "Invalid value specified for cpu. Total cpu < 1 is not supported with concurrency > 1.",
        ));
    }
    Ok(())
}

impl Failure {
    /// The failure of a deployment in Cloud Run, in Google's words.
    pub(crate) fn of_service(service: &str, code: i32, message: &str) -> Self {
        Self {
            code,
            message: format!("Could not create or update Cloud Run service {service}, {message}"),
        }
    }

    /// The failure of a build, in Google's words.
    pub(crate) fn of_build(status: &str, message: &str) -> Self {
        Self {
            code: 3,
            message: format!("Build failed with status: {status} and message: {message}"),
        }
    }
}
