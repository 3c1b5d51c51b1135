use std::collections::BTreeMap;

use async_trait::async_trait;

use super::*;
use crate::{KEY_ROLE, Kind};

const PROJECT: &str = "projects/kp";
const RING: &str = "projects/kp/locations/r1/keyRings/ring";
const KEY: &str = "projects/kp/locations/r1/keyRings/ring/cryptoKeys/k";

/// Policies by resource. One that is not there may not be read.
#[derive(Default)]
struct Policies(BTreeMap<&'static str, Vec<Binding>>);

impl Policies {
    fn with(mut self, resource: &'static str, role: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|one| (*one).to_owned()).collect();
        let binding = Binding { role: role.to_owned(), members };
        self.0.entry(resource).or_default().push(binding);
        self
    }

    fn with_empty(mut self, resource: &'static str) -> Self {
        self.0.entry(resource).or_default();
        self
    }
}

#[async_trait]
impl Keys for Policies {
    async fn project_number(&self, project: &str) -> Result<u64, CloudError> {
        match project {
            "p" => Ok(42),
            "other" => Ok(43),
            _ => Err(CloudError::new("get project", project, Kind::PermissionDenied)),
        }
    }

    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError> {
        let denied = || CloudError::new("get IAM policy", resource, Kind::PermissionDenied);
        self.0.get(resource).cloned().ok_or_else(denied)
    }
}

fn member(agent: Agent, number: u64) -> String {
    agent.member(number)
}

async fn missing(policies: &Policies, agents: &[(Agent, &str)]) -> Result<Vec<String>, Kind> {
    let missing = missing_grants(policies, KEY, agents).await;
    let missing = missing.map_err(|error| error.kind)?;
    Ok(missing.into_iter().map(|grant| grant.member).collect())
}

#[tokio::test]
async fn a_grant_on_the_key_its_ring_or_its_project_is_enough() {
    let storage = member(Agent::Storage, 42);
    let run = member(Agent::Run, 42);
    let wanted = [(Agent::Storage, "p"), (Agent::Run, "p")];
    for resource in [KEY, RING, PROJECT] {
        let policies = Policies::default().with_empty(KEY).with_empty(RING).with_empty(PROJECT);
        let policies = policies.with(resource, KEY_ROLE, &[&storage]);
        assert_eq!(missing(&policies, &wanted).await, Ok(vec![run.clone()]), "{resource}");
        let policies = policies.with(resource, KEY_ROLE, &[&run]);
        assert_eq!(missing(&policies, &wanted).await, Ok(vec![]), "{resource}");
    }
}

#[tokio::test]
async fn what_is_enough_is_not_looked_up_further() {
    let storage = member(Agent::Storage, 42);
    let policies = Policies::default().with(KEY, KEY_ROLE, &[&storage]);
    assert_eq!(missing(&policies, &[(Agent::Storage, "p")]).await, Ok(vec![]));
}

#[tokio::test]
async fn what_may_not_be_read_is_not_known() {
    let agents = [(Agent::Storage, "p")];
    let denied = Err(Kind::PermissionDenied);
    assert_eq!(missing(&Policies::default(), &agents).await, denied);
    assert_eq!(missing(&Policies::default().with_empty(KEY), &agents).await, denied);
    let without_project = Policies::default().with_empty(KEY).with_empty(RING);
    assert_eq!(missing(&without_project, &agents).await, denied);
    let all = Policies::default().with_empty(KEY).with_empty(RING).with_empty(PROJECT);
    assert_eq!(missing(&all, &[(Agent::Storage, "unknown")]).await, denied);
}

#[tokio::test]
async fn a_role_that_may_be_enough_is_not_called_missing() {
    let storage = member(Agent::Storage, 42);
    let other = member(Agent::Storage, 43);
    for (role, named, is_enough) in [
        (KEY_ROLE, storage.as_str(), true),
        ("roles/cloudkms.cryptoKeyEncrypterDecrypter_withcond_1a2b", &storage, true),
        ("roles/cloudkms.cryptoOperator", &storage, true),
        ("roles/owner", &storage, true),
        ("projects/kp/roles/keys", &storage, true),
        (KEY_ROLE, "group:agents@example.com", true),
        (KEY_ROLE, "allAuthenticatedUsers", true),
        (KEY_ROLE, &other, false),
        ("roles/cloudkms.viewer", &storage, false),
        ("roles/editor", &storage, false),
    ] {
        let policies = Policies::default().with_empty(RING).with_empty(PROJECT);
        let policies = policies.with(KEY, role, &[named]);
        let missing = missing(&policies, &[(Agent::Storage, "p")]).await.unwrap();
        assert_eq!(missing.is_empty(), is_enough, "{role} {named}");
    }
}

#[tokio::test]
async fn each_agent_is_that_of_its_project_and_has_its_command() {
    let policies = Policies::default().with_empty(KEY).with_empty(RING).with_empty(PROJECT);
    let agents = [(Agent::Registry, "other"), (Agent::Functions, "p")];
    let missing = missing_grants(&policies, KEY, &agents).await.unwrap();
    let found: Vec<_> = missing.iter().map(|grant| grant.command()).collect();
    let command = |account: &str| {
        format!(
            "gcloud kms keys add-iam-policy-binding k --keyring ring --location r1 --project kp \
             --member serviceAccount:{account}.iam.gserviceaccount.com --role {KEY_ROLE}"
        )
    };
    let accounts = ["service-43@gcp-sa-artifactregistry", "service-42@gcf-admin-robot"];
    assert_eq!(found, accounts.map(command));
    assert_eq!(
        missing[0].to_string(),
        "Artifact Registry's service agent \
         (service-43@gcp-sa-artifactregistry.iam.gserviceaccount.com)"
    );
}
