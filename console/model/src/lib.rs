//! What operators see of a fleet, read from the ledger and the cloud. The console and
//! `longshore watch` show it: the former as pages, the latter in the terminal.
//!
//! [`index`] knows all deployments, and [`filter`] selects some of them. [`detail`] reads one, which
//! [`ledger_trace`] draws if no store has its spans, and [`why`] says what it waits for.
//! [`failures`] groups by cause, [`quotas`] says what is left, and [`words`] has the text.
//!
//! Nothing here writes. A reader that is killed loses nothing, and no deployment notices.

pub mod detail;
pub mod failures;
pub mod filter;
pub mod index;
pub mod ledger_trace;
pub mod quotas;
pub mod why;
pub mod words;
