//! What Google's errors mean for a deployment. The tables are in `longshore_cloud::refusals`.

use longshore_cloud::refusals::{self, PROPAGATION_WINDOW, Subject};
use longshore_cloud::{Condition, LiveService};
use longshore_ledger::Ledger;
use longshore_messages::{Deployment, Failure, FailureClass, Function};
use longshore_runner::telemetry::chain;

use crate::plan::Target;
use crate::traffic::distribution;
use crate::triggers::{self, Verdict};
use crate::{DeployError, NAME};

/// The failure that an error means. `Err` if it means none, or while a grant of a moment ago may
/// still mend it.
pub(crate) async fn failure(
    error: DeployError,
    deployment: &Deployment,
    function: &Function,
    ledger: &Ledger,
) -> Result<Failure, DeployError> {
    if let DeployError::Trigger { kind, trigger, source, .. } = &error {
        let reason = chain(&error);
        let is_late = ledger.now() >= deployment.deadline_at;
        return match triggers::refusal(*kind, trigger, source, function) {
            Verdict::Retry if is_late => Ok(trigger_refused(FailureClass::System, reason, LATE)),
            Verdict::Retry => Err(error),
            Verdict::Agent(advice) if is_late => {
                Ok(trigger_refused(FailureClass::System, reason, &advice))
            }
            Verdict::Agent(_) => Err(error),
            Verdict::Refused(class, advice) => Ok(trigger_refused(class, reason, &advice)),
            Verdict::Propagates(advice) => {
                let since = ledger.refused_for(deployment.id, NAME).await;
                if is_late || since.map_err(DeployError::Ledger)? >= PROPAGATION_WINDOW {
                    return Ok(trigger_refused(FailureClass::System, reason, &advice));
                }
                Err(error)
            }
        };
    }
    let (DeployError::Get(cause) | DeployError::Write(cause) | DeployError::Policy(cause)) = &error
    else {
        return Err(error);
    };
    let Some(refusal) = refusals::of_call(cause, &subject(function)) else { return Err(error) };
    let failure = Failure::new(NAME, refusal.class, refusal.code, chain(cause), &refusal.advice);
    if !refusal.propagates {
        return Ok(failure);
    }
    let since = ledger.refused_for(deployment.id, NAME).await;
    if since.map_err(DeployError::Ledger)? >= PROPAGATION_WINDOW {
        return Ok(failure);
    }
    match error {
        DeployError::Get(cause) | DeployError::Write(cause) | DeployError::Policy(cause) => {
            Err(DeployError::Propagating(cause))
        }
        other => Err(other),
    }
}

const LATE: &str = "deploy again with a longer deadline: the triggers are completed then";

pub(crate) fn trigger_refused(class: FailureClass, reason: String, advice: &str) -> Failure {
    Failure::new(NAME, class, "trigger-refused", reason, advice)
}

/// The failure of a revision that did not come up, without the function's log.
pub(crate) fn of_revision(target: &Target<'_>, live: &LiveService) -> Failure {
    let (revision, Condition { message, .. }) = (&live.latest_created_revision, &live.condition);
    let refusal = refusals::of_revision(&live.condition, &subject_of(target));
    let reason = format!("revision {revision} did not start: {message}");
    let advice = match distribution(live) {
        none if none.is_empty() => refusal.advice,
        serving => format!("{}; until then, requests go to {serving}", refusal.advice),
    };
    Failure::new(NAME, refusal.class, refusal.code, reason, &advice)
}

fn subject_of<'a>(target: &'a Target<'_>) -> Subject<'a> {
    Subject {
        project: &target.at.project,
        region: &target.at.region,
        service: &target.at.name,
        account: target.shape.settings.service_account.as_deref().unwrap_or_default(),
        key: target.shape.encryption_key.as_deref().unwrap_or_default(),
        settings: Some(&target.shape.settings),
        ..Subject::default()
    }
}

fn subject(function: &Function) -> Subject<'_> {
    Subject {
        project: &function.at.project,
        region: &function.at.region,
        service: &function.at.name,
        account: function.service.service_account.as_deref().unwrap_or_default(),
        key: function.kms_key().unwrap_or_default(),
        settings: Some(&function.service),
        ..Subject::default()
    }
}
