//! The whole local cloud: opens every service and listens.
