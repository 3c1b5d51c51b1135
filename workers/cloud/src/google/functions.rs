//! Cloud Functions: [`Functions`] over `google-cloud-functions-v2`.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use google_cloud_functions_v2::client::FunctionService;
use google_cloud_functions_v2::model;
use google_cloud_gax::error::Error;
use google_cloud_longrunning::model::{Operation, operation};
use google_cloud_wkt::FieldMask;
use longshore_google_clients::Unpack as _;
use longshore_messages::StorageObject;

use super::call::{Call, found};
use super::function_shape;
use super::late::Late;
use super::plain::Plain;
use super::profile::{Profile, REQUEST_LIMIT};
use super::status;
use super::timestamps::time_of;
use super::upload::Uploads;
use crate::error::ConnectError;
use crate::functions::{
    FunctionField, FunctionProgress, FunctionShape, FunctionStage, LiveFunction, OfferedRuntime,
    OperationEnd, RuntimeStage, StageName, UploadPlace,
};
use crate::pacing::{Api, Key, Pacer};
use crate::{CloudError, Functions, Kind};

/// Where the API is. Its client knows that by itself, and lacks the methods that only REST has.
const GOOGLE: &str = "https://cloudfunctions.googleapis.com";

const NOT_A_FUNCTION: &str = "a function is named projects/P/locations/R/functions/F";

/// Maximum number of pages of one list of operations. An operation that runs is among the newest.
const OPERATION_PAGES_MAX: usize = 5;

/// Number of operations in a page.
const OPERATIONS_PER_PAGE: i32 = 200;

pub(crate) struct GoogleFunctions {
    functions: Late<FunctionService>,
    uploads: Uploads,
    pacer: Pacer,
    plain: Plain,
    endpoint: String,
}

impl GoogleFunctions {
    pub(crate) async fn connect(
        profile: &Profile,
        endpoint: Option<&str>,
        pacer: Pacer,
    ) -> Result<Self, ConnectError> {
        let functions = profile.client("functions", FunctionService::builder, endpoint).await?;
        let uploads = Uploads::new(profile.is_local()).map_err(ConnectError::Uploads)?;
        let plain = Plain::new(profile).map_err(ConnectError::Plain)?;
        let endpoint = endpoint.unwrap_or(GOOGLE).to_owned();
        Ok(Self { functions, uploads, plain, endpoint, pacer })
    }
}

/// Creations, updates and deletions share one quota of their project and region.
fn write_quota(function: FunctionName<'_>) -> Key {
    Key {
        project: function.project.to_owned(),
        region: function.region.to_owned(),
        api: Api::FunctionWrites,
    }
}

/// The error of a write. The API answers ABORTED, with HTTP 409, while another operation runs on the
/// function ("unable to queue the operation").
fn refused(call: Call<'_>, error: Error) -> CloudError {
    let kind = match status::kind(&error) {
        Kind::AlreadyExists => Kind::AlreadyExists,
        Kind::PreconditionFailed => Kind::InvalidArgument,
        _ => match status::conditional_write_kind(&error) {
            Kind::PreconditionFailed => Kind::PreconditionFailed,
            kind => kind,
        },
    };
    let reason = status::reason(&error);
    CloudError { reason, ..call.caused(kind, error) }
}

fn progress(operation: Operation) -> FunctionProgress {
    let metadata =
        operation.metadata.as_ref().and_then(model::OperationMetadata::unpack).unwrap_or_default();
    let end = match operation.result {
        _ if !operation.done => OperationEnd::InProgress,
        Some(operation::Result::Error(error)) => OperationEnd::Failed {
            kind: status::kind_of_code(error.code),
            message: error.message.clone(),
        },
        _ => OperationEnd::Succeeded,
    };
    let is_creation = metadata.operation_type == model::OperationType::CreateFunction
        || metadata.verb.eq_ignore_ascii_case("create");
    FunctionProgress {
        name: operation.name,
        target: metadata.target,
        is_creation,
        started_at: metadata.create_time.as_ref().map(time_of),
        end,
        stages: metadata.stages.iter().map(stage).collect(),
        build: metadata.build_name,
    }
}

fn stage(stage: &model::Stage) -> FunctionStage {
    use model::stage::{Name, State};
    let name = match stage.name {
        Name::ArtifactRegistry => StageName::ArtifactRegistry,
        Name::Build => StageName::Build,
        Name::Service => StageName::Service,
        Name::Trigger => StageName::Trigger,
        Name::ServiceRollback => StageName::ServiceRollback,
        Name::TriggerRollback => StageName::TriggerRollback,
        _ => StageName::Unknown,
    };
    let errors = stage
        .state_messages
        .iter()
        .filter(|message| message.severity == model::state_message::Severity::Error);
    FunctionStage {
        name,
        is_complete: stage.state == State::Complete,
        errors: errors.map(|error| error.message.clone()).collect(),
    }
}

fn offered(runtime: model::list_runtimes_response::Runtime) -> OfferedRuntime {
    OfferedRuntime { stage: stage_of(&runtime.stage), id: runtime.name }
}

pub(super) fn stage_of(stage: &model::list_runtimes_response::RuntimeStage) -> RuntimeStage {
    use model::list_runtimes_response::RuntimeStage as Stage;
    match stage {
        Stage::Development | Stage::Alpha | Stage::Beta => RuntimeStage::Preview,
        Stage::Ga => RuntimeStage::Ga,
        Stage::Deprecated => RuntimeStage::Deprecated,
        Stage::Decommissioned => RuntimeStage::Decommissioned,
        _ => RuntimeStage::Unknown,
    }
}

#[async_trait]
impl Functions for GoogleFunctions {
    #[tracing::instrument(name = "cloud.generate_upload_url", skip_all, fields(service = "functions", resource = %format_args!("{project}/{region}")))]
    async fn upload_place(
        &self,
        project: &str,
        region: &str,
        kms_key: Option<&str>,
    ) -> Result<UploadPlace, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("generate upload URL", &parent);
        let api = self.functions.get(call).await?;
        let request = || {
            let generate = api.generate_upload_url().set_parent(&parent);
            let generate = generate.set_kms_key_name(kms_key.unwrap_or_default());
            generate.set_environment(model::Environment::Gen2).send()
        };
        let place = call.repeated(REQUEST_LIMIT, request).await?;
        let source = place
            .storage_source
            .ok_or_else(|| call.caused(Kind::Internal, "the response names no object"))?;
        Ok(UploadPlace { url: place.upload_url, bucket: source.bucket, object: source.object })
    }

    #[tracing::instrument(name = "cloud.upload_source", skip_all, fields(service = "functions", resource = ?place))]
    async fn upload(
        &self,
        place: &UploadPlace,
        archive: &Path,
    ) -> Result<StorageObject, CloudError> {
        let (bucket, object) = (place.bucket.clone(), place.object.clone());
        let resource = format!("gs://{bucket}/{object}");
        let call = Call::new("upload source", &resource);
        let generation = self.uploads.put(call, &place.url, archive).await?;
        Ok(StorageObject { bucket, object, generation })
    }

    #[tracing::instrument(name = "cloud.get_function", skip_all, fields(service = "functions", resource = name))]
    async fn get(&self, name: &str) -> Result<Option<LiveFunction>, CloudError> {
        let call = Call::new("get function", name);
        let api = self.functions.get(call).await?;
        let request = || api.get_function().set_name(name).send();
        let function = found(call.repeated(REQUEST_LIMIT, request).await)?;
        Ok(function.as_ref().map(function_shape::observed))
    }

    #[tracing::instrument(name = "cloud.list_functions", skip_all, fields(service = "functions", resource = %format_args!("{project}/{region}")))]
    async fn list(&self, project: &str, region: &str) -> Result<Vec<LiveFunction>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list functions", &parent);
        let api = self.functions.get(call).await?;
        let mut functions = Vec::new();
        let request = |token| {
            let list = api.list_functions().set_parent(&parent);
            list.set_page_token(token).send()
        };
        call.pages(REQUEST_LIMIT, request, |page| {
            let second_generation = page
                .functions
                .iter()
                .filter(|function| function.environment != model::Environment::Gen1);
            functions.extend(second_generation.map(function_shape::observed));
            page.next_page_token
        })
        .await?;
        Ok(functions)
    }

    async fn pace_write(&self, name: &str) -> Duration {
        match FunctionName::of(name) {
            Some(function) => self.pacer.acquire(write_quota(function)).await,
            // A write of anything else is rejected before it is sent.
            None => Duration::ZERO,
        }
    }

    #[tracing::instrument(name = "cloud.create_function", skip_all, fields(service = "functions", resource = name))]
    async fn create(&self, name: &str, shape: &FunctionShape) -> Result<String, CloudError> {
        let call = Call::new("create function", name);
        let api = self.functions.get(call).await?;
        let function = FunctionName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_FUNCTION))?;
        let request = api
            .create_function()
            .set_parent(format!("projects/{}/locations/{}", function.project, function.region))
            .set_function_id(function.id)
            .set_function(function_shape::function(name, shape, true));
        let failed = |error| refused(call, error);
        let started = call.once_or(REQUEST_LIMIT, request.send(), failed).await;
        self.pacer.note(&write_quota(function), started.map(|operation| operation.name))
    }

    #[tracing::instrument(name = "cloud.update_function", skip_all, fields(service = "functions", resource = name))]
    async fn update(
        &self,
        name: &str,
        shape: &FunctionShape,
        fields: &[FunctionField],
    ) -> Result<String, CloudError> {
        let call = Call::new("update function", name);
        let api = self.functions.get(call).await?;
        let paths = fields.iter().map(|field| field.path());
        let request = api
            .update_function()
            .set_function(function_shape::function(name, shape, false))
            .set_update_mask(FieldMask::default().set_paths(paths));
        let failed = |error| refused(call, error);
        let started = call.once_or(REQUEST_LIMIT, request.send(), failed).await;
        let started = started.map(|operation| operation.name);
        match FunctionName::of(name) {
            Some(function) => self.pacer.note(&write_quota(function), started),
            None => started,
        }
    }

    #[tracing::instrument(name = "cloud.delete_function", skip_all, fields(service = "functions", resource = name))]
    async fn delete(&self, name: &str) -> Result<Option<String>, CloudError> {
        let call = Call::new("delete function", name);
        let api = self.functions.get(call).await?;
        let function = FunctionName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_FUNCTION))?;
        self.pacer.acquire(write_quota(function)).await;
        let request = api.delete_function().set_name(name);
        let failed = |error| refused(call, error);
        let started = call.once_or(REQUEST_LIMIT, request.send(), failed).await;
        let started = started.map(|operation| operation.name);
        found(self.pacer.note(&write_quota(function), started))
    }

    #[tracing::instrument(name = "cloud.detach_function", skip_all, fields(service = "functions", resource = name))]
    async fn detach(&self, name: &str) -> Result<Option<String>, CloudError> {
        let call = Call::new("detach function", name);
        let function = FunctionName::of(name)
            .ok_or_else(|| call.caused(Kind::InvalidArgument, NOT_A_FUNCTION))?;
        self.pacer.acquire(write_quota(function)).await;
        let url = format!("{}/v2/{name}:detachFunction", self.endpoint);
        let started = self.plain.post(call, &url, &serde_json::json!({})).await;
        let started = found(self.pacer.note(&write_quota(function), started))?;
        let operation = started.map(|started| {
            let name = started["name"].as_str();
            name.map(str::to_owned)
                .ok_or_else(|| call.caused(Kind::Internal, "the response names no operation"))
        });
        operation.transpose()
    }

    #[tracing::instrument(name = "cloud.list_runtimes", skip_all, fields(service = "functions", resource = %format_args!("{project}/{region}")))]
    async fn runtimes(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<OfferedRuntime>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list runtimes", &parent);
        let api = self.functions.get(call).await?;
        // The response has no pages.
        let request = || api.list_runtimes().set_parent(&parent).send();
        let listed = call.repeated(REQUEST_LIMIT, request).await?;
        let second_generation = listed
            .runtimes
            .into_iter()
            .filter(|runtime| runtime.environment != model::Environment::Gen1);
        Ok(second_generation.map(offered).collect())
    }

    #[tracing::instrument(name = "cloud.get_function_operation", skip_all, fields(service = "functions", resource = name))]
    async fn operation(&self, name: &str) -> Result<Option<FunctionProgress>, CloudError> {
        let call = Call::new("get operation of function", name);
        let api = self.functions.get(call).await?;
        let request = || api.get_operation().set_name(name).send();
        Ok(found(call.repeated(REQUEST_LIMIT, request).await)?.map(progress))
    }

    #[tracing::instrument(name = "cloud.list_function_operations", skip_all, fields(service = "functions", resource = %format_args!("{project}/{region}")))]
    async fn operations(
        &self,
        project: &str,
        region: &str,
    ) -> Result<Vec<FunctionProgress>, CloudError> {
        let parent = format!("projects/{project}/locations/{region}");
        let call = Call::new("list operations of functions", &parent);
        let api = self.functions.get(call).await?;
        let (mut operations, mut token) = (Vec::new(), String::new());
        for _ in 0..OPERATION_PAGES_MAX {
            let request = || {
                let list = api.list_operations().set_name(&parent);
                list.set_page_size(OPERATIONS_PER_PAGE).set_page_token(&token).send()
            };
            let page = call.repeated(REQUEST_LIMIT, request).await?;
            operations.extend(page.operations.into_iter().map(progress));
            if page.next_page_token.is_empty() {
                break;
            }
            token = page.next_page_token;
        }
        Ok(operations)
    }
}

/// The parts of a function's resource name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FunctionName<'a> {
    project: &'a str,
    region: &'a str,
    id: &'a str,
}

impl<'a> FunctionName<'a> {
    fn of(name: &'a str) -> Option<Self> {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["projects", project, "locations", region, "functions", id]
                if [project, region, id].iter().all(|part| !part.is_empty()) =>
            {
                Some(Self { project, region, id })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
