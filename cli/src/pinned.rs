//! Pinned traffic in JSON and in text.

use longshore_messages::PinnedTraffic;
use serde::Serialize;

/// The traffic of a service whose newest revision does not get all requests.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pinned {
    /// Share of all requests that the newest revision gets, in percent.
    percent: i32,
    targets: Vec<Target>,
    /// The command that moves all traffic to the newest revision.
    command: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    revision: String,
    percent: i32,
    tag: Option<String>,
    url: Option<String>,
}

impl From<PinnedTraffic> for Pinned {
    fn from(traffic: PinnedTraffic) -> Self {
        let some = |text: String| (!text.is_empty()).then_some(text);
        let targets = traffic.targets.into_iter().map(|target| Target {
            revision: target.revision,
            percent: target.percent,
            tag: some(target.tag),
            url: some(target.url),
        });
        Self { percent: traffic.percent, targets: targets.collect(), command: traffic.command }
    }
}

/// What the newest revision gets, and what the others get.
pub(crate) fn words(traffic: &PinnedTraffic) -> String {
    let others = match traffic.distribution() {
        none if none.is_empty() => String::new(),
        shares => format!(" ({shares})"),
    };
    format!("gets {}% of the requests, because traffic is pinned{others}", traffic.percent)
}

/// What to do about it.
pub(crate) fn advice(traffic: &PinnedTraffic) -> String {
    format!("move the traffic with `{}`", traffic.command)
}
