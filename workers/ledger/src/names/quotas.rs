//! Names of the objects of quotas.

use longshore_cloud::pacing::{Api, Key};

/// Prefix of the quotas.
pub const QUOTAS: &str = "quotas/";

/// The region in the names of quotas that cover all regions.
const ALL_REGIONS: &str = "global";

/// What all replicas share of a quota.
#[must_use]
pub fn quota(key: &Key) -> String {
    let Key { project, region, api } = key;
    let region = if region.is_empty() { ALL_REGIONS } else { region };
    format!("{QUOTAS}{project}/{region}/{}", api.name())
}

/// The quota of a name. `None` if only a newer version knows its API.
#[must_use]
pub fn quota_of(name: &str) -> Option<Key> {
    let mut parts = name.strip_prefix(QUOTAS)?.split('/');
    let (project, region, api) = (parts.next()?, parts.next()?, parts.next()?);
    let api = Api::ALL.into_iter().find(|known| known.name() == api)?;
    let region = if region == ALL_REGIONS { "" } else { region };
    let key = Key { project: project.to_owned(), region: region.to_owned(), api };
    parts.next().is_none().then_some(key)
}
