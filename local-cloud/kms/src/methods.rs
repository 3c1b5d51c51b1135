//! Every method of Google's Cloud KMS, and whether it is served.

use longshore_local_kit::coverage::Support::{self, Served, Unimplemented};
use longshore_local_kit::coverage::{Api, Method};

const API: Api = Api("Cloud KMS");

const WHOLE: Support = Served("");
const LIST: Support = Served("no orderBy");
const KEYS: Support = Served(
    "symmetric keys only; protection levels SOFTWARE and HSM, which is stored and has no effect",
);
const CHANGES: Support = Served("no justifications of access");
const POLICY: Support = Served("policies are stored and returned; they have no effect");
const LOCATIONS: Support =
    Served("a list of some of Google's locations; keys can be created in any location");
const SYMMETRIC: Support = Unimplemented("only symmetric keys are served");
const IMPORT: Support = Unimplemented("key material cannot be imported or exported");
const DELETION: Support = Unimplemented("keys cannot be deleted; destroy their versions instead");
const EXTERNAL: Support = Unimplemented("there are no external key managers");
const AUTOKEY: Support = Unimplemented("keys are not created automatically");
const HSM: Support = Unimplemented("there is no hardware");

/// The gRPC path of the methods that are served over gRPC.
macro_rules! method {
    ($service:literal, $name:literal, $rest:literal, $support:expr) => {{
        let method = API.method(concat!($service, ".", $name), $rest, $support);
        match $support {
            Served(_) => method.with_grpc(concat!("/", $service, "/", $name)),
            Unimplemented(_) => method,
        }
    }};
}

/// Every method of `google.cloud.kms.v1`, and those of `google.iam.v1` and `google.cloud.location`
/// that Cloud KMS has.
pub const METHODS: &[Method] = &[
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ListKeyRings",
        "GET /v1/projects/{project}/locations/{location}/keyRings",
        LIST
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ListCryptoKeys",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys",
        LIST
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ListCryptoKeyVersions",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions",
        LIST
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ListImportJobs",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/importJobs",
        IMPORT
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ListRetiredResources",
        "GET /v1/projects/{project}/locations/{location}/retiredResources",
        DELETION
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GetKeyRing",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GetCryptoKey",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GetCryptoKeyVersion",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GetPublicKey",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}/publicKey",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GetImportJob",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/importJobs/{importJob}",
        IMPORT
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GetRetiredResource",
        "GET /v1/projects/{project}/locations/{location}/retiredResources/{retiredResource}",
        DELETION
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "CreateKeyRing",
        "POST /v1/projects/{project}/locations/{location}/keyRings",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "CreateCryptoKey",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys",
        KEYS
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "CreateCryptoKeyVersion",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "DeleteCryptoKey",
        "DELETE /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}",
        DELETION
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "DeleteCryptoKeyVersion",
        "DELETE /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}",
        DELETION
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ImportCryptoKeyVersion",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions:import",
        IMPORT
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ImportTrustedKeyWrappedCryptoKeyVersion",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions:importTrustedKeyWrappedCryptoKeyVersion",
        IMPORT
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "ExportTrustedKeyWrappedCryptoKeyVersion",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:exportTrustedKeyWrappedCryptoKeyVersion",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "CreateImportJob",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/importJobs",
        IMPORT
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "UpdateCryptoKey",
        "PATCH /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}",
        CHANGES
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "UpdateCryptoKeyVersion",
        "PATCH /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "UpdateCryptoKeyPrimaryVersion",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:updatePrimaryVersion",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "DestroyCryptoKeyVersion",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:destroy",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "RestoreCryptoKeyVersion",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:restore",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "Encrypt",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:encrypt",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "Decrypt",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:decrypt",
        WHOLE
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "RawEncrypt",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:rawEncrypt",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "RawDecrypt",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:rawDecrypt",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "AsymmetricSign",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:asymmetricSign",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "AsymmetricDecrypt",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:asymmetricDecrypt",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "MacSign",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:macSign",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "MacVerify",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:macVerify",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "Decapsulate",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}/cryptoKeyVersions/{cryptoKeyVersion}:decapsulate",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.KeyManagementService",
        "GenerateRandomBytes",
        "POST /v1/projects/{project}/locations/{location}:generateRandomBytes",
        SYMMETRIC
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "ListEkmConnections",
        "GET /v1/projects/{project}/locations/{location}/ekmConnections",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "GetEkmConnection",
        "GET /v1/projects/{project}/locations/{location}/ekmConnections/{ekmConnection}",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "CreateEkmConnection",
        "POST /v1/projects/{project}/locations/{location}/ekmConnections",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "UpdateEkmConnection",
        "PATCH /v1/projects/{project}/locations/{location}/ekmConnections/{ekmConnection}",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "GetEkmConfig",
        "GET /v1/projects/{project}/locations/{location}/ekmConfig",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "UpdateEkmConfig",
        "PATCH /v1/projects/{project}/locations/{location}/ekmConfig",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.EkmService",
        "VerifyConnectivity",
        "GET /v1/projects/{project}/locations/{location}/ekmConnections/{ekmConnection}:verifyConnectivity",
        EXTERNAL
    ),
    method!(
        "google.cloud.kms.v1.Autokey",
        "CreateKeyHandle",
        "POST /v1/projects/{project}/locations/{location}/keyHandles",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.Autokey",
        "GetKeyHandle",
        "GET /v1/projects/{project}/locations/{location}/keyHandles/{keyHandle}",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.Autokey",
        "ListKeyHandles",
        "GET /v1/projects/{project}/locations/{location}/keyHandles",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.AutokeyAdmin",
        "UpdateAutokeyConfig",
        "PATCH /v1/folders/{folder}/autokeyConfig",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.AutokeyAdmin",
        "UpdateAutokeyConfig",
        "PATCH /v1/projects/{project}/autokeyConfig",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.AutokeyAdmin",
        "GetAutokeyConfig",
        "GET /v1/folders/{folder}/autokeyConfig",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.AutokeyAdmin",
        "GetAutokeyConfig",
        "GET /v1/projects/{project}/autokeyConfig",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.AutokeyAdmin",
        "ShowEffectiveAutokeyConfig",
        "GET /v1/projects/{project}:showEffectiveAutokeyConfig",
        AUTOKEY
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "ListSingleTenantHsmInstances",
        "GET /v1/projects/{project}/locations/{location}/singleTenantHsmInstances",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "GetSingleTenantHsmInstance",
        "GET /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "CreateSingleTenantHsmInstance",
        "POST /v1/projects/{project}/locations/{location}/singleTenantHsmInstances",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "CreateSingleTenantHsmInstanceProposal",
        "POST /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}/proposals",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "ApproveSingleTenantHsmInstanceProposal",
        "POST /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}/proposals/{proposal}:approve",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "ExecuteSingleTenantHsmInstanceProposal",
        "POST /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}/proposals/{proposal}:execute",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "GetSingleTenantHsmInstanceProposal",
        "GET /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}/proposals/{proposal}",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "ListSingleTenantHsmInstanceProposals",
        "GET /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}/proposals",
        HSM
    ),
    method!(
        "google.cloud.kms.v1.HsmManagement",
        "DeleteSingleTenantHsmInstanceProposal",
        "DELETE /v1/projects/{project}/locations/{location}/singleTenantHsmInstances/{instance}/proposals/{proposal}",
        HSM
    ),
    method!(
        "google.iam.v1.IAMPolicy",
        "GetIamPolicy",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}:getIamPolicy",
        POLICY
    ),
    method!(
        "google.iam.v1.IAMPolicy",
        "SetIamPolicy",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}:setIamPolicy",
        POLICY
    ),
    method!(
        "google.iam.v1.IAMPolicy",
        "TestIamPermissions",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}:testIamPermissions",
        POLICY
    ),
    method!(
        "google.iam.v1.IAMPolicy",
        "GetIamPolicy",
        "GET /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:getIamPolicy",
        POLICY
    ),
    method!(
        "google.iam.v1.IAMPolicy",
        "SetIamPolicy",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:setIamPolicy",
        POLICY
    ),
    method!(
        "google.iam.v1.IAMPolicy",
        "TestIamPermissions",
        "POST /v1/projects/{project}/locations/{location}/keyRings/{keyRing}/cryptoKeys/{cryptoKey}:testIamPermissions",
        POLICY
    ),
    method!(
        "google.cloud.location.Locations",
        "ListLocations",
        "GET /v1/projects/{project}/locations",
        LOCATIONS
    ),
    method!(
        "google.cloud.location.Locations",
        "GetLocation",
        "GET /v1/projects/{project}/locations/{location}",
        LOCATIONS
    ),
];
