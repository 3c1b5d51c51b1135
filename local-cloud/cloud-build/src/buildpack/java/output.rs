//! The result of a Java build: the function's own jar, and the jars that it depends on.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use longshore_local_kit::trees;
use serde_json::json;

use super::compiled::Compiled;
use super::jdk::Jdk;
use super::{gradle, jar, maven, sample};
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::found::names;
use crate::confinement::{check_plain, create_dir_below, write_plain};
use crate::image::{CachedLayer, hex_digest, pack, unpack_layer};

/// Directory of the dependencies in the image, without the leading slash.
const DEPENDENCIES_PREFIX: &str = "layers/google.java.maven/dependencies";

/// Part of every key. Increment it when the same inputs produce a different output.
const KEY_VERSION: u32 = 2;

/// The jars of a function.
#[derive(Debug)]
pub(super) struct Output {
    /// The function's jar, relative to the workspace.
    jar: String,
    /// The jars that it depends on.
    pub(super) dependencies: Option<CachedLayer>,
    /// The unpacked dependencies.
    pub(super) unpacked: Option<PathBuf>,
}

impl Output {
    /// # Errors
    /// [`BuildError::User`] if the source does not build.
    pub(super) async fn of(
        jdk: &Jdk,
        workspace: &Workspace,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let root = workspace.root();
        if workspace.has("pom.xml") {
            let reuse = Reuse { jdk, workspace, tools, key: key("maven", jdk, workspace, tools)? };
            let compile = async {
                sample::seed(jdk, tools).await?;
                maven::build(jdk, workspace, tools).await
            };
            return reuse.or_compile(compile).await;
        }
        if gradle::FILES.into_iter().any(|file| workspace.has(file)) {
            let reuse = Reuse { jdk, workspace, tools, key: key("gradle", jdk, workspace, tools)? };
            return reuse.or_compile(gradle::build(jdk, workspace, tools)).await;
        }
        match &jar::files_with_extension(root, "jar")[..] {
            // The jar has to be self-contained, because it is the only entry of the class path.
            [only] => Ok(Self { jar: relative(root, only), dependencies: None, unpacked: None }),
            [] => Err(BuildError::User(format!(
                "function has neither pom.xml nor already-built jar file; {}",
                entries(root)
            ))),
            several => {
                let names: Vec<String> = several.iter().map(|jar| relative(root, jar)).collect();
                Err(BuildError::User(format!(
                    "function has no pom.xml and more than one jar file: {}",
                    names.join(", ")
                )))
            }
        }
    }

    /// The class path in the image, relative to the working directory, which is the workspace. `*`
    /// stands for all jars of a directory.
    pub(super) fn launch_class_path(&self) -> String {
        match self.dependencies_directory() {
            Some(directory) => format!("{}:{directory}/*", self.jar),
            None => self.jar.clone(),
        }
    }

    /// Directory of the dependencies in the image.
    pub(super) fn dependencies_directory(&self) -> Option<String> {
        self.dependencies.as_ref().map(|_| format!("/{DEPENDENCIES_PREFIX}"))
    }

    /// The class path during the build.
    pub(super) fn build_class_path(&self, workspace: &Workspace) -> String {
        let own = workspace.root().join(&self.jar).display().to_string();
        match &self.unpacked {
            Some(directory) => format!("{own}:{}/*", directory.display()),
            None => own,
        }
    }
}

/// Reuses the output of an earlier build of the same source from the cache.
struct Reuse<'a> {
    jdk: &'a Jdk,
    workspace: &'a Workspace,
    tools: &'a Tools,
    key: String,
}

/// Directory of a function's jar in its cached layer.
const JAR_PREFIX: &str = "jar";

/// Creator of the layers, for the history of the image.
const CREATED_BY: &str = "google.java.functions-framework";

impl Reuse<'_> {
    async fn or_compile(
        &self,
        compile: impl Future<Output = Result<Compiled, BuildError>>,
    ) -> Result<Output, BuildError> {
        let _reserved = self.tools.cache.reserve(&self.key).await;
        let dependencies_key = format!("{}-dependencies", self.key);
        let (own, dependencies) =
            (self.tools.cache.get(&self.key).await, self.tools.cache.get(&dependencies_key).await);
        if let (Some(own), Some(dependencies)) = (own, dependencies) {
            self.tools.log.line("The source is unchanged, skipping its build.");
            return self.restored(own, dependencies).await;
        }
        self.tools.log.line(format!("Building with Java {}.", self.jdk.version));
        let compiled = compile.await?;
        check_is_plain(&compiled, self.workspace.root())?;
        let name = relative(self.workspace.root(), &compiled.jar);
        let layer = self
            .store(&compiled, &name, &dependencies_key)
            .map_err(BuildError::host("store a built source"))?;
        let unpacked = self.tools.inputs().join("dependencies");
        leave_only_the_jar(&compiled, &unpacked)
            .map_err(BuildError::host("clear the build's directory"))?;
        self.tools.hand_over(self.workspace.root())?;
        Ok(Output { jar: name, dependencies: Some(layer), unpacked: Some(unpacked) })
    }

    /// Stores the jar and its dependencies in the cache, and returns the layer of the dependencies.
    fn store(
        &self,
        compiled: &Compiled,
        name: &str,
        dependencies_key: &str,
    ) -> io::Result<CachedLayer> {
        let dir = self.tools.inputs().join(JAR_PREFIX);
        let kept = dir.join(name);
        std::fs::create_dir_all(&compiled.dependencies)?;
        kept.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::copy(&compiled.jar, kept)?;
        let packages = BTreeMap::from([("jar".to_owned(), name.to_owned())]);
        self.tools.cache.put(&self.key, &dir, JAR_PREFIX, packages, CREATED_BY)?;
        self.tools.cache.put(
            dependencies_key,
            &compiled.dependencies,
            DEPENDENCIES_PREFIX,
            BTreeMap::new(),
            CREATED_BY,
        )
    }

    async fn restored(
        &self,
        own: CachedLayer,
        dependencies: CachedLayer,
    ) -> Result<Output, BuildError> {
        let name = own.packages.get("jar").cloned().unwrap_or_default();
        let (scratch, root) =
            (self.tools.inputs().join("restored"), self.workspace.root().to_owned());
        let (jar, layer, unpacked) =
            (name.clone(), dependencies.layer.clone(), scratch.join(DEPENDENCIES_PREFIX));
        let restoring = self.tools.blocking.run(move || -> io::Result<()> {
            unpack_layer(&own.layer, &scratch)?;
            unpack_layer(&layer, &scratch)?;
            let jar = Path::new(&jar);
            create_dir_below(&root, jar.parent().unwrap_or(Path::new("")))?;
            let content = std::fs::read(scratch.join(JAR_PREFIX).join(jar))?;
            write_plain(&root.join(jar), &content)
        });
        restoring.await.map_err(BuildError::host("restore a built source"))?;
        self.tools.hand_over(self.workspace.root())?;
        Ok(Output { jar: name, dependencies: Some(dependencies), unpacked: Some(unpacked) })
    }
}

/// Other output of a build contains times and paths of this machine, and would be missing in a
/// restored workspace.
/// Checks that what the build tool has left is in the source. This process copies and removes it,
/// and must not follow a link to somewhere else.
fn check_is_plain(compiled: &Compiled, root: &Path) -> Result<(), BuildError> {
    let dependencies = match compiled.dependencies.symlink_metadata() {
        Ok(_) => check_plain(&compiled.dependencies),
        Err(_) => Ok(()),
    };
    let checked = check_plain(&compiled.jar)
        .and_then(|()| check_plain(&compiled.directory))
        .and(dependencies);
    checked.map_err(BuildError::host("use what the build has produced"))?;
    if compiled.jar.starts_with(root) && compiled.directory.starts_with(root) {
        return Ok(());
    }
    Err(BuildError::User(format!("{} is outside of the source", compiled.jar.display())))
}

fn leave_only_the_jar(compiled: &Compiled, dependencies: &Path) -> io::Result<()> {
    std::fs::rename(&compiled.dependencies, dependencies)?;
    let jar = std::fs::read(&compiled.jar)?;
    trees::remove(&compiled.directory)?;
    compiled.jar.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(&compiled.jar, jar)
}

/// A hash of everything that determines the output.
fn key(tool: &str, jdk: &Jdk, workspace: &Workspace, tools: &Tools) -> Result<String, BuildError> {
    let file = tools.inputs().join("source.tar.gz");
    let source = pack(workspace.root(), "workspace", file, "")
        .map_err(BuildError::host("hash the source"))?;
    // The target does not affect the output, and the values of labels change with every deployment.
    let is_relevant =
        |name: &str| name != "GOOGLE_FUNCTION_TARGET" && !name.starts_with("GOOGLE_LABEL_");
    let settings: BTreeMap<_, _> =
        workspace.environment().iter().filter(|(name, _)| is_relevant(name)).collect();
    let all = json!([KEY_VERSION, tool, jdk.home, jdk.version, settings, source.diff_id]);
    Ok(tools.own_key(&hex_digest(all.to_string().as_bytes())))
}

fn relative(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

fn entries(root: &Path) -> String {
    let names = names(root);
    if names.is_empty() {
        "directory is empty".to_owned()
    } else {
        format!("directory has these entries: {}", names.join(", "))
    }
}
