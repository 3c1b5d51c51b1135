//! Settings of package registries, credentials included, that package managers read from the home
//! directory. They are copied into that of the build, file by file, without what has nothing to do
//! with registries; nothing else of the home directory is. Copies of the settings for the whole
//! machine take their places in the sandbox.

mod kept;

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use self::kept::kept;
use super::plain::{create_dir_below, write_private};

/// Maximum size of such a file. Real ones have a few lines.
const LIMIT_BYTES: u64 = 256 * 1024;

/// A file of the home directory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RegistryFile {
    /// Its path in the home directory; what begins with `.config/` may be in `$XDG_CONFIG_HOME`.
    pub(crate) path: &'static str,
    /// Variables that name it elsewhere.
    pub(crate) variables: &'static [&'static str],
}

/// Settings for the whole machine. Those of root alone are unreadable where the sandbox has a user of
/// its own.
const OF_SYSTEM: [&str; 4] =
    ["/etc/pip.conf", "/etc/uv/uv.toml", "/etc/npmrc", "/etc/maven/settings.xml"];

/// Copies the files that exist, and returns the variables that name the copies.
///
/// # Errors
/// If a copy cannot be written.
pub(super) fn copy(
    files: &[RegistryFile],
    host: &BTreeMap<String, String>,
    home: &Path,
) -> io::Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for file in files {
        let (variable, source) = place(file, host);
        let Some(content) = source.and_then(|source| content(&source)) else { continue };
        let target = home.join(file.path);
        create_dir_below(home, Path::new(file.path).parent().unwrap_or(Path::new("")))?;
        write_private(&target, &kept(file.path, content))?;
        if let Some(variable) = variable {
            variables.insert(variable.to_owned(), target.display().to_string());
        }
    }
    Ok(variables)
}

/// Copies the settings for the whole machine into a directory, and returns for each copy the path at
/// which the build finds it.
///
/// # Errors
/// If a copy cannot be written.
pub(super) fn copy_of_system(directory: &Path) -> io::Result<Vec<(PathBuf, &'static Path)>> {
    copied(&OF_SYSTEM.map(Path::new), directory)
}

fn copied<'a>(files: &[&'a Path], directory: &Path) -> io::Result<Vec<(PathBuf, &'a Path)>> {
    let mut copies = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let Some(content) = content(file) else { continue };
        let copy = directory.join(number.to_string());
        write_private(&copy, &kept(&file.to_string_lossy(), content))?;
        std::fs::set_permissions(&copy, file.metadata()?.permissions())?;
        copies.push((copy, *file));
    }
    Ok(copies)
}

/// The texts of the files that exist, and of those for the whole machine.
pub(crate) fn texts(files: &[RegistryFile], host: &BTreeMap<String, String>) -> Vec<String> {
    let of_user = files.iter().filter_map(|file| place(file, host).1);
    let all = of_user.chain(OF_SYSTEM.map(PathBuf::from)).filter_map(|path| content(&path));
    all.map(|content| String::from_utf8_lossy(&content).into_owned()).collect()
}

/// The variable that names a file, if one does, and the path of the file.
fn place(
    file: &RegistryFile,
    host: &BTreeMap<String, String>,
) -> (Option<&'static str>, Option<PathBuf>) {
    match file.variables.iter().find(|name| is_set(host, name)) {
        Some(variable) => (Some(*variable), host.get(*variable).map(PathBuf::from)),
        None => (None, default(file.path, host)),
    }
}

fn is_set(host: &BTreeMap<String, String>, name: &str) -> bool {
    host.get(name).is_some_and(|value| !value.is_empty())
}

fn default(path: &str, host: &BTreeMap<String, String>) -> Option<PathBuf> {
    let configuration =
        host.get("XDG_CONFIG_HOME").filter(|directory| Path::new(directory).is_absolute());
    match (path.strip_prefix(".config/"), configuration) {
        (Some(path), Some(directory)) => Some(Path::new(directory).join(path)),
        _ => host.get("HOME").map(|home| Path::new(home).join(path)),
    }
}

/// `None` if there is no such file. The user's own links are followed.
fn content(source: &Path) -> Option<Vec<u8>> {
    if !source.is_absolute() || !source.is_file() {
        return None;
    }
    let mut content = Vec::new();
    let file = std::fs::File::open(source).ok()?;
    file.take(LIMIT_BYTES + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= LIMIT_BYTES).then_some(content)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_named_files_are_copied() {
        let (host_home, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (path, text) in [
            (".npmrc", "_auth=token\nlegacy-peer-deps=true\n"),
            (".netrc", "machine"),
            (".ssh/id_rsa", "key"),
            ("settings/pip.conf", "index-url=index\n"),
        ] {
            let path = host_home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let of_host = |path: &str| host_home.path().join(path).display().to_string();
        let host = BTreeMap::from([
            ("HOME".to_owned(), of_host("")),
            ("PIP_CONFIG_FILE".to_owned(), of_host("settings/pip.conf")),
        ]);
        let files = [
            RegistryFile { path: ".npmrc", variables: &["npm_config_userconfig"] },
            RegistryFile { path: ".config/pip/pip.conf", variables: &["PIP_CONFIG_FILE"] },
            RegistryFile { path: ".m2/settings.xml", variables: &[] },
        ];
        let variables = copy(&files, &host, home.path()).unwrap();
        let pip = home.path().join(".config/pip/pip.conf");
        let expected = [("PIP_CONFIG_FILE".to_owned(), pip.display().to_string())];
        assert_eq!(variables, expected.into());
        assert_eq!(std::fs::read_to_string(home.path().join(".npmrc")).unwrap(), "_auth=token\n");
        assert_eq!(std::fs::read_to_string(pip).unwrap(), "index-url=index\n");
        assert!(!home.path().join(".netrc").exists() && !home.path().join(".m2").exists());
    }

    #[test]
    fn settings_for_the_whole_machine_lose_what_has_nothing_to_do_with_registries() {
        let (etc, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let copies_dir = copies.path().canonicalize().unwrap();
        let (settings, npmrc) = (etc.path().join("settings.xml"), etc.path().join("npmrc"));
        std::fs::write(&settings, "<settings><offline>true</offline></settings>").unwrap();
        std::fs::write(&npmrc, "registry=https://a/\nomit=dev\n").unwrap();
        std::fs::set_permissions(&npmrc, Permissions::from_mode(0o640)).unwrap();
        let missing = etc.path().join("pip.conf");
        let copies = copied(&[&settings, &missing, &npmrc], &copies_dir).unwrap();
        let targets: Vec<&Path> = copies.iter().map(|(_, target)| *target).collect();
        assert_eq!(targets, [settings.as_path(), npmrc.as_path()]);
        let texts: Vec<String> =
            copies.iter().map(|(copy, _)| std::fs::read_to_string(copy).unwrap()).collect();
        assert_eq!(texts, ["<settings></settings>", "registry=https://a/\n"]);
        // A file that only root may read stays one.
        assert_eq!(copies[1].0.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }
}
