//! Messages that no worker could handle.

use longshore_console_model::index::snapshot::{ParkedEntry, Snapshot};
use longshore_ledger::Cause;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::{action_link, heading, nothing};
use crate::words::{Tone, ago, counted, icon, short};

pub(crate) fn body(snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    let more: u64 = snapshot.more_parked.iter().map(|more| more.count).sum();
    html! {
        (heading("Parked messages", &html! {
            p class="lead" id="lead" data-live { b { (counted(snapshot.parked.len(), "message")) }
                @if more > 0 { ", and " b { (more) } " that were counted and not kept" } }
        }))
        p class="sub intro" {
            "A worker parks a message if neither a retry nor the requester can fix its problem. "
            "Fix the cause, then publish it again: its deployment continues." }
        div id="parked" data-live {
            @if snapshot.parked.is_empty() { (nothing("No message is parked.")) }
            @for parked in snapshot.parked.iter().rev() { (card(parked, snapshot, now)) }
            @if !snapshot.more_parked.is_empty() {
                section class="card" {
                    div class="card-head" { h2 { "Counted, not kept" } }
                    ul class="newest" { @for more in snapshot.more_parked.iter() {
                        li class="plain-row" { span class="grow" {
                            b { (more.count) } " to " (more.stage)
                            span class="sub" { (more.reason) } } (ago(more.last_at, now)) }
                    } }
                }
            }
        }
    }
}

fn card(parked: &ParkedEntry, snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    let deployment = parked.deployment;
    let entry = deployment.and_then(|id| snapshot.entry(id));
    html! {
        section class="card cause warn" {
            div class="card-head" {
                h2 {
                    (icon(Tone::Warn)) (cause(parked.cause)) span class="sub" {
                        " in " (parked.stage)
                    }
                }
                (ago(parked.at, now))
                span class="grow" {}
                (action_link("Publish again", "replay", &parked.id, ""))
            }
            p class="reason" { (parked.reason) }
            dl class="facts" {
                @if let Some(id) = deployment {
                    div { dt { "Deployment" } dd {
                        @match entry {
                            Some(entry) => a href={ "/deployments/" (id) } { (entry.name()) },
                            None => code { (short(&id.to_string())) },
                        }
                        @if parked.cause.is_some_and(|cause| !cause.is_genuine()) {
                            span class="sub" { " says the message; the ledger does not confirm it" }
                        }
                    } }
                }
                @if !parked.sender.is_empty() {
                    div { dt { "Claimed sender" } dd { (parked.sender) } }
                }
                div {
                    dt { "Subscription" }
                    dd {
                        code class="break" {
                            (parked.subscription.rsplit('/').next().unwrap_or_default())
                        }
                    }
                }
                div { dt { "Message" } dd { code class="break" { (parked.id) } } }
            }
        }
    }
}

fn cause(cause: Option<Cause>) -> &'static str {
    match cause {
        Some(Cause::Unreadable) => "It cannot be read",
        Some(Cause::Unverified) => "The ledger does not confirm it",
        Some(Cause::DeliveredTooOften) => "Too many workers ended while they handled it",
        Some(Cause::Failed) => "An error that a retry does not fix",
        None => "Parked by an older version",
    }
}
