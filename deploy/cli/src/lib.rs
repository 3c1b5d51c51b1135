//! The longshore program: up, deploy, call, logs, status, trace
