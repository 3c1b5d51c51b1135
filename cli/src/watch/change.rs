//! When a directory has changed. Pure.

use super::scan::Snapshot;

/// A directory that is watched.
#[derive(Debug)]
pub(super) struct Watched {
    /// What was deployed last.
    deployed: Snapshot,
    /// What the last look saw.
    seen: Snapshot,
}

impl Watched {
    pub(super) fn new(deployed: Snapshot) -> Self {
        Self { seen: deployed.clone(), deployed }
    }

    /// Takes a look in, and says what has changed once it is to be deployed: when it differs from
    /// what was deployed, and two looks agree, so that an editor or a compiler that is still
    /// writing is left to finish.
    pub(super) fn look(&mut self, now: Snapshot) -> Option<String> {
        let calm = now == self.seen;
        let changed = calm && now != self.deployed;
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
    fn a_change_counts_once_two_looks_agree_on_it() {
        let (a, b, c) =
            (files(&[("main.py", 1)]), files(&[("main.py", 2)]), files(&[("main.py", 3)]));
        for (looks, deployed) in [
            (vec![&a, &a, &a], vec![]),
            (vec![&b, &b, &b], vec![1]),
            (vec![&b, &c, &c], vec![2]),
            (vec![&b, &a, &a], vec![]),
            (vec![&b, &b, &c, &c, &a, &a], vec![1, 3, 5]),
        ] {
            let mut watched = Watched::new(a.clone());
            let changes = looks
                .into_iter()
                .enumerate()
                .filter(|(_, now)| watched.look((*now).clone()).is_some());
            assert_eq!(changes.map(|(index, _)| index).collect::<Vec<_>>(), deployed);
        }
    }

    #[test]
    fn what_changed_is_named() {
        let before = files(&[("a", 1), ("b", 1)]);
        for (after, what) in [
            (files(&[("a", 2), ("b", 1)]), "a changed"),
            (files(&[("a", 1)]), "b is gone"),
            (files(&[("a", 1), ("b", 1), ("c", 1)]), "c is new"),
            (files(&[("a", 1), ("c", 1)]), "b is gone, c is new"),
            (files(&[("c", 1), ("d", 1)]), "4 files changed"),
            (Snapshot::Unreadable("no".to_owned()), "it cannot be read: no"),
        ] {
            assert_eq!(before.difference(&after), what);
        }
    }
}
