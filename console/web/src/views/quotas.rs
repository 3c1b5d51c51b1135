//! Quotas, and what is left of them.

use longshore_console_model::quotas::{Quota, Use};
use maud::{Markup, html};

use super::page::{heading, nothing};
use crate::words::{Tone, clock, counted, pill};

pub(crate) fn body(quotas: &Result<Vec<Quota>, String>) -> Markup {
    html! {
        (heading("Quotas", &html! {
            p class="lead" {
                "What all workers together have used of Google’s quotas in the last minute"
            }
        }))
        section class="card" id="quotas" data-live {
            @match quotas {
                Err(problem) => {
                    p class="notice bad" role="alert" {
                        b { "The ledger cannot be read. " } (problem)
                    }
                }
                Ok(quotas) if quotas.is_empty() => (nothing(
                    "No call was counted yet. A local cloud has only the quotas that it is started \
                     with: longshore up --quotas google."
                )),
                Ok(quotas) => (table(quotas)),
            }
        }
    }
}

fn table(quotas: &[Quota]) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Table of quotas" {
            table class="plain wide-rows" {
                caption class="sr" { "Quotas, the scarcest first" }
                thead { tr {
                    th scope="col" { "Quota" } th scope="col" { "Project and region" }
                    th scope="col" { "Used" } th scope="col" class="num" { "Left" }
                    th scope="col" class="num" { "Behind it" }
                } }
                tbody { @for quota in quotas { (row(quota)) } }
            }
        }
    }
}

fn row(quota: &Quota) -> Markup {
    let key = &quota.key;
    let is_named = quota.projects.is_empty() || quota.projects.contains(&key.project);
    html! {
        tr {
            th scope="row" {
                (capitalized(key.api.quota())) span class="sub block" { (key.api.name()) }
            }
            td {
                @for (index, id) in quota.projects.iter().enumerate() {
                    @if index > 0 { ", " } (id)
                }
                @if quota.projects.is_empty() { (key.project) }
                span class="sub block" {
                    @if key.region.is_empty() { "all regions" } @else { (key.region) }
                    @if !is_named { ", project " (key.project) }
                }
            }
            @match &quota.used {
                Ok(used) => {
                    td class="share-cell" { (bar(used)) }
                    td class="num" { b { (used.left()) } }
                }
                Err(problem) => {
                    td colspan="2" { (pill(Tone::Bad, "unreadable")) " " (problem) }
                }
            }
            td class="num" {
                @if quota.behind == 0 { "–" } @else { (counted(quota.behind, "deployment")) }
            }
        }
    }
}

fn bar(used: &Use) -> Markup {
    let Use { made, taken, limit, ceiling, .. } = used;
    let share = |calls: u32| f64::from(calls.min(*limit)) / f64::from((*limit).max(1)) * 100.0;
    let (made_share, all_share) = (share(*made), share(made + taken));
    let class = match all_share {
        90.0.. => "bad",
        60.0.. => "warn",
        _ => "good",
    };
    let label = format!("{made} of {limit} calls in the last minute, {taken} in the next seconds");
    html! {
        svg class="share" width="100%" height="8" role="img" aria-label=(label) {
            rect class="track" width="100%" height="8" rx="4" {}
            rect class="bar busy" width={ (format!("{all_share:.1}")) "%" } height="8" rx="4" {}
            rect class={ "bar " (class) } width={ (format!("{made_share:.1}")) "%" } height="8"
                rx="4" {}
        }
        span class="sub num" {
            (made) " of " (limit)
            @if *taken > 0 { ", " (taken) " in the next seconds" }
            @if limit < ceiling { ", lowered from " (ceiling) " by a refusal" }
        }
        @if let Some(until) = used.blocked_until {
            span class="sub block" { "Nothing is called before " (clock(until)) " UTC." }
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
