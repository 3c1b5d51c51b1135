//! The REST API.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::rest_error;
use super::{locations, operations, policies};
use crate::proto::location::ListLocationsRequest;
use crate::proto::v2::task::View;
use crate::proto::{iam, v2};
use crate::{Service, ServiceError};

pub(super) fn router(service: Arc<Service>) -> axum::Router {
    longshore_local_kit::rest::routes(vec![Arc::new(Rest(service))])
}

struct Rest(Arc<Service>);

#[async_trait]
impl RestApi for Rest {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v2", "projects", _, "locations", rest @ ..] = segments.as_slice() else {
            return None;
        };
        let name = segments[1..].join("/");
        let parent = segments[1..segments.len() - 1].join("/");
        match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("GET", [], None) => Some(self.locations(call, parent)),
            ("GET", [_], None) => Some(json_of(locations::get(&self.0, &name))),
            (_, [_, "queues"], None) => self.queues(call, parent),
            (_, [_, "queues", _], verb) => self.queue(call, name, verb),
            (_, [_, "queues", _, "tasks"], None) => self.tasks(call, parent),
            (_, [_, "queues", _, "tasks", _], verb) => self.task(call, &name, verb),
            _ => None,
        }
    }
}

impl Rest {
    fn locations(&self, call: &Call, name: String) -> Result<Value, RestError> {
        let request = ListLocationsRequest {
            name,
            filter: call.query("filter").to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
        };
        json_of(locations::list(&self.0, &request))
    }

    fn queues(&self, call: &Call, parent: String) -> Option<Result<Value, RestError>> {
        Some(match call.method.as_str() {
            "GET" => page_size(call).and_then(|page_size| {
                json_of(operations::list_queues(
                    &self.0,
                    &v2::ListQueuesRequest {
                        parent,
                        filter: call.query("filter").to_owned(),
                        page_size,
                        page_token: call.query("pageToken").to_owned(),
                    },
                ))
            }),
            "POST" => call.message().and_then(|queue| {
                let request = v2::CreateQueueRequest { parent, queue: Some(queue) };
                json_of(operations::create_queue(&self.0, request))
            }),
            _ => return None,
        })
    }

    fn queue(
        &self,
        call: &Call,
        name: String,
        verb: Option<&str>,
    ) -> Option<Result<Value, RestError>> {
        let service = &*self.0;
        // Google's clients for Go repeat the name, which is all that some requests have.
        let names_only = || call.check_fields(&["name"]);
        Some(match (call.method.as_str(), verb) {
            ("GET", None) => json_of(operations::get_queue(service, &name)),
            ("PATCH", None) => call.message::<v2::Queue>().and_then(|queue| {
                let paths = vec![call.query("updateMask").to_owned()];
                json_of(operations::update_queue(
                    service,
                    v2::UpdateQueueRequest {
                        queue: Some(v2::Queue { name, ..queue }),
                        update_mask: Some(pbjson_types::FieldMask { paths }),
                    },
                ))
            }),
            ("DELETE", None) => json_of(operations::delete_queue(service, &name)),
            ("POST", Some("purge")) => {
                names_only().and_then(|()| json_of(operations::purge_queue(service, &name)))
            }
            ("POST", Some("pause")) => {
                names_only().and_then(|()| json_of(operations::pause_queue(service, &name, true)))
            }
            ("POST", Some("resume")) => {
                names_only().and_then(|()| json_of(operations::pause_queue(service, &name, false)))
            }
            ("POST", Some("getIamPolicy")) => call
                .message::<GetPolicyJson>()
                .and_then(|body| json_of(policies::get(service, &body.into_request(name)))),
            ("POST", Some("setIamPolicy")) => call.json::<SetPolicyJson>().and_then(|body| {
                let paths = body.update_mask.split(',').filter(|path| !path.is_empty());
                let mask = pbjson_types::FieldMask { paths: paths.map(str::to_owned).collect() };
                json_of(policies::set(
                    service,
                    iam::SetIamPolicyRequest {
                        resource: name,
                        policy: body.policy,
                        update_mask: Some(mask),
                    },
                ))
            }),
            ("POST", Some("testIamPermissions")) => {
                call.message::<iam::TestIamPermissionsRequest>().and_then(|request| {
                    let request = iam::TestIamPermissionsRequest { resource: name, ..request };
                    json_of(policies::test(service, request))
                })
            }
            _ => return None,
        })
    }

    fn tasks(&self, call: &Call, parent: String) -> Option<Result<Value, RestError>> {
        Some(match call.method.as_str() {
            "GET" => view(call).and_then(|view| {
                let request = v2::ListTasksRequest {
                    parent,
                    response_view: view.into(),
                    page_size: page_size(call)?,
                    page_token: call.query("pageToken").to_owned(),
                };
                json_of(operations::list_tasks(&self.0, &request))
            }),
            "POST" => call.message::<v2::CreateTaskRequest>().and_then(|request| {
                let request = v2::CreateTaskRequest { parent, ..request };
                json_of(operations::create_task(&self.0, request))
            }),
            _ => return None,
        })
    }

    fn task(
        &self,
        call: &Call,
        name: &str,
        verb: Option<&str>,
    ) -> Option<Result<Value, RestError>> {
        let service = &*self.0;
        Some(match (call.method.as_str(), verb) {
            ("GET", None) => {
                view(call).and_then(|view| json_of(operations::get_task(service, name, view)))
            }
            ("DELETE", None) => json_of(operations::delete_task(service, name)),
            ("POST", Some("run")) => call.message::<v2::RunTaskRequest>().and_then(|request| {
                json_of(operations::run_task(service, name, request.response_view()))
            }),
            _ => return None,
        })
    }
}

/// The body of `:getIamPolicy`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GetPolicyJson {
    options: GetPolicyOptions,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct GetPolicyOptions {
    #[serde(alias = "requested_policy_version")]
    requested_policy_version: i32,
}

impl GetPolicyJson {
    fn into_request(self, resource: String) -> iam::GetIamPolicyRequest {
        let GetPolicyOptions { requested_policy_version } = self.options;
        let options = iam::GetPolicyOptions { requested_policy_version };
        iam::GetIamPolicyRequest { resource, options: Some(options) }
    }
}

/// The body of `:setIamPolicy`. In JSON, a mask is one text.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct SetPolicyJson {
    policy: Option<iam::Policy>,
    #[serde(alias = "update_mask")]
    update_mask: String,
}

fn view(call: &Call) -> Result<View, RestError> {
    let text = call.query("responseView");
    let number = text.parse().ok().and_then(|number: i32| View::try_from(number).ok());
    match text {
        "" => Ok(View::Unspecified),
        name => View::from_str_name(name)
            .or(number)
            .ok_or_else(|| RestError::invalid(format!("responseView: '{text}' is no view"))),
    }
}

fn page_size(call: &Call) -> Result<i32, RestError> {
    match call.query("pageSize") {
        "" => Ok(0),
        text => text
            .parse()
            .map_err(|_| RestError::invalid(format!("pageSize: '{text}' is not a number"))),
    }
}

fn json_of<T: Serialize>(result: Result<T, ServiceError>) -> Result<Value, RestError> {
    let value = result.map_err(|error| rest_error(&error))?;
    serde_json::to_value(&value).map_err(|error| RestError::internal(error.to_string()))
}
