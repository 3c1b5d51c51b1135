//! Failures grouped by their cause, the root apart from what only fell with it. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use longshore_messages::FunctionRef;

use crate::index::entry::Entry;

/// Failures with one cause.
#[derive(Clone, Debug)]
pub struct Group {
    pub stage: String,
    pub code: String,
    /// The reason without what differs between functions: the value of the filter `cause`.
    pub shape: String,
    /// The first deployment that failed for this cause.
    pub root: Arc<Entry>,
    /// How many failed for it on their own, the root included.
    pub own: usize,
    /// Those that only fell with another one: they waited for the same build.
    pub fell: Vec<Arc<Entry>>,
    /// All of them, oldest first.
    pub members: Vec<Arc<Entry>>,
}

/// Groups the failed ones among these deployments. The largest group is first.
#[must_use]
pub fn groups(entries: &[Arc<Entry>]) -> Vec<Group> {
    let mut by_cause: BTreeMap<(&str, &str, String), Vec<Arc<Entry>>> = BTreeMap::new();
    for entry in entries {
        let Some(cause) = &entry.cause else { continue };
        let shape = shape(&cause.reason, entry.function.as_ref());
        by_cause.entry((&cause.stage, &cause.code, shape)).or_default().push(Arc::clone(entry));
    }
    let mut groups: Vec<Group> = by_cause
        .into_iter()
        .filter_map(|((stage, code, shape), members)| group(stage, code, shape, members))
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    groups
}

fn group(stage: &str, code: &str, shape: String, mut members: Vec<Arc<Entry>>) -> Option<Group> {
    members.sort_by_key(|entry| (entry.ended_at, entry.requested_at, entry.id));
    let mut builds: BTreeMap<&str, &Arc<Entry>> = BTreeMap::new();
    let mut fell = Vec::new();
    for member in &members {
        let log = member.cause.as_ref().map_or("", |cause| cause.log_url.as_str());
        // The claimant submitted the build, so it handed the build off first.
        match builds.get(log).filter(|_| !log.is_empty()) {
            None => {
                builds.insert(log, member);
            }
            Some(first) if handed_off(member) < handed_off(first) => {
                fell.push(Arc::clone(first));
                builds.insert(log, member);
            }
            Some(_) => fell.push(Arc::clone(member)),
        }
    }
    let is_own = |entry: &&Arc<Entry>| !fell.iter().any(|fallen| fallen.id == entry.id);
    let root = Arc::clone(members.iter().find(is_own)?);
    let own = members.len() - fell.len();
    let (stage, code) = (stage.to_owned(), code.to_owned());
    Some(Group { stage, code, shape, root, own, fell, members })
}

fn handed_off(entry: &Entry) -> Option<time::OffsetDateTime> {
    entry.handed_off[1]
}

/// A reason without what is different for each function: its parts of a name, digests and numbers.
#[must_use]
pub fn shape(reason: &str, function: Option<&FunctionRef>) -> String {
    let of_function = |word: &str| {
        function.is_some_and(|at| [&at.project, &at.region, &at.name].iter().any(|p| *p == word))
    };
    let words = reason.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
    let kept = words.filter(|word| {
        let is_number = word.chars().any(|c| c.is_ascii_digit());
        !word.is_empty() && !is_number && !of_function(word)
    });
    let mut text = kept.collect::<Vec<_>>().join(" ");
    text.truncate(text.floor_char_boundary(160));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::entry::tests::{at, ended};
    use crate::index::entry::{Cause, State};

    fn failed(number: u32, reason: &str, log: &str) -> Arc<Entry> {
        let mut entry = ended(number, i64::from(number), "failed", 60);
        entry.cause = Some(Cause {
            stage: "registry-watcher".to_owned(),
            code: "build-failed".to_owned(),
            reason: reason.to_owned(),
            advice: String::new(),
            log_url: log.to_owned(),
            is_users: true,
        });
        assert_eq!(entry.state, State::Failed);
        Arc::new(entry)
    }

    #[test]
    fn reasons_that_differ_in_names_and_numbers_have_one_cause() {
        let groups = groups(&[
            failed(1, "f-1: exit status 1", ""),
            failed(2, "f-2: exit status 2", ""),
            failed(3, "no such file", ""),
        ]);
        let sizes: Vec<_> = groups.iter().map(|group| (group.members.len(), group.own)).collect();
        assert_eq!(sizes, [(2, 2), (1, 1)]);
        assert_eq!(groups[0].root.name(), "f-1");
    }

    #[test]
    fn the_deployment_that_submitted_the_build_is_the_root_of_those_that_waited_for_it() {
        let mut first = failed(1, "exit status 1", "https://log/1");
        let waited = failed(0, "exit status 1", "https://log/1");
        let submitted = Arc::get_mut(&mut first).unwrap();
        submitted.handed_off[1] = Some(at(-100));
        let groups = groups(&[waited, first]);
        let [group] = &groups[..] else { panic!("{groups:?}") };
        assert_eq!((group.root.name().as_str(), group.own), ("f-1", 1));
        assert_eq!(group.fell.iter().map(|fell| fell.name()).collect::<Vec<_>>(), ["f-0"]);
    }
}
