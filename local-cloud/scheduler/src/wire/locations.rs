//! The locations of Cloud Scheduler. Jobs can be created in any location; a list needs names.

use longshore_local_kit::filter::{Filter, LOCATION_FIELDS};

use super::page::page;
use crate::core::LocationName;
use crate::proto::location::{ListLocationsRequest, ListLocationsResponse, Location};
use crate::{Refusal, Service, ServiceError};

/// Locations of <https://cloud.google.com/about/locations> in which Cloud Scheduler and Cloud Run
/// are available, sorted.
const NAMES: [&str; 15] = [
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
    let project = service.resource_name(&request.name);
    if project.strip_prefix("projects/").is_none_or(|id| id.is_empty() || id.contains('/')) {
        return Err(Refusal::invalid("name: must be projects/PROJECT").into());
    }
    let filter = Filter::parse(&request.filter, &LOCATION_FIELDS)
        .map_err(|error| Refusal::invalid(error.to_string()))?;
    let all = NAMES.into_iter().map(|name| location(&project, name));
    let selected =
        filter.select(all, |location| serde_json::to_value(location).unwrap_or_default());
    let (locations, next_page_token) =
        page(selected, request.page_size, &request.page_token, |location| &location.name)?;
    Ok(ListLocationsResponse { locations, next_page_token })
}

pub(super) fn get(service: &Service, name: &str) -> Result<Location, ServiceError> {
    let name = LocationName::parse(&service.resource_name(name))?;
    if !NAMES.contains(&name.location.as_str()) {
        return Err(Refusal::NoLocation(name.to_string()).into());
    }
    Ok(location(&format!("projects/{}", name.project), &name.location))
}

fn location(project: &str, id: &str) -> Location {
    let region = ("cloud.googleapis.com/region".to_owned(), id.to_owned());
    Location {
        name: format!("{project}/locations/{id}"),
        labels: [region].into(),
        location_id: id.to_owned(),
        display_name: String::new(),
    }
}
