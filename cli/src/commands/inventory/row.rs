//! One line of the inventory. Pure.

use std::collections::BTreeMap;

use longshore_cloud::RuntimeStage;
use longshore_messages::{DEPLOYMENT_ANNOTATION, DEPLOYMENT_LABEL};
use serde::Serialize;
use time::Date;

use crate::estate::{Deployed, Goal, Kind, Runtimes, obstacle};
use crate::output::{self, Cell, Table, Text, Tone, csv_line};
use crate::time_text::rfc3339;

/// Days before its end from which a runtime is shown as urgent.
const URGENT_DAYS: i64 = 90;

/// A function or a service in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) project: String,
    pub(super) region: String,
    /// `function`, or `service` for what was deployed from an image.
    pub(super) kind: &'static str,
    /// `functions` or `run`: the API that it belongs to.
    pub(super) flavour: &'static str,
    /// Generation of a function of the Cloud Functions API.
    pub(super) generation: Option<u8>,
    pub(super) runtime: Option<String>,
    /// `preview`, `ga`, `deprecated` or `decommissioned`.
    pub(super) runtime_stage: Option<&'static str>,
    pub(super) deprecated_on: Option<String>,
    pub(super) days_until_deprecated: Option<i64>,
    pub(super) decommissioned_on: Option<String>,
    pub(super) days_until_decommissioned: Option<i64>,
    /// The newest runtime of the same language, unless it is that.
    pub(super) newest_runtime: Option<String>,
    /// What it can be migrated to.
    pub(super) migrate_to: Vec<&'static str>,
    /// Why it cannot be migrated to anything else.
    pub(super) obstacles: BTreeMap<&'static str, String>,
    /// First generation: what Google says about an upgrade.
    pub(super) upgrade_state: Option<String>,
    pub(super) last_deployed_at: Option<String>,
    /// Whether Longshore deployed it last.
    pub(super) by_longshore: bool,
    pub(super) url: Option<String>,
}

impl Row {
    pub(super) fn of(one: &Deployed, runtimes: &Runtimes, today: Date) -> Self {
        let kind = one.kind();
        let is_first = kind == Kind::FirstGeneration;
        let runtime = one.runtime();
        let support = runtime.and_then(|id| runtimes.support(id, is_first, today));
        let newest = runtime.and_then(|id| runtimes.newest_like(id).filter(|newest| *newest != id));
        let all = Goal::ALL.map(|goal| (goal.as_str(), obstacle(one, goal, runtimes, today)));
        let (possible, refused): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(_, reason)| reason.is_none());
        let upgrade = one.function.as_ref().map(|function| function.upgrade_state.clone());
        Self {
            name: one.at.name.clone(),
            project: one.at.project.clone(),
            region: one.at.region.clone(),
            kind: if kind == Kind::Image { "service" } else { "function" },
            flavour: one.flavour().as_str(),
            generation: match kind {
                Kind::FirstGeneration => Some(1),
                Kind::Function => Some(2),
                Kind::RunFunction | Kind::Image => None,
            },
            runtime: runtime.map(str::to_owned),
            runtime_stage: support.and_then(|support| stage(support.stage)),
            deprecated_on: support.and_then(|of| of.deprecated_on).map(|on| on.to_string()),
            days_until_deprecated: support.and_then(|support| support.days_until_deprecated),
            decommissioned_on: support.and_then(|of| of.decommissioned_on).map(|on| on.to_string()),
            days_until_decommissioned: support
                .and_then(|support| support.days_until_decommissioned),
            newest_runtime: newest.map(str::to_owned),
            migrate_to: possible.into_iter().map(|(goal, _)| goal).collect(),
            obstacles: refused
                .into_iter()
                .filter_map(|(goal, reason)| Some((goal, reason?)))
                .collect(),
            upgrade_state: upgrade.filter(|state| !state.is_empty()),
            last_deployed_at: one.updated_at().map(rfc3339),
            by_longshore: is_ours(one),
            url: one.url().map(str::to_owned),
        }
    }

    fn tone(&self) -> Tone {
        match self.days_until_decommissioned {
            Some(days) if days <= 0 => Tone::Bad,
            Some(days) if days <= URGENT_DAYS => Tone::Busy,
            _ => Tone::Plain,
        }
    }
}

fn is_ours(one: &Deployed) -> bool {
    let labels = one.function.as_ref().map(|function| &function.live.shape.labels);
    let annotations = one.live().map(|live| &live.shape.annotations);
    labels.is_some_and(|labels| labels.contains_key(DEPLOYMENT_LABEL))
        || annotations.is_some_and(|all| all.contains_key(DEPLOYMENT_ANNOTATION))
}

fn stage(stage: RuntimeStage) -> Option<&'static str> {
    match stage {
        RuntimeStage::Preview => Some("preview"),
        RuntimeStage::Ga => Some("ga"),
        RuntimeStage::Deprecated => Some("deprecated"),
        RuntimeStage::Decommissioned => Some("decommissioned"),
        RuntimeStage::Unknown => None,
    }
}

pub(super) fn human(rows: &[Row]) -> Text {
    if rows.is_empty() {
        return Text::default();
    }
    let mut table = Table::headed([
        "NAME",
        "PROJECT",
        "REGION",
        "FLAVOUR",
        "GEN",
        "RUNTIME",
        "DEPRECATED IN",
        "ENDS IN",
        "DEPLOYED",
        "MIGRATE TO",
    ]);
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let days = |days: Option<i64>| or_none(days.map(|days| format!("{days} d")));
    for row in rows {
        let deployed = row.last_deployed_at.as_deref().and_then(|at| at.get(..10));
        let to = match row.migrate_to.as_slice() {
            // One reason is enough for a line. Everything could change its region.
            [] => row.obstacles.get(Goal::Region.as_str()).cloned().unwrap_or_default(),
            goals => goals.join(", "),
        };
        table.row([
            row.name.as_str().into(),
            row.project.as_str().into(),
            row.region.as_str().into(),
            if row.kind == "service" { "service" } else { row.flavour }.into(),
            or_none(row.generation.map(|generation| generation.to_string())).into(),
            or_none(row.runtime.clone()).into(),
            days(row.days_until_deprecated).into(),
            Cell::new(days(row.days_until_decommissioned), row.tone()),
            or_none(deployed.map(str::to_owned)).into(),
            to.into(),
        ]);
    }
    table.text(output::stdout_is_coloured())
}

pub(super) fn csv(rows: &[Row]) -> String {
    let header = "name,project,region,kind,flavour,generation,runtime,runtime_stage,deprecated_on,\
                  days_until_deprecated,decommissioned_on,days_until_decommissioned,newest_runtime,\
                  migrate_to,obstacles,upgrade_state,last_deployed_at,by_longshore,url";
    let mut lines = vec![header.to_owned()];
    for row in rows {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let number = |number: Option<i64>| number.map(|one| one.to_string()).unwrap_or_default();
        let obstacles = row.obstacles.iter().map(|(goal, reason)| format!("{goal}: {reason}"));
        lines.push(csv_line(&[
            row.name.clone(),
            row.project.clone(),
            row.region.clone(),
            row.kind.to_owned(),
            row.flavour.to_owned(),
            number(row.generation.map(i64::from)),
            text(&row.runtime),
            row.runtime_stage.unwrap_or_default().to_owned(),
            text(&row.deprecated_on),
            number(row.days_until_deprecated),
            text(&row.decommissioned_on),
            number(row.days_until_decommissioned),
            text(&row.newest_runtime),
            row.migrate_to.join(" "),
            obstacles.collect::<Vec<_>>().join("; "),
            text(&row.upgrade_state),
            text(&row.last_deployed_at),
            row.by_longshore.to_string(),
            text(&row.url),
        ]));
    }
    lines.join("\r\n")
}
