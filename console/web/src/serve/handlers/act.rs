//! Actions: asked for, then run.

use std::sync::Arc;

use axum::extract::{RawForm, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use longshore_cloud::chain;
use maud::Markup;

use super::{Shared, now, value};
use crate::actions::{Act, Planned, plan};
use crate::site::Site;
use crate::views::actions as view;
use crate::views::page::{Page, Section};

/// Records that the page of them shows.
const LISTED: usize = 500;

fn shown(site: &Site, status: StatusCode, body: Markup) -> Response {
    let snapshot = site.index.current();
    let title = "Confirm".to_owned();
    let page = Page { title, section: None, site, snapshot: &snapshot, body };
    (status, Html(page.render())).into_response()
}

/// Asks. Changes nothing.
pub(crate) async fn ask(State(site): Shared, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let of = |key| value(&query, key).unwrap_or_default();
    match plan(&of("action"), &of("target")) {
        Ok(planned) => {
            let planned = fitting(&site, planned).await;
            shown(&site, StatusCode::OK, view::ask(&planned, site.guard.csrf(), "", None))
        }
        Err(refusal) => shown(&site, StatusCode::BAD_REQUEST, view::refused(&refusal.to_string())),
    }
}

/// The same action, or a rollback by a build where the function can go back by nothing else. If its
/// service cannot be read, the command says so.
async fn fitting(site: &Site, planned: Planned) -> Planned {
    let Some(at) = planned.goes_back() else { return planned };
    let live = site.fleet.clients.services.get(&at.service()).await;
    let is_of_function = matches!(live, Ok(Some(live)) if live.is_of_function());
    let rebuild = || plan(Act::Rebuild.as_str(), &planned.target).ok();
    is_of_function.then(rebuild).flatten().unwrap_or(planned)
}

/// Runs the command of an action. The guard has checked where the request comes from.
pub(crate) async fn act(State(site): Shared, RawForm(form): RawForm) -> Response {
    let form = String::from_utf8_lossy(&form).into_owned();
    let of = |key| value(&form, key).unwrap_or_default();
    if !site.guard.is_own_form(&of("form")) {
        let problem =
            "this form is from another console, or from one that has ended: reload the page";
        return shown(&site, StatusCode::FORBIDDEN, view::refused(problem));
    }
    let planned = match plan(&of("action"), &of("target")) {
        Ok(planned) => planned,
        Err(refusal) => {
            return shown(&site, StatusCode::BAD_REQUEST, view::refused(&refusal.to_string()));
        }
    };
    let written = of("reason");
    let reason = match planned.reason(&written) {
        Ok(reason) => reason,
        Err(refusal) => {
            let body = view::ask(&planned, site.guard.csrf(), &written, Some(&refusal));
            return shown(&site, StatusCode::BAD_REQUEST, body);
        }
    };
    let site = Arc::clone(&site);
    // A browser that leaves does not end the command.
    let ran = tokio::spawn(async move {
        let ran = site.program.run(&planned.arguments(&reason)).await;
        tracing::info!(
            action = planned.act.as_str(),
            target = planned.target,
            code = ran.code,
            "ran an action"
        );
        shown(&site, StatusCode::OK, view::result(&planned, &reason, &ran))
    });
    match ran.await {
        Ok(response) => response,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// What operators did.
pub(crate) async fn audit(State(site): Shared) -> Html<String> {
    let snapshot = site.index.fresh().await;
    let actions = site.fleet.ledger.list_actions(LISTED).await.map_err(|error| chain(&error));
    let body = view::audit(&actions, now());
    let title = "Actions".to_owned();
    let section = Some(Section::Actions);
    Html(Page { title, section, site: &site, snapshot: &snapshot, body }.render())
}
