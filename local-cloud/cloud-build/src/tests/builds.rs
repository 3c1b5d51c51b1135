use serde_json::Value;

use super::fakes::Cloud;
use super::sources::{MAIN, OFFLINE, archive, wheel, zip_of};
use crate::core::{FailureKind, Status};

const TARGET: (&str, &str) = ("GOOGLE_FUNCTION_TARGET", "hello");

#[tokio::test]
async fn a_function_is_built_to_the_same_image_every_time() {
    let dir = tempfile::tempdir().unwrap();
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let environment =
        [TARGET, ("GOOGLE_LABEL_SOME_THING", "x"), ("GOOGLE_FUNCTION_SIGNATURE_TYPE", "http")];
    let mut digests = Vec::new();
    for home in ["one", "two"] {
        let mut cloud = Cloud::open(&dir.path().join(home)).await;
        let first = cloud.submit(&source, &environment);
        let first = cloud.ended(&first.id).await;
        assert_eq!(first.status, Status::Success, "{}", cloud.log_of(&first.id));
        let second = cloud.submit(&source, &environment);
        let second = cloud.ended(&second.id).await;
        let log = cloud.log_of(&second.id);
        assert!(
            log.contains("up to date, skipping installation")
                && log.contains("Layer already exists"),
            "{log}"
        );
        digests.extend([first, second].map(|record| record.end.unwrap().image.unwrap().digest));
        if home == "two" {
            let manifest: Value = serde_json::from_slice(
                &cloud.registry.lock().unwrap()["/v2/demo/repo/hello/manifests/v1"],
            )
            .unwrap();
            let config: Value =
                serde_json::from_slice(&cloud.blob(manifest["config"]["digest"].as_str().unwrap()))
                    .unwrap();
            check_config(&config);
            assert_eq!(manifest["layers"].as_array().unwrap().len(), 4);
        }
        cloud.service.stop().await;
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "one source, one digest: {digests:?}");
}

fn check_config(config: &Value) {
    let environment: Vec<&str> = config["config"]["Env"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| pair.as_str().unwrap())
        .collect();
    for expected in
        ["FUNCTION_TARGET=hello", "FUNCTION_SIGNATURE_TYPE=http", "PORT=8080", "PYTHONNOUSERSITE=1"]
    {
        assert!(environment.contains(&expected), "{expected} in {environment:?}");
    }
    assert_eq!(config["config"]["WorkingDir"], "/workspace");
    let entrypoint = config["config"]["Entrypoint"].as_array().unwrap();
    assert_eq!(entrypoint[0], "/layers/google.python.runtime/python/bin/python3");
    assert_eq!(*entrypoint.last().unwrap(), "functions_framework");
    assert_eq!(config["config"]["Labels"]["google.some-thing"], "x");
    let framework =
        config["config"]["Labels"]["google.functions-framework-version"].as_str().unwrap();
    assert_eq!(framework, r#"{"injected":false,"runtime":"python","version":"3.0.0"}"#);
    assert_eq!(
        config["rootfs"]["diff_ids"].as_array().unwrap().len(),
        config["history"].as_array().unwrap().len()
    );
}

#[tokio::test]
async fn mistakes_of_the_user_fail_the_build_with_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let broken: (&str, &str) = ("main.py", "def hello(request)\n    pass\n");
    let poetry: (&str, &str) = ("pyproject.toml", "[tool.poetry]\n");
    let refused: (&str, &str) =
        ("requirements.txt", "functions-framework\n!!! not a requirement\n");
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a str);
    let table: [Case<'_>; 9] = [
        (&[MAIN], &[], "required env var GOOGLE_FUNCTION_TARGET not found"),
        (
            &[("other.py", "")],
            &[TARGET],
            "missing main.py and GOOGLE_FUNCTION_SOURCE not specified",
        ),
        (
            &[MAIN],
            &[TARGET, ("GOOGLE_FUNCTION_SOURCE", "no.py")],
            r#"specified file "no.py" but it does not exist"#,
        ),
        (
            &[MAIN, poetry],
            &[TARGET],
            "you have not included the Functions Framework in your dependencies",
        ),
        (&[broken, OFFLINE], &[TARGET], "SyntaxError: expected ':'"),
        (&[MAIN, refused], &[TARGET], "Invalid requirement"),
        (
            &[MAIN],
            &[TARGET, ("GOOGLE_SKIP_FRAMEWORK_INJECTION", "True")],
            "Functions Framework must be set as a dependency",
        ),
        (
            &[MAIN, OFFLINE],
            &[TARGET, ("GOOGLE_PYTHON_PACKAGE_MANAGER", "conda")],
            "supports pip and uv",
        ),
        (&[("Gemfile", "")], &[TARGET], "found Gemfile (Ruby)"),
    ];
    for (index, (files, environment, expected)) in table.into_iter().enumerate() {
        let source = archive(dir.path(), &format!("{index}.zip"), files);
        let record = cloud.submit(&source, environment);
        let record = cloud.ended(&record.id).await;
        let end = record.end.unwrap();
        assert_eq!(end.status, Status::Failure, "{expected}: {}", end.detail);
        assert_eq!(end.failure.map(|failure| failure.kind), Some(FailureKind::UserBuildStep));
        let output: Value = serde_json::from_str(&end.output.unwrap()).unwrap();
        assert!(
            output["error"]["errorMessage"].as_str().unwrap().contains(expected),
            "{expected}: {output}"
        );
        assert_eq!(output["error"]["errorType"], "UNKNOWN");
        assert!(cloud.log_of(&record.id).contains(expected), "{expected}");
    }
}

#[tokio::test]
async fn incompatible_packages_fail_the_build() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let wheel = wheel("Requires-Dist: not-there>=1\n");
    let files = [MAIN, OFFLINE].map(|(name, content)| (name, content.as_bytes()));
    let source = dir.path().join("source.zip");
    let wheel: (&str, &[u8]) = ("wheels/functions_framework-3.0.0-py3-none-any.whl", &wheel);
    std::fs::write(&source, zip_of(&[files[0], files[1], wheel])).unwrap();
    // pip's resolver would reject the wheel at once; this setting still produces such an image.
    let record = cloud.submit(&source, &[TARGET, ("PIP_NO_DEPS", "1")]);
    let end = cloud.ended(&record.id).await.end.unwrap();
    assert_eq!(end.status, Status::Failure, "{}", end.detail);
    assert!(
        end.detail.contains("found incompatible dependencies") && end.detail.contains("not-there"),
        "{}",
        end.detail
    );
}

#[tokio::test]
async fn a_missing_source_or_one_that_is_not_an_archive_is_a_failed_fetch() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (open, gate) = std::sync::mpsc::channel();
    *cloud.store.gate.lock().unwrap() = Some(gate);
    let record = cloud.submit(&dir.path().join("nowhere.zip"), &[TARGET]);
    cloud.store.sources.lock().unwrap().clear();
    drop(open);
    let end = cloud.ended(&record.id).await.end.unwrap();
    assert_eq!(
        (end.status, end.failure.unwrap().kind),
        (Status::Failure, FailureKind::FetchSourceFailed)
    );
    let source = dir.path().join("text.zip");
    std::fs::write(&source, "no archive").unwrap();
    let record = cloud.submit(&source, &[TARGET]);
    let end = cloud.ended(&record.id).await.end.unwrap();
    assert_eq!(end.failure.unwrap().kind, FailureKind::FetchSourceFailed);
}

#[tokio::test]
async fn a_build_that_is_interrupted_by_a_restart_runs_again_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (open, gate) = std::sync::mpsc::channel();
    *cloud.store.gate.lock().unwrap() = Some(gate);
    let record = cloud.submit(&archive(dir.path(), "source.zip", &[MAIN, OFFLINE]), &[TARGET]);
    cloud.announced(&record.id, Status::Working).await;
    // A stop waits for the build's work on blocking threads, which waits for the gate.
    tokio::join!(cloud.restart(), async { drop(open) });
    let ended = cloud.ended(&record.id).await;
    assert_eq!(ended.status, Status::Success, "{}", cloud.log_of(&record.id));
    assert_eq!(ended.created_at, record.created_at);
}

#[tokio::test]
async fn a_cancelled_build_ends_at_once_and_makes_room() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (open, gate) = std::sync::mpsc::channel();
    *cloud.store.gate.lock().unwrap() = Some(gate);
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let stuck = cloud.submit(&source, &[TARGET]);
    cloud.announced(&stuck.id, Status::Working).await;
    let cancelled = cloud.service.cancel(&stuck.id).unwrap();
    assert_eq!(cancelled.status, Status::Cancelled);
    cloud.announced(&stuck.id, Status::Cancelled).await;
    let next = cloud.submit(&source, &[TARGET]);
    drop(open);
    assert_eq!(cloud.ended(&next.id).await.status, Status::Success);
    assert_eq!(cloud.service.get(&stuck.id).unwrap().status, Status::Cancelled);
}

#[tokio::test]
async fn the_directory_of_a_cancelled_build_stays_until_its_work_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let (open, gate) = std::sync::mpsc::channel();
    *cloud.store.gate.lock().unwrap() = Some(gate);
    let source = archive(dir.path(), "source.zip", &[MAIN, OFFLINE]);
    let stuck = cloud.submit(&source, &[TARGET]);
    cloud.announced(&stuck.id, Status::Working).await;
    while cloud.store.gate.lock().unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    cloud.service.cancel(&stuck.id).unwrap();
    // Enough for the build's task, which has nothing else to wait for.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let directories = || std::fs::read_dir(cloud.dir.join("work")).unwrap().count();
    assert_eq!(directories(), 1, "the source is still being unpacked into it");
    drop(open);
    cloud.service.stop().await;
    assert_eq!(directories(), 0);
}
