//! The IAM policies of projects in memory, whose calls fail on request.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use longshore_cloud::{Binding, CloudError, Keys, Kind, ProjectRole, ProjectRoles};
use parking_lot::Mutex;

use super::fake_triggers::Stop;
use super::fakes::unused;

/// The number of every project.
const NUMBER: u64 = 7;

/// The policy of one project, and no keys.
#[derive(Default)]
pub(crate) struct FakeProjects {
    policy: Mutex<Vec<Binding>>,
    /// Each call, as `CALL ROLE,…`.
    calls: Mutex<Vec<String>>,
    /// How the next grants fail. Later ones succeed.
    refused: Mutex<VecDeque<(Kind, &'static str)>>,
    /// How all reads fail.
    unreadable: Mutex<Option<Kind>>,
    stop: Mutex<Option<Arc<Stop>>>,
}

impl FakeProjects {
    /// The calls since the last call of this function.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock())
    }

    /// Every role with its principal, as `ROLE PRINCIPAL`.
    pub(crate) fn roles(&self) -> Vec<String> {
        let policy = self.policy.lock();
        let of = |one: &Binding| {
            let role = one.role.clone();
            one.members.iter().map(move |member| format!("{role} {member}")).collect::<Vec<_>>()
        };
        policy.iter().flat_map(of).collect()
    }

    /// Somebody else gives a role.
    pub(crate) fn give(&self, role: &str, member: &str) {
        let (role, members) = (role.to_owned(), vec![member.to_owned()]);
        self.policy.lock().push(Binding { role, members });
    }

    pub(crate) fn refuse(&self, kind: Kind, message: &'static str) {
        self.refused.lock().push_back((kind, message));
    }

    /// Stops the next grant.
    pub(crate) fn stop_next(&self) -> Arc<Stop> {
        let stop = Arc::new(Stop::default());
        *self.stop.lock() = Some(Arc::clone(&stop));
        stop
    }

    pub(crate) fn hide(&self, kind: Kind) {
        *self.unreadable.lock() = Some(kind);
    }
}

#[async_trait]
impl Keys for FakeProjects {
    async fn project_number(&self, _: &str) -> Result<u64, CloudError> {
        Ok(NUMBER)
    }

    async fn policy(&self, resource: &str) -> Result<Vec<Binding>, CloudError> {
        if resource.split('/').count() != 2 {
            return Err(unused("get IAM policy"));
        }
        self.calls.lock().push("read".to_owned());
        match *self.unreadable.lock() {
            Some(kind) => Err(CloudError::new("get IAM policy", resource, kind)),
            None => Ok(self.policy.lock().clone()),
        }
    }
}

#[async_trait]
impl ProjectRoles for FakeProjects {
    async fn grant(&self, project: &str, roles: &[ProjectRole]) -> Result<(), CloudError> {
        let names: Vec<_> = roles.iter().map(|role| role.role).collect();
        self.calls.lock().push(format!("grant {}", names.join(",")));
        let stop = self.stop.lock().take();
        if let Some(stop) = stop {
            stop.hold().await;
        }
        if let Some((kind, message)) = self.refused.lock().pop_front() {
            return Err(CloudError::caused("grant project roles", project, kind, message));
        }
        for ProjectRole { role, member } in roles {
            self.give(role, member);
        }
        Ok(())
    }
}
