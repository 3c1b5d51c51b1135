//! The layers before each API.

use axum::Router;
use longshore_local_kit::coverage::Method;
use longshore_local_kit::quotas::Quotas;
use longshore_local_kit::rest::Front;
use longshore_local_storage as storage;

use crate::audit::Audit;

/// The only API that serves another protocol on the same port.
pub(crate) const STORAGE: &str = "storage.googleapis.com";

/// The layers before each API.
pub(crate) struct Before {
    pub(crate) audit: Audit,
    pub(crate) quotas: Quotas,
}

impl Before {
    /// A call that exceeds a quota is not logged. The front is first, so that the layers see the
    /// method and the document that the API sees.
    pub(crate) fn over(
        &self,
        router: Router,
        service: &'static str,
        lists: &[&'static [Method]],
    ) -> Router {
        let front = if service == STORAGE { storage::front() } else { Front::default() };
        front.before(self.quotas.over(self.audit.over(router, service, lists), service, lists))
    }
}
