//! From a request to a page.

mod act;
mod one;
mod traces;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{Html, IntoResponse as _, Response};
use longshore_cloud::chain;
use longshore_console_model::filter::Filter;
use longshore_console_model::index::snapshot::Snapshot;
use longshore_console_model::quotas as quotas_model;
use maud::{Markup, html};
use time::OffsetDateTime;

pub(super) use self::act::{act, ask, audit};
pub(super) use self::one::{batch, deployment, deployment_tab, export, function, ledger_object};
pub(super) use self::traces::{open_trace, opened_trace};
use crate::catalogue;
use crate::site::Site;
use crate::views::page::{Page, Section};
use crate::views::{
    batches as batches_view, deployments as deployments_view, failures as failures_view,
    functions as functions_view, parked as parked_view, quotas as quotas_view, road as road_view,
};
use crate::words::visible;

type Shared = State<Arc<Site>>;

/// A page about what the index knows.
fn page(
    site: &Site,
    snapshot: &Snapshot,
    section: Section,
    title: &str,
    body: Markup,
) -> Html<String> {
    let title = title.to_owned();
    Html(Page { title, section: Some(section), site, snapshot, body }.render())
}

/// A page that says why there is no other one.
fn problem(site: &Site, snapshot: &Snapshot, status: StatusCode, text: &str) -> Response {
    let body = html! { section class="card ask" { h1 { (title_of(status)) } p { (text) }
    p { a href="/" { "To the road" } } } };
    let page = Page { title: title_of(status).to_owned(), section: None, site, snapshot, body };
    (status, Html(page.render())).into_response()
}

fn title_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::BAD_GATEWAY => "It cannot be read",
        _ => "This cannot be done",
    }
}

/// The value of a key in a query.
fn value(query: &str, key: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

pub(super) async fn road(State(site): Shared) -> Html<String> {
    let snapshot = site.index.fresh().await;
    page(&site, &snapshot, Section::Road, "Road", road_view::body(&snapshot, now()))
}

pub(super) async fn deployments(State(site): Shared, RawQuery(query): RawQuery) -> Html<String> {
    let snapshot = site.index.fresh().await;
    let query = query.unwrap_or_default();
    let from = from(&query);
    let body = deployments_view::body(&snapshot, &Filter::parse(&query), from, now());
    page(&site, &snapshot, Section::Deployments, "Deployments", body)
}

/// The rows of a part of the list, and nothing around them.
pub(super) async fn deployment_rows(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let snapshot = site.index.current();
    let query = query.unwrap_or_default();
    let (from, now) = (from(&query), now());
    let selected = Filter::parse(&query).select(&snapshot, now);
    let part: Vec<_> = selected.iter().skip(from).take(deployments_view::ROWS).collect();
    let rows = deployments_view::rows(&part, from, now).into_string();
    let total = [("x-total", selected.len().to_string())];
    // A row alone is no document: the parser of a browser drops it outside of a table.
    let table = format!("<table><tbody>{}</tbody></table>", visible(&rows));
    (total, Html(table)).into_response()
}

fn from(query: &str) -> usize {
    value(query, "from").and_then(|from| from.parse().ok()).unwrap_or(0)
}

pub(super) async fn failures(State(site): Shared, RawQuery(query): RawQuery) -> Html<String> {
    let snapshot = site.index.fresh().await;
    let since = value(&query.unwrap_or_default(), "since").unwrap_or_else(|| "24h".to_owned());
    let body = failures_view::body(&snapshot, &since, now());
    page(&site, &snapshot, Section::Failures, "Failures", body)
}

pub(super) async fn functions(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let snapshot = site.index.fresh().await;
    let text = value(&query.unwrap_or_default(), "q").unwrap_or_default();
    match catalogue::functions(&site).await {
        Ok((rows, problems)) => {
            let body = functions_view::list(&rows, &problems, &text, now());
            page(&site, &snapshot, Section::Functions, "Functions", body).into_response()
        }
        Err(error) => problem(&site, &snapshot, StatusCode::BAD_GATEWAY, &error),
    }
}

pub(super) async fn batches(State(site): Shared) -> Html<String> {
    let snapshot = site.index.fresh().await;
    page(&site, &snapshot, Section::Batches, "Batches", batches_view::list(&snapshot, now()))
}

pub(super) async fn parked(State(site): Shared) -> Html<String> {
    let snapshot = site.index.fresh().await;
    page(&site, &snapshot, Section::Parked, "Parked", parked_view::body(&snapshot, now()))
}

pub(super) async fn quotas(State(site): Shared) -> Html<String> {
    let snapshot = site.index.fresh().await;
    let (ledger, pacer) = (&site.fleet.ledger, &site.fleet.clients.pacer);
    let read = quotas_model::read(ledger, pacer, &snapshot).await;
    let body = quotas_view::body(&read.map_err(|error| chain(&error)));
    page(&site, &snapshot, Section::Quotas, "Quotas", body)
}

/// Exchanges the token of the printed URL for a cookie, so that it does not stay in URLs.
pub(super) async fn sign_in(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let token = value(&query.unwrap_or_default(), "token").unwrap_or_default();
    match site.guard.cookie(&token) {
        Some(cookie) => {
            let headers = [(SET_COOKIE, cookie), (LOCATION, "/".to_owned())];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        None => {
            (StatusCode::UNAUTHORIZED, "this is not the token of this console\n").into_response()
        }
    }
}

pub(super) async fn not_found(State(site): Shared) -> Response {
    let snapshot = site.index.current();
    problem(&site, &snapshot, StatusCode::NOT_FOUND, "There is no such page.")
}
