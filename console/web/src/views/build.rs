//! A build as a picture: its phases, what came from caches, what was downloaded, and its layers.

use longshore_cloud::{Build, BuildPart, BuildStatus, ImageLayer};
use longshore_console_model::detail::BuildDetail;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::nothing;
use super::tabs::{is_complaint, log};
use crate::build_log::{BuildWork, Layer, Step};
use crate::words::{Tone, bytes, count, counted, moment, pill, short, span};

/// Downloads of a step that are listed at once.
const DOWNLOADS_SHOWN: usize = 30;

pub(crate) struct BuildPage<'a> {
    pub(crate) detail: Option<&'a BuildDetail>,
    pub(crate) live: Result<Option<Build>, String>,
    pub(crate) log: Result<Vec<String>, String>,
    pub(crate) layers: Result<Option<Vec<ImageLayer>>, String>,
    pub(crate) now: OffsetDateTime,
}

pub(crate) fn body(page: &BuildPage<'_>) -> Markup {
    let Some(detail) = page.detail else {
        return nothing("No build was submitted for this deployment.");
    };
    let lines = page.log.as_deref().unwrap_or_default();
    let work = BuildWork::of(lines.iter().map(String::as_str));
    let cached = work.steps.iter().filter(|step| step.is_cached).count();
    let downloads = work.steps.iter().map(|step| step.downloads.len()).sum();
    html! {
        section class="card" {
            div class="card-head" {
                h2 {
                    "Build" @if let Some(build) = detail.build {
                        " " code { (short(&build.key.to_string())) "-" (build.number) }
                    }
                }
                @if let Ok(Some(live)) = &page.live { (status(live.status)) }
            }
            (facts(detail, page))
            @if let Err(problem) = &page.live {
                p class="notice bad" { "Cloud Build cannot be read: " (problem) }
            }
        }
        @if let Ok(Some(live)) = &page.live { (phases(live, page.now)) }
        @if !work.steps.is_empty() {
            section class="card" {
                div class="card-head" {
                    h2 { "What it did" }
                    span class="sub" {
                        (counted(cached, "step")) " from caches, "
                        (counted(downloads, "download")) }
                }
                ol class="steps" { @for step in &work.steps { (step_row(step)) } }
            }
        }
        (layers(&work, &page.layers))
        section class="card" {
            div class="card-head" {
                h2 { "Log" }
                span class="sub" { (counted(lines.len(), "line")) }
            }
            @match &page.log {
                Err(problem) => p class="notice bad" { "The log cannot be read: " (problem) },
                Ok(lines) if lines.is_empty() => (nothing("There is no log yet.")),
                Ok(lines) =>
                    (log(lines.iter().map(|line| (None, is_complaint(line), line.as_str())))),
            }
        }
    }
}

fn status(status: BuildStatus) -> Markup {
    let (tone, word) = match status {
        BuildStatus::Queued => (Tone::Busy, "queued"),
        BuildStatus::Working => (Tone::Busy, "working"),
        BuildStatus::Success => (Tone::Good, "succeeded"),
        BuildStatus::Failure => (Tone::Bad, "failed"),
        BuildStatus::InternalError => (Tone::Bad, "internal error"),
        BuildStatus::Timeout => (Tone::Bad, "timed out"),
        BuildStatus::Cancelled => (Tone::Quiet, "cancelled"),
        BuildStatus::Expired => (Tone::Bad, "expired"),
        BuildStatus::Unknown => (Tone::Quiet, "unknown"),
    };
    pill(tone, word)
}

fn facts(detail: &BuildDetail, page: &BuildPage<'_>) -> Markup {
    let live = page.live.as_ref().ok().and_then(Option::as_ref);
    let attempts = detail.history.as_ref().map_or(0, |history| history.attempts.len());
    html! {
        dl class="facts" {
            @if let Some(claim) = &detail.claim {
                div {
                    dt { "Submitted by" }
                    dd { a href={ "/deployments/" (claim.deployment) } { (claim.function.name) } }
                }
                div { dt { "Image" } dd { code { (claim.image) } } }
            }
            @if let Some(created) = live.and_then(|live| live.created_at) {
                div { dt { "Created" } dd { (moment(created)) } }
                @let until = live.and_then(|live| live.finished_at).unwrap_or(page.now);
                div { dt { "Took" } dd { (span(until - created)) } }
            }
            @if attempts > 1 { div { dt { "Attempts" } dd { (count(attempts)) } } }
            @if detail.waiting > 0 {
                div { dt { "Waiting for it" } dd { (counted(detail.waiting, "deployment")) } }
            }
            @if let Some(name) = &detail.name {
                div { dt { "Cloud Build" } dd { code { (name) } } }
            }
        }
    }
}

/// A bar for the queue, for each phase and for each step, on one axis.
fn phases(live: &Build, now: OffsetDateTime) -> Markup {
    let Some(created) = live.created_at else { return html! {} };
    let until = live.finished_at.unwrap_or(now);
    let whole = (until - created).as_seconds_f64().max(0.001);
    let share = |at: OffsetDateTime| {
        let share = (at - created).as_seconds_f64() / whole * 100.0;
        share.clamp(0.0, 100.0)
    };
    let bars = |parts: &'_ [BuildPart], class| {
        let begun = parts.iter().filter_map(|part| Some((part, part.begun_at?)));
        let bars = begun.map(|(part, from)| {
            (phase_words(&part.name).to_owned(), class, from, part.ended_at.unwrap_or(until))
        });
        bars.collect::<Vec<_>>()
    };
    let phases = bars(&live.phases, "s4");
    let first = live.started_at.or_else(|| phases.iter().map(|(_, _, from, _)| *from).min());
    let queued = first.map(|first| ("in the queue".to_owned(), "wait", created, first));
    let rows = phases.into_iter().chain(bars(&live.steps, "s5"));
    let rows: Vec<_> = queued.into_iter().chain(rows).collect();
    if live.phases.is_empty() {
        return html! {};
    }
    html! {
        section class="card" {
            div class="card-head" {
                h2 { "Where the time went" }
                span class="sub" { (span(until - created)) }
            }
            ol class="phases" {
                @for (name, class, from, until) in rows {
                    li {
                        span class="clip" { (name) }
                        span class="num" { (span(until - from)) }
                        svg width="100%" height="14" role="presentation" {
                            rect class="track" width="100%" height="14" rx="3" {}
                            rect class={ "bar " (class) } x={ (format!("{:.2}", share(from))) "%" }
                                width={
                                    (format!("{:.2}", (share(until) - share(from)).max(0.3))) "%"
                                }
                                height="14" rx="3" {}
                        }
                    }
                }
            }
        }
    }
}

fn phase_words(name: &str) -> &str {
    match name {
        "FETCHSOURCE" => "fetch the source",
        "BUILD" => "build",
        "PUSH" => "push the image",
        "SETUPBUILD" => "set up",
        other => other,
    }
}

fn step_row(step: &Step) -> Markup {
    html! {
        li class={ "step" @if step.is_cached { " cached" } @if step.has_failed { " failed" } } {
            span class="step-name" { (step.name) }
            span class="step-tags" {
                @if step.has_failed { (pill(Tone::Bad, "failed")) }
                @if step.is_cached { span class="tag good" { "from the cache" } }
                @if !step.downloads.is_empty() {
                    span class="tag" { (counted(step.downloads.len(), "download")) }
                }
                span class="sub num" { (counted(step.lines, "line")) }
            }
            @if !step.downloads.is_empty() {
                ul class="downloads" {
                    @for download in step.downloads.iter().take(DOWNLOADS_SHOWN) {
                        li { code { (download.what) }
                            @if let Some(size) = download.size_bytes {
                                " " span class="sub" { (bytes(size)) }
                            } }
                    }
                    @if step.downloads.len() > DOWNLOADS_SHOWN {
                        li class="sub" { (count(step.downloads.len() - DOWNLOADS_SHOWN)) " more" }
                    }
                }
            }
        }
    }
}

/// The layers of the image with their sizes, and which of them the registry had already.
fn layers(work: &BuildWork, found: &Result<Option<Vec<ImageLayer>>, String>) -> Markup {
    let sized = found.as_ref().ok().and_then(Option::as_ref);
    let total: u64 = sized.map_or(0, |layers| layers.iter().map(|layer| layer.size_bytes).sum());
    let reused = work.layers.iter().filter(|layer| layer.is_reused).count();
    if sized.is_none_or(Vec::is_empty) && work.layers.is_empty() {
        return html! {};
    }
    let is_reused = |digest: &str| {
        work.layers.iter().find(|layer| layer.name == digest).map(|layer| layer.is_reused)
    };
    html! {
        section class="card" {
            div class="card-head" {
                h2 { "Layers" }
                @if total > 0 { span class="sub" { (bytes(total)) " compressed" } }
                @if !work.layers.is_empty() {
                    span class="sub" {
                        (count(reused)) " of " (count(work.layers.len()))
                        " were in the registry already"
                    }
                }
            }
            @match sized {
                Some(layers) if !layers.is_empty() => {
                    ol class="layers" { @for layer in layers {
                        @let size = Some((layer.size_bytes, total));
                        (layer_row(&layer.digest, size, is_reused(&layer.digest)))
                    } }
                }
                _ => {
                    ol class="layers" { @for Layer { name, is_reused } in &work.layers {
                        (layer_row(name, None, Some(*is_reused)))
                    } }
                }
            }
            @if let Err(problem) = found { p class="sub" { "Sizes are missing: " (problem) } }
            @if let Some(digest) = &work.digest { p class="sub digest" { "Image " code { (digest) } } }
        }
    }
}

/// `size` is that of the layer and of all of them. `is_reused` is `None` if the log does not say.
fn layer_row(name: &str, size: Option<(u64, u64)>, is_reused: Option<bool>) -> Markup {
    html! {
        li class="layer" {
            code class="clip" { (name) }
            @if let Some((own, all)) = size {
                svg width="100%" height="12" role="presentation" {
                    rect class="track" width="100%" height="12" rx="3" {}
                    rect class={ "bar " (if is_reused == Some(true) { "good" } else { "s4" }) }
                        width={ (format!("{:.2}", share(own, all))) "%" } height="12" rx="3" {}
                }
                span class="num" { (bytes(own)) }
            }
            @match is_reused {
                Some(true) => span class="tag good" { "reused" },
                Some(false) => span class="tag" { "pushed" },
                None => span {},
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the length of a bar needs few digits")]
fn share(part: u64, whole: u64) -> f64 {
    (part as f64 / whole.max(1) as f64 * 100.0).max(0.4)
}
