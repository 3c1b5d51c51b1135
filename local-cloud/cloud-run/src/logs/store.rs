//! Stores the lines of each service in two files: the current one, and the previous one. Its requests
//! have two files of their own, so that many of them do not displace what its instances print.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use google_cloud_wkt::Timestamp;
use longshore_local_kit::state::Scope;
use parking_lot::Mutex;
use serde_json::Value;

use super::record::{HttpRequest, Record, Source, Stream};
use crate::core::ServiceName;

/// A current file that reaches this size replaces the previous one, so a service stores at most
/// twice as much.
const ROTATE_AT_BYTES: u64 = 4 * 1024 * 1024;

/// Longer lines are split: Cloud Logging accepts entries of up to 256 KiB.
pub(crate) const LINE_LIMIT_BYTES: usize = 256 * 1024;

/// Files that stay open between two lines. Services that write at the same time rarely are more,
/// and each file takes one of the descriptors that URLs and instances need.
const OPEN_FILES_MAX: usize = 16;

/// What is stored apart for one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Lines,
    Requests,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Lines, Self::Requests];

    fn current(self) -> &'static str {
        match self {
            Self::Lines => "current.jsonl",
            Self::Requests => "requests.jsonl",
        }
    }

    fn previous(self) -> &'static str {
        match self {
            Self::Lines => "previous.jsonl",
            Self::Requests => "requests-previous.jsonl",
        }
    }
}

/// Takes an entry that was stored, by its project and what makes it.
pub type Follower = Box<dyn Fn(&str, &dyn Fn() -> Value) + Send + Sync>;

/// Logs under `logs/PROJECT/LOCATION/SERVICE/`.
pub(crate) struct LogStore {
    dir: PathBuf,
    rotate_at_bytes: u64,
    open: Mutex<HashMap<(ServiceName, Kind), OpenFile>>,
    sequence: AtomicU64,
    follower: OnceLock<Follower>,
}

struct OpenFile {
    file: File,
    bytes: u64,
    /// Number of the line that was written last.
    last_line: u64,
}

impl LogStore {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            rotate_at_bytes: ROTATE_AT_BYTES,
            open: Mutex::default(),
            sequence: AtomicU64::new(0),
            follower: OnceLock::new(),
        }
    }

    /// Gives each entry that is stored from now on to the follower. There is one.
    pub(crate) fn follow(&self, follower: Follower) {
        // A second one would be a mistake of the composition, and changes nothing.
        let _ = self.follower.set(follower);
    }

    /// Stores one line. A line that cannot be written is lost, with a warning in the local cloud's
    /// own log: a full disk must not stop functions.
    pub(crate) fn write(&self, source: &Source, stream: Stream, line: &str) {
        let (now, id, number) = self.next();
        let record = Record::new(source, stream, line, now, id);
        self.keep(source, Kind::Lines, &record, number);
    }

    /// Stores a request that has been answered, as of now.
    pub(crate) fn write_request(&self, source: &Source, request: HttpRequest) {
        let (now, id, number) = self.next();
        self.keep(source, Kind::Requests, &Record::of_request(source, request, now, id), number);
    }

    /// The time, the id and the number of the next entry.
    fn next(&self) -> (Timestamp, String, u64) {
        let now = SystemTime::now();
        let nanos = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let number = self.sequence.fetch_add(1, Ordering::Relaxed);
        let id = format!("{nanos:020}-{number:06}");
        (Timestamp::try_from(now).unwrap_or_default(), id, number)
    }

    fn keep(&self, source: &Source, kind: Kind, record: &Record, number: u64) {
        if let Err(error) = self.append(&source.service, kind, record, number) {
            tracing::warn!(service = %source.service, %error, "a log line is lost");
            return;
        }
        if let Some(follower) = self.follower.get() {
            follower(&source.service.project, &|| record.wire(&source.service));
        }
    }

    fn append(
        &self,
        service: &ServiceName,
        kind: Kind,
        record: &Record,
        number: u64,
    ) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        let dir = self.dir_of(service);
        let key = (service.clone(), kind);
        let mut open = self.open.lock();
        if open.get(&key).is_some_and(|file| file.bytes >= self.rotate_at_bytes) {
            open.remove(&key);
            fs::rename(dir.join(kind.current()), dir.join(kind.previous()))?;
        }
        if !open.contains_key(&key) {
            if open.len() >= OPEN_FILES_MAX {
                let longest_idle = open.iter().min_by_key(|(_, file)| file.last_line);
                let longest_idle = longest_idle.map(|(key, _)| key.clone());
                if let Some(key) = longest_idle {
                    open.remove(&key);
                }
            }
            open.insert(key.clone(), OpenFile::open(&dir, kind)?);
        }
        if let Some(file) = open.get_mut(&key) {
            file.file.write_all(&line)?;
            file.bytes += line.len() as u64;
            file.last_line = number;
        }
        Ok(())
    }

    /// Calls `each` with every line of a project, oldest first in each service, as an entry of
    /// Cloud Logging. Leaves out the files of services whose names are not admitted as labels of
    /// their entries.
    pub(crate) fn read(
        &self,
        project: &str,
        admits: &dyn Fn(&str, &str) -> bool,
        each: &mut dyn FnMut(Value),
    ) -> io::Result<()> {
        let project_dir = self.dir.join(project);
        for location in names_in(&project_dir)?.iter().filter(|name| admits("location", name)) {
            for service in names_in(&project_dir.join(location))?
                .iter()
                .filter(|name| admits("service_name", name))
            {
                let service = ServiceName::new(project, location, service);
                for file in Kind::ALL.into_iter().flat_map(|kind| [kind.previous(), kind.current()])
                {
                    records_in(&self.dir_of(&service).join(file))?
                        .into_iter()
                        .filter(|record| admits("revision_name", &record.revision))
                        .for_each(|record| each(record.wire(&service)));
                }
            }
        }
        Ok(())
    }

    /// Removes all lines of the services in a scope.
    pub(crate) fn remove(&self, scope: &Scope) -> io::Result<()> {
        let mut open = self.open.lock();
        open.retain(|(service, _), _| !scope.has_project(&service.project));
        for project in names_in(&self.dir)?.iter().filter(|project| scope.has_project(project)) {
            fs::remove_dir_all(self.dir.join(project))?;
        }
        Ok(())
    }

    fn dir_of(&self, service: &ServiceName) -> PathBuf {
        self.dir.join(&service.project).join(&service.location).join(&service.service)
    }
}

impl OpenFile {
    fn open(dir: &Path, kind: Kind) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let file = OpenOptions::new().create(true).append(true).open(dir.join(kind.current()))?;
        let bytes = file.metadata()?.len();
        Ok(Self { file, bytes, last_line: 0 })
    }
}

fn names_in(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// The complete lines of a file. A line that was torn by a kill is skipped.
fn records_in(file: &Path) -> io::Result<Vec<Record>> {
    let file = match File::open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut records = Vec::new();
    for line in BufReader::new(file).split(b'\n') {
        records.extend(serde_json::from_slice(&line?).ok());
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn source(service: &str, revision: &str) -> Source {
        Source {
            service: ServiceName::new("p", "r", service),
            revision: revision.to_owned(),
            instance: "i".to_owned(),
            labels: BTreeMap::new(),
        }
    }

    /// The texts of all entries that are admitted.
    fn texts(store: &LogStore, admits: &dyn Fn(&str, &str) -> bool) -> Vec<String> {
        let mut texts = Vec::new();
        let mut each = |entry: Value| texts.push(entry["textPayload"].as_str().unwrap().to_owned());
        store.read("p", admits, &mut each).unwrap();
        texts
    }

    #[test]
    fn lines_are_found_by_service_and_revision_in_the_order_of_writing() {
        let dir = tempfile::tempdir().unwrap();
        let store = LogStore::new(dir.path().to_owned());
        for (service, revision, line) in
            [("a", "a-1", "1"), ("b", "b-1", "2"), ("a", "a-2", "3"), ("a", "a-1", "4")]
        {
            store.write(&source(service, revision), Stream::Stdout, line);
        }
        let found = |label: &str, value: &str| {
            texts(&store, &|name, found| name != label || found == value)
        };
        assert_eq!(found("service_name", "a"), ["1", "3", "4"]);
        assert_eq!(found("revision_name", "a-1"), ["1", "4"]);
        assert_eq!(texts(&store, &|_, _| true).len(), 4);
        assert!(found("location", "elsewhere").is_empty());
    }

    #[test]
    fn few_files_stay_open_and_no_line_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let store = LogStore::new(dir.path().to_owned());
        for line in ["1", "2"] {
            for service in 0..2 * OPEN_FILES_MAX {
                store.write(&source(&format!("s{service}"), "r-1"), Stream::Stdout, line);
                store.write(&source("busy", "r-1"), Stream::Stdout, line);
            }
        }
        let open = store.open.lock();
        assert_eq!(open.len(), OPEN_FILES_MAX);
        assert!(open.contains_key(&(ServiceName::new("p", "r", "busy"), Kind::Lines)));
        drop(open);
        assert_eq!(texts(&store, &|_, _| true).len(), 8 * OPEN_FILES_MAX);
    }

    #[test]
    fn a_service_keeps_two_files_and_the_newest_lines() {
        let dir = tempfile::tempdir().unwrap();
        let store = LogStore { rotate_at_bytes: 1_000, ..LogStore::new(dir.path().to_owned()) };
        for number in 0..100 {
            store.write(&source("a", "a-1"), Stream::Stdout, &format!("line {number}"));
        }
        let files = names_in(&dir.path().join("p/r/a")).unwrap();
        assert_eq!(files.len(), 2, "{files:?}");
        let found = texts(&store, &|_, _| true);
        assert!(found.len() < 30, "{}", found.len());
        assert_eq!(found.last().unwrap(), "line 99");
    }
}
