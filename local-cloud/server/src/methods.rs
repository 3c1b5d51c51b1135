//! The methods of all services, in one list.

use longshore_local_cloud_build as build;
use longshore_local_cloud_run as run;
use longshore_local_eventarc as eventarc;
use longshore_local_firebase as firebase;
use longshore_local_functions as functions;
use longshore_local_identity as identity;
use longshore_local_kit::coverage::Method;
use longshore_local_kms as kms;
use longshore_local_logging as logging;
use longshore_local_projects as projects;
use longshore_local_pubsub as pubsub;
use longshore_local_registry as registry;
use longshore_local_scheduler as scheduler;
use longshore_local_secrets as secrets;
use longshore_local_storage as storage;
use longshore_local_tasks as tasks;

/// Every method of every API of the local cloud, served or not.
#[must_use]
pub fn methods() -> Vec<&'static Method> {
    let lists: [&[Method]; 16] = [
        pubsub::METHODS,
        storage::METHODS,
        run::METHODS,
        run::KNATIVE_METHODS,
        logging::METHODS,
        build::METHODS,
        functions::METHODS,
        eventarc::METHODS,
        registry::METHODS,
        secrets::METHODS,
        identity::METHODS,
        kms::METHODS,
        scheduler::METHODS,
        tasks::METHODS,
        projects::METHODS,
        firebase::METHODS,
    ];
    lists.into_iter().flatten().collect()
}
