//! `longshore parked`: lists and replays messages that no worker could handle.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use longshore_ledger::Parked;
use longshore_ledger::names;
use longshore_messages::{Topic, subscription_id};
use serde::Serialize;

use crate::acting::ActingArgs;
use crate::cloud_target::CloudTarget;
use crate::error::CliError;
use crate::exit;
use crate::incomplete::{self, noted};
use crate::output::{self, Output, Table, Text};
use crate::time_text::rfc3339;
use crate::unreadable::UNREADABLE;

const HELP: &str = "\
Examples:
  longshore parked list
  longshore parked replay 490002/uploader/failed/1f2e3d4c-7
                          publish it again after fixing the cause

Of messages with the same stage, cause and hour, only the first are kept. The
list says how many more there were.

Exit codes: 0 success; 1 failure, no such message, or a message is unreadable,
and the others are listed; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ParkedArgs {
    #[command(subcommand)]
    pub(crate) command: ParkedCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// List parked messages, oldest first
    List,
    /// Publish messages again to their original topic, and remove them from the list
    Replay {
        /// Ids of the messages, as shown by `parked list`
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        #[command(flatten)]
        acting: ActingArgs,
    },
}

/// A parked message in JSON, or messages that were parked but not kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    /// `None` if they were not kept.
    id: Option<String>,
    /// The number of messages.
    count: u64,
    /// When the last one was parked.
    parked_at: String,
    stage: String,
    /// `None` if they were not kept.
    subscription: Option<String>,
    /// The reason of the last one.
    reason: String,
}

pub(crate) async fn run(
    args: ParkedArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    match args.command {
        ParkedCommand::List => list(&target, output).await,
        ParkedCommand::Replay { ids, acting } => replay(&target, &ids, &acting, output).await,
    }
}

async fn list(target: &CloudTarget, output: Output) -> Result<u8, CliError> {
    let (mut listed, mut unreadable) = (Vec::new(), Vec::new());
    for meta in target.ledger.list_parked().await.map_err(CliError::ledger)? {
        let parked = target.ledger.parked(&meta.name).await.map_err(CliError::ledger);
        let id = meta.name.strip_prefix(names::PARKED).unwrap_or(&meta.name).to_owned();
        let parked_at = rfc3339(meta.created_at);
        let Some(parked) = noted(parked, &mut unreadable)? else {
            listed.push(Listed::unreadable(id, parked_at));
            continue;
        };
        // It was replayed in the meantime.
        let Some(parked) = parked else { continue };
        listed.push(Listed {
            id: Some(id),
            count: 1,
            parked_at,
            stage: parked.stage,
            subscription: Some(parked.subscription),
            reason: parked.reason,
        });
    }
    for more in target.ledger.list_more_parked().await.map_err(CliError::ledger)? {
        listed.push(Listed {
            id: None,
            count: more.count,
            parked_at: rfc3339(more.last_at),
            stage: more.stage,
            subscription: None,
            reason: more.reason,
        });
    }
    output::result(output, &listed, |listed| table(listed))?;
    if listed.is_empty() {
        output::say("no parked messages");
    }
    Ok(incomplete::say(&unreadable))
}

impl Listed {
    fn unreadable(id: String, parked_at: String) -> Self {
        Self {
            id: Some(id),
            count: 1,
            parked_at,
            stage: "-".to_owned(),
            subscription: None,
            reason: UNREADABLE.to_owned(),
        }
    }
}

fn table(listed: &[Listed]) -> Text {
    if listed.is_empty() {
        return Text::default();
    }
    let mut table = Table::headed(["ID", "PARKED", "STAGE", "REASON"]);
    for one in listed {
        let more = format!("({} more, not kept)", one.count);
        table.row([
            one.id.as_ref().unwrap_or(&more).as_str().into(),
            one.parked_at.get(..19).unwrap_or(&one.parked_at).into(),
            one.stage.as_str().into(),
            one.reason.lines().next().unwrap_or_default().into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}

/// Publishes messages again, each to its original topic, and removes it from the list once Pub/Sub
/// has accepted it. After a crash in between, it can be published twice, which stages tolerate.
async fn replay(
    target: &CloudTarget,
    ids: &[String],
    acting: &ActingArgs,
    output: Output,
) -> Result<u8, CliError> {
    let mut replayed = Vec::new();
    for id in ids {
        let name = format!("{}{id}", names::PARKED);
        let parked = target.ledger.parked(&name).await.map_err(CliError::ledger)?;
        let parked = parked.ok_or_else(|| CliError::NotParked(id.clone()))?;
        let topic = topic(target, &parked).ok_or_else(|| CliError::NotReplayable {
            id: id.clone(),
            subscription: parked.subscription.clone(),
        })?;
        target.clients.bus.publish(&topic, parked.message).await.map_err(CliError::Publish)?;
        target.ledger.unpark(&name).await.map_err(CliError::ledger)?;
        acting.note(target, "replay", id.clone(), "published again").await;
        output::say(format!("published {id} again to {topic}"));
        replayed.push(id);
    }
    output::result(output, &replayed, |_| String::new())?;
    Ok(exit::OK)
}

/// The topic that a message came from, or `None` if the topic is not the fleet's.
fn topic(target: &CloudTarget, parked: &Parked) -> Option<String> {
    let subscription = parked.subscription.rsplit('/').next()?;
    let prefix = subscription_id(&target.settings.fleet, &parked.stage, "");
    let name = subscription.strip_prefix(&prefix)?;
    let is_of_the_fleet = Topic::ALL.into_iter().any(|topic| topic.as_str() == name)
        || Topic::from_requester(name).is_some();
    is_of_the_fleet.then(|| target.topic(name))
}
