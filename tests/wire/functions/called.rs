//! Private functions, called by Cloud Scheduler and Cloud Tasks as a service account.

use std::net::SocketAddr;
use std::time::Duration;

use longshore_local_cloud::Endpoints;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Caller, OPERATION_LIMIT, PARENT, archive, function};
use crate::clients::local_cloud;

const ACCOUNT: &str = "caller@local-project.iam.gserviceaccount.com";
/// Answers only the request that it expects, so that its answer shows what it received.
const SOURCE: &str = "
def hello(request):
    is_own = request.headers.get('user-agent') in ('Google-Cloud-Scheduler', 'Google-Cloud-Tasks')
    return ('', 204) if is_own and request.get_data() == b'hello' else ('unexpected', 400)
";

impl Caller {
    async fn post(&self, address: SocketAddr, path: &str, body: Value) -> Value {
        let request = self.client.post(format!("http://{address}/{path}")).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let value: Value = response.json().await.unwrap();
        assert_eq!(status, 200, "{path}: {value}");
        value
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_tasks_call_a_private_function_as_its_invoker() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let caller = Caller::of(&cloud);
    let Endpoints { scheduler, tasks, run, .. } = cloud.endpoints();
    let source = archive([("main.py".to_owned(), SOURCE.as_bytes().to_vec())]);
    let source = caller.upload(source).await;
    let ended = caller.ended(caller.create("hello", function(&source)).await).await;
    assert!(ended.get("error").is_none(), "{ended:#}");
    let url = ended["response"]["url"].as_str().unwrap();
    let service = ended["response"]["serviceConfig"]["service"].as_str().unwrap();
    let member = format!("serviceAccount:{ACCOUNT}");
    let policy = json!({"policy": {"bindings": [
        {"role": "roles/run.invoker", "members": [member]},
    ]}});
    caller.post(run, &format!("v2/{service}:setIamPolicy"), policy).await;
    let invoker = json!({"serviceAccountEmail": ACCOUNT});
    let stranger = json!({"serviceAccountEmail": "stranger@local-project.iam.gserviceaccount.com"});

    for (id, token, expected) in [
        ("invoker", Some(&invoker), json!({})),
        ("stranger", Some(&stranger), json!({"code": 7, "message": "HTTP status code 403"})),
        ("nobody", None, json!({"code": 7, "message": "HTTP status code 403"})),
    ] {
        let mut target = json!({"uri": url, "body": "aGVsbG8="});
        if let Some(token) = token {
            target["oidcToken"] = token.clone();
        }
        let name = format!("{PARENT}/jobs/{id}");
        let job = json!({"name": name, "schedule": "0 0 1 1 *", "httpTarget": target});
        caller.post(scheduler, &format!("v1/{PARENT}/jobs"), job).await;
        // A grant takes a moment to become effective, as on Google.
        let called = async {
            loop {
                caller.post(scheduler, &format!("v1/{name}:run"), json!({})).await;
                let job = loop {
                    let url = format!("http://{scheduler}/v1/{name}");
                    let job: Value =
                        caller.client.get(url).send().await.unwrap().json().await.unwrap();
                    if job.get("status").is_some() {
                        break job;
                    }
                    tokio::time::sleep(Duration::from_millis(20)).await;
                };
                if job["status"] == expected {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(OPERATION_LIMIT, called).await.unwrap();
    }

    let queue = format!("{PARENT}/queues/work");
    let queues = format!("v2/{PARENT}/queues");
    caller.post(tasks, &queues, json!({"name": queue})).await;
    for (id, token) in [("invoker", &invoker), ("stranger", &stranger)] {
        let request = json!({"url": url, "body": "aGVsbG8=", "oidcToken": token});
        let task = json!({"name": format!("{queue}/tasks/{id}"), "httpRequest": request});
        let path = format!("v2/{queue}/tasks");
        caller.post(tasks, &path, json!({"task": task})).await;
    }
    let read = async |id: &str| -> (StatusCode, Value) {
        let url = format!("http://{tasks}/v2/{queue}/tasks/{id}");
        let response = caller.client.get(url).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    };
    let delivered = async {
        while read("invoker").await.0 != 404 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        loop {
            let (_, refused) = read("stranger").await;
            let status = &refused["lastAttempt"]["responseStatus"];
            if !status.is_null() {
                assert_eq!(status["message"], "HTTP status code 403");
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(OPERATION_LIMIT, delivered).await.unwrap();
    cloud.stop().await;
}
