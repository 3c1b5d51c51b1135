//! Every method of Artifact Registry and of the OCI distribution protocol, and whether it is
//! served.

use longshore_local_kit::coverage::{Method, Support};

/// Every method of <https://cloud.google.com/artifact-registry/docs/reference/rest>, and every
/// endpoint of <https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#endpoints>.
pub const METHODS: &[Method] = &[
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.BatchDeleteVersions",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions:batchDelete",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateAttachment",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/attachments",
        "there are no attachments; use OCI referrers",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateRepository",
        "POST /v1/projects/{project}/locations/{location}/repositories",
        "only the Docker format in standard mode",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateRule",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/rules",
        "there are no download rules",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.CreateTag",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteAttachment",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/attachments/{attachment}",
        "there are no attachments; use OCI referrers",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteFile",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/files/{file}",
        "images are packages and versions; there are no other files",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeletePackage",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}",
        "",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteRepository",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteRule",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/rules/{rule}",
        "there are no download rules",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteTag",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags/{tag}",
        "",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.DeleteVersion",
        "DELETE /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions/{version}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ExportArtifact",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}:exportArtifact",
        "pull the image instead",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetAttachment",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/attachments/{attachment}",
        "there are no attachments; use OCI referrers",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetDockerImage",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/dockerImages/{dockerImage}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetFile",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/files/{file}",
        "images are packages and versions; there are no other files",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetIamPolicy",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}:getIamPolicy",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetMavenArtifact",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/mavenArtifacts/{mavenArtifact}",
        "only the Docker format is served",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetNpmPackage",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/npmPackages/{npmPackage}",
        "only the Docker format is served",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetPackage",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetProjectSettings",
        "GET /v1/projects/{project}/projectSettings",
        "there is no gcr.io to redirect",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetPythonPackage",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/pythonPackages/{pythonPackage}",
        "only the Docker format is served",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetRepository",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetRule",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/rules/{rule}",
        "there are no download rules",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetTag",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags/{tag}",
        "",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetVersion",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions/{version}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.GetVPCSCConfig",
        "GET /v1/projects/{project}/locations/{location}/vpcscConfig",
        "there is no network perimeter",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ImportAptArtifacts",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/aptArtifacts:import",
        "only the Docker format is served",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ImportYumArtifacts",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}/yumArtifacts:import",
        "only the Docker format is served",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListAttachments",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/attachments",
        "there are no attachments; use OCI referrers",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListDockerImages",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/dockerImages",
        "no orderBy",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListFiles",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/files",
        "images are packages and versions; there are no other files",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListMavenArtifacts",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/mavenArtifacts",
        "only the Docker format is served",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListNpmPackages",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/npmPackages",
        "only the Docker format is served",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListPackages",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages",
        "filters of names and annotations, no orderBy",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListPythonPackages",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/pythonPackages",
        "only the Docker format is served",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListRepositories",
        "GET /v1/projects/{project}/locations/{location}/repositories",
        "filters of the name, no orderBy",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListRules",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/rules",
        "there are no download rules",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListTags",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags",
        "",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.ListVersions",
        "GET /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions",
        "filters of names and annotations, no orderBy",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.SetIamPolicy",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}:setIamPolicy",
        "stored and returned, but not enforced",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.TestIamPermissions",
        "POST /v1/projects/{project}/locations/{location}/repositories/{repository}:testIamPermissions",
        "every caller has every permission",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateFile",
        "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}/files/{file}",
        "images are packages and versions; there are no other files",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdatePackage",
        "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}",
        "packages have no annotations",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateProjectSettings",
        "PATCH /v1/projects/{project}/projectSettings",
        "there is no gcr.io to redirect",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateRepository",
        "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}",
        "cleanup policies are stored and returned, but have no effect",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateRule",
        "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}/rules/{rule}",
        "there are no download rules",
    ),
    served(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateTag",
        "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/tags/{tag}",
        "",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateVersion",
        "PATCH /v1/projects/{project}/locations/{location}/repositories/{repository}/packages/{package}/versions/{version}",
        "versions have no annotations",
    ),
    missing(
        "google.devtools.artifactregistry.v1.ArtifactRegistry.UpdateVPCSCConfig",
        "PATCH /v1/projects/{project}/locations/{location}/vpcscConfig",
        "there is no network perimeter",
    ),
    served(
        "google.cloud.location.Locations.GetLocation",
        "GET /v1/projects/{project}/locations/{location}",
        "any name is a valid location",
    ),
    served(
        "google.cloud.location.Locations.ListLocations",
        "GET /v1/projects/{project}/locations",
        "multi-regions, and locations with repositories",
    ),
    served(
        "google.longrunning.Operations.GetOperation",
        "GET /v1/projects/{project}/locations/{location}/operations/{operation}",
        "",
    ),
    oci("end-1: check", "GET /v2/", ""),
    oci(
        "end-2: pull a blob",
        "GET /v2/{project}/{repository}/{image}/blobs/{digest}",
        "one range at a time",
    ),
    oci("end-2: check for a blob", "HEAD /v2/{project}/{repository}/{image}/blobs/{digest}", ""),
    oci(
        "end-3: pull a manifest",
        "GET /v2/{project}/{repository}/{image}/manifests/{reference}",
        "",
    ),
    oci(
        "end-3: check for a manifest",
        "HEAD /v2/{project}/{repository}/{image}/manifests/{reference}",
        "",
    ),
    oci(
        "end-4: start an upload",
        "POST /v2/{project}/{repository}/{image}/blobs/uploads/",
        "an upload does not survive a restart of the local cloud",
    ),
    oci(
        "end-5: upload a chunk",
        "PATCH /v2/{project}/{repository}/{image}/blobs/uploads/{upload}",
        "",
    ),
    oci(
        "end-6: complete an upload",
        "PUT /v2/{project}/{repository}/{image}/blobs/uploads/{upload}?digest={digest}",
        "",
    ),
    oci(
        "end-7: push a manifest",
        "PUT /v2/{project}/{repository}/{image}/manifests/{reference}",
        "",
    ),
    oci(
        "end-8: list tags",
        "GET /v2/{project}/{repository}/{image}/tags/list?n={n}&last={last}",
        "",
    ),
    oci(
        "end-9: delete a manifest or a tag",
        "DELETE /v2/{project}/{repository}/{image}/manifests/{reference}",
        "a manifest with tags is rejected, as at Artifact Registry",
    ),
    oci(
        "end-10: delete a blob",
        "DELETE /v2/{project}/{repository}/{image}/blobs/{digest}",
        "rejected while a manifest references it",
    ),
    oci(
        "end-11: mount a blob",
        "POST /v2/{project}/{repository}/{image}/blobs/uploads/?mount={digest}&from={name}",
        "",
    ),
    oci(
        "end-12: list referrers",
        "GET /v2/{project}/{repository}/{image}/referrers/{digest}?artifactType={type}",
        "",
    ),
    oci(
        "end-13: get the status of an upload",
        "GET /v2/{project}/{repository}/{image}/blobs/uploads/{upload}",
        "",
    ),
    oci("cancel an upload", "DELETE /v2/{project}/{repository}/{image}/blobs/uploads/{upload}", ""),
    oci("list images", "GET /v2/_catalog?n={n}&last={last}", ""),
];

const fn served(name: &'static str, rest: &'static str, but: &'static str) -> Method {
    method(name, rest, Support::Served(but))
}

const fn missing(name: &'static str, rest: &'static str, why: &'static str) -> Method {
    method(name, rest, Support::Unimplemented(why))
}

const fn method(name: &'static str, rest: &'static str, support: Support) -> Method {
    Method { service: "Artifact Registry", name, rest, grpc: "", support }
}

const fn oci(name: &'static str, rest: &'static str, but: &'static str) -> Method {
    Method { service: "OCI distribution", name, rest, grpc: "", support: Support::Served(but) }
}
