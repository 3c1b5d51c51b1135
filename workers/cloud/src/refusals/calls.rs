//! Errors of calls.

use longshore_messages::FailureClass::{self, System, User};

use super::operations::{
    ANY, FIND_BUILDS, FUNCTION_READ, FUNCTION_WRITE, IMAGE, POLICY, READ, REPOSITORY, SUBMIT,
    UPLOAD, WRITE,
};
use super::{Refusal, Subject, contains, fill, keys};
use crate::Kind::{self, InvalidArgument, NotFound, PermissionDenied, PreconditionFailed};
use crate::{CloudError, Kind::Unauthenticated};

/// One meaning of errors.
struct Row {
    /// Operations, as [`CloudError`] names them. None: any.
    operations: &'static [&'static str],
    kinds: &'static [Kind],
    /// `google.rpc.ErrorInfo.reason`. Empty: any.
    reason: &'static str,
    /// Part of the message, in lower case. Empty: any.
    message: &'static str,
    class: FailureClass,
    code: &'static str,
    advice: &'static str,
    propagates: bool,
}

/// Kinds in which Google reports that an organization policy forbids something.
const FORBIDDEN: &[Kind] = &[PermissionDenied, PreconditionFailed, InvalidArgument];

/// Reasons: `google/api/error_reason.proto`. Permissions of Cloud Run's roles:
/// <https://cloud.google.com/run/docs/reference/iam/roles>; of source deployments:
/// <https://cloud.google.com/run/docs/deploying-source-code#permissions_required_to_deploy>; of
/// public services: <https://cloud.google.com/run/docs/authenticating/public>.
const ROWS: &[Row] = &[
    Row {
        operations: ANY,
        kinds: &[PermissionDenied],
        reason: "SERVICE_DISABLED",
        message: "",
        class: System,
        code: "api-disabled",
        advice: "enable the APIs with `gcloud services enable run.googleapis.com \
                 cloudbuild.googleapis.com artifactregistry.googleapis.com logging.googleapis.com \
                 --project {project}`",
        propagates: true,
    },
    Row {
        operations: ANY,
        kinds: &[PermissionDenied],
        reason: "BILLING_DISABLED",
        message: "",
        class: System,
        code: "billing-disabled",
        advice: "link a billing account with `gcloud billing projects link {project} \
                 --billing-account BILLING_ACCOUNT`",
        propagates: true,
    },
    Row {
        operations: ANY,
        kinds: &[PermissionDenied],
        reason: "USER_PROJECT_DENIED",
        message: "",
        class: System,
        code: "quota-project-role",
        advice: QUOTA_PROJECT_ADVICE,
        propagates: true,
    },
    Row {
        operations: ANY,
        kinds: &[PermissionDenied],
        reason: "",
        message: "serviceusage.services.use",
        class: System,
        code: "quota-project-role",
        advice: QUOTA_PROJECT_ADVICE,
        propagates: true,
    },
    Row {
        operations: ANY,
        kinds: &[Unauthenticated],
        reason: "",
        message: "",
        class: System,
        code: "no-credentials",
        advice: "give the workers Application Default Credentials: attach a service account to the \
                 machine that they run on, or set GOOGLE_APPLICATION_CREDENTIALS",
        propagates: false,
    },
    Row {
        operations: WRITE,
        kinds: FORBIDDEN,
        reason: "",
        message: "run.managed.requireinvokeriam",
        class: System,
        code: "public-access-forbidden",
        advice: "an organization policy forbids services that do not check their callers: \
                 deploy with authenticated access, and then let everyone call the service with \
                 `gcloud run services add-iam-policy-binding {service} --project {project} \
                 --region {region} --member allUsers --role roles/run.invoker`",
        propagates: false,
    },
    Row {
        operations: WRITE,
        kinds: FORBIDDEN,
        reason: "",
        message: "iam.allowedpolicymemberdomains",
        class: System,
        code: "public-access-forbidden",
        advice: "an organization policy forbids public services: deploy with authenticated access, \
                 or let an administrator exempt the project; `gcloud org-policies list --project \
                 {project}` lists its policies",
        propagates: false,
    },
    Row {
        operations: POLICY,
        kinds: FORBIDDEN,
        reason: "",
        message: "permitted customer",
        class: System,
        code: "public-access-forbidden",
        advice: BOTH_FORBIDDEN_ADVICE,
        propagates: false,
    },
    Row {
        operations: POLICY,
        kinds: FORBIDDEN,
        reason: "",
        message: "iam.allowedpolicymemberdomains",
        class: System,
        code: "public-access-forbidden",
        advice: BOTH_FORBIDDEN_ADVICE,
        propagates: false,
    },
    Row {
        operations: ANY,
        kinds: FORBIDDEN,
        reason: "",
        message: "constraints/",
        class: System,
        code: "organization-policy",
        advice: "change the setting that the organization policy forbids, or let an administrator \
                 exempt the project; `gcloud org-policies list --project {project}` lists its \
                 policies",
        propagates: false,
    },
    Row {
        operations: FUNCTION_WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "iam.serviceaccounts.actas",
        class: System,
        code: "function-account-use",
        advice: "let the fleet use the service accounts that build and run the function, {account} or \
                 the project's default one, with `gcloud iam service-accounts \
                 add-iam-policy-binding ACCOUNT --project {project} --member serviceAccount:FLEET \
                 --role roles/iam.serviceAccountUser`",
        propagates: true,
    },
    Row {
        operations: FUNCTION_WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "function-role",
        advice: FUNCTION_ROLE_ADVICE,
        propagates: true,
    },
    Row {
        operations: FUNCTION_READ,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "function-role",
        advice: FUNCTION_ROLE_ADVICE,
        propagates: true,
    },
    Row {
        operations: UPLOAD,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "source-upload-refused",
        advice: "Cloud Storage refuses the URL that the Cloud Functions API signed: check that its \
                 service agent exists and has its role, with `gcloud projects \
                 add-iam-policy-binding {project} --member \
                 serviceAccount:service-PROJECT_NUMBER@gcf-admin-robot.iam.gserviceaccount.com \
                 --role roles/cloudfunctions.serviceAgent`, and that no VPC Service Controls \
                 perimeter separates the workers from it",
        propagates: true,
    },
    Row {
        operations: UPLOAD,
        kinds: &[InvalidArgument],
        reason: "",
        message: "",
        class: User,
        code: "source-too-large",
        advice: "the upload refuses the archive, most likely for its size: remove files that the \
                 function does not need",
        propagates: false,
    },
    Row {
        operations: FUNCTION_WRITE,
        kinds: &[InvalidArgument],
        reason: "",
        message: "",
        class: User,
        code: "function-refused",
        advice: "fix the settings that the reason names and deploy again",
        propagates: false,
    },
    Row {
        operations: SUBMIT,
        kinds: &[PermissionDenied],
        reason: "",
        message: "iam.serviceaccounts.actas",
        class: System,
        code: "build-account-use",
        advice: "let the fleet use the build's service account with `gcloud iam service-accounts \
                 add-iam-policy-binding {account} --project {project} --member \
                 serviceAccount:FLEET --role roles/iam.serviceAccountUser`",
        propagates: true,
    },
    Row {
        operations: WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "iam.serviceaccounts.actas",
        class: System,
        code: "function-account-use",
        advice: "let the fleet use the function's service account with `gcloud iam \
                 service-accounts add-iam-policy-binding {account} --project {project} --member \
                 serviceAccount:FLEET --role roles/iam.serviceAccountUser`",
        propagates: true,
    },
    Row {
        operations: WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "run.services.setiampolicy",
        class: System,
        code: "public-access-role",
        advice: "public access needs the permission run.services.setIamPolicy: grant it with \
                 `gcloud projects add-iam-policy-binding {project} --member serviceAccount:FLEET \
                 --role roles/run.admin`, or in a custom role",
        propagates: true,
    },
    Row {
        operations: POLICY,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "public-access-role",
        advice: "public access needs the permissions run.services.getIamPolicy and \
                 run.services.setIamPolicy: grant them with `gcloud projects add-iam-policy-binding \
                 {project} --member serviceAccount:FLEET --role roles/run.admin`, or in a custom \
                 role",
        propagates: true,
    },
    Row {
        operations: WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "must have permission to read the image",
        class: System,
        code: "image-pull-role",
        advice: super::revisions::PULL_ADVICE,
        propagates: true,
    },
    Row {
        operations: WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "artifactregistry.",
        class: System,
        code: "image-read-role",
        advice: READ_IMAGES_ADVICE,
        propagates: true,
    },
    Row {
        operations: WRITE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "service-role",
        advice: "let the fleet deploy with `gcloud projects add-iam-policy-binding {project} \
                 --member serviceAccount:FLEET --role roles/run.developer`; public access needs \
                 roles/run.admin",
        propagates: true,
    },
    Row {
        operations: READ,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "service-role",
        advice: "let the fleet read and write services with `gcloud projects \
                 add-iam-policy-binding {project} --member serviceAccount:FLEET --role \
                 roles/run.developer`",
        propagates: true,
    },
    Row {
        operations: SUBMIT,
        kinds: &[PermissionDenied, NotFound],
        reason: "",
        message: "",
        class: System,
        code: "build-role",
        advice: "let the fleet build from source with `gcloud projects add-iam-policy-binding \
                 {project} --member serviceAccount:FLEET --role roles/run.sourceDeveloper`, and \
                 check the region",
        propagates: true,
    },
    Row {
        operations: FIND_BUILDS,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "build-read-role",
        advice: "let the fleet read builds with `gcloud projects add-iam-policy-binding {project} \
                 --member serviceAccount:FLEET --role roles/cloudbuild.builds.viewer`",
        propagates: true,
    },
    Row {
        operations: REPOSITORY,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "repository-role",
        advice: "let the fleet read and create the image repository with `gcloud projects \
                 add-iam-policy-binding {project} --member serviceAccount:FLEET --role \
                 roles/artifactregistry.admin`; roles/artifactregistry.reader is enough for a \
                 repository that exists",
        propagates: true,
    },
    Row {
        operations: IMAGE,
        kinds: &[PermissionDenied],
        reason: "",
        message: "",
        class: System,
        code: "image-read-role",
        advice: READ_IMAGES_ADVICE,
        propagates: true,
    },
    Row {
        operations: &["submit build", "create repository"],
        kinds: &[InvalidArgument, PreconditionFailed],
        reason: "",
        message: "",
        class: User,
        code: "build-refused",
        advice: "fix the build settings that the reason names and deploy again",
        propagates: false,
    },
    Row {
        operations: WRITE,
        kinds: &[InvalidArgument],
        reason: "",
        message: "",
        class: User,
        code: "service-refused",
        advice: "fix the service settings that the reason names and deploy again",
        propagates: false,
    },
];

const BOTH_FORBIDDEN_ADVICE: &str = "organization policies forbid both ways to let everyone call the service (run.managed.requireInvokerIam \
     and iam.allowedPolicyMemberDomains): deploy with authenticated access, and grant callers \
     roles/run.invoker with `gcloud run services add-iam-policy-binding {service} --project \
     {project} --region {region} --member MEMBER --role roles/run.invoker`, or let an administrator \
     exempt the project; `gcloud org-policies list --project {project}` lists its policies";

/// Whether an error of a write means that an organization policy forbids services without the check
/// of who calls them. A service can be public by its IAM policy instead.
#[must_use]
pub fn forbids_unchecked_access(error: &CloudError) -> bool {
    error.operation == "write service"
        && FORBIDDEN.contains(&error.kind)
        && contains(&error.message(), "run.managed.requireinvokeriam")
}

const FUNCTION_ROLE_ADVICE: &str = "let the fleet deploy functions with `gcloud projects \
     add-iam-policy-binding {project} --member serviceAccount:FLEET --role \
     roles/cloudfunctions.developer`, and enable the API with `gcloud services enable \
     cloudfunctions.googleapis.com --project {project}`";

const QUOTA_PROJECT_ADVICE: &str = "let the fleet use the quota project, which LONGSHORE_QUOTA_PROJECT names, with `gcloud \
     projects add-iam-policy-binding QUOTA_PROJECT --member serviceAccount:FLEET --role \
     roles/serviceusage.serviceUsageConsumer`";

const READ_IMAGES_ADVICE: &str = "let the fleet read images with `gcloud projects add-iam-policy-binding {project} --member \
     serviceAccount:FLEET --role roles/artifactregistry.reader`";

/// The meaning of a call's error, or `None` if the table does not know it.
#[must_use]
pub fn of_call(error: &CloudError, subject: &Subject<'_>) -> Option<Refusal> {
    if let Some(refusal) = keys::of_call(error, subject) {
        return Some(refusal);
    }
    let message = error.message();
    let row = ROWS.iter().find(|row| {
        (row.operations.is_empty() || row.operations.contains(&error.operation))
            && row.kinds.contains(&error.kind)
            && (row.reason.is_empty() || row.reason == error.reason)
            && contains(&message, row.message)
    })?;
    Some(Refusal {
        class: row.class,
        code: row.code,
        advice: fill(row.advice, subject),
        propagates: row.propagates,
        is_platforms: false,
    })
}

#[cfg(test)]
mod tests;
