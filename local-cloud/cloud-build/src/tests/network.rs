//! Builds that need the package index: with the real framework, and with a Python without pip.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::fakes::Cloud;
use super::sources::{MAIN, OFFLINE, archive, zip_of};
use crate::core::Status;
use longshore_local_kit::http;

/// Timeout for the start of a function, generous for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_example_is_built_with_an_injected_framework_and_answers() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/python-http/main.py");
    let source = dir.path().join("source.zip");
    std::fs::write(&source, zip_of(&[("main.py", &std::fs::read(example).unwrap())])).unwrap();
    let environment = [
        ("GOOGLE_FUNCTION_TARGET", "hello"),
        ("GOOGLE_RUNTIME", "python314"),
        ("GOOGLE_RUNTIME_VERSION", "3.14"),
    ];
    let record = cloud.submit(&source, &environment);
    let ended = cloud.ended(&record.id).await;
    let log = cloud.log_of(&record.id);
    assert_eq!(ended.status, Status::Success, "{log}");
    assert!(
        log.contains(
            "WARNING: the runtime python314 requests Python 3.14, but this machine has 3."
        ),
        "{log}"
    );

    let root = dir.path().join("root");
    let config = pull(&cloud, &root);
    let labels = &config["config"]["Labels"];
    assert_eq!(
        labels["google.functions-framework-version"],
        r#"{"injected":true,"runtime":"python","version":"3.10.2"}"#
    );
    let mut function = Function::start(&config, &root);
    assert_eq!(function.answer("/?name=Ada").await, "Hi, Ada!\n");
}

#[tokio::test]
async fn pip_is_downloaded_for_a_python_without_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut cloud = Cloud::open(dir.path()).await;
    let python = dir.path().join("python");
    let made = Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&python)
        .status()
        .unwrap();
    assert!(made.success());
    let path = format!("{}/bin:{}", python.display(), std::env::var("PATH").unwrap());
    let environment = [
        ("GOOGLE_FUNCTION_TARGET", "hello"),
        ("GOOGLE_PYTHON_PACKAGE_MANAGER", "pip"),
        ("PATH", path.as_str()),
    ];
    let record = cloud.submit(&archive(dir.path(), "source.zip", &[MAIN, OFFLINE]), &environment);
    let ended = cloud.ended(&record.id).await;
    let log = cloud.log_of(&record.id);
    assert_eq!(ended.status, Status::Success, "{log}");
    assert!(log.contains("has no pip: downloading one"), "{log}");
}

/// Unpacks the image and returns its configuration.
fn pull(cloud: &Cloud, root: &Path) -> Value {
    let manifest: Value =
        serde_json::from_slice(&cloud.registry.lock().unwrap()["/v2/demo/repo/hello/manifests/v1"])
            .unwrap();
    for layer in manifest["layers"].as_array().unwrap() {
        let blob = cloud.blob(layer["digest"].as_str().unwrap());
        tar::Archive::new(flate2::read::GzDecoder::new(&blob[..])).unpack(root).unwrap();
    }
    serde_json::from_slice(&cloud.blob(manifest["config"]["digest"].as_str().unwrap())).unwrap()
}

/// The image's command, with its paths relative to another root.
struct Function {
    child: Child,
    port: u16,
}

impl Function {
    fn start(config: &Value, root: &Path) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let moved = |value: &str| value.replace("/layers/", &format!("{}/layers/", root.display()));
        let command: Vec<String> = config["config"]["Entrypoint"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| moved(part.as_str().unwrap()))
            .collect();
        let environment = config["config"]["Env"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|pair| pair.as_str()?.split_once('='));
        let child = Command::new(&command[0])
            .args(&command[1..])
            .env_clear()
            .envs(environment.map(|(name, value)| (name, moved(value))))
            .envs([("PORT", port.to_string()), ("GREETING", "Hi".to_owned())])
            .current_dir(root.join("workspace"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port }
    }

    async fn answer(&mut self, path: &str) -> String {
        let client = http::client(|builder| builder.no_proxy()).unwrap();
        let deadline = Instant::now() + TIMEOUT;
        loop {
            assert_eq!(self.child.try_wait().unwrap(), None, "the function ended");
            match client.get(format!("http://127.0.0.1:{}{path}", self.port)).send().await {
                Ok(answer) => return answer.text().await.unwrap(),
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The framework's server stops its workers on SIGTERM; if it were killed, they would stay.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.child.wait();
    }
}

/// The examples of the languages whose tools this machine has, in the sandbox: at first, again with
/// what is cached then, and as another function, which has the caches of Go, Maven and Gradle to itself.
#[tokio::test]
async fn the_examples_are_built_in_the_sandbox() {
    let Some(launcher) = super::sandbox::sandbox() else { return };
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let table = [
        ("python-http", "hello", "python3"),
        ("nodejs-http", "hello", "npm"),
        ("go-http", "Hello", "go"),
        ("java-http", "hello.Hello", "mvn"),
    ];
    for (example, target, tool) in table {
        if Command::new(tool).arg("--help").output().is_err() {
            println!("skipped {example}: {tool} cannot be started");
            continue;
        }
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        let mut cloud = Cloud::open_with(dir.path(), Some(launcher.clone())).await;
        let source = dir.path().join("source.zip");
        std::fs::write(&source, zip_of_directory(&examples.join(example))).unwrap();
        let record = cloud.submit(&source, &[("GOOGLE_FUNCTION_TARGET", target)]);
        let mut another = record.spec.clone();
        another.image = another.image.replace("hello", "another");
        let (again, id) = (record.spec.clone(), record.id);
        succeeded(&mut cloud, &id, example).await;
        for spec in [again, another] {
            let id = cloud.service.submit(spec).unwrap().id;
            succeeded(&mut cloud, &id, example).await;
        }
        cloud.service.stop().await;
    }
}

async fn succeeded(cloud: &mut Cloud, id: &str, example: &str) {
    let ended = cloud.ended(id).await;
    let log = cloud.log_of(id);
    assert_eq!(ended.status, Status::Success, "{example}: {log}");
}

fn zip_of_directory(directory: &Path) -> Vec<u8> {
    let (mut files, mut open) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    zip_of(&files)
}
