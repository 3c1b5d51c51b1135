//! REST: `/v2/projects/*/locations/*/…`, and of version 1 what gcloud asks to find out that there are
//! no functions of the first generation.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::rest_only;
use crate::calls;
use crate::core::{Refusal, page};
use crate::json::{self, Enums, Named};
use crate::proto::iam::{GetIamPolicyRequest, SetIamPolicyRequest, TestIamPermissionsRequest};
use crate::proto::location::ListLocationsRequest;
use crate::proto::longrunning::ListOperationsRequest;
use crate::proto::v2::{GenerateUploadUrlRequest, GetFunctionRequest, ListFunctionsRequest};
use crate::service::Service;
use longshore_local_kit::rest::{Call, RestApi, RestError};

/// The fields of a request that only names a function. Google's clients for Go repeat what the path
/// says.
const NAMED: [&str; 1] = ["name"];

pub(super) fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(FunctionsApi { service })
}

struct FunctionsApi {
    service: Arc<Service>,
}

#[async_trait]
impl RestApi for FunctionsApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let [version, "projects", project, "locations", rest @ ..] = segments.as_slice() else {
            return None;
        };
        match *version {
            "v2" => {}
            "v1" => {
                let answer = self.first_generation(call, project, rest)?;
                return Some(answer.map_err(RestError::from));
            }
            _ => return None,
        }
        let answer = match rest {
            [] => self.list_locations(call, project)?,
            [location, rest @ ..] => {
                let parent = format!("projects/{project}/locations/{location}");
                self.under_location(call, &parent, rest).await?
            }
        };
        Some(answer.map_err(RestError::from))
    }
}

type Answer = Result<Value, Refusal>;

impl FunctionsApi {
    fn first_generation(&self, call: &Call, project: &str, rest: &[&str]) -> Option<Answer> {
        match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("GET", [], None) => self.list_locations(call, project),
            ("GET", [_, "functions"], None) => Some(page_size(call).and_then(|size| {
                let none = std::iter::empty::<Value>();
                page(none, size, call.query("pageToken")).map(|_| json!({}))
            })),
            ("GET", [location, "functions", id], None) => Some(Err(Refusal::NotFound(format!(
                "projects/{project}/locations/{location}/functions/{id}"
            )))),
            _ => None,
        }
    }

    fn list_locations(&self, call: &Call, project: &str) -> Option<Answer> {
        match (call.method.as_str(), call.verb.as_deref()) {
            ("GET", None) => Some(page_size(call).and_then(|page_size| {
                let request = ListLocationsRequest {
                    name: format!("projects/{project}"),
                    filter: call.query("filter").to_owned(),
                    page_size,
                    page_token: call.query("pageToken").to_owned(),
                };
                write(call, &calls::list_locations(&self.service, &request)?)
            })),
            _ => None,
        }
    }

    async fn under_location(&self, call: &Call, parent: &str, rest: &[&str]) -> Option<Answer> {
        let service = &self.service;
        Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("POST", ["functions"], None) => self.create(call, parent).await,
            ("GET", ["functions"], None) => self.list(call, parent),
            ("POST", ["functions"], Some("generateUploadUrl")) => {
                self.upload_url(call, parent).await
            }
            ("GET", ["runtimes"], None) => {
                calls::list_runtimes(service, parent, call.query("filter"))
                    .and_then(|runtimes| write(call, &runtimes))
            }
            ("GET", ["operations"], None) => self.list_operations(call, parent),
            ("GET", ["operations", id], None) => {
                calls::get_operation(service, &format!("{parent}/operations/{id}"))
                    .and_then(|operation| write(call, &operation))
            }
            (_, ["functions", id], _) => {
                self.function(call, &format!("{parent}/functions/{id}")).await?
            }
            _ => return None,
        })
    }

    async fn function(&self, call: &Call, name: &str) -> Option<Answer> {
        let service = &self.service;
        Some(match (call.method.as_str(), call.verb.as_deref()) {
            ("GET", None) => self.get(call, name),
            ("PATCH", None) => self.update(call, name).await,
            ("DELETE", None) => {
                calls::delete(service, name).and_then(|operation| write(call, &operation))
            }
            ("POST", Some("detachFunction")) => self.detach(call, name),
            ("POST", Some("generateDownloadUrl")) => self.download_url(call, name).await,
            ("GET", Some("getIamPolicy")) => self.policy(call, name),
            ("POST", Some("setIamPolicy")) => self.set_policy(call, name),
            ("POST", Some("testIamPermissions")) => self.test_permissions(call, name),
            _ => return None,
        })
    }

    fn get(&self, call: &Call, name: &str) -> Answer {
        let (name, revision) = (name.to_owned(), call.query("revision").to_owned());
        let request = GetFunctionRequest { name, revision };
        write(call, &calls::get_requested(&self.service, &request)?)
    }

    fn detach(&self, call: &Call, name: &str) -> Answer {
        call.check_fields(&NAMED)?;
        write(call, &calls::detach(&self.service, name)?)
    }

    async fn download_url(&self, call: &Call, name: &str) -> Answer {
        call.check_fields(&NAMED)?;
        write(call, &calls::download_url(&self.service, name).await?)
    }

    async fn create(&self, call: &Call, parent: &str) -> Answer {
        let function = rest_only::read(&call.body)?;
        let id = call.query("functionId");
        write(call, &calls::create(&self.service, parent, Some(function), id).await?)
    }

    async fn update(&self, call: &Call, name: &str) -> Answer {
        let mut function = rest_only::read(&call.body)?;
        name.clone_into(&mut function.name);
        let mask = rest_only::known(call.query("updateMask"));
        write(call, &calls::update(&self.service, Some(function), &mask).await?)
    }

    fn list(&self, call: &Call, parent: &str) -> Answer {
        let request = ListFunctionsRequest {
            parent: parent.to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
            filter: call.query("filter").to_owned(),
            order_by: call.query("orderBy").to_owned(),
        };
        write(call, &calls::list(&self.service, &request)?)
    }

    async fn upload_url(&self, call: &Call, parent: &str) -> Answer {
        let mut request: GenerateUploadUrlRequest = json::from_slice(&call.body)?;
        parent.clone_into(&mut request.parent);
        write(call, &calls::upload_url(&self.service, &request).await?)
    }

    fn list_operations(&self, call: &Call, parent: &str) -> Answer {
        call.check_partial()?;
        let request = ListOperationsRequest {
            name: parent.to_owned(),
            filter: call.query("filter").to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
        };
        write(call, &calls::list_operations(&self.service, &request)?)
    }

    fn policy(&self, call: &Call, name: &str) -> Answer {
        call.check_policy_version()?;
        let request = GetIamPolicyRequest { resource: name.to_owned(), options: None };
        write(call, &calls::get_policy(&self.service, &request)?)
    }

    fn set_policy(&self, call: &Call, name: &str) -> Answer {
        let mut request: SetIamPolicyRequest = json::from_slice(&call.body)?;
        name.clone_into(&mut request.resource);
        write(call, &calls::set_policy(&self.service, request)?)
    }

    fn test_permissions(&self, call: &Call, name: &str) -> Answer {
        let mut request: TestIamPermissionsRequest = json::from_slice(&call.body)?;
        name.clone_into(&mut request.resource);
        write(call, &calls::test_permissions(&self.service, request)?)
    }
}

fn page_size(call: &Call) -> Result<i32, Refusal> {
    match call.query("pageSize") {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| Refusal::invalid(format!("page_size: '{text}' is not a number"))),
    }
}

fn write<M: Named>(call: &Call, message: &M) -> Answer {
    let enums = if call.wants_enum_numbers() { Enums::Numbers } else { Enums::Names };
    json::to_value(message, enums).map_err(|error| Refusal::Internal(error.to_string()))
}
