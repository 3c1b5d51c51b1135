//! The locations of triggers: <https://cloud.google.com/eventarc/docs/locations>. A trigger for a
//! bucket is where the bucket is, so the multi-regions and dual-regions of Cloud Storage are
//! locations, too.

use super::{json_of, malformed};
use crate::core::{Refusal, page};
use crate::names::Location as LocationName;
use crate::proto::location::{ListLocationsRequest, ListLocationsResponse, Location};
use crate::service::Service;
use longshore_local_kit::filter::{Filter, LOCATION_FIELDS};

const LOCATIONS: [&str; 48] = [
    "africa-south1",
    "asia",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "asia1",
    "australia-southeast1",
    "australia-southeast2",
    "eu",
    "eur4",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "global",
    "me-central1",
    "me-central2",
    "me-west1",
    "nam4",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west4",
];

pub(crate) fn list_locations(
    service: &Service,
    request: &ListLocationsRequest,
) -> Result<ListLocationsResponse, Refusal> {
    let project = request
        .name
        .strip_prefix("projects/")
        .filter(|project| !project.is_empty() && !project.contains('/'))
        .ok_or_else(|| malformed("name", &request.name, "projects/*"))?;
    let filter = Filter::parse(&request.filter, &LOCATION_FIELDS)?;
    let project = service.deps.cloud.project_id(project);
    let all = LOCATIONS.iter().map(|id| location(&project, id));
    let selected = filter.select(all, json_of);
    let (items, next_page_token) = page(selected, request.page_size, &request.page_token)?;
    Ok(ListLocationsResponse { locations: items, next_page_token })
}

pub(crate) fn get_location(service: &Service, name: &str) -> Result<Location, Refusal> {
    let name = service.location(name)?;
    check(&name)?;
    Ok(location(&name.project, &name.id))
}

pub(crate) fn check(location: &LocationName) -> Result<(), Refusal> {
    if LOCATIONS.contains(&location.id.as_str()) {
        return Ok(());
    }
    Err(Refusal::Elsewhere {
        code: longshore_local_kit::rest::Code::NotFound,
        message: format!("Location {} is not found or access is unauthorized.", location.id),
    })
}

fn location(project: &str, id: &str) -> Location {
    Location {
        name: format!("projects/{project}/locations/{id}"),
        location_id: id.to_owned(),
        display_name: id.to_owned(),
        ..Location::default()
    }
}
