//! An image's configuration (OCI image specification, `config.md`): the command and its
//! environment.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Deserialize;

/// The file next to the root file system that holds it, as the registry returned it.
pub(super) const FILE_NAME: &str = "config.json";

/// The label and its value with which the local cloud's own builder marks images that take the
/// system and the language from this machine.
const BASE_LABEL: (&str, &str) = ("longshore.base", "host");

/// The label with the directory of the program of this machine that such an image uses.
const TOOLCHAIN_LABEL: &str = "longshore.toolchain";

/// The part of the configuration that is needed to start a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ImageConfig {
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) cmd: Option<Vec<String>>,
    /// `NAME=value` each.
    pub(crate) env: Option<Vec<String>>,
    pub(crate) working_dir: String,
    pub(crate) labels: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    config: Option<ImageConfig>,
}

impl ImageConfig {
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let document: Document = serde_json::from_slice(&std::fs::read(path)?)?;
        Ok(document.config.unwrap_or_default())
    }

    /// Whether the image takes the system and the language from this machine.
    pub(crate) fn builds_on_host(&self) -> bool {
        let (name, value) = BASE_LABEL;
        self.labels.as_ref().and_then(|labels| labels.get(name)).is_some_and(|base| base == value)
    }

    /// The directory of this machine's toolchain that the builder has recorded.
    pub(crate) fn toolchain(&self) -> Option<&str> {
        self.labels.as_ref()?.get(TOOLCHAIN_LABEL).map(String::as_str)
    }

    /// The environment as pairs.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.env.iter().flatten().filter_map(|pair| pair.split_once('='))
    }
}
