//! Schedules: made, changed and removed with the deployment that requests them. In memory.

use std::collections::BTreeMap;

use super::{ACCOUNT, HOUR, bench, ending, failure, next, outcome, service, topic};
use crate::support::post::Settled;
use crate::support::stages::{PROJECT, REGION, id};
use longshore_cloud::{Kind, TriggerState};
use longshore_messages::{FailureClass, Method, Outcome, ScheduleRetry, ScheduleTrigger, Trigger};

pub(super) fn schedule(name: &str, times: &str) -> Trigger {
    Trigger::Schedule(ScheduleTrigger {
        name: name.to_owned(),
        schedule: times.to_owned(),
        time_zone: None,
        method: Method::Post,
        path: "/jobs".to_owned(),
        body: Vec::new(),
        headers: BTreeMap::new(),
        attempt_deadline: None,
        retry: ScheduleRetry::default(),
        account: Some(ACCOUNT.to_owned()),
    })
}

pub(super) const NINE: &str = "0 9 * * *";
pub(super) const TEN: &str = "0 10 * * *";

#[tokio::test]
async fn schedules_are_made_changed_and_removed_with_the_deployment_that_requests_it() {
    let (bench, a) = bench(|function| function.triggers = vec![schedule("1", NINE)]).await;
    assert_eq!(ending(&bench, &a).await, "a ended deployed");
    assert_eq!(bench.schedules.take_writes(), ["create 0 9 * * *"]);
    let made = bench.schedules.only().shape;
    let url = bench.services.live(&service()).unwrap().url;
    assert_eq!((made.url, made.audience), (format!("{url}/jobs"), url));
    let prefix = format!("projects/{PROJECT}/locations/{REGION}/jobs/longshore-");
    assert!(made.name.starts_with(&prefix), "{}", made.name);
    assert!(bench.services.may_call(&service()).contains(&format!("serviceAccount:{ACCOUNT}")));

    let b = next(&bench, &a, "b", vec![schedule("1", NINE)], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended unchanged");
    let c = next(&bench, &b, "c", vec![schedule("1", TEN)], HOUR).await;
    assert_eq!(ending(&bench, &c).await, "a ended deployed", "a trigger was changed");
    assert_eq!(bench.schedules.take_writes(), ["update 0 10 * * *"], "it is the same job");

    // A paused job stays paused. Other kinds are made beside it, and nothing goes before that.
    bench.schedules.set_state(TriggerState::Paused);
    let both = vec![schedule("1", TEN), topic("orders", "")];
    let d = next(&bench, &c, "d", both, HOUR).await;
    assert_eq!(ending(&bench, &d).await, "a ended deployed");
    assert_eq!(bench.schedules.only().state, TriggerState::Paused);
    assert_eq!(bench.triggers.all(), ["orders"]);

    let e = next(&bench, &d, "e", Vec::new(), HOUR).await;
    assert_eq!(ending(&bench, &e).await, "a ended deployed");
    assert_eq!(bench.schedules.take_writes(), ["delete 0 10 * * *"]);
    assert!(bench.services.may_call(&service()).is_empty(), "the account calls nothing now");
    assert_eq!(bench.services.writes(), 1, "the service is the same all the time");
}

#[tokio::test]
async fn jobs_of_other_fleets_functions_and_tools_are_never_touched() {
    let (bench, a) = bench(|function| function.triggers = vec![schedule("1", NINE)]).await;
    ending(&bench, &a).await;
    let ours = bench.schedules.only().shape;
    let (location, id) = ours.name.rsplit_once('/').unwrap();
    let of = |other: &str| {
        // The id of another fleet or function has another hash at its start.
        format!("{location}/{}", id.replacen(|c: char| c.is_ascii_digit(), other, 1))
    };
    for name in [format!("{location}/by-hand"), of("x"), ours.name.replace(REGION, "us-east1")] {
        let mut foreign = ours.clone();
        foreign.name = name;
        bench.schedules.put(foreign);
    }
    assert_eq!(bench.schedules.all().len(), 4);
    let b = next(&bench, &a, "b", Vec::new(), HOUR).await;
    ending(&bench, &b).await;
    assert_eq!(bench.schedules.all().len(), 3);
}

#[tokio::test]
async fn a_refused_schedule_ends_the_deployment_and_the_failure_says_what_serves() {
    for (kind, words, class, advice) in [
        (
            Kind::ResourceExhausted,
            "The quota of jobs is used up.",
            FailureClass::System,
            "1,000 jobs of Cloud Scheduler",
        ),
        (
            Kind::InvalidArgument,
            "Schedule or time zone is invalid.",
            FailureClass::User,
            "fix `schedule` or `timeZone`",
        ),
        (
            Kind::InvalidArgument,
            "Location must equal us-east1 because the App Engine app is located in us-east1",
            FailureClass::User,
            "the region that the reason names",
        ),
        (Kind::Unimplemented, "", FailureClass::System, "omit the trigger"),
    ] {
        let (bench, a) = bench(|function| function.triggers = vec![topic("orders", "")]).await;
        ending(&bench, &a).await;
        bench.schedules.refuse(kind, words);
        let both = vec![topic("orders", ""), schedule("1", NINE)];
        let b = next(&bench, &a, "b", both, HOUR).await;
        let said = outcome(&bench, &b).await;
        let failure = failure(&said);
        assert_eq!((failure.code.as_str(), failure.class), ("trigger-refused", class));
        let named = r#"revision 1 serves, but schedule "0 9 * * *" was refused"#;
        assert!(failure.reason.contains(named), "{}", failure.reason);
        assert!(failure.reason.contains(words), "{}", failure.reason);
        assert!(failure.advice.contains(advice), "{}", failure.advice);
        assert_eq!(bench.triggers.all(), ["orders"], "what called it before still does");
        assert!(bench.services.live(&service()).is_some());
    }
}

#[tokio::test]
async fn a_failed_call_is_repeated_by_the_next_delivery_and_makes_nothing_twice() {
    let wanted = || vec![schedule("a", NINE), schedule("b", TEN)];
    for refused in 0..3 {
        let (bench, a) = bench(|function| function.triggers = wanted()).await;
        for _ in 0..refused {
            bench.schedules.refuse(Kind::Unavailable, "no answer");
            assert_eq!(bench.send(&a).await, Settled::Nack);
        }
        assert_eq!(ending(&bench, &a).await, "a ended deployed");
        assert_eq!(bench.schedules.take_writes(), ["create 0 9 * * *", "create 0 10 * * *"]);
        assert_eq!(bench.schedules.all().len(), 2);
    }
}

#[tokio::test]
async fn of_two_deployments_that_race_the_schedules_of_the_newest_remain() {
    let (bench, a) = bench(|function| function.triggers = vec![schedule("a", NINE)]).await;
    let stop = bench.schedules.stop_next();
    let older = async {
        assert_eq!(bench.send(&a).await, Settled::Ack);
    };
    let newer = async {
        stop.reached().await;
        // It comes between the older one's last look at the fence and its write.
        let b = next(&bench, &a, "b", vec![schedule("b", TEN)], HOUR).await;
        assert_eq!(bench.send(&b).await, Settled::Ack);
        assert_eq!(bench.schedules.all(), [TEN]);
        stop.release();
    };
    tokio::join!(older, newer);
    assert_eq!(bench.schedules.all(), [TEN], "exactly those of the newest deployment");
    let superseded = bench.outcome("a").await;
    assert!(matches!(superseded, Outcome::Superseded { by: Some(by) } if by == id("b")));
}

#[tokio::test]
async fn a_job_whose_last_change_is_unfinished_is_made_again() {
    let (bench, a) = bench(|function| function.triggers = vec![schedule("1", NINE)]).await;
    ending(&bench, &a).await;
    bench.schedules.set_state(TriggerState::Unfinished);
    bench.schedules.take_writes();
    let b = next(&bench, &a, "b", vec![schedule("1", NINE)], HOUR).await;
    assert_eq!(ending(&bench, &b).await, "a ended deployed");
    assert_eq!(bench.schedules.take_writes(), ["delete 0 9 * * *", "create 0 9 * * *"]);
}
