//! registry-watcher
