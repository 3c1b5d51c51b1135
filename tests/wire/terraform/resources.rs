//! `google_storage_bucket`, `google_pubsub_topic`, `google_pubsub_subscription`,
//! `google_secret_manager_secret` with its version, and `google_artifact_registry_repository`
//! (<https://github.com/hashicorp/terraform-provider-google>, `google/services`).
//!
//! The provider waits for a new topic or subscription until it can read it, asks for the numbers of
//! generations with a mask, and reads a secret's value back to compare it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, PARENT, assert_reads, assert_unset};
use crate::clients::local_cloud;

const PROJECT: &str = "projects/local-project";

/// A resource that answers with itself.
struct Resource<'a> {
    api: &'a Api,
    /// Verb and path of its creation.
    create: (Method, String),
    name: String,
    /// What the provider sends, and what it sends after a change.
    wanted: Value,
    changed: Value,
    /// Path and body of the update.
    update: (String, Value),
    /// Fields that the API must not make up.
    not_configured: &'a [&'a str],
}

impl Resource<'_> {
    async fn lives(&self) {
        assert_eq!(self.api.send(Method::GET, &self.name, None).await.0, 404);
        let (verb, path) = &self.create;
        let (status, created) = self.api.send(verb.clone(), path, Some(&self.wanted)).await;
        assert_eq!(status, 200, "{path}: {created:#}");
        let read = self.api.get(&self.name).await;
        assert_reads(&read, &self.wanted, "created");
        assert_unset(&read, self.not_configured);
        assert_eq!(self.api.get(&self.name).await, read, "a second plan reads something else");
        let (path, body) = &self.update;
        let (status, updated) = self.api.send(Method::PATCH, path, Some(body)).await;
        assert_eq!(status, 200, "{path}: {updated:#}");
        let read = self.api.get(&self.name).await;
        assert_reads(&read, &self.changed, "updated");
        assert_unset(&read, self.not_configured);
    }

    async fn is_destroyed(&self) {
        let (status, answer) = self.api.send(Method::DELETE, &self.name, None).await;
        assert!(status.is_success(), "{}: {answer:#}", self.name);
        assert_eq!(self.api.send(Method::GET, &self.name, None).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_plans_nothing_updates_and_destroys_a_bucket() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let api = Api::under(cloud.endpoints().storage, "storage/v1/");
    let wanted = json!({
        "name": "from-terraform",
        "location": "EUROPE-WEST1",
        "storageClass": "STANDARD",
        "labels": {"goog-terraform-provisioned": "true"},
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": true},
            "publicAccessPrevention": "inherited",
        },
        "versioning": {"enabled": true},
        "lifecycle": {"rule": [
            {"action": {"type": "Delete"}, "condition": {"age": 7, "isLive": false}},
        ]},
    });
    let mut changed = wanted.clone();
    changed["labels"] = json!({"goog-terraform-provisioned": "true", "team": "a"});
    changed["versioning"] = json!({"enabled": false});
    let bucket = Resource {
        api: &api,
        create: (Method::POST, "b?project=local-project&prettyPrint=false".to_owned()),
        name: "b/from-terraform".to_owned(),
        update: (
            "b/from-terraform?prettyPrint=false".to_owned(),
            json!({"labels": changed["labels"], "versioning": {"enabled": false}}),
        ),
        wanted,
        changed,
        not_configured: &["/website", "/cors", "/logging", "/encryption", "/billing"],
    };
    bucket.lives().await;
    // Before a bucket is destroyed, its objects are listed.
    let objects = api.get("b/from-terraform/o?versions=true&prettyPrint=false").await;
    assert!(objects.get("items").is_none_or(|items| items == &json!([])), "{objects:#}");
    bucket.is_destroyed().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_plans_nothing_updates_and_destroys_a_topic_and_a_subscription() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let api = Api::under(cloud.endpoints().pubsub, "v1/");
    let name = format!("{PROJECT}/topics/from-terraform");
    let labels = json!({"goog-terraform-provisioned": "true"});
    let labels_changed = json!({"goog-terraform-provisioned": "true", "team": "a"});
    let topic = Resource {
        api: &api,
        create: (Method::PUT, name.clone()),
        wanted: json!({"labels": labels, "messageRetentionDuration": "86400s"}),
        changed: json!({"labels": labels_changed, "messageRetentionDuration": "86400s"}),
        update: (
            name.clone(),
            json!({"topic": {"name": name, "labels": labels_changed}, "updateMask": "labels"}),
        ),
        not_configured: &["/kmsKeyName", "/messageStoragePolicy", "/schemaSettings"],
        name: name.clone(),
    };
    topic.lives().await;

    let of = format!("{PROJECT}/subscriptions/from-terraform");
    let wanted = json!({
        "topic": name, "labels": labels, "ackDeadlineSeconds": 20,
        "messageRetentionDuration": "1200s", "retainAckedMessages": true,
        "expirationPolicy": {"ttl": "300000s"},
        "retryPolicy": {"minimumBackoff": "10s", "maximumBackoff": "600s"},
        "pushConfig": {
            "pushEndpoint": "https://push.example/events",
            "attributes": {"x-goog-version": "v1"},
        },
    });
    let mut changed = wanted.clone();
    changed["ackDeadlineSeconds"] = json!(30);
    changed["retryPolicy"]["minimumBackoff"] = json!("20s");
    let mut given = changed.clone();
    given
        .as_object_mut()
        .unwrap()
        .retain(|field, _| matches!(field.as_str(), "ackDeadlineSeconds" | "retryPolicy"));
    let subscription = Resource {
        api: &api,
        create: (Method::PUT, of.clone()),
        update: (
            of.clone(),
            json!({"subscription": given, "updateMask": "ackDeadlineSeconds,retryPolicy"}),
        ),
        wanted,
        changed,
        not_configured: &[
            "/bigqueryConfig",
            "/cloudStorageConfig",
            "/deadLetterPolicy",
            "/filter",
            "/enableExactlyOnceDelivery",
            "/enableMessageOrdering",
            "/pushConfig/oidcToken",
            "/pushConfig/noWrapper",
        ],
        name: of.clone(),
    };
    subscription.lives().await;
    subscription.is_destroyed().await;
    topic.is_destroyed().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_plans_nothing_updates_and_destroys_a_secret_with_a_version() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let api = Api::under(cloud.endpoints().secrets, "v1/");
    let name = format!("{PROJECT}/secrets/from-terraform");
    let labels = json!({"goog-terraform-provisioned": "true"});
    let changed_labels = json!({"goog-terraform-provisioned": "true", "team": "a"});
    let secret = Resource {
        api: &api,
        create: (Method::POST, format!("{PROJECT}/secrets?secretId=from-terraform")),
        wanted: json!({"labels": labels, "replication": {"automatic": {}}}),
        changed: json!({"labels": changed_labels, "replication": {"automatic": {}}}),
        update: (format!("{name}?updateMask=labels"), json!({"labels": changed_labels})),
        not_configured: &[
            "/annotations",
            "/expireTime",
            "/rotation",
            "/topics",
            "/ttl",
            "/versionAliases",
            "/versionDestroyTtl",
        ],
        name: name.clone(),
    };
    secret.lives().await;

    // The version is read back by its name, with its state and its value.
    let value = json!({"payload": {"data": "dmFsdWU="}});
    let (status, added) = api.send(Method::POST, &format!("{name}:addVersion"), Some(&value)).await;
    assert_eq!(status, 200, "{added:#}");
    let version = added["name"].as_str().unwrap();
    assert!(version.ends_with("/secrets/from-terraform/versions/1"), "{version}");
    let enabled = api.send(Method::POST, &format!("{version}:enable"), Some(&json!({}))).await;
    assert_eq!(enabled.0, 200, "{enabled:?}");
    for _ in 0..2 {
        assert_eq!(api.get(version).await["state"], "ENABLED");
        let accessed = api.get(&format!("{version}:access")).await;
        assert_eq!(accessed["payload"]["data"], "dmFsdWU=");
    }
    let disabled = api.send(Method::POST, &format!("{version}:disable"), Some(&json!({}))).await;
    assert_eq!(disabled.0, 200, "{disabled:?}");
    assert_eq!(api.get(version).await["state"], "DISABLED");
    let destroyed = api.send(Method::POST, &format!("{version}:destroy"), Some(&json!({}))).await;
    assert_eq!(destroyed.0, 200, "{destroyed:?}");
    assert_eq!(api.get(version).await["state"], "DESTROYED");
    secret.is_destroyed().await;
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_plans_nothing_updates_and_destroys_a_repository() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = local_cloud(dir.path()).await;
    let api = Api::under(cloud.endpoints().artifact_registry, "v1/");
    let name = format!("{PARENT}/repositories/from-terraform");
    let mut wanted = json!({
        "format": "DOCKER",
        "description": "images",
        "labels": {"goog-terraform-provisioned": "true"},
        "dockerConfig": {"immutableTags": false},
        "mode": "STANDARD_REPOSITORY",
        "cleanupPolicyDryRun": false,
    });
    assert_eq!(api.send(Method::GET, &name, None).await.0, 404);
    let create = format!("{PARENT}/repositories?repository_id=from-terraform");
    api.write(Method::POST, &create, Some(&wanted)).await;
    let not_configured = [
        "/kmsKeyName",
        "/cleanupPolicies",
        "/mavenConfig",
        "/virtualRepositoryConfig",
        "/remoteRepositoryConfig",
    ];
    let without_false = |wanted: &Value| {
        let mut read = wanted.clone();
        let fields = read.as_object_mut().unwrap();
        // The JSON of a message leaves out what is false.
        fields.remove("cleanupPolicyDryRun");
        fields.remove("dockerConfig");
        // The names of these are asserted below.
        fields.remove("format");
        fields.remove("mode");
        read
    };
    let created = api.get(&name).await;
    assert_reads(&created, &without_false(&wanted), "created");
    // Google answers with names, which the provider expects. The local cloud may answer with numbers.
    assert!([json!("DOCKER"), json!(1)].contains(&created["format"]), "{created:#}");
    assert!([json!("STANDARD_REPOSITORY"), json!(1)].contains(&created["mode"]), "{created:#}");
    assert_unset(&created, &not_configured);
    assert_unset(&created, &["/cleanupPolicyDryRun", "/dockerConfig/immutableTags"]);
    assert_eq!(api.get(&name).await, created, "a second plan reads something else");

    wanted["description"] = json!("more images");
    wanted["labels"]["team"] = json!("a");
    let update = format!("{name}?updateMask=description,labels");
    let (status, updated) = api.send(Method::PATCH, &update, Some(&wanted)).await;
    assert_eq!(status, 200, "{updated:#}");
    assert_reads(&api.get(&name).await, &without_false(&wanted), "updated");
    api.write(Method::DELETE, &name, None).await;
    assert_eq!(api.send(Method::GET, &name, None).await.0, 404);
    cloud.stop().await;
}
