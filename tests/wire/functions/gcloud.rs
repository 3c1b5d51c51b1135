//! `gcloud functions`, unmodified. Skipped where gcloud is not installed.
//!
//! Before gcloud deploys, it asks Service Usage and Resource Manager about the project. The test
//! answers these questions itself.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_local_kit::listen::{self, Access};
use longshore_local_kit::rest::{self, Call, RestApi, RestError};
use serde_json::{Value, json};
use tokio::process::Command;

use super::PARENT;
use crate::clients::local_cloud;

/// A project in which every API is enabled.
struct Project;

#[async_trait]
impl RestApi for Project {
    async fn answer(&self, call: &Call) -> Option<Result<Value, RestError>> {
        Some(Ok(match call.segments()[..] {
            ["v1", "projects", project, "services", service] => {
                json!({"name": format!("projects/{project}/services/{service}"), "state": "ENABLED"})
            }
            ["v1", "projects", project] if call.verb.is_none() => {
                json!({"projectId": project, "projectNumber": "42", "lifecycleState": "ACTIVE"})
            }
            ["v1", "projects", _] => json!({"bindings": []}),
            _ => return None,
        }))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_deploys_describes_lists_and_deletes_a_function() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(&dir.path().join("cloud")).await;
    let project = listen::bind(0).await.unwrap();
    let project_url = format!("http://{}/", project.local_addr().unwrap());
    let router = rest::router(vec![Arc::new(Project)]);
    let serving = listen::serve(project, router, Access::to_apis(&[]), std::future::pending());
    let stub = tokio::spawn(serving);
    let functions = format!("http://{}/", cloud.endpoints().functions);
    let gcloud = Gcloud {
        environment: vec![
            ("CLOUDSDK_CONFIG", dir.path().join("gcloud").display().to_string()),
            ("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "true".to_owned()),
            ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1".to_owned()),
            ("CLOUDSDK_CORE_PROJECT", "local-project".to_owned()),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS", functions),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE", project_url.clone()),
            ("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER", project_url),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
            ("no_proxy", "127.0.0.1,localhost".to_owned()),
        ],
    };
    let source = source(&dir.path().join("source"));
    let account = "projects/local-project/serviceAccounts/42-compute@developer.gserviceaccount.com";
    let deploy = [
        "deploy",
        "over_gcloud",
        "--gen2",
        "--trigger-http",
        "--no-allow-unauthenticated",
        "--entry-point=hello",
        "--runtime=python313",
        "--cpu=1",
        "--memory=512Mi",
        "--source",
        &source,
        "--build-service-account",
        account,
    ];
    let deployed = match gcloud.run(&deploy).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: gcloud is not installed");
            cloud.stop().await;
            return;
        }
        deployed => deployed.unwrap(),
    };
    assert_eq!(deployed["state"], "ACTIVE", "{deployed:#}");
    assert_eq!(deployed["labels"], json!({"deployment-tool": "cli-gcloud"}));
    let described = gcloud.run(&["describe", "over_gcloud", "--gen2"]).await.unwrap();
    assert_eq!(described["name"], format!("{PARENT}/functions/over_gcloud"));
    let listed = gcloud.run(&["list", "--regions=europe-west1"]).await.unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed:#}");
    let again = [
        "deploy",
        "over_gcloud",
        "--gen2",
        "--source",
        &source,
        "--update-env-vars=GREETING=Hi",
        "--build-service-account",
        account,
    ];
    let updated = gcloud.run(&again).await.unwrap();
    assert_eq!(updated["serviceConfig"]["environmentVariables"]["GREETING"], "Hi");
    assert_ne!(updated["serviceConfig"]["revision"], deployed["serviceConfig"]["revision"]);
    gcloud.run(&["delete", "over_gcloud", "--gen2"]).await.unwrap();
    let listed = gcloud.run(&["list", "--regions=europe-west1"]).await.unwrap();
    assert_eq!(listed, json!([]));
    stub.abort();
    cloud.stop().await;
}

/// A folder with the example. gcloud demands a requirements file.
fn source(folder: &Path) -> String {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python-http/main.py");
    std::fs::create_dir(folder).unwrap();
    std::fs::copy(example, folder.join("main.py")).unwrap();
    std::fs::write(folder.join("requirements.txt"), "functions-framework\n").unwrap();
    folder.display().to_string()
}

struct Gcloud {
    environment: Vec<(&'static str, String)>,
}

impl Gcloud {
    /// The output of a command, as JSON.
    async fn run(&self, arguments: &[&str]) -> io::Result<Value> {
        let mut command = Command::new("gcloud");
        command.arg("functions").args(arguments).arg("--format=json");
        if !arguments.contains(&"--regions=europe-west1") {
            command.arg("--region=europe-west1");
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.kill_on_drop(true).output().await?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "gcloud functions {arguments:?}: {complaint}");
        Ok(serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }
}
