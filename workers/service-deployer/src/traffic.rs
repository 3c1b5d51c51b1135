//! Which revisions of a service get its requests. Pure.
//!
//! A deployment serves if its revision gets all requests. By default a service sends them to the
//! newest ready revision. A rollback, a split or a tag pins the traffic to revisions by name; then
//! a new revision comes up without any requests. An operator or another
//! tool has decided that, so a deployment reports it. Only a rollback moves the traffic, to what it
//! was then.
//! <https://cloud.google.com/run/docs/rollouts-rollbacks-traffic-migration>

use longshore_cloud::{LiveService, TrafficShare};
use longshore_messages::{Builder, FunctionRef, PinnedTraffic, RevisionTraffic, Serving};

/// All requests, in percent.
const ALL: i32 = 100;

/// The share of the requests that the newest ready revision gets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Share {
    /// All of them.
    All(Serving),
    /// Less than all of them.
    Part(Serving, PinnedTraffic),
}

/// The share of the newest ready revision, which exists.
pub(crate) fn share(live: &LiveService, at: &FunctionRef) -> Share {
    let newest = Serving {
        url: live.url.clone(),
        revision: live.latest_ready_revision.clone(),
        image: live.shape.image.clone(),
        builder: Builder::default(),
    };
    let percent = live.percent_of(&newest.revision);
    if percent >= ALL {
        return Share::All(newest);
    }
    let targets = live.traffic.iter().map(target).collect();
    Share::Part(newest, PinnedTraffic { percent, targets, command: command(at) })
}

/// The revisions that get requests, such as `revision f-1`, or an empty text if there are none.
pub(crate) fn distribution(live: &LiveService) -> String {
    let serving: Vec<_> = live.traffic.iter().filter(|share| share.percent > 0).collect();
    match serving[..] {
        [only] => format!("revision {}", only.revision),
        _ => {
            let shares =
                serving.iter().map(|share| format!("{}% {}", share.percent, share.revision));
            shares.collect::<Vec<_>>().join(", ")
        }
    }
}

/// Moves all traffic to the newest ready revision, also that of later deployments.
fn command(at: &FunctionRef) -> String {
    let FunctionRef { project, region, .. } = at;
    let service = at.service_id();
    format!(
        "gcloud run services update-traffic {service} --to-latest --region={region} \
         --project={project}"
    )
}

fn target(share: &TrafficShare) -> RevisionTraffic {
    RevisionTraffic {
        revision: share.revision.clone(),
        percent: share.percent,
        tag: share.tag.clone(),
        url: share.url.clone(),
    }
}
