//! Functions that are taken out of the Cloud Functions API.

use longshore_messages::Outcome;

use super::{deployed, of_functions_flavour, run};
use crate::support::{Cloud, function, spec};

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_function_keeps_its_url_and_is_deployed_as_a_service_from_then_on() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "first")).await;
    let mut wanted = of_functions_flavour("leaving", source);
    wanted.service.get_or_insert_default().access =
        longshore_messages::proto::Access::Public.into();
    deployed(&cloud, wanted).await;
    let (_, before, _) = run(&cloud, &["inventory"]);
    assert_eq!(before[0]["flavour"], "functions");
    let builds = cloud.builds().await;

    let (code, _, said) = run(&cloud, &["migrate", "detach", "leaving"]);
    assert_eq!(code, Some(64), "it must be confirmed: {said}");
    let because = ["--by", "ada", "--reason", "one API for all"];
    let (code, detached, said) =
        run(&cloud, &[&["migrate", "detach", "leaving", "absent", "--yes"], &because[..]].concat());
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(detached[0]["state"], "failed", "{detached}");
    assert_eq!(detached[1]["state"], "detached", "{detached}");
    let (code, again, _) = run(&cloud, &["migrate", "detach", "leaving", "--yes"]);
    assert_eq!((code, &again[0]["state"]), (Some(0), &"already".into()), "{again}");

    let action = cloud.ledger.list_actions(10).await.unwrap().remove(0);
    let noted = (action.action.as_str(), action.by.as_str(), action.reason.as_str());
    assert_eq!(noted, ("detach", "ada", "one API for all"));
    let (_, after, _) = run(&cloud, &["inventory"]);
    let one = &after[0];
    assert_eq!((&one["flavour"], &one["runtime"]), (&"run".into(), &before[0]["runtime"]));
    assert_eq!(one["url"], before[0]["url"]);
    assert_eq!(cloud.call("leaving"), (true, "first".to_owned()));
    assert_eq!(cloud.builds().await, builds, "nothing was built");

    let source = cloud.stage(&function(cloud.folder(), "second")).await;
    let finished = cloud.end_of(cloud.request(spec("leaving", source)).await).await;
    assert!(matches!(finished.outcome, Outcome::Deployed(_)), "{finished:?}\n{}", cloud.logs());
    assert_eq!(cloud.call("leaving"), (true, "second".to_owned()));
}
