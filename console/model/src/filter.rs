//! The filter of deployments: the query of a URL. Pure.
//!
//! The URL is the filter, so that a view can be bookmarked and shared, and back and
//! forward work.

use std::sync::Arc;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::failures::shape;
use crate::index::entry::{Entry, Stage};
use crate::index::snapshot::{Snapshot, is_slow, is_stuck};

/// How a list of deployments is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Newest,
    /// The one that took, or has taken, the longest first.
    Slowest,
    Function,
}

impl Sort {
    pub const ALL: [Self; 3] = [Self::Newest, Self::Slowest, Self::Function];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Slowest => "slowest",
            Self::Function => "function",
        }
    }
}

/// Which deployments are shown. Empty fields select all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words, each of which must be in the id, the function, the requester, the source or the
    /// cause.
    pub text: String,
    /// A state, or `slow`, or `stuck`.
    pub state: String,
    pub stage: String,
    /// `PROJECT/REGION/NAME`.
    pub function: String,
    pub region: String,
    pub requester: String,
    pub batch: String,
    /// The code of a failure, and its reason without what differs between functions.
    pub code: String,
    pub cause: String,
    /// Requested at or after, and before: RFC 3339, or a time before now such as `2h`.
    pub since: String,
    pub until: String,
    pub sort: Sort,
}

impl Filter {
    /// From a query. Unknown keys are ignored, because links may have others.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim().to_owned();
            match &*key {
                "sort" => {
                    let sort = Sort::ALL.into_iter().find(|sort| sort.as_str() == value);
                    filter.sort = sort.unwrap_or_default();
                }
                key => {
                    if let Some((_, field)) = filter.fields_mut().into_iter().find(|f| f.0 == key) {
                        *field = value;
                    }
                }
            }
        }
        filter
    }

    /// The query of the filter, without empty fields.
    #[must_use]
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in self.fields() {
            if !value.is_empty() {
                query.append_pair(key, value);
            }
        }
        if self.sort != Sort::default() {
            query.append_pair("sort", self.sort.as_str());
        }
        query.finish()
    }

    /// The path of the list with this filter.
    #[must_use]
    pub fn url(&self) -> String {
        match self.query() {
            none if none.is_empty() => "/deployments".to_owned(),
            query => format!("/deployments?{query}"),
        }
    }

    /// The filter with another value of a field, which is its key in the query.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let mut next = self.clone();
        if key == "sort" {
            let sort = Sort::ALL.into_iter().find(|sort| sort.as_str() == value);
            next.sort = sort.unwrap_or_default();
        }
        if let Some((_, field)) = next.fields_mut().into_iter().find(|field| field.0 == key) {
            value.clone_into(field);
        }
        next
    }

    /// The fields that select something, with their keys.
    #[must_use]
    pub fn selecting(&self) -> Vec<(&'static str, String)> {
        let fields = self.fields().into_iter().filter(|(_, value)| !value.is_empty());
        fields.map(|(key, value)| (key, value.to_owned())).collect()
    }

    fn fields(&self) -> [(&'static str, &str); 11] {
        [
            ("q", &self.text),
            ("state", &self.state),
            ("stage", &self.stage),
            ("function", &self.function),
            ("region", &self.region),
            ("requester", &self.requester),
            ("batch", &self.batch),
            ("code", &self.code),
            ("cause", &self.cause),
            ("since", &self.since),
            ("until", &self.until),
        ]
    }

    fn fields_mut(&mut self) -> [(&'static str, &mut String); 11] {
        [
            ("q", &mut self.text),
            ("state", &mut self.state),
            ("stage", &mut self.stage),
            ("function", &mut self.function),
            ("region", &mut self.region),
            ("requester", &mut self.requester),
            ("batch", &mut self.batch),
            ("code", &mut self.code),
            ("cause", &mut self.cause),
            ("since", &mut self.since),
            ("until", &mut self.until),
        ]
    }

    /// The deployments that the filter selects, in its order.
    #[must_use]
    pub fn select(&self, snapshot: &Snapshot, now: OffsetDateTime) -> Vec<Arc<Entry>> {
        let wants_slow = self.state == "slow";
        let typical = |stage| if wants_slow { snapshot.typical(stage) } else { None };
        let typical = Stage::ALL.map(typical);
        let (since, until) = (moment(&self.since, now), moment(&self.until, now));
        let words: Vec<String> = self.text.split_whitespace().map(str::to_lowercase).collect();
        let selected = snapshot.entries.iter().filter(|entry| {
            self.selects_state(entry, typical, now)
                && since.is_none_or(|since| entry.requested_at >= since)
                && until.is_none_or(|until| entry.requested_at < until)
                && self.selects_fields(entry)
                && words.iter().all(|word| mentions(entry, word))
        });
        let mut selected: Vec<Arc<Entry>> = selected.cloned().collect();
        match self.sort {
            Sort::Newest => {}
            Sort::Slowest => selected.sort_by_key(|entry| std::cmp::Reverse(entry.took(now))),
            Sort::Function => selected.sort_by_cached_key(|entry| {
                let function = entry.function.as_ref();
                function.map(|at| (at.name.clone(), at.region.clone(), at.project.clone()))
            }),
        }
        selected
    }

    fn selects_state(
        &self,
        entry: &Entry,
        typical: [Option<Duration>; 4],
        now: OffsetDateTime,
    ) -> bool {
        match self.state.as_str() {
            "" => true,
            "open" => entry.state.is_open(),
            "stuck" => is_stuck(entry, now),
            "slow" => entry.state.stage().is_some_and(|stage| {
                let index = Stage::ALL.into_iter().position(|one| one == stage).unwrap_or_default();
                is_slow(entry, typical[index], now)
            }),
            word => entry.state.word() == word,
        }
    }

    fn selects_fields(&self, entry: &Entry) -> bool {
        let is = |filter: &str, value: Option<&str>| filter.is_empty() || value == Some(filter);
        let function = entry.function.as_ref();
        let stage = entry.state.stage().map(Stage::as_str);
        let stage = stage.or_else(|| entry.cause.as_ref().map(|cause| cause.stage.as_str()));
        is(&self.stage, stage)
            && is(&self.region, function.map(|function| function.region.as_str()))
            && is(&self.requester, Some(&entry.requester))
            && (self.function.is_empty()
                || function.is_some_and(|function| function.to_string() == self.function))
            && (self.batch.is_empty()
                || entry.batch.is_some_and(|batch| batch.to_string() == self.batch))
            && is(&self.code, entry.cause.as_ref().map(|cause| cause.code.as_str()))
            && (self.cause.is_empty()
                || entry.cause.as_ref().is_some_and(|cause| {
                    shape(&cause.reason, entry.function.as_ref()) == self.cause
                }))
    }
}

/// Whether a deployment has a word, in lower case, in one of its texts.
fn mentions(entry: &Entry, word: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    entry.function.as_ref().is_some_and(|function| has(&function.to_string()))
        || entry.id.to_string().starts_with(word)
        || has(&entry.requester)
        || has(&entry.source)
        || entry.cause.as_ref().is_some_and(|cause| has(&cause.code) || has(&cause.reason))
        || entry.revision.as_deref().is_some_and(has)
}

/// A time in RFC 3339, or a time before now: `90s`, `15m`, `2h` or `3d`.
fn moment(text: &str, now: OffsetDateTime) -> Option<OffsetDateTime> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(at);
    }
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    now.checked_sub(Duration::seconds(number.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::entry::State;
    use crate::index::entry::tests::{at, ended, listed};

    fn snapshot() -> Snapshot {
        let entries = [
            ended(1, 0, "deployed", 50),
            ended(2, 10, "failed", 500),
            Entry::of(listed(3, 20, 2), None),
        ];
        Snapshot::empty(at(0)).with_entries(entries.map(Arc::new), Vec::new(), 10)
    }

    fn names(query: &str, second: i64) -> Vec<String> {
        let selected = Filter::parse(query).select(&snapshot(), at(second));
        let unnamed = DeploymentName("3");
        selected
            .iter()
            .map(|entry| if entry.function.is_some() { entry.name() } else { unnamed.0.to_owned() })
            .collect()
    }

    struct DeploymentName(&'static str);

    #[test]
    fn a_filter_selects_by_each_of_its_fields() {
        for (query, expected) in [
            ("", &["3", "f-2", "f-1"][..]),
            ("state=failed", &["f-2"]),
            ("state=open", &["3"]),
            ("stage=registry-watcher", &["3"]),
            ("q=F-1", &["f-1"]),
            ("q=europe+f-2", &["f-2"]),
            ("q=europe+nothing", &[]),
            ("function=project-a%2Feurope-west1%2Ff-1", &["f-1"]),
            ("region=europe-west1", &["f-2", "f-1"]),
            ("since=15s", &["3"]),
            ("until=15s", &["f-2", "f-1"]),
            ("sort=slowest", &["f-2", "f-1", "3"]),
            ("sort=function", &["3", "f-1", "f-2"]),
            ("unknown=1", &["3", "f-2", "f-1"]),
        ] {
            assert_eq!(names(query, 30), expected, "{query}");
        }
    }

    #[test]
    fn what_is_in_a_stage_for_a_quarter_of_an_hour_is_stuck() {
        assert_eq!(names("state=stuck", 40 + 900), [""; 0]);
        assert_eq!(names("state=stuck", 40 + 901), ["3"]);
    }

    #[test]
    fn what_waits_for_an_operator_is_stuck_at_once() {
        let parked =
            Entry { state: State::Parked(Stage::Uploader), ..Entry::of(listed(1, 0, 0), None) };
        let snapshot = Snapshot { entries: Arc::from(vec![Arc::new(parked)]), ..snapshot() };
        assert_eq!(Filter::parse("state=stuck").select(&snapshot, at(1)).len(), 1);
    }

    #[test]
    fn the_url_is_the_filter() {
        let query = "q=a+b%26c&state=failed&since=2h&sort=slowest";
        let filter = Filter::parse(query);
        assert_eq!((filter.text.as_str(), filter.sort), ("a b&c", Sort::Slowest));
        assert_eq!(filter.query(), query);
        assert_eq!(Filter::parse(&filter.query()), filter);
        assert_eq!(filter.with("q", "").with("sort", "newest").query(), "state=failed&since=2h");
        assert_eq!(Filter::default().url(), "/deployments");
    }

    #[test]
    fn a_time_that_cannot_be_read_selects_everything() {
        for text in ["", "x", "h", "9999999999999999999d", "99999999999999d", "é"] {
            assert_eq!(moment(text, at(0)), None, "{text}");
        }
        assert_eq!(moment("2h", at(7_200)), Some(at(0)));
    }
}
