//! Cloud Run, version 2. No image exists, and creations and changes are only validated, so nothing
//! starts.

use super::{Service, recipe};

pub(in super::super) const RUN: Service = Service {
    name: "run",
    api: "Cloud Run",
    documents: &["run.v2"],
    address: |endpoints| endpoints.run,
    names: &[("service", "s"), ("revision", "s-first")],
    before: &[],
    recipes: &[
        recipe(
            "POST /v2/projects/{project}/locations/{location}/services",
            "validateOnly=true&serviceId=new",
            r#"{"template": {"containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}"#,
        ),
        recipe(
            "PATCH /v2/projects/{project}/locations/{location}/services/{service}",
            "validateOnly=true&updateMask=labels",
            r#"{"labels": {"a": "b"}, "template": {"containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}"#,
        )
        .after(CREATED),
        recipe("GET /v2/projects/{project}/locations/{location}/services/{service}", "", "")
            .after(CREATED),
        recipe("DELETE /v2/projects/{project}/locations/{location}/services/{service}", "", "")
            .after(CREATED),
        recipe(
            "GET /v2/projects/{project}/locations/{location}/services/{service}:getIamPolicy",
            "",
            "",
        )
        .after(CREATED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/services/{service}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        )
        .after(CREATED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/services/{service}:testIamPermissions",
            "",
            r#"{"permissions": ["run.services.get"]}"#,
        )
        .after(CREATED),
        recipe(
            "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions",
            "",
            "",
        )
        .after(CREATED),
        recipe(
            "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
            "",
            "",
        )
        .after(CREATED),
        // The latest revision cannot be deleted.
        recipe(
            "DELETE /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
            "",
            "",
        )
        .after(REPLACED),
        recipe("GET /v2/projects/{project}/locations/{location}/operations/{operation}", "", "")
            .at("/v2/{operation}")
            .after(ENDED),
        recipe("DELETE /v2/projects/{project}/locations/{location}/operations/{operation}", "", "")
            .at("/v2/{operation}")
            .after(ENDED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/operations/{operation}:wait",
            "",
            "{}",
        )
        .at("/v2/{operation}:wait")
        .after(ENDED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/builds:submit",
            "",
            r#"{
                "storageSource": {"bucket": "no-bucket", "object": "none.zip"},
                "imageUri": "europe-west1-docker.pkg.dev/{project}/r/i",
                "buildpackBuild": {}
            }"#,
        ),
    ],
    values: &[
        (
            "image",
            "\"europe-west1-docker.pkg.dev/p/r/j@sha256:0000000000000000000000000000000000000000000000000000000000000000\"",
        ),
        ("machineType", "\"E2_HIGHCPU_8\""),
        ("imageUri", "\"europe-west1-docker.pkg.dev/p/r/j\""),
        ("limits", r#"{"memory": "1Gi"}"#),
        ("ingress", "\"INGRESS_TRAFFIC_INTERNAL_ONLY\""),
        ("launchStage", "\"GA\""),
        ("timeout", "\"70s\""),
    ],
    output_only: &[],
    changing: &["build", "conditions", "observedGeneration", "reconciling", "terminalCondition"],
    numbers: &[],
    // Those of version 2.
    only: &[
        "POST /v2/projects/{project}/locations/{location}/builds:submit",
        "DELETE /v2/projects/{project}/locations/{location}/operations/{operation}",
        "GET /v2/projects/{project}/locations/{location}/operations/{operation}",
        "GET /v2/projects/{project}/locations/{location}/operations",
        "POST /v2/projects/{project}/locations/{location}/operations/{operation}:wait",
        "DELETE /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
        "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
        "GET /v2/projects/{project}/locations/{location}/services/{service}/revisions",
        "POST /v2/projects/{project}/locations/{location}/services",
        "DELETE /v2/projects/{project}/locations/{location}/services/{service}",
        "GET /v2/projects/{project}/locations/{location}/services/{service}:getIamPolicy",
        "GET /v2/projects/{project}/locations/{location}/services/{service}",
        "GET /v2/projects/{project}/locations/{location}/services",
        "POST /v2/projects/{project}/locations/{location}/services/{service}:setIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/services/{service}:testIamPermissions",
        "PATCH /v2/projects/{project}/locations/{location}/services/{service}",
    ],
    undescribed: &[],
};

const CREATED: &[&str] = &[
    r#"POST /v2/projects/{project}/locations/{location}/services?serviceId=s {"template": {"revision": "s-first", "containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}} => operation /name"#,
];

/// An operation that ends between the calls of both transports would differ in them.
const ENDED: &[&str] = &[CREATED[0], "AWAIT /v2/{operation}"];

const REPLACED: &[&str] = &[
    CREATED[0],
    r#"PATCH /v2/projects/{project}/locations/{location}/services/s?updateMask=template {"template": {"revision": "s-second", "containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}"#,
];

const REPLACED_ONLY: &[&str] = &[REPLACED[1]];

/// Version 1, by location. Its methods under `/apis/` are the same for the region in the host.
pub(in super::super) const RUN_V1: Service = Service {
    name: "run_v1",
    api: "Cloud Run",
    documents: &["run.v1"],
    address: |endpoints| endpoints.run,
    names: &[("service", "s"), ("configuration", "s"), ("route", "s"), ("revision", "s-first")],
    before: CREATED,
    recipes: &[
        recipe(
            "POST /v1/projects/{project}/locations/{location}/services",
            "dryRun=all",
            r#"{"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "new"}, "spec": {"template": {"spec": {"containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}}}"#,
        ),
        recipe(
            "PUT /v1/projects/{project}/locations/{location}/services/{service}",
            "dryRun=all",
            r#"{"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"template": {"spec": {"containers": [{"image": "europe-west1-docker.pkg.dev/p/r/i@sha256:0000000000000000000000000000000000000000000000000000000000000000"}]}}}}"#,
        ),
        // The latest revision cannot be deleted.
        recipe("DELETE /v1/projects/{project}/locations/{location}/revisions/{revision}", "", "")
            .after(REPLACED_ONLY),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/services/{service}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/services/{service}:testIamPermissions",
            "",
            r#"{"permissions": ["run.services.get"]}"#,
        ),
    ],
    values: &[
        (
            "image",
            "\"europe-west1-docker.pkg.dev/p/r/j@sha256:0000000000000000000000000000000000000000000000000000000000000000\"",
        ),
        ("limits", r#"{"memory": "1Gi"}"#),
        ("namespace", "\"{project}\""),
        ("policy.version", "3"),
    ],
    output_only: &[
        "ObjectMeta.creationTimestamp",
        "ObjectMeta.deletionTimestamp",
        "ObjectMeta.generation",
        "ObjectMeta.selfLink",
        "ObjectMeta.uid",
        "Service.status",
        "TrafficTarget.url",
    ],
    changing: &[],
    numbers: &[],
    only: &[
        "GET /v1/projects/{project}/locations/{location}/configurations/{configuration}",
        "GET /v1/projects/{project}/locations/{location}/configurations",
        "GET /v1/projects/{project}/locations",
        "DELETE /v1/projects/{project}/locations/{location}/revisions/{revision}",
        "GET /v1/projects/{project}/locations/{location}/revisions/{revision}",
        "GET /v1/projects/{project}/locations/{location}/revisions",
        "GET /v1/projects/{project}/locations/{location}/routes/{route}",
        "GET /v1/projects/{project}/locations/{location}/routes",
        "POST /v1/projects/{project}/locations/{location}/services",
        "DELETE /v1/projects/{project}/locations/{location}/services/{service}",
        "GET /v1/projects/{project}/locations/{location}/services/{service}",
        "GET /v1/projects/{project}/locations/{location}/services/{service}:getIamPolicy",
        "GET /v1/projects/{project}/locations/{location}/services",
        "PUT /v1/projects/{project}/locations/{location}/services/{service}",
        "POST /v1/projects/{project}/locations/{location}/services/{service}:setIamPolicy",
        "POST /v1/projects/{project}/locations/{location}/services/{service}:testIamPermissions",
    ],
    undescribed: &[],
};
