//! What programs of this machine have said about themselves. It is believed until a file changes on
//! which it depends.
//!
//! Only answers that no source and no variable of a build could influence belong here.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use parking_lot::Mutex;

/// Answers by question.
#[derive(Debug, Default)]
pub(crate) struct Facts(Mutex<BTreeMap<String, Fact>>);

#[derive(Clone, Debug)]
struct Fact {
    answer: String,
    /// `None` for a file that does not exist.
    files: Vec<(PathBuf, Option<Stamp>)>,
}

/// Differs after every change of a file, and of the entries of a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// Of the file that a link leads to.
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            device: found.dev(),
            inode: found.ino(),
            bytes: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }

    /// Whether the file may have changed since this moment. The clock of a file system is coarser
    /// than that of the system.
    fn is_newer(self, than: SystemTime) -> bool {
        const COARSENESS_S: i64 = 1;
        let seconds = than.duration_since(SystemTime::UNIX_EPOCH).map(|since| since.as_secs());
        let seconds = seconds.ok().and_then(|seconds| i64::try_from(seconds).ok());
        seconds.is_none_or(|seconds| self.changed.0 >= seconds - COARSENESS_S)
    }
}

impl Facts {
    /// The recorded answer, if none of its files has changed.
    pub(crate) fn get(&self, question: &str) -> Option<String> {
        let fact = self.0.lock().get(question).cloned()?;
        let is_same = fact.files.iter().all(|(path, stamp)| Stamp::of(path) == *stamp);
        is_same.then_some(fact.answer)
    }

    /// Records an answer that was given since `asked`, and the files on which it depends. Does
    /// nothing if one of them has just changed.
    pub(crate) fn record(
        &self,
        question: String,
        answer: String,
        asked: SystemTime,
        files: impl IntoIterator<Item = PathBuf>,
    ) {
        let files = files.into_iter().map(|path| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        });
        let files: Vec<(PathBuf, Option<Stamp>)> = files.collect();
        if !files.iter().any(|(_, stamp)| stamp.is_some_and(|stamp| stamp.is_newer(asked))) {
            self.0.lock().insert(question, Fact { answer, files });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_answer_is_believed_until_a_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let (program, other) = (dir.path().join("program"), dir.path().join("packages"));
        fs::write(&program, "1").unwrap();
        let later = SystemTime::now() + Duration::from_secs(10);
        let facts = Facts::default();
        let record = || {
            let files = [program.clone(), other.clone()];
            facts.record("version".to_owned(), "1.0".to_owned(), later, files);
        };
        assert_eq!(facts.get("version"), None);
        record();
        assert_eq!(facts.get("version").as_deref(), Some("1.0"));
        fs::create_dir(&other).unwrap();
        assert_eq!(facts.get("version"), None, "a file has appeared");
        record();
        fs::write(other.join("package"), "").unwrap();
        assert_eq!(facts.get("version"), None, "a directory has changed");
        record();
        fs::write(dir.path().join("new"), "2").unwrap();
        fs::rename(dir.path().join("new"), &program).unwrap();
        assert_eq!(facts.get("version"), None, "the program was replaced");
    }

    #[test]
    fn an_answer_about_a_file_that_has_just_changed_is_not_recorded() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let facts = Facts::default();
        let files = [file.path().to_owned()];
        facts.record("version".to_owned(), "1.0".to_owned(), SystemTime::now(), files);
        assert_eq!(facts.get("version"), None);
    }
}
