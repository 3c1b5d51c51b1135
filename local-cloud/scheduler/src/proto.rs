//! Google's messages, as generated from `proto/`. The modules are nested as their packages are,
//! because generated code refers to other packages by relative paths.

#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::enum_variant_names,
    reason = "generated from proto/google"
)]
mod google {
    pub(crate) mod cloud {
        pub(crate) mod location {
            include!("generated/google.cloud.location.rs");
            include!("generated/google.cloud.location.serde.rs");
        }
        pub(crate) mod scheduler {
            pub(crate) mod v1 {
                include!("generated/google.cloud.scheduler.v1.rs");
                include!("generated/google.cloud.scheduler.v1.serde.rs");
            }
        }
    }
    pub(crate) mod rpc {
        include!("generated/google.rpc.rs");
        include!("generated/google.rpc.serde.rs");
    }
}

pub(crate) use google::cloud::location;
pub(crate) use google::cloud::scheduler::v1;
pub(crate) use google::rpc;
