//! The operations behind both protocols.

mod messages;
mod policies;
mod schemas;
mod snapshots;
mod subscriptions;
mod topics;

pub(super) use self::messages::{acknowledge, modify_ack_deadline, publish, pull, seek};
pub(super) use self::policies::{get_policy, set_policy, test_permissions};
pub(super) use self::schemas::{
    commit_schema, create_schema, delete_revision, delete_schema, get_schema, list_revisions,
    list_schemas, rollback_schema, validate_message, validate_schema,
};
pub(super) use self::snapshots::{
    create_snapshot, delete_snapshot, get_snapshot, list_snapshots, list_topic_snapshots,
    update_snapshot,
};
pub(super) use self::subscriptions::{
    create_subscription, delete_subscription, detach_subscription, get_subscription,
    list_subscriptions, modify_push_config, update_subscription,
};
pub(super) use self::topics::{
    create_topic, delete_topic, get_topic, list_topic_subscriptions, list_topics, update_topic,
};

use crate::core::Refusal;
use longshore_local_kit::pages::{self, InvalidPage};

/// Default number of entries on a page.
const DEFAULT_PAGE: usize = 100;
/// Maximum number of entries on a page.
const LARGEST_PAGE: usize = 1000;

/// The paths of a field mask, which must not be empty.
fn mask_paths(mask: Option<prost_types::FieldMask>) -> Result<Vec<String>, Refusal> {
    let paths = mask.unwrap_or_default().paths;
    if paths.is_empty() {
        Err(Refusal::invalid(
            "The update_mask must be set, and must contain a non-empty paths list.",
        ))
    } else {
        Ok(paths)
    }
}

/// The error for a path of a mask that cannot be updated. `known` are the fields that exist.
fn not_mutable(resource: &str, path: &str, known: &[&str]) -> Refusal {
    if known.contains(&path) {
        return Refusal::invalid(format!(
            "Invalid update_mask provided: the {path} field in the {resource} is not mutable."
        ));
    }
    Refusal::invalid(format!(
        "Invalid update_mask provided: {path} is not a known {resource} field. \
         Note that field paths must be of the form 'push_config' rather than 'pushConfig'."
    ))
}

/// One page of entries, which are sorted by a key, and the token of the next page.
fn page<T>(
    entries: impl Iterator<Item = T>,
    key: impl Fn(&T) -> &String,
    size: i32,
    token: &str,
) -> Result<(Vec<T>, String), Refusal> {
    let before = pages::key_before(token).map_err(refused)?;
    let rest = entries.skip_while(|entry| before.as_ref().is_some_and(|last| key(entry) <= last));
    first_page(rest, &key, size)
}

/// One page of all entries, in any order.
fn first_page<T>(
    mut rest: impl Iterator<Item = T>,
    key: impl Fn(&T) -> &String,
    size: i32,
) -> Result<(Vec<T>, String), Refusal> {
    let size = pages::size_of(size, DEFAULT_PAGE, LARGEST_PAGE).map_err(refused)?;
    let page: Vec<T> = rest.by_ref().take(size).collect();
    let last = page.last().filter(|_| rest.next().is_some());
    let next = last.map(|last| pages::token_after(key(last)));
    Ok((page, next.unwrap_or_default()))
}

fn refused(invalid: InvalidPage) -> Refusal {
    Refusal::invalid(invalid.to_string())
}
