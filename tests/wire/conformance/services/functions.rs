//! Cloud Functions, version 2. Cloud Build refuses the builds of the valid calls, so that operations
//! end at once, and nothing is built.

use super::{Service, recipe};

pub(in super::super) const FUNCTIONS: Service = Service {
    name: "functions",
    api: "Cloud Functions",
    documents: &["cloudfunctions.v2"],
    address: |endpoints| endpoints.functions,
    names: &[("function", "f")],
    before: &[],
    recipes: &[
        recipe(
            "POST /v2/projects/{project}/locations/{location}/functions",
            "functionId=new",
            r#"{
                "environment": "GEN_2",
                "buildConfig": {
                    "runtime": "python313",
                    "source": {"storageSource": {"bucket": "{project}-sources", "object": "f.zip"}},
                    "environmentVariables": {"not=a=name": "refused"}
                },
                "serviceConfig": {"ingressSettings": "ALLOW_INTERNAL_ONLY"},
                "eventTrigger": {
                    "eventType": "google.cloud.pubsub.topic.v1.messagePublished",
                    "retryPolicy": "RETRY_POLICY_RETRY"
                }
            }"#,
        )
        .after(UPLOADED),
        recipe(
            "PATCH /v2/projects/{project}/locations/{location}/functions/{function}",
            "updateMask=labels",
            r#"{
                "labels": {"a": "b"},
                "buildConfig": {
                    "runtime": "python313",
                    "source": {"storageSource": {"bucket": "{project}-sources", "object": "f.zip"}},
                    "environmentVariables": {"not=a=name": "refused"}
                },
                "eventTrigger": {"eventType": "google.cloud.pubsub.topic.v1.messagePublished"}
            }"#,
        )
        .after(CREATED),
        recipe("GET /v2/projects/{project}/locations/{location}/functions/{function}", "", "")
            .after(CREATED),
        recipe("DELETE /v2/projects/{project}/locations/{location}/functions/{function}", "", "")
            .after(CREATED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/functions/{function}:generateDownloadUrl",
            "",
            "{}",
        )
        .after(CREATED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/functions/{function}:detachFunction",
            "",
            "{}",
        )
        .after(CREATED),
        recipe(
            "GET /v2/projects/{project}/locations/{location}/functions/{function}:getIamPolicy",
            "",
            "",
        )
        .after(CREATED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/functions/{function}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        )
        .after(CREATED),
        recipe(
            "POST /v2/projects/{project}/locations/{location}/functions/{function}:testIamPermissions",
            "",
            r#"{"permissions": ["cloudfunctions.functions.get"]}"#,
        )
        .after(CREATED),
        recipe("GET /v2/projects/{project}/locations/{location}/operations/{operation}", "", "")
            .at("/v2/{operation}")
            .after(CREATED),
    ],
    values: &[
        // The build is refused with this name as well.
        ("buildConfig.environmentVariables", r#"{"not=a=name": "value"}"#),
        ("eventTrigger.eventType", "\"google.cloud.pubsub.topic.v1.messagePublished\""),
        ("eventTrigger.triggerRegion", "\"us-central1\""),
        ("serviceAccountEmail", "\"a@p.iam.gserviceaccount.com\""),
        ("availableMemory", "\"512Mi\""),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[("GEN_2", 2), ("ALLOW_INTERNAL_ONLY", 2), ("RETRY_POLICY_RETRY", 2)],
    only: &[],
    undescribed: FIRST,
};

/// The methods of version 1.
const FIRST: &[&str] = &[
    "GET /v1/projects/{project}/locations/{location}/functions",
    "GET /v1/projects/{project}/locations/{location}/functions/{function}",
];

/// Version 1, of which there are no functions.
pub(in super::super) const FUNCTIONS_V1: Service = Service {
    name: "functions_v1",
    api: "Cloud Functions",
    documents: &["cloudfunctions.v1"],
    address: |endpoints| endpoints.functions,
    names: &[("function", "f")],
    before: &[],
    recipes: &[],
    values: &[],
    output_only: &[],
    changing: &[],
    numbers: &[],
    only: FIRST,
    undescribed: &[],
};

/// A source, which is no archive.
const UPLOADED: &[&str] = &[
    r#"POST storage:/storage/v1/b?project={project} {"name": "{project}-sources", "location": "europe-west1"}"#,
    "POST storage:/upload/storage/v1/b/{project}-sources/o?uploadType=media&name=f.zip {}",
];

/// A function that could not be built.
const CREATED: &[&str] = &[
    UPLOADED[0],
    UPLOADED[1],
    r#"POST /v2/projects/{project}/locations/{location}/functions?functionId=f {"buildConfig": {"runtime": "python313", "source": {"storageSource": {"bucket": "{project}-sources", "object": "f.zip"}}, "environmentVariables": {"not=a=name": "refused"}}, "eventTrigger": {"eventType": "google.cloud.pubsub.topic.v1.messagePublished"}} => operation /name"#,
    "AWAIT /v2/{operation}",
];
