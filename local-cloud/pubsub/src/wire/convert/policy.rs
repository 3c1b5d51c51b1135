//! IAM policies.

use crate::core::{Binding, Condition, Policy};
use crate::wire::iam;

pub(crate) fn policy_from_wire(wire: iam::Policy) -> Policy {
    let condition = |wire: iam::Condition| Condition {
        expression: wire.expression,
        title: wire.title,
        description: wire.description,
        location: wire.location,
    };
    let binding = |wire: iam::Binding| Binding {
        role: wire.role,
        members: wire.members,
        condition: wire.condition.map(condition),
    };
    Policy {
        version: wire.version,
        bindings: wire.bindings.into_iter().map(binding).collect(),
        etag: wire.etag.to_vec(),
    }
}

pub(crate) fn policy_to_wire(policy: Policy) -> iam::Policy {
    let condition = |condition: Condition| iam::Condition {
        expression: condition.expression,
        title: condition.title,
        description: condition.description,
        location: condition.location,
    };
    let binding = |binding: Binding| iam::Binding {
        role: binding.role,
        members: binding.members,
        condition: binding.condition.map(condition),
    };
    iam::Policy {
        version: policy.version,
        etag: policy.etag.into(),
        bindings: policy.bindings.into_iter().map(binding).collect(),
    }
}
