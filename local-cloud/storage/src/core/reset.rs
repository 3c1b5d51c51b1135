//! What a reset removes.

use super::{Core, PartsUpload};
use longshore_local_kit::state::Scope;

impl Core {
    /// The generations, those of parts among them, and the incomplete uploads in a scope.
    pub(crate) fn contents_in(&self, scope: &Scope) -> (Vec<i64>, Vec<String>) {
        let buckets = self.buckets.values();
        let buckets = buckets.filter(|bucket| self.has(scope, bucket.record.project_number));
        let objects = buckets.flat_map(|bucket| bucket.objects.all());
        let parts = self.parts.values();
        let parts = parts.filter(|upload| self.has_bucket(scope, &upload.request.bucket));
        let generations = objects.map(|object| object.generation);
        let generations = generations.chain(parts.flat_map(PartsUpload::places)).collect();
        let uploads = self.uploads.values().filter(|upload| upload.finished.is_none());
        let uploads = uploads.filter(|upload| self.has_bucket(scope, &upload.request.bucket));
        (generations, uploads.map(|upload| upload.id.clone()).collect())
    }

    /// Generations and ids are not reused after a reset.
    pub(super) fn reset(&mut self, scope: &Scope) {
        let gone = |core: &Self, bucket: &str| core.has_bucket(scope, bucket);
        let mut uploads = std::mem::take(&mut self.uploads);
        uploads.retain(|_, upload| !gone(self, &upload.request.bucket));
        let mut parts = std::mem::take(&mut self.parts);
        parts.retain(|_, upload| !gone(self, &upload.request.bucket));
        let mut owed = std::mem::take(&mut self.owed);
        owed.retain(|_, notice| !gone(self, &notice.config.bucket));
        let mut keys = std::mem::take(&mut self.keys);
        keys.retain(|_, key| {
            !self.project_number(&key.project).is_ok_and(|of| self.has(scope, of))
        });
        let mut buckets = std::mem::take(&mut self.buckets);
        buckets.retain(|_, bucket| !self.has(scope, bucket.record.project_number));
        (self.uploads, self.parts, self.owed) = (uploads, parts, owed);
        (self.keys, self.buckets) = (keys, buckets);
    }

    fn has(&self, scope: &Scope, project_number: u64) -> bool {
        match scope {
            Scope::Everything => true,
            Scope::Project(id) => self.project_number(id).is_ok_and(|own| own == project_number),
        }
    }

    /// A bucket that does not exist is in no project.
    fn has_bucket(&self, scope: &Scope, bucket: &str) -> bool {
        let number = self.buckets.get(bucket).map(|bucket| bucket.record.project_number);
        number.map_or(*scope == Scope::Everything, |number| self.has(scope, number))
    }
}
