//! Content in files: `contents/GENERATION` or, while it is received, `staging/NUMBER` or
//! `uploads/ID`.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Contents, Staged};
use crate::Digest;

/// Buffer size for computing the checksums of a resumed upload.
const READ_BYTES: usize = 256 * 1024;

/// Only this user can read content.
const PRIVATE: u32 = 0o600;

/// Content in files below one directory, which no other process may use.
#[derive(Debug)]
pub struct Files {
    kept: PathBuf,
    staging: PathBuf,
    uploads: PathBuf,
    next_staged: AtomicU64,
}

/// Content that is still being received.
pub struct StagedFile {
    file: File,
    path: PathBuf,
    so_far: Checksums,
    remove_on_drop: bool,
}

/// Checksums of the content so far.
#[derive(Clone, Default)]
struct Checksums {
    size_bytes: u64,
    crc32c: u32,
    md5: md5::Context,
    /// Whether content was appended without being read. There is no MD5 then.
    unread: bool,
}

impl Checksums {
    fn add(&mut self, piece: &[u8]) {
        self.size_bytes += piece.len() as u64;
        self.crc32c = crc32c::crc32c_append(self.crc32c, piece);
        if !self.unread {
            self.md5.consume(piece);
        }
    }

    fn add_unread(&mut self, part: &Digest) {
        let whole = Digest { size_bytes: self.size_bytes, crc32c: self.crc32c, md5: None }
            .followed_by(part);
        (self.size_bytes, self.crc32c, self.unread) = (whole.size_bytes, whole.crc32c, true);
    }

    fn digest(&self) -> Digest {
        let md5 = (!self.unread).then(|| self.md5.clone().finalize().0);
        Digest { size_bytes: self.size_bytes, crc32c: self.crc32c, md5 }
    }
}

impl Files {
    /// Creates missing directories, and removes content that the last process did not finish
    /// receiving.
    ///
    /// # Errors
    /// When a directory cannot be created or read.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let files = Self {
            kept: dir.join("contents"),
            staging: dir.join("staging"),
            uploads: dir.join("uploads"),
            next_staged: AtomicU64::new(0),
        };
        for folder in [&files.kept, &files.staging, &files.uploads] {
            fs::create_dir_all(folder)?;
        }
        sweep_folder(&files.staging, |_| false)?;
        Ok(files)
    }

    /// The folder with the content of generations.
    pub(crate) fn kept(&self) -> &Path {
        &self.kept
    }

    /// The folder with the content of uploads, by id.
    pub(crate) fn uploads(&self) -> &Path {
        &self.uploads
    }

    /// The file with the content of a generation.
    #[must_use]
    pub fn path(&self, generation: i64) -> PathBuf {
        self.kept.join(generation.to_string())
    }
}

impl Contents for Files {
    type Staged = StagedFile;
    type Content = File;

    fn stage(&self) -> io::Result<StagedFile> {
        let number = self.next_staged.fetch_add(1, Ordering::Relaxed);
        let path = self.staging.join(number.to_string());
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(true).write(true).mode(PRIVATE).open(&path)?;
        Ok(StagedFile { file, path, so_far: Checksums::default(), remove_on_drop: true })
    }

    fn resume(&self, upload: &str) -> io::Result<StagedFile> {
        let path = self.uploads.join(upload);
        let mut options = OpenOptions::new();
        let mut file = options.create(true).read(true).append(true).mode(PRIVATE).open(&path)?;
        let mut so_far = Checksums::default();
        read_all(&mut file, |piece| so_far.add(piece))?;
        Ok(StagedFile { file, path, so_far, remove_on_drop: false })
    }

    fn abandon(&self, upload: &str) -> io::Result<()> {
        remove_file(&self.uploads.join(upload))
    }

    fn keep(&self, mut staged: StagedFile, generation: i64) -> io::Result<()> {
        fs::rename(&staged.path, self.path(generation))?;
        staged.remove_on_drop = false;
        Ok(())
    }

    fn link(&self, generation: i64, other: i64) -> io::Result<()> {
        let path = self.path(other);
        // A crash may have left a file that belongs to no object.
        remove_file(&path)?;
        fs::hard_link(self.path(generation), path)
    }

    fn concatenate(
        &self,
        staged: &mut StagedFile,
        mut content: File,
        digest: &Digest,
    ) -> io::Result<()> {
        // The kernel copies from file to file; the data does not pass through this process.
        let copied = io::copy(&mut content, &mut staged.file)?;
        if copied != digest.size_bytes {
            return Err(io::Error::other(format!(
                "stored content has {copied} bytes instead of {}",
                digest.size_bytes
            )));
        }
        staged.so_far.add_unread(digest);
        Ok(())
    }

    fn open(&self, generation: i64) -> io::Result<File> {
        File::open(self.path(generation))
    }

    fn remove(&self, generation: i64) -> io::Result<()> {
        remove_file(&self.path(generation))
    }

    fn sweep(&self, generations: &BTreeSet<i64>, uploads: &BTreeSet<String>) -> io::Result<()> {
        sweep_folder(&self.kept, |name| {
            name.parse().is_ok_and(|generation| generations.contains(&generation))
        })?;
        sweep_folder(&self.uploads, |name| uploads.contains(name))
    }
}

impl Staged for StagedFile {
    fn append(&mut self, data: &[u8]) -> io::Result<()> {
        self.file.write_all(data)?;
        self.so_far.add(data);
        Ok(())
    }

    fn size_bytes(&self) -> u64 {
        self.so_far.size_bytes
    }

    fn digest(&self) -> Digest {
        self.so_far.digest()
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if self.remove_on_drop
            && let Err(error) = remove_file(&self.path)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove discarded content; the next start removes it");
        }
    }
}

fn read_all(file: &mut File, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            length => take(buffer.get(..length).unwrap_or_default()),
        }
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn sweep_folder(folder: &Path, keep: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(&keep) {
            remove_file(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn dropped_content_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path()).unwrap();
        let mut staged = files.stage().unwrap();
        staged.append(b"content").unwrap();
        drop(staged);
        assert!(names(&files.staging).is_empty());
    }

    #[test]
    fn an_upload_continues_where_an_earlier_process_stopped() {
        let dir = tempfile::tempdir().unwrap();
        Files::open(dir.path()).unwrap().resume("id").unwrap().append(b"1234").unwrap();
        let files = Files::open(dir.path()).unwrap();
        let mut staged = files.resume("id").unwrap();
        assert_eq!(staged.size_bytes(), 4);
        staged.append(b"56789").unwrap();
        let md5 = Some(md5::compute(b"123456789").0);
        assert_eq!(staged.digest(), Digest { size_bytes: 9, crc32c: 0xe306_9283, md5 });
        files.keep(staged, 7).unwrap();
        assert_eq!(fs::read(files.path(7)).unwrap(), b"123456789");
        assert!(names(&files.uploads).is_empty());
    }

    #[test]
    fn a_sweep_keeps_exactly_what_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path()).unwrap();
        for generation in [1, 2, 3] {
            files.keep(files.stage().unwrap(), generation).unwrap();
        }
        for upload in ["a", "b"] {
            files.resume(upload).unwrap();
        }
        files.sweep(&BTreeSet::from([2]), &BTreeSet::from(["b".to_owned()])).unwrap();
        assert_eq!(names(&files.kept), ["2"]);
        assert_eq!(names(&files.uploads), ["b"]);
    }

    #[test]
    fn content_is_concatenated_and_linked_without_being_read() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path()).unwrap();
        let mut digests = Vec::new();
        for (generation, content) in [(1, &b"1234"[..]), (2, &b"56789"[..])] {
            let mut staged = files.stage().unwrap();
            staged.append(content).unwrap();
            digests.push(staged.digest());
            files.keep(staged, generation).unwrap();
        }
        let mut whole = files.stage().unwrap();
        for (generation, digest) in [1, 2].into_iter().zip(&digests) {
            files.concatenate(&mut whole, files.open(generation).unwrap(), digest).unwrap();
        }
        assert_eq!(whole.digest(), Digest { size_bytes: 9, crc32c: 0xe306_9283, md5: None });
        files.keep(whole, 3).unwrap();
        files.link(3, 4).unwrap();
        files.remove(3).unwrap();
        assert_eq!(fs::read(files.path(4)).unwrap(), b"123456789");
    }

    #[test]
    fn open_content_outlives_its_removal() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::open(dir.path()).unwrap();
        let mut staged = files.stage().unwrap();
        staged.append(b"content").unwrap();
        files.keep(staged, 1).unwrap();
        let mut content = files.open(1).unwrap();
        files.remove(1).unwrap();
        let mut text = String::new();
        content.read_to_string(&mut text).unwrap();
        assert_eq!(text, "content");
    }
}
