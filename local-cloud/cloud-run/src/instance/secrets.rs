//! The secrets of one instance, read when it starts: values of variables, and directories of files.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use google_cloud_run_v2::model::env_var::Values;
use google_cloud_run_v2::model::volume::VolumeType;
use google_cloud_run_v2::model::{EnvVar, SecretVolumeSource, VersionToPath};
use uuid::Uuid;

use super::recipe::Recipe;
use longshore_local_kit::rest::RestError;
use longshore_local_sandbox::Launcher;
use longshore_local_secrets as secrets;

/// Default permissions of a file (`SecretVolumeSource.default_mode`).
const DEFAULT_MODE: u32 = 0o444;

/// Reads the secrets of instances.
pub(crate) struct InstanceSecrets {
    service: Arc<secrets::Service>,
    dir: PathBuf,
}

/// The secrets of one instance.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// Name and value.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) files: Option<SecretFiles>,
}

/// The files of one instance. Removed when this is dropped.
#[derive(Debug)]
pub(crate) struct SecretFiles {
    dir: PathBuf,
    /// Directories, and their mount points in the instance.
    pub(crate) mounts: Vec<(PathBuf, PathBuf)>,
}

/// Why the secrets of an instance cannot be read. Retrying helps once the named secret is created
/// or fixed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// In Google's words, which operators search for.
    #[error("{field}: Secret {name} was not found")]
    Missing { field: String, name: String },
    #[error("{field}: Secret {name} cannot be read")]
    Unreadable { field: String, name: String, source: RestError },
    #[error("{field}: the value of secret {name} is not valid UTF-8, which a variable requires")]
    NotText { field: String, name: String },
    #[error("cannot write the files of secrets")]
    Disk(#[from] io::Error),
}

impl InstanceSecrets {
    /// # Errors
    /// Fails if the directory cannot be recreated. Removes files that an earlier local cloud left
    /// behind.
    pub(crate) fn open(service: Arc<secrets::Service>, dir: &Path) -> io::Result<Self> {
        match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        DirBuilder::new().mode(0o700).create(dir)?;
        Ok(Self { service, dir: dir.to_owned() })
    }

    /// Reads every secret that the recipe names. `latest` is the newest version at this time.
    pub(crate) fn resolve(&self, recipe: &Recipe) -> Result<Resolved, SecretError> {
        let mut variables = Vec::new();
        for (index, variable) in recipe.container.env.iter().enumerate() {
            variables.extend(self.variable(recipe, index, variable)?);
        }
        Ok(Resolved { variables, files: self.files(recipe)? })
    }

    fn variable(
        &self,
        recipe: &Recipe,
        index: usize,
        variable: &EnvVar,
    ) -> Result<Option<(String, String)>, SecretError> {
        let Some(Values::ValueSource(source)) = &variable.values else { return Ok(None) };
        let Some(key) = &source.secret_key_ref else { return Ok(None) };
        let field =
            format!("spec.template.spec.containers[0].env[{index}].value_from.secret_key_ref.name");
        let wanted = Wanted { field, secret: &key.secret, version: &key.version };
        let value = String::from_utf8(self.value(recipe, &wanted)?)
            .map_err(|_| SecretError::NotText { name: wanted.name(recipe), field: wanted.field })?;
        Ok(Some((variable.name.clone(), value)))
    }

    fn files(&self, recipe: &Recipe) -> Result<Option<SecretFiles>, SecretError> {
        if recipe.container.volume_mounts.is_empty() {
            return Ok(None);
        }
        let dir = self.dir.join(Uuid::new_v4().simple().to_string());
        DirBuilder::new().mode(0o700).create(&dir)?;
        // From here on, dropping it removes the directory, whatever fails.
        let mut files = SecretFiles { dir, mounts: Vec::new() };
        for (index, mount) in recipe.container.volume_mounts.iter().enumerate() {
            let volume = recipe.volumes.iter().position(|volume| volume.name == mount.name);
            let Some((number, volume)) =
                volume.and_then(|number| Some((number, recipe.volumes.get(number)?)))
            else {
                continue;
            };
            let Some(VolumeType::Secret(source)) = &volume.volume_type else { continue };
            let shown = files.dir.join(index.to_string());
            self.write(recipe, number, source, &shown)?;
            files.mounts.push((shown, PathBuf::from(&mount.mount_path)));
        }
        Ok(Some(files))
    }

    fn write(
        &self,
        recipe: &Recipe,
        number: usize,
        source: &SecretVolumeSource,
        dir: &Path,
    ) -> Result<(), SecretError> {
        fs::create_dir(dir)?;
        let whole =
            [VersionToPath::new().set_path(source.secret.rsplit('/').next().unwrap_or_default())];
        let items = if source.items.is_empty() { &whole[..] } else { &source.items };
        for item in items {
            let field = format!("spec.template.spec.volumes[{number}].secret.secretName");
            let data = self
                .value(recipe, &Wanted { field, secret: &source.secret, version: &item.version })?;
            let path = dir.join(&item.path);
            fs::create_dir_all(path.parent().unwrap_or(dir))?;
            fs::write(&path, data)?;
            let mode = [item.mode, source.default_mode].into_iter().find(|mode| *mode != 0);
            let mode = mode.map_or(DEFAULT_MODE, |mode| mode.unsigned_abs() & 0o777);
            fs::set_permissions(&path, Permissions::from_mode(mode))?;
        }
        Ok(())
    }

    fn value(&self, recipe: &Recipe, wanted: &Wanted<'_>) -> Result<Vec<u8>, SecretError> {
        let value = self.service.value(&recipe.service.project, wanted.secret, wanted.version());
        value.map_err(|source| {
            let (field, name) = (wanted.field.clone(), wanted.name(recipe));
            match source {
                secrets::ServiceError::Refused(refusal) if refusal.is_not_found() => {
                    SecretError::Missing { field, name }
                }
                source => SecretError::Unreadable { field, name, source: source.into() },
            }
        })
    }
}

/// A secret, and the field that names it.
struct Wanted<'a> {
    field: String,
    secret: &'a str,
    version: &'a str,
}

impl Wanted<'_> {
    fn version(&self) -> &str {
        if self.version.is_empty() { "latest" } else { self.version }
    }

    fn name(&self, recipe: &Recipe) -> String {
        let secret = if self.secret.contains('/') {
            self.secret.to_owned()
        } else {
            format!("projects/{}/secrets/{}", recipe.service.project, self.secret)
        };
        format!("{secret}/versions/{}", self.version())
    }
}

impl SecretFiles {
    /// Makes them readable in the sandbox, whose user is another one where the local cloud is root.
    pub(super) fn hand_over(&self, launcher: &Launcher) -> Result<(), SecretError> {
        Ok(launcher.hand_over(&self.dir)?)
    }
}

impl Drop for SecretFiles {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            tracing::warn!(%error, dir = %self.dir.display(), "cannot remove the secrets of an instance; the next start will");
        }
    }
}
