//! The grants of Google's service agents on a key: looked up before anything is uploaded, and by
//! `longshore provision --check`.

use longshore_messages::FailureClass;
use serde_json::{Value, json};

use super::{Place, assert_deployed, failure_of, fleet};
use crate::support::{Cloud, function, longshore, rest};

const ROLE: &str = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
const STORAGE: &str = "gs-project-accounts";
const REGISTRY: &str = "gcp-sa-artifactregistry";
const RUN: &str = "serverless-robot-prod";
const FUNCTIONS: &str = "gcf-admin-robot";
const EVENTARC: &str = "gcp-sa-eventarc";
const PUBSUB: &str = "gcp-sa-pubsub";

impl Place<'_> {
    /// The policy of the key, by `gcloud`'s way.
    async fn policy(&self) -> Value {
        let endpoint = &self.cloud.environment["LONGSHORE_KMS_ENDPOINT"];
        let url = format!("{endpoint}/v1/{}:getIamPolicy", self.key("key"));
        rest::send(rest::client().get(url)).await
    }

    pub(crate) async fn set_policy(&self, policy: &Value) {
        let endpoint = &self.cloud.environment["LONGSHORE_KMS_ENDPOINT"];
        let url = format!("{endpoint}/v1/{}:setIamPolicy", self.key("key"));
        rest::send(rest::client().post(url).json(&json!({"policy": policy}))).await;
    }

    /// Takes the role on the key from these agents, and returns the policy before.
    async fn revoke(&self, agents: &[&str]) -> Value {
        let before = self.policy().await;
        let mut policy = before.clone();
        let members = policy["bindings"][0]["members"].as_array_mut().unwrap();
        let is_of =
            |member: &Value, agent: &&str| member.as_str().unwrap().contains(&format!("@{agent}."));
        let all = members.len();
        members.retain(|member| !agents.iter().any(|agent| is_of(member, agent)));
        assert_eq!(members.len(), all - agents.len());
        self.set_policy(&policy).await;
        before
    }

    /// The command that grants an agent of the cloud's project its role.
    fn command(&self, agent: &str) -> String {
        let (project, region) = (&self.cloud.settings.project, &self.cloud.settings.region);
        format!(
            "gcloud kms keys add-iam-policy-binding key --keyring ring --location {region} \
             --project {project} --member \
             serviceAccount:service-123456789012@{agent}.iam.gserviceaccount.com --role {ROLE}"
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_grants_are_named_with_their_commands_before_anything_is_stored() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    place.create_bucket("protected", &key).await;
    place.create_repository("images", &key).await;
    let source = place.stage("granted").await;
    let uploader = cloud.worker("uploader");
    for (spec, missing, others) in [
        (place.of_run("granted", source.clone()), &[RUN][..], &[FUNCTIONS, EVENTARC][..]),
        (
            place.of_run("granted", source.clone()),
            &[STORAGE, REGISTRY, RUN],
            &[FUNCTIONS, EVENTARC, PUBSUB],
        ),
        (
            place.of_functions("granted", source.clone()),
            &[FUNCTIONS, REGISTRY, STORAGE, RUN, EVENTARC],
            &[PUBSUB],
        ),
    ] {
        let before = place.revoke(missing).await;
        let failure = failure_of(&cloud, cloud.request(spec).await).await;
        let found = (failure.class, failure.code.as_str(), failure.stage.as_str());
        assert_eq!(found, (FailureClass::System, "key-role", "uploader"), "{failure:?}");
        for agent in missing {
            let command = format!("`{}`", place.command(agent));
            assert!(failure.advice.contains(&command), "{agent}: {failure:?}");
        }
        for agent in others {
            assert!(!failure.advice.contains(agent), "{agent}: {failure:?}");
        }
        assert_eq!(cloud.clients.objects.list("protected", "").await.unwrap(), []);
        place.set_policy(&json!({"bindings": before["bindings"]})).await;
    }
    uploader.kill();
    let _fleet = fleet(&cloud);
    assert_deployed(&cloud, cloud.request(place.of_run("granted", source)).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_taken_back_later_is_named_by_the_service_that_needs_it() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    place.create_bucket("protected", &key).await;
    place.create_repository("images", &key).await;
    let mut fleet = fleet(&cloud);
    let first = place.of_run("revoked", place.stage("one").await);
    assert_deployed(&cloud, cloud.request(first).await).await;

    fleet.remove("service-deployer").unwrap().kill();
    let two = function(cloud.folder(), "two");
    let second = cloud.request(place.of_run("revoked", cloud.stage(&two).await)).await;
    super::handed_on(&cloud, &cloud.ledger, second, "registry-watcher").await;
    place.revoke(&[RUN]).await;
    fleet.insert("service-deployer", cloud.worker("service-deployer"));
    let failure = failure_of(&cloud, second).await;
    assert_eq!((failure.code.as_str(), failure.stage.as_str()), ("key-role", "service-deployer"));
    assert!(failure.advice.contains(RUN), "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_about_to_be_destroyed_ends_the_deployment_in_both_flavours() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    place.create_bucket("protected", &key).await;
    place.create_repository("images", &key).await;
    let source = place.stage("destroyed").await;
    let _uploader = cloud.worker("uploader");
    let endpoint = &cloud.environment["LONGSHORE_KMS_ENDPOINT"];
    let destroy = format!("{endpoint}/v1/{key}/cryptoKeyVersions/1:destroy");
    rest::send(rest::client().post(destroy).json(&json!({}))).await;
    for spec in [place.of_run("destroyed", source.clone()), place.of_functions("destroyed", source)]
    {
        let failure = failure_of(&cloud, cloud.request(spec).await).await;
        assert_eq!((failure.code.as_str(), failure.stage.as_str()), ("key-unusable", "uploader"));
        assert!(failure.advice.contains("gcloud kms keys versions restore"), "{failure:?}");
        assert!(failure.advice.contains(&key), "{failure:?}");
    }
    assert_eq!(cloud.clients.objects.list("protected", "").await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn provision_checks_who_may_use_the_keys_of_the_fleet_and_of_its_functions() {
    let cloud = Cloud::start().await;
    let place = Place::new(&cloud).await;
    let key = place.key("key");
    let check = |arguments: &[&str]| {
        let mut command = longshore(&cloud.environment);
        command.env("LONGSHORE_FLEET", "sealed").args(["--output", "json", "provision"]);
        let output = command.args(arguments).output().unwrap();
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let of_keys = found.into_iter().filter(|finding| {
            let resource = finding["resource"].as_str().unwrap_or_default();
            let detail = finding["detail"].as_str().unwrap_or_default();
            resource == key || detail.starts_with("it is under")
        });
        of_keys.collect::<Vec<_>>()
    };
    let provision = |fleet: &str, arguments: &[&str]| {
        let mut command = longshore(&cloud.environment);
        command.env("LONGSHORE_FLEET", fleet).arg("provision").args(arguments);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    provision("sealed", &["--kms-key", &key]);
    assert_eq!(check(&["--check"]), Vec::<Value>::new());
    assert_eq!(check(&["--check", "--kms-key", &key]), Vec::<Value>::new());

    place.revoke(&[RUN, PUBSUB]).await;
    let commands = |found: &[Value]| -> Vec<String> {
        found.iter().map(|one| one["command"].as_str().unwrap().to_owned()).collect()
    };
    // Without a key, only what the fleet itself keeps under one is checked.
    assert_eq!(commands(&check(&["--check"])), [place.command(PUBSUB)]);
    let found = check(&["--check", "--kms-key", &key]);
    assert_eq!(commands(&found), [place.command(RUN), place.command(PUBSUB)]);
    assert!(found.iter().all(|one| one["problem"] == "roleMissing"), "{found:?}");

    // The default fleet of this cloud is under no key.
    let output = longshore(&cloud.environment)
        .args(["provision", "--check", "--kms-key", &key])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("it is under no key of Cloud KMS"), "{said}");
    assert!(said.contains(&format!("longshore provision --kms-key {key}")), "{said}");
}
