//! Packages of private registries, which answer only to those who have credentials.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use serde_json::{Value, json};

use super::fakes::Cloud;
use super::nodejs::{FRAMEWORK, missing, tarball};
use super::python::files_of;
use super::sources::{MAIN, wheel, zip_of};
use crate::core::Status;

const TARGET: (&str, &str) = ("GOOGLE_FUNCTION_TARGET", "hello");
const WITH_PIP: (&str, &str) = ("GOOGLE_PYTHON_PACKAGE_MANAGER", "pip");
const DIRECT: [(&str, &str); 2] = [("NO_PROXY", "127.0.0.1"), ("no_proxy", "127.0.0.1")];

const TOKEN: &str = "npm_Zq81-this-is-the-token";
const PASSWORD: &str = "Zq81/this:is the@password";
const ENCODED: &str = "Zq81%2Fthis%3Ais%20the%40password";

/// A registry with these documents, for requests with this header.
#[derive(Clone)]
struct Registry {
    authorization: String,
    documents: BTreeMap<String, Vec<u8>>,
}

impl Registry {
    async fn listening(documents: impl FnOnce(&str) -> Self) -> String {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let router = Router::new().fallback(answer).with_state(documents(&host));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        host
    }
}

async fn answer(State(registry): State<Registry>, request: Request) -> Response {
    let is_known = request
        .headers()
        .get(header::AUTHORIZATION)
        .is_some_and(|value| value.as_bytes() == registry.authorization.as_bytes());
    if !is_known {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"packages\"")];
        return (StatusCode::UNAUTHORIZED, challenge, "who are you?").into_response();
    }
    match registry.documents.get(request.uri().path()) {
        Some(document) if request.uri().path().ends_with('/') => {
            ([(header::CONTENT_TYPE, "text/html")], document.clone()).into_response()
        }
        Some(document) => document.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// An index of Python packages with the framework, for `ada` and her password.
async fn python_index() -> String {
    Registry::listening(|_| {
        let name = "functions_framework-3.0.0-py3-none-any.whl";
        let page =
            format!("<!DOCTYPE html><html><body><a href=\"/{name}\">{name}</a></body></html>");
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("ada:{PASSWORD}"));
        let documents = [
            ("/simple/functions-framework/".to_owned(), page.into_bytes()),
            (format!("/{name}"), wheel("")),
        ];
        Registry { authorization: format!("Basic {basic}"), documents: documents.into() }
    })
    .await
}

/// A registry of npm with the framework, for those who have the token.
async fn npm_registry() -> String {
    Registry::listening(|host| {
        let program = json!({"functions-framework": "build/main.js"});
        let package = tarball(FRAMEWORK, program.clone(), "build/main.js", "");
        let version = json!({
            "name": FRAMEWORK,
            "version": "3.0.0",
            "bin": program,
            "dist": {"tarball": format!("http://{host}/framework.tgz")},
        });
        let document = json!({
            "name": FRAMEWORK,
            "dist-tags": {"latest": "3.0.0"},
            "versions": {"3.0.0": version},
        });
        let documents = [
            ("/@google-cloud%2ffunctions-framework".to_owned(), document.to_string().into_bytes()),
            ("/framework.tgz".to_owned(), package),
        ];
        Registry { authorization: format!("Bearer {TOKEN}"), documents: documents.into() }
    })
    .await
}

/// Builds these files, and asserts that no output has a credential. Returns whether it succeeded, the
/// log and the files of the image.
async fn build(
    files: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> (bool, String, BTreeMap<String, Vec<u8>>) {
    build_with(files, environment, &[]).await
}

/// The same, with the values of secrets for these variables.
async fn build_with(
    files: &[(&str, &str)],
    environment: &[(&str, &str)],
    secrets: &[(&str, &str)],
) -> (bool, String, BTreeMap<String, Vec<u8>>) {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let source = dir.path().join("source.zip");
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (*name, content.as_bytes())).collect();
    std::fs::write(&source, zip_of(&files)).unwrap();
    let cache = dir.path().join("npm").display().to_string();
    let own = [TARGET, ("npm_config_cache", &cache), ("PIP_NO_CACHE_DIR", "1")];
    let environment = [&own[..], &DIRECT, environment].concat();
    let versions: Vec<(&str, String)> = secrets
        .iter()
        .map(|(name, _)| (*name, format!("projects/demo/secrets/{name}/versions/1")))
        .collect();
    for ((_, version), (_, value)) in versions.iter().zip(secrets) {
        cloud.secrets.0.lock().unwrap().insert(version.clone(), (*value).to_owned());
    }
    let versions: Vec<(&str, &str)> =
        versions.iter().map(|(name, version)| (*name, version.as_str())).collect();
    let record = cloud.submit_with(&source, &environment, &versions);
    let record = cloud.ended(&record.id).await;
    let log = cloud.log_of(&record.id);
    let resource = crate::resource::build_json(cloud.service.names(), &record).unwrap();
    let is_built = record.status == Status::Success;
    let image = if is_built { files_of(&cloud) } else { BTreeMap::new() };
    let config = if is_built { config_of(&cloud) } else { Value::Null };
    for secret in [TOKEN, PASSWORD, ENCODED] {
        for (what, text) in [
            ("the log", log.clone()),
            ("the build", resource.to_string()),
            ("the configuration of the image", config.to_string()),
        ] {
            assert!(!text.contains(secret), "{what} has a credential: {text}");
        }
        for (path, content) in &image {
            let is_of_source = path.starts_with("workspace/") && !path.contains("node_modules");
            let text = String::from_utf8_lossy(content);
            assert!(is_of_source || !text.contains(secret), "{path} has a credential: {text}");
        }
    }
    cloud.service.stop().await;
    (is_built, log, image)
}

fn config_of(cloud: &Cloud) -> Value {
    let manifest: Value =
        serde_json::from_slice(&cloud.registry.lock().unwrap()["/v2/demo/repo/hello/manifests/v1"])
            .unwrap();
    serde_json::from_slice(&cloud.blob(manifest["config"]["digest"].as_str().unwrap())).unwrap()
}

const INSTALLED: &str = "layers/google.python.pip/pip/functions_framework/__init__.py";

#[tokio::test]
async fn python_packages_come_from_a_private_index_that_variables_or_the_source_name() {
    let host = python_index().await;
    let url = format!("http://ada:{ENCODED}@{host}/simple");
    let plain = ("requirements.txt", "functions-framework\n");
    let named = format!("--index-url {url}\nfunctions-framework\n");
    let index = ("PIP_INDEX_URL", url.as_str());
    for (requirements, environment, is_warned) in [
        (plain, vec![WITH_PIP, index], false),
        (("requirements.txt", named.as_str()), vec![WITH_PIP], true),
    ] {
        let (is_built, log, image) = build(&[MAIN, requirements], &environment).await;
        assert!(is_built && image.contains_key(INSTALLED), "{log}");
        let warning = "requirements.txt has a credential";
        assert_eq!(log.contains(warning), is_warned, "{log}");
    }
}

#[tokio::test]
async fn a_private_index_refuses_a_wrong_password_which_is_not_shown() {
    let host = python_index().await;
    let url = format!("http://ada:{ENCODED}x@{host}/simple");
    let environment = [WITH_PIP, ("PIP_INDEX_URL", url.as_str())];
    let (is_built, log, _) =
        build(&[MAIN, ("requirements.txt", "functions-framework\n")], &environment).await;
    assert!(!is_built && log.contains("functions-framework"), "{log}");
}

const INDEX: (&str, &str) = ("index.js", "exports.hello = (request, response) => {};\n");

#[tokio::test]
async fn node_packages_come_from_a_private_registry_that_the_source_names() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let host = npm_registry().await;
    let manifest = json!({"dependencies": {FRAMEWORK: "3.0.0"}}).to_string();
    let manifest = ("package.json", manifest.as_str());
    let scope = format!("@google-cloud:registry=http://{host}/\n");
    let with = |token: &str| format!("{scope}//{host}/:_authToken={token}\n");
    let (reference, own) = (with("${NPM_TOKEN}"), with(TOKEN));
    for (npmrc, environment, is_built, shown) in [
        (reference.as_str(), vec![("NPM_TOKEN", TOKEN)], true, None),
        (own.as_str(), vec![], true, Some(".npmrc has a credential")),
        (scope.as_str(), vec![], false, Some("E401")),
    ] {
        let files = [INDEX, manifest, (".npmrc", npmrc)];
        let (has_succeeded, log, image) = build(&files, &environment).await;
        assert_eq!(has_succeeded, is_built, "{log}");
        let program = format!("workspace/node_modules/{FRAMEWORK}/build/main.js");
        assert_eq!(image.contains_key(&program), is_built, "{:?}", image.keys());
        assert!(shown.is_none_or(|shown| log.contains(shown)), "{log}");
        assert_eq!(log.contains("has a credential"), npmrc == own, "{log}");
    }
}

/// The host of a repository is part of the path here, because tests do not have Google's hosts.
#[tokio::test]
async fn helpers_of_artifact_registry_are_refused_by_name() {
    let host = python_index().await;
    let url = format!("http://{host}/europe-west1-python.pkg.dev/demo/repo/simple");
    let files = [
        MAIN,
        ("requirements.txt", "keyrings.google-artifactregistry-auth\nfunctions-framework\n"),
    ];
    let settings = [WITH_PIP, ("PIP_INDEX_URL", url.as_str()), ("PIP_KEYRING_PROVIDER", "import")];
    let (is_built, log, _) = build(&files, &settings).await;
    let refused = "has no credentials of Google Cloud for this repository, also with";
    let helper = format!("{refused} keyrings.google-artifactregistry-auth");
    assert!(!is_built && log.contains(&helper), "{log}");

    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let host = npm_registry().await;
    let scope =
        format!("@google-cloud:registry=http://{host}/europe-west1-npm.pkg.dev/demo/repo/\n");
    let manifest = json!({
        "scripts": {"artifactregistry-login": "npx google-artifactregistry-auth"},
        "dependencies": {FRAMEWORK: "3.0.0"},
    });
    let manifest = manifest.to_string();
    let files = [INDEX, ("package.json", manifest.as_str()), (".npmrc", scope.as_str())];
    let (is_built, log, _) = build(&files, &[]).await;
    let helper = format!("{refused} google-artifactregistry-auth");
    assert!(!is_built && log.contains(&helper), "{log}");
}

#[tokio::test]
async fn a_token_that_a_helper_prints_is_masked_by_its_form() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    // In two parts, so that the source does not have what is looked for.
    let print = "console.log('logged in with ya29.' + 'a0Af_byC-'.repeat(9)); process.exit(1);\n";
    let manifest = json!({"scripts": {"gcp-build": "node print.js"}}).to_string();
    let files = [INDEX, ("print.js", print), ("package.json", manifest.as_str())];
    let (is_built, log, _) = build(&files, &[]).await;
    assert!(!is_built && log.contains("logged in with ****"), "{log}");
    assert!(!log.contains("a0Af_byC-a0Af"), "{log}");
}

#[tokio::test]
async fn a_script_that_prints_its_credentials_does_not_reveal_them() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let host = npm_registry().await;
    let print = "console.log('token', process.env.NPM_TOKEN); process.exit(1);\n";
    let manifest = json!({
        "scripts": {"gcp-build": "node print.js"},
        "dependencies": {FRAMEWORK: "3.0.0"},
    });
    let npmrc =
        format!("@google-cloud:registry=http://{host}/\n//{host}/:_authToken=${{NPM_TOKEN}}\n");
    let manifest = manifest.to_string();
    let files =
        [INDEX, ("print.js", print), ("package.json", manifest.as_str()), (".npmrc", &npmrc)];
    let (is_built, log, _) = build(&files, &[("NPM_TOKEN", TOKEN)]).await;
    assert!(!is_built && log.contains("token ****"), "{log}");
}

#[tokio::test]
async fn secrets_of_a_build_are_variables_that_nobody_sees() {
    let host = python_index().await;
    let url = format!("http://ada:{ENCODED}@{host}/simple");
    let files = [MAIN, ("requirements.txt", "functions-framework\n")];
    let secrets = [("PIP_INDEX_URL", url.as_str())];
    let (is_built, log, image) = build_with(&files, &[WITH_PIP], &secrets).await;
    assert!(is_built && image.contains_key(INSTALLED), "{log}");
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    // Nothing in its name or its value says that it is a secret.
    let print = "console.log('it is', process.env.PLAIN); process.exit(1);\n";
    let manifest = json!({"scripts": {"gcp-build": "node print.js"}}).to_string();
    let files = [INDEX, ("print.js", print), ("package.json", manifest.as_str())];
    let (is_built, log, _) = build_with(&files, &[], &[("PLAIN", PASSWORD)]).await;
    assert!(!is_built, "{log}");
}

#[tokio::test]
async fn a_build_whose_secret_cannot_be_read_fails_and_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let source = super::sources::archive(dir.path(), "source.zip", &[MAIN]);
    let version = "projects/demo/secrets/gone/versions/latest";
    let record = cloud.submit_with(&source, &[TARGET], &[("PIP_INDEX_URL", version)]);
    let record = cloud.ended(&record.id).await;
    assert_eq!(record.status, Status::Failure);
    let log = cloud.log_of(&record.id);
    assert!(
        log.contains(&format!("failed to access secret version for secret {version}")),
        "{log}"
    );
    cloud.service.stop().await;
}
