//! What both protocols do.

use uuid::Uuid;

use super::convert::{job_wire, spec};
use super::mask::{mask_paths, merge};
use super::page::page;
use crate::core::{LocationName, check_job};
use crate::proto::v1;
use crate::{Refusal, Service, ServiceError};

pub(super) fn list(
    service: &Service,
    request: &v1::ListJobsRequest,
) -> Result<v1::ListJobsResponse, ServiceError> {
    let location = LocationName::parse(&service.resource_name(&request.parent))?;
    let core = service.core();
    let jobs = core.jobs_in(&location);
    let (jobs, next_page_token) =
        page(jobs, request.page_size, &request.page_token, |job| &job.spec.name)?;
    Ok(v1::ListJobsResponse { jobs: jobs.into_iter().map(job_wire).collect(), next_page_token })
}

pub(super) fn get(service: &Service, name: &str) -> Result<v1::Job, ServiceError> {
    let name = full_name(service, name)?;
    Ok(job_wire(service.core().job(&name)?))
}

pub(super) fn create(
    service: &Service,
    request: v1::CreateJobRequest,
) -> Result<v1::Job, ServiceError> {
    let parent = LocationName::parse(&service.resource_name(&request.parent))?;
    let mut job = request.job.ok_or_else(|| Refusal::invalid("job: required"))?;
    job.name = match job.name.as_str() {
        "" => format!("{parent}/jobs/{}", Uuid::new_v4()),
        name => full_name(service, name)?,
    };
    if !job.name.starts_with(&format!("{parent}/jobs/")) {
        return Err(Refusal::Invalid(format!("Job.name: must begin with {parent}/jobs/")).into());
    }
    let spec = spec(job)?;
    let job = service.commit(|core, now| core.create(spec, now))?;
    Ok(job_wire(&job))
}

/// Without a mask, everything that a caller decides is replaced.
pub(super) fn update(
    service: &Service,
    request: v1::UpdateJobRequest,
) -> Result<v1::Job, ServiceError> {
    let mut given = request.job.ok_or_else(|| Refusal::invalid("job: required"))?;
    given.name = full_name(service, &given.name)?;
    let mask = mask_paths(request.update_mask.unwrap_or_default().paths);
    let job = service.commit(|core, now| {
        let current = core.job(&given.name)?;
        let wanted = if mask.is_empty() { given } else { merge(job_wire(current), given, &mask)? };
        core.update(spec(wanted)?, now)
    })?;
    Ok(job_wire(&job))
}

pub(super) fn delete(service: &Service, name: &str) -> Result<pbjson_types::Empty, ServiceError> {
    let name = full_name(service, name)?;
    service.commit(|core, _| core.delete(&name))?;
    Ok(pbjson_types::Empty {})
}

pub(super) fn pause(service: &Service, name: &str) -> Result<v1::Job, ServiceError> {
    let name = full_name(service, name)?;
    Ok(job_wire(&service.commit(|core, _| core.pause(&name))?))
}

pub(super) fn resume(service: &Service, name: &str) -> Result<v1::Job, ServiceError> {
    let name = full_name(service, name)?;
    Ok(job_wire(&service.commit(|core, now| core.resume(&name, now))?))
}

pub(super) fn run(service: &Service, name: &str) -> Result<v1::Job, ServiceError> {
    let name = full_name(service, name)?;
    Ok(job_wire(&service.commit(|core, now| core.run(&name, now))?))
}

fn full_name(service: &Service, name: &str) -> Result<String, Refusal> {
    let name = service.resource_name(name);
    check_job(&name)?;
    Ok(name)
}
