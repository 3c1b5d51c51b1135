use google_cloud_logging_v2::model::ListLogEntriesResponse;

use super::*;
use crate::{Admits, Deps, LogSource, Offer};
use longshore_local_kit::projects::LocalProject;

/// An instance that has printed one line.
struct Instance;

impl LogSource for Instance {
    fn read(
        &self,
        project: &str,
        _: Admits<'_>,
        each: &mut dyn FnMut(Value),
    ) -> std::io::Result<()> {
        each(json!({
            "logName": format!("projects/{project}/logs/run.googleapis.com%2Fstdout"),
            "timestamp": "2026-01-01T00:00:00Z",
            "insertId": "1",
            "severity": "DEFAULT",
            "textPayload": "printed",
        }));
        Ok(())
    }

    fn follow(&self, _: Offer) {}
}

struct Bench {
    api: Arc<dyn RestApi>,
    _dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let deps = Deps {
            projects: LocalProject { id: "p".to_owned(), number: 42 },
            sources: vec![Arc::new(Instance)],
        };
        Self { api: api(Service::open(dir.path(), deps).unwrap()), _dir: dir }
    }

    async fn ask(&self, method: &str, path: &[&str], body: Value) -> Result<Value, RestError> {
        let (path, query) = match path {
            [path @ .., last] if last.starts_with('?') => (path, last[1..].split_once('=')),
            path => (path, None),
        };
        let (last, first) = path.split_last().unwrap();
        let (last, verb) = last
            .split_once(':')
            .map_or((*last, None), |(last, verb)| (last, Some(verb.to_owned())));
        let path = ["v2"].iter().chain(first).chain([&last]).map(|part| (*part).to_owned());
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let call = Call {
            method: method.parse().unwrap(),
            path: path.collect(),
            verb,
            query: query.into_iter().collect(),
            body: body.to_string().into(),
        };
        self.api.answer(&call).await.unwrap()
    }

    async fn write(&self, body: Value) -> Result<Value, RestError> {
        self.ask("POST", &["entries:write"], body).await
    }

    async fn list(&self, body: Value) -> ListLogEntriesResponse {
        let listed = self.ask("POST", &["entries:list"], body).await.unwrap();
        serde_json::from_value(listed).unwrap()
    }

    /// The texts of the entries that match, oldest first.
    async fn texts(&self, filter: &str) -> Vec<String> {
        let body = json!({"resourceNames": ["projects/p"], "filter": filter});
        let entries = self.list(body).await.entries;
        entries.iter().map(|entry| entry.text_payload().unwrap().clone()).collect()
    }
}

fn entries(texts: &[&str]) -> Value {
    let entries: Vec<Value> = texts.iter().map(|text| json!({"textPayload": text})).collect();
    json!({
        "logName": "projects/p/logs/app",
        "resource": {"type": "global"},
        "entries": entries,
    })
}

#[tokio::test]
async fn written_entries_are_listed_with_those_of_other_services() {
    let bench = Bench::new();
    assert_eq!(bench.write(entries(&["1", "2", "3"])).await, Ok(json!({})));
    assert_eq!(bench.texts("").await, ["printed", "1", "2", "3"]);
    assert_eq!(bench.texts("logName=projects/p/logs/app").await, ["1", "2", "3"]);
    assert_eq!(bench.texts("log_id(\"app\") -textPayload=2").await, ["1", "3"]);
    let by_number = json!({"resourceNames": ["projects/42"], "orderBy": "timestamp desc"});
    let newest = bench.list(by_number).await.entries;
    assert_eq!(newest[0].text_payload().unwrap(), "3");
    let elsewhere = json!({"resourceNames": ["projects/q"], "filter": "log_id(\"app\")"});
    assert!(bench.list(elsewhere).await.entries.is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_in_either_order() {
    let bench = Bench::new();
    bench.write(entries(&["1", "2", "3"])).await.unwrap();
    for (order, expected) in
        [("timestamp asc", ["1", "2", "3"]), ("timestamp desc", ["3", "2", "1"])]
    {
        let page = |token: String| {
            bench.list(json!({
                "resourceNames": ["projects/p"], "filter": "log_id(\"app\")", "pageSize": 2,
                "orderBy": order, "pageToken": token,
            }))
        };
        let first = page(String::new()).await;
        let second = page(first.next_page_token.clone()).await;
        assert!(second.next_page_token.is_empty());
        let both = first.entries.iter().chain(&second.entries);
        let texts: Vec<_> = both.map(|entry| entry.text_payload().unwrap().as_str()).collect();
        assert_eq!(texts, expected, "{order}");
    }
}

#[tokio::test]
async fn an_invalid_entry_rejects_the_others_unless_success_may_be_partial() {
    let bench = Bench::new();
    let mut body = entries(&["good", "bad"]);
    body["entries"][1]["severity"] = json!("LOUD");
    let refused = bench.write(body.clone()).await.unwrap_err();
    assert_eq!(refused.status(), "INVALID_ARGUMENT");
    assert!(refused.to_string().contains("entries[1]"), "{refused}");
    assert!(bench.texts("log_id(\"app\")").await.is_empty());
    body["partialSuccess"] = json!(true);
    body["dryRun"] = json!(true);
    bench.write(body.clone()).await.unwrap_err();
    assert!(bench.texts("log_id(\"app\")").await.is_empty());
    body["dryRun"] = json!(false);
    let partial = bench.write(body).await.unwrap_err();
    let (message, detail) = (partial.message(), format!("{partial:?}"));
    assert!(message.contains("severity") && detail.contains("logEntryErrors"), "{detail}");
    assert_eq!(bench.texts("log_id(\"app\")").await, ["good"]);
}

#[tokio::test]
async fn a_dry_run_checks_and_stores_nothing() {
    let bench = Bench::new();
    let mut body = entries(&["1"]);
    body["dryRun"] = json!(true);
    assert_eq!(bench.write(body).await, Ok(json!({})));
    assert_eq!(bench.texts("").await, ["printed"]);
}

#[tokio::test]
async fn the_entries_of_a_project_are_listed_by_its_id_as_well() {
    let bench = Bench::new();
    bench.write(entries(&["1"])).await.unwrap();
    for body in [json!({"projectIds": ["p"]}), json!({"project_ids": ["p"]})] {
        assert_eq!(bench.list(body).await.entries.len(), 2);
    }
}

#[tokio::test]
async fn logs_are_listed_and_deleted_by_name() {
    let bench = Bench::new();
    bench.write(entries(&["1"])).await.unwrap();
    let of_instance = "projects/p/logs/run.googleapis.com%2Fstdout";
    let logs = ["projects", "p", "logs"];
    let listed = bench.ask("GET", &logs, Value::Null).await.unwrap();
    let all = json!({"logNames": ["projects/p/logs/app", of_instance]});
    assert_eq!(listed, all, "the last page has no token");
    let paged = ["projects", "p", "logs", "?pageSize=1"];
    let paged = bench.ask("GET", &paged, Value::Null).await.unwrap();
    assert_eq!(paged["logNames"], json!(["projects/p/logs/app"]));
    assert_ne!(paged["nextPageToken"], "");
    for log in ["app", "run.googleapis.com/stdout"] {
        let path = ["projects", "p", "logs", log];
        assert_eq!(bench.ask("DELETE", &path, Value::Null).await, Ok(json!({})), "{log}");
        let again = bench.ask("DELETE", &path, Value::Null).await.unwrap_err();
        assert_eq!(again.status(), "NOT_FOUND", "{log}");
    }
    assert!(bench.texts("").await.is_empty());
    let listed = bench.ask("GET", &logs, Value::Null).await.unwrap();
    assert_eq!(listed["logNames"], json!([]));
    bench.write(entries(&["2"])).await.unwrap();
    assert_eq!(bench.texts("").await, ["2"]);
}

#[tokio::test]
async fn types_of_resources_are_listed_in_pages() {
    let bench = Bench::new();
    let path = ["monitoredResourceDescriptors"];
    let all = bench.ask("GET", &path, Value::Null).await.unwrap();
    let types = all["resourceDescriptors"].as_array().unwrap();
    assert!(types.iter().any(|one| one["type"] == "cloud_run_revision"), "{all}");
    let path = ["monitoredResourceDescriptors", "?pageSize=1"];
    let first = bench.ask("GET", &path, Value::Null).await.unwrap();
    assert_eq!(first["resourceDescriptors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_invalid_request_is_rejected() {
    let bench = Bench::new();
    for bad in [
        json!({}),
        json!({"resourceNames": ["organizations/1"]}),
        json!({"resourceNames": ["projects/../p"]}),
        json!({"resourceNames": ["projects/p"], "orderBy": "severity"}),
        json!({"resourceNames": ["projects/p"], "filter": "severity>=~ERROR"}),
        json!({"resourceNames": ["projects/p"], "filter": "severity>=LOUD"}),
        json!({"resourceNames": ["projects/p"], "pageSize": -1}),
        json!({"resourceNames": ["projects/p"], "pageToken": "garbage"}),
        json!({"resourceNames": ["projects/p"], "colour": "blue"}),
        json!({"projectIds": [1]}),
    ] {
        let refused = bench.ask("POST", &["entries:list"], bad.clone()).await.unwrap_err();
        assert_eq!(refused.status(), "INVALID_ARGUMENT", "{bad}");
    }
    for bad in [
        json!({"entries": [{"textPayload": "a", "jsonPayload": {}}]}),
        json!({"entries": [{"textPayload": 7}]}),
        json!({"entries": {}}),
        json!({"colour": "blue"}),
    ] {
        let refused = bench.write(bad.clone()).await.unwrap_err();
        assert_eq!(refused.status(), "INVALID_ARGUMENT", "{bad}");
    }
}
