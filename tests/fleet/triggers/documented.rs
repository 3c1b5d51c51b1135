//! The commands of docs/triggers.md, as they are written there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::fired::bucket;
use super::pushed::described;
use crate::support::{Cloud, longshore};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/triggers.md");

/// Takes whatever calls it.
const SOURCE: &str = "def function(called):\n    print('called', flush=True)\n    return 'ok'\n";

/// A command in the page, as the shell splits it.
fn split(line: &str) -> Vec<String> {
    let quoted = line.split('\'').enumerate();
    let parts = quoted.flat_map(|(index, part)| match index % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    parts.collect()
}

/// The manifests that the page shows, each after a command `cat DIRECTORY/longshore.yaml`.
fn manifest<'a>(page: &'a str, directory: &str) -> Option<&'a str> {
    let (_, shown) = page.split_once(&format!("$ cat {directory}/longshore.yaml\n"))?;
    shown.split_once("```").map(|(manifest, _)| manifest)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_deploys_a_trigger_works_as_it_is_documented() {
    let page = fs::read_to_string(PAGE).unwrap();
    let commands = page.lines().filter_map(|line| line.strip_prefix("$ longshore deploy "));
    let commands: Vec<Vec<String>> = commands.map(split).collect();
    let directories: BTreeSet<&str> = commands.iter().map(|command| command[0].as_str()).collect();
    assert!(directories.len() > 10, "{directories:?}");

    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let (project, region) = (cloud.settings.project.clone(), cloud.settings.region.clone());
    bucket(&cloud, "pictures", &region).await;
    for topic in ["orders", "returns"] {
        let topic = format!("projects/{project}/topics/{topic}");
        cloud.clients.bus.ensure_topic(&topic, "").await.unwrap();
    }
    for directory in &directories {
        let at = cloud.folder().join(directory.trim_start_matches("./"));
        fs::create_dir(&at).unwrap();
        fs::write(at.join("main.py"), SOURCE).unwrap();
        if let Some(manifest) = manifest(&page, directory) {
            fs::write(at.join("longshore.yaml"), manifest).unwrap();
        }
    }
    let (cloud, commands) = (&cloud, &commands);
    std::thread::scope(|scope| {
        for directory in &directories {
            scope.spawn(move || {
                for command in commands.iter().filter(|command| command[0] == *directory) {
                    deploy(cloud, command);
                }
            });
        }
    });
    for directory in &directories {
        let function = directory.trim_start_matches("./");
        let expected = usize::from(function != "reports");
        assert_eq!(described(cloud, function).len(), expected, "{function}");
    }
}

fn deploy(cloud: &Cloud, command: &[String]) {
    let mut longshore = longshore(&cloud.environment);
    let output = longshore.arg("deploy").args(command).current_dir(Path::new(cloud.folder()));
    let output = output.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}\n{}", cloud.logs());
}
