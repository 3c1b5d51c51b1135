//! `longshore parked`: messages that were put aside because no worker could handle them.

use std::path::PathBuf;

use longshore_ledger::{Parked, names};
use longshore_messages::{Topic, subscription_id};
use serde::Serialize;

use crate::args::{Output, ParkedArgs, ParkedCommand};
use crate::error::CliError;
use crate::exit;
use crate::function::rfc3339;
use crate::output::{self, Table};
use crate::place::Place;

/// A message, as `--output json` writes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    id: String,
    parked_at: String,
    stage: String,
    subscription: String,
    reason: String,
}

pub(crate) async fn parked(
    args: ParkedArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let place = Place::find(data_dir).await?;
    match args.command {
        ParkedCommand::List => list(&place, output).await,
        ParkedCommand::Replay { ids } => replay(&place, &ids, output).await,
    }
}

async fn list(place: &Place, output: Output) -> Result<u8, CliError> {
    let mut listed = Vec::new();
    for meta in place.ledger.list_parked().await.map_err(CliError::Ledger)? {
        let Some(parked) = place.ledger.parked(&meta.name).await.map_err(CliError::Ledger)? else {
            continue;
        };
        listed.push(Listed {
            id: meta.name.strip_prefix(names::PARKED).unwrap_or(&meta.name).to_owned(),
            parked_at: rfc3339(meta.created_at),
            stage: parked.stage,
            subscription: parked.subscription,
            reason: parked.reason,
        });
    }
    output::result(output, &listed, |listed| table(listed))?;
    if listed.is_empty() {
        output::say("nothing is parked");
    }
    Ok(exit::OK)
}

fn table(listed: &[Listed]) -> String {
    if listed.is_empty() {
        return String::new();
    }
    let mut table = Table::headed(["ID", "PARKED", "STAGE", "REASON"]);
    for one in listed {
        table.row([
            one.id.as_str().into(),
            one.parked_at.get(..19).unwrap_or(&one.parked_at).into(),
            one.stage.as_str().into(),
            one.reason.lines().next().unwrap_or_default().into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}

/// Publishes messages again, each where it came from, and takes it off the list once Pub/Sub has
/// it. A crash in between leaves it there: to be published twice is nothing new to a stage.
async fn replay(place: &Place, ids: &[String], output: Output) -> Result<u8, CliError> {
    let mut replayed = Vec::new();
    for id in ids {
        let name = format!("{}{id}", names::PARKED);
        let parked = place.ledger.parked(&name).await.map_err(CliError::Ledger)?;
        let parked = parked.ok_or_else(|| CliError::NotParked(id.clone()))?;
        let topic = topic(place, &parked).ok_or_else(|| CliError::NotReplayable {
            id: id.clone(),
            subscription: parked.subscription.clone(),
        })?;
        place.clients.bus.publish(&topic, parked.message).await.map_err(CliError::Publish)?;
        place.ledger.unpark(&name).await.map_err(CliError::Ledger)?;
        output::say(&format!("{id} published again to {topic}"));
        replayed.push(id);
    }
    output::result(output, &replayed, |_| String::new())?;
    Ok(exit::OK)
}

/// The fleet's topic that a message came over, or `None` where it was another's.
fn topic(place: &Place, parked: &Parked) -> Option<String> {
    let settings = &place.settings;
    let subscription = parked.subscription.rsplit('/').next()?;
    let comes_over = |topic: &Topic| {
        subscription == subscription_id(&settings.fleet, &parked.stage, topic.as_str())
    };
    let topic = Topic::ALL.into_iter().find(comes_over)?;
    Some(topic.full_name(&settings.project, &settings.fleet))
}
