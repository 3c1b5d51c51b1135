use serde_json::{Value, json};

use super::*;
use crate::google::fake::Fake;
use crate::{Beyond, Kind, RuntimeStage};

const FUNCTIONS: &str = "/v2/projects/p/locations/-/functions";

fn date(year: i32, month: i32, of_month: i32) -> Date {
    day(year, month, of_month).unwrap()
}

async fn estate(fake: &Fake) -> GoogleEstate {
    let all = Some(fake.endpoint.clone());
    let endpoints = Endpoints {
        run: all.clone(),
        functions: all.clone(),
        resource_manager: all,
        ..Endpoints::default()
    };
    let profile = Profile::of(Cloud::Local).unwrap();
    GoogleEstate::connect(&profile, &endpoints, Cloud::Local).await.unwrap()
}

async fn listed(functions: Value) -> Vec<DeployedFunction> {
    let page = json!({ "functions": functions });
    let fake = Fake::answering([("GET", FUNCTIONS, 200, page)]).await;
    let listed = estate(&fake).await.functions("p", "-").await.unwrap();
    assert_eq!(fake.requests()[0].query["pageSize"], "1000");
    listed
}

#[tokio::test]
async fn functions_of_both_generations_are_listed_with_what_only_rest_says() {
    let listed = listed(json!([
        {
            "name": "projects/p/locations/r/functions/old",
            "environment": "GEN_1",
            "state": "ACTIVE",
            "updateTime": "2024-02-29T12:00:00Z",
            "buildConfig": { "runtime": "python38", "entryPoint": "main" },
            "upgradeInfo": { "upgradeState": "ELIGIBLE_FOR_2ND_GEN_UPGRADE" },
        },
        {
            "name": "projects/p/locations/r/functions/new",
            "environment": "GEN_2",
            "buildConfig": { "automaticUpdatePolicy": {} },
            "serviceConfig": {
                "allTrafficOnLatestRevision": true,
                "directVpcEgress": "VPC_EGRESS_ALL_TRAFFIC",
                "directVpcNetworkInterface": [{ "network": "n", "subnetwork": "s" }],
            },
        },
    ]))
    .await;
    let [old, new] = &listed[..] else { panic!("{listed:?}") };
    assert!(old.live.is_first_generation);
    assert_eq!(old.upgrade_state, "ELIGIBLE_FOR_2ND_GEN_UPGRADE");
    assert_eq!(old.updated_at.unwrap().date(), date(2024, 2, 29));
    assert!(old.beyond.is_empty(), "{:?}", old.beyond);
    let (network, subnetwork) = ("n".to_owned(), "s".to_owned());
    let vpc = Some(VpcAccess::Direct { network, subnetwork });
    assert_eq!(new.live.shape.settings.vpc, vpc);
    assert_eq!(new.beyond, [Beyond::AllEgress, Beyond::BaseImageUpdates]);
}

#[tokio::test]
async fn what_a_specification_cannot_say_of_a_service_is_named() {
    let plain = json!({
        "name": "projects/p/locations/r/services/plain",
        "customAudiences": ["https://r-p.cloudfunctions.net/plain"],
        "traffic": [{ "type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100 }],
        "template": { "containers": [{
            "ports": [{ "name": "h2c", "containerPort": 8080 }],
            "startupProbe": { "tcpSocket": { "port": 8080 } },
            "resources": { "cpuIdle": true },
        }] },
    });
    let special = json!({
        "name": "projects/p/locations/r/services/special",
        "traffic": [{ "revision": "special-1", "percent": 100 }],
        "template": {
            "sessionAffinity": true,
            "containers": [
                { "ports": [{ "containerPort": 9000 }], "livenessProbe": {}, "args": ["-v"] },
                { "name": "sidecar" },
            ],
            "volumes": [{ "name": "v", "gcs": { "bucket": "b" } }],
        },
    });
    let path = "/v2/projects/p/locations/r/services";
    let page = json!({ "services": [plain, special] });
    let fake = Fake::answering([("GET", path, 200, page)]).await;
    let listed = estate(&fake).await.services("p", "r").await.unwrap();
    assert_eq!(listed[0].beyond, []);
    let beyond = [
        Beyond::PinnedTraffic,
        Beyond::Sidecars,
        Beyond::OtherVolumes,
        Beyond::Probes,
        Beyond::Command,
        Beyond::Port,
        Beyond::SessionAffinity,
    ];
    assert_eq!(listed[1].beyond, beyond);
}

#[tokio::test]
async fn a_runtime_has_the_dates_of_its_support() {
    let path = "/v2/projects/p/locations/r/runtimes";
    let page = json!({ "runtimes": [
        {
            "name": "java17",
            "stage": "GA",
            "environment": "GEN_2",
            "deprecationDate": { "year": 2027, "month": 10 },
        },
        {
            "name": "python38",
            "stage": "DECOMMISSIONED",
            "environment": "GEN_1",
            "decommissionDate": { "year": 2025, "month": 10, "day": 14 },
        },
    ] });
    let fake = Fake::answering([("GET", path, 200, page)]).await;
    let listed = estate(&fake).await.runtimes("p", "r").await.unwrap();
    assert_eq!(listed[0].deprecated_on, Some(date(2027, 10, 1)));
    assert_eq!((listed[0].decommissioned_on, listed[0].stage), (None, RuntimeStage::Ga));
    assert!(listed[1].is_first_generation);
    assert_eq!(listed[1].decommissioned_on, Some(date(2025, 10, 14)));
}

#[tokio::test]
async fn apis_and_quotas_are_read_from_service_usage() {
    let services = json!({ "services": [{ "config": { "name": "run.googleapis.com" } }] });
    let bucket = |region: Option<&str>, limit: &str| {
        let dimensions = region.map_or(json!({}), |region| json!({ "region": region }));
        json!({ "effectiveLimit": limit, "dimensions": dimensions })
    };
    let metrics = json!({ "metrics": [{
        "metric": "run.googleapis.com/cpu_allocation",
        "consumerQuotaLimits": [{
            "unit": "1/{project}/{region}",
            "quotaBuckets": [bucket(None, "20000"), bucket(Some("r"), "400000"), bucket(Some("free"), "-1")],
        }],
    }] });
    let quotas = "/v1beta1/projects/p/services/run.googleapis.com/consumerQuotaMetrics";
    let fake = Fake::answering([
        ("GET", "/v1/projects/p/services", 200, services),
        ("GET", quotas, 200, metrics),
    ])
    .await;
    let estate = estate(&fake).await;
    let enabled = estate.enabled_apis("p").await.unwrap();
    assert_eq!(enabled, ["run.googleapis.com".to_owned()].into());
    assert_eq!(estate.cpu_quota("p", "r").await.unwrap(), Some(400_000));
    assert_eq!(estate.cpu_quota("p", "other").await.unwrap(), Some(20_000));
    assert_eq!(estate.cpu_quota("p", "free").await.unwrap(), None);
    let refused = estate.enabled_apis("unknown").await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
}

#[tokio::test]
async fn a_source_that_is_too_large_is_not_downloaded_to_its_end() {
    let fake = Fake::answering([("GET", "/archive", 200, json!("twelve bytes"))]).await;
    let estate = estate(&fake).await;
    let url = format!("{}/archive?signature=secret", fake.endpoint);
    let call = Call::new("download source", "f");
    let bytes = estate.plain.download(call, &url, 100).await.unwrap();
    assert_eq!(bytes, b"\"twelve bytes\"");
    let refused = estate.plain.download(call, &url, 5).await.unwrap_err();
    assert_eq!(refused.kind, Kind::InvalidArgument);
    let absent = format!("{}/absent?signature=secret", fake.endpoint);
    let refused = estate.plain.download(call, &absent, 5).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
    assert!(!format!("{refused:?}").contains("secret"));
}
