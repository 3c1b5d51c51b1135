use google_cloud_build_v1::model::Build;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{NewBuild, spec};
use crate::core::{Record, Spec};
use crate::names::BuildNames;
use crate::resource::build_json;
use longshore_local_kit::projects::LocalProject;
use longshore_local_kit::rest::RestError;

const IMAGE: &str = "europe-west1-docker.pkg.dev/p/r/hello";

fn new_build() -> NewBuild<'static> {
    NewBuild { project: "p", project_number: 42, region: "europe-west1", id: "the-id" }
}

fn pack(arguments: &[&str]) -> Value {
    json!({"name": "gcr.io/k8s-skaffold/pack", "entrypoint": "pack", "args": arguments})
}

/// A build with these steps and with the fields of `more`.
fn build(steps: &[Value], more: &Value) -> Value {
    let mut build = json!({"source": {"storageSource": {"bucket": "b", "object": "o.zip", "generation": "7"}}, "steps": steps});
    for (name, value) in more.as_object().unwrap() {
        build[name] = value.clone();
    }
    build
}

fn read(steps: &[Value], more: &Value) -> Result<Spec, RestError> {
    spec(&new_build(), build(steps, more))
}

#[test]
fn the_forms_in_the_documentation_and_of_gcloud_are_accepted() {
    let builder = "gcr.io/buildpacks/builder:latest";
    let forms = [
        vec![pack(&[
            "build",
            IMAGE,
            "--builder",
            builder,
            "--network",
            "cloudbuild",
            "--publish",
            "--env",
            "A=b=c",
        ])],
        vec![
            pack(&["config", "default-builder", builder]),
            pack(&["build", IMAGE, "--network", "cloudbuild", "--env", "A=b=c"]),
            json!({"name": "gcr.io/cloud-builders/docker", "args": ["push", IMAGE]}),
        ],
        vec![
            json!({"name": "buildpacksio/pack:0.36.0", "args": ["build", "-B=gcr.io/buildpacks/builder", "-e=A=b=c", "--path=.", IMAGE]}),
        ],
    ];
    for steps in forms {
        let spec = read(&steps, &json!({"images": [IMAGE], "tags": ["t"]})).unwrap();
        assert_eq!((&*spec.bucket, &*spec.object, spec.generation), ("b", "o.zip", 7), "{steps:?}");
        assert_eq!(spec.image, format!("{IMAGE}:latest"));
        assert_eq!(spec.environment, [("A".to_owned(), "b=c".to_owned())].into());
        assert_eq!(spec.request.unwrap().steps.len(), steps.len());
    }
}

#[test]
fn names_are_substituted_in_steps_and_images() {
    let steps = [pack(&[
        "build",
        "$LOCATION-docker.pkg.dev/$PROJECT_ID/${_REPO}/hello:$BUILD_ID",
        "--builder",
        "gcr.io/buildpacks/builder",
        "--env",
        "PRICE=1$$",
        "--env",
        "SHA=x$COMMIT_SHA",
    ])];
    let more = json!({"substitutions": {"_REPO": "r"}, "images": ["$LOCATION-docker.pkg.dev/p/r/hello:the-id"]});
    let spec = read(&steps, &more).unwrap();
    assert_eq!(spec.image, "europe-west1-docker.pkg.dev/p/r/hello:the-id");
    assert_eq!((&*spec.environment["PRICE"], &*spec.environment["SHA"]), ("1$", "x"));
    let loose = json!({"substitutions": {"_REPO": "r", "_B": ""}, "options": {"substitutionOption": "ALLOW_LOOSE"}});
    assert!(read(&steps, &loose).is_ok());
}

#[test]
fn what_only_google_supports_is_rejected_with_an_alternative() {
    let good = || pack(&["build", IMAGE, "--builder", "gcr.io/buildpacks/builder"]);
    let step = |name: &str, arguments: &[&str]| json!({"name": name, "args": arguments});
    let cases: [(Vec<Value>, Value, &str); 15] = [
        (vec![step("ubuntu", &["echo", "hi"])], json!({}), "gcloud builds submit --pack"),
        (
            vec![step("gcr.io/cloud-builders/docker", &["build", "-t", IMAGE, "."])],
            json!({}),
            "gcloud builds submit --pack",
        ),
        (vec![good(), step("ubuntu", &["ls"])], json!({}), "steps[1]"),
        (
            vec![pack(&["build", IMAGE, "--builder", "paketobuildpacks/builder"])],
            json!({}),
            "paketobuildpacks/builder",
        ),
        (
            vec![pack(&["build", IMAGE, "--builder=gcr.io/buildpacks/builder", "--path=sub"])],
            json!({}),
            "--path=sub",
        ),
        (
            vec![pack(&["build", IMAGE, "--builder=gcr.io/buildpacks/builder", "--buildpack=x"])],
            json!({}),
            "--buildpack=x",
        ),
        (vec![json!({"name": "ubuntu", "script": "ls"})], json!({}), "steps[0].script"),
        (
            vec![json!({"name": "a/pack", "dir": "sub", "args": ["build"]})],
            json!({}),
            "steps[0].dir",
        ),
        (
            vec![good()],
            json!({"source": {"repoSource": {"repoName": "x"}}}),
            "not in Cloud Storage",
        ),
        (vec![good()], json!({"source": null}), "storage_source is required"),
        (vec![good()], json!({"artifacts": {"images": ["x"]}}), "artifacts"),
        (
            vec![good()],
            json!({"availableSecrets": {"inline": [{"kmsKeyName": "k"}]}}),
            "available_secrets.secret_manager",
        ),
        (vec![good()], json!({"options": {"env": ["A=b"]}}), "options.env"),
        (vec![good()], json!({"options": {"pool": {"name": "x"}}}), "options.pool"),
        (
            vec![pack(&["build", "${_A:-x}"])],
            json!({"substitutions": {"_A": "b"}}),
            "operations on substitutions",
        ),
    ];
    for (steps, more, expected) in cases {
        let error = read(&steps, &more).unwrap_err();
        assert_eq!(error.status(), "UNIMPLEMENTED", "{expected}: {error}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}

#[test]
fn what_google_rejects_is_an_invalid_argument() {
    let good = |image: &str| pack(&["build", image, "--builder", "gcr.io/buildpacks/builder"]);
    let cases: [(Vec<Value>, Value, &str); 11] = [
        (vec![], json!({}), "steps: at least one"),
        (vec![pack(&["build", IMAGE])], json!({}), "needs --builder"),
        (
            vec![pack(&["build", "--builder=gcr.io/buildpacks/builder"])],
            json!({}),
            "the name of an image",
        ),
        (
            vec![pack(&["build", IMAGE, "--builder=gcr.io/buildpacks/builder", "--env", "A"])],
            json!({}),
            "not NAME=VALUE",
        ),
        (vec![pack(&["build", IMAGE, "--builder"])], json!({}), "--builder needs a value"),
        (vec![good("gcr.io/p/hello")], json!({}), "Artifact Registry"),
        (vec![good(IMAGE)], json!({"images": ["other"]}), "`other` is not built"),
        (vec![good("$_NO/p/r/i")], json!({}), "\"_NO\" is not a valid"),
        (
            vec![good(IMAGE)],
            json!({"substitutions": {"_UNUSED": "x"}}),
            "\"_UNUSED\" in the substitution data",
        ),
        (vec![good(IMAGE)], json!({"timeout": "90000s"}), "timeout"),
        (vec![good(IMAGE)], json!({"tags": ["a b"]}), "tags"),
    ];
    for (steps, more, expected) in cases {
        let error = read(&steps, &more).unwrap_err();
        assert_eq!(error.status(), "INVALID_ARGUMENT", "{expected}: {error}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
    assert_eq!(spec(&new_build(), json!({"steps": 7})).unwrap_err().status(), "INVALID_ARGUMENT");
}

#[test]
fn what_is_accepted_is_in_the_resource_and_the_rest_is_not() {
    let mut step = pack(&["build", IMAGE, "--builder=gcr.io/buildpacks/builder"]);
    step["id"] = json!("pack");
    step["waitFor"] = json!(["-"]);
    step["exitCode"] = json!(3);
    step["timing"] = json!({"startTime": "2031-02-03T04:05:06Z"});
    let more = json!({
        "options": {"logging": 5, "disk_size_gb": 7, "logStreamingOption": "STREAM_ON"},
        "queueTtl": "70s", "logUrl": "gs://mine", "warnings": [{"text": "w"}],
        "source": {"storageSource": {"bucket": "b", "object": "o", "sourceFetcher": "GSUTIL"}},
    });
    let spec = read(&[step], &more).unwrap();
    let record = Record::queued("the-id".to_owned(), spec, OffsetDateTime::UNIX_EPOCH);
    let projects = LocalProject { id: "p".to_owned(), number: 42 };
    let build = build_json(BuildNames { projects: &projects }, &record).unwrap();
    let options = json!({
        "logging": "CLOUD_LOGGING_ONLY", "diskSizeGb": "7", "logStreamingOption": "STREAM_ON",
    });
    assert_eq!(build["options"], options);
    assert_eq!(build["queueTtl"], "70s");
    assert_eq!(build["source"]["storageSource"]["sourceFetcher"], "GSUTIL");
    assert_eq!(
        (&build["steps"][0]["id"], &build["steps"][0]["waitFor"]),
        (&json!("pack"), &json!(["-"]))
    );
    for (place, name) in
        [(&build["steps"][0], "exitCode"), (&build["steps"][0], "timing"), (&build, "warnings")]
    {
        assert_eq!(place.get(name), None, "{name}");
    }
    assert_ne!(build["logUrl"], "gs://mine");
}

#[test]
fn a_field_that_would_be_ignored_is_refused_by_name() {
    let good = || pack(&["build", IMAGE, "--builder=gcr.io/buildpacks/builder"]);
    let mut strange = good();
    strange["retries"] = json!(3);
    for (steps, more, status, name) in [
        (good(), json!({"notAField": 1}), "INVALID_ARGUMENT", "notAField"),
        (strange, json!({}), "INVALID_ARGUMENT", "retries"),
        (good(), json!({"options": {"logging": "LOUD"}}), "INVALID_ARGUMENT", "options.logging"),
        (good(), json!({"warnings": "w"}), "INVALID_ARGUMENT", ""),
        (
            good(),
            json!({"options": {"dynamicSubstitutions": true}}),
            "UNIMPLEMENTED",
            "options.dynamicSubstitutions",
        ),
        (good(), json!({"options": {"workerPool": "w"}}), "UNIMPLEMENTED", "options.workerPool"),
        (good(), json!({"queueTtl": "-1s"}), "INVALID_ARGUMENT", "queue_ttl"),
    ] {
        let error = read(&[steps], &more).unwrap_err();
        assert_eq!(error.status(), status, "{name}: {error}");
        assert!(error.to_string().contains(name), "{name}: {error}");
    }
}

#[test]
fn the_original_request_is_stored_for_a_retry() {
    let document = build(
        &[pack(&["build", IMAGE, "--builder=gcr.io/buildpacks/builder"])],
        &json!({"timeout": "61s", "logsBucket": "gs://logs"}),
    );
    let request = spec(&new_build(), document.clone()).unwrap().request.unwrap();
    assert_eq!(
        (request.timeout_seconds, &*request.logs_bucket, request.build_step),
        (61, "logs", 0)
    );
    assert_eq!(request.build, document);
    assert!(serde_json::from_value::<Build>(request.build).is_ok());
}

#[test]
fn a_secret_reaches_the_builder_if_its_step_gets_it_and_passes_it_on() {
    let version = "projects/p/secrets/npm/versions/latest";
    let step = |arguments: &[&str], secrets: &[&str]| {
        let all = [&["build", IMAGE, "--builder=gcr.io/buildpacks/builder"], arguments].concat();
        let mut step = pack(&all);
        step["secretEnv"] = json!(secrets);
        step
    };
    let available = |name: &str, version: &str| json!({"availableSecrets": {"secretManager": [{"versionName": version, "env": name}]}});
    let found = read(
        &[step(&["--env", "NPM_TOKEN"], &["NPM_TOKEN"])],
        &available("NPM_TOKEN", "projects/$PROJECT_ID/secrets/npm/versions/latest"),
    );
    assert_eq!(found.unwrap().secrets, [("NPM_TOKEN".to_owned(), version.to_owned())].into());
    let kept = read(&[step(&[], &["NPM_TOKEN"])], &available("NPM_TOKEN", version)).unwrap();
    assert!(kept.secrets.is_empty(), "the step does not pass it on");
    for (steps, more, expected) in [
        (step(&["--env", "NPM_TOKEN"], &[]), json!({}), "is not NAME=VALUE"),
        (step(&[], &["OTHER"]), available("NPM_TOKEN", version), "`OTHER` is not in"),
        (step(&[], &[]), available("NPM_TOKEN", version), "no step uses `NPM_TOKEN`"),
        (step(&[], &["A"]), available("A", "npm:latest"), "is not projects/P/secrets/S/versions/V"),
        (step(&[], &["A=B"]), available("A=B", version), "is no name"),
    ] {
        let error = read(&[steps], &more).unwrap_err();
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}
