//! Every method of the Secret Manager API, and whether it is served.

use longshore_local_kit::coverage::{Method, Support};

const WHOLE: Support = Support::Served("");
const NO_EFFECT: Support = Support::Served("stored and returned, without effect");
const NO_ROTATION: Support = Support::Unimplemented("there is no database password to rotate");
const NO_LOCATIONS: Support = Support::Unimplemented("there are no regional secrets");

/// Every method of <https://cloud.google.com/secret-manager/docs/reference/rest>.
pub const METHODS: &[Method] = &[
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.ListSecrets",
        "GET /v1/projects/{project}/secrets",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.CreateSecret",
        "POST /v1/projects/{project}/secrets",
        Support::Served(
            "without rotation, topics, tags, delayed destruction and customer-managed keys",
        ),
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.AddSecretVersion",
        "POST /v1/projects/{project}/secrets/{secret}:addVersion",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.GetSecret",
        "GET /v1/projects/{project}/secrets/{secret}",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret",
        "PATCH /v1/projects/{project}/secrets/{secret}",
        Support::Served(
            "labels, annotations, version aliases and expiration only; each is replaced as a whole",
        ),
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.DeleteSecret",
        "DELETE /v1/projects/{project}/secrets/{secret}",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.ListSecretVersions",
        "GET /v1/projects/{project}/secrets/{secret}/versions",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.GetSecretVersion",
        "GET /v1/projects/{project}/secrets/{secret}/versions/{version}",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
        "GET /v1/projects/{project}/secrets/{secret}/versions/{version}:access",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.DisableSecretVersion",
        "POST /v1/projects/{project}/secrets/{secret}/versions/{version}:disable",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.EnableSecretVersion",
        "POST /v1/projects/{project}/secrets/{secret}/versions/{version}:enable",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.DestroySecretVersion",
        "POST /v1/projects/{project}/secrets/{secret}/versions/{version}:destroy",
        WHOLE,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.SetIamPolicy",
        "POST /v1/projects/{project}/secrets/{secret}:setIamPolicy",
        NO_EFFECT,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.GetIamPolicy",
        "GET /v1/projects/{project}/secrets/{secret}:getIamPolicy",
        NO_EFFECT,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.TestIamPermissions",
        "POST /v1/projects/{project}/secrets/{secret}:testIamPermissions",
        Support::Served("every caller has every permission"),
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.EnableManagedRotation",
        "POST /v1/projects/{project}/secrets/{secret}:enableManagedRotation",
        NO_ROTATION,
    ),
    method(
        "google.cloud.secretmanager.v1.SecretManagerService.RotateSecret",
        "POST /v1/projects/{project}/secrets/{secret}:rotateSecret",
        NO_ROTATION,
    ),
    method(
        "google.cloud.location.Locations.ListLocations",
        "GET /v1/projects/{project}/locations",
        NO_LOCATIONS,
    ),
    method(
        "google.cloud.location.Locations.GetLocation",
        "GET /v1/projects/{project}/locations/{location}",
        NO_LOCATIONS,
    ),
];

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "Secret Manager", name, rest, grpc: "", support }
}
