use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use axum::routing::any;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::catalog::{FUNCTION_WRITES, RUN_READS, RUN_WRITES};
use super::*;
use crate::clock::{ManualClock, SharedClock};
use crate::coverage::Api;

const API: Api = Api("Cloud Run");
const METHODS: &[Method] = &[
    API.served(
        "google.cloud.run.v2.Services.CreateService",
        "POST /v2/projects/{project}/locations/{location}/services",
        "",
    ),
    API.served(
        "google.cloud.run.v2.Services.GetService",
        "GET /v2/projects/{project}/locations/{location}/services/{service}",
        "",
    )
    .with_grpc("/google.cloud.run.v2.Services/GetService"),
];

fn quotas(settings: QuotaSettings, clock: &Arc<ManualClock>) -> Quotas {
    let projects = LocalProject { id: "p".to_owned(), number: 42 };
    let clock = SharedClock::new(Arc::<ManualClock>::clone(clock));
    let pace = Pace { clock, ..Pace::default() };
    Quotas::new(settings, pace, projects, "home".to_owned())
}

fn standing() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)))
}

#[test]
fn no_minute_has_more_calls_than_the_limit() {
    let clock = standing();
    let quotas = quotas(QuotaSettings::only(&RUN_WRITES), &clock);
    let take = |project, region| quotas.take(&[&RUN_WRITES], project, region);
    for _ in 0..60 {
        take("p", "r").unwrap();
        clock.advance(Duration::from_millis(500));
    }
    let exceeded = take("p", "r").unwrap_err();
    assert_eq!((exceeded.limit, exceeded.retry_after), (60, Duration::from_secs(30)));
    assert!(take("42", "r").is_err(), "a project has one number under both of its names");
    take("p", "s").unwrap();
    take("q", "r").unwrap();
    clock.advance(Duration::from_secs(30));
    take("p", "r").unwrap();
    assert!(take("p", "r").is_err());
}

#[test]
fn a_call_that_exceeds_one_of_its_quotas_counts_against_none() {
    let clock = standing();
    let settings = QuotaSettings::default().with(&RUN_WRITES, 1).with(&RUN_READS, 2);
    let quotas = quotas(settings, &clock);
    quotas.take(&[&RUN_WRITES], "p", "r").unwrap();
    for _ in 0..5 {
        let exceeded = quotas.take(&[&RUN_READS, &RUN_WRITES], "p", "r").unwrap_err();
        assert_eq!(exceeded.quota, &RUN_WRITES);
    }
    quotas.take(&[&RUN_READS], "p", "r").unwrap();
    quotas.take(&[&RUN_READS], "p", "r").unwrap();
    assert!(quotas.take(&[&RUN_READS], "p", "r").is_err());
}

#[test]
fn a_call_may_be_refused_on_purpose_and_all_are_counted() {
    let text = "google = true\n[[refused]]\nmetric = \"run.googleapis.com/write_regional\"\n\
                call = 2";
    let quotas = quotas(QuotaSettings::parse(text).unwrap(), &standing());
    let took: Vec<_> = (0..3).map(|_| quotas.take(&[&RUN_WRITES], "p", "r").is_ok()).collect();
    assert_eq!(took, [true, false, true]);
    assert_eq!(quotas.counts()[RUN_WRITES.metric], Count { served: 2, refused: 1 });
}

#[test]
fn service_usage_is_told_the_limits() {
    let text = "google = true\n[[limits]]\nmetric = \"run.googleapis.com/write_regional\"\n\
                per_minute = 9\nregion = \"far\"";
    let quotas = quotas(QuotaSettings::parse(text).unwrap(), &standing());
    let limits = quotas.limits("run.googleapis.com", "p");
    let writes = limits.iter().find(|limit| limit.quota == &RUN_WRITES).unwrap();
    assert_eq!(writes.elsewhere, Some(60));
    assert_eq!(writes.regions, [("far".to_owned(), 9)]);
    let none = QuotaSettings::only(&FUNCTION_WRITES);
    let none = self::quotas(none, &standing());
    assert!(none.limits("run.googleapis.com", "p").is_empty());
}

async fn call(
    router: &Router,
    request: Request<Body>,
) -> (StatusCode, Vec<(String, String)>, Value) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.collect();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, headers, serde_json::from_slice(&body).unwrap_or_default())
}

fn create() -> Request<Body> {
    let uri = "/v2/projects/p/locations/r/services?serviceId=s";
    Request::post(uri).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_refused_call_gets_googles_error() {
    let clock = standing();
    let settings = QuotaSettings::default().with(&RUN_WRITES, 1).with(&RUN_READS, 0);
    let settings = QuotaSettings { tells_retry: true, ..settings };
    let router = Router::new().fallback(any(async || "served"));
    let router = quotas(settings, &clock).over(router, "run.googleapis.com", &[METHODS]);
    assert_eq!(call(&router, create()).await.0, StatusCode::OK);
    clock.advance(Duration::from_millis(18_500));
    let (status, headers, body) = call(&router, create()).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains(&("retry-after".to_owned(), "42".to_owned())), "{headers:?}");
    assert_eq!(
        body["error"]["message"],
        "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute per \
         region' of service 'run.googleapis.com' for consumer 'project_number:42'."
    );
    assert_eq!(body["error"]["status"], "RESOURCE_EXHAUSTED");
    assert_eq!(
        body["error"]["details"][0],
        json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": {
                "consumer": "projects/42",
                "quota_limit": "WritePerMinutePerProjectRegion",
                "quota_limit_value": "1",
                "quota_location": "r",
                "quota_metric": "run.googleapis.com/write_regional",
                "quota_unit": "1/min/{project}/{region}",
                "service": "run.googleapis.com",
            },
        })
    );
    let get = Request::post("/google.cloud.run.v2.Services/GetService")
        .header("content-type", "application/grpc")
        .header("x-goog-request-params", "name=projects%2Fp%2Flocations%2Fr%2Fservices%2Fs");
    let (status, headers, _) = call(&router, get.body(Body::empty()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(headers.contains(&("grpc-status".to_owned(), "8".to_owned())), "{headers:?}");
    let unlisted = Request::get("/v2/other").body(Body::empty()).unwrap();
    assert_eq!(call(&router, unlisted).await.0, StatusCode::OK);
    clock.advance(Duration::from_millis(41_500));
    assert_eq!(call(&router, create()).await.0, StatusCode::OK);
}
