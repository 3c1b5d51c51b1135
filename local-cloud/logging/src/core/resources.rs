//! The types of monitored resources that services here write logs of, and those that Google's
//! libraries detect: <https://cloud.google.com/logging/docs/api/v2/resource-list>.

use serde_json::{Value, json};

/// Type, name for people, and labels besides `project_id`.
const TYPES: [(&str, &str, &[&str]); 16] = [
    ("build", "Cloud Build", &["build_id", "build_trigger_id"]),
    ("cloud_function", "Cloud Function", &["function_name", "region"]),
    ("cloud_run_job", "Cloud Run Job", &["job_name", "location"]),
    (
        "cloud_run_revision",
        "Cloud Run Revision",
        &["service_name", "revision_name", "location", "configuration_name"],
    ),
    ("cloud_scheduler_job", "Cloud Scheduler Job", &["job_id", "location"]),
    ("cloud_tasks_queue", "Cloud Tasks Queue", &["queue_id", "target_type", "location"]),
    ("gae_app", "GAE Application", &["module_id", "version_id", "zone"]),
    ("gce_instance", "VM Instance", &["instance_id", "zone"]),
    ("gcs_bucket", "GCS Bucket", &["bucket_name", "location"]),
    ("generic_node", "Generic Node", &["location", "namespace", "node_id"]),
    ("generic_task", "Generic Task", &["location", "namespace", "job", "task_id"]),
    ("global", "Global", &[]),
    (
        "k8s_container",
        "Kubernetes Container",
        &["location", "cluster_name", "namespace_name", "pod_name", "container_name"],
    ),
    ("project", "Google Project", &[]),
    ("pubsub_subscription", "Cloud Pub/Sub Subscription", &["subscription_id"]),
    ("pubsub_topic", "Cloud Pub/Sub Topic", &["topic_id"]),
];

/// The `google.api.MonitoredResourceDescriptor`s, sorted by type.
pub(crate) fn descriptors() -> impl Iterator<Item = Value> {
    TYPES.iter().map(|(of, name, labels)| {
        let labels = ["project_id"].iter().chain(*labels);
        let labels: Vec<Value> = labels.map(|label| json!({"key": label})).collect();
        json!({"type": of, "displayName": name, "labels": labels})
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_for_their_pages() {
        assert!(TYPES.is_sorted_by_key(|(of, _, _)| of));
        let revision = descriptors().find(|one| one["type"] == "cloud_run_revision").unwrap();
        assert_eq!(revision["labels"].as_array().unwrap().len(), 5);
    }
}
