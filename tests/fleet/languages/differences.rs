//! How a function here differs from one on Google: another version of the language, which is said
//! where people look, and nothing of this machine.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::nodejs;
use crate::support::{Cloud, longshore};

/// Where the packages that it can import are, and the names of its variables.
const SEES: &str = r#"import importlib.metadata
import json
import os


def hello(request):
    places = [str(found.locate_file("")) for found in importlib.metadata.distributions()]
    return json.dumps({"places": sorted(set(places)), "variables": sorted(os.environ)})
"#;

fn run(cloud: &Cloud, arguments: &[&str]) -> Output {
    longshore(&cloud.environment).args(arguments).output().unwrap()
}

/// What `deploy` and then `describe` say.
fn said(cloud: &Cloud, directory: &Path, flags: &[&str]) -> [String; 2] {
    let path = directory.display().to_string();
    let deployed = run(cloud, &[&["deploy", "--name", "told", &path], flags].concat());
    let text = String::from_utf8_lossy(&deployed.stderr).into_owned();
    assert!(deployed.status.success(), "{text}\n{}", cloud.logs());
    let described = run(cloud, &["describe", "told"]);
    assert!(described.status.success(), "{described:?}");
    [text, String::from_utf8_lossy(&described.stdout).into_owned()]
}

#[tokio::test(flavor = "multi_thread")]
async fn another_version_of_the_language_is_told_by_deploy_and_by_describe() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let directory = cloud.folder().join("python");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("main.py"), SEES).unwrap();
    fs::write(directory.join("Dockerfile"), "FROM scratch\n").unwrap();
    let here = Command::new("python3").arg("--version").output().unwrap();
    let here = String::from_utf8_lossy(&here.stdout).trim().to_owned();
    let (runtime, version) =
        if here.contains(" 3.14") { ("python312", "3.12") } else { ("python314", "3.14") };
    let [deployed, described] = said(&cloud, &directory, &["--runtime", runtime]);
    let warning = format!("requests Python {version}, but this machine has 3.");
    assert!(deployed.contains(&warning), "{deployed}");
    assert!(described.contains(&warning), "{described}");
    assert!(described.contains("longshore.local/buildpacks:"), "{described}");
    assert!(described.contains(&format!("/google-22/runtimes/{runtime}")), "{described}");
    let installed = described.lines().find(|line| line.starts_with("installed "));
    assert!(
        installed.is_some_and(|line| here.ends_with(line.rsplit(' ').next().unwrap())),
        "{described}"
    );
    assert!(deployed.contains("the entry point is hello, found in main.py:6"), "{deployed}");
    assert!(deployed.contains("the Dockerfile is not used"), "{deployed}");

    if !nodejs::is_here().await {
        return;
    }
    let directory = cloud.folder().join("node");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("index.js"), "exports.hello = (req, res) => res.send('x');\n")
        .unwrap();
    fs::write(directory.join("package.json"), r#"{"engines": {"node": "99.x"}}"#).unwrap();
    let [deployed, described] = said(&cloud, &directory, &["--entry-point", "hello"]);
    let warning = "engines.node of package.json requests Node.js 99.x, but this machine has ";
    assert!(deployed.contains(warning), "{deployed}");
    assert!(described.contains(warning), "{described}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_function_sees_the_packages_that_it_lists_and_nothing_of_this_machine() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let directory = cloud.folder().join("sees");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("main.py"), SEES).unwrap();
    said(&cloud, &directory, &["--public"]);
    let (is_answered, answer) = cloud.call("told");
    assert!(is_answered, "{answer}");
    let seen: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let places = seen["places"].as_array().unwrap();
    assert!(!places.is_empty(), "{seen}");
    for place in places {
        let place = place.as_str().unwrap();
        assert!(place.contains("/layers/google.python."), "{place} is of this machine");
    }
    for variable in seen["variables"].as_array().unwrap() {
        let variable = variable.as_str().unwrap();
        assert!(
            !["CARGO", "RUST", "USER", "LONGSHORE", "PYTHONPATH"]
                .iter()
                .any(|of_here| variable.starts_with(of_here)),
            "{variable} is of this machine"
        );
    }
}
