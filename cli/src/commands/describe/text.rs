//! The text format of a description.

use super::description::{Description, Past, Service};
use super::triggers;

use crate::acting;
use crate::output::{Cell, Table, Text, Tone};
use crate::unreadable::UNREADABLE;

pub(super) fn human(described: &Description, coloured: bool) -> Text {
    let mut parts = vec![summary(described, coloured)];
    if let Some(service) = &described.service {
        parts.extend(pairs("environment", &service.environment));
        parts.extend(pairs("labels", &service.labels));
    }
    if !described.triggers.is_empty() {
        parts.push(triggers::human(&described.triggers, coloured));
    }
    if !described.deployments.is_empty() {
        parts.push(history(&described.deployments, coloured));
    }
    if !described.actions.is_empty() {
        parts.push(acting::table(&described.actions, coloured));
    }
    Text::join(parts, "\n\n")
}

fn summary(described: &Description, coloured: bool) -> Text {
    let mut table = Table::default();
    let tone = match described.state {
        "serving" => Tone::Good,
        UNREADABLE => Tone::Bad,
        _ => Tone::Busy,
    };
    table.row([
        "function".into(),
        format!("{}/{}/{}", described.project, described.region, described.name).into(),
    ]);
    table.row(["flavour".into(), described.flavour.into()]);
    table.row(["state".into(), Cell::new(described.state, tone)]);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            table.row([name.into(), value.into()]);
        }
    };
    add("url", described.url.clone());
    add(
        "deployed",
        described.deployed_at.as_deref().map(|at| at.get(..19).unwrap_or(at).to_owned()),
    );
    add("runtime", runtime(described));
    for warning in &described.warnings {
        add("warning", Some(warning.clone()));
    }
    add("entry point", described.entry_point.clone());
    if let Some(service) = &described.service {
        service_rows(service, &mut add);
    }
    if let Some(function) = &described.function {
        add("api state", Some(function.messages.join("; ")));
        add("kept source", function.source.clone());
    }
    add(
        "source",
        described
            .source
            .as_ref()
            .map(|source| format!("{} ({} bytes)", source.archive, source.size_bytes)),
    );
    add("build", described.build.as_ref().map(|build| build.name.clone()));
    if let Some(builder) = described.build.as_ref().and_then(|build| build.builder.as_ref()) {
        add("builder", Some(builder.image.clone()));
        add("base image", Some(builder.base_image.clone()));
        add("installed", Some(builder.runtime_versions.join(", ")));
    }
    table.text(coloured)
}

/// The requested runtime, and what it became.
fn runtime(described: &Description) -> Option<String> {
    let built = described.function.as_ref().and_then(|function| function.runtime.as_deref());
    match (built, described.runtime.as_deref()) {
        (Some(built), Some(requested)) if built != requested => {
            Some(format!("{built} (requested: {requested})"))
        }
        (built, requested) => built.or(requested).map(str::to_owned),
    }
}

fn service_rows(service: &Service, add: &mut impl FnMut(&str, Option<String>)) {
    add("message", (!service.message.is_empty()).then(|| service.message.clone()));
    add("description", service.description.clone());
    add("image", Some(service.image.clone()));
    add("revision", Some(service.revision.clone()));
    let traffic = service.traffic.iter().map(|share| {
        let tag = share.tag.as_ref().map(|tag| format!(" ({tag})")).unwrap_or_default();
        format!("{}% {}{tag}", share.percent, share.revision)
    });
    add("traffic", Some(traffic.collect::<Vec<_>>().join(", ")));
    add("access", Some(service.access.to_owned()));
    add("memory", service.memory.clone());
    add("cpu", service.cpu.clone());
    add("timeout", service.timeout_s.map(|timeout| format!("{timeout} s")));
    add("concurrency", service.concurrency.map(|concurrency| concurrency.to_string()));
    let instances = [("minimum", service.min_instances), ("maximum", service.max_instances)];
    let instances =
        instances.iter().filter_map(|(word, count)| count.map(|count| format!("{word} {count}")));
    add("instances", Some(instances.collect::<Vec<_>>().join(", ")));
    add("identity", service.service_account.clone());
    add("key", service.kms_key.clone());
}

fn pairs(title: &str, pairs: &std::collections::BTreeMap<String, String>) -> Option<Text> {
    if pairs.is_empty() {
        return None;
    }
    let lines =
        pairs.iter().map(|(name, value)| Text::from(format!("  {name}={value}")).indented(4));
    Some(Text::join(std::iter::once(title.into()).chain(lines), "\n"))
}

fn history(deployments: &[Past], coloured: bool) -> Text {
    let mut table =
        Table::headed(["GENERATION", "STATE", "ADMITTED", "DEPLOYMENT", "REVISION OR REASON"]);
    for past in deployments {
        let tone = match past.state.as_str() {
            "deployed" | "unchanged" => Tone::Good,
            "failed" | "traffic-pinned" | UNREADABLE => Tone::Bad,
            _ => Tone::Plain,
        };
        let last = past
            .revision
            .as_deref()
            .or_else(|| past.reason.as_deref()?.lines().next())
            .unwrap_or_default();
        table.row([
            past.generation.to_string().into(),
            Cell::new(&past.state, tone),
            past.admitted_at.get(..19).unwrap_or(&past.admitted_at).into(),
            past.deployment.to_string().into(),
            last.into(),
        ]);
    }
    table.text(coloured)
}
