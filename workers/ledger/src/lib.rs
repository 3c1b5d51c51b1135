//! Where every deployment stands: fence, admission, claims, waiters, outcomes, kept in a bucket
