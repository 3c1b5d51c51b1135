//! The layers before each API.

use axum::Router;
use longshore_local_kit::coverage::Method;
use longshore_local_kit::quotas::Quotas;

use crate::audit::Audit;

/// The layers before each API.
pub(crate) struct Before {
    pub(crate) audit: Audit,
    pub(crate) quotas: Quotas,
}

impl Before {
    /// A call that exceeds a quota is not logged.
    pub(crate) fn over(
        &self,
        router: Router,
        service: &'static str,
        lists: &[&'static [Method]],
    ) -> Router {
        self.quotas.over(self.audit.over(router, service, lists), service, lists)
    }
}
