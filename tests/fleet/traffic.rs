//! Services whose traffic another tool has pinned, in the local cloud: no deployment says that it
//! serves while the requests go to another revision.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{Cloud, longshore, spec, uuid};
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DeploymentFinished, Outcome, PinnedTraffic, Serving, proto,
};
use serde_json::{Value, json};

const NAME: &str = "pinned";

/// Another tool: it uses the Admin API directly, as gcloud and Terraform do.
struct Tool<'a> {
    cloud: &'a Cloud,
    http: reqwest::Client,
}

impl<'a> Tool<'a> {
    fn new(cloud: &'a Cloud) -> Self {
        Self { cloud, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    fn url(&self, path: &str) -> String {
        let endpoint = &self.cloud.environment["LONGSHORE_RUN_ENDPOINT"];
        let (project, region) = (&self.cloud.settings.project, &self.cloud.settings.region);
        format!("{endpoint}/v2/projects/{project}/locations/{region}/{path}")
    }

    async fn service(&self) -> Value {
        let service = self.http.get(self.url(&format!("services/{NAME}"))).send().await.unwrap();
        service.json().await.unwrap()
    }

    /// Updates the fields of a mask, and waits for the operation.
    async fn patch(&self, mask: &str, body: &Value) {
        let operation = self.start_patch(mask, body).await;
        let name = operation["name"].as_str().unwrap().rsplit('/').next().unwrap();
        let wait = self.url(&format!("operations/{name}:wait"));
        let done = self.http.post(wait).json(&json!({ "timeout": "60s" })).send().await.unwrap();
        let done: Value = done.json().await.unwrap();
        assert!(done["done"] == true && done.get("error").is_none(), "{done}");
    }

    async fn start_patch(&self, mask: &str, body: &Value) -> Value {
        let patch = self.http.patch(self.url(&format!("services/{NAME}?updateMask={mask}")));
        let started = patch.json(body).send().await.unwrap();
        assert!(started.status().is_success(), "{:?}", started.text().await);
        started.json().await.unwrap()
    }

    async fn move_traffic(&self, targets: Value) {
        self.patch("traffic", &json!({ "traffic": targets })).await;
    }

    async fn delete_revision(&self, revision: &str) {
        let path = format!("services/{NAME}/revisions/{revision}");
        let deleted = self.http.delete(self.url(&path)).send().await.unwrap();
        assert!(deleted.status().is_success(), "{:?}", deleted.text().await);
    }
}

fn to(revision: &str, percent: i32) -> Value {
    let kind = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION";
    json!({ "type": kind, "revision": revision, "percent": percent })
}

fn latest(percent: i32, tag: &str) -> Value {
    json!({ "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": percent, "tag": tag })
}

/// A function that responds with its variable `ANSWER`, after a start that takes its variable
/// `START_S`.
fn function(folder: &Path) -> PathBuf {
    let directory = folder.join(uuid());
    std::fs::create_dir(&directory).unwrap();
    let main = "import os, time\n\nimport functions_framework\n\n\
        time.sleep(float(os.environ.get(\"START_S\", \"0\")))\n\n\n\
        @functions_framework.http\ndef hello(request):\n    return os.environ[\"ANSWER\"]\n";
    std::fs::write(directory.join("main.py"), main).unwrap();
    directory
}

/// The function with this answer.
fn answering(source: &proto::Source, answer: &str) -> proto::FunctionSpec {
    let mut spec = spec(NAME, source.clone());
    let service = spec.service.get_or_insert_default();
    service.environment.insert("ANSWER".to_owned(), answer.to_owned());
    spec
}

async fn deploy(cloud: &Cloud, spec: proto::FunctionSpec) -> DeploymentFinished {
    cloud.end_of(cloud.request(spec).await).await
}

fn deployed(cloud: &Cloud, finished: DeploymentFinished) -> Serving {
    match finished.outcome {
        Outcome::Deployed(serving) => serving,
        other => panic!("{other:?}\n{}", cloud.logs()),
    }
}

fn pinned(cloud: &Cloud, finished: DeploymentFinished) -> (Serving, PinnedTraffic) {
    match finished.outcome {
        Outcome::TrafficPinned { ready, traffic } => (ready, traffic),
        other => panic!("{other:?}\n{}", cloud.logs()),
    }
}

/// The output of a command in JSON.
fn output(cloud: &Cloud, arguments: &[&str]) -> Value {
    let mut command = longshore(&cloud.environment);
    let output = command.args(["--output", "json"]).args(arguments).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_a_split_and_a_tag_keep_their_traffic_and_no_deployment_serves_against_them() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let tool = Tool::new(&cloud);
    let source = cloud.stage(&function(cloud.folder())).await;
    let old = deployed(&cloud, deploy(&cloud, answering(&source, "old")).await);

    // A rollback.
    tool.move_traffic(json!([to(&old.revision, 100)])).await;
    let new = answering(&source, "new");
    let (ready, traffic) = pinned(&cloud, deploy(&cloud, new.clone()).await);
    assert_ne!(ready.revision, old.revision);
    assert_eq!((traffic.percent, traffic.distribution()), (0, format!("100% {}", old.revision)));
    assert!(traffic.command.contains(&format!("update-traffic {NAME} --to-latest")));
    assert_eq!(cloud.call(NAME), (true, "old".to_owned()));
    assert_eq!(output(&cloud, &["describe", NAME])["state"], "pinned");
    assert_eq!(output(&cloud, &["list"])[0]["state"], "pinned");
    let status = output(&cloud, &["status"]);
    assert_eq!(status[0]["state"], "traffic-pinned");

    // The same request again.
    let (again, _) = pinned(&cloud, deploy(&cloud, new.clone()).await);
    assert_eq!(again.revision, ready.revision);

    // A split.
    tool.move_traffic(json!([to(&old.revision, 60), to(&ready.revision, 40)])).await;
    let (_, traffic) = pinned(&cloud, deploy(&cloud, new.clone()).await);
    assert_eq!(traffic.percent, 40);

    // Only a tag.
    tool.move_traffic(json!([to(&old.revision, 100), latest(0, "next")])).await;
    let (newest, traffic) = pinned(&cloud, deploy(&cloud, answering(&source, "newest")).await);
    let tagged = traffic.targets.iter().find(|target| target.tag == "next").unwrap();
    assert_eq!((&tagged.revision, traffic.percent), (&newest.revision, 0));
    let answer = reqwest::Client::builder().no_proxy().build().unwrap().get(&tagged.url);
    assert_eq!(answer.send().await.unwrap().text().await.unwrap(), "newest");
    assert_eq!(cloud.call(NAME), (true, "old".to_owned()));

    // Traffic that follows the newest revision again.
    tool.move_traffic(json!([latest(100, "")])).await;
    let unchanged = deploy(&cloud, answering(&source, "newest")).await;
    assert!(matches!(unchanged.outcome, Outcome::Unchanged(_)), "{unchanged:?}");
    assert_eq!(cloud.call(NAME), (true, "newest".to_owned()));
    assert_eq!(output(&cloud, &["describe", NAME])["state"], "serving");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_another_tool_deleted_is_not_taken_for_a_serving_one() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let tool = Tool::new(&cloud);
    let source = cloud.stage(&function(cloud.folder())).await;
    let old = deployed(&cloud, deploy(&cloud, answering(&source, "old")).await);
    tool.move_traffic(json!([to(&old.revision, 100)])).await;
    let new = answering(&source, "new");
    let (ready, _) = pinned(&cloud, deploy(&cloud, new.clone()).await);
    // Cloud Run deletes only a revision that is not the newest one.
    let mut template = tool.service().await["template"].clone();
    template["containers"][0]["env"] = json!([{ "name": "ANSWER", "value": "foreign" }]);
    tool.patch("template", &json!({ "template": template })).await;
    tool.delete_revision(&ready.revision).await;

    let (again, traffic) = pinned(&cloud, deploy(&cloud, new).await);
    assert_ne!(again.revision, ready.revision);
    assert_eq!((traffic.percent, cloud.call(NAME)), (0, (true, "old".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_write_of_another_tool_is_not_deployed() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let tool = Tool::new(&cloud);
    let source = cloud.stage(&function(cloud.folder())).await;
    deployed(&cloud, deploy(&cloud, answering(&source, "old")).await);
    let mut slow = answering(&source, "new");
    let environment = &mut slow.service.get_or_insert_default().environment;
    environment.insert("START_S".to_owned(), "5".to_owned());
    let id = cloud.request(slow).await;
    let service = loop {
        let service = tool.service().await;
        if service["annotations"][DEPLOYMENT_ANNOTATION] == id.to_string() {
            break service;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let mut template = service["template"].clone();
    template["containers"][0]["env"] = json!([{ "name": "ANSWER", "value": "foreign" }]);
    tool.start_patch("template", &json!({ "template": template })).await;

    let finished = cloud.end_of(id).await;
    let Outcome::Failed(failure) = finished.outcome else { panic!("{finished:?}") };
    assert_eq!(failure.code, "service-overwritten", "{failure:?}");
    assert_eq!(cloud.call(NAME), (true, "foreign".to_owned()));
}
