//! build-submitter
