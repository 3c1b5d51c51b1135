use std::collections::BTreeMap;

use longshore_messages::{
    BuildSettings, DeadLetters, Encryption, EventEncoding, EventTrigger, Flavour, FunctionRef,
    GitRevision, HttpsArchive, Payload, Received, SecretVersion, SecretVolume, ServiceSettings,
    Signature, StorageObject, TopicTrigger,
};

use super::*;

/// A function of `project` that names nothing else.
fn function(project: &str) -> Function {
    let at = FunctionRef {
        project: project.to_owned(),
        region: "europe-west1".to_owned(),
        name: "f".to_owned(),
    };
    let bucket = source_bucket(project, &at.region);
    Function {
        at,
        flavour: Flavour::Run,
        runtime: None,
        entry_point: "f".to_owned(),
        signature: Signature::Http,
        source: Source::Storage(StorageObject { bucket, object: "o".to_owned(), generation: 0 }),
        build: BuildSettings::default(),
        service: ServiceSettings::default(),
        encryption: None,
        triggers: Vec::new(),
        callers: std::collections::BTreeSet::new(),
        rollout: None,
        received: Received::default(),
    }
}

fn changed(change: impl FnOnce(&mut Function)) -> Function {
    let mut function = function("own-project");
    change(&mut function);
    function
}

fn trigger(topic: &str, dead: Option<String>, account: Option<String>) -> Trigger {
    Trigger::Topic(TopicTrigger {
        topic: topic.to_owned(),
        filter: String::new(),
        ordered: false,
        ack_deadline: None,
        minimum_backoff: None,
        maximum_backoff: None,
        dead_letters: dead.map(|topic| DeadLetters { topic, max_delivery_attempts: 5 }),
        account,
        payload: Payload::Wrapped,
    })
}

fn event(change: impl FnOnce(&mut EventTrigger)) -> Trigger {
    let mut event = EventTrigger {
        event_type: "com.example.v1.thing".to_owned(),
        filters: Vec::new(),
        region: "r".to_owned(),
        account: None,
        channel: None,
        retries: false,
        path: None,
        topic: None,
        encoding: EventEncoding::Json,
        allows_replacement: false,
    };
    change(&mut event);
    Trigger::Event(event)
}

/// A field, and a function that names something of a project in it.
type Naming = (&'static str, Box<dyn Fn(&str) -> Function>);

fn names() -> Vec<(&'static str, Function, Function)> {
    let account = |project: &str| format!("runner@{project}.iam.gserviceaccount.com");
    let regional = |project: &str, kind: &str| format!("projects/{project}/locations/r/{kind}/x");
    let secret = |name: String| SecretVersion { secret: name, version: "latest".to_owned() };
    // Each field, with a name of the function's own project and with one of another project.
    let pairs: Vec<Naming> = vec![
        (
            "function.service.serviceAccount",
            Box::new(move |of| changed(|f| f.service.service_account = Some(account(of)))),
        ),
        (
            "function.build.serviceAccount",
            Box::new(move |of| {
                let name = format!("projects/-/serviceAccounts/{}", account(of));
                changed(|f| f.build.service_account = name)
            }),
        ),
        (
            "function.build.workerPool",
            Box::new(move |of| changed(|f| f.build.worker_pool = regional(of, "workerPools"))),
        ),
        (
            "function.build.repository",
            Box::new(move |of| {
                changed(|f| f.build.repository = Some(regional(of, "repositories")))
            }),
        ),
        (
            "function.encryption.kmsKey",
            Box::new(|of| {
                let kms_key = format!("projects/{of}/locations/r/keyRings/r/cryptoKeys/k");
                changed(|f| f.encryption = Some(Encryption { kms_key, source_bucket: None }))
            }),
        ),
        (
            "function.service.vpc.connector",
            Box::new(move |of| {
                let connector = VpcAccess::Connector(regional(of, "connectors"));
                changed(|f| f.service.vpc = Some(connector))
            }),
        ),
        (
            "function.service.vpc.network",
            Box::new(|of| {
                let network = format!("projects/{of}/global/networks/n");
                let subnetwork = String::new();
                changed(|f| f.service.vpc = Some(VpcAccess::Direct { network, subnetwork }))
            }),
        ),
        (
            "function.service.vpc.subnetwork",
            Box::new(|of| {
                let subnetwork = format!("projects/{of}/regions/r/subnetworks/n");
                let network = String::new();
                changed(|f| f.service.vpc = Some(VpcAccess::Direct { network, subnetwork }))
            }),
        ),
        (
            "function.service.secretEnvironment.KEY.secret",
            Box::new(move |of| {
                let name = format!("projects/{of}/secrets/s");
                changed(|f| {
                    f.service.secret_environment.insert("KEY".to_owned(), secret(name));
                })
            }),
        ),
        (
            "function.service.secretVolumes./keys.secret",
            Box::new(|of| {
                let secret = format!("projects/{of}/secrets/s");
                let volume = SecretVolume { secret, files: BTreeMap::new() };
                changed(|f| {
                    f.service.secret_volumes.insert("/keys".to_owned(), volume);
                })
            }),
        ),
        (
            "function.triggers[0].topic.topic",
            Box::new(|of| {
                let topic = format!("projects/{of}/topics/t");
                changed(|f| f.triggers = vec![trigger(&topic, None, None)])
            }),
        ),
        (
            "function.triggers[0].topic.deadLetterTopic",
            Box::new(|of| {
                let dead = format!("projects/{of}/topics/dead");
                let topic = "projects/own-project/topics/shared";
                changed(|f| f.triggers = vec![trigger(topic, Some(dead), None)])
            }),
        ),
        (
            "function.triggers[0].event.topic",
            Box::new(|of| {
                let topic = format!("projects/{of}/topics/t");
                changed(|f| f.triggers = vec![event(|event| event.topic = Some(topic))])
            }),
        ),
        (
            "function.triggers[0].event.channel",
            Box::new(|of| {
                let channel = format!("projects/{of}/locations/r/channels/c");
                changed(|f| f.triggers = vec![event(|event| event.channel = Some(channel))])
            }),
        ),
        (
            "function.triggers[0].event.serviceAccount",
            Box::new(move |of| {
                changed(|f| f.triggers = vec![event(|event| event.account = Some(account(of)))])
            }),
        ),
        (
            "function.triggers[0].topic.serviceAccount",
            Box::new(move |of| {
                let topic = "projects/own-project/topics/shared";
                changed(|f| f.triggers = vec![trigger(topic, None, Some(account(of)))])
            }),
        ),
    ];
    let both = |(field, of): Naming| (field, of("own-project"), of("other-project"));
    pairs.into_iter().map(both).collect()
}

fn policy(file: &str) -> Policy {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("longshore.toml");
    let all = format!("project = \"own-project\"\nregion = \"europe-west1\"\n{file}");
    std::fs::write(&path, all).unwrap();
    Policy::new(&Settings::read(Some(&path), []).unwrap())
}

/// The fields that are refused.
fn refused(policy: &Policy, requester: &str, function: &Function) -> Vec<String> {
    match policy.check(requester, function) {
        Verdict::Allowed => Vec::new(),
        Verdict::IfOwn(buckets) => {
            buckets.into_iter().map(|own| format!("{} {}", own.bucket, own.problem.field)).collect()
        }
        Verdict::Refused(refused) => {
            refused.problems.into_iter().map(|problem| problem.field).collect()
        }
    }
}

#[test]
fn without_tables_a_request_may_name_what_belongs_to_its_functions_project() {
    let policy = policy("");
    assert_eq!(refused(&policy, "default", &function("own-project")), [""; 0]);
    for (field, own, foreign) in names() {
        assert_eq!(refused(&policy, "default", &own), [""; 0], "{field}");
        assert_eq!(refused(&policy, "default", &foreign), [field]);
    }
    assert_eq!(refused(&policy, "default", &function("other-project")), ["function.project"]);
    assert_eq!(refused(&policy, "team-a", &function("own-project")), ["the topic"]);
}

#[test]
fn a_fleet_serves_the_projects_of_its_settings() {
    let policy = policy("projects = [\"other-project\", \"team-*\"]\n");
    for (project, is_served) in
        [("own-project", false), ("other-project", true), ("team-a-test", true)]
    {
        let refused = refused(&policy, "default", &function(project));
        assert_eq!(refused.is_empty(), is_served, "{project}");
    }
}

#[test]
fn every_field_of_another_project_can_be_allowed_by_name() {
    let policy = policy(
        "projects = [\"*\"]\n[[requesters]]\nname = \"team-a\"\n\
         build_service_accounts = [\"*@other-project.iam.gserviceaccount.com\"]\n\
         run_service_accounts = [\"*@other-project.iam.gserviceaccount.com\"]\n\
         topics = [\"projects/other-project/topics/*\", \"projects/own-project/topics/shared\", \
         \"projects/other-project/locations/r/channels/*\"]\n\
         worker_pools = [\"projects/other-project/locations/r/workerPools/x\"]\n\
         repositories = [\"projects/other-project/locations/r/repositories/x\"]\n\
         networks = [\"projects/other-project/locations/r/connectors/x\", \
         \"projects/other-project/global/networks/n\", \
         \"projects/other-project/regions/r/subnetworks/n\"]\n\
         kms_keys = [\"projects/other-project/locations/r/keyRings/r/cryptoKeys/*\"]\n\
         secrets = [\"projects/other-project/secrets/*\"]\n",
    );
    let accounts = ["function.build.serviceAccount", "function.service.serviceAccount"];
    for (field, own, foreign) in names() {
        // Without `own`, the default accounts of the project are not allowed either.
        let without: Vec<&str> = accounts.into_iter().filter(|account| *account != field).collect();
        assert_eq!(refused(&policy, "team-a", &foreign), without, "{field}");
        let of_own = refused(&policy, "team-a", &own);
        assert!(of_own.contains(&field.to_owned()), "{field}: {of_own:?}");
    }
}

#[test]
fn a_table_limits_projects_and_regions() {
    let policy = policy(
        "[[requesters]]\nname = \"team-a\"\nprojects = [\"other-project\"]\nregions = [\"us-*\"]\n",
    );
    let europe = refused(&policy, "team-a", &function("other-project"));
    assert_eq!(europe, ["function.region"]);
    let europe = refused(&policy, "team-a", &function("own-project"));
    assert_eq!(europe, ["function.project", "function.region"]);
    assert_eq!(refused(&policy, "default", &function("own-project")), [""; 0]);
}

#[test]
fn a_bucket_is_allowed_by_name_or_asked_for_its_owner() {
    let from = |bucket: &str| {
        changed(|f| {
            let object = "o".to_owned();
            f.source =
                Source::Storage(StorageObject { bucket: bucket.to_owned(), object, generation: 0 });
        })
    };
    let default = policy("");
    for (bucket, expected) in [
        ("run-sources-own-project-europe-west1", vec![]),
        (
            "run-sources-other-project-europe-west1",
            vec!["run-sources-other-project-europe-west1 function.source.storage.bucket"],
        ),
        ("own-project-sources", vec!["own-project-sources function.source.storage.bucket"]),
    ] {
        assert_eq!(refused(&default, "default", &from(bucket)), expected);
    }
    let listed = policy("[[requesters]]\nname = \"team-a\"\nsource_buckets = [\"team-a-*\"]\n");
    assert_eq!(refused(&listed, "team-a", &from("team-a-sources")), [""; 0]);
    let field = "function.source.storage.bucket";
    let all = policy("[[requesters]]\nname = \"team-a\"\nsource_buckets = [\"*\"]\n");
    for requester in ["default", "team-a"] {
        let ledger = refused(&all, requester, &from("own-project-longshore-ledger"));
        assert_eq!(ledger, [field], "{requester}");
    }
    for bucket in ["team-b-sources", "run-sources-own-project-europe-west1"] {
        assert_eq!(refused(&listed, "team-a", &from(bucket)), [field], "{bucket}");
    }
}

#[test]
fn the_bucket_under_a_key_is_asked_for_its_owner_and_is_never_the_ledger() {
    let stored_in = |bucket: &str| {
        let kms_key =
            "projects/own-project/locations/europe-west1/keyRings/r/cryptoKeys/k".to_owned();
        let source_bucket = Some(bucket.to_owned());
        changed(|f| f.encryption = Some(Encryption { kms_key, source_bucket }))
    };
    let field = "function.encryption.sourceBucket";
    let default = policy("");
    let asked = refused(&default, "default", &stored_in("protected"));
    assert_eq!(asked, [format!("protected {field}")]);
    let ledger = "own-project-longshore-ledger";
    assert_eq!(refused(&default, "default", &stored_in(ledger)), [field]);
    let listed = policy(
        "[[requesters]]\nname = \"team-a\"\nsource_buckets = [\"team-a-*\", \
         \"run-sources-own-project-europe-west1\"]\n",
    );
    assert_eq!(refused(&listed, "team-a", &stored_in("team-a-protected")), [""; 0]);
    assert_eq!(refused(&listed, "team-a", &stored_in("team-b-protected")), [field]);
}

#[test]
fn a_private_host_is_for_the_requesters_that_may_use_it() {
    let policy = policy(
        "source_hosts = [\"git.corp.example\", \"github.com\"]\n\
         source_private_hosts = [\"git.corp.example\"]\n\
         [[requesters]]\nname = \"team-a\"\nsource_private_hosts = [\"git.corp.example\"]\n\
         [[requesters]]\nname = \"team-b\"\n",
    );
    let git = |host: &str| {
        let url = format!("https://{host}/r").parse().unwrap();
        let (revision, directory) = ("main".to_owned(), String::new());
        changed(|f| f.source = Source::Git(GitRevision { url, revision, directory }))
    };
    let https = |host: &str| {
        let url = format!("https://{host}/a.zip").parse().unwrap();
        let (sha256, directory) = ("0".repeat(64), String::new());
        changed(|f| f.source = Source::Https(HttpsArchive { url, sha256, directory }))
    };
    for (requester, may) in [("default", true), ("team-a", true), ("team-b", false)] {
        for source in [git("github.com"), https("github.com")] {
            assert_eq!(refused(&policy, requester, &source), [""; 0]);
        }
        for source in [git("git.corp.example"), https("git.corp.example")] {
            assert_eq!(refused(&policy, requester, &source).is_empty(), may, "{requester}");
        }
    }
}

#[test]
fn an_account_belongs_to_the_project_that_its_name_ends_with() {
    for (email, is_own) in [
        ("a@own-project.iam.gserviceaccount.com", true),
        ("own-project@appspot.gserviceaccount.com", true),
        ("other-project@appspot.gserviceaccount.com", false),
        ("a@x.own-project.iam.gserviceaccount.com", false),
        ("a@own-project-2.iam.gserviceaccount.com", false),
        ("own-project@other-project.iam.gserviceaccount.com", false),
        ("123456789012-compute@developer.gserviceaccount.com", false),
    ] {
        assert_eq!(is_account_of(email, "own-project"), is_own, "{email}");
    }
    for (email, is_own) in [
        ("me@p.example.com.iam.gserviceaccount.com", true),
        ("p.example.com@appspot.gserviceaccount.com", true),
        ("me@p.iam.gserviceaccount.com", false),
        ("me@example.com.p.iam.gserviceaccount.com", false),
        ("me@q.example.com.iam.gserviceaccount.com", false),
    ] {
        assert_eq!(is_account_of(email, "example.com:p"), is_own, "{email}");
    }
}

#[test]
fn a_refusal_names_the_field_the_rule_and_the_value() {
    let foreign = changed(|f| f.build.worker_pool = "projects/x/locations/r/workerPools/p".into());
    let Verdict::Refused(refused) = policy("").check("default", &foreign) else { panic!() };
    assert_eq!(
        refused.to_string(),
        "function.build.workerPool must be a worker pool that requester default may use (what \
         belongs to project own-project), but is \"projects/x/locations/r/workerPools/p\""
    );
}

#[test]
fn no_function_reads_what_others_request_or_publishes_to_the_fleet() {
    let all = policy("[[requesters]]\nname = \"team-a\"\ntopics = [\"*\"]\n");
    let in_own = |id: &str| format!("projects/own-project/topics/{id}");
    let read = |topic: String| changed(|f| f.triggers = vec![trigger(&topic, None, None)]);
    let event =
        |topic: String| changed(|f| f.triggers = vec![event(|event| event.topic = Some(topic))]);
    let publish =
        |dead: String| changed(|f| f.triggers = vec![trigger(&in_own("orders"), Some(dead), None)]);
    for requester in ["default", "team-a"] {
        for id in [
            "longshore.deploy-requested",
            "longshore.deploy-requested.team-b",
            "longshore.batch-requested",
            "longshore.source-uploaded",
            "longshore.dead-letters",
        ] {
            let of_topic = refused(&all, requester, &read(in_own(id)));
            assert_eq!(of_topic, ["function.triggers[0].topic.topic"], "{id}");
            let of_event = refused(&all, requester, &event(in_own(id)));
            assert_eq!(of_event, ["function.triggers[0].event.topic"], "{id}");
        }
        for id in ["longshore.deploy-requested", "longshore.deployment-finished"] {
            let dead = refused(&all, requester, &publish(in_own(id)));
            assert_eq!(dead, ["function.triggers[0].topic.deadLetterTopic"], "{id}");
        }
        let finished = in_own("longshore.deployment-finished");
        assert_eq!(refused(&all, requester, &read(finished)), [""; 0]);
        assert_eq!(refused(&all, requester, &publish(in_own("longshore-orders"))), [""; 0]);
    }
    let by_number = "projects/123/topics/longshore.deploy-requested".to_owned();
    assert!(!refused(&all, "team-a", &publish(by_number)).is_empty());
}
