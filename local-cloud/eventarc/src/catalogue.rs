//! The events that the local cloud fires, as `providers.list` and `providers.get` show them. Names,
//! attributes and descriptions are those of Google's providers:
//! <https://cloud.google.com/eventarc/docs/reference/supported-events>.

use crate::names::Location;
use crate::proto::v1::{EventType, FilteringAttribute, Provider};

/// The attribute that every trigger must filter.
pub(crate) const TYPE: &str = "type";
pub(crate) const BUCKET: &str = "bucket";
pub(crate) const SERVICE_NAME: &str = "serviceName";
pub(crate) const METHOD_NAME: &str = "methodName";
pub(crate) const RESOURCE_NAME: &str = "resourceName";

pub(crate) const AUDIT_LOG: &str = "google.cloud.audit.log.v1.written";
pub(crate) const MESSAGE_PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// How the events of a type arise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Cloud Storage publishes a notification of this type.
    Storage(&'static str),
    /// A message is published to the topic.
    Topic,
    /// A method of an API was called.
    Audit,
}

/// An attribute that triggers can filter, besides the type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    description: &'static str,
    pub(crate) is_required: bool,
    pub(crate) has_patterns: bool,
}

/// An event type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    description: &'static str,
    pub(crate) source: Source,
    pub(crate) attributes: &'static [Attribute],
    /// The folder of its schema in <https://github.com/googleapis/google-cloudevents>.
    schema: &'static str,
}

struct ProviderEntry {
    id: &'static str,
    display_name: &'static str,
    kinds: &'static [Kind],
}

const OF_BUCKET: &[Attribute] = &[Attribute {
    name: BUCKET,
    description: "The bucket name being watched.",
    is_required: true,
    has_patterns: false,
}];

const OF_AUDIT_LOG: &[Attribute] = &[
    Attribute {
        name: METHOD_NAME,
        description: "The identifier of the service's operation.",
        is_required: true,
        has_patterns: false,
    },
    Attribute {
        name: RESOURCE_NAME,
        description: "The complete path to a resource. Used to filter events for a specific resource.",
        is_required: false,
        has_patterns: true,
    },
    Attribute {
        name: SERVICE_NAME,
        description: "The identifier of the Google Cloud service.",
        is_required: true,
        has_patterns: false,
    },
];

const fn of_storage(
    name: &'static str,
    notification: &'static str,
    description: &'static str,
) -> Kind {
    let source = Source::Storage(notification);
    Kind { name, description, source, attributes: OF_BUCKET, schema: "storage" }
}

static PROVIDERS: [ProviderEntry; 3] = [
    ProviderEntry {
        id: "cloudaudit.googleapis.com",
        display_name: "Cloud Audit Logs",
        kinds: &[Kind {
            name: AUDIT_LOG,
            description: "An audit log is created that matches the trigger's filter criteria.",
            source: Source::Audit,
            attributes: OF_AUDIT_LOG,
            schema: "audit",
        }],
    },
    ProviderEntry {
        id: "pubsub.googleapis.com",
        display_name: "Cloud Pub/Sub",
        kinds: &[Kind {
            name: MESSAGE_PUBLISHED,
            description: "A message is published to the specified Pub/Sub topic.",
            source: Source::Topic,
            attributes: &[],
            schema: "pubsub",
        }],
    },
    ProviderEntry {
        id: "storage.googleapis.com",
        display_name: "Cloud Storage",
        kinds: &[
            of_storage(
                "google.cloud.storage.object.v1.archived",
                "OBJECT_ARCHIVE",
                "The live version of an object has become a noncurrent version.",
            ),
            of_storage(
                "google.cloud.storage.object.v1.deleted",
                "OBJECT_DELETE",
                "An object has been permanently deleted.",
            ),
            of_storage(
                "google.cloud.storage.object.v1.finalized",
                "OBJECT_FINALIZE",
                "A new object is created or an existing object is overwritten, and a new generation \
                 of the object is created.",
            ),
            of_storage(
                "google.cloud.storage.object.v1.metadataUpdated",
                "OBJECT_METADATA_UPDATE",
                "The metadata of an existing object changes.",
            ),
        ],
    },
];

/// An event type, by its full name.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    PROVIDERS.iter().flat_map(|provider| provider.kinds).find(|kind| kind.name == name)
}

/// The providers, as resources of a location.
pub(crate) fn providers(location: &Location) -> impl Iterator<Item = Provider> + '_ {
    PROVIDERS.iter().map(move |provider| Provider {
        name: format!("{location}/providers/{}", provider.id),
        display_name: provider.display_name.to_owned(),
        event_types: provider.kinds.iter().map(event_type).collect(),
    })
}

fn event_type(kind: &Kind) -> EventType {
    let own = kind.attributes.iter().map(|attribute| FilteringAttribute {
        attribute: attribute.name.to_owned(),
        description: attribute.description.to_owned(),
        required: attribute.is_required,
        path_pattern_supported: attribute.has_patterns,
    });
    let of_type = FilteringAttribute {
        attribute: TYPE.to_owned(),
        required: true,
        ..FilteringAttribute::default()
    };
    let folder = kind.schema;
    EventType {
        r#type: kind.name.to_owned(),
        description: kind.description.to_owned(),
        filtering_attributes: own.chain([of_type]).collect(),
        event_schema_uri: format!(
            "https://github.com/googleapis/google-cloudevents/blob/master/proto/google/events/cloud/\
             {folder}/v1/events.proto"
        ),
    }
}
