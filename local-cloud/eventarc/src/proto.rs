//! Google's messages, as generated from `proto/`. The modules are nested as their packages are,
//! because generated code refers to other packages by relative paths.

#[expect(unreachable_pub, clippy::allow_attributes, reason = "generated from proto/google")]
mod google {
    pub(crate) mod cloud {
        pub(crate) mod eventarc {
            pub(crate) mod v1 {
                include!("generated/google.cloud.eventarc.v1.rs");
            }
        }
        pub(crate) mod location {
            include!("generated/google.cloud.location.rs");
        }
    }
    pub(crate) mod iam {
        pub(crate) mod v1 {
            include!("generated/google.iam.v1.rs");
        }
    }
    pub(crate) mod longrunning {
        include!("generated/google.longrunning.rs");
    }
    pub(crate) mod rpc {
        include!("generated/google.rpc.rs");
    }
}

pub(crate) use google::cloud::eventarc::v1;
pub(crate) use google::cloud::location;
pub(crate) use google::iam::v1 as iam;
pub(crate) use google::{longrunning, rpc};
