//! The layers before each API.

use axum::Router;
use longshore_local_kit::coverage::Method;
use longshore_local_kit::quotas::Quotas;
use longshore_local_kit::rest::Front;
use longshore_local_storage as storage;
use longshore_local_transcode as transcode;

use crate::audit::Audit;
use crate::testing::Layers;

/// The only API that serves another protocol on the same port.
pub(crate) const STORAGE: &str = "storage.googleapis.com";

/// The layers before each API.
pub(crate) struct Before {
    pub(crate) audit: Audit,
    pub(crate) quotas: Quotas,
    pub(crate) testing: Layers,
}

impl Before {
    /// A call that exceeds a quota is not logged. One that a test makes fail does not count, and
    /// neither does one whose parameters are refused. The front is before these layers, so that they
    /// see the method and the document that the API sees. gRPC calls that are transcoded are REST
    /// calls to all of them.
    pub(crate) fn over(
        &self,
        router: Router,
        service: &'static str,
        lists: &[&'static [Method]],
    ) -> Router {
        let router = self.quotas.over(self.audit.over(router, service, lists), service, lists);
        let router = self.testing.over(router, service, lists);
        let router = if service == STORAGE {
            storage::front().before(router)
        } else {
            Front::default().before(transcode::checked(router, lists))
        };
        transcode::over(router, lists)
    }

    /// Both transports of APIs that have no quotas and change nothing that is logged.
    pub(crate) fn unwatched(
        &self,
        router: Router,
        service: &'static str,
        methods: &'static [Method],
    ) -> Router {
        let router = self.testing.over(router, service, &[methods]);
        let router = transcode::checked(router, &[methods]);
        transcode::over(Front::default().before(router), &[methods])
    }
}
