//! Node.js functions, built from a registry with two packages: a stand-in for the framework, and a
//! development tool.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;

use axum::Router;
use axum::routing::get;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::fakes::Cloud;
use super::sources::zip_of;
use crate::core::{FailureKind, Status};

const TARGET: (&str, &str) = ("GOOGLE_FUNCTION_TARGET", "hello");
pub(super) const FRAMEWORK: &str = "@google-cloud/functions-framework";
const INDEX: (&str, &str) =
    ("index.js", "exports.hello = (request, response) => response.send('PASS');\n");

/// The reason why this machine cannot run these tests, if any.
pub(super) fn missing() -> Option<String> {
    let version = |program: &str| std::process::Command::new(program).arg("--version").output();
    ["node", "npm"].into_iter().find_map(|program| {
        Some(format!("{program} cannot be started: {}", version(program).err()?))
    })
}

/// Serves both packages and returns the URL of the registry.
async fn registry() -> String {
    let framework =
        tarball(FRAMEWORK, json!({"functions-framework": "build/main.js"}), "build/main.js", "");
    let tool = "require('fs').mkdirSync('dist'); require('fs').copyFileSync('source.js', 'dist/index.js');";
    let tool = tarball(
        "tool",
        json!({"tool": "tool.js"}),
        "tool.js",
        &format!("#!/usr/bin/env node\n{tool}\n"),
    );
    let files = Router::new()
        .route("/framework.tgz", get(move || async move { framework }))
        .route("/tool.tgz", get(move || async move { tool }));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, files).await });
    format!("http://{address}")
}

pub(super) fn tarball(name: &str, bin: Value, program: &str, content: &str) -> Vec<u8> {
    let manifest = json!({"name": name, "version": "3.0.0", "bin": bin}).to_string();
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, content) in [("package.json", manifest.as_str()), (program, content)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, format!("package/{path}"), content.as_bytes()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// Manifest and lock file of a function that the tool builds.
fn locked(registry: &str) -> [(&'static str, String); 2] {
    let (dependencies, dev) = (json!({FRAMEWORK: "3.0.0"}), json!({"tool": "3.0.0"}));
    let scripts = json!({"build": "tool"});
    let manifest = json!({"main": "dist/index.js", "scripts": scripts, "dependencies": dependencies, "devDependencies": dev});
    let framework = json!({"version": "3.0.0", "resolved": format!("{registry}/framework.tgz")});
    let tool = json!({"version": "3.0.0", "resolved": format!("{registry}/tool.tgz"), "dev": true, "bin": {"tool": "tool.js"}});
    let packages = json!({
        "": {"dependencies": dependencies, "devDependencies": dev},
        format!("node_modules/{FRAMEWORK}"): framework,
        "node_modules/tool": tool,
    });
    let lock = json!({"lockfileVersion": 3, "requires": true, "packages": packages});
    [("package.json", manifest.to_string()), ("package-lock.json", lock.to_string())]
}

/// Builds a source and waits for the end.
async fn build(
    cloud: &mut Cloud,
    archive: &Path,
    files: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> (Status, String, Value) {
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (*name, content.as_bytes())).collect();
    std::fs::write(archive, zip_of(&files)).unwrap();
    let record = cloud.submit(archive, environment);
    let record = cloud.ended(&record.id).await;
    let end = record.end.unwrap();
    if end.status == Status::Failure {
        assert_eq!(
            end.failure.map(|failure| failure.kind),
            Some(FailureKind::UserBuildStep),
            "{}",
            end.detail
        );
    }
    let manifest = cloud
        .registry
        .lock()
        .unwrap()
        .get("/v2/demo/repo/hello/manifests/v1")
        .cloned()
        .unwrap_or_default();
    (end.status, cloud.log_of(&record.id), serde_json::from_slice(&manifest).unwrap_or_default())
}

/// Digest and file names of the layer with this creator.
fn layer(cloud: &Cloud, manifest: &Value, created_by: &str) -> (String, BTreeSet<String>) {
    let config: Value =
        serde_json::from_slice(&cloud.blob(manifest["config"]["digest"].as_str().unwrap()))
            .unwrap();
    let history = config["history"].as_array().unwrap();
    let index = history.iter().position(|step| step["created_by"] == created_by).unwrap();
    let digest = manifest["layers"][index]["digest"].as_str().unwrap().to_owned();
    let blob = cloud.blob(&digest);
    let mut archive = tar::Archive::new(GzDecoder::new(&blob[..]));
    let names = archive
        .entries()
        .unwrap()
        .map(|entry| entry.unwrap().path().unwrap().display().to_string())
        .collect();
    (digest, names)
}

#[tokio::test]
async fn packages_are_installed_once_and_scripts_run_each_time() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let registry = registry().await;
    let [(manifest_name, manifest), (lock_name, lock)] = locked(&registry);
    let npm_cache = dir.path().join("npm").display().to_string();
    let environment = [
        TARGET,
        ("npm_config_cache", &npm_cache),
        ("NO_PROXY", "127.0.0.1"),
        ("no_proxy", "127.0.0.1"),
    ];
    let mut packages = BTreeSet::new();
    for (source, commands) in [
        ("// one\n", &["npm ci", "npm run build", "npm prune"][..]),
        ("// two\n", &["npm run build"]),
    ] {
        let files = [(manifest_name, manifest.as_str()), (lock_name, &lock), ("source.js", source)];
        let (status, log, image) =
            build(&mut cloud, &dir.path().join("source.zip"), &files, &environment).await;
        assert_eq!(status, Status::Success, "{log}");
        for command in ["npm ci", "npm run build", "npm prune"] {
            assert_eq!(
                log.contains(&format!("--> {command}")),
                commands.contains(&command),
                "{command}: {log}"
            );
        }
        let (digest, names) = layer(&cloud, &image, "google.nodejs: dependencies");
        assert!(
            names.contains(&format!("workspace/node_modules/{FRAMEWORK}/build/main.js")),
            "{names:?}"
        );
        assert!(!names.iter().any(|name| name.contains("tool")), "{names:?}");
        packages.insert(digest);
        let (_, names) = layer(&cloud, &image, "Application Layer");
        assert!(
            names.contains("workspace/dist/index.js")
                && !names.iter().any(|name| name.contains("node_modules")),
            "{names:?}"
        );
        check_config(&cloud, &image);
    }
    assert_eq!(packages.len(), 1, "the layer of the packages depends on the source");
}

#[tokio::test]
async fn functions_share_packages_only_if_source_and_variables_are_the_same() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let registry = registry().await;
    let [(manifest_name, manifest), (lock_name, lock)] = locked(&registry);
    let npm_cache = dir.path().join("npm").display().to_string();
    let archive = |source: &str| {
        let files = [(manifest_name, manifest.as_str()), (lock_name, &lock), ("source.js", source)];
        let path = dir.path().join(format!("{}.zip", source.len()));
        let files = files.map(|(name, content)| (name, content.as_bytes()));
        std::fs::write(&path, zip_of(&files)).unwrap();
        path
    };
    let (source, another_source) = (archive("// one\n"), archive("// another\n"));
    for (function, source, target, variable, installs) in [
        ("one", &source, "one", "", true),
        ("two", &source, "two", "", false),
        ("three", &another_source, "one", "", true),
        ("four", &source, "one", "secret", true),
        // It is the function's own now.
        ("two", &another_source, "two", "", false),
    ] {
        let environment = [
            ("GOOGLE_FUNCTION_TARGET", target),
            ("TOKEN", variable),
            ("npm_config_cache", &npm_cache),
            ("NO_PROXY", "127.0.0.1"),
            ("no_proxy", "127.0.0.1"),
        ];
        let record = cloud.submit_as(function, source, &environment, &[]);
        let ended = cloud.ended(&record.id).await;
        let log = cloud.log_of(&record.id);
        assert_eq!(ended.status, Status::Success, "{function}: {log}");
        assert_eq!(log.contains("--> npm ci"), installs, "{function}: {log}");
    }
}

#[tokio::test]
async fn bun_installs_packages_once_and_runs_scripts_each_time() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    if let Err(error) = std::process::Command::new("bun").arg("--version").output() {
        println!("skipped: bun cannot be started: {error}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let registry = registry().await;
    let manifest = json!({
        "main": "dist/index.js",
        "scripts": {"build": "tool"},
        "dependencies": {FRAMEWORK: format!("{registry}/framework.tgz")},
        "devDependencies": {"tool": format!("{registry}/tool.tgz")},
    });
    let manifest = manifest.to_string();
    let environment = [
        TARGET,
        ("GOOGLE_PACKAGE_MANAGER", "bun"),
        ("NO_PROXY", "127.0.0.1"),
        ("no_proxy", "127.0.0.1"),
    ];
    let mut packages = BTreeSet::new();
    for (source, is_first) in [("// one\n", true), ("// two\n", false)] {
        let files = [("package.json", manifest.as_str()), ("source.js", source)];
        let (status, log, image) =
            build(&mut cloud, &dir.path().join("source.zip"), &files, &environment).await;
        assert_eq!(status, Status::Success, "{log}");
        assert_eq!(log.contains("--> bun install"), is_first, "{log}");
        assert!(log.contains("--> bun run build"), "{log}");
        let (digest, names) = layer(&cloud, &image, "google.nodejs: dependencies");
        let program = format!("workspace/node_modules/{FRAMEWORK}/build/main.js");
        assert!(names.contains(&program), "{names:?}");
        packages.insert(digest);
        let (_, names) = layer(&cloud, &image, "Application Layer");
        assert!(names.contains("workspace/dist/index.js"), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("bun.lock")), "{names:?}");
    }
    assert_eq!(packages.len(), 1, "the layer of the packages depends on the source");
}

fn check_config(cloud: &Cloud, image: &Value) {
    let config: Value =
        serde_json::from_slice(&cloud.blob(image["config"]["digest"].as_str().unwrap())).unwrap();
    let config = &config["config"];
    let environment: Vec<&str> =
        config["Env"].as_array().unwrap().iter().map(|pair| pair.as_str().unwrap()).collect();
    for expected in ["FUNCTION_TARGET=hello", "NODE_ENV=production", "PORT=8080"] {
        assert!(environment.contains(&expected), "{expected} in {environment:?}");
    }
    assert!(
        environment.iter().any(|pair| pair.starts_with("PATH=/workspace/node_modules/.bin:")),
        "{environment:?}"
    );
    assert!(
        !environment
            .iter()
            .any(|pair| pair.contains("npm_config") || pair.starts_with("NODE_PATH")),
        "{environment:?}"
    );
    let program = format!("/workspace/node_modules/{FRAMEWORK}/build/main.js");
    assert_eq!(
        config["Entrypoint"],
        json!(["node", "--require", "/layers/longshore.nodejs/loopback/loopback.cjs", program])
    );
    let framework = config["Labels"]["google.functions-framework-version"].as_str().unwrap();
    assert_eq!(framework, r#"{"injected":false,"runtime":"nodejs","version":"3.0.0"}"#);
}

#[tokio::test]
async fn packages_in_the_source_are_used_on_request_and_removed_otherwise() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let manifest = json!({"dependencies": {FRAMEWORK: "3.0.0"}}).to_string();
    let package = json!({"name": FRAMEWORK, "version": "3.0.0", "bin": {"functions-framework": "build/main.js"}}).to_string();
    let (home, program) = (
        format!("node_modules/{FRAMEWORK}/package.json"),
        format!("node_modules/{FRAMEWORK}/build/main.js"),
    );
    let files = [INDEX, ("package.json", &manifest), (&home, &package), (&program, "")];
    let vendored = [TARGET, ("GOOGLE_VENDOR_NPM_DEPENDENCIES", "true")];
    let (status, log, image) =
        build(&mut cloud, &dir.path().join("vendored.zip"), &files, &vendored).await;
    assert_eq!(status, Status::Success, "{log}");
    assert!(log.contains("--> npm rebuild"), "{log}");
    let (_, names) = layer(&cloud, &image, "Application Layer");
    assert!(names.contains(&format!("workspace/{program}")), "{names:?}");

    // A registry that does not answer.
    let alone = [
        TARGET,
        ("npm_config_registry", "http://127.0.0.1:9"),
        ("npm_config_fetch_retries", "0"),
        ("no_proxy", "127.0.0.1"),
    ];
    let (status, log, _) = build(&mut cloud, &dir.path().join("removed.zip"), &files, &alone).await;
    assert_eq!(status, Status::Failure, "{log}");
    assert!(
        log.contains("failed to install the dependencies (exit status: 1): npm error"),
        "{log}"
    );
}

#[tokio::test]
async fn mistakes_in_a_node_js_function_fail_the_build_with_the_reason() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let broken = ("index.js", "exports.hello = (request response) => 1;\n");
    let module = ("package.json", r#"{"type": "module"}"#);
    let script =
        ("package.json", r#"{"scripts": {"build": "echo src/a.ts: no such type && exit 2"}}"#);
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [(&'a str, &'a str)], &'a str);
    let table: [Case<'_>; 10] = [
        (&[INDEX], &[], "required env var GOOGLE_FUNCTION_TARGET not found"),
        (&[broken], &[TARGET], "SyntaxError: "),
        (&[broken, module], &[TARGET], "/workspace/index.js:1"),
        (&[("app.js", "")], &[TARGET], "function.js does not exist"),
        (&[INDEX, ("package.json", r#"{"main": "app.js"}"#)], &[TARGET], "app.js does not exist"),
        (&[INDEX, ("package.json", "{")], &[TARGET], "unmarshalling package.json: "),
        (
            &[INDEX],
            &[TARGET, ("GOOGLE_FUNCTION_SOURCE", "x")],
            "GOOGLE_FUNCTION_SOURCE is not currently supported for Node.js",
        ),
        (
            &[INDEX],
            &[TARGET, ("GOOGLE_SKIP_FRAMEWORK_INJECTION", "True")],
            "Functions Framework must be set as a dependency",
        ),
        (&[INDEX], &[TARGET, ("GOOGLE_CONTAINER_MEMORY_HINT_MB", "32")], "must be greater than 64"),
        (&[INDEX, script], &[TARGET], "src/a.ts: no such type"),
    ];
    for (index, (files, environment, expected)) in table.into_iter().enumerate() {
        let (status, log, _) =
            build(&mut cloud, &dir.path().join(format!("{index}.zip")), files, environment).await;
        assert_eq!(status, Status::Failure, "{expected}: {log}");
        assert!(log.contains(expected), "{expected}: {log}");
    }
}
