//! The methods of the API, independent of the protocol.

use std::sync::Arc;

use crate::core::{
    Desired, Refusal, check_key_location, check_numbers, page, service_exists, trigger_order,
};
use crate::drive::belongs_to;
use crate::json::{self, Enums, Named};
use crate::names::{self, FunctionName, Location};
use crate::ports::{Object, Place, PortError};
use crate::proto::v2::{
    Environment, Function, GenerateDownloadUrlResponse, GenerateUploadUrlRequest,
    GenerateUploadUrlResponse, GetFunctionRequest, ListFunctionsRequest, ListFunctionsResponse,
    ListRuntimesResponse, StorageSource,
};
use crate::proto::{iam, location, longrunning};
use crate::service::Service;
use crate::{locations, runtimes};
use longshore_local_kit::filter::{Filter, LOCATION_FIELDS, OPERATION_FIELDS};
use longshore_local_kit::policy;
use longshore_local_kit::rest::Code;
use serde_json::Value;

/// The fields by which functions and runtimes can be filtered.
const FUNCTION_FIELDS: [&str; 14] = [
    "buildConfig",
    "createTime",
    "description",
    "environment",
    "eventTrigger",
    "kmsKeyName",
    "labels",
    "name",
    "satisfiesPzs",
    "serviceConfig",
    "state",
    "stateMessages",
    "updateTime",
    "url",
];
const RUNTIME_FIELDS: [&str; 7] = [
    "decommissionDate",
    "deprecationDate",
    "displayName",
    "environment",
    "name",
    "stage",
    "warnings",
];

pub(crate) async fn create(
    service: &Arc<Service>,
    parent: &str,
    function: Option<Function>,
    id: &str,
) -> Result<longrunning::Operation, Refusal> {
    let name = service.location(parent)?.function(id);
    service.core().check_new(&name)?;
    let function = function.ok_or_else(|| Refusal::invalid("function: required"))?;
    let moment = service.moment(&name.location.project);
    let desired = Desired::new(&name, function, true, &moment)?;
    let source = service.check_elsewhere(&desired).await?;
    let operation = service
        .commit(&name.location.project, |core, moment| core.create(&desired, &source, moment))?;
    service.drive(operation.name.clone());
    Ok(operation.wire())
}

pub(crate) async fn update(
    service: &Arc<Service>,
    function: Option<Function>,
    mask: &[String],
) -> Result<longrunning::Operation, Refusal> {
    let patch = function.ok_or_else(|| Refusal::invalid("function: required"))?;
    let name = service.function_name(&patch.name)?;
    let project = name.location.project.clone();
    let moment = service.moment(&project);
    let (seen, desired) = {
        let core = service.core();
        let desired = core.patched(&name, &patch, mask, &moment)?;
        (core.entry(&name)?.function.0.clone(), desired)
    };
    let source = service.check_elsewhere(&desired).await?;
    let operation =
        service.commit(&project, |core, moment| core.update(&desired, &seen, &source, moment))?;
    service.drive(operation.name.clone());
    Ok(operation.wire())
}

pub(crate) fn delete(
    service: &Arc<Service>,
    name: &str,
) -> Result<longrunning::Operation, Refusal> {
    let name = service.function_name(name)?;
    let operation =
        service.commit(&name.location.project, |core, moment| core.delete(&name, moment))?;
    service.drive(operation.name.clone());
    Ok(operation.wire())
}

pub(crate) fn detach(
    service: &Arc<Service>,
    name: &str,
) -> Result<longrunning::Operation, Refusal> {
    let name = service.function_name(name)?;
    let operation =
        service.commit(&name.location.project, |core, moment| core.detach(&name, moment))?;
    service.drive(operation.name.clone());
    Ok(operation.wire())
}

/// A function, as it is now: only those of the first generation have revisions.
pub(crate) fn get_requested(
    service: &Service,
    request: &GetFunctionRequest,
) -> Result<Function, Refusal> {
    if !request.revision.is_empty() {
        let what = "revisions of functions of the first generation (revision)";
        return Err(Refusal::Unserved(what.to_owned()));
    }
    get(service, &request.name)
}

pub(crate) fn get(service: &Service, name: &str) -> Result<Function, Refusal> {
    let name = service.function_name(name)?;
    Ok(service.core().entry(&name)?.function.0.clone())
}

pub(crate) fn list(
    service: &Service,
    request: &ListFunctionsRequest,
) -> Result<ListFunctionsResponse, Refusal> {
    let parent = service.location(&request.parent)?;
    let filter = Filter::parse(&request.filter, &FUNCTION_FIELDS)?;
    let core = service.core();
    let mut functions: Vec<&Function> =
        core.under(&parent.project, &parent.id).map(|entry| &entry.function.0).collect();
    match request.order_by.split_whitespace().collect::<Vec<_>>()[..] {
        [] | ["name"] | ["name", "asc"] => {}
        ["name", "desc"] => functions.reverse(),
        _ => {
            return Err(Refusal::Unserved(
                "lists in another order than by name (order_by)".to_owned(),
            ));
        }
    }
    let selected = filter.select(functions.into_iter(), |function| json_of(*function));
    let (items, next_page_token) = page(selected, request.page_size, &request.page_token)?;
    let functions = items.into_iter().cloned().collect();
    Ok(ListFunctionsResponse { functions, next_page_token, unreachable: Vec::new() })
}

pub(crate) async fn upload_url(
    service: &Service,
    request: &GenerateUploadUrlRequest,
) -> Result<GenerateUploadUrlResponse, Refusal> {
    let location = service.location(&request.parent)?;
    check_region(&location)?;
    check_numbers(request, "")?;
    if request.environment() == Environment::Gen1 {
        let what = "uploads for functions of the first generation (environment)";
        return Err(Refusal::Unserved(what.to_owned()));
    }
    let number = service.deps.sources.project_number(&location.project);
    let agent = names::service_agent(number);
    if !request.kms_key_name.is_empty() {
        check_key_location(&request.kms_key_name, &location.id)?;
        service.deps.keys.check(&request.kms_key_name, &agent).await?;
    }
    let random = uuid::Uuid::new_v4().to_string();
    let place = Place {
        bucket: names::upload_bucket(number, &location.id, &request.kms_key_name),
        object: names::upload_object(&random),
        project: location.project,
        location: location.id,
        kms_key: request.kms_key_name.clone(),
    };
    let upload_url = service.deps.sources.upload_url(&place, &agent).await?;
    let source =
        StorageSource { bucket: place.bucket, object: place.object, ..StorageSource::default() };
    Ok(GenerateUploadUrlResponse { upload_url, storage_source: Some(source) })
}

pub(crate) async fn download_url(
    service: &Service,
    name: &str,
) -> Result<GenerateDownloadUrlResponse, Refusal> {
    let name = service.function_name(name)?;
    let function = service.core().entry(&name)?.function.0.clone();
    let source = function
        .build_config
        .and_then(|build| build.source_provenance?.resolved_storage_source)
        .unwrap_or_default();
    let object =
        Object { bucket: source.bucket, name: source.object, generation: source.generation };
    let number = service.deps.sources.project_number(&name.location.project);
    let signer = names::service_agent(number);
    let download_url = service.deps.sources.download_url(&object, &signer).await?;
    Ok(GenerateDownloadUrlResponse { download_url })
}

pub(crate) fn list_runtimes(
    service: &Service,
    parent: &str,
    filter: &str,
) -> Result<ListRuntimesResponse, Refusal> {
    let location = service.location(parent)?;
    let filter = Filter::parse(filter, &RUNTIME_FIELDS)?;
    let today = service.moment(&location.project).today();
    let runtimes = filter.select(runtimes::all(today).into_iter(), json_of);
    Ok(ListRuntimesResponse { runtimes: runtimes.collect() })
}

pub(crate) fn list_locations(
    service: &Service,
    request: &location::ListLocationsRequest,
) -> Result<location::ListLocationsResponse, Refusal> {
    let name = &request.name;
    let project = name
        .strip_prefix("projects/")
        .filter(|project| !project.is_empty() && !project.contains('/'))
        .ok_or_else(|| Refusal::invalid(format!("name: '{name}' does not match projects/*")))?;
    let project = service.deps.sources.project_id(project);
    let filter = Filter::parse(&request.filter, &LOCATION_FIELDS)?;
    let selected = filter.select(locations::all(&project).into_iter(), json_of);
    let (items, next_page_token) = page(selected, request.page_size, &request.page_token)?;
    Ok(location::ListLocationsResponse { locations: items, next_page_token })
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
    let name = service.function_name(&request.resource)?;
    let version = request.options.map_or(0, |options| options.requested_policy_version);
    policy::check_version("options.requested_policy_version", version)?;
    service.core().policy(&name)
}

pub(crate) fn set_policy(
    service: &Service,
    request: iam::SetIamPolicyRequest,
) -> Result<iam::Policy, Refusal> {
    let name = service.function_name(&request.resource)?;
    policy::check_mask(&request.update_mask.unwrap_or_default().paths)?;
    let policy = request.policy.ok_or_else(|| Refusal::invalid("policy: required"))?;
    policy::check_version("policy.version", policy.version)?;
    service.commit(&name.location.project, |core, moment| core.set_policy(&name, policy, moment))
}

/// Every caller has every permission here. A function that does not exist grants none, as on Google.
pub(crate) fn test_permissions(
    service: &Service,
    request: iam::TestIamPermissionsRequest,
) -> Result<iam::TestIamPermissionsResponse, Refusal> {
    let name = service.function_name(&request.resource)?;
    policy::check_permissions(&request.permissions)?;
    let exists = service.core().entry(&name).is_ok();
    let permissions = if exists { request.permissions } else { Vec::new() };
    Ok(iam::TestIamPermissionsResponse { permissions })
}

impl Service {
    /// A location, with the id of the project.
    fn location(&self, name: &str) -> Result<Location, Refusal> {
        let location = Location::parse(name)
            .ok_or_else(|| malformed("parent", name, "projects/*/locations/*"))?;
        let project = self.deps.sources.project_id(&location.project);
        Ok(Location { project, ..location })
    }

    fn function_name(&self, name: &str) -> Result<FunctionName, Refusal> {
        let name = FunctionName::parse(name)
            .ok_or_else(|| malformed("name", name, "projects/*/locations/*/functions/*"))?;
        let project = self.deps.sources.project_id(&name.location.project);
        Ok(FunctionName { location: Location { project, ..name.location }, ..name })
    }

    /// Checks what other services must have: the source, the key, the repository, what the trigger
    /// needs, and a service that is free or belongs to the function. Returns the source with its generation.
    async fn check_elsewhere(&self, desired: &Desired) -> Result<Object, Refusal> {
        let name = &desired.name;
        check_region(&name.location)?;
        let object = desired.source();
        let found = self.deps.sources.find(&object).await.map_err(|error| match error {
            PortError::Refused { code: Code::NotFound, .. } => Refusal::invalid(format!(
                "Failed to retrieve function source code: gs://{}/{}{} does not exist",
                object.bucket,
                object.name,
                match object.generation {
                    0 => String::new(),
                    generation => format!("#{generation}"),
                }
            )),
            other => other.into(),
        })?;
        let key = &desired.function.kms_key_name;
        if !key.is_empty() {
            let number = self.deps.sources.project_number(&name.location.project);
            self.deps.keys.check(key, &names::service_agent(number)).await?;
        }
        if !desired.uses_default_repository() {
            self.deps.repositories.check(desired.repository()).await?;
        }
        if let Some(order) = trigger_order(name, &desired.function) {
            self.deps.triggers.check(&order).await?;
        }
        match self.deps.services.get(&name.service()).await? {
            Some(service) if !belongs_to(&service, &name.id) => Err(service_exists(name)),
            Some(_) | None => Ok(found),
        }
    }
}

fn check_region(location: &Location) -> Result<(), Refusal> {
    if locations::is_region(&location.id) {
        return Ok(());
    }
    Err(Refusal::Elsewhere {
        code: Code::NotFound,
        message: format!("Location {} is not found or access is unauthorized.", location.id),
    })
}

fn malformed(field: &str, value: &str, pattern: &str) -> Refusal {
    Refusal::invalid(format!("{field}: '{value}' does not match {pattern}"))
}

/// A resource as filters see it.
fn json_of(resource: &impl Named) -> Value {
    json::to_value(resource, Enums::Names).unwrap_or_default()
}
