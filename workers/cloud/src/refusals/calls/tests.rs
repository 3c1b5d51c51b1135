use super::*;

fn meaning(operation: &'static str, kind: Kind, reason: &str, message: &str) -> Refusal {
    let mut error = CloudError::caused(operation, "it", kind, message);
    reason.clone_into(&mut error.reason);
    let (project, region, service) = ("p", "r", "s");
    let subject = Subject { project, region, service, account: "a@p", ..Subject::default() };
    of_call(&error, &subject).unwrap_or_else(|| panic!("{operation} {kind} {reason} {message}"))
}

/// One case for each row, in the order of the table.
const CASES: &[(&str, Kind, &str, &str, FailureClass, &str, &str)] = &[
    (
        "get service",
        PermissionDenied,
        "SERVICE_DISABLED",
        "",
        System,
        "api-disabled",
        "gcloud services enable run.googleapis.com",
    ),
    (
        "submit build",
        PermissionDenied,
        "BILLING_DISABLED",
        "",
        System,
        "billing-disabled",
        "gcloud billing projects link p ",
    ),
    (
        "get repository",
        PermissionDenied,
        "USER_PROJECT_DENIED",
        "",
        System,
        "quota-project-role",
        "--role roles/serviceusage.serviceUsageConsumer`",
    ),
    (
        "get repository",
        PermissionDenied,
        "",
        "Caller does not have required permission: serviceusage.services.use",
        System,
        "quota-project-role",
        "LONGSHORE_QUOTA_PROJECT",
    ),
    (
        "list builds",
        Unauthenticated,
        "",
        "",
        System,
        "no-credentials",
        "Application Default Credentials",
    ),
    (
        "write service",
        PreconditionFailed,
        "",
        "Constraint constraints/run.managed.requireInvokerIam violated",
        System,
        "public-access-forbidden",
        "--member allUsers --role roles/run.invoker`",
    ),
    (
        "write service",
        PreconditionFailed,
        "",
        "constraints/iam.allowedPolicyMemberDomains",
        System,
        "public-access-forbidden",
        "authenticated access",
    ),
    (
        "set service policy",
        PreconditionFailed,
        "",
        "One or more users named in the policy do not belong to a permitted customer.",
        System,
        "public-access-forbidden",
        "add-iam-policy-binding s --project p --region r --member MEMBER --role roles/run.invoker`",
    ),
    (
        "set service policy",
        PreconditionFailed,
        "",
        "constraints/iam.allowedPolicyMemberDomains",
        System,
        "public-access-forbidden",
        "authenticated access",
    ),
    (
        "write service",
        PreconditionFailed,
        "",
        "constraints/run.allowedIngress violated",
        System,
        "organization-policy",
        "gcloud org-policies list --project p",
    ),
    (
        "create function",
        PermissionDenied,
        "",
        "Missing iam.serviceAccounts.actAs permission",
        System,
        "function-account-use",
        "--role roles/iam.serviceAccountUser`",
    ),
    (
        "update function",
        PermissionDenied,
        "",
        "no",
        System,
        "function-role",
        "--role roles/cloudfunctions.developer`",
    ),
    (
        "generate upload URL",
        PermissionDenied,
        "",
        "no",
        System,
        "function-role",
        "gcloud services enable cloudfunctions.googleapis.com --project p`",
    ),
    (
        "upload source",
        PermissionDenied,
        "",
        "no",
        System,
        "source-upload-refused",
        "--role roles/cloudfunctions.serviceAgent`",
    ),
    ("upload source", InvalidArgument, "", "big", User, "source-too-large", "remove files"),
    ("create function", InvalidArgument, "", "bad", User, "function-refused", "fix the settings"),
    (
        "submit build",
        PermissionDenied,
        "",
        "Permission 'iam.serviceaccounts.actAs' denied on service account",
        System,
        "build-account-use",
        "add-iam-policy-binding a@p --project p --member serviceAccount:FLEET --role \
         roles/iam.serviceAccountUser`",
    ),
    (
        "write service",
        PermissionDenied,
        "",
        "Permission 'iam.serviceAccounts.actAs' denied on service account",
        System,
        "function-account-use",
        "add-iam-policy-binding a@p --project p --member serviceAccount:FLEET --role \
         roles/iam.serviceAccountUser`",
    ),
    (
        "write service",
        PermissionDenied,
        "",
        "Permission 'run.services.setIamPolicy' denied on resource",
        System,
        "public-access-role",
        "--role roles/run.admin`",
    ),
    (
        "set service policy",
        PermissionDenied,
        "",
        "Permission 'run.services.setIamPolicy' denied on resource",
        System,
        "public-access-role",
        "roles/run.admin`",
    ),
    (
        "write service",
        PermissionDenied,
        "",
        "Google Cloud Run Service Agent must have permission to read the image",
        System,
        "image-pull-role",
        "@serverless-robot-prod.iam.gserviceaccount.com",
    ),
    (
        "write service",
        PermissionDenied,
        "",
        "Permission \"artifactregistry.repositories.downloadArtifacts\" denied",
        System,
        "image-read-role",
        "--role roles/artifactregistry.reader`",
    ),
    (
        "write service",
        PermissionDenied,
        "",
        "Permission 'run.services.create' denied",
        System,
        "service-role",
        "--role roles/run.developer`",
    ),
    ("get service", PermissionDenied, "", "", System, "service-role", "roles/run.developer`"),
    (
        "submit build",
        PermissionDenied,
        "",
        "",
        System,
        "build-role",
        "--role roles/run.sourceDeveloper`",
    ),
    (
        "list builds",
        PermissionDenied,
        "",
        "",
        System,
        "build-read-role",
        "--role roles/cloudbuild.builds.viewer`",
    ),
    (
        "create repository",
        PermissionDenied,
        "",
        "",
        System,
        "repository-role",
        "--role roles/artifactregistry.admin`",
    ),
    (
        "get image",
        PermissionDenied,
        "",
        "",
        System,
        "image-read-role",
        "--role roles/artifactregistry.reader`",
    ),
    ("submit build", InvalidArgument, "", "bad", User, "build-refused", "build settings"),
    ("write service", InvalidArgument, "", "bad", User, "service-refused", "service settings"),
];

#[test]
fn every_row_has_a_party_at_fault_a_code_and_advice() {
    assert_eq!(CASES.len(), ROWS.len(), "one case for each row");
    for ((operation, kind, reason, message, class, code, advice), row) in CASES.iter().zip(ROWS) {
        let refusal = meaning(operation, *kind, reason, message);
        assert_eq!((refusal.class, refusal.code), (*class, *code), "{operation} {message}");
        assert!(refusal.advice.contains(advice), "{operation}: {}", refusal.advice);
        assert_eq!((refusal.code, refusal.propagates), (row.code, row.propagates), "its own row");
    }
}

#[test]
fn listing_runtimes_needs_the_role_that_functions_need() {
    let refusal = meaning("list runtimes", PermissionDenied, "", "no");
    assert_eq!((refusal.class, refusal.code), (System, "function-role"));
    assert!(refusal.advice.contains("roles/cloudfunctions.developer`"), "{}", refusal.advice);
}

#[test]
fn a_missing_role_or_api_is_waited_for_and_a_policy_is_not() {
    for row in ROWS {
        let is_missing = row.kinds.contains(&PermissionDenied) && row.message != "constraints/";
        let is_forbidden = row.code == "public-access-forbidden";
        assert_eq!(row.propagates, is_missing && !is_forbidden, "{}", row.code);
    }
}

#[test]
fn an_error_that_the_table_does_not_know_has_no_meaning() {
    let unknown = CloudError::new("get service", "it", Kind::Unavailable);
    assert_eq!(of_call(&unknown, &Subject::default()), None);
}

#[test]
fn what_is_not_known_of_the_subject_stays_a_name_in_capitals() {
    let error = CloudError::new("list builds", "it", PermissionDenied);
    let refusal = of_call(&error, &Subject::default()).unwrap();
    assert!(refusal.advice.contains("add-iam-policy-binding PROJECT "), "{}", refusal.advice);
}
