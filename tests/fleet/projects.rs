//! Where a fleet runs and where it deploys to are separate: functions in other projects, several
//! fleets in one project, several processes of one worker.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::support::rest::{self, Subscription};
use crate::support::{Cloud, WORKERS, Worker, function, longshore, request, spec, uuid};
use longshore_cloud::BucketSpec;
use longshore_ledger::Ledger;
use longshore_messages::{
    DEPLOYMENT_ANNOTATION, DeploymentFinished, DeploymentId, Outcome, Topic, TraceContext, decode,
    proto,
};

/// Stages a function that responds with `text` in a bucket of this project: a requester may use the
/// sources of the function's own project.
async fn stage_in(cloud: &Cloud, project: &str, text: &str) -> proto::Source {
    let directory = function(cloud.folder(), text);
    let limits = longshore_source_archive::Limits::default();
    let packed = longshore_source_archive::pack_directory(&directory, &limits).unwrap();
    let bucket = BucketSpec {
        name: format!("{}-staging", project.replace([':', '.'], "_")),
        project: project.to_owned(),
        location: cloud.settings.region.clone(),
        labels: BTreeMap::new(),
        default_key: String::new(),
    };
    let (objects, object) = (&cloud.clients.objects, format!("{}.zip", uuid()));
    objects.ensure_bucket(&bucket).await.unwrap();
    objects.upload(&bucket.name, &object, packed.file.path(), BTreeMap::new()).await.unwrap();
    let staged = proto::StorageObject { bucket: bucket.name, object, generation: 0 };
    proto::Source { place: Some(proto::source::Place::Storage(staged)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_watchers_deploy_to_two_other_projects_and_announce_each_outcome_once() {
    let cloud = Cloud::start().await;
    let outcomes = Subscription::create(&cloud, &cloud.topic(Topic::DeploymentFinished)).await;
    let mut fleet = cloud.fleet();
    fleet.extend((0..4).map(|_| cloud.worker("registry-watcher")));

    // One after the other, so that each deployment finds the concluded builds of the others.
    let mut announced: BTreeMap<DeploymentId, usize> = BTreeMap::new();
    for (project, name) in [("team-a", "one"), ("team-b", "one"), ("team-a", "two")] {
        let text = format!("{name} of {project}");
        let mut spec = spec(name, stage_in(&cloud, project, &text).await);
        spec.project = project.to_owned();
        let id = cloud.request(spec).await;
        let finished = cloud.end_of(id).await;
        let Outcome::Deployed(serving) = &finished.outcome else {
            panic!("{finished:?}\n{}", cloud.logs())
        };
        let images = format!("{}-docker.pkg.dev/{project}/", cloud.settings.region);
        assert!(serving.image.starts_with(&images), "{}", serving.image);
        let service = rest::service(&cloud, project, name).await.expect("the service exists");
        assert_eq!(service["annotations"][DEPLOYMENT_ANNOTATION], id.to_string());
        assert_eq!(rest::call(&service).await, text);
        announced.insert(id, 0);
    }

    let fleet_name = &cloud.settings.fleet;
    assert_eq!(rest::builds(&cloud, "team-a", fleet_name).await.len(), 2);
    assert_eq!(rest::builds(&cloud, "team-b", fleet_name).await.len(), 1);
    let own = &cloud.settings.project;
    assert_eq!(rest::builds(&cloud, own, fleet_name).await.len(), 0, "in the fleet's own project");
    assert!(rest::service(&cloud, own, "one").await.is_none(), "in the fleet's own project");
    assert!(cloud.ledger.list_parked().await.unwrap().is_empty());

    // Workers publish what they still have to before they stop.
    for worker in fleet {
        assert!(worker.stop(), "a worker did not stop gracefully");
    }
    for message in outcomes.pull().await {
        let finished: DeploymentFinished = decode(&message).unwrap();
        *announced.get_mut(&finished.id).expect("an outcome of this test") += 1;
    }
    assert!(announced.values().all(|times| *times == 1), "{announced:?}\n{}", cloud.logs());
}

#[tokio::test(flavor = "multi_thread")]
async fn fleet_function_source_and_images_are_in_four_different_projects() {
    let mut cloud = Cloud::start().await;
    cloud.trust(
        "projects = [\"team-a\"]\nsource_buckets = [\"team-b-staging\"]\n\
         repositories = [\"projects/images/locations/us-central1/repositories/all\"]\n",
    );
    cloud.clients.images.ensure_repository("images", "us-central1", "all").await.unwrap();
    let _fleet = cloud.fleet();
    let mut far = spec("far", stage_in(&cloud, "team-b", "from afar").await);
    far.project = "team-a".to_owned();
    far.build.get_or_insert_default().repository =
        "projects/images/locations/us-central1/repositories/all".to_owned();
    let mut own = far.clone();
    own.project = cloud.settings.project.clone();

    let id = cloud.request(far).await;
    let finished = cloud.end_of(id).await;
    let Outcome::Deployed(serving) = &finished.outcome else {
        panic!("{finished:?}\n{}", cloud.logs())
    };
    let image = "us-central1-docker.pkg.dev/images/all/far@sha256:";
    assert!(serving.image.starts_with(image), "{}", serving.image);
    let service = rest::service(&cloud, "team-a", "far").await.expect("the service exists");
    assert_eq!(rest::call(&service).await, "from afar");
    for (project, builds) in
        [("team-a", 1), ("team-b", 0), ("images", 0), (&*cloud.settings.project, 0)]
    {
        let built = rest::builds(&cloud, project, &cloud.settings.fleet).await;
        assert_eq!(built.len(), builds, "{project}");
    }

    // The command line finds the function from the fleet's own project, by its full name.
    let full_name = format!("team-a/{}/far", cloud.settings.region);
    let run = |arguments: &[&str]| {
        let output = longshore(&cloud.environment).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", cloud.logs());
        said
    };
    assert!(run(&["list"]).contains(&full_name));
    assert!(run(&["describe", &full_name]).contains(&serving.image));
    run(&["delete", "--yes", &full_name]);
    assert!(rest::service(&cloud, "team-a", "far").await.is_none());

    // The rules name projects, so the fleet's own one is not among them.
    let refused = cloud.end_of(cloud.request(own).await).await;
    let Outcome::Failed(failure) = refused.outcome else { panic!("{refused:?}") };
    assert_eq!(failure.code, "not-permitted", "{failure:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_both_flavours_are_deployed_to_the_project_of_a_domain() {
    const PROJECT: &str = "example.com:shop";
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = stage_in(&cloud, PROJECT, "of a domain").await;
    let region = cloud.settings.region.clone();
    for (name, flavour, repository) in [
        ("of-run", proto::Flavour::Run, "cloud-run-source-deploy/of-run"),
        (
            "of-functions",
            proto::Flavour::Functions,
            "gcf-artifacts/example.com.shop__europe--west1__of--functions",
        ),
    ] {
        let spec = proto::FunctionSpec {
            project: PROJECT.to_owned(),
            flavour: flavour.into(),
            runtime: "python3".to_owned(),
            ..spec(name, source.clone())
        };
        for outcome in ["deployed", "unchanged"] {
            let finished = cloud.end_of(cloud.request(spec.clone()).await).await;
            assert_eq!(finished.outcome.as_str(), outcome, "{finished:?}\n{}", cloud.logs());
            let (Outcome::Deployed(serving) | Outcome::Unchanged(serving)) = &finished.outcome
            else {
                panic!("{finished:?}")
            };
            let image = format!("{region}-docker.pkg.dev/example.com/shop/{repository}@sha256:");
            assert!(serving.image.starts_with(&image), "{}", serving.image);
        }
        let service = rest::service(&cloud, PROJECT, name).await.expect("the service exists");
        assert_eq!(rest::call(&service).await, "of a domain");
        let full_name = format!("{PROJECT}/{region}/{name}");
        for command in [
            &["describe", &full_name][..],
            &["logs", "--build", &full_name],
            &["delete", "--yes", &full_name],
        ] {
            let output = longshore(&cloud.environment).args(command).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{command:?}: {said}{}", cloud.logs());
        }
        assert!(rest::service(&cloud, PROJECT, name).await.is_none());
    }
    let sources = "run-sources-example_com_shop-europe-west1";
    assert!(!cloud.clients.objects.list(sources, "").await.unwrap().is_empty());
}

/// The ledger and the topics of a second fleet in the project of a cloud.
struct SecondFleet {
    settings: BTreeMap<String, String>,
    ledger: Ledger,
    topic: String,
    _workers: Vec<Worker>,
}

const SECOND: &str = "second";

impl SecondFleet {
    fn start(cloud: &Cloud) -> Self {
        let settings = BTreeMap::from([("LONGSHORE_FLEET".to_owned(), SECOND.to_owned())]);
        let mut provision = longshore(&cloud.environment);
        let provisioned = provision.envs(&settings).arg("provision").output().unwrap();
        assert!(provisioned.status.success(), "{}", String::from_utf8_lossy(&provisioned.stderr));
        let bucket =
            longshore_runner::Settings { fleet: SECOND.to_owned(), ..cloud.settings.clone() }
                .ledger_bucket();
        let ledger = Ledger::new(Arc::clone(&cloud.clients.objects), bucket);
        let start = |(name, _): &(&str, _)| cloud.worker_with(name, &settings);
        let workers = WORKERS.iter().map(start).collect();
        let topic = Topic::DeployRequested.full_name(&cloud.settings.project, SECOND);
        Self { settings, ledger, topic, _workers: workers }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_fleets_in_one_project_build_and_deploy_the_same_source_without_touching_each_other() {
    let cloud = Cloud::start().await;
    let _first = cloud.fleet();
    let second = SecondFleet::start(&cloud);
    let source = cloud.stage(&function(cloud.folder(), "shared")).await;

    let first_id = cloud.request(spec("of-the-first", source.clone())).await;
    let (second_id, wire) = request(spec("of-the-second", source), TraceContext::default());
    cloud.clients.bus.publish(&second.topic, wire).await.unwrap();

    let finished = cloud.end_of(first_id).await;
    assert_eq!(finished.outcome.as_str(), "deployed", "{finished:?}\n{}", cloud.logs());
    let mut status = longshore(&cloud.environment);
    status.envs(&second.settings).args(["status", &second_id.to_string(), "--follow"]);
    let followed = tokio::task::spawn_blocking(move || status.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&followed.stdout).into_owned();
    assert!(followed.status.success() && said.contains("deployed"), "{said}\n{}", cloud.logs());

    for (fleet, ledger, own, other) in [
        (&*cloud.settings.fleet, &cloud.ledger, first_id, second_id),
        (SECOND, &second.ledger, second_id, first_id),
    ] {
        assert_eq!(rest::builds(&cloud, &cloud.settings.project, fleet).await.len(), 1, "{fleet}");
        assert!(ledger.outcome(own).await.unwrap().is_some(), "{fleet}");
        assert!(ledger.request(other).await.unwrap().is_none(), "{fleet}");
        assert!(ledger.list_parked().await.unwrap().is_empty(), "{fleet}");
    }
    for name in ["of-the-first", "of-the-second"] {
        let service = rest::service(&cloud, &cloud.settings.project, name).await.unwrap();
        assert_eq!(rest::call(&service).await, "shared");
    }
}
