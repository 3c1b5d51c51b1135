//! Every method of the Cloud Functions API v2, and whether it is served.

use longshore_local_kit::coverage::{Api, Method};

const API: Api = Api("Cloud Functions");
const NO_UPGRADE: &str = "there are no functions of the first generation to upgrade";

/// Every method of <https://cloud.google.com/functions/docs/reference/rest>, version 2, and the main
/// ones of version 1.
pub const METHODS: &[Method] = &[
    API.served(
        "google.cloud.functions.v2.FunctionService.GetFunction",
        "GET /v2/projects/{project}/locations/{location}/functions/{function}",
        "without the revision of the request",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/GetFunction"),
    API.served(
        "google.cloud.functions.v2.FunctionService.ListFunctions",
        "GET /v2/projects/{project}/locations/{location}/functions",
        "ordered by name",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/ListFunctions"),
    API.served(
        "google.cloud.functions.v2.FunctionService.CreateFunction",
        "POST /v2/projects/{project}/locations/{location}/functions",
        "functions from Cloud Storage; without channels, private worker pools, binary authorization, and fields that only REST has, such as direct VPC",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/CreateFunction"),
    API.served(
        "google.cloud.functions.v2.FunctionService.UpdateFunction",
        "PATCH /v2/projects/{project}/locations/{location}/functions/{function}",
        "as CreateFunction",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/UpdateFunction"),
    API.served(
        "google.cloud.functions.v2.FunctionService.DeleteFunction",
        "DELETE /v2/projects/{project}/locations/{location}/functions/{function}",
        "the archive of the source is kept",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/DeleteFunction"),
    API.served(
        "google.cloud.functions.v2.FunctionService.GenerateUploadUrl",
        "POST /v2/projects/{project}/locations/{location}/functions:generateUploadUrl",
        "",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/GenerateUploadUrl"),
    API.served(
        "google.cloud.functions.v2.FunctionService.GenerateDownloadUrl",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:generateDownloadUrl",
        "",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/GenerateDownloadUrl"),
    API.served(
        "google.cloud.functions.v2.FunctionService.ListRuntimes",
        "GET /v2/projects/{project}/locations/{location}/runtimes",
        "runtimes of the second generation",
    )
    .with_grpc("/google.cloud.functions.v2.FunctionService/ListRuntimes"),
    API.served(
        "google.longrunning.Operations.GetOperation",
        "GET /v2/projects/{project}/locations/{location}/operations/{operation}",
        "",
    )
    .with_grpc("/google.longrunning.Operations/GetOperation"),
    API.served(
        "google.longrunning.Operations.ListOperations",
        "GET /v2/projects/{project}/locations/{location}/operations",
        "",
    )
    .with_grpc("/google.longrunning.Operations/ListOperations"),
    API.served(
        "google.cloud.location.Locations.ListLocations",
        "GET /v2/projects/{project}/locations",
        "",
    )
    .with_grpc("/google.cloud.location.Locations/ListLocations"),
    API.served(
        "google.iam.v1.IAMPolicy.GetIamPolicy",
        "GET /v2/projects/{project}/locations/{location}/functions/{function}:getIamPolicy",
        "without effect; Cloud Run's policy decides who may call",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/GetIamPolicy"),
    API.served(
        "google.iam.v1.IAMPolicy.SetIamPolicy",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:setIamPolicy",
        "without effect; Cloud Run's policy decides who may call",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/SetIamPolicy"),
    API.served(
        "google.iam.v1.IAMPolicy.TestIamPermissions",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:testIamPermissions",
        "every caller has every permission",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/TestIamPermissions"),
    API.served(
        "google.cloud.functions.v1.CloudFunctionsService.ListFunctions",
        "GET /v1/projects/{project}/locations/{location}/functions",
        "always empty: there are no functions of the first generation",
    ),
    API.served(
        "google.cloud.functions.v1.CloudFunctionsService.GetFunction",
        "GET /v1/projects/{project}/locations/{location}/functions/{function}",
        "always NOT_FOUND: there are no functions of the first generation",
    ),
    API.unimplemented(
        "google.cloud.functions.v1.CloudFunctionsService.CreateFunction",
        "POST /v1/projects/{project}/locations/{location}/functions",
        "use version 2",
    ),
    API.unimplemented(
        "google.cloud.functions.v1.CloudFunctionsService.GenerateUploadUrl",
        "POST /v1/projects/{project}/locations/{location}/functions:generateUploadUrl",
        "use version 2",
    ),
    API.unimplemented(
        "cloudfunctions.projects.locations.functions.setupFunctionUpgradeConfig",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:setupFunctionUpgradeConfig",
        NO_UPGRADE,
    ),
    API.unimplemented(
        "cloudfunctions.projects.locations.functions.redirectFunctionUpgradeTraffic",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:redirectFunctionUpgradeTraffic",
        NO_UPGRADE,
    ),
    API.unimplemented(
        "cloudfunctions.projects.locations.functions.rollbackFunctionUpgradeTraffic",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:rollbackFunctionUpgradeTraffic",
        NO_UPGRADE,
    ),
    API.unimplemented(
        "cloudfunctions.projects.locations.functions.commitFunctionUpgrade",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:commitFunctionUpgrade",
        NO_UPGRADE,
    ),
    API.unimplemented(
        "cloudfunctions.projects.locations.functions.commitFunctionUpgradeAsGen2",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:commitFunctionUpgradeAsGen2",
        NO_UPGRADE,
    ),
    API.unimplemented(
        "cloudfunctions.projects.locations.functions.abortFunctionUpgrade",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:abortFunctionUpgrade",
        NO_UPGRADE,
    ),
    API.served(
        "cloudfunctions.projects.locations.functions.detachFunction",
        "POST /v2/projects/{project}/locations/{location}/functions/{function}:detachFunction",
        "the state is DEPLOYING meanwhile",
    ),
];
