//! What the console's forms do, without a browser.

use std::path::PathBuf;

use longshore_messages::{Outcome, proto};
use reqwest::{Client, StatusCode};

use super::browser::Console;
use crate::support::{Cloud, function, spec};

/// Sends the form of an action, and returns the page that follows. `reason` is URL-encoded.
async fn act(console: &Console, action: &str, target: &str, reason: &str) -> (StatusCode, String) {
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}act", console.url);
    let page = client.get(format!("{url}?action={action}&target={target}")).send().await.unwrap();
    let page = page.text().await.unwrap();
    let field = |name: &str| {
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        format!("{name}={}", rest.split('"').next().unwrap())
    };
    let body = [field("action"), field("target"), field("form"), format!("reason={reason}")];
    let post = client.post(&url).header("origin", console.url.trim_end_matches('/'));
    let post = post.header("content-type", "application/x-www-form-urlencoded");
    let answer = post.body(body.join("&")).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_of_the_cloud_functions_api_goes_back_by_a_build_and_it_is_recorded_who_did_it()
{
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let mut revisions = Vec::new();
    for text in ["old", "new"] {
        let source = cloud.stage(&function(cloud.folder(), text)).await;
        let mut asked = spec("back", source);
        asked.flavour = proto::Flavour::Functions.into();
        match cloud.end_of(cloud.request(asked).await).await.outcome {
            Outcome::Deployed(serving) => revisions.push(serving.revision),
            other => panic!("{other:?}\n{}", cloud.logs()),
        }
    }
    let console = Console::start(&cloud, PathBuf::new()).await;
    let (project, region) = (&cloud.settings.project, &cloud.settings.region);
    let at = format!("{project}/{region}/back");
    let target = format!("{at}@{}", revisions[0]);

    let (status, page) = act(&console, "rollback", &target, &"x".repeat(201)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("more than 200 characters") && page.contains("xxx</textarea>"), "{page}");
    let (status, page) = act(&console, "rollback", &target, "it+is+slow,%0D%0Asince+noon").await;
    assert!(status == StatusCode::OK && page.contains(": done"), "{page}\n{}", cloud.logs());
    assert!(page.contains("--rebuild --reason 'it is slow, since noon'"), "{page}");
    assert_eq!(cloud.call("back"), (true, "old".to_owned()));

    let action = cloud.ledger.list_actions(10).await.unwrap().remove(0);
    let noted = (action.action.as_str(), action.target.as_str(), action.reason.as_str());
    assert_eq!(noted, ("rollback", at.as_str(), "it is slow, since noon"));
    assert!(action.by.ends_with(" in the console"), "{action:?}");
}
