//! The build key: two deployments with the same key need only one build. Pure.

use longshore_messages::{BuildKey, Function, StoredSource};

use crate::repository::Repository;
use crate::runtime;

/// Version of the rules for the key. Raise it when the inputs of a build are interpreted
/// differently, so that no older image is reused by mistake.
const RULES: &str = "2";

/// The rules for a build whose source and image are under a key of Cloud KMS.
const RULES_UNDER_KEY: &str = "2-kms";

/// The key of the build of a function: a hash of everything that the image depends on.
///
/// The entry point is part of it only if the build compiles it in, as for Go and Java, or may do so
/// because the runtime is not set. Node.js and Python read it at start (`FUNCTION_TARGET`), so
/// functions with the same source share one image.
#[must_use]
pub fn build_key(function: &Function, source: &StoredSource) -> BuildKey {
    let build = &function.build;
    let runtime = function.runtime.as_deref().unwrap_or_default();
    let target = if target_is_compiled_in(runtime) { function.entry_point.as_str() } else { "" };
    let repository = Repository::of(function).name();
    let version = runtime::version(function).unwrap_or_default();
    let mut parts = match function.kms_key() {
        None => vec![RULES],
        Some(key) => vec![RULES_UNDER_KEY, key],
    };
    parts.extend([
        source.sha256.as_str(),
        &function.at.project,
        &function.at.region,
        runtime,
        target,
        runtime::base_image(function),
        &version,
        &repository,
        &build.service_account,
        &build.worker_pool,
        &build.machine_type,
    ]);
    for (name, value) in &build.environment {
        parts.extend([name.as_str(), value.as_str()]);
    }
    BuildKey::of(&parts)
}

fn target_is_compiled_in(runtime: &str) -> bool {
    !(runtime.starts_with("python") || runtime.starts_with("nodejs"))
}

#[cfg(test)]
pub(crate) mod tests {
    use longshore_messages::{
        BuildSettings, Encryption, Flavour, FunctionRef, Received, ServiceSettings, Signature,
        Source, StorageObject,
    };

    use super::*;

    pub(crate) fn function() -> Function {
        Function {
            at: FunctionRef {
                project: "demo-project".to_owned(),
                region: "europe-west1".to_owned(),
                name: "hello".to_owned(),
            },
            flavour: Flavour::Run,
            runtime: Some("python312".to_owned()),
            entry_point: "hello".to_owned(),
            signature: Signature::Http,
            source: Source::Storage(source().object),
            build: BuildSettings::default(),
            service: ServiceSettings::default(),
            encryption: None,
            triggers: Vec::new(),
            callers: std::collections::BTreeSet::new(),
            rollout: None,
            received: Received::default(),
        }
    }

    fn source() -> StoredSource {
        StoredSource {
            object: StorageObject {
                bucket: "run-sources-demo-project-europe-west1".to_owned(),
                object: "o".to_owned(),
                generation: 1,
            },
            sha256: "0".repeat(64),
            size_bytes: 1,
        }
    }

    fn key(change: impl FnOnce(&mut Function)) -> BuildKey {
        let mut function = function();
        change(&mut function);
        build_key(&function, &source())
    }

    #[test]
    fn the_runtime_version_the_whole_name_of_the_repository_and_the_encryption_are_part_of_the_key()
    {
        let named = |name: &str| {
            let name = name.to_owned();
            key(move |function| function.build.repository = Some(name))
        };
        let under = |name: &str| {
            let encryption = Encryption { kms_key: name.to_owned(), source_bucket: None };
            key(move |function| function.encryption = Some(encryption))
        };
        let keys = [
            key(|_| {}),
            key(|function| function.runtime = Some("python313".to_owned())),
            key(|function| function.build.base_image = "google-22-full/python312".to_owned()),
            named("projects/demo-project/locations/europe-west1/repositories/images"),
            named("projects/shared-images/locations/europe-west1/repositories/images"),
            named("projects/shared-images/locations/us-central1/repositories/images"),
            under("projects/p/locations/europe-west1/keyRings/r/cryptoKeys/one"),
            under("projects/p/locations/europe-west1/keyRings/r/cryptoKeys/other"),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{i}");
        }
    }

    #[test]
    fn the_entry_point_is_part_of_the_key_only_where_the_build_compiles_it_in() {
        let with = |runtime: Option<&str>, entry_point: &str| {
            let (runtime, entry_point) = (runtime.map(str::to_owned), entry_point.to_owned());
            key(move |function| {
                function.runtime = runtime;
                function.entry_point = entry_point;
            })
        };
        for runtime in ["python312", "nodejs22", "python3"] {
            assert_eq!(with(Some(runtime), "one"), with(Some(runtime), "other"), "{runtime}");
        }
        for runtime in [Some("go127"), Some("java21"), Some("ruby34"), Some("php84"), None] {
            assert_ne!(with(runtime, "one"), with(runtime, "other"), "{runtime:?}");
        }
    }

    #[test]
    fn how_a_function_is_named_served_and_called_is_not_part_of_the_key() {
        let served = key(|function| {
            function.at.name = "other".to_owned();
            function.service.memory = Some("1Gi".to_owned());
            function.service.environment.insert("A".to_owned(), "1".to_owned());
            function.service.max_instances = Some(3);
        });
        assert_eq!(served, key(|_| {}));
    }

    /// The Functions Framework reads `FUNCTION_SIGNATURE_TYPE`, which service-deployer sets on the
    /// service, so functions of one image may have different signatures.
    #[test]
    fn the_signature_is_set_on_the_service_and_is_not_part_of_the_key() {
        let of_http = key(|_| {});
        for signature in [Signature::CloudEvent, Signature::Typed, Signature::Event] {
            assert_eq!(key(|function| function.signature = signature), of_http, "{signature:?}");
        }
    }
}
