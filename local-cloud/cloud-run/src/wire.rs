//! The REST APIs: the Admin API of Cloud Run, in version 2
//! (<https://cloud.google.com/run/docs/reference/rest>) and in version 1, which is Knative's.

mod enums;
mod error;
mod knative;
mod operations;
mod page;
mod services;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::service::Service;
use longshore_local_kit::rest::{Call, RestApi, RestError};
use services::Location;

pub use knative::{knative_api, with_region};

/// The Admin API: `/v2/projects/*/locations/*/{services,operations}…`.
#[must_use]
pub fn api(service: Arc<Service>) -> Arc<dyn RestApi> {
    Arc::new(AdminApi { service })
}

struct AdminApi {
    service: Arc<Service>,
}

#[async_trait]
impl RestApi for AdminApi {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        let segments = call.segments();
        let ["v2", "projects", project, "locations", id, collection, rest @ ..] =
            segments.as_slice()
        else {
            return None;
        };
        let location = Location { project, id };
        if !matches!(*collection, "services" | "operations") {
            return None;
        }
        if [*project, *id].into_iter().chain(rest.iter().copied()).any(|part| !is_plain(part)) {
            return Some(Err(RestError::invalid(format!(
                "'{}' is not a valid resource name",
                segments.join("/")
            ))));
        }
        let answer = match *collection {
            "services" => services::answer(&self.service, call, &location, rest).await,
            _ => operations::answer(&self.service, call, &location.name(), rest).await,
        };
        answer.map(|answer| answer.map(|response| enums::encoded(call, response)))
    }
}

/// Project, location and ids become directories and map keys, so nothing in them may mean more than
/// a name.
fn is_plain(part: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    !part.is_empty() && part.len() <= 128 && !part.starts_with('.') && part.chars().all(allowed)
}
