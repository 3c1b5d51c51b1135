//! The dependency layers: taken from the cache by a key that covers everything that determines
//! their content, or installed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::choice;
use super::export;
use super::framework::INJECTED;
use super::installer::{self, Requirements, VENDOR_VARIABLE};
use super::interpreter::{Interpreter, names_source};
use super::project::{Project, REQUIREMENTS};
use super::pyproject::OwnPackage;
use super::record;
use super::requested_manager::requested_manager;
use super::requirements::Inputs;
use super::runtime_layer::{self, BIN, PYTHON};
use super::seed::Seed;
use crate::buildpack::contract::{BuildError, Tools, Workspace};
use crate::buildpack::own_layer::OwnLayer;
use crate::buildpack::relocate::{Move, copy_tree, relocate};
use crate::confinement::{check_plain, create_dir_below};
use crate::image::{CachedLayer, Layer, hex_digest, pack, unpack_layer};

/// Directories of the layers in the image, without the leading slash: the id of the buildpack and
/// the name of the layer.
const FRAMEWORK_PREFIX: &str = "layers/google.python.functions-framework/functions-framework";
const USER_PREFIX: &str = "layers/google.python.pip/pip";
const OWN_PREFIX: &str = "layers/google.python.pip/project";

/// Directory of a room's scratch that corresponds to the root directory of the image.
const ROOT: &str = "root";

/// Part of every key. Increment it when the same inputs produce a different layer.
const KEY_VERSION: u32 = 2;

/// The layers of one image, the lowest first.
#[derive(Debug)]
pub(super) struct Dependencies {
    runtime: Layer,
    framework: Option<CachedLayer>,
    user: Option<CachedLayer>,
    /// The package that the source itself is.
    own: Option<Layer>,
}

impl Dependencies {
    /// # Errors
    /// [`BuildError::User`] if packages cannot be installed or are incompatible with each other.
    pub(super) async fn install(
        interpreter: &Interpreter,
        project: &Project,
        injected: bool,
        workspace: &Workspace,
        tools: &Tools,
    ) -> Result<Self, BuildError> {
        let root = |tools: &Tools| tools.scratch().join(ROOT);
        let installation = Installation { interpreter, workspace, tools, root: root(tools) };
        let runtime = runtime_layer::layer(interpreter, project.seed(), tools)?;
        let mut dependencies = Self { runtime, framework: None, user: None, own: None };
        if injected {
            tools.log.line("Handling functions without dependency on functions-framework.");
            let tools = &tools.shared()?;
            let interpreter = &interpreter.without_source(tools).await?;
            let settings = interpreter.settings.clone();
            let workspace = &Workspace::new(tools.scratch().to_owned(), settings);
            let shared = Installation { interpreter, workspace, tools, root: root(tools) };
            dependencies.framework = Some(shared.framework().await?);
        }
        if let Some(inputs) = project.inputs(workspace)? {
            dependencies.user =
                Some(installation.user(project, inputs, dependencies.framework.as_ref()).await?);
        }
        if let Some(package) = project.own_package() {
            dependencies.own = Some(installation.own(package, project.buildpack()).await?);
        }
        Ok(dependencies)
    }

    pub(super) fn version_of(&self, package: &str) -> Option<&str> {
        let layers = [self.user.as_ref(), self.framework.as_ref()];
        layers
            .into_iter()
            .flatten()
            .find_map(|layer| layer.packages.get(package))
            .map(String::as_str)
    }

    /// Directories of the programs of the layers in the image, the user's first.
    pub(super) fn programs(&self) -> impl Iterator<Item = String> {
        let own = self.own.as_ref().map(|_| OWN_PREFIX);
        let user = self.user.as_ref().map(|_| USER_PREFIX);
        let framework = self.framework.as_ref().map(|_| FRAMEWORK_PREFIX);
        let layers = own.into_iter().chain(user).chain(framework);
        [BIN.to_owned()].into_iter().chain(layers.map(|prefix| format!("/{prefix}/bin")))
    }

    pub(super) fn into_layers(self) -> Vec<Layer> {
        let cached = [self.framework, self.user].into_iter().flatten().map(|cached| cached.layer);
        [self.runtime].into_iter().chain(cached).chain(self.own).collect()
    }
}

struct Installation<'a> {
    interpreter: &'a Interpreter,
    workspace: &'a Workspace,
    tools: &'a Tools,
    /// Corresponds to the root directory of the image.
    root: PathBuf,
}

impl Installation<'_> {
    async fn framework(&self) -> Result<CachedLayer, BuildError> {
        let key = self.key("framework", &Inputs::default(), None)?;
        let _reserved = self.tools.cache.reserve(&key).await;
        if let Some(cached) = self.tools.cache.get(&key).await {
            self.tools.log.line("Functions Framework is up to date, skipping installation.");
            return Ok(cached);
        }
        let file = self.tools.inputs().join("functions-framework.txt");
        std::fs::write(&file, INJECTED)
            .map_err(BuildError::host("write the framework's requirements"))?;
        let installer = choice::installer(self.interpreter, self.workspace, self.tools).await?;
        self.tools.log.line("Installing the Functions Framework.");
        let requirements = Requirements { file: &file, source: self.workspace.root() };
        let target = self.target(FRAMEWORK_PREFIX)?;
        installer
            .install(self.interpreter, self.workspace, self.tools, requirements, &target)
            .await?;
        self.complete(FRAMEWORK_PREFIX).await?;
        self.store(&key, FRAMEWORK_PREFIX, "google.python.functions-framework").await
    }

    async fn user(
        &self,
        project: &Project,
        inputs: Inputs,
        framework: Option<&CachedLayer>,
    ) -> Result<CachedLayer, BuildError> {
        let uses_source = inputs.uses_source || self.has_settings_in_source();
        let is_editable = inputs.is_editable;
        let key = self.key(project.buildpack(), &Inputs { uses_source, ..inputs }, framework)?;
        let layer = OwnLayer::reserve(self.tools, &key).await;
        if is_editable {
            self.tools.log.line(
                "Dependencies are installed again in every build: some are installed as editable \
                 packages, which changes the source.",
            );
        } else if let Some(cached) = layer.get().await {
            self.tools.log.line("Application dependencies are up to date, skipping installation.");
            return Ok(cached);
        }
        let source = if uses_source && !is_editable { self.copied_source().await? } else { None };
        let source = source.as_deref().unwrap_or(self.workspace.root());
        let file = self.requirements(project, source).await?;
        let installer = choice::installer(self.interpreter, self.workspace, self.tools).await?;
        self.tools.log.line("Installing application dependencies.");
        let requirements = Requirements { file: &file, source };
        let target = self.target(USER_PREFIX)?;
        installer
            .install(self.interpreter, self.workspace, self.tools, requirements, &target)
            .await?;
        self.complete(USER_PREFIX).await?;
        self.check(framework).await?;
        let directory = self.root.join(USER_PREFIX);
        let packages = packages(&directory);
        layer.store(directory, USER_PREFIX, packages, project.buildpack()).await
    }

    /// Installs the package that the source itself is. It is not kept: any change of the source
    /// would change it.
    async fn own(
        &self,
        package: OwnPackage,
        created_by: &'static str,
    ) -> Result<Layer, BuildError> {
        let installer = choice::installer(self.interpreter, self.workspace, self.tools).await?;
        self.tools.log.line("Installing the package in pyproject.toml.");
        let target = self.target(OWN_PREFIX)?;
        installer
            .install_own(self.interpreter, self.workspace, self.tools, package, &target)
            .await?;
        self.complete(OWN_PREFIX).await?;
        let file = self.tools.inputs().join("own.tar.gz");
        let packing = self.tools.blocking.run(move || pack(&target, OWN_PREFIX, file, created_by));
        packing.await.map_err(BuildError::host("pack the package of the source"))
    }

    /// A copy of the source from which packages are installed, because that leaves files in it, and
    /// later builds take the packages from the cache.
    async fn copied_source(&self) -> Result<Option<PathBuf>, BuildError> {
        let to = create_dir_below(self.tools.scratch(), Path::new("source"))
            .map_err(BuildError::host("copy the source"))?;
        let (from, copy) = (self.workspace.root().to_owned(), to.clone());
        let copying = self.tools.blocking.run(move || copy_tree(&from, &copy));
        copying.await.map_err(BuildError::host("copy the source"))?;
        self.tools.hand_over(&to)?;
        Ok(Some(to))
    }

    /// Whether a variable of the build names something of the source that determines what is
    /// installed.
    fn has_settings_in_source(&self) -> bool {
        let named = ["PIP_", "UV_", VENDOR_VARIABLE];
        self.workspace.environment().iter().any(|(name, value)| {
            named.iter().any(|it| name.starts_with(it)) && names_source(value, self.workspace)
        })
    }

    /// The requirements file that is installed.
    async fn requirements(&self, project: &Project, source: &Path) -> Result<PathBuf, BuildError> {
        match project {
            Project::Bare | Project::Requirements(_) => Ok(source.join(REQUIREMENTS)),
            Project::Pyproject(pyproject) => {
                let file = self.tools.inputs().join(REQUIREMENTS);
                export::requirements(
                    pyproject,
                    self.interpreter,
                    self.workspace,
                    self.tools,
                    &file,
                )
                .await?;
                Ok(file)
            }
        }
    }

    /// A hash of everything that determines the content of a layer.
    fn key(
        &self,
        layer: &str,
        inputs: &Inputs,
        framework: Option<&CachedLayer>,
    ) -> Result<String, BuildError> {
        let settings = |name: &str| {
            ["PIP_", "UV_", "GOOGLE_VENDOR_"].iter().any(|prefix| name.starts_with(prefix))
        };
        let settings: BTreeMap<_, _> =
            self.workspace.environment().iter().filter(|(name, _)| settings(name)).collect();
        let python =
            [&self.interpreter.executable, &self.interpreter.version, &self.interpreter.tag];
        let source = if inputs.uses_source { Some(self.source_digest()?) } else { None };
        let injected = (layer == "framework" || framework.is_some()).then_some(INJECTED);
        let manager = requested_manager(self.workspace)?;
        let all =
            json!([KEY_VERSION, layer, python, manager, settings, injected, inputs.files, source]);
        Ok(hex_digest(all.to_string().as_bytes()))
    }

    fn source_digest(&self) -> Result<String, BuildError> {
        let file = self.tools.inputs().join("source.tar.gz");
        let packed = pack(self.workspace.root(), "workspace", file, "");
        packed.map(|layer| layer.diff_id).map_err(BuildError::host("hash the source"))
    }

    /// A directory for packages.
    fn target(&self, prefix: &str) -> Result<PathBuf, BuildError> {
        let target = create_dir_below(self.tools.scratch(), &Path::new(ROOT).join(prefix))
            .map_err(BuildError::host("create a directory for the packages"))?;
        self.tools.hand_over(&self.root)?;
        Ok(target)
    }

    /// Makes installed packages independent of this build, and compiles them.
    async fn complete(&self, prefix: &str) -> Result<(), BuildError> {
        let target = self.root.join(prefix);
        let moves = [
            (self.tools.scratch().join("source"), "/workspace"),
            (self.workspace.root().to_owned(), "/workspace"),
            (self.root.join("layers"), "/layers"),
        ];
        let moves = moves.map(|(from, to)| Move { from, to });
        let scripts = [Move { from: self.interpreter.executable.clone().into(), to: PYTHON }];
        let directory = target.clone();
        let relocating = self.tools.blocking.run(move || {
            check_plain(&directory)?;
            let changed = relocate(&directory, &moves)?;
            record::forget_hashes(&directory, &changed)?;
            relocate(&directory.join("bin"), &scripts).map(drop)
        });
        relocating.await.map_err(BuildError::host("rewrite paths in the packages"))?;
        let compile =
            self.interpreter.compile(&target, &format!("/{prefix}"), self.tools.scratch());
        // Packages may contain files for other versions of Python, which do not compile. That is
        // not an error.
        let compiled = self.tools.run_quietly(&compile).await;
        compiled.map(drop).map_err(BuildError::host("run the Python compiler"))
    }

    /// Checks that the installed packages of both layers are compatible with each other.
    async fn check(&self, framework: Option<&CachedLayer>) -> Result<(), BuildError> {
        self.tools.log.line("Checking for incompatible dependencies.");
        let shared = self.tools.inputs().join("framework");
        let (user, below) = (self.root.join(USER_PREFIX), shared.join(FRAMEWORK_PREFIX));
        let checked = self.tools.inputs().join("check");
        let python = runtime_layer::write(self.interpreter, Seed::Runtime, &checked)?;
        if let Some(framework) = framework {
            let (layer, root) = (framework.layer.clone(), shared);
            let unpacking = self.tools.blocking.run(move || unpack_layer(&layer, &root));
            unpacking.await.map_err(BuildError::host("unpack the framework"))?;
        }
        let path = format!("{}:{}", user.display(), below.display());
        let output = installer::check(&python, self.interpreter, self.tools, &path)
            .await
            .map_err(BuildError::host("run pip check"))?;
        let Some(output) = output else {
            self.tools.log.line(
                "WARNING: Python on this machine has no pip; skipping the check for incompatible \
                 packages",
            );
            return Ok(());
        };
        let mut ours = packages(&user);
        ours.extend(packages(&below));
        let about_ours = |line: &&str| {
            line.split(' ').next().is_some_and(|name| ours.contains_key(&normalised(name)))
        };
        let complaints: Vec<&str> = output.lines().filter(about_ours).collect();
        if complaints.is_empty() {
            return Ok(());
        }
        Err(BuildError::User(format!(
            "found incompatible dependencies: {:?}",
            complaints.join("\n")
        )))
    }

    async fn store(
        &self,
        key: &str,
        prefix: &'static str,
        created_by: &'static str,
    ) -> Result<CachedLayer, BuildError> {
        let (cache, key, dir) =
            (Arc::clone(&self.tools.cache), key.to_owned(), self.root.join(prefix));
        let packages = packages(&dir);
        let storing =
            self.tools.blocking.run(move || cache.put(&key, &dir, prefix, packages, created_by));
        storing.await.map_err(BuildError::host("store the dependency layer"))
    }
}

/// Installed packages, from their `NAME-VERSION.dist-info` directories.
fn packages(dir: &Path) -> BTreeMap<String, String> {
    let names = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    names
        .filter_map(|name| {
            let (package, version) = name.strip_suffix(".dist-info")?.rsplit_once('-')?;
            Some((normalised(package), version.to_owned()))
        })
        .collect()
}

/// Case and separators do not matter in the names of packages (PEP 503).
fn normalised(name: &str) -> String {
    name.to_ascii_lowercase().replace(['_', '.'], "-")
}
