//! The regions of Cloud Functions.

use crate::json;
use crate::proto::location::Location;
use crate::proto::v2::{Environment, LocationMetadata};

/// <https://cloud.google.com/functions/docs/locations>.
const REGIONS: [&str; 41] = [
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
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
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west4",
];

/// Every region, as a location of `project`.
pub(crate) fn all(project: &str) -> Vec<Location> {
    let metadata = LocationMetadata { environments: vec![Environment::Gen2.into()] };
    let location = |id: &&str| Location {
        name: format!("projects/{project}/locations/{id}"),
        location_id: (*id).to_owned(),
        display_name: (*id).to_owned(),
        metadata: Some(json::pack(&metadata)),
        ..Location::default()
    };
    REGIONS.iter().map(location).collect()
}

/// Whether Google has functions there.
pub(crate) fn is_region(id: &str) -> bool {
    REGIONS.contains(&id)
}
