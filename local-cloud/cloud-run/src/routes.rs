//! Chooses the revision of a request: a pure function of the routes and a random number.

use std::collections::BTreeMap;

use super::core::Entry;

/// The routes in effect for one service. Revisions are full names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Routes {
    /// Percentages of the requests to the service's own URL; none is 0.
    shares: Vec<(String, u32)>,
    /// Revisions that have a URL of their own, by tag.
    tags: BTreeMap<String, String>,
}

impl Routes {
    pub(super) fn of(entry: &Entry) -> Self {
        let mut routes = Self::default();
        for (revision, target) in entry.in_effect() {
            if let Some(percent) = u32::try_from(target.percent).ok().filter(|percent| *percent > 0)
            {
                routes.shares.push((revision.clone(), percent));
            }
            if !target.tag.is_empty() {
                routes.tags.insert(target.tag.clone(), revision);
            }
        }
        routes
    }

    /// The revision for one request to the URL of a tag, or to the service's own URL, where
    /// `random` makes the choice.
    pub(super) fn choose(&self, tag: Option<&str>, random: u128) -> Option<&str> {
        if let Some(tag) = tag {
            return self.tags.get(tag).map(String::as_str);
        }
        let whole: u32 = self.shares.iter().map(|(_, percent)| percent).sum();
        let mut point = u32::try_from(random % u128::from(whole.max(1))).unwrap_or(0);
        let (revision, _) = self.shares.iter().find(|(_, percent)| {
            let chosen = point < *percent;
            point = point.saturating_sub(*percent);
            chosen
        })?;
        Some(revision)
    }

    pub(super) fn leads_to(&self, revision: &str) -> bool {
        self.revisions().any(|routed| routed == revision)
    }

    /// Every revision that may get a request, possibly more than once.
    pub(super) fn revisions(&self) -> impl Iterator<Item = &str> {
        self.shares
            .iter()
            .map(|(revision, _)| revision.as_str())
            .chain(self.tags.values().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use google_cloud_run_v2::model::{Service, TrafficTargetStatus};

    use super::*;

    const NAME: &str = "projects/p/locations/r/services/s";

    fn routes(targets: &[(&str, i32, &str)]) -> Routes {
        let target = |(revision, percent, tag): &(&str, i32, &str)| {
            TrafficTargetStatus::new().set_revision(*revision).set_percent(*percent).set_tag(*tag)
        };
        let service = Service::new()
            .set_name(NAME)
            .set_latest_ready_revision(format!("{NAME}/revisions/s-9"));
        let service = service.set_traffic_statuses(targets.iter().map(target));
        Routes::of(&Entry { service, ..Entry::default() })
    }

    #[test]
    fn requests_are_split_by_percentage() {
        for targets in [
            &[("", 100, "")][..],
            &[("s-1", 90, ""), ("", 10, "")],
            &[("s-1", 0, "old"), ("s-2", 33, ""), ("s-3", 67, "new")],
        ] {
            let routes = routes(targets);
            for (revision, percent, _) in targets {
                let full = format!(
                    "{NAME}/revisions/{}",
                    if revision.is_empty() { "s-9" } else { revision }
                );
                let share =
                    (0..1000).filter(|random| routes.choose(None, *random) == Some(&full)).count();
                assert_eq!(
                    share,
                    usize::try_from(*percent).unwrap() * 10,
                    "{revision} of {targets:?}"
                );
            }
        }
    }

    #[test]
    fn a_tag_leads_to_its_revision_and_no_other_does() {
        let routes = routes(&[("s-1", 100, ""), ("s-2", 0, "old"), ("", 0, "next")]);
        for random in [0, 1, u128::MAX] {
            assert_eq!(
                routes.choose(Some("old"), random),
                Some(format!("{NAME}/revisions/s-2").as_str())
            );
            assert_eq!(
                routes.choose(Some("next"), random),
                Some(format!("{NAME}/revisions/s-9").as_str())
            );
            assert_eq!(routes.choose(Some("gone"), random), None);
        }
        assert!(
            routes.leads_to(&format!("{NAME}/revisions/s-2"))
                && !routes.leads_to(&format!("{NAME}/revisions/s-3"))
        );
    }

    #[test]
    fn without_routes_there_is_no_revision() {
        assert_eq!(Routes::default().choose(None, 7), None);
    }
}
