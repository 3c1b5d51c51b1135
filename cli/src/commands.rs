//! The commands. Each has its arguments, its help and its `run`.

pub(crate) mod batch;
pub(crate) mod build;
pub(crate) mod call;
pub(crate) mod cancel;
pub(crate) mod cloud;
pub(crate) mod completion;
pub(crate) mod console;
pub(crate) mod delete;
pub(crate) mod deploy;
pub(crate) mod describe;
pub(crate) mod internal;
pub(crate) mod inventory;
pub(crate) mod list;
pub(crate) mod logs;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod parked;
pub(crate) mod provision;
pub(crate) mod redeploy;
pub(crate) mod rollback;
pub(crate) mod secrets;
pub(crate) mod status;
pub(crate) mod trace;
pub(crate) mod up;
pub(crate) mod watch;
pub(crate) mod worker;
