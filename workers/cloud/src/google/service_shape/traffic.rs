//! The traffic of a service.

use google_cloud_run_v2::model::{Service, TrafficTarget, TrafficTargetAllocationType};

use super::last_segment;
use crate::{Traffic, TrafficShare};

/// The traffic in effect, with the name of the revision for every target. Cloud Run leaves out the
/// name for a target that follows the newest ready revision.
pub(super) fn observed(service: &Service) -> Vec<TrafficShare> {
    let latest = last_segment(&service.latest_ready_revision);
    let share =
        |kind: &TrafficTargetAllocationType, revision: &str, percent, tag: &str, url: &str| {
            let named = last_segment(revision);
            let follows_latest = *kind == TrafficTargetAllocationType::Latest || named.is_empty();
            TrafficShare {
                revision: if named.is_empty() { latest.clone() } else { named },
                follows_latest,
                percent,
                tag: tag.to_owned(),
                url: url.to_owned(),
            }
        };
    if !service.traffic_statuses.is_empty() {
        let statuses = service.traffic_statuses.iter();
        let shares = statuses.map(|status| {
            share(&status.r#type, &status.revision, status.percent, &status.tag, &status.uri)
        });
        return shares.collect();
    }
    if latest.is_empty() {
        return Vec::new();
    }
    if service.traffic.is_empty() {
        // "If traffic is empty or not provided, defaults to 100% traffic to the latest Ready
        // Revision" (`service.proto`).
        return vec![share(&TrafficTargetAllocationType::Latest, "", 100, "", "")];
    }
    let targets = service.traffic.iter();
    targets
        .map(|target| share(&target.r#type, &target.revision, target.percent, &target.tag, ""))
        .collect()
}

/// The targets to write to a service.
pub(super) fn targets(live: &Service, traffic: &Traffic) -> Vec<TrafficTarget> {
    let newest =
        || TrafficTarget::new().set_type(TrafficTargetAllocationType::Latest).set_percent(100);
    match traffic {
        Traffic::Newest => {
            let tagged = live.traffic.iter().filter(|target| !target.tag.is_empty());
            let tagged = tagged.map(|target| target.clone().set_percent(0));
            std::iter::once(newest()).chain(tagged).collect()
        }
        Traffic::Held(held) => {
            let kept = requested(live).into_iter().filter(|target| target.tag != held.tag);
            let kept = kept.map(|target| match follows_latest(&target) && target.percent > 0 {
                true => target
                    .set_type(TrafficTargetAllocationType::Revision)
                    .set_revision(&held.revision),
                false => target,
            });
            kept.chain(std::iter::once(newest().set_percent(0).set_tag(&held.tag))).collect()
        }
        Traffic::Released(held) => {
            let kept = requested(live).into_iter().filter(|target| target.tag != held.tag);
            let is_held = |target: &TrafficTarget| {
                target.revision == held.revision && target.percent > 0 && target.tag.is_empty()
            };
            let kept = kept.map(|target| match is_held(&target) {
                true => target.set_type(TrafficTargetAllocationType::Latest).set_revision(""),
                false => target,
            });
            kept.collect()
        }
        Traffic::Pinned(targets) => targets
            .iter()
            .map(|target| {
                TrafficTarget::new()
                    .set_type(TrafficTargetAllocationType::Revision)
                    .set_revision(&target.revision)
                    .set_percent(target.percent)
                    .set_tag(&target.tag)
            })
            .collect(),
    }
}

/// The requested traffic of a service, with the default of a service that requests none.
fn requested(live: &Service) -> Vec<TrafficTarget> {
    match live.traffic.is_empty() {
        true => {
            vec![
                TrafficTarget::new().set_type(TrafficTargetAllocationType::Latest).set_percent(100),
            ]
        }
        false => live.traffic.clone(),
    }
}

fn follows_latest(target: &TrafficTarget) -> bool {
    target.r#type == TrafficTargetAllocationType::Latest || target.revision.is_empty()
}
