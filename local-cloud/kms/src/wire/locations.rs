//! The locations of Cloud KMS. Keys can be created in any location; a list needs names.

use super::location::{ListLocationsRequest, ListLocationsResponse, Location};
use super::page::{Asked, page};
use super::proto::LocationMetadata;
use crate::core::LocationName;
use crate::{Refusal, Service, ServiceError};
use longshore_local_kit::filter::LOCATION_FIELDS;
use prost::Message as _;
use serde_json::{Value, json};

const METADATA: &str = "type.googleapis.com/google.cloud.kms.v1.LocationMetadata";

/// Locations of <https://cloud.google.com/kms/docs/locations> in which Cloud Run is available, and
/// `global`, sorted.
const NAMES: [&str; 16] = [
    "asia-east1",
    "asia-northeast1",
    "asia-southeast1",
    "australia-southeast1",
    "europe-north1",
    "europe-west1",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west8",
    "global",
    "southamerica-east1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-west1",
];

pub(super) fn list(
    service: &Service,
    request: &ListLocationsRequest,
) -> Result<ListLocationsResponse, ServiceError> {
    let project = service.resource_name(&format!("{}/", request.name));
    let project = project.trim_end_matches('/').to_owned();
    if project.strip_prefix("projects/").is_none_or(|id| id.is_empty() || id.contains('/')) {
        return Err(Refusal::invalid("name: must be projects/PROJECT").into());
    }
    let asked = Asked {
        size: request.page_size,
        token: &request.page_token,
        filter: &request.filter,
        fields: &LOCATION_FIELDS,
        order_by: "",
    };
    let (locations, next_page_token, _) = page(
        NAMES.into_iter().map(|name| location(&project, name)),
        &asked,
        |location, token| location.location_id.as_str() > token,
        |location| location.location_id.clone(),
        json,
    )?;
    Ok(ListLocationsResponse { locations, next_page_token })
}

pub(super) fn get(service: &Service, name: &str) -> Result<Location, ServiceError> {
    let name = LocationName::parse(&service.resource_name(name))?;
    if !NAMES.contains(&name.location.as_str()) {
        return Err(Refusal::NotFound { kind: "Location", name: name.to_string() }.into());
    }
    Ok(location(&format!("projects/{}", name.project), &name.location))
}

fn metadata() -> LocationMetadata {
    LocationMetadata { hsm_available: true, ekm_available: false }
}

fn location(project: &str, name: &str) -> Location {
    let metadata = pbjson_types::Any {
        type_url: METADATA.to_owned(),
        value: metadata().encode_to_vec().into(),
    };
    Location {
        name: format!("{project}/locations/{name}"),
        location_id: name.to_owned(),
        display_name: name.to_owned(),
        metadata: Some(metadata),
        ..Location::default()
    }
}

/// The JSON of a location, whose metadata has no generated code.
pub(super) fn json(location: &Location) -> Value {
    let metadata = metadata();
    json!({
        "name": location.name,
        "locationId": location.location_id,
        "displayName": location.display_name,
        "metadata": {"@type": METADATA, "hsmAvailable": metadata.hsm_available},
    })
}
