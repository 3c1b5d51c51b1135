//! What of a function is lost in a migration, each with what to do. Pure.

use longshore_cloud::Beyond;
use serde::Serialize;

/// A part of a function that the new one does not have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lost {
    /// Path of the field in a manifest, or the name of the setting if there is none.
    pub(crate) field: String,
    pub(crate) reason: String,
    /// What to do.
    pub(crate) advice: String,
}

impl Lost {
    pub(crate) fn new(
        field: impl Into<String>,
        reason: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), reason: reason.into(), advice: advice.into() }
    }

    /// A setting that a specification cannot say. What a function cannot do without is an obstacle
    /// instead, and what Google does for each function by itself is no loss.
    pub(crate) fn beyond(beyond: Beyond) -> Option<Self> {
        let (field, reason, advice) = match beyond {
            Beyond::AllEgress => (
                "egress",
                "all its traffic leaves through the network, and that of the new one only to \
                 private addresses",
                "`gcloud run services update SERVICE --vpc-egress all-traffic`",
            ),
            Beyond::BinaryAuthorization => (
                "binaryAuthorization",
                "it has a policy of Binary Authorization",
                "`gcloud run services update SERVICE --binary-authorization POLICY`",
            ),
            Beyond::PinnedTraffic => (
                "traffic",
                "its traffic is pinned to revisions or has tags, and the new one serves its newest \
                 revision",
                "check which of its revisions is migrated: it is the source of the newest",
            ),
            Beyond::Probes => (
                "probes",
                "it has probes of its own",
                "set them with `gcloud run services update SERVICE --startup-probe --liveness-probe`",
            ),
            Beyond::SessionAffinity => (
                "sessionAffinity",
                "it has session affinity",
                "`gcloud run services update SERVICE --session-affinity`",
            ),
            Beyond::ServiceMesh => (
                "serviceMesh",
                "it belongs to a service mesh",
                "`gcloud run services update SERVICE --mesh MESH`",
            ),
            Beyond::CustomAudiences => (
                "customAudiences",
                "it accepts tokens for custom audiences",
                "`gcloud run services update SERVICE --add-custom-audiences AUDIENCE`",
            ),
            Beyond::IdentityAwareProxy => (
                "iap",
                "it is behind Identity-Aware Proxy",
                "`gcloud run services update SERVICE --iap`",
            ),
            Beyond::MultiRegion => (
                "multiRegion",
                "it is one of the regions of a multi-region service",
                "add the new region with `gcloud run multi-region-services update`",
            ),
            Beyond::ServiceScaling => (
                "scaling",
                "the number of its instances is set for the service as a whole",
                "set `service.minInstances` and `service.maxInstances` of the entry",
            ),
            Beyond::NoDefaultUrl => (
                "defaultUrl",
                "its URL is disabled, and that of the new one is not",
                "`gcloud run services update SERVICE --no-default-url`",
            ),
            Beyond::AlwaysCpu => (
                "cpuIdle",
                "it has CPU outside of requests",
                "`gcloud run services update SERVICE --no-cpu-throttling`",
            ),
            Beyond::KeyRevocation => (
                "keyRevocation",
                "it says what happens when its key is revoked",
                "`gcloud run services update SERVICE --post-key-revocation-action-type`",
            ),
            Beyond::BaseImageUpdates
            | Beyond::Sidecars
            | Beyond::OtherVolumes
            | Beyond::Command
            | Beyond::Port
            | Beyond::Gpu => return None,
        };
        Some(Self::new(field, reason, advice))
    }
}
