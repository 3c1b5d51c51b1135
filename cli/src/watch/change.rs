//! Decides when a directory has changed. Pure.

use super::scan::Snapshot;

/// A watched directory.
#[derive(Debug)]
pub(super) struct Watched {
    /// The snapshot that was deployed last.
    deployed: Snapshot,
    /// The latest snapshot.
    seen: Snapshot,
}

impl Watched {
    pub(super) fn new(deployed: Snapshot) -> Self {
        Self { seen: deployed.clone(), deployed }
    }

    /// Takes the next snapshot, and returns what changed if it should be deployed. That is the case
    /// if it differs from the deployed one and equals the one before, so that an editor or a
    /// compiler can finish writing.
    pub(super) fn observe(&mut self, now: Snapshot) -> Option<String> {
        let stable = now == self.seen;
        let changed = stable && now != self.deployed;
        let what = changed.then(|| self.deployed.difference(&now));
        if changed {
            self.deployed = now.clone();
        }
        self.seen = now;
        what
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::scan::Mark;

    fn files(files: &[(&str, u64)]) -> Snapshot {
        let mark = |size| Mark { size_bytes: size, ..Mark::default() };
        Snapshot::Files(files.iter().map(|&(name, size)| (name.to_owned(), mark(size))).collect())
    }

    #[test]
    fn a_change_counts_once_two_snapshots_agree() {
        let (a, b, c) =
            (files(&[("main.py", 1)]), files(&[("main.py", 2)]), files(&[("main.py", 3)]));
        for (snapshots, deployed) in [
            (vec![&a, &a, &a], vec![]),
            (vec![&b, &b, &b], vec![1]),
            (vec![&b, &c, &c], vec![2]),
            (vec![&b, &a, &a], vec![]),
            (vec![&b, &b, &c, &c, &a, &a], vec![1, 3, 5]),
        ] {
            let mut watched = Watched::new(a.clone());
            let changes = snapshots
                .into_iter()
                .enumerate()
                .filter(|(_, now)| watched.observe((*now).clone()).is_some());
            assert_eq!(changes.map(|(index, _)| index).collect::<Vec<_>>(), deployed);
        }
    }

    #[test]
    fn a_change_names_its_files() {
        let before = files(&[("a", 1), ("b", 1)]);
        for (after, what) in [
            (files(&[("a", 2), ("b", 1)]), "a changed"),
            (files(&[("a", 1)]), "b was deleted"),
            (files(&[("a", 1), ("b", 1), ("c", 1)]), "c is new"),
            (files(&[("a", 1), ("c", 1)]), "b was deleted, c is new"),
            (files(&[("c", 1), ("d", 1)]), "4 files changed"),
            (Snapshot::Unreadable("no".to_owned()), "cannot read it: no"),
        ] {
            assert_eq!(before.difference(&after), what);
        }
    }
}
