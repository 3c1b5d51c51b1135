//! Which methods change resources, and their names in audit logs:
//! <https://github.com/googleapis/google-cloudevents/blob/main/json/audit/service_catalog.json>.

use longshore_local_kit::coverage::{Method, Support};

/// A method whose calls are logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Audited {
    /// Google's name in audit logs.
    pub(super) name: String,
    pub(super) method: &'static Method,
}

/// Methods whose names in audit logs are not those of the API.
const RENAMED: [(&str, &str); 13] = [
    ("storage.buckets.insert", "storage.buckets.create"),
    ("storage.buckets.patch", "storage.buckets.update"),
    ("storage.buckets.setIamPolicy", "storage.setIamPermissions"),
    ("storage.projects.hmacKeys.create", "storage.hmacKeys.create"),
    ("storage.projects.hmacKeys.update", "storage.hmacKeys.update"),
    ("storage.projects.hmacKeys.delete", "storage.hmacKeys.delete"),
    ("run.namespaces.services.create", "google.cloud.run.v1.Services.CreateService"),
    ("run.namespaces.services.delete", "google.cloud.run.v1.Services.DeleteService"),
    ("run.namespaces.services.replaceService", "google.cloud.run.v1.Services.ReplaceService"),
    ("run.projects.locations.services.setIamPolicy", "google.cloud.run.v1.Services.SetIamPolicy"),
    ("run.namespaces.revisions.delete", "google.cloud.run.v1.Revisions.DeleteRevision"),
    ("cloudresourcemanager.projects.setIamPolicy", "SetIamPolicy"),
    ("google.cloud.kms.v1.KeyManagementService.SetIamPolicy", "SetIamPolicy"),
];

/// What the names of methods that change resources begin with.
const CHANGES: [&str; 18] = [
    "Add", "Cancel", "Commit", "Create", "Delete", "Destroy", "Detach", "Disable", "Enable",
    "Insert", "Modify", "Patch", "Replace", "Restore", "Retry", "Rollback", "Set", "Update",
];

/// Begin like changes, and belong to data access or to no resource.
const NO_CHANGES: [&str; 4] = [
    "google.longrunning.",
    "storage.objects.",
    "google.cloud.tasks.v2.CloudTasks.CreateTask",
    "google.cloud.tasks.v2.CloudTasks.DeleteTask",
];
const OF_MESSAGES: &str = "ModifyAckDeadline";

/// `None` for a method that is not served, or changes no resource.
pub(super) fn audited(method: &'static Method) -> Option<Audited> {
    let name = method.name;
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_change = CHANGES.iter().any(|change| {
        last.get(..change.len()).is_some_and(|start| start.eq_ignore_ascii_case(change))
    });
    let is_none = NO_CHANGES.iter().any(|prefix| name.starts_with(prefix)) || last == OF_MESSAGES;
    if !matches!(method.support, Support::Served(_)) || !is_change || is_none {
        return None;
    }
    Some(Audited { name: name_in_logs(name), method })
}

fn name_in_logs(name: &str) -> String {
    if let Some((_, renamed)) = RENAMED.iter().find(|(known, _)| *known == name) {
        return (*renamed).to_owned();
    }
    // Cloud KMS logs the last part alone.
    let plain = name.strip_prefix("google.cloud.kms.v1.KeyManagementService.");
    plain.unwrap_or(name).to_owned()
}

impl Audited {
    /// The collection that a create adds to, such as `topics`. Empty for other methods.
    pub(super) fn collection(&self) -> &'static str {
        let (verb, path) = self.method.rest.split_once(' ').unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        if verb == "POST" && !last.contains(['{', ':']) { last } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        crate::methods().into_iter().filter_map(audited).map(|method| method.name).collect()
    }

    #[test]
    fn changes_are_logged_under_googles_names() {
        let names = names();
        for expected in [
            "google.pubsub.v1.Publisher.CreateTopic",
            "google.pubsub.v1.Subscriber.DeleteSubscription",
            "google.pubsub.v1.Subscriber.ModifyPushConfig",
            "google.iam.v1.IAMPolicy.SetIamPolicy",
            "storage.buckets.create",
            "storage.buckets.update",
            "storage.setIamPermissions",
            "google.cloud.run.v2.Services.CreateService",
            "google.cloud.run.v1.Services.ReplaceService",
            "google.cloud.functions.v2.FunctionService.CreateFunction",
            "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateRepository",
            "google.devtools.cloudbuild.v1.CloudBuild.CreateBuild",
            "google.cloud.secretmanager.v1.SecretManagerService.AddSecretVersion",
            "google.cloud.eventarc.v1.Eventarc.DeleteTrigger",
            "CreateKeyRing",
        ] {
            assert!(names.iter().any(|name| name == expected), "{expected}: {names:#?}");
        }
    }

    #[test]
    fn reads_messages_and_contents_are_not_logged() {
        for name in names() {
            for unexpected in
                ["Get", "List", "Publish", "Pull", "Acknowledge", "Encrypt", "Generate"]
            {
                let last = name.rsplit('.').next().unwrap();
                assert!(!last.starts_with(unexpected), "{name}");
            }
            assert_ne!(name, "google.pubsub.v1.Subscriber.ModifyAckDeadline");
            assert!(!name.starts_with("storage.objects."), "{name}");
        }
    }
}
