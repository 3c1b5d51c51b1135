//! service-deployer
