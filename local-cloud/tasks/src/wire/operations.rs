//! What both protocols do.

use longshore_local_kit::filter::Filter;
use uuid::Uuid;

use super::convert::{queue, queue_wire};
use super::mask::{mask_paths, merge};
use super::page::page;
use super::task::{spec, task_wire};
use crate::core::{LocationName, Queue, check_queue, queue_of};
use crate::proto::v2::{self, queue::State, task::View};
use crate::{Refusal, Service, ServiceError};

/// The fields by which queues can be filtered.
const QUEUE_FIELDS: [&str; 8] = [
    "appEngineRoutingOverride",
    "httpTarget",
    "name",
    "purgeTime",
    "rateLimits",
    "retryConfig",
    "stackdriverLoggingConfig",
    "state",
];

/// The names that Google chooses have 20 digits.
const NAMES: u128 = 10_u128.pow(20);

pub(super) fn list_queues(
    service: &Service,
    request: &v2::ListQueuesRequest,
) -> Result<v2::ListQueuesResponse, ServiceError> {
    let location = LocationName::parse(&service.resource_name(&request.parent))?;
    let filter = Filter::parse(&request.filter, &QUEUE_FIELDS)
        .map_err(|error| Refusal::invalid(error.to_string()))?;
    let core = service.core();
    let queues = filter.select(core.queues_in(&location), |queue| {
        serde_json::to_value(queue_wire(queue)).unwrap_or_default()
    });
    let (queues, next_page_token) =
        page(queues, request.page_size, &request.page_token, |queue| &queue.name)?;
    let queues = queues.into_iter().map(queue_wire).collect();
    Ok(v2::ListQueuesResponse { queues, next_page_token })
}

pub(super) fn get_queue(service: &Service, name: &str) -> Result<v2::Queue, ServiceError> {
    let name = queue_name(service, name)?;
    Ok(queue_wire(service.core().queue(&name)?))
}

pub(super) fn create_queue(
    service: &Service,
    request: v2::CreateQueueRequest,
) -> Result<v2::Queue, ServiceError> {
    let parent = LocationName::parse(&service.resource_name(&request.parent))?;
    let mut given = request.queue.ok_or_else(|| Refusal::invalid("queue: required"))?;
    given.name = queue_name(service, &given.name)?;
    if !given.name.starts_with(&format!("{parent}/queues/")) {
        // The text is Google's.
        return Err(Refusal::Invalid(format!("{} must begin with {parent}.", given.name)).into());
    }
    let queue = queue(given)?;
    Ok(queue_wire(&service.commit(|core, _| core.create_queue(queue))?))
}

/// Creates the queue if it does not exist, as Google does. Google documents that an update does not
/// change the state; firebase-tools disables the queue of a deleted function by one, so a mask that
/// names the state disables a queue and enables it again.
pub(super) fn update_queue(
    service: &Service,
    request: v2::UpdateQueueRequest,
) -> Result<v2::Queue, ServiceError> {
    let mut given = request.queue.ok_or_else(|| Refusal::invalid("queue: required"))?;
    given.name = queue_name(service, &given.name)?;
    let mask = mask_paths(request.update_mask.unwrap_or_default().paths);
    let saved = service.commit(|core, _| {
        let Ok(current) = core.queue(&given.name) else { return core.create_queue(queue(given)?) };
        let is_disabled = match given.state() {
            State::Disabled if mask.iter().any(|path| path == "state") => true,
            State::Running if mask.iter().any(|path| path == "state") => false,
            _ => current.is_disabled,
        };
        let wanted =
            if mask.is_empty() { given } else { merge(queue_wire(current), given, &mask)? };
        let (is_paused, purged_at) = (current.is_paused, current.purged_at);
        core.save_queue(Queue { is_paused, is_disabled, purged_at, ..queue(wanted)? })
    })?;
    Ok(queue_wire(&saved))
}

pub(super) fn delete_queue(
    service: &Service,
    name: &str,
) -> Result<pbjson_types::Empty, ServiceError> {
    let name = queue_name(service, name)?;
    service.commit(|core, now| core.delete_queue(&name, now))?;
    Ok(pbjson_types::Empty {})
}

pub(super) fn purge_queue(service: &Service, name: &str) -> Result<v2::Queue, ServiceError> {
    let name = queue_name(service, name)?;
    Ok(queue_wire(&service.commit(|core, now| core.purge(&name, now))?))
}

pub(super) fn pause_queue(
    service: &Service,
    name: &str,
    is_paused: bool,
) -> Result<v2::Queue, ServiceError> {
    let name = queue_name(service, name)?;
    Ok(queue_wire(&service.commit(|core, _| core.set_paused(&name, is_paused))?))
}

pub(super) fn list_tasks(
    service: &Service,
    request: &v2::ListTasksRequest,
) -> Result<v2::ListTasksResponse, ServiceError> {
    let queue = queue_name(service, &request.parent)?;
    let view = request.response_view();
    let core = service.core();
    let tasks = core.tasks_in(&queue)?;
    let (tasks, next_page_token) =
        page(tasks, request.page_size, &request.page_token, |task| &task.spec.name)?;
    let tasks = tasks.into_iter().map(|task| task_wire(task, view)).collect();
    Ok(v2::ListTasksResponse { tasks, next_page_token })
}

pub(super) fn get_task(
    service: &Service,
    name: &str,
    view: View,
) -> Result<v2::Task, ServiceError> {
    let name = service.resource_name(name);
    Ok(task_wire(service.core().task(&name, service.now())?, view))
}

pub(super) fn create_task(
    service: &Service,
    request: v2::CreateTaskRequest,
) -> Result<v2::Task, ServiceError> {
    let view = request.response_view();
    let queue = queue_name(service, &request.parent)?;
    let mut given = request.task.ok_or_else(|| Refusal::invalid("task: required"))?;
    let is_named = !given.name.is_empty();
    given.name = if is_named {
        service.resource_name(&given.name)
    } else {
        format!("{queue}/tasks/{:020}", Uuid::new_v4().as_u128() % NAMES)
    };
    let named = queue_of(&given.name)?;
    if named != queue {
        // The text is Google's.
        return Err(Refusal::Invalid(format!(
            "The queue name from request ('{queue}') must be the same as the queue name in the \
             named task ('{named}')."
        ))
        .into());
    }
    let task = service.commit(|core, now| {
        let (spec, wanted) = spec(given, is_named, now)?;
        core.create_task(spec, wanted, now)
    })?;
    Ok(task_wire(&task, view))
}

pub(super) fn delete_task(
    service: &Service,
    name: &str,
) -> Result<pbjson_types::Empty, ServiceError> {
    let name = service.resource_name(name);
    service.commit(|core, now| core.delete_task(&name, now))?;
    Ok(pbjson_types::Empty {})
}

pub(super) fn run_task(
    service: &Service,
    name: &str,
    view: View,
) -> Result<v2::Task, ServiceError> {
    let name = service.resource_name(name);
    Ok(task_wire(&service.commit(|core, now| core.run_task(&name, now))?, view))
}

fn queue_name(service: &Service, name: &str) -> Result<String, Refusal> {
    let name = service.resource_name(name);
    check_queue(&name)?;
    Ok(name)
}
