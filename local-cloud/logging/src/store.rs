//! The entries that clients write, in two files for each project, and the deletions of logs.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use google_cloud_wkt::Timestamp;
use longshore_local_kit::state::{Scope, copy_all};
use parking_lot::Mutex;
use serde_json::Value;

use crate::core::{Accepted, LogName, time_of};

/// A current file that reaches this size replaces the previous one, so a project stores at most
/// twice as much.
const ROTATE_AT_BYTES: u64 = 8 * 1024 * 1024;

const CURRENT: &str = "current.jsonl";
const PREVIOUS: &str = "previous.jsonl";
const DELETED: &str = "deleted.json";

/// Entries under `PROJECT/`, and in `deleted.json` when each log was last deleted.
pub(crate) struct Store {
    dir: PathBuf,
    rotate_at_bytes: u64,
    /// Held while files are written or replaced.
    deleted: Mutex<BTreeMap<String, Timestamp>>,
}

impl Store {
    /// # Errors
    /// When the folder or the deletions cannot be read.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let deleted = match fs::read(dir.join(DELETED)) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let deleted = Mutex::new(deleted);
        Ok(Self { dir: dir.to_owned(), rotate_at_bytes: ROTATE_AT_BYTES, deleted })
    }

    /// Stores entries. When it returns, they survive a death of this process.
    ///
    /// # Errors
    /// When they cannot be written. Some of them may have been.
    pub(crate) fn write(&self, entries: &[Accepted]) -> io::Result<()> {
        let mut lines: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for Accepted { project, entry } in entries {
            let lines = lines.entry(project).or_default();
            serde_json::to_writer(&mut *lines, entry)?;
            lines.push(b'\n');
        }
        let _guard = self.deleted.lock();
        for (project, lines) in lines {
            let dir = self.dir.join(project);
            fs::create_dir_all(&dir)?;
            let current = dir.join(CURRENT);
            if fs::metadata(&current).is_ok_and(|file| file.len() >= self.rotate_at_bytes) {
                fs::rename(&current, dir.join(PREVIOUS))?;
            }
            OpenOptions::new().create(true).append(true).open(current)?.write_all(&lines)?;
        }
        Ok(())
    }

    /// Calls `each` with every entry of a project that was written.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub(crate) fn read(&self, project: &str, each: &mut dyn FnMut(Value)) -> io::Result<()> {
        let files = {
            let _guard = self.deleted.lock();
            let dir = self.dir.join(project);
            [open(&dir.join(PREVIOUS))?, open(&dir.join(CURRENT))?]
        };
        for file in files.into_iter().flatten() {
            for line in BufReader::new(file).split(b'\n') {
                // A line that was torn by a kill is skipped.
                if let Ok(entry) = serde_json::from_slice(&line?) {
                    each(entry);
                }
            }
        }
        Ok(())
    }

    /// Hides the entries that a log has now, from whatever source, and those of earlier times that
    /// it gets later.
    ///
    /// # Errors
    /// When the deletion cannot be recorded.
    pub(crate) fn delete(&self, log: &LogName, now: Timestamp) -> io::Result<()> {
        let mut deleted = self.deleted.lock();
        let mut next = deleted.clone();
        next.insert(log.text(), now);
        self.record(&mut deleted, next)
    }

    fn record(
        &self,
        deleted: &mut BTreeMap<String, Timestamp>,
        next: BTreeMap<String, Timestamp>,
    ) -> io::Result<()> {
        let (new, place) = (self.dir.join("deleted.json.new"), self.dir.join(DELETED));
        fs::write(&new, serde_json::to_vec(&next)?)?;
        fs::rename(new, place)?;
        *deleted = next;
        Ok(())
    }

    /// Removes the entries and the deletions of the projects in the scope.
    ///
    /// # Errors
    /// When the disk fails. It can be repeated.
    pub(crate) fn reset(&self, scope: &Scope) -> io::Result<()> {
        let mut deleted = self.deleted.lock();
        for project in projects_in(&self.dir)?.iter().filter(|project| scope.has_project(project)) {
            fs::remove_dir_all(self.dir.join(project))?;
        }
        let mut next = deleted.clone();
        next.retain(|log, _| !scope.has(log));
        self.record(&mut deleted, next)
    }

    /// Copies everything to an empty folder.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn save(&self, folder: &Path) -> io::Result<()> {
        let deleted = self.deleted.lock();
        for project in projects_in(&self.dir)? {
            copy_all(&self.dir.join(&project), &folder.join(&project))?;
        }
        fs::write(folder.join(DELETED), serde_json::to_vec(&*deleted)?)
    }

    /// Copies what was saved back, after a reset of everything.
    ///
    /// # Errors
    /// When the disk fails, or the folder has something else.
    pub(crate) fn restore(&self, folder: &Path) -> io::Result<()> {
        let mut deleted = self.deleted.lock();
        for project in projects_in(folder)? {
            copy_all(&folder.join(&project), &self.dir.join(&project))?;
        }
        let saved = serde_json::from_slice(&fs::read(folder.join(DELETED))?)?;
        self.record(&mut deleted, saved)
    }

    /// The deletions of logs, by name.
    pub(crate) fn deletions(&self) -> BTreeMap<String, Timestamp> {
        self.deleted.lock().clone()
    }
}

/// Whether an entry was deleted with its log.
pub(crate) fn is_deleted(deletions: &BTreeMap<String, Timestamp>, entry: &Value) -> bool {
    let deleted = entry["logName"].as_str().and_then(|name| deletions.get(name));
    deleted.is_some_and(|at| time_of(entry) <= (at.seconds(), at.nanos()))
}

/// The folders of the projects that have entries.
fn projects_in(dir: &Path) -> io::Result<Vec<String>> {
    let mut projects = Vec::new();
    for found in fs::read_dir(dir)? {
        let found = found?;
        if found.file_type()?.is_dir() {
            projects.push(found.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(projects)
}

fn open(file: &Path) -> io::Result<Option<File>> {
    match File::open(file) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(number: u32) -> Accepted {
        let entry = json!({"logName": "projects/p/logs/l", "insertId": number.to_string()});
        Accepted { project: "p".to_owned(), entry }
    }

    fn ids(store: &Store) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut each =
            |entry: Value| ids.push(entry["insertId"].as_str().unwrap().parse().unwrap());
        store.read("p", &mut each).unwrap();
        ids
    }

    #[test]
    fn a_project_keeps_two_files_and_the_newest_entries() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store { rotate_at_bytes: 500, ..Store::open(dir.path()).unwrap() };
        for number in 0..100 {
            store.write(&[entry(number)]).unwrap();
        }
        let found = ids(&store);
        assert!(found.len() < 30, "{}", found.len());
        assert_eq!(found.last(), Some(&99));
        assert_eq!(fs::read_dir(dir.path().join("p")).unwrap().count(), 2);
    }

    #[test]
    fn entries_and_deletions_survive_a_restart_and_a_torn_line() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert!(ids(&store).is_empty());
        store.write(&[entry(1), entry(2)]).unwrap();
        store.delete(&LogName::of("p", "l").unwrap(), Timestamp::clamp(7, 0)).unwrap();
        let mut torn = OpenOptions::new().append(true).open(dir.path().join("p/current.jsonl"));
        torn.as_mut().unwrap().write_all(b"{\"insertId\":\n").unwrap();
        let store = Store::open(dir.path()).unwrap();
        store.write(&[entry(3)]).unwrap();
        assert_eq!(ids(&store), [1, 2, 3]);
        let deletions = store.deletions();
        for (time, expected) in [("1970-01-01T00:00:07Z", true), ("1970-01-01T00:00:08Z", false)] {
            let entry = json!({"logName": "projects/p/logs/l", "timestamp": time});
            assert_eq!(is_deleted(&deletions, &entry), expected, "{time}");
            let other = json!({"logName": "projects/p/logs/other", "timestamp": time});
            assert!(!is_deleted(&deletions, &other));
        }
    }

    #[test]
    fn a_reset_removes_a_project_and_a_restore_brings_back_what_was_saved() {
        let (dir, saved) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::open(dir.path()).unwrap();
        store.write(&[entry(1)]).unwrap();
        store.delete(&LogName::of("p", "l").unwrap(), Timestamp::clamp(7, 0)).unwrap();
        store.save(saved.path()).unwrap();
        store.reset(&Scope::Project("other".to_owned())).unwrap();
        assert_eq!((ids(&store), store.deletions().len()), (vec![1], 1));
        store.reset(&Scope::Project("p".to_owned())).unwrap();
        assert_eq!((ids(&store), store.deletions().len()), (vec![], 0));
        store.reset(&Scope::Everything).unwrap();
        store.restore(saved.path()).unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!((ids(&store), store.deletions().len()), (vec![1], 1));
    }
}
