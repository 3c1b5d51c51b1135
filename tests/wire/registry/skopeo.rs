//! A third-party client: skopeo copies an image to the registry and inspects it.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use super::server::{OCI_MANIFEST, Server, digest_of};

#[tokio::test]
async fn skopeo_copies_an_oci_layout_in_and_inspects_it() {
    if Command::new("skopeo").arg("--version").output().await.is_err() {
        println!("skipped: skopeo is not on the PATH");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = Server::start(&dir.path().join("registry"), &["r"]).await;
    let layout = dir.path().join("layout");
    let digest = write_layout(&layout);
    let image = format!("docker://{}/p/r/app:v1", server.distribution);
    let source = format!("oci:{}:latest", layout.display());
    // Unless digests are preserved, skopeo compresses the layer.
    skopeo(&["copy", "--preserve-digests", "--dest-tls-verify=false", &source, &image]).await;
    let inspected: Value =
        serde_json::from_str(&skopeo(&["inspect", "--tls-verify=false", &image]).await).unwrap();
    assert_eq!((&inspected["Digest"], &inspected["RepoTags"]), (&json!(digest), &json!(["v1"])));
    let back = format!("oci:{}:latest", dir.path().join("back").display());
    skopeo(&["copy", "--src-tls-verify=false", &image, &back]).await;
    assert_eq!(server.notices.take().len(), 1);
}

async fn skopeo(arguments: &[&str]) -> String {
    let output =
        Command::new("skopeo").arg("--insecure-policy").args(arguments).output().await.unwrap();
    assert!(
        output.status.success(),
        "skopeo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// An image of one empty layer: two blocks of zeros are a tar without a file.
pub(super) fn write_layout(dir: &Path) -> String {
    std::fs::create_dir_all(dir.join("blobs/sha256")).unwrap();
    let layer = vec![0; 1024];
    let config = json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(&layer)]},
    });
    let write = |bytes: &[u8], media_type: &str| {
        let digest = digest_of(bytes);
        std::fs::write(dir.join("blobs").join(digest.replace(':', "/")), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest, "size": bytes.len()})
    };
    let config = write(config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json");
    let layer = write(&layer, "application/vnd.oci.image.layer.v1.tar");
    let manifest =
        json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer]});
    let mut manifest = write(manifest.to_string().as_bytes(), OCI_MANIFEST);
    manifest["annotations"] = json!({"org.opencontainers.image.ref.name": "latest"});
    std::fs::write(dir.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    std::fs::write(
        dir.join("index.json"),
        json!({"schemaVersion": 2, "manifests": [manifest]}).to_string(),
    )
    .unwrap();
    manifest["digest"].as_str().unwrap().to_owned()
}
