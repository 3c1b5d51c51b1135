//! Eventarc.

use super::{Service, recipe};

pub(in super::super) const EVENTARC: Service = Service {
    name: "eventarc",
    api: "Eventarc",
    documents: &["eventarc.v1"],
    address: |endpoints| endpoints.eventarc,
    names: &[("trigger", "t"), ("provider", "pubsub.googleapis.com"), ("channel", "c")],
    before: &[],
    recipes: &[
        recipe(
            "POST /v1/projects/{project}/locations/{location}/triggers",
            "triggerId=new",
            r#"{
                "eventFilters": [{
                    "attribute": "type", "value": "google.cloud.pubsub.topic.v1.messagePublished"
                }],
                "destination": {"cloudRun": {"service": "s", "region": "europe-west1"}}
            }"#,
        )
        .after(SERVICE),
        recipe(
            "PATCH /v1/projects/{project}/locations/{location}/triggers/{trigger}",
            "updateMask=labels",
            r#"{
                "labels": {"a": "b"},
                "eventFilters": [{
                    "attribute": "type", "value": "google.cloud.pubsub.topic.v1.messagePublished"
                }],
                "destination": {"cloudRun": {"service": "s", "region": "europe-west1"}}
            }"#,
        )
        .after(CREATED),
        recipe("GET /v1/projects/{project}/locations/{location}/triggers/{trigger}", "", "")
            .after(CREATED),
        recipe("DELETE /v1/projects/{project}/locations/{location}/triggers/{trigger}", "", "")
            .after(CREATED),
        recipe(
            "GET /v1/projects/{project}/locations/{location}/triggers/{trigger}:getIamPolicy",
            "",
            "",
        )
        .after(CREATED),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/triggers/{trigger}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        )
        .after(CREATED),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/triggers/{trigger}:testIamPermissions",
            "",
            r#"{"permissions": ["eventarc.triggers.get"]}"#,
        )
        .after(CREATED),
        recipe("GET /v1/projects/{project}/locations/{location}/operations/{operation}", "", "")
            .at("/v1/{operation}")
            .after(CREATED),
    ],
    values: &[("serviceAccount", "\"a@p.iam.gserviceaccount.com\""), ("maxAttempts", "1")],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: &[],
    undescribed: &[],
};

/// The destination of the triggers. Its image does not exist, so it never serves.
const SERVICE: &[&str] = &[
    r#"POST run:/v2/projects/{project}/locations/{location}/services?serviceId=s {"template": {"containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}"#,
];

const CREATED: &[&str] = &[
    SERVICE[0],
    r#"POST /v1/projects/{project}/locations/{location}/triggers?triggerId=t {"eventFilters": [{"attribute": "type", "value": "google.cloud.pubsub.topic.v1.messagePublished"}], "destination": {"cloudRun": {"service": "s", "region": "europe-west1"}}} => operation /name"#,
];
