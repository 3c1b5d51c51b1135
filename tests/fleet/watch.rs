//! `longshore watch` without a terminal: a line for each change.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use longshore_messages::{DeploymentId, Outcome, proto};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Cloud, PATIENCE, function, longshore, spec, uuid};

/// A `watch` that runs, killed on drop, and the lines that it prints.
struct Watch {
    process: Child,
    lines: Receiver<String>,
    said: BufReader<ChildStderr>,
}

impl Watch {
    fn start(cloud: &Cloud) -> Self {
        let mut command: Command = longshore(&cloud.environment);
        command.args(["--output", "json", "watch"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        let mut said = BufReader::new(process.stderr.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        assert!(first.starts_with("watching "), "{first}");
        Self { process, lines, said }
    }

    /// The states of a deployment, to its end.
    fn states_of(&self, id: DeploymentId) -> Vec<String> {
        let mut states = Vec::new();
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no end of {id} after {states:?}"));
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["deployment"] != id.to_string() || line["isSlow"] == true {
                continue;
            }
            let state = line["state"].as_str().unwrap();
            if state != "in-progress" {
                states.push(state.to_owned());
                return states;
            }
            states.push(line["stage"].as_str().unwrap().to_owned());
        }
    }

    /// Sends SIGTERM, and returns the exit code and what was said on standard error.
    fn stop(mut self) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let status = self.process.wait().unwrap();
        let mut said = String::new();
        self.said.read_to_string(&mut said).unwrap();
        (status.code(), said)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_each_deployment_is_a_line_until_a_signal() {
    let cloud = Cloud::start().await;
    let _fleet = cloud.fleet();
    let source = cloud.stage(&function(cloud.folder(), "watched")).await;
    let mut absent = source.clone();
    if let Some(proto::source::Place::Storage(object)) = &mut absent.place {
        object.object = format!("absent-{}", uuid());
    }
    // It has ended before, so it is no change.
    let before = cloud.request(spec("before", absent.clone())).await;
    assert!(matches!(cloud.end_of(before).await.outcome, Outcome::Failed(_)));

    let watch = Watch::start(&cloud);
    let good = cloud.request(spec("good", source)).await;
    let road = ["uploader", "build-submitter", "registry-watcher", "service-deployer", "deployed"];
    assert_eq!(watch.states_of(good), road);
    let bad = cloud.request(spec("bad", absent)).await;
    assert_eq!(watch.states_of(bad).last().unwrap(), "failed");
    let left: Vec<String> = watch.lines.try_iter().collect();
    assert!(!left.iter().any(|line| line.contains(&before.to_string())), "{left:?}");
    assert_eq!(watch.stop(), (Some(0), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_ends_the_command() {
    let cloud = Cloud::start().await;
    let _uploader = cloud.worker("uploader");
    let source = cloud.stage(&function(cloud.folder(), "watched")).await;
    let mut command: Command = longshore(&cloud.environment);
    let mut process = command.arg("watch").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let first = cloud.request(spec("first", source.clone())).await;
    let line = lines.next().unwrap().unwrap();
    assert!(line.contains(&first.to_string()) && line.contains("/first  in-progress"), "{line}");
    drop(lines);
    cloud.request(spec("second", source)).await;
    let ended = tokio::task::spawn_blocking(move || process.wait());
    let ended = tokio::time::timeout(PATIENCE, ended).await.unwrap().unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
}
