//! `longshore up`: everything on this machine, from nothing to an answer.

use std::path::PathBuf;
use std::time::Instant;

use futures::future::{join_all, try_join_all};
use serde::Serialize;

use crate::args::{Output, UpArgs, Worker};
use crate::call::{Answer, client, request, token};
use crate::children::{KeptWorker, Process, start_cloud};
use crate::data_dir::{DataDir, Lock};
use crate::deploy::{Deployed, deploy_all, urls};
use crate::error::CliError;
use crate::place::Place;
use crate::{exit, output, provision, stop};

/// What `up` did, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    functions: Vec<Deployed>,
    answers: Vec<Answer>,
}

/// A running cloud with its fleet.
struct Up {
    data_dir: DataDir,
    cloud: Process,
    workers: Vec<KeptWorker>,
    place: Place,
    _lock: Lock,
}

pub(crate) async fn up(args: UpArgs, data_dir: Option<PathBuf>, output: Output) -> Result<u8, CliError> {
    let data_dir = DataDir::named_or_default(data_dir);
    let begun = Instant::now();
    let up = Up::start(data_dir, args.require_isolation).await?;
    let (took, path) = (begun.elapsed().as_secs_f64(), up.data_dir.path().display());
    output::say(&format!("ready in {took:.2} s: the local cloud and four workers run; their state and logs are in {path}"));
    let code = tokio::select! {
        served = serve(&up, &args, output) => served,
        () = stop::asked() => Ok(exit::INTERRUPTED),
    };
    let code = match code {
        Ok(exit::INTERRUPTED) if !args.once => Ok(exit::OK),
        code => code,
    };
    output::say("stopping");
    up.stop().await;
    code
}

/// Deploys, calls, and stays until told to stop.
async fn serve(up: &Up, args: &UpArgs, output: Output) -> Result<u8, CliError> {
    let functions = deploy_all(&up.place, &args.directories, &args.function).await;
    let all_serve = functions.iter().all(Deployed::serves);
    let report = Report { answers: call_all(&up.place, &functions).await?, functions };
    output::result(output, &report, |report| urls(&report.functions))?;
    if output == Output::Human {
        show(&report.answers);
    }
    if args.once {
        let all_answer = report.answers.iter().all(Answer::is_ok);
        return Ok(match (all_serve, all_answer) {
            (false, _) => exit::NOT_DEPLOYED,
            (true, false) => exit::CALL_FAILED,
            (true, true) => exit::OK,
        });
    }
    output::say("Ctrl-C stops it; beside it: longshore deploy DIR, call FUNCTION, status, logs FUNCTION, trace DEPLOYMENT");
    std::future::pending().await
}

/// Calls every function that serves, once.
async fn call_all(place: &Place, functions: &[Deployed]) -> Result<Vec<Answer>, CliError> {
    let client = client()?;
    let urls = functions.iter().filter_map(|deployed| deployed.url.as_deref());
    let called = join_all(urls.map(async |url| {
        let answer = async { request(&client, url, token(place, url).await?.as_deref(), None).await };
        (url, answer.await)
    }))
    .await;
    let answers = called.into_iter().map(|(url, answer)| match answer {
        Ok(answer) => answer,
        Err(error) => Answer { url: url.to_owned(), status: 503, body: longshore_runner::telemetry::chain(&error) },
    });
    Ok(answers.collect())
}

fn show(answers: &[Answer]) {
    for answer in answers {
        output::say(&format!("GET {} answered {}: {}", answer.url, answer.status, answer.body.trim_end()));
    }
}

impl Up {
    async fn start(data_dir: DataDir, require_isolation: bool) -> Result<Self, CliError> {
        let lock = data_dir.lock()?;
        let (cloud, environment) = start_cloud(&data_dir, require_isolation).await?;
        let started = async {
            let place = Place::at(environment.clone()).await?;
            provision::provision(&place).await?;
            let workers = Worker::ALL.map(|worker| KeptWorker::start(worker, environment.clone(), data_dir.clone()));
            let workers = try_join_all(workers).await?;
            data_dir.write_running(&environment)?;
            Ok((place, workers))
        };
        match started.await {
            Ok((place, workers)) => Ok(Self { data_dir, cloud, workers, place, _lock: lock }),
            Err(error) => {
                cloud.stop().await;
                Err(error)
            }
        }
    }

    /// Workers first, so that what they still say reaches the cloud.
    async fn stop(self) {
        self.data_dir.remove_running();
        join_all(self.workers.into_iter().map(KeptWorker::stop)).await;
        self.cloud.stop().await;
    }
}
