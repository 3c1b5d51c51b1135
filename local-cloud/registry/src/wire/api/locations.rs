//! Locations. Any name is valid; the list has Google's multi-regions and the locations with
//! repositories.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::page::{Page, page};
use crate::Service;
use longshore_local_kit::filter::LOCATION_FIELDS;
use longshore_local_kit::rest::{Call, RestError};

const MULTI_REGIONS: [&str; 3] = ["asia", "europe", "us"];

/// `GET locations`.
pub(super) fn list(service: &Service, project: &str, call: &Call) -> Result<Value, RestError> {
    let mut names: BTreeSet<String> =
        service.read(|registry| registry.locations(project).map(str::to_owned).collect());
    names.extend(MULTI_REGIONS.map(str::to_owned));
    let all = names.into_iter().map(|name| (name.clone(), view(project, &name)));
    let Page { items, next_page_token } = page(call, &LOCATION_FIELDS, all)?;
    Ok(json!({"locations": items, "nextPageToken": next_page_token}))
}

/// `google.cloud.location.Location`, the response of `GET locations/NAME`.
pub(super) fn view(project: &str, name: &str) -> Value {
    json!({"name": format!("projects/{project}/locations/{name}"), "locationId": name})
}
