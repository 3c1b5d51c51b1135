//! Quotas, and what is left of them.

use longshore_console_model::index::snapshot::Snapshot;
use longshore_console_model::quotas::{Quota, quotas};
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::{heading, nothing};
use crate::words::counted;

pub(crate) fn body(snapshot: &Snapshot, now: OffsetDateTime) -> Markup {
    let quotas = quotas(snapshot, now);
    html! {
        (heading("Quotas", &html! {
            p class="lead" {
                "What the fleet has used in the last minute, by the ledger"
            }
        }))
        section class="card" id="quotas" data-live {
            @if quotas.is_empty() { (nothing("Nothing was deployed in the last day.")) } @else {
                div class="scroll" tabindex="0" role="region" aria-label="Wide content" { table class="plain wide-rows" {
                    caption class="sr" { "Quotas, the scarcest first" }
                    thead { tr {
                        th scope="col" { "Quota" } th scope="col" { "Project and region" }
                        th scope="col" { "Used" } th scope="col" class="num" { "Left" }
                        th scope="col" class="num" { "Behind it" }
                    } }
                    tbody { @for quota in &quotas { (row(quota)) } }
                } }
            }
        }
    }
}

fn row(quota: &Quota) -> Markup {
    let share = f64::from(quota.used.min(quota.per_minute)) / f64::from(quota.per_minute) * 100.0;
    let class = if share >= 90.0 {
        "bad"
    } else if share >= 60.0 {
        "warn"
    } else {
        "good"
    };
    html! {
        tr {
            th scope="row" { (quota.name) " a minute" }
            td {
                (quota.project) @if !quota.region.is_empty() { " · " (quota.region) } @else {
                    " · all regions"
                }
            }
            td class="share-cell" {
                svg class="share" width="100%" height="8" role="img"
                    aria-label={ (quota.used) " of " (quota.per_minute) } {
                    rect class="track" width="100%" height="8" rx="4" {}
                    rect class={ "bar " (class) } width={ (format!("{share:.1}")) "%" } height="8"
                        rx="4" {}
                }
                span class="sub num" { (quota.used) " of " (quota.per_minute) }
            }
            td class="num" { b { (quota.left()) } }
            td class="num" {
                @if quota.behind == 0 { "–" } @else {
                    (counted(usize::try_from(quota.behind).unwrap_or_default(), "deployment"))
                }
            }
        }
    }
}
