//! Artifact Registry. The image of the cases has an empty configuration and no layers.

use super::{Service, recipe};

pub(in super::super) const ARTIFACT_REGISTRY: Service = Service {
    name: "artifact_registry",
    api: "Artifact Registry",
    documents: &["artifactregistry.v1"],
    address: |endpoints| endpoints.artifact_registry,
    names: &[("repository", "r"), ("package", "i"), ("tag", "v1")],
    before: &[
        r#"POST /v1/projects/{project}/locations/{location}/repositories?repositoryId=r {"format": "DOCKER"} => operation /name"#,
        "POST registry:/v2/{project}/r/i/blobs/uploads/?digest=sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a {}",
        r#"PUT registry:/v2/{project}/r/i/manifests/v1 {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "size": 2}, "layers": []}"#,
        "GET /v1/projects/{project}/locations/{location}/repositories/r/packages/i/tags/v1 => version /version",
    ],
    recipes: &[
        recipe(
            "POST /v1/projects/{project}/locations/{location}/repositories",
            "repositoryId=new",
            r#"{"format": "DOCKER"}"#,
        ),
        recipe(
            "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}",
            "updateMask=description",
            r#"{"description": "changed"}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/repositories/{repository}:setIamPolicy",
            "",
            r#"{"policy": {"bindings": []}}"#,
        ),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/repositories/{repository}:testIamPermissions",
            "",
            r#"{"permissions": ["artifactregistry.repositories.get"]}"#,
        ),
        recipe(
            "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions/{version}",
            "",
            "",
        )
        .at("/v1/{version}"),
        recipe(
            "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions/{version}",
            "force=true",
            "",
        )
        .at("/v1/{version}"),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions:batchDelete",
            "",
            r#"{"names": ["{version}"]}"#,
        )
        .after(&[
            "DELETE /v1/projects/{project}/locations/{location}/repositories/r/packages/i/tags/v1",
        ]),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags",
            "tagId=new",
            r#"{"version": "{version}"}"#,
        ),
        recipe(
            "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags/{tag}",
            "updateMask=version",
            r#"{"version": "{version}"}"#,
        ),
        recipe(
            "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/dockerImages/{dockerImage}",
            "",
            "",
        )
        .at("/v1/{image}")
        .after(&[
            "GET /v1/projects/{project}/locations/{location}/repositories/r/dockerImages => image /dockerImages/0/name",
        ]),
        recipe("GET /v1/projects/{project}/locations/{location}/operations/{operation}", "", "")
            .at("/v1/{operation}"),
    ],
    values: &[
        ("version", "\"{version}\""),
        ("policy.version", "3"),
        ("format", "\"DOCKER\""),
        ("mode", "\"STANDARD_REPOSITORY\""),
        ("cleanupPolicies", r#"{"key": {"id": "key", "action": "KEEP", "mostRecentVersions": {"keepCount": 1}}}"#),
        ("names", r#"["{version}"]"#),
    ],
    output_only: &[],
    changing: &[],
    numbers: &[("DOCKER", 1)],
    only: &[],
    undescribed: &[],
};
