//! Builds in a sandbox, compared with the same builds by a local cloud that does not find
//! bubblewrap. Both run at the same time, and take turns.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::median;

/// Measured builds of each example on each side.
const ROUNDS: usize = 15;

/// The examples whose toolchains can be quick, so that what the sandbox adds is not lost in them.
const EXAMPLES: [(&str, &str, &str); 3] = [
    ("go-http", "hello.go", "//"),
    ("python-http", "main.py", "#"),
    ("nodejs-http", "index.js", "//"),
];

const SIDES: [&str; 2] = ["sandbox", "none"];

const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs what follows in a mount namespace of its own, where the program of bubblewrap is none. Only
/// root can.
const HIDE_BUBBLEWRAP: &str = "for at in /usr/bin /bin /usr/local/bin /usr/sbin; do \
       if [ -e $at/bwrap ]; then mount --bind /dev/null $at/bwrap || exit 77; fi; \
     done; exec \"$@\"";

/// Times of builds in milliseconds.
#[derive(Default)]
struct Times {
    /// The step that runs the buildpack.
    build: Vec<f64>,
    /// From the creation of the build to its end.
    whole: Vec<f64>,
}

pub(crate) async fn compare() -> Result<String, String> {
    let rounds = match std::env::var("SANDBOX_ROUNDS") {
        Ok(rounds) => rounds.parse().map_err(text)?,
        Err(_) => ROUNDS,
    };
    if !rustix::process::geteuid().is_root() {
        return Ok("skipped: only root can hide bubblewrap from one of the sides".to_owned());
    }
    let folder = tempfile::tempdir().map_err(text)?;
    let sides = [
        Up::start(&folder.path().join("sandbox"), false)?,
        Up::start(&folder.path().join("none"), true)?,
    ];
    let mut report =
        format!("{:<14}{:>12}{:>12}{:>9}{:>12}\n", "in ms", SIDES[0], SIDES[1], "more", "whole");
    for (example, file, comment) in EXAMPLES {
        let mut times = [Times::default(), Times::default()];
        // The first build of each side fills its caches. It is not measured.
        for round in 0..=rounds {
            let source = folder.path().join(example);
            copy_example(example, file, comment, round, &source).map_err(text)?;
            // Neither side is always the first one, which finds the machine as the other left it.
            let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
            for side in order {
                let (build, whole) = sides[side].deploy(&source).await?;
                if round > 0 {
                    times[side].build.push(build);
                    times[side].whole.push(whole);
                }
            }
        }
        let [with, without] = &times;
        let more =
            |of: fn(&Times) -> &Vec<f64>| (median(of(with)) / median(of(without)) - 1.0) * 100.0;
        report.push_str(&format!(
            "{example:<14}{:>12.0}{:>12.0}{:>8.1}%{:>11.1}%\n",
            median(&with.build),
            median(&without.build),
            more(|times| &times.build),
            more(|times| &times.whole),
        ));
    }
    report.push_str(&format!(
        "medians of {rounds} builds of changed source; `whole` is what a sandbox adds to a build from \
         its creation to its end"
    ));
    Ok(report)
}

/// A running `longshore up`, stopped on drop.
struct Up {
    child: Child,
    data_dir: PathBuf,
    client: reqwest::Client,
}

impl Up {
    fn start(data_dir: &Path, hides_bubblewrap: bool) -> Result<Self, String> {
        let up = longshore(data_dir);
        let mut command = if hides_bubblewrap {
            let mut command = Command::new("unshare");
            command.args(["--mount", "sh", "-c", HIDE_BUBBLEWRAP, "sh"]);
            command.arg(up.get_program()).args(up.get_args());
            command
        } else {
            up
        };
        command.arg("up").stdout(Stdio::null()).stderr(Stdio::null());
        let client = reqwest::Client::builder().no_proxy().build().map_err(text)?;
        let child = command.spawn().map_err(text)?;
        let mut up = Self { child, data_dir: data_dir.to_owned(), client };
        let begun = Instant::now();
        loop {
            let ready = longshore(data_dir).arg("status").stderr(Stdio::null()).output();
            if ready.is_ok_and(|output| output.status.success()) {
                return Ok(up);
            }
            let ended = up.child.try_wait().map_err(text)?;
            if ended.is_some() || begun.elapsed() > START_TIMEOUT {
                return Err(format!("a local cloud did not start: {ended:?}"));
            }
        }
    }

    /// Deploys a source, and returns how long the buildpack and the whole build took.
    async fn deploy(&self, source: &Path) -> Result<(f64, f64), String> {
        let mut command = longshore(&self.data_dir);
        let output = command.arg("deploy").arg(source).stderr(Stdio::inherit()).output();
        let output = output.map_err(text)?;
        let deployed: Value = serde_json::from_slice(&output.stdout).map_err(text)?;
        if deployed[0]["outcome"] != "deployed" {
            return Err(format!("a deployment ended {}", deployed[0]));
        }
        let build = self.last_build().await?;
        let at = |value: &Value| {
            let moment = value.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
            moment.ok_or_else(|| format!("a build has no time: {build}"))
        };
        let phase = &build["timing"]["BUILD"];
        let buildpack = at(&phase["endTime"])? - at(&phase["startTime"])?;
        let whole = at(&build["finishTime"])? - at(&build["createTime"])?;
        Ok((buildpack.as_seconds_f64() * 1_000.0, whole.as_seconds_f64() * 1_000.0))
    }

    /// The build that was created last.
    async fn last_build(&self) -> Result<Value, String> {
        let ports = fs::read(self.data_dir.join("cloud/ports.json")).map_err(text)?;
        let ports: Value = serde_json::from_slice(&ports).map_err(text)?;
        let address = ports["build"].as_str().ok_or("Cloud Build has no port")?;
        let url = format!(
            "http://{address}/v1/projects/local-project/locations/europe-west1/builds?pageSize=1"
        );
        let response = self.client.get(url).send().await.map_err(text)?;
        let mut listed: Value = response.json().await.map_err(text)?;
        Ok(listed["builds"][0].take())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

fn longshore(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    command.arg("--data-dir").arg(data_dir).args(["--output", "json"]);
    command
}

/// Copies an example with a unique source.
fn copy_example(
    example: &str,
    file: &str,
    comment: &str,
    round: usize,
    to: &Path,
) -> std::io::Result<()> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    let main = to.join(file);
    let text = fs::read_to_string(&main)?;
    fs::write(main, format!("{text}\n{comment} {round}\n"))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
