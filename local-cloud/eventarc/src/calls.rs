//! The methods of the API, independent of the protocol.

use std::sync::Arc;

use crate::catalogue;
use crate::core::{Desired, Refusal, Triggers, check_bucket, page};
use crate::json::{self, Enums, Named};
use crate::names::{Location, TriggerName};
use crate::proto::v1::{
    Channel, CreateTriggerRequest, DeleteTriggerRequest, ListChannelsRequest, ListChannelsResponse,
    ListProvidersRequest, ListProvidersResponse, ListTriggersRequest, ListTriggersResponse,
    Provider, Trigger, UpdateTriggerRequest,
};
use crate::proto::{iam, longrunning};
use crate::service::{Service, moment};
use longshore_local_kit::filter::{Filter, OPERATION_FIELDS};
use longshore_local_kit::policy;
use longshore_local_kit::rest::Code;
use serde_json::Value;

mod locations;

pub(crate) use locations::{check as check_location, get_location, list_locations};

/// The fields by which triggers and providers can be filtered.
const TRIGGER_FIELDS: [&str; 14] = [
    "channel",
    "conditions",
    "createTime",
    "destination",
    "etag",
    "eventDataContentType",
    "eventFilters",
    "labels",
    "name",
    "retryPolicy",
    "serviceAccount",
    "transport",
    "uid",
    "updateTime",
];
const PROVIDER_FIELDS: [&str; 3] = ["displayName", "eventTypes", "name"];

pub(crate) async fn create(
    service: &Arc<Service>,
    request: CreateTriggerRequest,
) -> Result<longrunning::Operation, Refusal> {
    let CreateTriggerRequest { parent, trigger, trigger_id, validate_only } = request;
    let name = service.location(&parent)?.trigger(&trigger_id);
    let trigger = trigger.ok_or_else(|| Refusal::invalid("missing trigger"))?;
    service.create(&name, trigger, validate_only).await
}

pub(crate) async fn update(
    service: &Arc<Service>,
    request: UpdateTriggerRequest,
) -> Result<longrunning::Operation, Refusal> {
    let UpdateTriggerRequest { trigger, update_mask, allow_missing, validate_only } = request;
    let patch = trigger.ok_or_else(|| Refusal::invalid("missing trigger"))?;
    let name = service.trigger_name(&patch.name)?;
    let mask = update_mask.map(|mask| mask.paths).unwrap_or_default();
    if allow_missing && service.core().entry(&name).is_err() {
        return service.create(&name, patch, validate_only).await;
    }
    let (seen, desired) = {
        let core = service.core();
        let desired = core.patched(&name, &patch, &mask)?;
        (core.entry(&name)?.trigger.0.clone(), desired)
    };
    service.check_elsewhere(&desired).await?;
    if validate_only {
        return Ok(validated(&name, &seen));
    }
    let operation = service.commit(|core, moment| core.update(&desired, &seen, moment))?;
    service.complete(operation.name).await
}

pub(crate) async fn delete(
    service: &Arc<Service>,
    request: DeleteTriggerRequest,
) -> Result<longrunning::Operation, Refusal> {
    let DeleteTriggerRequest { name, etag, allow_missing, validate_only } = request;
    let name = service.trigger_name(&name)?;
    if allow_missing && service.core().entry(&name).is_err() {
        return Ok(validated(&name, &Trigger::default()));
    }
    if validate_only {
        let core = service.core();
        core.delete(&name, &etag, &moment())?;
        return Ok(validated(&name, &core.entry(&name)?.trigger.0));
    }
    let operation = service.commit(|core, moment| core.delete(&name, &etag, moment))?;
    service.complete(operation.name).await
}

pub(crate) fn get(service: &Service, name: &str) -> Result<Trigger, Refusal> {
    let name = service.trigger_name(name)?;
    Ok(service.core().entry(&name)?.trigger.0.clone())
}

pub(crate) fn list(
    service: &Service,
    request: &ListTriggersRequest,
) -> Result<ListTriggersResponse, Refusal> {
    let parent = service.location(&request.parent)?;
    check_order(&request.order_by)?;
    let filter = Filter::parse(&request.filter, &TRIGGER_FIELDS)?;
    let core = service.core();
    let triggers = core.under(&parent.project, &parent.id).map(|entry| &entry.trigger.0);
    let triggers = filter.select(triggers, |trigger| json_of(*trigger));
    let (items, next_page_token) = page(triggers, request.page_size, &request.page_token)?;
    let triggers = items.into_iter().cloned().collect();
    Ok(ListTriggersResponse { triggers, next_page_token, unreachable: Vec::new() })
}

pub(crate) fn get_provider(service: &Service, name: &str) -> Result<Provider, Refusal> {
    let (location, _) = name
        .split_once("/providers/")
        .ok_or_else(|| malformed("name", name, "projects/*/locations/*/providers/*"))?;
    let location = service.location(location)?;
    let id = name.rsplit('/').next().unwrap_or_default();
    let name = format!("{location}/providers/{id}");
    let found = catalogue::providers(&location).find(|provider| provider.name == name);
    found.ok_or(Refusal::NotFound(name))
}

pub(crate) fn list_providers(
    service: &Service,
    request: &ListProvidersRequest,
) -> Result<ListProvidersResponse, Refusal> {
    let location = service.location(&request.parent)?;
    check_order(&request.order_by)?;
    let filter = Filter::parse(&request.filter, &PROVIDER_FIELDS)?;
    let providers = filter.select(catalogue::providers(&location), json_of);
    let (items, next_page_token) = page(providers, request.page_size, &request.page_token)?;
    Ok(ListProvidersResponse { providers: items, next_page_token, unreachable: Vec::new() })
}

/// There are no channels.
pub(crate) fn get_channel(service: &Service, name: &str) -> Result<Channel, Refusal> {
    let (location, id) = name
        .split_once("/channels/")
        .ok_or_else(|| malformed("name", name, "projects/*/locations/*/channels/*"))?;
    Err(Refusal::NotFound(format!("{}/channels/{id}", service.location(location)?)))
}

/// There are no channels.
pub(crate) fn list_channels(
    service: &Service,
    request: &ListChannelsRequest,
) -> Result<ListChannelsResponse, Refusal> {
    service.location(&request.parent)?;
    check_order(&request.order_by)?;
    let none = std::iter::empty::<Channel>();
    let (items, next_page_token) = page(none, request.page_size, &request.page_token)?;
    Ok(ListChannelsResponse { channels: items, next_page_token, unreachable: Vec::new() })
}

pub(crate) fn get_operation(
    service: &Service,
    name: &str,
) -> Result<longrunning::Operation, Refusal> {
    let (location, id) = name
        .split_once("/operations/")
        .ok_or_else(|| malformed("name", name, "projects/*/locations/*/operations/*"))?;
    let name = service.location(location)?.operation(id);
    let core = service.core();
    let operation = core.operation(&name).ok_or(Refusal::NotFound(name))?;
    Ok(operation.wire())
}

pub(crate) fn list_operations(
    service: &Service,
    request: &longrunning::ListOperationsRequest,
) -> Result<longrunning::ListOperationsResponse, Refusal> {
    let name = request.name.strip_suffix("/operations").unwrap_or(&request.name);
    let location = service.location(name)?;
    let filter = Filter::parse(&request.filter, &OPERATION_FIELDS)?;
    let core = service.core();
    let operations = core.operations_under(&location.project, &location.id);
    let selected = filter.select(operations.map(crate::core::Operation::wire), json_of);
    let (items, next_page_token) = page(selected, request.page_size, &request.page_token)?;
    Ok(longrunning::ListOperationsResponse { operations: items, next_page_token })
}

pub(crate) fn get_policy(
    service: &Service,
    request: &iam::GetIamPolicyRequest,
) -> Result<iam::Policy, Refusal> {
    let name = service.trigger_name(&request.resource)?;
    let version = request.options.map_or(0, |options| options.requested_policy_version);
    policy::check_version("options.requested_policy_version", version)?;
    service.core().policy(&name)
}

pub(crate) fn set_policy(
    service: &Service,
    request: iam::SetIamPolicyRequest,
) -> Result<iam::Policy, Refusal> {
    let name = service.trigger_name(&request.resource)?;
    policy::check_mask(&request.update_mask.unwrap_or_default().paths)?;
    let policy = request.policy.ok_or_else(|| Refusal::invalid("missing policy"))?;
    policy::check_version("policy.version", policy.version)?;
    service.commit(|core, moment| core.set_policy(&name, policy, moment))
}

/// Every caller has every permission here. A trigger that does not exist grants none, as on Google.
pub(crate) fn test_permissions(
    service: &Service,
    request: iam::TestIamPermissionsRequest,
) -> Result<iam::TestIamPermissionsResponse, Refusal> {
    let name = service.trigger_name(&request.resource)?;
    policy::check_permissions(&request.permissions)?;
    let exists = service.core().entry(&name).is_ok();
    let permissions = if exists { request.permissions } else { Vec::new() };
    Ok(iam::TestIamPermissionsResponse { permissions })
}

impl Service {
    async fn create(
        self: &Arc<Self>,
        name: &TriggerName,
        trigger: Trigger,
        validate_only: bool,
    ) -> Result<longrunning::Operation, Refusal> {
        locations::check(&name.location)?;
        self.core().check_new(name)?;
        let desired = Desired::new(name, trigger)?;
        self.check_elsewhere(&desired).await?;
        if validate_only {
            return Ok(validated(name, &Triggers::preview(&desired, &moment())));
        }
        let operation = self.commit(|core, moment| core.create(&desired, moment))?;
        self.complete(operation.name).await
    }

    /// Carries out an operation, and returns it. It goes on if the caller leaves.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        operation: String,
    ) -> Result<longrunning::Operation, Refusal> {
        // A task that fails or is stopped leaves the operation to the next start.
        let _ended = self.drive(operation.clone()).await;
        get_operation(self, &operation)
    }

    /// Checks what other services must have.
    async fn check_elsewhere(&self, desired: &Desired) -> Result<(), Refusal> {
        self.check_sources(desired).await?;
        let service = &desired.target.service;
        match self.deps.cloud.service_url(service).await? {
            Some(_) => Ok(()),
            None => {
                let (region, id) = service
                    .split_once("/locations/")
                    .and_then(|(_, rest)| rest.split_once("/services/"))
                    .unwrap_or_default();
                Err(Refusal::invalid(format!(
                    "trigger.destination.cloud_run: service \"{id}\" does not exist in region \
                     \"{region}\""
                )))
            }
        }
    }

    /// Checks that the topic and the bucket exist, and that the bucket is where the trigger is.
    pub(crate) async fn check_sources(&self, desired: &Desired) -> Result<(), Refusal> {
        if let Some(topic) = &desired.topic
            && !self.deps.cloud.has_topic(topic).await?
        {
            return Err(Refusal::Elsewhere {
                code: Code::NotFound,
                message: format!("Resource not found (resource={}).", topic_id(topic)),
            });
        }
        if let Some(bucket) = desired.bucket() {
            let project = &desired.name.location.project;
            let location = self.deps.cloud.bucket_location(project, bucket).await?;
            check_bucket(&desired.name, bucket, location.as_deref())?;
        }
        Ok(())
    }

    /// A location, with the id of the project. In lists, `-` stands for all locations.
    fn location(&self, name: &str) -> Result<Location, Refusal> {
        let location = Location::parse(name)
            .ok_or_else(|| malformed("parent", name, "projects/*/locations/*"))?;
        let project = self.deps.cloud.project_id(&location.project);
        Ok(Location { project, ..location })
    }

    fn trigger_name(&self, name: &str) -> Result<TriggerName, Refusal> {
        let name = TriggerName::parse(name)
            .ok_or_else(|| malformed("name", name, "projects/*/locations/*/triggers/*"))?;
        let project = self.deps.cloud.project_id(&name.location.project);
        Ok(TriggerName { location: Location { project, ..name.location }, ..name })
    }
}

/// The operation of a call that changes nothing. It is not stored.
fn validated(name: &TriggerName, trigger: &Trigger) -> longrunning::Operation {
    use longrunning::operation::Result;
    longrunning::Operation {
        name: name.location.operation("validated"),
        done: true,
        result: Some(Result::Response(crate::json::pack(trigger))),
        ..longrunning::Operation::default()
    }
}

/// The resource as filters see it.
fn json_of(resource: &impl Named) -> Value {
    json::to_value(resource, Enums::Names).unwrap_or_default()
}

fn check_order(order_by: &str) -> Result<(), Refusal> {
    match order_by.split_whitespace().collect::<Vec<_>>()[..] {
        [] | ["name"] | ["name", "asc"] => Ok(()),
        _ => Err(Refusal::Unserved("lists in another order than by name (order_by)".to_owned())),
    }
}

fn topic_id(topic: &str) -> &str {
    topic.rsplit('/').next().unwrap_or_default()
}

fn malformed(field: &str, value: &str, pattern: &str) -> Refusal {
    Refusal::invalid(format!("{field}: '{value}' does not match {pattern}"))
}
