//! What a hostile function gets of this machine. These tests are skipped, and say so, where there is
//! no sandbox.

use std::path::Path;

use google_cloud_run_v2::model::{EnvVar, EnvVarSource, SecretKeySelector, Service};
use serde_json::Value;

use super::fixture::{Cloud, LayerBuilder, get_json, service_of, tuning};
use crate::tuning::Tuning;

/// Returns what is at the path of the request, and whether it can be opened for writing. `/fork`
/// starts processes until it cannot, and returns their number.
const EXPLORER: &str = r#"
import http.server, json, os, signal
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/fork":
            children = []
            try:
                while len(children) < 500:
                    child = os.fork()
                    if child == 0:
                        while True:
                            signal.pause()
                    children.append(child)
            except OSError:
                pass
            for child in children:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            return self.answer({"forked": len(children)})
        found = {"exists": os.path.exists(self.path), "user": os.getuid()}
        try:
            found["content"] = os.listdir(self.path) if os.path.isdir(self.path) else open(self.path).read()
        except OSError as error:
            found["error"] = str(error)
        try:
            open(self.path, "r+").close()
            found["writable"] = True
        except OSError:
            found["writable"] = False
        self.answer(found)
    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

/// `None` if this machine has no sandbox.
async fn cloud(tuning: Tuning) -> Option<Cloud> {
    let cloud = Cloud::open(tuning).await;
    if let Some(why) = cloud.service.host.launcher.missing_sandbox() {
        println!("skipped: {why}");
        return None;
    }
    Some(cloud)
}

fn with_variables(image: &str, variables: impl IntoIterator<Item = EnvVar>) -> Service {
    let mut service = service_of(image);
    service.template.as_mut().unwrap().containers[0].env = variables.into_iter().collect();
    service
}

fn variable(name: &str, value: &str) -> EnvVar {
    EnvVar::new().set_name(name).set_value(value)
}

fn add_program(layer: &mut LayerBuilder, path: &str, script: &str) {
    let mut header = tar::Header::new_gnu();
    header.set_size(script.len() as u64);
    header.set_mode(0o755);
    layer.append_data(&mut header, path, script.as_bytes()).unwrap();
}

fn add_link(layer: &mut LayerBuilder, path: &str, target: &Path) {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    layer.append_link(&mut header, path, target).unwrap();
}

#[tokio::test]
async fn programs_of_an_image_that_the_sandbox_needs_itself_are_not_run_outside() {
    let Some(cloud) = cloud(tuning()).await else { return };
    let outside = cloud.path("outside");
    let script = format!("#!/bin/sh\n/usr/bin/touch {}\nexit 1\n", outside.display());
    let image = cloud.push_with(EXPLORER, |layer| {
        for name in ["bwrap", "sh", "env"] {
            add_program(layer, &format!("workspace/{name}"), &script);
        }
    });
    cloud.deployed(service_of(&image)).await;
    let digest = image.rsplit(':').next().unwrap();
    let unpacked = cloud.path(&format!("run/images/{digest}/rootfs/workspace"));
    assert!(unpacked.join("bwrap").is_file());
    let path = format!("{}:/workspace", unpacked.display());
    let service = cloud.deployed(with_variables(&image, [variable("PATH", &path)])).await;
    get_json(&service.uri).await;
    assert!(!outside.exists(), "a program of the image ran outside");
    cloud.service.stop().await;
}

#[tokio::test]
async fn a_services_path_shows_nothing_of_this_machine() {
    let Some(cloud) = cloud(tuning()).await else { return };
    let (_dir, secret) = canary();
    let home = std::env::var("HOME").unwrap_or_default();
    let path =
        format!("{}:{home}:/root:/run:/var:/usr/bin:/bin", secret.parent().unwrap().display());
    let service =
        cloud.deployed(with_variables(&cloud.push(EXPLORER), [variable("PATH", &path)])).await;
    for path in [secret.to_str().unwrap(), "/root", "/run", "/var", &home] {
        let found = get_json(&format!("{}{path}", service.uri)).await;
        assert_eq!(found["exists"], false, "{path}: {found}");
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn links_of_an_image_lead_nowhere_outside() {
    let Some(cloud) = cloud(tuning()).await else { return };
    let (_dir, secret) = canary();
    let image = cloud.push_with(EXPLORER, |layer| {
        add_link(layer, "stolen", secret.parent().unwrap());
        add_link(layer, "home", Path::new("/home"));
        add_link(layer, "workspace/file", &secret);
    });
    let service = cloud.deployed(service_of(&image)).await;
    for path in ["/stolen/secret", "/stolen", "/home", "/workspace/file"] {
        let found = get_json(&format!("{}{path}", service.uri)).await;
        assert!(!found.to_string().contains("canary"), "{path}: {found}");
        assert_eq!(found["exists"], false, "{path}: {found}");
    }
    cloud.service.stop().await;
}

/// A file outside of the directories that a sandbox makes for itself, if this user can write there.
fn canary() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = ["/var/tmp", "/tmp"].iter().find_map(|dir| tempfile::tempdir_in(dir).ok()).unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "canary").unwrap();
    (dir, secret)
}

#[tokio::test]
async fn variables_are_in_no_argument_and_in_no_environment_outside() {
    const VALUE: &str = "canary-of-a-variable-4711";
    let Some(cloud) = cloud(tuning()).await else { return };
    cloud.add_secret("ld-key", VALUE).await;
    let key = SecretKeySelector::new().set_secret("ld-key").set_version("latest");
    let secret = EnvVar::new()
        .set_name("LD_SDK_KEY")
        .set_value_source(EnvVarSource::new().set_secret_key_ref(key));
    let function = variable("BASH_FUNC_echo%%", &format!("() {{ echo {VALUE}; }}"));
    let variables = [secret, function, variable("PLAIN", VALUE)];
    let service = cloud.deployed(with_variables(&cloud.push(EXPLORER), variables)).await;
    let inside = get_json(&format!("{}/proc/self/environ", service.uri)).await;
    for name in ["LD_SDK_KEY", "BASH_FUNC_echo%%", "PLAIN"] {
        assert!(inside["content"].as_str().unwrap().contains(name), "{inside}");
    }
    for process in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let read = |file: &str| {
            let bytes = std::fs::read(process.path().join(file)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        assert!(!read("cmdline").contains(VALUE), "{}", read("cmdline"));
        let namespace = std::fs::read_link(process.path().join("ns/pid")).ok();
        if namespace == std::fs::read_link("/proc/self/ns/pid").ok() {
            let environment = read("environ");
            assert!(!environment.contains(VALUE), "{}: {environment}", read("cmdline"));
        }
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn passwords_are_hidden_and_the_kernels_settings_are_read_only() {
    let Some(cloud) = cloud(tuning()).await else { return };
    let service = cloud.deployed(service_of(&cloud.push(EXPLORER))).await;
    let at = async |path: &str| -> Value { get_json(&format!("{}{path}", service.uri)).await };
    for path in ["/etc/shadow", "/etc/gshadow", "/etc/ssl/private", "/etc/sudoers"] {
        assert_eq!(at(path).await["exists"], false, "{path}");
    }
    for path in ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory"] {
        let found = at(path).await;
        assert_eq!((&found["exists"], &found["writable"]), (&true.into(), &false.into()), "{path}");
    }
    assert_eq!(at("/workspace/main.py").await["writable"], false);
    if cloud.service.host.launcher.weakness().is_none() {
        assert_ne!(at("/").await["user"], 0, "not root, even where the local cloud is");
    }
    cloud.service.stop().await;
}

#[tokio::test]
async fn the_number_of_processes_is_limited() {
    let Some(cloud) = cloud(Tuning { processes_max: 60, ..tuning() }).await else { return };
    let service = cloud.deployed(service_of(&cloud.push(EXPLORER))).await;
    let forked = get_json(&format!("{}/fork", service.uri)).await["forked"].as_u64().unwrap();
    assert!((10..60).contains(&forked), "{forked}");
    get_json(&service.uri).await;
    cloud.service.stop().await;
}
