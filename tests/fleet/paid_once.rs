//! What is not paid twice: builds, uploads, and writes that change nothing.

use std::collections::BTreeMap;

use longshore_messages::proto;

use crate::discovery::recorder::{Call, Recorder};
use crate::support::{Cloud, function, spec};

/// APIs whose calls are recorded.
const APIS: [&str; 3] =
    ["LONGSHORE_RUN_ENDPOINT", "LONGSHORE_SCHEDULER_ENDPOINT", "LONGSHORE_EVENTARC_ENDPOINT"];

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_function_costs_one_read_of_its_service_and_no_write() {
    let mut cloud = Cloud::start().await;
    let mut recorders = BTreeMap::new();
    for variable in APIS {
        let recorder = Recorder::start(&cloud.environment[variable]).await;
        cloud.environment.insert(variable.to_owned(), recorder.url());
        recorders.insert(variable, recorder);
    }
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "still")).await;
    let plain = spec("plain", source.clone());
    let mut called = spec("called", source);
    called.service.get_or_insert_default().access = proto::Access::Authenticated.into();
    called.callers = vec!["user:ada@example.com".to_owned()];
    let schedule =
        proto::ScheduleTrigger { schedule: "0 0 29 2 *".to_owned(), ..Default::default() };
    called.triggers = vec![proto::Trigger { kind: Some(proto::trigger::Kind::Schedule(schedule)) }];
    // What calls a function is compared with its service as it is then.
    for (wanted, reads) in [(plain, 1), (called, 2)] {
        let first = cloud.end_of(cloud.request(wanted.clone()).await).await;
        assert_eq!(first.outcome.as_str(), "deployed", "{first:?}\n{}", cloud.logs());
        let made: BTreeMap<&str, usize> =
            recorders.iter().map(|(api, recorder)| (*api, recorder.calls().len())).collect();

        let service = format!("/services/{}", wanted.name);
        let again = cloud.end_of(cloud.request(wanted).await).await;
        assert_eq!(again.outcome.as_str(), "unchanged", "{again:?}\n{}", cloud.logs());
        let calls: Vec<Call> = recorders
            .iter()
            .flat_map(|(api, recorder)| recorder.calls().split_off(made[api]))
            .collect();
        let writes: Vec<&Call> = calls.iter().filter(|call| call.method != "GET").collect();
        assert!(writes.is_empty(), "{writes:#?}");
        let of_service = calls.iter().filter(|call| call.path.ends_with(&service)).count();
        assert_eq!(of_service, reads, "{calls:#?}");
    }
    assert_eq!(cloud.builds().await, 1, "they share one");
}
