//! A third-party client: buildah pushes an image and pulls it again. podman uses the same libraries.

use std::path::Path;
use std::process::Output;

use tokio::process::Command;

use super::server::Server;
use super::skopeo::write_layout;

#[tokio::test]
async fn buildah_pushes_an_image_and_pulls_it_again() {
    if Command::new("buildah").arg("--version").output().await.is_err() {
        println!("skipped: buildah is not on the PATH");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    write_layout(&dir.path().join("layout"));
    std::fs::write(
        dir.path().join("policy.json"),
        r#"{"default": [{"type": "insecureAcceptAnything"}]}"#,
    )
    .unwrap();
    // It names the image after the path, which must therefore be lowercase.
    let local = buildah(dir.path(), "pull", &["oci:layout:latest"]).await;
    if !local.status.success() {
        println!(
            "skipped: buildah cannot keep images on this machine: {}",
            String::from_utf8_lossy(&local.stderr)
        );
        return;
    }
    let id = last_line(&local);
    let server = Server::start(&dir.path().join("registry"), &["r"]).await;
    let image = format!("docker://{}/p/r/app:v1", server.distribution);
    succeeds(&buildah(dir.path(), "push", &["--tls-verify=false", &id, &image]).await);
    succeeds(&buildah(dir.path(), "rmi", &[&id]).await);
    let pulled = buildah(dir.path(), "pull", &["--tls-verify=false", &image]).await;
    succeeds(&pulled);
    assert_eq!(last_line(&pulled), id, "the same image comes back");
    assert_eq!(server.notices.take().len(), 1);
}

/// Runs buildah with its own storage, which works on every file system.
async fn buildah(home: &Path, command: &str, arguments: &[&str]) -> Output {
    let mut buildah = Command::new("buildah");
    buildah
        .args(["--storage-driver=vfs", "--root"])
        .arg(home.join("storage"))
        .arg("--runroot")
        .arg(home.join("run"))
        .arg(command);
    if command != "rmi" {
        buildah.arg("--quiet").arg("--signature-policy").arg(home.join("policy.json"));
    }
    buildah.args(arguments).current_dir(home).output().await.unwrap()
}

/// The last line of the output, which is the image's id where there is one.
fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().to_owned()
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
