//! The toolchains of this machine that a sandboxed instance sees: those that the local cloud has
//! found for itself and that the builder has recorded in the image. The variables of a service have
//! no say in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use longshore_local_sandbox::{PrivateDirectories, Toolchains};

use crate::image::ImageConfig;

/// The programs that run functions.
const PROGRAMS: [&str; 3] = ["python3", "node", "java"];

/// Toolchains that a variable names instead of `PATH`.
const HOMES: [(&str, &str); 1] = [("JAVA_HOME", "bin/java")];

/// The toolchains that the local cloud found when it started.
#[derive(Debug)]
pub(crate) struct HostToolchains {
    found: Toolchains,
    private: PrivateDirectories,
}

impl HostToolchains {
    /// Finds them through this process's own environment. None contains `data_dir`.
    pub(crate) fn find(data_dir: PathBuf) -> Self {
        let home = std::env::var_os("HOME");
        let private = PrivateDirectories::new(home.as_deref(), [data_dir]);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut toolchains = Self::on_path(&path, private);
        for (variable, program) in HOMES {
            let home = std::env::var_os(variable).map(PathBuf::from);
            if let Some(home) = home.filter(|home| home.is_absolute()) {
                toolchains.found.record(&home.join(program), &toolchains.private);
            }
        }
        toolchains
    }

    fn on_path(path: &OsStr, private: PrivateDirectories) -> Self {
        Self { found: Toolchains::find(path, &PROGRAMS, &private), private }
    }

    /// The toolchains that an image needs, by the label and the `PATH` that the builder has written
    /// into it. None for an image that does not build on this machine's system.
    pub(super) fn of_image(&self, config: &ImageConfig) -> Toolchains {
        let mut needed = Toolchains::default();
        if !config.builds_on_host() {
            return needed;
        }
        let path = config.variables().find_map(|(name, value)| (name == "PATH").then_some(value));
        let path = path.unwrap_or_default().split(':');
        for directory in config.toolchain().into_iter().chain(path).map(Path::new) {
            // A directory of the image does not exist on this machine.
            let Ok(real) = directory.canonicalize() else { continue };
            let is_found = self.found.directories().any(|found| real.starts_with(found));
            if !directory.is_absolute() || !is_found {
                continue;
            }
            for program in PROGRAMS.map(|program| directory.join(program)) {
                if program.is_file() {
                    needed.record(&program, &self.private);
                }
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn config(path: &Path, label: &str) -> ImageConfig {
        let document = serde_json::json!({
            "Env": [format!("PATH={}:/usr/bin:/root:/run", path.display())],
            "Labels": {"longshore.base": label},
        });
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn an_image_shows_what_both_the_cloud_and_the_builder_have_recorded() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let bins = ["a/one/bin", "a/two/bin", "b/other/bin"].map(|path| root.join(path));
        for bin in &bins {
            fs::create_dir_all(bin).unwrap();
            fs::write(bin.join("python3"), "").unwrap();
            fs::write(bin.join("node"), "").unwrap();
        }
        let [one, two, other] = &bins;
        fs::remove_file(one.join("node")).unwrap();
        let path = std::env::join_paths([one, two]).unwrap();
        let host = HostToolchains::on_path(&path, PrivateDirectories::default());
        let shown = |config: ImageConfig| -> Vec<PathBuf> {
            host.of_image(&config).directories().map(Path::to_owned).collect()
        };
        assert_eq!(shown(config(one, "host")), [root.join("a/one")]);
        assert_eq!(shown(config(two, "host")), [root.join("a/two")]);
        assert!(shown(config(other, "host")).is_empty(), "the cloud has not found it");
        assert!(shown(config(one, "")).is_empty(), "not an image of the builder");
        assert!(
            shown(config(&root, "host")).is_empty() && shown(ImageConfig::default()).is_empty()
        );
    }
}
