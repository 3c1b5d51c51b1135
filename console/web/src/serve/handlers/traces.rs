//! Traces from files.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use longshore_cloud::chain;
use longshore_trace_store::{Idle, Trace, Waterfall, from_json};
use maud::{Markup, html};

use super::Shared;
use crate::site::Site;
use crate::views::page::{Page, heading};
use crate::views::waterfall;

fn shown(site: &Site, body: Markup) -> Html<String> {
    let snapshot = site.index.current();
    let title = "A trace from a file".to_owned();
    Html(Page { title, section: None, site, snapshot: &snapshot, body }.render())
}

/// Asks for a file. Its form is sent by the script, because a browser sends files as `multipart`,
/// and no other page needs a parser for that.
pub(crate) async fn open_trace(State(site): Shared) -> Html<String> {
    let body = html! {
        (heading("Open a trace", &html! {
            p class="lead" { "A file in OTLP’s JSON, as Export writes it" }
        }))
        section class="card ask" {
            label for="file" { "File" }
            input id="file" type="file" accept=".json,application/json"
                data-open-trace=(site.guard.csrf());
            p class="sub" { "It is drawn and not kept. At most 16 MiB." }
            noscript {
                p class="notice" {
                    "This page needs JavaScript. Without it: longshore trace --file FILE"
                }
            }
        }
        div id="opened" aria-live="polite" {}
    };
    shown(&site, body)
}

/// Draws a file.
pub(crate) async fn opened_trace(
    State(site): Shared,
    headers: HeaderMap,
    content: Bytes,
) -> Response {
    let form = headers.get("x-form").and_then(|form| form.to_str().ok()).unwrap_or_default();
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|ty| ty == "application/json");
    if !is_json || !site.guard.is_own_form(form) {
        return (StatusCode::FORBIDDEN, "load the page again\n").into_response();
    }
    let drawing = tokio::task::spawn_blocking(move || {
        from_json(&content).map(|data| {
            let trace = Trace::from_otlp(data);
            let drawn = Waterfall::of(&trace, Idle::Folded);
            (trace, drawn)
        })
    });
    let body = match drawing.await {
        Ok(Ok((trace, drawn))) => html! {
            section class="card" id="opened-trace" {
                div class="card-head" { h2 { "Spans" } }
                (waterfall::picture(&trace, &drawn, None))
            }
        },
        Ok(Err(error)) => {
            html! { p id="opened-trace" class="notice bad" role="alert" { (chain(&error)) } }
        }
        Err(error) => html! { p id="opened-trace" class="notice bad" role="alert" { (error) } },
    };
    shown(&site, body).into_response()
}
