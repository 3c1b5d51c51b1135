//! The source archive: zip or tar.gz, recognized by its content, and unpacked such that no entry
//! can leave the directory. Links are resolved as the kernel would, once everything is unpacked.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;

/// Maximum size of the unpacked source; Cloud Run functions accept 500 MB.
const UNPACKED_LIMIT_BYTES: u64 = 512 * 1024 * 1024;

/// Maximum number of entries, so that an archive of a few kilobytes cannot fill the disk with empty
/// files.
const ENTRIES_LIMIT: usize = 100_000;

/// Maximum length of a name in a directory (`NAME_MAX`), and of a path (`PATH_MAX` without the
/// terminating zero).
const NAME_LIMIT_BYTES: usize = 255;
const PATH_LIMIT_BYTES: usize = 4095;

/// Maximum number of links that are followed to resolve one, as in the kernel.
const FOLLOWED_LINKS: usize = 40;

/// Maximum size of an entry of a tar archive that only describes the next one. It is read into
/// memory as a whole.
const DESCRIPTION_LIMIT_BYTES: u64 = 64 * 1024;

/// Except for `Disk`, these errors are permanent: retrying with the same archive does not help.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("the source is neither a zip nor a tar.gz archive")]
    Format,
    #[error("cannot read the zip archive")]
    Zip(#[from] zip::result::ZipError),
    #[error("cannot read the tar.gz archive")]
    Tar(#[source] io::Error),
    #[error("the archive contains `{0}`, which is outside of the archive")]
    Outside(String),
    #[error("the archive contains `{0}`, a link that leads through too many other links")]
    Chain(String),
    #[error("the archive contains `{0}`, which is not a file, a directory or a symbolic link")]
    Special(String),
    #[error(
        "the archive contains a name that a Linux system cannot have, because a part is longer than \
         {NAME_LIMIT_BYTES} bytes, the whole is too long, or it contains a zero byte: `{0}`"
    )]
    Name(String),
    #[error("the archive contains `{0}` more than once, or as a directory and as something else")]
    Duplicate(String),
    #[error(
        "the archive unpacks to more than {UNPACKED_LIMIT_BYTES} bytes or {ENTRIES_LIMIT} files"
    )]
    Large,
    #[error("cannot write `{0}`")]
    Disk(String, #[source] io::Error),
}

/// Unpacks the archive into an empty directory.
pub(crate) fn unpack(archive: &Path, into: &Path) -> Result<(), UnpackError> {
    let disk = |error| UnpackError::Disk(archive.display().to_string(), error);
    let mut file = File::open(archive).map_err(disk)?;
    let mut magic = [0; 2];
    let length = file.read(&mut magic).map_err(disk)?;
    file.rewind().map_err(disk)?;
    let mut target = Target::new(into);
    match &magic[..length] {
        b"PK" => unpack_zip(file, &mut target)?,
        [0x1f, 0x8b] => {
            check_descriptions(&file)?;
            file.rewind().map_err(disk)?;
            unpack_tar(file, &mut target)?;
        }
        _ => return Err(UnpackError::Format),
    }
    target.check_links()
}

/// `S_IFMT` and `S_IFLNK` of a zip entry's Unix mode.
const FILE_TYPE_MASK: u32 = 0o170_000;
const SYMBOLIC_LINK: u32 = 0o120_000;

fn unpack_zip(file: File, target: &mut Target) -> Result<(), UnpackError> {
    let mut archive = zip::ZipArchive::new(file)?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.name()?.into_owned();
        let mode = entry.unix_mode().unwrap_or(0o644);
        if entry.is_dir() {
            target.directory(&name)?;
        } else if mode & FILE_TYPE_MASK == SYMBOLIC_LINK {
            let mut to = String::new();
            // One byte more than a link can have, so that a longer one is rejected.
            let mut content = (&mut entry).take(PATH_LIMIT_BYTES as u64 + 1);
            content.read_to_string(&mut to).map_err(|error| UnpackError::Zip(error.into()))?;
            target.link(&name, &to)?;
        } else {
            target.file(&name, mode, &mut entry)?;
        }
    }
    Ok(())
}

/// Rejects an archive whose long names or extended headers would fill the memory.
fn check_descriptions(file: &File) -> Result<(), UnpackError> {
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    let mut bytes = 0_u64;
    for (index, entry) in archive.entries().map_err(UnpackError::Tar)?.raw(true).enumerate() {
        let entry = entry.map_err(UnpackError::Tar)?;
        let kind = entry.header().entry_type();
        let is_description = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        bytes = bytes.saturating_add(entry.size());
        // Each entry may have a long name, a long link and an extended header.
        if (is_description && entry.size() > DESCRIPTION_LIMIT_BYTES)
            || index >= 4 * ENTRIES_LIMIT
            || bytes > 2 * UNPACKED_LIMIT_BYTES
        {
            return Err(UnpackError::Large);
        }
    }
    Ok(())
}

fn unpack_tar(file: File, target: &mut Target) -> Result<(), UnpackError> {
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    for entry in archive.entries().map_err(UnpackError::Tar)? {
        let mut entry = entry.map_err(UnpackError::Tar)?;
        let name = entry.path().map_err(UnpackError::Tar)?.to_string_lossy().into_owned();
        let mode = entry.header().mode().map_err(UnpackError::Tar)?;
        match entry.header().entry_type() {
            tar::EntryType::Directory => target.directory(&name)?,
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                target.file(&name, mode, &mut entry)?
            }
            tar::EntryType::Symlink => {
                let to = entry
                    .link_name()
                    .map_err(UnpackError::Tar)?
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                target.link(&name, &to)?;
            }
            tar::EntryType::XGlobalHeader => {}
            _ => return Err(UnpackError::Special(name)),
        }
    }
    Ok(())
}

/// The directory that is filled. No entry can go through a link of the same archive.
struct Target {
    root: PathBuf,
    bytes_left: u64,
    entries_left: usize,
    links: Vec<String>,
}

impl Target {
    fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            bytes_left: UNPACKED_LIMIT_BYTES,
            entries_left: ENTRIES_LIMIT,
            links: Vec::new(),
        }
    }

    fn directory(&mut self, name: &str) -> Result<(), UnpackError> {
        let path = self.resolve(name)?;
        fs::create_dir_all(path).map_err(|error| cannot_write(name, error))
    }

    fn file(&mut self, name: &str, mode: u32, content: &mut dyn Read) -> Result<(), UnpackError> {
        let path = self.resolve(name)?;
        let disk = |error| cannot_write(name, error);
        make_parent(&path).map_err(disk)?;
        let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
        let mut file =
            File::options().write(true).create_new(true).mode(mode).open(path).map_err(disk)?;
        let copied = io::copy(&mut content.take(self.bytes_left.saturating_add(1)), &mut file)
            .map_err(disk)?;
        self.bytes_left = self.bytes_left.checked_sub(copied).ok_or(UnpackError::Large)?;
        file.flush().map_err(disk)
    }

    fn link(&mut self, name: &str, to: &str) -> Result<(), UnpackError> {
        let path = self.resolve(name)?;
        if to.is_empty() || to.len() > PATH_LIMIT_BYTES || to.contains('\0') {
            return Err(UnpackError::Name(name.to_owned()));
        }
        let disk = |error| cannot_write(name, error);
        make_parent(&path).map_err(disk)?;
        symlink(to, path).map_err(disk)?;
        self.links.push(name.to_owned());
        Ok(())
    }

    /// Rejects links that lead out of the directory, be it through other links.
    fn check_links(&self) -> Result<(), UnpackError> {
        self.links.iter().try_for_each(|name| self.check_link(name))
    }

    fn check_link(&self, name: &str) -> Result<(), UnpackError> {
        let link = || {
            let to = fs::read_link(self.root.join(name)).unwrap_or_default();
            format!("{name} -> {}", to.display())
        };
        let mut position = PathBuf::new();
        let mut waiting: Vec<OsString> = Vec::new();
        push_parts(&mut waiting, Path::new(name));
        let mut followed = 0;
        while let Some(part) = waiting.pop() {
            if part == ".." {
                if !position.pop() {
                    return Err(UnpackError::Outside(link()));
                }
                continue;
            }
            position.push(&part);
            let Ok(target) = fs::read_link(self.root.join(&position)) else { continue };
            followed += 1;
            if followed > FOLLOWED_LINKS {
                return Err(UnpackError::Chain(link()));
            }
            if target.is_absolute() {
                return Err(UnpackError::Outside(link()));
            }
            position.pop();
            push_parts(&mut waiting, &target);
        }
        Ok(())
    }

    /// The path of an entry. A name that leads through a link is rejected, because the link may
    /// come from this very archive.
    fn resolve(&mut self, name: &str) -> Result<PathBuf, UnpackError> {
        self.entries_left = self.entries_left.checked_sub(1).ok_or(UnpackError::Large)?;
        if Path::new(name)
            .components()
            .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(UnpackError::Outside(name.to_owned()));
        }
        let path_bytes = self.root.as_os_str().len() + 1 + name.len();
        let is_too_long = |part: Component<'_>| part.as_os_str().len() > NAME_LIMIT_BYTES;
        if path_bytes > PATH_LIMIT_BYTES
            || name.contains('\0')
            || Path::new(name).components().any(is_too_long)
        {
            return Err(UnpackError::Name(name.to_owned()));
        }
        let mut path = self.root.clone();
        for part in Path::new(name).components() {
            if path.is_symlink() {
                return Err(UnpackError::Outside(name.to_owned()));
            }
            path.push(part);
        }
        Ok(path)
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

/// Puts the parts of a relative path on a stack, the first one on top.
fn push_parts(stack: &mut Vec<OsString>, path: &Path) {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let parts: Vec<OsString> = parts.map(|part| part.as_os_str().to_owned()).collect();
    stack.extend(parts.into_iter().rev());
}

/// The archive's fault if its entries contradict each other; otherwise the disk's.
fn cannot_write(name: &str, error: io::Error) -> UnpackError {
    match error.kind() {
        io::ErrorKind::AlreadyExists
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory => UnpackError::Duplicate(name.to_owned()),
        io::ErrorKind::InvalidFilename => UnpackError::Name(name.to_owned()),
        _ => UnpackError::Disk(name.to_owned(), error),
    }
}

#[cfg(test)]
mod tests;
