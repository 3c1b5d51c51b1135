//! The secrets of one instance: values of variables, read when it starts, and directories of files,
//! which follow the newest version while it runs.
//! <https://cloud.google.com/run/docs/configuring/services/secrets>

mod files;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use google_cloud_run_v2::model::env_var::Values;
use google_cloud_run_v2::model::volume::VolumeType;
use google_cloud_run_v2::model::{EnvVar, SecretVolumeSource, VersionToPath};
use uuid::Uuid;

use super::recipe::Recipe;
use files::{Live, Shown};
use longshore_local_kit::rest::RestError;
use longshore_local_secrets as secrets;

pub(crate) use files::SecretFiles;

/// Reads the secrets of instances.
pub(crate) struct InstanceSecrets {
    service: Arc<secrets::Service>,
    dir: PathBuf,
    live: Arc<Live>,
}

/// The secrets of one instance.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    /// Name and value.
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) files: Option<SecretFiles>,
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
        let live = Arc::new(Live::default());
        let (of_observer, values) = (Arc::clone(&live), Arc::downgrade(&service));
        service.observe(move || {
            if let Some(values) = values.upgrade() {
                of_observer.follow(&values);
            }
        });
        Ok(Self { service, dir: dir.to_owned(), live })
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
        let mut files = SecretFiles::new(dir, &self.live);
        let mounts = &recipe.container.volume_mounts;
        for (index, mount) in mounts.iter().enumerate() {
            let volume = recipe.volumes.iter().position(|volume| volume.name == mount.name);
            let Some((number, volume)) =
                volume.and_then(|number| Some((number, recipe.volumes.get(number)?)))
            else {
                continue;
            };
            let Some(VolumeType::Secret(source)) = &volume.volume_type else { continue };
            let target = PathBuf::from(&mount.mount_path);
            let contains = |other: &Path| other != target && other.starts_with(&target);
            let is_assembled = mounts.iter().any(|other| contains(Path::new(&other.mount_path)));
            let shown = files.add(index, target)?;
            for (item, value) in self.items(recipe, number, source)? {
                let file = Shown {
                    path: shown.join(&item.path),
                    project: recipe.service.project.clone(),
                    secret: source.secret.clone(),
                    version: item.version.clone(),
                    mode: [item.mode, source.default_mode].into_iter().find(|mode| *mode != 0),
                    is_assembled,
                };
                files.write(file, &value)?;
            }
        }
        Ok(Some(files))
    }

    /// The files of a volume, with their values.
    fn items(
        &self,
        recipe: &Recipe,
        number: usize,
        source: &SecretVolumeSource,
    ) -> Result<Vec<(VersionToPath, Vec<u8>)>, SecretError> {
        let whole =
            [VersionToPath::new().set_path(source.secret.rsplit('/').next().unwrap_or_default())];
        let items = if source.items.is_empty() { &whole[..] } else { &source.items };
        let read = items.iter().map(|item| {
            let field = format!("spec.template.spec.volumes[{number}].secret.secretName");
            let wanted = Wanted { field, secret: &source.secret, version: &item.version };
            Ok((item.clone(), self.value(recipe, &wanted)?))
        });
        read.collect()
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
        files::or_latest(self.version)
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
