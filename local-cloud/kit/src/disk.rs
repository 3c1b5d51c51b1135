//! A full disk. The code that finds it logs it, because callers only get the error of a service that
//! does not work.

use std::error::Error;
use std::io;

use crate::Seldom;

/// One for all services, which usually share the disk.
static FULL: Seldom = Seldom::new();

/// Writes to the log that the disk is full, if that is why something failed.
pub fn report_if_full(error: &(dyn Error + 'static)) {
    if is_full(error)
        && let Some(omitted) = FULL.due()
    {
        tracing::error!(
            %error,
            omitted,
            "the disk is full: the local cloud cannot store anything until space is freed on it"
        );
    }
}

fn is_full(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let of_system = error.downcast_ref::<io::Error>();
        let kind = of_system.map(io::Error::kind);
        if let Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) = kind {
            return true;
        }
        // An `io::Error` that wraps an error skips it in its sources.
        let wrapped = of_system.and_then(io::Error::get_ref);
        next = wrapped.map(|error| error as &(dyn Error + 'static)).or_else(|| error.source());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot do something")]
    struct Failed(#[source] io::Error);

    #[test]
    fn a_full_disk_is_found_below_other_errors() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        assert!(
            is_full(&full())
                && is_full(&Failed(full()))
                && is_full(&Failed(io::Error::other(full())))
        );
        assert!(!is_full(&Failed(io::Error::other("something else"))));
    }
}
