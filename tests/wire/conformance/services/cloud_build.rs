//! Cloud Build. Its builds have no source, and no build ends.

use super::{Service, recipe};

const BUILD: &str = r#"{"source": {"storageSource": {"bucket": "b", "object": "o.zip"}}, "options": {"logging": "GCS_ONLY"}, "steps": [{"name": "gcr.io/k8s-skaffold/pack", "entrypoint": "pack", "args": ["build", "europe-west1-docker.pkg.dev/p/r/i", "--builder=gcr.io/buildpacks/builder"]}]}"#;

pub(in super::super) const CLOUD_BUILD: Service = Service {
    name: "cloud_build",
    api: "Cloud Build",
    documents: &["cloudbuild.v1"],
    address: |endpoints| endpoints.build,
    names: &[],
    before: &[
        r#"POST /v1/projects/{project}/locations/{location}/builds {"source": {"storageSource": {"bucket": "b", "object": "o.zip"}}, "steps": [{"name": "gcr.io/k8s-skaffold/pack", "entrypoint": "pack", "args": ["build", "europe-west1-docker.pkg.dev/p/r/i", "--builder=gcr.io/buildpacks/builder"]}]} => build /metadata/build/id"#,
    ],
    recipes: &[
        recipe("POST /v1/projects/{project}/builds", "", BUILD),
        recipe("POST /v1/projects/{project}/locations/{location}/builds", "", BUILD),
        recipe("GET /v1/projects/{project}/locations/{location}/operations/{operation}", "", "")
            .at("/v1/projects/{project}/locations/{location}/operations/{build}"),
        recipe(
            "POST /v1/projects/{project}/locations/{location}/operations/{operation}:cancel",
            "",
            "{}",
        )
        .at("/v1/projects/{project}/locations/{location}/operations/{build}:cancel"),
        recipe("GET /v1/operations/{operation}", "", "").at("/v1/operations/{build}"),
        recipe("POST /v1/operations/{operation}:cancel", "", "{}")
            .at("/v1/operations/{build}:cancel"),
    ],
    values: &[
        ("logsBucket", "\"gs://value-1\""),
        ("generation", "7"),
        // The first names have the number 0, which messages cannot say.
        ("logStreamingOption", "\"STREAM_ON\""),
        ("requestedVerifyOption", "\"VERIFIED\""),
        ("substitutionOption", "\"ALLOW_LOOSE\""),
        ("substitutions", r#"{"_KEY": "value"}"#),
    ],
    output_only: &[],
    changing: &["startTime"],
    numbers: &[("GCS_ONLY", 2)],
    only: &[],
    undescribed: &[],
};
