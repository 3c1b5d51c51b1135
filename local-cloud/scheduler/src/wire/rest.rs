//! The REST API.

use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use serde::Serialize;
use serde_json::Value;

use super::error::rest_error;
use super::{locations, operations};
use crate::proto::location::ListLocationsRequest;
use crate::proto::v1;
use crate::{Service, ServiceError};

pub(super) fn router(service: Arc<Service>) -> axum::Router {
    longshore_local_kit::rest::routes(vec![Arc::new(Rest(service))])
}

struct Rest(Arc<Service>);

#[async_trait]
impl RestApi for Rest {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v1", "projects", _, "locations", rest @ ..] = segments.as_slice() else {
            return None;
        };
        let service = &*self.0;
        let name = segments[1..].join("/");
        let parent = segments[1..segments.len() - 1].join("/");
        // Google's clients for Go repeat the name, which is all that some requests have.
        let names_only = || call.check_fields(&["name"]);
        Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("GET", [], None) => page_size(call).and_then(|page_size| {
                json_of(locations::list(
                    service,
                    &ListLocationsRequest {
                        name: parent,
                        filter: call.query("filter").to_owned(),
                        page_size,
                        page_token: call.query("pageToken").to_owned(),
                    },
                ))
            }),
            ("GET", [_], None) => json_of(locations::get(service, &name)),
            ("GET", [_, "jobs"], None) => page_size(call).and_then(|page_size| {
                let page_token = call.query("pageToken").to_owned();
                json_of(operations::list(
                    service,
                    &v1::ListJobsRequest { parent, page_size, page_token },
                ))
            }),
            ("POST", [_, "jobs"], None) => call.message().and_then(|job| {
                json_of(operations::create(
                    service,
                    v1::CreateJobRequest { parent, job: Some(job) },
                ))
            }),
            ("GET", [_, "jobs", _], None) => json_of(operations::get(service, &name)),
            ("PATCH", [_, "jobs", _], None) => call.message::<v1::Job>().and_then(|job| {
                let paths = vec![call.query("updateMask").to_owned()];
                json_of(operations::update(
                    service,
                    v1::UpdateJobRequest {
                        job: Some(v1::Job { name, ..job }),
                        update_mask: Some(pbjson_types::FieldMask { paths }),
                    },
                ))
            }),
            ("DELETE", [_, "jobs", _], None) => json_of(operations::delete(service, &name)),
            ("POST", [_, "jobs", _], Some("pause")) => {
                names_only().and_then(|()| json_of(operations::pause(service, &name)))
            }
            ("POST", [_, "jobs", _], Some("resume")) => {
                names_only().and_then(|()| json_of(operations::resume(service, &name)))
            }
            ("POST", [_, "jobs", _], Some("run")) => {
                names_only().and_then(|()| json_of(operations::run(service, &name)))
            }
            _ => return None,
        })
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
