//! Google's messages, as generated from `proto/`. The modules are nested as their packages are,
//! because generated code refers to other packages by relative paths.

#[expect(unreachable_pub, clippy::allow_attributes, reason = "generated from proto/google")]
mod google {
    pub(crate) mod cloud {
        pub(crate) mod location {
            include!("generated/google.cloud.location.rs");
            include!("generated/google.cloud.location.serde.rs");
        }
        pub(crate) mod tasks {
            pub(crate) mod v2 {
                include!("generated/google.cloud.tasks.v2.rs");
                include!("generated/google.cloud.tasks.v2.serde.rs");
            }
        }
    }
    pub(crate) mod iam {
        pub(crate) mod v1 {
            include!("generated/google.iam.v1.rs");
            include!("generated/google.iam.v1.serde.rs");
        }
    }
    pub(crate) mod rpc {
        include!("generated/google.rpc.rs");
        include!("generated/google.rpc.serde.rs");
    }
}

pub(crate) use google::cloud::location;
pub(crate) use google::cloud::tasks::v2;
pub(crate) use google::iam::v1 as iam;
pub(crate) use google::rpc;
