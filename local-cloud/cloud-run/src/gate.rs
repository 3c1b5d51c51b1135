//! Decides who may call a service's URL: ingress first, then identity, as on Cloud Run.
//!
//! In the local cloud, a request is *internal* if it has an identity token with the email of a
//! service account, as requests from Pub/Sub and other parts of the project have. Requests by
//! people are external. There is no load balancer, so a service with load-balancer ingress accepts
//! only internal requests.
//!
//! Roles on the service count, and roles on its project. Folders and organizations do not exist.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE,
};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use google_cloud_run_v2::model::IngressTraffic;
use parking_lot::Mutex;

use super::core::{Entry, INVOKERS};
use longshore_local_identity::{Claims, OWNER, Signer, member_of};

/// Takes precedence over `Authorization`.
/// <https://cloud.google.com/run/docs/authenticating/service-to-service>
const OWN_AUTHORIZATION: HeaderName = HeaderName::from_static("x-serverless-authorization");

/// Replaces the signature of a token, so that the function cannot reuse the token elsewhere.
const NO_SIGNATURE: &str = "SIGNATURE_REMOVED_BY_GOOGLE";

/// Who has roles on projects.
pub trait ProjectGrants: Send + Sync {
    /// The members that have one of the roles on a project, which is named by its id or number.
    fn members_with(&self, project: &str, roles: &[&str]) -> BTreeSet<String>;
}

/// Who has roles on the project of one service.
pub(super) struct OnProject {
    pub(super) project: String,
    pub(super) grants: Arc<dyn ProjectGrants>,
}

/// What a service requires of its callers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Admission {
    /// Whether external requests are accepted.
    pub(super) outside: bool,
    /// Whether a request needs no identity.
    pub(super) public: bool,
    /// Members of the policy that may call.
    pub(super) invokers: BTreeSet<String>,
    /// Accepted token audiences.
    pub(super) audiences: Vec<String>,
}

/// Why a request is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// The request is external.
    Outside,
    /// The request has no identity, or one that may not call.
    Forbidden,
    /// The token is invalid.
    Unauthorized,
}

impl Admission {
    pub(super) fn of(entry: &Entry) -> Self {
        let service = &entry.service;
        let tags = service.traffic_statuses.iter().map(|status| &status.uri);
        let audiences = service.urls.iter().chain(&service.custom_audiences).chain(tags);
        Self {
            outside: matches!(service.ingress, IngressTraffic::All | IngressTraffic::Unspecified),
            public: entry.is_public(),
            invokers: entry.invokers(),
            audiences: audiences.filter(|audience| !audience.is_empty()).cloned().collect(),
        }
    }

    /// `identity` has the claims of the request's token, or is `None` without a token.
    fn decide(&self, identity: Option<Result<Claims, ()>>) -> Result<(), Rejection> {
        let is_inside = matches!(&identity, Some(Ok(claims)) if member_of(&claims.email).starts_with("serviceAccount:"));
        if !self.outside && !is_inside {
            return Err(Rejection::Outside);
        }
        match identity {
            _ if self.public => Ok(()),
            None => Err(Rejection::Forbidden),
            Some(Err(())) => Err(Rejection::Unauthorized),
            Some(Ok(claims)) if self.may_call(&claims) => Ok(()),
            Some(Ok(_)) => Err(Rejection::Forbidden),
        }
    }

    fn may_call(&self, claims: &Claims) -> bool {
        // Compares the subject, because a token may omit the email.
        let is_caller = |member: &String| {
            member
                .split_once(':')
                .is_some_and(|(_, email)| claims.is_of(email) && member_of(email) == *member)
        };
        let domain = claims.email.rsplit_once('@').map(|(_, domain)| format!("domain:{domain}"));
        claims.is_of(OWNER)
            || self.invokers.contains("allAuthenticatedUsers")
            || self.invokers.iter().any(is_caller)
            || domain.is_some_and(|domain| self.invokers.contains(&domain))
    }
}

/// Checks the requests to one service.
pub(super) struct Gate {
    admission: Mutex<Admission>,
    signer: Arc<Signer>,
    on_project: Option<OnProject>,
}

impl Gate {
    /// Without `on_project`, only roles on the service count.
    pub(super) fn new(signer: Arc<Signer>, on_project: Option<OnProject>) -> Self {
        Self { admission: Mutex::default(), signer, on_project }
    }

    pub(super) fn set(&self, admission: Admission) {
        *self.admission.lock() = admission;
    }

    #[cfg(test)]
    pub(super) fn is_public(&self) -> bool {
        self.admission.lock().public
    }

    /// Accepts or rejects the request. The token of an accepted request has its signature removed,
    /// unless the service is public. `Authorization` beside the header for Cloud Run is the
    /// function's own, and stays as it is.
    pub(super) fn admit(&self, headers: &mut HeaderMap, now: SystemTime) -> Result<(), Rejection> {
        let mut admission = self.admission.lock().clone();
        if let Some(OnProject { project, grants }) = &self.on_project
            && !admission.public
        {
            admission.invokers.extend(grants.members_with(project, &INVOKERS));
        }
        let audiences: Vec<&str> = admission.audiences.iter().map(String::as_str).collect();
        let mut names = [OWN_AUTHORIZATION, AUTHORIZATION].into_iter();
        let checked = names.find(|name| headers.get(name).and_then(bearer).is_some());
        let token = checked.as_ref().and_then(|name| bearer(headers.get(name)?));
        admission.decide(
            token.map(|token| self.signer.verify(token, &audiences, now).map_err(|_| ())),
        )?;
        if let Some(name) = checked.filter(|_| !admission.public) {
            remove_signature(headers, name);
        }
        Ok(())
    }
}

fn bearer(header: &HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

fn remove_signature(headers: &mut HeaderMap, name: HeaderName) {
    let Some((signed, _)) =
        headers.get(&name).and_then(bearer).and_then(|token| token.rsplit_once('.'))
    else {
        return;
    };
    // Cannot fail: a token consists of characters that are valid in a header.
    if let Ok(value) = HeaderValue::from_str(&format!("Bearer {signed}.{NO_SIGNATURE}")) {
        headers.insert(name, value);
    }
}

impl Rejection {
    /// The response, worded as by Google's front end.
    pub(super) fn response(self, uri: &Uri) -> Response {
        match self {
            Self::Outside => page(StatusCode::NOT_FOUND, "Page not found", &not_found(uri)),
            Self::Forbidden => page(
                StatusCode::FORBIDDEN,
                "Forbidden",
                "Your client does not have permission to get the requested URL from this server.",
            ),
            Self::Unauthorized => {
                let text = "Your client does not have permission to the requested URL.";
                let mut response = page(StatusCode::UNAUTHORIZED, "Unauthorized", text);
                let challenge = "Bearer error=\"invalid_token\" error_description=\"The access token could not be verified\"";
                response
                    .headers_mut()
                    .insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
                response
            }
        }
    }
}

/// The path comes from the caller, so it is escaped for HTML.
fn not_found(uri: &Uri) -> String {
    let path = uri.path().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("The requested URL <code>{path}</code> was not found on this server.")
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let number = status.as_u16();
    let page = format!(
        "<html><head>\n<meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n<title>{number} {title}</title>\n\
         </head>\n<body text=#000000 bgcolor=#ffffff>\n<h1>Error: {title}</h1>\n<h2>{text}</h2>\n<h2></h2>\n</body></html>\n"
    );
    (status, [(CONTENT_TYPE, "text/html; charset=UTF-8")], page).into_response()
}

#[cfg(test)]
mod tests;
