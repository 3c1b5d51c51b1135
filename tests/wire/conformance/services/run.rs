//! Cloud Run, version 2. A creation is only validated, so that nothing starts.

use super::{Service, recipe};

const CREATE: &str = "POST /v2/projects/{project}/locations/{location}/services";

pub(in super::super) const RUN: Service = Service {
    name: "run",
    api: "Cloud Run",
    document: "run.v2",
    address: |endpoints| endpoints.run,
    names: &[],
    before: &[],
    recipes: &[recipe(
        CREATE,
        "validateOnly=true&serviceId=new",
        r#"{"template": {"containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}"#,
    )],
    values: &[
        (
            "image",
            "\"europe-west1-docker.pkg.dev/p/r/j@sha256:0000000000000000000000000000000000000000000000000000000000000000\"",
        ),
        ("limits", r#"{"memory": "1Gi"}"#),
        ("ingress", "\"INGRESS_TRAFFIC_INTERNAL_ONLY\""),
        ("launchStage", "\"GA\""),
        ("timeout", "\"70s\""),
    ],
    numbers: &[],
    // The others need a service that runs.
    only: &[CREATE],
    undescribed: &[],
};
