//! Asking before an action, its result, and what operators did.

use longshore_ledger::Action;
use maud::{Markup, html};
use time::OffsetDateTime;

use super::page::{heading, nothing};
use crate::actions::{Planned, Refusal};
use crate::site::Ran;
use crate::words::{Tone, ago, icon, moment};

/// Asks for a reason, and shows the command. `written` is what was written before, with its problem.
pub(crate) fn ask(
    planned: &Planned,
    csrf: &str,
    written: &str,
    problem: Option<&Refusal>,
) -> Markup {
    let act = planned.act;
    html! {
        form class="card ask" id="ask" method="post" action="/act" {
            h1 { (act.verb()) }
            p class="subject" { (planned.subject) }
            p { (act.consequence()) }
            @if let Some(problem) = problem { p class="notice bad" role="alert" { (problem) } }
            input type="hidden" name="action" value=(act.as_str());
            input type="hidden" name="target" value=(planned.target);
            input type="hidden" name="form" value=(csrf);
            label for="reason" { "Reason" }
            textarea id="reason" name="reason" rows="2" required maxlength=(act.reason_max())
                placeholder="Reason, for people who read it later" autofocus { (written) }
            p class="label" { "This command runs:" }
            pre class="code command" tabindex="0" {
                code id="command" data-base=(planned.base()) {
                    (planned.command(&planned.reason(written).unwrap_or_default()))
                }
            }
            div class="buttons" {
                button class={ "button primary" @if act.is_final() { " danger" } } type="submit" {
                    (act.verb())
                }
                a class="button" href=(planned.page) data-close { "Leave it" }
            }
        }
    }
}

/// What the command did.
pub(crate) fn result(planned: &Planned, reason: &str, ran: &Ran) -> Markup {
    let is_good = ran.code == Some(0);
    html! {
        section class="card ask" id="result" role="status" {
            h1 { (icon(if is_good { Tone::Good } else { Tone::Bad }))
                (planned.act.verb()) @if is_good { ": done" } @else { ": failed" } }
            p class="subject" { (planned.subject) }
            @for line in ran.messages.lines() {
                p class={ @if !is_good { "notice bad" } } { (line) }
            }
            pre class="code command" tabindex="0" { (planned.command(reason)) }
            @if !ran.output.trim().is_empty() {
                details {
                    summary { "Output" }
                    pre class="code" tabindex="0" { (pretty(&ran.output)) }
                }
            }
            @if let Some(code) = ran.code.filter(|code| *code != 0) {
                p class="sub" { "Exit code " (code) }
            }
            div class="buttons" { a class="button primary" href=(planned.page) { "Continue" } }
        }
    }
}

fn pretty(output: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(output);
    let pretty = parsed.ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| output.to_owned())
}

/// What cannot be done.
pub(crate) fn refused(problem: &str) -> Markup {
    html! {
        section class="card ask" {
            h1 { "This cannot be done" }
            p class="notice bad" role="alert" { (problem) }
        }
    }
}

/// What operators did, newest first.
pub(crate) fn audit(actions: &Result<Vec<Action>, String>, now: OffsetDateTime) -> Markup {
    html! {
        (heading("Actions", &html! {
            p class="lead" { "What operators did with a command or here, and why" }
        }))
        section class="card" id="audit" data-live {
            @match actions {
                Err(problem) => p class="notice bad" { "The records cannot be read: " (problem) },
                Ok(actions) if actions.is_empty() => (nothing("No actions yet.")),
                Ok(actions) => div class="scroll" tabindex="0" role="region" aria-label="Table of actions" { table class="plain wide-rows" {
                    caption class="sr" { "Actions, newest first" }
                    thead { tr {
                        th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" }
                        th scope="col" { "To" } th scope="col" { "Why" } th scope="col" { "Result" }
                    } }
                    tbody { @for action in actions { tr {
                        td { (moment(action.at)) span class="sub block" { (ago(action.at, now)) } }
                        td { (action.by) }
                        th scope="row" { (action.action) }
                        td { (target(action)) }
                        td { (action.reason) }
                        td { (action.result) }
                    } } }
                } },
            }
        }
    }
}

/// The target, as a link if it has a page.
fn target(action: &Action) -> Markup {
    let is_id = action.target.len() == 32 && action.target.bytes().all(|b| b.is_ascii_hexdigit());
    let is_batch = action.action.starts_with("batch");
    let (function, _) = action.target.split_once('@').unwrap_or((&action.target, ""));
    html! {
        @if is_id && is_batch {
            a href={ "/batches/" (action.target) } { code { (&action.target[..8]) } }
        }
        @else if is_id {
            a href={ "/deployments/" (action.target) } { code { (&action.target[..8]) } }
        }
        @else if function.parse::<longshore_messages::FunctionRef>().is_ok() {
            a href={ "/functions/" (function) } { (action.target) }
        }
        @else { code class="break" { (action.target) } }
    }
}
