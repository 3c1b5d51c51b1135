//! The image as a whole: configuration and manifest (OCI image specification 1.1).

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::layer::{Layer, pack};
use crate::digest::hex_digest;

/// Media types of the OCI image specification.
pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Creation time of every image, so that the same content has the same digest. It is that of Cloud
/// Native Buildpacks.
const CREATED: &str = "1980-01-01T00:00:01Z";

/// `www-data`, as in Google's run images.
const USER: &str = "33:33";

/// Default port to which Cloud Run sends requests.
const PORT: &str = "8080";

/// What a buildpack puts into an image, in addition to the application.
#[derive(Debug)]
pub(crate) struct Contents {
    /// In the order of the image.
    pub(crate) layers: Vec<Layer>,
    /// The launch environment: defaults, which the service's own values override.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) entrypoint: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
    /// What the image takes from the host instead of a base image.
    pub(crate) host: Value,
}

/// An image on disk, ready to be pushed.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) layers: Vec<Layer>,
    pub(crate) config: Vec<u8>,
    pub(crate) manifest: Vec<u8>,
}

impl Image {
    /// `sha256:…` of the manifest.
    pub(crate) fn digest(&self) -> String {
        format!("sha256:{}", hex_digest(&self.manifest))
    }

    /// `sha256:…` of the configuration.
    pub(crate) fn config_digest(&self) -> String {
        format!("sha256:{}", hex_digest(&self.config))
    }
}

/// Writes an image: a marker for the base, the buildpack's layers, and the application, which is
/// the directory `workspace`.
///
/// # Errors
/// If the disk fails, or the source contains something that cannot be packed.
pub(crate) fn write(dir: &Path, contents: &Contents, workspace: &Path) -> io::Result<Image> {
    let marker = dir.join("base");
    std::fs::create_dir_all(&marker)?;
    std::fs::write(marker.join("host.json"), serde_json::to_vec(&contents.host)?)?;
    let mut layers = vec![pack(
        &marker,
        "layers/longshore.base",
        dir.join("base.tar.gz"),
        "Longshore: the host is the base",
    )?];
    layers.extend(contents.layers.iter().cloned());
    layers.push(pack(workspace, "workspace", dir.join("workspace.tar.gz"), "Application Layer")?);
    let config = serde_json::to_vec(&config(&layers, contents))?;
    let manifest = serde_json::to_vec(&manifest(&layers, &config))?;
    Ok(Image { layers, config, manifest })
}

#[derive(Serialize)]
struct Config<'a> {
    created: &'static str,
    architecture: &'static str,
    os: &'static str,
    config: Execution<'a>,
    rootfs: RootFs<'a>,
    history: Vec<History<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Execution<'a> {
    user: &'static str,
    exposed_ports: BTreeMap<String, BTreeMap<String, String>>,
    env: Vec<String>,
    entrypoint: &'a [String],
    working_dir: &'static str,
    labels: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct RootFs<'a> {
    r#type: &'static str,
    diff_ids: Vec<&'a str>,
}

#[derive(Serialize)]
struct History<'a> {
    created: &'static str,
    created_by: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u8,
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: &'static str,
    digest: String,
    size: u64,
}

fn config<'a>(layers: &'a [Layer], contents: &'a Contents) -> Config<'a> {
    let mut environment = BTreeMap::from([("PORT", PORT)]);
    environment
        .extend(contents.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    Config {
        created: CREATED,
        architecture: architecture(),
        os: "linux",
        config: Execution {
            user: USER,
            exposed_ports: [(format!("{PORT}/tcp"), BTreeMap::new())].into(),
            env: environment.into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
            entrypoint: &contents.entrypoint,
            working_dir: "/workspace",
            labels: &contents.labels,
        },
        rootfs: RootFs {
            r#type: "layers",
            diff_ids: layers.iter().map(|layer| layer.diff_id.as_str()).collect(),
        },
        history: layers
            .iter()
            .map(|layer| History { created: CREATED, created_by: &layer.created_by })
            .collect(),
    }
}

/// The host's architecture, as Go names it: the image runs on this host only.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn manifest(layers: &[Layer], config: &[u8]) -> Manifest {
    let digest = format!("sha256:{}", hex_digest(config));
    let layer = |layer: &Layer| Descriptor {
        media_type: LAYER_TYPE,
        digest: layer.digest.clone(),
        size: layer.size_bytes,
    };
    Manifest {
        schema_version: 2,
        media_type: MANIFEST_TYPE,
        config: Descriptor { media_type: CONFIG_TYPE, digest, size: config.len() as u64 },
        layers: layers.iter().map(layer).collect(),
    }
}
