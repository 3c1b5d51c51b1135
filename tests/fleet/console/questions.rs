//! What an operator wants to know, each in at most three clicks, as docs/console.md says.

use futures::stream::{self, StreamExt as _};

use super::browser::{Console, modules};
use super::made::{End, Made};
use crate::support::Cloud;

const DEPLOYMENTS: usize = 500;

#[tokio::test]
async fn an_operators_questions_take_three_clicks_at_most() {
    let Some(modules) = modules().await else { return };
    let cloud = Cloud::start().await;
    // It stays in its first stage, which takes the others no time.
    let slow = Made::request(&cloud, "slow-one", "//ci.example/team-a", "slow").await.open().await;
    let stuck =
        Made::request(&cloud, "stuck-one", "//ci.example/team-b", "stuck").await.open().await;
    stuck.park("the source bucket denies access").await;
    let write = async |number: usize| {
        let source = ["//ci.example/team-a", "//ci.example/team-b"][number % 2];
        let name = format!("fn-{number:03}");
        let made = Made::request(&cloud, &name, source, &number.to_string()).await;
        made.upload().await;
        let end = match number % 20 {
            0 => End::Failed("build-failed", "pip could not install requests==99"),
            10 => End::Failed("trigger-refused", "the topic does not exist"),
            _ => End::Deployed,
        };
        made.end(end).await;
    };
    stream::iter(0..DEPLOYMENTS).map(write).buffer_unordered(32).collect::<Vec<()>>().await;
    let incident = Made::request(&cloud, "incident", "//ci.example/team-b", "incident").await;
    incident.upload().await;
    incident.end(End::Failed("revision-failed", "the container exited with status 1")).await;

    let console = Console::start(&cloud, modules).await;
    let slow = slow.id.to_string();
    console.runs("questions", &[&slow, &DEPLOYMENTS.to_string()]).await;
}
