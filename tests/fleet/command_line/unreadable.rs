//! One damaged object in the ledger is shown as broken next to the rest, and a deployment whose
//! request is parked because of it does not wait in silence.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use longshore_cloud::{Clients, Objects, Replaced};
use longshore_runner::Settings;
use serde_json::Value;

use super::inline::{files, inline};
use super::{Home, Up, longshore, text};

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(home: &Home, arguments: &[&str]) -> Ran {
    let output = longshore(&home.data_dir()).args(arguments).output().unwrap();
    let code = output.status.code().unwrap_or(-1);
    Ran { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
}

/// Runs a command that prints JSON, and checks its exit code.
fn json(home: &Home, code: i32, arguments: &[&str]) -> Value {
    let ran = run(home, &[&["--output", "json"], arguments].concat());
    assert_eq!(ran.code, code, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The ledger's bucket of a running `up`.
struct Bucket {
    runtime: tokio::runtime::Runtime,
    objects: Arc<dyn Objects>,
    name: String,
}

impl Bucket {
    fn of(home: &Home) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let running = std::fs::read(home.data_dir().join("running.json")).unwrap();
        let environment: BTreeMap<String, String> = serde_json::from_slice(&running).unwrap();
        let settings = Settings::read(None, environment).unwrap();
        let endpoints = settings.endpoints().unwrap();
        let clients =
            runtime.block_on(Clients::connect(&endpoints, &settings.project, None)).unwrap();
        Self { objects: clients.objects, name: settings.ledger_bucket(), runtime }
    }

    /// Replaces an object, and returns its previous content.
    fn replace(&self, object: &str, content: impl Into<Bytes>) -> Bytes {
        self.runtime.block_on(async {
            let (generation, before) = self.objects.get(&self.name, object).await.unwrap().unwrap();
            let content = content.into();
            let replaced = self.objects.replace(&self.name, object, generation, content).await;
            let replaced = replaced.unwrap();
            assert!(matches!(replaced, Replaced::New(_)), "{object} changed");
            before
        })
    }

    fn create(&self, object: &str, content: &'static [u8]) {
        let created = self.objects.create(&self.name, object, Bytes::from_static(content));
        self.runtime.block_on(created).unwrap();
    }
}

fn states<'a>(listed: &'a Value, name: &str) -> Vec<(&'a str, &'a str)> {
    let text = |one: &'a Value, key: &str| one[key].as_str().unwrap();
    listed.as_array().unwrap().iter().map(|one| (text(one, name), text(one, "state"))).collect()
}

#[test]
fn a_damaged_entry_is_shown_next_to_the_rest_and_a_parked_request_is_reported() {
    let home = Home::new();
    let _up = Up::start(&home);
    let deploy = |name: &str| {
        let directory = home.0.path().join(name);
        std::fs::create_dir(&directory).unwrap();
        inline(&directory, name, &files(&[("README", name)]));
        let deployed = json(&home, 2, &["deploy", directory.to_str().unwrap()]);
        assert_eq!(deployed[0]["outcome"], "failed");
        deployed[0]["deployment"].as_str().unwrap().to_owned()
    };
    let (first, second, third) = (deploy("one"), deploy("two"), deploy("three"));

    let bucket = Bucket::of(&home);
    let head = "functions/local-project/europe-west1/one/head";
    let intact = bucket.replace(head, "{\"admission\": \"\\u001b[2J\"}");
    bucket.create(&format!("open/{}", "1".repeat(32)), b"{}");

    // Everything else is listed.
    let listed = json(&home, 1, &["list"]);
    assert_eq!(
        states(&listed, "name"),
        [("one", "unreadable"), ("three", "none"), ("two", "none")]
    );
    assert_eq!(listed[0]["unreadable"][0]["object"], head);
    assert!(!listed[0]["unreadable"][0]["reason"].as_str().unwrap().is_empty());
    let statuses = json(&home, 1, &["status"]);
    assert_eq!(statuses[0]["state"], "unreadable");
    assert_eq!(
        (&statuses[2]["state"], &statuses[2]["unreadable"]),
        (&"failed".into(), &Value::Array(Vec::new()))
    );
    for command in ["list", "status"] {
        let ran = run(&home, &[command]);
        assert!(ran.stdout.contains("unreadable") && ran.stdout.contains("two"), "{}", ran.stdout);
        assert!(ran.stderr.contains(&format!("unreadable: {head}: ")), "{}", ran.stderr);
        assert!(!ran.stderr.contains('\x1b'), "{:?}", ran.stderr);
    }
    assert_eq!(json(&home, 1, &["describe", "one"])["unreadable"][0]["object"], head);
    assert_eq!(json(&home, 0, &["describe", "two"])["unreadable"], Value::Array(Vec::new()));
    assert_eq!(json(&home, 0, &["status", &first])["state"], "failed");
    assert_eq!(json(&home, 0, &["delete", "--yes", "two"])[0]["outcome"], "deleted");
    let deleted = run(&home, &["delete", "--yes", "one"]);
    assert!(deleted.code == 1 && deleted.stderr.contains(head), "{}", deleted.stderr);

    // A request that is parked because of it is reported at once.
    let directory = home.0.path().join("one");
    let ran = run(&home, &["deploy", directory.to_str().unwrap()]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for part in ["parked by uploader: ", head, "`longshore parked replay "] {
        assert!(ran.stderr.contains(part), "`{part}` is not in {}", ran.stderr);
    }
    let deployed = json(&home, 2, &["deploy", directory.to_str().unwrap()]);
    assert_eq!(
        (&deployed[0]["outcome"], &deployed[0]["function"]),
        (&"parked".into(), &"local-project/europe-west1/one".into())
    );
    let id = deployed[0]["deployment"].as_str().unwrap();
    let status = json(&home, 0, &["status", id]);
    assert_eq!(
        (&status["state"], &status["parked"]["stage"]),
        (&"parked".into(), &"uploader".into())
    );
    assert_eq!(json(&home, 2, &["status", id, "--follow"])["state"], "parked");

    // Once the entry is repaired, the same request continues.
    bucket.replace(head, intact);
    let message = status["parked"]["id"].as_str().unwrap();
    assert_eq!(run(&home, &["parked", "replay", message]).code, 0);
    assert_eq!(json(&home, 2, &["status", id, "--follow"])["state"], "failed");

    // An outcome, and a parked message.
    bucket.replace(&format!("deployments/{third}/outcome"), "damaged");
    for arguments in
        [&["status", &third][..], &["status", &third, "--follow"], &["trace", &third, "--stages"]]
    {
        let shown = json(&home, 1, arguments);
        assert_eq!(shown["unreadable"][0]["object"], format!("deployments/{third}/outcome"));
    }
    let described = json(&home, 1, &["describe", "three"]);
    assert_eq!(described["deployments"][0]["state"], "unreadable");
    let listed = json(&home, 1, &["list"]);
    assert_eq!(listed[1]["lastDeployment"], "unreadable");
    assert_eq!(
        json(&home, 0, &["trace", &second, "--stages"])["unreadable"],
        Value::Array(Vec::new())
    );
    bucket.create("parked/1/2", b"damaged");
    let parked = json(&home, 1, &["parked", "list"]);
    let damaged = parked.as_array().unwrap().iter().find(|one| one["id"] == "1/2");
    assert_eq!(damaged.unwrap()["reason"], "unreadable");
    assert_eq!(parked.as_array().unwrap().len(), 2, "{parked}");
}
