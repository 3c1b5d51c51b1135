//! Every method of the Eventarc API, and whether it is served.

use longshore_local_kit::coverage::{Api, Method};

const API: Api = Api("Eventarc");
const ADVANCED: &str = "Eventarc Advanced";
const NO_CHANNELS: &str = "there are no third-party sources";
const NOT_ENCRYPTED: &str = "events are not encrypted";
const ENDED: &str = "operations end within the call that starts them";

/// Every method of <https://cloud.google.com/eventarc/docs/reference/rest>.
pub const METHODS: &[Method] = &[
    API.served(
        "google.cloud.eventarc.v1.Eventarc.GetTrigger",
        "GET /v1/projects/{project}/locations/{location}/triggers/{trigger}",
        "",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/GetTrigger"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.ListTriggers",
        "GET /v1/projects/{project}/locations/{location}/triggers",
        "ordered by name, without filters",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/ListTriggers"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.CreateTrigger",
        "POST /v1/projects/{project}/locations/{location}/triggers",
        "for Cloud Run services, of events from Cloud Storage, Pub/Sub and audit logs of changes; without channels",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/CreateTrigger"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.UpdateTrigger",
        "PATCH /v1/projects/{project}/locations/{location}/triggers/{trigger}",
        "as CreateTrigger",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/UpdateTrigger"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.DeleteTrigger",
        "DELETE /v1/projects/{project}/locations/{location}/triggers/{trigger}",
        "",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/DeleteTrigger"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.GetProvider",
        "GET /v1/projects/{project}/locations/{location}/providers/{provider}",
        "",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/GetProvider"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.ListProviders",
        "GET /v1/projects/{project}/locations/{location}/providers",
        "those whose events the local cloud fires",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/ListProviders"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.GetChannel",
        "GET /v1/projects/{project}/locations/{location}/channels/{channel}",
        "there are no channels",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/GetChannel"),
    API.served(
        "google.cloud.eventarc.v1.Eventarc.ListChannels",
        "GET /v1/projects/{project}/locations/{location}/channels",
        "there are no channels",
    )
    .with_grpc("/google.cloud.eventarc.v1.Eventarc/ListChannels"),
    API.served(
        "google.iam.v1.IAMPolicy.GetIamPolicy",
        "GET /v1/projects/{project}/locations/{location}/triggers/{trigger}:getIamPolicy",
        "",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/GetIamPolicy"),
    API.served(
        "google.iam.v1.IAMPolicy.SetIamPolicy",
        "POST /v1/projects/{project}/locations/{location}/triggers/{trigger}:setIamPolicy",
        "has no effect",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/SetIamPolicy"),
    API.served(
        "google.iam.v1.IAMPolicy.TestIamPermissions",
        "POST /v1/projects/{project}/locations/{location}/triggers/{trigger}:testIamPermissions",
        "every caller has every permission",
    )
    .with_grpc("/google.iam.v1.IAMPolicy/TestIamPermissions"),
    API.served(
        "google.longrunning.Operations.GetOperation",
        "GET /v1/projects/{project}/locations/{location}/operations/{operation}",
        "",
    )
    .with_grpc("/google.longrunning.Operations/GetOperation"),
    API.served(
        "google.longrunning.Operations.ListOperations",
        "GET /v1/projects/{project}/locations/{location}/operations",
        "without filters",
    )
    .with_grpc("/google.longrunning.Operations/ListOperations"),
    API.served(
        "google.cloud.location.Locations.ListLocations",
        "GET /v1/projects/{project}/locations",
        "without filters",
    )
    .with_grpc("/google.cloud.location.Locations/ListLocations"),
    API.served(
        "google.cloud.location.Locations.GetLocation",
        "GET /v1/projects/{project}/locations/{location}",
        "",
    )
    .with_grpc("/google.cloud.location.Locations/GetLocation"),
    API.unimplemented(
        "google.longrunning.Operations.DeleteOperation",
        "DELETE /v1/projects/{project}/locations/{location}/operations/{operation}",
        ENDED,
    ),
    API.unimplemented(
        "google.longrunning.Operations.CancelOperation",
        "POST /v1/projects/{project}/locations/{location}/operations/{operation}:cancel",
        ENDED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.CreateChannel",
        "POST /v1/projects/{project}/locations/{location}/channels",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.UpdateChannel",
        "PATCH /v1/projects/{project}/locations/{location}/channels/{channel}",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.DeleteChannel",
        "DELETE /v1/projects/{project}/locations/{location}/channels/{channel}",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.GetChannelConnection",
        "GET /v1/projects/{project}/locations/{location}/channelConnections/{connection}",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.ListChannelConnections",
        "GET /v1/projects/{project}/locations/{location}/channelConnections",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.CreateChannelConnection",
        "POST /v1/projects/{project}/locations/{location}/channelConnections",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.DeleteChannelConnection",
        "DELETE /v1/projects/{project}/locations/{location}/channelConnections/{connection}",
        NO_CHANNELS,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.GetGoogleChannelConfig",
        "GET /v1/projects/{project}/locations/{location}/googleChannelConfig",
        NOT_ENCRYPTED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.UpdateGoogleChannelConfig",
        "PATCH /v1/projects/{project}/locations/{location}/googleChannelConfig",
        NOT_ENCRYPTED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.GetMessageBus",
        "GET /v1/projects/{project}/locations/{location}/messageBuses/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.ListMessageBuses",
        "GET /v1/projects/{project}/locations/{location}/messageBuses",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.CreateMessageBus",
        "POST /v1/projects/{project}/locations/{location}/messageBuses",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.UpdateMessageBus",
        "PATCH /v1/projects/{project}/locations/{location}/messageBuses/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.DeleteMessageBus",
        "DELETE /v1/projects/{project}/locations/{location}/messageBuses/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.ListMessageBusEnrollments",
        "GET /v1/projects/{project}/locations/{location}/messageBuses/{id}:listEnrollments",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.GetEnrollment",
        "GET /v1/projects/{project}/locations/{location}/enrollments/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.ListEnrollments",
        "GET /v1/projects/{project}/locations/{location}/enrollments",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.CreateEnrollment",
        "POST /v1/projects/{project}/locations/{location}/enrollments",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.UpdateEnrollment",
        "PATCH /v1/projects/{project}/locations/{location}/enrollments/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.DeleteEnrollment",
        "DELETE /v1/projects/{project}/locations/{location}/enrollments/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.GetPipeline",
        "GET /v1/projects/{project}/locations/{location}/pipelines/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.ListPipelines",
        "GET /v1/projects/{project}/locations/{location}/pipelines",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.CreatePipeline",
        "POST /v1/projects/{project}/locations/{location}/pipelines",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.UpdatePipeline",
        "PATCH /v1/projects/{project}/locations/{location}/pipelines/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.DeletePipeline",
        "DELETE /v1/projects/{project}/locations/{location}/pipelines/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.GetGoogleApiSource",
        "GET /v1/projects/{project}/locations/{location}/googleApiSources/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.ListGoogleApiSources",
        "GET /v1/projects/{project}/locations/{location}/googleApiSources",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.CreateGoogleApiSource",
        "POST /v1/projects/{project}/locations/{location}/googleApiSources",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.UpdateGoogleApiSource",
        "PATCH /v1/projects/{project}/locations/{location}/googleApiSources/{id}",
        ADVANCED,
    ),
    API.unimplemented(
        "google.cloud.eventarc.v1.Eventarc.DeleteGoogleApiSource",
        "DELETE /v1/projects/{project}/locations/{location}/googleApiSources/{id}",
        ADVANCED,
    ),
];
