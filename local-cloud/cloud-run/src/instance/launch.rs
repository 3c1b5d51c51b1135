//! Turns an image into a command line by Cloud Run's container runtime contract, with or without a
//! sandbox. See <https://cloud.google.com/run/docs/container-contract>.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use longshore_local_sandbox::{Limits, Sandbox, Toolchains, View};

use super::recipe::Recipe;
use super::secrets::Resolved;
use crate::inside::{Addresses, METADATA_HOSTS, METADATA_IP};
use crate::tuning::Tuning;

/// `PATH` if neither the image nor the service sets it.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The directories of an image that builds on the host's system.
const IMAGE_PARTS: [&str; 2] = ["/workspace", "/layers"];

/// A command line with its environment and working directory, and what it sees of this machine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Launch {
    pub(super) argv: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) working_dir: PathBuf,
    view: View,
}

impl Launch {
    /// With the limits of the revision and of this machine.
    pub(super) fn sandbox(self, recipe: &Recipe, tuning: &Tuning) -> Sandbox {
        // Without a control group, nothing else bounds what a function writes to `/tmp`, which is
        // memory, here and on Google.
        let view = match recipe.memory_bytes {
            Some(bytes) => self.view.temporary_bytes(bytes),
            None => self.view,
        };
        let limits = Limits {
            memory_bytes: recipe.memory_bytes,
            milli_cpus: recipe.milli_cpus,
            processes: Some(tuning.processes_max),
            open_files: Some(tuning.open_files_max),
            ..Limits::default()
        };
        Sandbox::new(self.argv, view)
            .environment(self.env)
            .directory(&self.working_dir)
            .limits(limits)
            .grace(tuning.stop_grace)
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LaunchError {
    #[error("neither the image nor the service specifies a command")]
    NoCommand,
    #[error(
        "secret volumes cannot be mounted without a sandbox ({0}): use environment variables instead"
    )]
    FilesNeedSandbox(String),
    #[error(
        "the image contains its own operating system, which cannot run without a sandbox ({0})"
    )]
    NeedsSandbox(String),
}

/// Where an instance runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    pub(super) port: u16,
    /// What it reaches in its own network; `None` in this machine's.
    pub(super) inside: Option<&'a Addresses>,
    /// Why it runs as a plain process.
    pub(super) missing_sandbox: Option<&'a str>,
}

/// `toolchains`: those that the sandbox shows.
pub(super) fn launch(
    recipe: &Recipe,
    place: Place<'_>,
    secrets: &Resolved,
    toolchains: &Toolchains,
) -> Result<Launch, LaunchError> {
    let argv = command(recipe);
    if argv.is_empty() {
        return Err(LaunchError::NoCommand);
    }
    let env = environment(recipe, place, secrets);
    let mounts = secrets.files.as_ref().map_or(&[][..], |files| &files.mounts);
    match place.missing_sandbox {
        None => {
            let image = View::of_image(&recipe.image.rootfs).toolchains(toolchains);
            let view =
                mounts.iter().fold(image, |view, (source, target)| view.read_only(source, target));
            let view = match place.inside {
                Some(_) => view.names(&METADATA_HOSTS, Some(METADATA_IP)),
                None => view,
            };
            Ok(Launch { argv, env, working_dir: working_dir(recipe), view })
        }
        Some(why) if !mounts.is_empty() => Err(LaunchError::FilesNeedSandbox(why.to_owned())),
        Some(why) if View::is_whole_system(&recipe.image.rootfs) => {
            Err(LaunchError::NeedsSandbox(why.to_owned()))
        }
        Some(_) => Ok(plain(recipe, &argv, env)),
    }
}

/// As in Kubernetes, `command` replaces the image's entrypoint and its arguments, and `args`
/// replaces only the arguments.
fn command(recipe: &Recipe) -> Vec<String> {
    let (container, config) = (&recipe.container, &recipe.image.config);
    let (program, default_args) = match container.command.as_slice() {
        [] => {
            (config.entrypoint.clone().unwrap_or_default(), config.cmd.clone().unwrap_or_default())
        }
        own => (own.to_vec(), Vec::new()),
    };
    let args = if container.args.is_empty() { default_args } else { container.args.clone() };
    [program, args].concat()
}

/// Nothing is inherited from this machine. The service's variables override the image's, and the
/// platform's override both.
///
/// On this machine's network, `HOST=127.0.0.1` is a default of the local cloud: it keeps the
/// Functions Framework on loopback. In a network of its own, what leads to the APIs is a default.
fn environment(recipe: &Recipe, place: Place<'_>, secrets: &Resolved) -> BTreeMap<String, String> {
    let mut env = BTreeMap::from(
        [("PATH", DEFAULT_PATH), ("HOME", "/tmp")].map(|(k, v)| (k.to_owned(), v.to_owned())),
    );
    match place.inside {
        Some(inside) => env.extend(inside.variables.iter().cloned()),
        None => drop(env.insert("HOST".to_owned(), "127.0.0.1".to_owned())),
    }
    env.extend(
        recipe.image.config.variables().map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    for variable in &recipe.container.env {
        env.insert(variable.name.clone(), variable.value().cloned().unwrap_or_default());
    }
    env.extend(secrets.variables.iter().cloned());
    env.insert("PORT".to_owned(), place.port.to_string());
    env.insert("K_SERVICE".to_owned(), recipe.service.service.clone());
    env.insert("K_CONFIGURATION".to_owned(), recipe.service.service.clone());
    env.insert("K_REVISION".to_owned(), recipe.revision.clone());
    env
}

/// Without a sandbox, the image's absolute paths do not exist. They are rewritten to the unpacked
/// image in the command, in variables that hold paths, and in the working directory.
fn plain(recipe: &Recipe, command: &[String], env: BTreeMap<String, String>) -> Launch {
    let rootfs = &recipe.image.rootfs;
    let argv = command.iter().map(|word| relocate(word, rootfs)).collect();
    let env = env.into_iter().map(|(name, value)| (name, relocate_list(&value, rootfs))).collect();
    let working_dir = PathBuf::from(relocate(&working_dir(recipe).to_string_lossy(), rootfs));
    Launch { argv, env, working_dir, view: View::of_host() }
}

fn working_dir(recipe: &Recipe) -> PathBuf {
    match (recipe.container.working_dir.as_str(), recipe.image.config.working_dir.as_str()) {
        ("", "") => PathBuf::from("/"),
        ("", of_image) => PathBuf::from(of_image),
        (own, _) => PathBuf::from(own),
    }
}

fn relocate_list(value: &str, rootfs: &Path) -> String {
    value.split(':').map(|part| relocate(part, rootfs)).collect::<Vec<_>>().join(":")
}

fn relocate(word: &str, rootfs: &Path) -> String {
    let is_in = |part: &str| {
        word.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if IMAGE_PARTS.iter().any(|part| is_in(part)) {
        format!("{}{word}", rootfs.display())
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use google_cloud_run_v2::model::{Container, EnvVar};

    use super::*;
    use crate::core::ServiceName;
    use crate::image::{ImageConfig, Unpacked};

    fn recipe(container: Container) -> Recipe {
        let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
        let config = ImageConfig {
            entrypoint: words(&["/layers/bin/serve"]),
            cmd: words(&["--source", "/workspace"]),
            env: words(&[
                "PYTHONPATH=/layers/a:/usr/lib/x:/workspace",
                "A=image",
                "B=image",
                "PORT=1",
            ]),
            working_dir: "/workspace".to_owned(),
            labels: None,
        };
        Recipe {
            encryption_key: String::new(),
            service: ServiceName::new("p", "r", "hello"),
            revision: "hello-00001-abc".to_owned(),
            labels: std::collections::BTreeMap::new(),
            service_account: "run@p.iam.gserviceaccount.com".to_owned(),
            image: Unpacked { rootfs: PathBuf::from("/data/rootfs"), config },
            container,
            volumes: Vec::new(),
            ignored_settings: Vec::new(),
            startup: Duration::from_secs(1),
            memory_bytes: None,
            milli_cpus: None,
            declared_port: 8080,
        }
    }

    fn plain(recipe: &Recipe, port: u16) -> Result<Launch, LaunchError> {
        let place = Place { port, inside: None, missing_sandbox: Some("a test") };
        launch(recipe, place, &Resolved::default(), &Toolchains::default())
    }

    #[test]
    fn the_service_wins_over_the_image_and_the_platform_over_both() {
        let container =
            Container::new().set_env([EnvVar::new().set_name("B").set_value("service")]);
        let launch = plain(&recipe(container), 4711).unwrap();
        let expected = [
            ("A", "image"),
            ("B", "service"),
            ("PORT", "4711"),
            ("K_SERVICE", "hello"),
            ("K_CONFIGURATION", "hello"),
            ("K_REVISION", "hello-00001-abc"),
            ("HOST", "127.0.0.1"),
            ("PATH", DEFAULT_PATH),
        ];
        for (name, value) in expected {
            assert_eq!(launch.env[name], value, "{name}");
        }
        assert_eq!(launch.env.len(), expected.len() + 2, "nothing is inherited: {:?}", launch.env);
    }

    #[test]
    fn without_a_sandbox_the_images_paths_are_rewritten() {
        let launch = plain(&recipe(Container::new()), 1).unwrap();
        assert_eq!(
            launch.argv,
            ["/data/rootfs/layers/bin/serve", "--source", "/data/rootfs/workspace"]
        );
        assert_eq!(
            launch.env["PYTHONPATH"],
            "/data/rootfs/layers/a:/usr/lib/x:/data/rootfs/workspace"
        );
        assert_eq!(launch.working_dir, Path::new("/data/rootfs/workspace"));
    }

    #[test]
    fn command_and_args_replace_the_images_as_in_kubernetes() {
        let cases: [(&[&str], &[&str], &[&str]); 4] = [
            (&[], &[], &["/data/rootfs/layers/bin/serve", "--source", "/data/rootfs/workspace"]),
            (&["own"], &[], &["own"]),
            (&[], &["arg"], &["/data/rootfs/layers/bin/serve", "arg"]),
            (&["own"], &["arg"], &["own", "arg"]),
        ];
        for (command, args, argv) in cases {
            let container = Container::new()
                .set_command(command.iter().copied())
                .set_args(args.iter().copied());
            assert_eq!(plain(&recipe(container), 1).unwrap().argv, argv, "{command:?} {args:?}");
        }
    }

    #[test]
    fn in_the_sandbox_the_images_paths_and_all_variables_are_as_they_were_given() {
        let container = Container::new()
            .set_env([EnvVar::new().set_name("LD_PRELOAD").set_value("/workspace/x.so")]);
        let (recipe, toolchains) = (recipe(container), Toolchains::default());
        let place = Place { port: 1, inside: None, missing_sandbox: None };
        let launch = launch(&recipe, place, &Resolved::default(), &toolchains).unwrap();
        assert_eq!(launch.env["LD_PRELOAD"], "/workspace/x.so");
        assert_eq!(launch.argv, ["/layers/bin/serve", "--source", "/workspace"]);
        assert_eq!(launch.working_dir, Path::new("/workspace"));
        assert_eq!(launch.view, View::of_image(&recipe.image.rootfs));
    }

    #[test]
    fn an_image_without_a_command_cannot_be_started() {
        let mut recipe = recipe(Container::new());
        recipe.image.config = ImageConfig::default();
        assert_eq!(plain(&recipe, 1).unwrap_err(), LaunchError::NoCommand);
    }
}
