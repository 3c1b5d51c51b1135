//! `longshore up`: runs the local cloud and the fleet, then deploys and calls functions.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueHint};
use futures::future::{join_all, try_join_all};
use longshore_local_cloud::sandbox_of;
use longshore_runner::telemetry::chain;
use longshore_trace_store::TraceStore;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::cloud::build_cache::BuildCacheArgs;
use super::cloud::isolation::IsolationArgs;
use super::cloud::limits::LimitArgs;
use super::console;
use crate::children::{Process, SupervisedWorker, start_cloud};
use crate::cloud_target::CloudTarget;
use crate::data_dir::{DataDir, Lock};
use crate::deploying::{Deployed, Deploying, check, exit_code, human};
use crate::error::CliError;
use crate::function_args::FunctionArgs;
use crate::function_call::{Answer, client, request, token};
use crate::output::{self, Output};
use crate::traces::Traces;
use crate::worker::Worker;
use crate::{exit, fleet, stop, trace_context, watch};

const HELP: &str = "\
Examples:
  longshore up                          start the local cloud and the workers
  longshore up examples/python-http     also deploy and call this function
  longshore up --watch ./api ./worker   redeploy each when its files change
  longshore up --once ./hello           deploy, call, stop: for scripts

--watch covers the files that would be uploaded (.gcloudignore is respected) and
longshore.yaml. If a build fails, the previous version keeps serving.

Exit codes: 0 stopped by Ctrl-C, or with --once: deployed and called
successfully; 1 or 64 cannot start. With --once also: 2 not deployed, 3 the
function returned an error, 130 interrupted.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct UpArgs {
    /// Function directories, with a `longshore.yaml` or with source in a supported language
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<PathBuf>,
    /// Stop once every function is deployed and called
    #[arg(long)]
    pub(crate) once: bool,
    /// Redeploy a function when its files change
    #[arg(long, requires = "directories", conflicts_with = "once")]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) build_cache: BuildCacheArgs,
    #[command(flatten)]
    pub(crate) isolation: IsolationArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
    #[command(flatten)]
    pub(crate) function: FunctionArgs,
}

/// Result of `up` in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    functions: Vec<Deployed>,
    answers: Vec<Answer>,
}

/// The fleet beside a running local cloud.
struct Up {
    data_dir: DataDir,
    workers: Vec<SupervisedWorker>,
    target: CloudTarget,
    console: Option<ServedConsole>,
    traces: Traces,
    _lock: Lock,
}

/// The page for operators. Nothing depends on it.
struct ServedConsole {
    url: String,
    stop: CancellationToken,
}

pub(crate) async fn run(
    args: UpArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    check(&args.directories, &args.function)?;
    args.limits.check()?;
    let data_dir = DataDir::named_or_default(data_dir)?;
    data_dir.check_outside(&args.directories)?;
    let begun = Instant::now();
    let (up, mut cloud) = Up::start(data_dir, &args).await?;
    let (took, path) = (begun.elapsed().as_secs_f64(), up.data_dir.path().display());
    output::say(format!(
        "ready in {took:.2} s: the local cloud and five workers are running; \
         state and logs are in {path}"
    ));
    warn_without_sandbox(args.isolation.share_network).await;
    output::say(format!(
        "metrics: {}/*.json lists the addresses, for file_sd_configs of Prometheus",
        up.data_dir.metrics().display()
    ));
    if let Some(console) = &up.console {
        output::say(format!("the console is at {}", console.url));
    }
    let code = tokio::select! {
        served = serve(&up, &args, output) => served,
        () = stop::asked() => Ok(exit::INTERRUPTED),
        how = cloud.ended() => Err(CliError::CloudEnded { how, log: cloud.log() }),
    };
    let code = match code {
        Ok(exit::INTERRUPTED) if !args.once => Ok(exit::OK),
        code => code,
    };
    output::say("stopping");
    up.stop(cloud).await;
    code
}

/// The arguments of `longshore cloud` that `up` hands on.
fn cloud_flags(args: &UpArgs) -> Vec<&str> {
    let mut flags = args.build_cache.flags();
    flags.extend(args.isolation.flags());
    flags.extend(args.limits.flags());
    flags
}

/// Warns if builds and functions run without a sandbox or in a weaker one, and says why.
/// `shares_network`: whether the user wants that of functions.
async fn warn_without_sandbox(shares_network: bool) {
    let found = tokio::task::spawn_blocking(|| {
        std::env::current_exe().map(|program| sandbox_of(&program)).ok()
    });
    let Ok(Some(launcher)) = found.await else { return };
    if let Some(reason) = launcher.missing_sandbox() {
        output::say(format!(
            "builds and functions run without a sandbox, as ordinary processes of this user: {reason}"
        ));
        output::say(
            "  install bubblewrap (Debian, Ubuntu: apt install bubblewrap), \
             or require a sandbox with --require-isolation",
        );
    } else if let Some(weakness) = launcher.weakness() {
        output::say(format!("builds and functions run in a weaker sandbox: {weakness}"));
    } else if shares_network {
        output::say("functions share the network of this machine, and reach all of its ports");
    }
}

/// Deploys and calls the functions, then runs until shutdown.
async fn serve(up: &Up, args: &UpArgs, output: Output) -> Result<u8, CliError> {
    let before = if args.watch { watch::snapshots(&args.directories).await } else { Vec::new() };
    let functions = Deploying::new(&up.target, &args.function).all(&args.directories).await;
    let code = exit_code(&functions);
    let report = Report { answers: call_all(&up.target, &functions).await?, functions };
    output::result(output, &report, |report| human(&report.functions))?;
    if output == Output::Human {
        show(&report.answers);
    }
    if args.once {
        let all_answer = report.answers.iter().all(Answer::is_ok);
        return Ok(if code == exit::OK && !all_answer { exit::CALL_FAILED } else { code });
    }
    if args.watch {
        output::say("watching for changes; press Ctrl-C to stop");
        return watch::watch(&up.target, &args.directories, before, &args.function, output).await;
    }
    output::say(
        "press Ctrl-C to stop; in another terminal: longshore deploy DIR, list, call FUNCTION, \
         logs FUNCTION, status, trace DEPLOYMENT",
    );
    std::future::pending().await
}

/// Calls every serving function once, in the trace of its deployment.
async fn call_all(target: &CloudTarget, functions: &[Deployed]) -> Result<Vec<Answer>, CliError> {
    let client = client(target.local)?;
    let requester = trace_context::of_environment();
    let served = functions.iter().filter_map(|one| Some((one.url.as_deref()?, one.deployment)));
    let called = join_all(served.map(async |(url, deployment)| {
        let trace = match deployment {
            Some(deployment) => trace_context::of_deployment(deployment, &requester),
            None => trace_context::of_call(requester.clone()),
        };
        let answer = async {
            let token = token(target, url).await?;
            request(&client, url, token.as_deref(), None, &trace).await
        };
        (url, answer.await, trace)
    }))
    .await;
    let answers = called.into_iter().map(|(url, answer, trace)| match answer {
        Ok(answer) => answer,
        Err(error) => Answer {
            url: url.to_owned(),
            status: 503,
            body: chain(&error).into_bytes(),
            trace_id: trace.trace_id().map(str::to_owned),
        },
    });
    Ok(answers.collect())
}

fn show(answers: &[Answer]) {
    for answer in answers {
        match answer.advice() {
            Some(advice) => {
                output::say(format!("GET {} answered {}: {advice}", answer.url, answer.status))
            }
            None => output::say(format!(
                "GET {} answered {}: {}",
                answer.url,
                answer.status,
                answer.in_short()
            )),
        }
    }
}

impl ServedConsole {
    /// Serves the console of this fleet. If it cannot, that is said, and everything else goes on.
    async fn start(
        target: &CloudTarget,
        data_dir: &DataDir,
        traces: Arc<TraceStore>,
    ) -> Option<Self> {
        let path = Some(data_dir.path().to_owned());
        match console::bind(target, console::LOOPBACK, Vec::new(), path, Some(traces)).await {
            Ok(console) => {
                let (url, stop) = (console.url().to_owned(), CancellationToken::new());
                tokio::spawn(console.serve(stop.clone()));
                Some(Self { url, stop })
            }
            Err(error) => {
                output::say(format!("the console is not available: {}", chain(&error)));
                None
            }
        }
    }
}

impl Up {
    async fn start(data_dir: DataDir, args: &UpArgs) -> Result<(Self, Process), CliError> {
        let lock = data_dir.lock()?;
        let traces = Traces::start(&data_dir.traces()).await?;
        let (cloud, mut environment) = start_cloud(&data_dir, &cloud_flags(args)).await?;
        environment.insert(Traces::VARIABLE.to_owned(), traces.endpoint());
        let started = async {
            let target = CloudTarget::at(environment.clone()).await?;
            fleet::provision(&target, "").await?;
            let workers = Worker::ALL.map(|worker| {
                SupervisedWorker::start(worker, environment.clone(), data_dir.clone())
            });
            let workers = try_join_all(workers).await?;
            data_dir.write_running(&environment)?;
            Ok((target, workers))
        };
        match started.await {
            Ok((target, workers)) => {
                let console = ServedConsole::start(&target, &data_dir, traces.store()).await;
                Ok((Self { data_dir, workers, target, console, traces, _lock: lock }, cloud))
            }
            Err(error) => {
                cloud.stop().await;
                Err(error)
            }
        }
    }

    /// Stops the workers first, so that their last messages reach the cloud.
    async fn stop(self, cloud: Process) {
        self.data_dir.remove_running();
        if let Some(console) = &self.console {
            console.stop.cancel();
        }
        join_all(self.workers.into_iter().map(SupervisedWorker::stop)).await;
        cloud.stop().await;
        self.traces.stop().await;
    }
}
