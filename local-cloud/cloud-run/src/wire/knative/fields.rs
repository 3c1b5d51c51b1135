//! The fields of a service of version 1:
//! <https://cloud.google.com/run/docs/reference/rest/v1/namespaces.services>.

use longshore_local_kit::shape::{Field, Kind};

const TEXTS: Kind = Kind::List(&Kind::Text);

pub(super) const SERVICE: &[Field] = &[
    Field::taken("apiVersion", Kind::Text),
    Field::taken("kind", Kind::Text),
    Field::taken("metadata", Kind::Message(METADATA)),
    Field::taken(
        "spec",
        Kind::Message(&[
            Field::taken("template", Kind::Message(TEMPLATE)),
            Field::taken("traffic", Kind::List(&Kind::Message(TARGET))),
        ]),
    ),
    Field::output("status", Kind::Message(STATUS)),
];

const STATUS: &[Field] = &[
    Field::output("address", Kind::Message(&[Field::output("url", Kind::Text)])),
    Field::output(
        "conditions",
        Kind::List(&Kind::Message(&[
            Field::output("lastTransitionTime", Kind::Text),
            Field::output("message", Kind::Text),
            Field::output("reason", Kind::Text),
            Field::output("severity", Kind::Text),
            Field::output("status", Kind::Text),
            Field::output("type", Kind::Text),
        ])),
    ),
    Field::output("latestCreatedRevisionName", Kind::Text),
    Field::output("latestReadyRevisionName", Kind::Text),
    Field::output("observedGeneration", Kind::Int32),
    Field::output("traffic", Kind::List(&Kind::Message(TARGET))),
    Field::output("url", Kind::Text),
];

const METADATA: &[Field] = &[
    Field::taken("annotations", Kind::TextMap),
    Field::unserved("clusterName"),
    Field::output("creationTimestamp", Kind::Text),
    Field::unserved("deletionGracePeriodSeconds"),
    Field::output("deletionTimestamp", Kind::Text),
    Field::unserved("finalizers"),
    Field::unserved("generateName"),
    Field::output("generation", Kind::Int32),
    Field::taken("labels", Kind::TextMap),
    Field::taken("name", Kind::Text),
    Field::taken("namespace", Kind::Text),
    Field::unserved("ownerReferences"),
    Field::taken("resourceVersion", Kind::Text),
    Field::output("selfLink", Kind::Text),
    Field::output("uid", Kind::Text),
];

const TEMPLATE: &[Field] = &[
    Field::taken(
        "metadata",
        Kind::Message(&[
            Field::taken("annotations", Kind::TextMap),
            Field::unserved("clusterName"),
            Field::output("creationTimestamp", Kind::Text),
            Field::unserved("deletionGracePeriodSeconds"),
            Field::output("deletionTimestamp", Kind::Text),
            Field::unserved("finalizers"),
            Field::unserved("generateName"),
            Field::output("generation", Kind::Int32),
            Field::taken("labels", Kind::TextMap),
            Field::taken("name", Kind::Text),
            Field::unserved("namespace"),
            Field::unserved("ownerReferences"),
            Field::unserved("resourceVersion"),
            Field::output("selfLink", Kind::Text),
            Field::output("uid", Kind::Text),
        ]),
    ),
    Field::taken(
        "spec",
        Kind::Message(&[
            Field::taken("containerConcurrency", Kind::Int32),
            Field::taken("containers", Kind::List(&Kind::Message(CONTAINER))),
            Field::unserved("enableServiceLinks"),
            Field::unserved("imagePullSecrets"),
            Field::unserved("nodeSelector"),
            Field::taken("runtimeClassName", Kind::Text),
            Field::taken("serviceAccountName", Kind::Text),
            Field::taken("timeoutSeconds", Kind::Int32),
            Field::taken("volumes", Kind::List(&Kind::Message(VOLUME))),
        ]),
    ),
];

const CONTAINER: &[Field] = &[
    Field::taken("args", TEXTS),
    Field::taken("command", TEXTS),
    Field::taken("env", Kind::List(&Kind::Message(VARIABLE))),
    Field::unserved("envFrom"),
    Field::taken("image", Kind::Text),
    Field::unserved("imagePullPolicy"),
    Field::taken("livenessProbe", Kind::Message(PROBE)),
    Field::taken("name", Kind::Text),
    Field::taken(
        "ports",
        Kind::List(&Kind::Message(&[
            Field::taken("containerPort", Kind::Int32),
            Field::taken("name", Kind::Text),
            Field::taken("protocol", Kind::Enum(&[(0, "TCP")])),
        ])),
    ),
    Field::taken("readinessProbe", Kind::Message(PROBE)),
    Field::taken(
        "resources",
        Kind::Message(&[Field::taken("limits", Kind::TextMap), Field::unserved("requests")]),
    ),
    Field::unserved("securityContext"),
    Field::taken("startupProbe", Kind::Message(PROBE)),
    Field::unserved("terminationMessagePath"),
    Field::unserved("terminationMessagePolicy"),
    Field::taken(
        "volumeMounts",
        Kind::List(&Kind::Message(&[
            Field::taken("mountPath", Kind::Text),
            Field::taken("name", Kind::Text),
            Field::taken("readOnly", Kind::Boolean),
            Field::taken("subPath", Kind::Text),
        ])),
    ),
    Field::taken("workingDir", Kind::Text),
];

const VARIABLE: &[Field] = &[
    Field::taken("name", Kind::Text),
    Field::taken("value", Kind::Text),
    Field::taken(
        "valueFrom",
        Kind::Message(&[
            // Refused with the name of the variable, where variables are read.
            Field::taken("configMapKeyRef", Kind::Any),
            Field::taken(
                "secretKeyRef",
                Kind::Message(&[
                    Field::taken("key", Kind::Text),
                    Field::unserved("localObjectReference"),
                    Field::taken("name", Kind::Text),
                    Field::unserved("optional"),
                ]),
            ),
        ]),
    ),
];

const PROBE: &[Field] = &[
    Field::unserved("exec"),
    Field::taken("failureThreshold", Kind::Int32),
    Field::taken(
        "grpc",
        Kind::Message(&[Field::taken("port", Kind::Int32), Field::taken("service", Kind::Text)]),
    ),
    Field::taken(
        "httpGet",
        Kind::Message(&[
            Field::unserved("host"),
            Field::taken(
                "httpHeaders",
                Kind::List(&Kind::Message(&[
                    Field::taken("name", Kind::Text),
                    Field::taken("value", Kind::Text),
                ])),
            ),
            Field::taken("path", Kind::Text),
            Field::taken("port", Kind::Int32),
            Field::unserved("scheme"),
        ]),
    ),
    Field::taken("initialDelaySeconds", Kind::Int32),
    Field::taken("periodSeconds", Kind::Int32),
    // Always 1, which is checked where containers are read.
    Field::taken("successThreshold", Kind::Int32),
    Field::taken(
        "tcpSocket",
        Kind::Message(&[Field::unserved("host"), Field::taken("port", Kind::Int32)]),
    ),
    Field::unserved("terminationGracePeriodSeconds"),
    Field::taken("timeoutSeconds", Kind::Int32),
];

const VOLUME: &[Field] = &[
    // All but secrets are refused with the name of the volume, where volumes are read.
    Field::taken("configMap", Kind::Any),
    Field::taken("csi", Kind::Any),
    Field::taken("emptyDir", Kind::Any),
    Field::taken("name", Kind::Text),
    Field::taken("nfs", Kind::Any),
    Field::taken(
        "secret",
        Kind::Message(&[
            Field::taken("defaultMode", Kind::Int32),
            Field::taken(
                "items",
                Kind::List(&Kind::Message(&[
                    Field::taken("key", Kind::Text),
                    Field::taken("mode", Kind::Int32),
                    Field::taken("path", Kind::Text),
                ])),
            ),
            Field::unserved("optional"),
            Field::taken("secretName", Kind::Text),
        ]),
    ),
];

const TARGET: &[Field] = &[
    Field::unserved("configurationName"),
    Field::taken("latestRevision", Kind::Boolean),
    Field::taken("percent", Kind::Int32),
    Field::taken("revisionName", Kind::Text),
    Field::taken("tag", Kind::Text),
    Field::output("url", Kind::Text),
];
