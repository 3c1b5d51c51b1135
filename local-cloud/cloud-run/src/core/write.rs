//! Writes by callers: create, patch, delete.

use std::collections::BTreeMap;

use google_cloud_run_v2::model::condition::State;
use google_cloud_run_v2::model::{Revision, RevisionTemplate, Service};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::names::{check_revision_id, check_service_id, generated_revision_id, short};
use super::operation::{Operation, Outcome, any};
use super::policy::{Policy, SetPolicy};
use super::refusal::Refusal;
use super::routes::{self, condition};
use super::{Entry, Event, Moment, ServiceName, Services, mask, spec, traffic};

/// The outcome of a write: the operation for the caller, and the events to commit.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) operation: Operation,
    pub(crate) events: Vec<Event>,
}

/// The query parameters of a patch.
#[derive(Clone, Debug, Default)]
pub(crate) struct PatchOptions {
    pub(crate) update_mask: String,
    pub(crate) allow_missing: bool,
    pub(crate) validate_only: bool,
    pub(crate) force_new_revision: bool,
}

impl Services {
    pub(crate) fn create(
        &self,
        name: &ServiceName,
        body: Service,
        validate_only: bool,
        moment: &Moment,
    ) -> Result<Written, Refusal> {
        check_service_id(&name.service)?;
        if self.entry(&name.to_string()).is_some() {
            return Err(Refusal::AlreadyExists(format!(
                "Resource '{}' already exists.",
                name.service
            )));
        }
        // The mask `*` copies only the writable fields: output fields of the body are ignored.
        let desired = mask::merge(&Service::new(), &body, "*")?;
        self.write(name, desired, false, moment)
            .map(|written| written.only_validated(validate_only))
    }

    pub(crate) fn patch(
        &self,
        name: &ServiceName,
        body: &Service,
        options: &PatchOptions,
        moment: &Moment,
    ) -> Result<Written, Refusal> {
        let Some(entry) = self.entry(&name.to_string()) else {
            if options.allow_missing && body.etag.is_empty() {
                return self.create(name, body.clone(), options.validate_only, moment);
            }
            return Err(not_found(name));
        };
        check_etag(&entry.service, &body.etag)?;
        let desired = mask::merge(&entry.service, body, &options.update_mask)?;
        let written = self.write(name, desired, options.force_new_revision, moment)?;
        Ok(written.only_validated(options.validate_only))
    }

    pub(crate) fn delete(
        &self,
        name: &ServiceName,
        etag: &str,
        validate_only: bool,
        moment: &Moment,
    ) -> Result<Written, Refusal> {
        let entry = self.entry(&name.to_string()).ok_or_else(|| not_found(name))?;
        check_etag(&entry.service, etag)?;
        let service = entry.service.clone().set_delete_time(moment.now).set_reconciling(false);
        let mut events = self.end_pending(&entry.service, |_| Some(Outcome::deleted()));
        let operation =
            start_operation(name, &service, "", moment).finished(&service, Outcome::Done);
        events.push(Event::ServiceDeleted { service: name.to_string() });
        events.push(Event::Operation(operation.clone()));
        Ok(Written { operation, events }.only_validated(validate_only))
    }

    /// Deletes a revision that gets no traffic and is not the latest.
    pub(crate) fn delete_revision(
        &self,
        name: &ServiceName,
        id: &str,
        etag: &str,
        moment: &Moment,
    ) -> Result<Written, Refusal> {
        let full = name.revision(id);
        let entry = self.entry(&name.to_string()).ok_or_else(|| not_found(name))?;
        let revision = entry
            .revisions
            .get(&full)
            .ok_or_else(|| Refusal::NotFound(format!("Resource '{id}' was not found.")))?;
        if !etag.is_empty() && etag != revision.etag {
            return Err(conflict(id, etag, &revision.etag));
        }
        let is_latest = entry.service.latest_ready_revision == full
            || entry.service.latest_created_revision == full;
        if is_latest || traffic::names(&entry.service, id) {
            return Err(Refusal::FailedPrecondition(format!(
                "Revision '{id}' cannot be deleted because it is the latest or serves traffic."
            )));
        }
        let mut operation = start_operation(name, &entry.service, &full, moment);
        operation.metadata = any(&revision.clone().set_delete_time(moment.now));
        operation.outcome = Some(Outcome::Done);
        let events =
            vec![Event::RevisionDeleted { revision: full }, Event::Operation(operation.clone())];
        Ok(Written { operation, events })
    }

    pub(crate) fn set_policy(
        &self,
        name: &ServiceName,
        given: SetPolicy,
    ) -> Result<(Policy, Vec<Event>), Refusal> {
        let entry = self.entry(&name.to_string()).ok_or_else(|| not_found(name))?;
        let policy = entry.policy.replaced_by(given)?;
        let event = Event::Policy { service: name.to_string(), policy: policy.clone() };
        Ok((policy, vec![event]))
    }

    fn write(
        &self,
        name: &ServiceName,
        mut desired: Service,
        force: bool,
        moment: &Moment,
    ) -> Result<Written, Refusal> {
        spec::fill_defaults(&mut desired, self.projects.number_of(&name.project));
        spec::check(&desired, &name.location)?;
        let current = self.entry(&name.to_string());
        stamp(name, &mut desired, current, moment);
        let template = desired.template.clone().unwrap_or_default();
        traffic::check(name, &desired, current, &template.revision)?;
        if let Some(entry) = current {
            traffic::route(&mut desired, |id| entry.is_ready(id), &entry.tag_ports);
        }
        if force || current.is_none_or(|entry| is_new(&template, &entry.service)) {
            self.with_new_revision(name, desired, &template, current, moment)
        } else {
            if !desired.reconciling {
                let missing = routes::missing(name, &desired, current, "");
                routes::judge(&mut desired, missing.as_deref(), moment);
            }
            Ok(self.without_new_revision(name, desired, current, moment))
        }
    }

    fn with_new_revision(
        &self,
        name: &ServiceName,
        mut service: Service,
        template: &RevisionTemplate,
        current: Option<&Entry>,
        moment: &Moment,
    ) -> Result<Written, Refusal> {
        let id = match template.revision.as_str() {
            "" => generated_revision_id(&name.service, service.generation, moment.random),
            given => {
                check_revision_id(&name.service, given)?;
                given.to_owned()
            }
        };
        let full = name.revision(&id);
        if current.is_some_and(|entry| entry.revisions.contains_key(&full)) {
            return Err(Refusal::AlreadyExists(format!(
                "Revision named '{id}' with different configuration already exists."
            )));
        }
        service.latest_created_revision.clone_from(&full);
        service.reconciling = true;
        service.terminal_condition = Some(condition("Ready", State::ConditionReconciling, moment));
        service.conditions = ["ConfigurationsReady", "RoutesReady"]
            .map(|kind| condition(kind, State::ConditionReconciling, moment))
            .into();
        let revision = revision_of(&full, &service, template, moment);
        let mut events = self.end_pending(&service, |_| Some(Outcome::superseded()));
        let operation = start_operation(name, &service, &full, moment);
        events.push(Event::Service(Box::new(service)));
        events.push(Event::Revision(Box::new(revision)));
        events.push(Event::Operation(operation.clone()));
        Ok(Written { operation, events })
    }

    /// Metadata, scaling, access or traffic changed, so there is nothing to start. The operation
    /// still waits for a revision that is starting, and for the URLs of new tags.
    fn without_new_revision(
        &self,
        name: &ServiceName,
        mut service: Service,
        current: Option<&Entry>,
        moment: &Moment,
    ) -> Written {
        let waits_for = current
            .filter(|entry| entry.service.reconciling)
            .map(|entry| entry.service.latest_created_revision.clone());
        let mut operation =
            start_operation(name, &service, waits_for.as_deref().unwrap_or_default(), moment);
        let tag_ports = current.map(|entry| &entry.tag_ports);
        if waits_for.is_none() && all_tags_have_urls(&service, tag_ports) {
            service.observed_generation = service.generation;
            let outcome = current_outcome(&service);
            operation = operation.finished(&service, outcome);
        }
        let events = vec![Event::Service(Box::new(service)), Event::Operation(operation.clone())];
        Written { operation, events }
    }

    /// Finishes the unfinished operations of the service for which `outcome` returns an outcome.
    pub(super) fn end_pending(
        &self,
        service: &Service,
        outcome: impl Fn(&Operation) -> Option<Outcome>,
    ) -> Vec<Event> {
        self.pending(&service.name)
            .filter_map(|operation| {
                Some(Event::Operation(operation.clone().finished(service, outcome(operation)?)))
            })
            .collect()
    }
}

impl Written {
    pub(crate) fn only_validated(mut self, only: bool) -> Self {
        if only {
            self.events.clear();
            self.operation.outcome = Some(Outcome::Done);
        }
        self
    }
}

/// The outcome of a write that starts nothing: the service is as ready as before.
pub(super) fn current_outcome(service: &Service) -> Outcome {
    let failure = service
        .terminal_condition
        .as_ref()
        .filter(|condition| condition.state == State::ConditionFailed);
    failure.map_or(Outcome::Done, |condition| Outcome::not_ready(&condition.message))
}

pub(super) fn all_tags_have_urls(service: &Service, ports: Option<&BTreeMap<String, u16>>) -> bool {
    let answers = |tag: &str| tag.is_empty() || ports.is_some_and(|ports| ports.contains_key(tag));
    service.traffic.iter().all(|target| answers(&target.tag))
}

/// Whether the template needs a new revision.
fn is_new(template: &RevisionTemplate, current: &Service) -> bool {
    let named = template.revision.as_str();
    if !named.is_empty() && named != short(&current.latest_created_revision) {
        return true;
    }
    let old = current.template.clone().unwrap_or_default();
    template.clone().set_revision("") != old.set_revision("")
}

/// Updates the fields that change with every write.
fn stamp(name: &ServiceName, service: &mut Service, current: Option<&Entry>, moment: &Moment) {
    service.name = name.to_string();
    service.generation = current.map_or(0, |entry| entry.service.generation) + 1;
    service.update_time = Some(moment.now);
    if current.is_none() {
        service.uid = Uuid::from_u128(moment.random).to_string();
        service.create_time = Some(moment.now);
    }
    service.etag = etag(&service.uid, service.generation);
}

/// Changes with every write by a caller, but not when the service becomes ready.
fn etag(uid: &str, generation: i64) -> String {
    let hash = Sha256::digest(format!("{uid}/{generation}"));
    let hex: String = hash.iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn check_etag(service: &Service, given: &str) -> Result<(), Refusal> {
    if given.is_empty() || given == service.etag {
        return Ok(());
    }
    Err(conflict(short(&service.name), given, &service.etag))
}

fn conflict(id: &str, given: &str, current: &str) -> Refusal {
    Refusal::Aborted(format!(
        "Conflict for resource '{id}': version '{given}' was specified but current version is '{current}'."
    ))
}

pub(crate) fn not_found(name: &ServiceName) -> Refusal {
    Refusal::NotFound(format!(
        "Resource '{}' of kind 'SERVICE' in region '{}' was not found.",
        name.service, name.location
    ))
}

fn start_operation(
    name: &ServiceName,
    service: &Service,
    revision: &str,
    moment: &Moment,
) -> Operation {
    // Differs from the service's uid, which is derived from the same random number.
    let id = Uuid::from_u128(moment.random.rotate_left(64) ^ u128::from(u64::MAX));
    let (service_name, revision) = (name.to_string(), revision.to_owned());
    Operation {
        name: name.operation(&id.to_string()),
        service: service_name,
        revision,
        metadata: any(service),
        outcome: None,
    }
}

fn revision_of(
    full: &str,
    service: &Service,
    template: &RevisionTemplate,
    moment: &Moment,
) -> Revision {
    let mut revision = Revision::new()
        .set_name(full)
        .set_uid(Uuid::from_u128(moment.random.rotate_left(32)).to_string())
        .set_generation(1)
        .set_labels(template.labels.clone())
        .set_annotations(template.annotations.clone())
        .set_create_time(moment.now)
        .set_update_time(moment.now)
        .set_launch_stage(service.launch_stage.clone())
        .set_service(short(&service.name))
        .set_max_instance_request_concurrency(template.max_instance_request_concurrency)
        .set_service_account(template.service_account.clone())
        .set_encryption_key(template.encryption_key.clone())
        .set_containers(template.containers.clone())
        .set_volumes(template.volumes.clone())
        .set_execution_environment(template.execution_environment.clone())
        .set_reconciling(true)
        .set_conditions([condition("Ready", State::ConditionReconciling, moment)]);
    revision.vpc_access.clone_from(&template.vpc_access);
    revision.scaling.clone_from(&template.scaling);
    revision.timeout.clone_from(&template.timeout);
    revision.etag = etag(&revision.uid, revision.generation);
    revision
}
