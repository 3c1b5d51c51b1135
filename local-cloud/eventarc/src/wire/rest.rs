//! REST: `/v1/projects/*/locations/*/…`.

use std::sync::Arc;

use async_trait::async_trait;
use prost_types::FieldMask;
use serde_json::Value;

use crate::calls;
use crate::core::Refusal;
use crate::json::{self, Enums, Named};
use crate::proto::iam::{GetIamPolicyRequest, SetIamPolicyRequest, TestIamPermissionsRequest};
use crate::proto::location::ListLocationsRequest;
use crate::proto::longrunning::ListOperationsRequest;
use crate::proto::v1::{
    CreateTriggerRequest, DeleteTriggerRequest, ListChannelsRequest, ListProvidersRequest,
    ListTriggersRequest, UpdateTriggerRequest,
};
use crate::service::Service;
use longshore_local_kit::rest::{Call, RestApi, RestError};

pub(super) fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(EventarcApi { service })
}

struct EventarcApi {
    service: Arc<Service>,
}

type Answer = Result<Value, Refusal>;

#[async_trait]
impl RestApi for EventarcApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v1", "projects", project, "locations", rest @ ..] = segments.as_slice() else {
            return None;
        };
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

impl EventarcApi {
    fn list_locations(&self, call: &Call, project: &str) -> Option<Answer> {
        if call.method != "GET" || call.verb.is_some() {
            return None;
        }
        Some(page_size(call).and_then(|page_size| {
            let request = ListLocationsRequest {
                name: format!("projects/{project}"),
                filter: call.query("filter").to_owned(),
                page_size,
                page_token: call.query("pageToken").to_owned(),
            };
            write(call, &calls::list_locations(&self.service, &request)?)
        }))
    }

    async fn under_location(&self, call: &Call, parent: &str, rest: &[&str]) -> Option<Answer> {
        let service = &self.service;
        let name = || format!("{parent}/{}", rest.join("/"));
        Some(match (call.method.as_str(), rest, call.verb.as_deref()) {
            ("GET", [], None) => {
                calls::get_location(service, parent).and_then(|location| write(call, &location))
            }
            ("POST", ["triggers"], None) => self.create(call, parent).await,
            ("GET", ["triggers"], None) => self.list(call, parent),
            ("GET", ["channels"], None) => self.list_channels(call, parent),
            ("GET", ["channels", _], None) => {
                // No channel exists, so only the error is written.
                calls::get_channel(service, &name()).map(|_| Value::Null)
            }
            ("GET", ["providers"], None) => self.list_providers(call, parent),
            ("GET", ["providers", _], None) => {
                calls::get_provider(service, &name()).and_then(|provider| write(call, &provider))
            }
            ("GET", ["operations"], None) => self.list_operations(call, parent),
            ("GET", ["operations", _], None) => {
                calls::get_operation(service, &name()).and_then(|operation| write(call, &operation))
            }
            (_, ["triggers", _], _) => self.on_trigger(call, &name()).await?,
            _ => return None,
        })
    }

    async fn on_trigger(&self, call: &Call, name: &str) -> Option<Answer> {
        let service = &self.service;
        Some(match (call.method.as_str(), call.verb.as_deref()) {
            ("GET", None) => calls::get(service, name).and_then(|trigger| write(call, &trigger)),
            ("PATCH", None) => self.update(call, name).await,
            ("DELETE", None) => self.delete(call, name).await,
            ("GET", Some("getIamPolicy")) => self.policy(call, name),
            ("POST", Some("setIamPolicy")) => self.set_policy(call, name),
            ("POST", Some("testIamPermissions")) => self.test_permissions(call, name),
            _ => return None,
        })
    }

    async fn create(&self, call: &Call, parent: &str) -> Answer {
        let request = CreateTriggerRequest {
            parent: parent.to_owned(),
            trigger: Some(json::from_slice(&call.body)?),
            trigger_id: call.query("triggerId").to_owned(),
            validate_only: flag(call, "validateOnly")?,
        };
        write(call, &calls::create(&self.service, request).await?)
    }

    async fn update(&self, call: &Call, name: &str) -> Answer {
        let mut trigger: crate::proto::v1::Trigger = json::from_slice(&call.body)?;
        name.clone_into(&mut trigger.name);
        let paths = call.query("updateMask").split(',').map(str::to_owned).collect();
        let request = UpdateTriggerRequest {
            trigger: Some(trigger),
            update_mask: Some(FieldMask { paths }),
            allow_missing: flag(call, "allowMissing")?,
            validate_only: flag(call, "validateOnly")?,
        };
        write(call, &calls::update(&self.service, request).await?)
    }

    async fn delete(&self, call: &Call, name: &str) -> Answer {
        let request = DeleteTriggerRequest {
            name: name.to_owned(),
            etag: call.query("etag").to_owned(),
            allow_missing: flag(call, "allowMissing")?,
            validate_only: flag(call, "validateOnly")?,
        };
        write(call, &calls::delete(&self.service, request).await?)
    }

    fn list(&self, call: &Call, parent: &str) -> Answer {
        let request = ListTriggersRequest {
            parent: parent.to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
            order_by: call.query("orderBy").to_owned(),
            filter: call.query("filter").to_owned(),
        };
        write(call, &calls::list(&self.service, &request)?)
    }

    fn list_channels(&self, call: &Call, parent: &str) -> Answer {
        let request = ListChannelsRequest {
            parent: parent.to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
            order_by: call.query("orderBy").to_owned(),
        };
        write(call, &calls::list_channels(&self.service, &request)?)
    }

    fn list_providers(&self, call: &Call, parent: &str) -> Answer {
        let request = ListProvidersRequest {
            parent: parent.to_owned(),
            page_size: page_size(call)?,
            page_token: call.query("pageToken").to_owned(),
            order_by: call.query("orderBy").to_owned(),
            filter: call.query("filter").to_owned(),
        };
        write(call, &calls::list_providers(&self.service, &request)?)
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

fn flag(call: &Call, name: &str) -> Result<bool, Refusal> {
    match call.query(name) {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        other => Err(Refusal::invalid(format!("{name}: '{other}' is neither true nor false"))),
    }
}

fn write<M: Named>(call: &Call, message: &M) -> Answer {
    let enums = if call.wants_enum_numbers() { Enums::Numbers } else { Enums::Names };
    json::to_value(message, enums).map_err(|error| Refusal::Internal(error.to_string()))
}
