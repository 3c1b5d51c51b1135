//! The workers stay within the quotas that the cloud reports, and one that waits delays no other.

use std::collections::BTreeMap;

use crate::support::{Cloud, Worker, function, spec};
use longshore_cloud::BucketSpec;
use longshore_cloud::pacing::Api;
use longshore_messages::{DeploymentId, Outcome, proto};

/// Stages a function in a bucket of a project.
async fn staged(cloud: &Cloud, project: &str) -> proto::Source {
    let directory = function(cloud.folder(), "paced");
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let bucket = BucketSpec {
        name: format!("{project}-staging"),
        project: project.to_owned(),
        location: cloud.settings.region.clone(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    let objects = &cloud.clients.objects;
    objects.ensure_bucket(&bucket).await.unwrap();
    let path = packed.file.path();
    objects.upload(&bucket.name, "source.zip", path, BTreeMap::new()).await.unwrap();
    let (bucket, object) = (bucket.name, "source.zip".to_owned());
    let staged = proto::StorageObject { bucket, object, generation: 0 };
    proto::Source { place: Some(proto::source::Place::Storage(staged)) }
}

async fn requested(cloud: &Cloud, project: &str, count: usize) -> Vec<DeploymentId> {
    let source = staged(cloud, project).await;
    let mut ids = Vec::new();
    for number in 0..count {
        let mut spec = spec(&format!("paced-{number}"), source.clone());
        project.clone_into(&mut spec.project);
        ids.push(cloud.request(spec).await);
    }
    ids
}

async fn is_deployed(cloud: &Cloud, id: DeploymentId) -> bool {
    let finished = cloud.end_of(id).await;
    matches!(finished.outcome, Outcome::Deployed(_))
}

async fn open(cloud: &Cloud, ids: &[DeploymentId]) -> usize {
    let mut open = 0;
    for id in ids {
        open += usize::from(cloud.ledger.is_open(*id).await.unwrap());
    }
    open
}

async fn ended(cloud: &Cloud, ids: &[DeploymentId]) -> usize {
    let mut ended = 0;
    for id in ids {
        ended += usize::from(cloud.ledger.outcome(*id).await.unwrap().is_some());
    }
    ended
}

fn refused(cloud: &Cloud) -> usize {
    cloud.log_of_the_cloud().matches("a call exceeds a quota").count()
}

/// A fleet whose service-deployer handles one message at a time.
fn narrow(cloud: &Cloud) -> Vec<Worker> {
    let one = BTreeMap::from([("LONGSHORE_HANDLING".to_owned(), "1".to_owned())]);
    let mut fleet: Vec<_> =
        ["uploader", "build-submitter", "registry-watcher"].map(|name| cloud.worker(name)).into();
    fleet.push(cloud.worker_with("service-deployer", &one));
    fleet
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_whose_quota_is_used_up_delays_no_other() {
    let quotas = "[[limits]]\nmetric = \"run.googleapis.com/write_regional\"\nper_minute = 1\n\
                  project = \"slow-project\"\n";
    let cloud = Cloud::with_quotas(quotas).await;
    let _fleet = narrow(&cloud);
    let slow = requested(&cloud, "slow-project", 4).await;
    let first = async {
        while open(&cloud, &slow).await == 4 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    first.await;
    // The others wait for a token now, or will.
    let quick = requested(&cloud, "quick-project", 4).await;
    for id in &quick {
        assert!(is_deployed(&cloud, *id).await, "{}", cloud.logs());
    }
    assert!(open(&cloud, &slow).await > 0, "one write a minute");
    assert_eq!(refused(&cloud), 0, "{}", cloud.log_of_the_cloud());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deployers_share_the_quota_of_a_project() {
    let quotas = "[[limits]]\nmetric = \"run.googleapis.com/write_regional\"\nper_minute = 8\n";
    let cloud = Cloud::with_quotas(quotas).await;
    let mut fleet = cloud.fleet();
    fleet.push(cloud.worker("service-deployer"));
    let ids = requested(&cloud, "shared-project", 12).await;
    let deployed = async {
        while ended(&cloud, &ids).await < 8 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let deployed = tokio::time::timeout(crate::support::PATIENCE, deployed).await;
    assert!(deployed.is_ok(), "{}", cloud.logs());
    let shared = cloud.ledger.list_quotas().await.unwrap();
    let writes = shared.iter().find(|(key, _)| key.api == Api::RunWrites);
    let (key, bucket) = writes.expect("the deployers share a bucket");
    assert_eq!((&key.region, bucket.as_ref().unwrap().limit()), (&cloud.settings.region, 8));
    assert_eq!(refused(&cloud), 0, "{}", cloud.log_of_the_cloud());
}
