use serde_json::{Value, json};

use super::*;
use crate::endpoints::Cloud;
use crate::google::fake::Fake;
use longshore_messages::FunctionRef;

const NAME: &str = "projects/p/locations/r/jobs/j";
const JOBS: &str = "/v1/projects/p/locations/r/jobs";
const JOB: &str = "/v1/projects/p/locations/r/jobs/j";

async fn triggers(fake: &Fake) -> GoogleScheduleTriggers {
    let profile = Profile::of(Cloud::Local).unwrap();
    let pacer = Pacer::unlimited();
    GoogleScheduleTriggers::connect(&profile, Some(&fake.endpoint), pacer).await.unwrap()
}

fn shape() -> ScheduledCall {
    ScheduledCall {
        name: NAME.to_owned(),
        description: "Calls function p/r/f.".to_owned(),
        schedule: "0 9 * * mon".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        url: "https://f.run.app/jobs?a=b".to_owned(),
        method: Method::Put,
        headers: BTreeMap::from([("Content-Type".to_owned(), "text/plain".to_owned())]),
        body: b"hello".to_vec(),
        account: "caller@p.iam.gserviceaccount.com".to_owned(),
        audience: "https://f.run.app".to_owned(),
        attempt_deadline: Duration::from_secs(15),
        retry: ScheduledRetry {
            count: 5,
            max_duration: Duration::from_secs(600),
            minimum_backoff: Duration::from_millis(1_500),
            maximum_backoff: Duration::from_secs(60),
            max_doublings: 3,
        },
    }
}

#[test]
fn a_job_shows_what_was_requested() {
    for method in [
        Method::Post,
        Method::Get,
        Method::Head,
        Method::Put,
        Method::Delete,
        Method::Patch,
        Method::Options,
    ] {
        let shape = ScheduledCall { method, ..shape() };
        let live = observed(&requested(&shape).unwrap());
        assert_eq!(live, LiveTrigger { shape, state: TriggerState::Active, last: None });
    }
}

#[test]
fn a_job_shows_its_state_and_its_last_attempt() {
    let job = requested(&shape()).unwrap();
    for (state, expected) in [
        (State::Enabled, TriggerState::Active),
        (State::Paused, TriggerState::Paused),
        (State::Disabled, TriggerState::Failing),
        (State::UpdateFailed, TriggerState::Unfinished),
    ] {
        assert_eq!(observed(&job.clone().set_state(state)).state, expected);
    }
    let attempted = |code: i32, message: &str| {
        let job: Job = serde_json::from_value(json!({
            "name": NAME,
            "lastAttemptTime": "2026-01-02T03:04:05Z",
            "status": { "code": code, "message": message },
        }))
        .unwrap();
        let last = observed(&job).last.unwrap();
        assert_eq!(last.at.unix_timestamp(), 1_767_323_045);
        last.problem
    };
    assert_eq!(attempted(0, ""), None);
    assert_eq!(attempted(7, "").as_deref(), Some("PERMISSION_DENIED"));
    let shown = attempted(13, "HTTP status code 500");
    assert_eq!(shown.as_deref(), Some("INTERNAL HTTP status code 500"));
}

#[tokio::test]
async fn a_job_is_created_with_the_fields_of_the_api() {
    let fake = Fake::answering([("POST", JOBS, 200, json!({ "name": NAME }))]).await;
    triggers(&fake).await.create(&shape()).await.unwrap();
    let sent = fake.requests().pop().unwrap().body;
    assert_eq!(sent["name"], NAME);
    assert_eq!(
        (&sent["schedule"], &sent["timeZone"]),
        (&"0 9 * * mon".into(), &"Europe/Zurich".into())
    );
    let target = &sent["httpTarget"];
    assert_eq!(target["uri"], "https://f.run.app/jobs?a=b");
    assert_eq!(target["body"], "aGVsbG8=");
    let token = json!({
        "serviceAccountEmail": "caller@p.iam.gserviceaccount.com",
        "audience": "https://f.run.app",
    });
    assert_eq!(target["oidcToken"], token);
    assert_eq!(sent["attemptDeadline"], "15s");
    assert_eq!(sent["retryConfig"]["minBackoffDuration"], "1.5s");
}

#[tokio::test]
async fn a_job_that_exists_is_created_and_one_that_is_missing_is_deleted() {
    let exists =
        json!({ "error": { "code": 409, "message": "exists", "status": "ALREADY_EXISTS" } });
    let fake = Fake::answering([("POST", JOBS, 409, exists)]).await;
    let triggers = triggers(&fake).await;
    triggers.create(&shape()).await.unwrap();
    triggers.delete(NAME).await.unwrap();
    assert_eq!(fake.calls(), [format!("POST {JOBS}"), format!("DELETE {JOB}")]);
}

#[tokio::test]
async fn an_update_has_the_mask_of_its_fields() {
    let fake = Fake::answering([("PATCH", JOB, 200, json!({ "name": NAME }))]).await;
    let fields = [
        ScheduleField::Description,
        ScheduleField::Schedule,
        ScheduleField::Request,
        ScheduleField::AttemptDeadline,
        ScheduleField::Retry,
    ];
    triggers(&fake).await.update(&shape(), &fields).await.unwrap();
    let mask = fake.requests().pop().unwrap().query["updateMask"].clone();
    let expected = "description,schedule,timeZone,httpTarget,attemptDeadline,retryConfig";
    assert_eq!(mask.replace('_', "").to_lowercase(), expected.to_lowercase());
}

#[tokio::test]
async fn only_the_jobs_of_the_function_are_listed() {
    let at = FunctionRef { project: "p".into(), region: "r".into(), name: "f".into() };
    let other = FunctionRef { name: "g".into(), ..at.clone() };
    let named = |fleet: &str, at: &FunctionRef| {
        let schedule = longshore_messages::ScheduleTrigger {
            name: "1".to_owned(),
            schedule: String::new(),
            time_zone: None,
            method: Method::Post,
            path: String::new(),
            body: Vec::new(),
            headers: BTreeMap::new(),
            attempt_deadline: None,
            retry: longshore_messages::ScheduleRetry::default(),
            account: None,
        };
        schedule.job(fleet, at)
    };
    let ours = named("longshore", &at);
    let names = [NAME.to_owned(), named("other", &at), named("longshore", &other), ours.clone()];
    let jobs: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    let fake = Fake::answering([("GET", JOBS, 200, json!({ "jobs": jobs }))]).await;
    let triggers = triggers(&fake).await;
    let listed = triggers.list(&TriggerOwner::function("longshore", &at)).await.unwrap();
    let names: Vec<&str> = listed.iter().map(|live| live.shape.name.as_str()).collect();
    assert_eq!(names, [ours.as_str()]);
    let fleet = TriggerOwner::fleet("longshore", "p");
    assert_eq!(triggers.list(&fleet.in_region("r")).await.unwrap().len(), 2);
    assert_eq!(triggers.list(&fleet).await.unwrap_err().kind, Kind::InvalidArgument);
}
