//! What has built an image, as a build of Cloud Build says.

use google_cloud_build_v1::model;
use longshore_messages::Builder;

use super::cut;

/// Maximum number of versions of one build, and maximum length of one of them: anyone who may start
/// builds can write them.
const VERSIONS_MAX: usize = 8;
const VERSION_LIMIT_BYTES: usize = 64;

/// The builder of the step whose output says which versions it has installed.
pub(super) fn builder(build: &model::Build) -> Builder {
    let results = build.results.as_ref();
    let outputs = results.map(|results| results.build_step_outputs.as_slice()).unwrap_or_default();
    let mut said = outputs.iter().map(|output| runtime_versions(output)).enumerate();
    let Some((step, runtime_versions)) = said.find(|(_, versions)| !versions.is_empty()) else {
        return Builder::default();
    };
    let name = build.steps.get(step).map(|step| step.name.as_str()).unwrap_or_default();
    let digest = results.and_then(|results| results.build_step_images.get(step));
    let image = match digest.filter(|digest| digest.starts_with("sha256:")) {
        Some(digest) if !name.contains('@') => format!("{name}@{digest}"),
        Some(_) | None => name.to_owned(),
    };
    Builder { image, base_image: String::new(), runtime_versions }
}

/// The versions in the output of Google's buildpacks (`pkg/builderoutput`).
fn runtime_versions(output: &[u8]) -> Vec<String> {
    let document: Option<serde_json::Value> = serde_json::from_slice(output).ok();
    let versions = document.as_ref().and_then(|document| document["rtVersions"].as_array());
    let texts = versions.into_iter().flatten().filter_map(serde_json::Value::as_str);
    texts.take(VERSIONS_MAX).map(|text| cut(text, VERSION_LIMIT_BYTES).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn of(outputs: &[&str], images: &[&str], names: &[&str]) -> Builder {
        let outputs = outputs.iter().map(|text| Bytes::copy_from_slice(text.as_bytes()));
        let steps = names.iter().map(|name| model::BuildStep::new().set_name(*name));
        let results = model::Results::new().set_build_step_outputs(outputs);
        let results = results.set_build_step_images(images.iter().copied());
        builder(&model::Build::new().set_steps(steps).set_results(results))
    }

    #[test]
    fn the_step_that_installed_a_runtime_is_the_builder() {
        let said = r#"{"rtVersions": ["3.12.4"], "warnings": []}"#;
        let found = of(&["", said], &["sha256:aa", "sha256:bb"], &["fetch", "gcr.io/b/builder"]);
        assert_eq!(found.image, "gcr.io/b/builder@sha256:bb");
        assert_eq!(found.runtime_versions, ["3.12.4"]);
        let found = of(&[said], &[], &["gcr.io/b/builder"]);
        assert_eq!(found.image, "gcr.io/b/builder", "without a digest");
        for unclear in ["", "plain text", "[]", r#"{"rtVersions": "3"}"#, r#"{"rtVersions": []}"#] {
            assert!(of(&[unclear], &[], &["x"]).is_unknown(), "{unclear}");
        }
    }

    #[test]
    fn hostile_versions_are_cut() {
        let versions = vec!["9".repeat(1_000); 100];
        let found = of(&[&json!({"rtVersions": versions}).to_string()], &[], &["x"]);
        assert_eq!(found.runtime_versions.len(), VERSIONS_MAX);
        assert!(found.runtime_versions.iter().all(|one| one.len() <= VERSION_LIMIT_BYTES));
    }
}
