//! `longshore list`: lists all functions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use longshore_cloud::{LiveTrigger, TriggerShape};
use longshore_messages::{DeploymentId, FunctionRef, TriggerKind, TriggerOwner};
use serde::Serialize;
use time::OffsetDateTime;

use crate::cloud_target::CloudTarget;
use crate::deployment::mark_parked;
use crate::error::CliError;
use crate::function::{Detail, Known};
use crate::incomplete;
use crate::output::{self, Cell, Output, Table, Text};
use crate::time_text::{ago, rfc3339};
use crate::unreadable::Unreadable;

const HELP: &str = "\
Examples:
  longshore list
  longshore list --region europe-west1
  longshore --output json list | jq -r '.[].url'

States: `serving`; `pinned` (the newest revision is ready, but traffic is pinned
to others); `coming up`; `failed` (no revision serves); `none` (never deployed
successfully); `deleting`; `unreadable` (its ledger entry is damaged or
from a newer version).

Exit codes: 0 success; 1 failure, or something is unreadable, and everything
else is listed; 69 no cloud.";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct ListArgs {
    /// List only functions in this region
    #[arg(long)]
    pub(crate) region: Option<String>,
}

/// A function in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: String,
    project: String,
    region: String,
    flavour: &'static str,
    runtime: Option<String>,
    state: &'static str,
    generation: Option<u64>,
    deployment: Option<DeploymentId>,
    /// State of the latest deployment.
    last_deployment: String,
    deployed_at: Option<String>,
    url: Option<String>,
    /// Number of triggers.
    triggers: usize,
    /// Ledger entries that cannot be read.
    unreadable: Vec<Unreadable>,
}

pub(crate) async fn run(
    args: ListArgs,
    data_dir: Option<PathBuf>,
    output: Output,
) -> Result<u8, CliError> {
    let target = CloudTarget::find(data_dir).await?;
    let mut functions = functions(&target).await?;
    functions.retain(|known| args.region.as_ref().is_none_or(|region| *region == known.at.region));
    let triggers = triggers(&target).await?;
    let listed: Vec<Listed> = functions.iter().map(|known| Listed::of(known, &triggers)).collect();
    output::result(output, &listed, |_| table(&functions, &triggers, &target))?;
    if functions.is_empty() {
        output::say("no functions yet; `longshore deploy DIR` creates one");
    }
    Ok(incomplete::say(functions.iter().flat_map(|known| &known.unreadable)))
}

/// All existing functions of the fleet, sorted by name.
async fn functions(target: &CloudTarget) -> Result<Vec<Known>, CliError> {
    let mut known = Known::all(target, Detail::Summary).await?;
    known.retain(|known| !known.is_gone());
    let states = known.iter_mut().filter_map(|known| {
        let deployment = known.head.as_ref()?.deployment;
        Some((deployment, &mut known.newest))
    });
    mark_parked(target, states).await?;
    known.sort_by(|one, other| {
        (&one.at.name, one.at.to_string()).cmp(&(&other.at.name, other.at.to_string()))
    });
    Ok(known)
}

/// Number of triggers of each function that has any beside itself.
type Triggers = BTreeMap<String, usize>;

/// The triggers of all functions, with one list call for each project (or region) and kind that may
/// have some.
async fn triggers(target: &CloudTarget) -> Result<Triggers, CliError> {
    let functions = target.ledger.triggered_functions().await.map_err(CliError::ledger)?;
    let clients = &target.clients.triggers;
    let (topics, events, schedules, queues) = tokio::join!(
        count(target, &*clients.topics, &functions),
        count(target, &*clients.events, &functions),
        count(target, &*clients.schedules, &functions),
        count(target, &*clients.queues, &functions),
    );
    let mut all = Triggers::new();
    for (function, count) in topics?.into_iter().chain(events?).chain(schedules?).chain(queues?) {
        *all.entry(function).or_default() += count;
    }
    Ok(all)
}

/// The triggers of one kind.
async fn count<S: TriggerShape>(
    target: &CloudTarget,
    client: &dyn longshore_cloud::Triggers<S>,
    functions: &BTreeMap<FunctionRef, BTreeSet<TriggerKind>>,
) -> Result<Triggers, CliError> {
    let fleet = &target.settings.fleet;
    let of_kind = functions.iter().filter(|(_, kinds)| kinds.contains(&S::KIND));
    let functions: Vec<&FunctionRef> = of_kind.map(|(at, _)| at).collect();
    let place =
        |at: &FunctionRef| (at.project.clone(), S::IS_LISTED_BY_REGION.then(|| at.region.clone()));
    let places: BTreeSet<_> = functions.iter().map(|at| place(at)).collect();
    let mut live: BTreeMap<_, Vec<LiveTrigger<S>>> = BTreeMap::new();
    for (project, region) in places {
        let owner = TriggerOwner::fleet(fleet, &project);
        let owner = region.as_ref().map_or(owner, |region| owner.in_region(region));
        let listed = client.list(&owner).await.map_err(CliError::Triggers)?;
        live.insert((project, region), listed);
    }
    let count = |at: &FunctionRef| {
        let owner = TriggerOwner::function(fleet, at);
        let all = live.get(&place(at)).into_iter().flatten();
        all.filter(|one| one.shape.is_of(&owner)).count()
    };
    let counted = functions.iter().map(|at| (at.to_string(), count(at)));
    Ok(counted.filter(|(_, count)| *count > 0).collect())
}

impl Listed {
    fn of(known: &Known, triggers: &Triggers) -> Self {
        Self {
            name: known.at.name.clone(),
            project: known.at.project.clone(),
            region: known.at.region.clone(),
            flavour: known.flavour().as_str(),
            runtime: known.runtime.clone(),
            state: known.state(),
            generation: known.head.as_ref().map(|head| head.admission.generation),
            deployment: known.head.as_ref().map(|head| head.deployment),
            last_deployment: known.newest.clone(),
            deployed_at: known.deployed_at.map(rfc3339),
            url: known.url(),
            triggers: number_of_triggers(known, triggers),
            unreadable: known.unreadable.clone(),
        }
    }
}

fn number_of_triggers(known: &Known, triggers: &Triggers) -> usize {
    known.own_triggers() + triggers.get(&known.at.to_string()).copied().unwrap_or_default()
}

/// A function outside the default project and region has its full name, which commands accept as
/// it is.
fn table(functions: &[Known], triggers: &Triggers, target: &CloudTarget) -> Text {
    if functions.is_empty() {
        return Text::default();
    }
    let now = OffsetDateTime::now_utc();
    let mut table = Table::headed([
        "NAME",
        "REGION",
        "FLAVOUR",
        "RUNTIME",
        "STATE",
        "LAST DEPLOYMENT",
        "DEPLOYED",
        "TRIGGERS",
        "URL",
    ]);
    for known in functions {
        let is_default = known.at.project == target.settings.project
            && known.at.region == target.settings.region;
        table.row([
            if is_default { known.at.name.clone() } else { known.at.to_string() }.into(),
            known.at.region.as_str().into(),
            known.flavour().as_str().into(),
            known.runtime.clone().unwrap_or_else(|| "-".to_owned()).into(),
            Cell::new(known.state(), known.tone()),
            known.newest.as_str().into(),
            known.deployed_at.map_or_else(|| "-".to_owned(), |at| ago(at, now)).into(),
            match number_of_triggers(known, triggers) {
                0 => "-".into(),
                number => number.to_string().into(),
            },
            known.url().unwrap_or_else(|| "-".to_owned()).into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}
