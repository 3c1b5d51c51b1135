//! What a reset removes. What is left behaves as after deletions.

use longshore_local_kit::state::Scope;

use super::PubSub;

impl PubSub {
    pub(super) fn reset(&mut self, scope: &Scope) {
        let in_scope = |name: &&String| scope.has(name);
        let subscriptions: Vec<String> =
            self.subscriptions.keys().filter(in_scope).cloned().collect();
        let topics: Vec<String> = self.topics.keys().filter(in_scope).cloned().collect();
        let mut schemas: Vec<String> =
            self.schemas.all().map(|revision| revision.schema.clone()).collect();
        schemas.retain(|name| scope.has(name));
        for name in subscriptions {
            self.subscriptions.remove(&name);
            self.deleted.insert(name);
        }
        topics.iter().for_each(|name| self.remove_topic(name));
        schemas.iter().for_each(|name| self.remove_schema(name));
        self.snapshots.retain(|name, _| !scope.has(name));
        self.policies.retain(|name, _| !scope.has(name));
    }
}
