//! Parameters that change nothing here, and whose values are checked.
//!
//! Responses never have access control lists (`projection`), lists are never partial
//! (`returnPartialSuccess`), there are no folders (`includeFoldersAsPrefixes`), and the lists of what
//! cannot be created are empty (`pageSize`).

use axum::extract::Query;
use axum::http::Uri;

use super::is_true;
use crate::StorageError;

/// # Errors
/// [`StorageError::Invalid`] for a value that the parameter cannot have.
pub(super) fn check(uri: &Uri) -> Result<(), StorageError> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|rejection| StorageError::Invalid(rejection.body_text()))?;
    let strange = pairs.iter().find(|(name, value)| !is_valid(name, value));
    strange.map_or(Ok(()), |(name, value)| {
        Err(StorageError::Invalid(format!("Invalid value for {name}: {value}")))
    })
}

fn is_valid(name: &str, value: &str) -> bool {
    match name {
        "projection" => matches!(value, "" | "full" | "noAcl"),
        "returnPartialSuccess" | "includeFoldersAsPrefixes" => is_true(value).is_some(),
        "pageSize" => value.is_empty() || value.parse::<i32>().is_ok_and(|size| size >= 0),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_although_they_have_no_effect() {
        let check = |query: &str| check(&format!("http://x/y?{query}").parse().unwrap());
        for good in ["projection=full", "projection=noAcl", "pageSize=0", "other=x", ""] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["projection=x", "returnPartialSuccess=x", "pageSize=-1", "pageSize=x"] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains(bad.split('=').next().unwrap()), "{error}");
        }
    }
}
