//! The fleet's own time in one deployment, without the build and the start of the function.
//!
//! `cargo bench --bench deployment` starts a local cloud and its workers, and deploys
//! `examples/python-http` ten times in each flavour, each time with a changed source. It prints two
//! medians for each stage: how long its input was queued (the hop from publish to handle), and how
//! long the stage worked. It excludes the time that a stage only waited, and the build between
//! build-submitter and registry-watcher. In the Functions flavour, registry-watcher follows the
//! operation, which also starts the function.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Measured deployments.
const DEPLOYMENTS: usize = 10;

/// Google's two methods of deploying.
const FLAVOURS: [&str; 2] = ["run", "functions"];

/// Timeout for the start of the cloud. A cold machine takes seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Milliseconds that one stage took in one deployment.
struct Sample {
    stage: String,
    queued: f64,
    worked: f64,
}

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            print(&report);
            ExitCode::SUCCESS
        }
        Err(error) => {
            print(&format!("the benchmark failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let data_dir = folder.path().join("data");
    let up = Up::start(&data_dir)?;
    let source = folder.path().join("python-http");
    let mut tables = Vec::new();
    for flavour in FLAVOURS {
        // The first deployment fills the caches of pip and the builder. It is not measured.
        deploy(&data_dir, flavour, &source, 0)?;
        let runs: Result<Vec<_>, String> =
            (1..=DEPLOYMENTS).map(|number| deploy(&data_dir, flavour, &source, number)).collect();
        tables.push(format!("flavour {flavour}\n{}", report(&runs?)));
    }
    drop(up);
    Ok(tables.join("\n\n"))
}

/// A running `longshore up`, stopped on drop.
struct Up(Child);

impl Up {
    fn start(data_dir: &Path) -> Result<Self, String> {
        let child =
            longshore(data_dir).arg("up").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let up = Self(child.map_err(|error| error.to_string())?);
        let begun = Instant::now();
        while !longshore(data_dir)
            .arg("status")
            .stderr(Stdio::null())
            .output()
            .is_ok_and(|output| output.status.success())
        {
            if begun.elapsed() > START_TIMEOUT {
                return Err("the local cloud did not start".to_owned());
            }
        }
        Ok(up)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let terminated = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = terminated {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.0.wait();
    }
}

fn longshore(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_longshore"));
    command.arg("--data-dir").arg(data_dir).args(["--output", "json"]);
    command
}

/// Deploys the example with a unique source, and returns the ledger's times of each stage.
fn deploy(
    data_dir: &Path,
    flavour: &str,
    source: &Path,
    number: usize,
) -> Result<Vec<Sample>, String> {
    copy_example(source, number).map_err(|error| error.to_string())?;
    // A name of one flavour is not free in the other.
    let name = format!("python-{flavour}");
    let flags = ["deploy", "--flavour", flavour, "--name", &name];
    let deployed = json(longshore(data_dir).args(flags).arg(source))?;
    if deployed[0]["outcome"] != "deployed" {
        return Err(format!("deployment {number} ended {}", deployed[0]));
    }
    let id = deployed[0]["deployment"].as_str().ok_or("a deployment has no id")?;
    let trace = json(longshore(data_dir).args(["trace", id, "--stages"]))?;
    let steps = trace["steps"].as_array().ok_or("a trace has no steps")?;
    Ok(steps.iter().map(Sample::of).collect())
}

fn copy_example(to: &Path, number: usize) -> std::io::Result<()> {
    let from = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/python-http");
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    let main = to.join("main.py");
    let text = fs::read_to_string(&main)?;
    fs::write(main, format!("{text}\n# {number}\n"))
}

fn json(command: &mut Command) -> Result<Value, String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("{}: {error}", output.status))
}

impl Sample {
    fn of(step: &Value) -> Self {
        let millis = |name: &str| step[name].as_f64().unwrap_or(f64::NAN);
        Self {
            stage: step["stage"].as_str().unwrap_or_default().to_owned(),
            queued: millis("queuedMs"),
            worked: millis("workedMs"),
        }
    }
}

fn report(runs: &[Vec<Sample>]) -> String {
    let mut lines = vec![format!(
        "{:<18} {:>10} {:>10}   median of {}, in ms",
        "stage",
        "hop",
        "work",
        runs.len()
    )];
    let stages = runs.first().map_or(0, Vec::len);
    for stage in 0..stages {
        let samples = || runs.iter().filter_map(|run| run.get(stage));
        let name = &runs[0][stage].stage;
        let (queued, worked) = (
            median(samples().map(|sample| sample.queued)),
            median(samples().map(|sample| sample.worked)),
        );
        lines.push(format!("{name:<18} {queued:>10.2} {worked:>10.2}"));
    }
    let hops = median(runs.iter().flatten().map(|sample| sample.queued));
    let own =
        median(runs.iter().map(|run| run.iter().map(|sample| sample.queued + sample.worked).sum()));
    lines.push(format!(
        "one hop, all stages: {hops:.2} ms; the fleet's own time in one deployment: {own:.2} ms"
    ));
    lines.join("\n")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(clippy::print_stdout, reason = "prints the results")]
fn print(text: &str) {
    println!("{text}");
}
