"""Buckets and their metadata."""

from google.api_core import exceptions

from .support import PROJECT, Scenario


class Buckets(Scenario):
    def test_a_bucket_is_made_read_listed_and_deleted(self):
        found = self.client.get_bucket(self.bucket.name)
        self.assertEqual((found.location, found.location_type, found.storage_class), ("EUROPE-WEST1", "region", "STANDARD"))
        self.assertEqual(found.metageneration, 1)
        self.assertIn(found.name, [bucket.name for bucket in self.client.list_buckets(prefix=found.name[:6])])
        self.assertTrue(found.exists())
        found.delete()
        self.assertFalse(found.exists())
        with self.assertRaises(exceptions.NotFound):
            self.client.get_bucket(found.name)

    def test_a_taken_name_is_a_conflict_and_a_bad_one_a_bad_request(self):
        with self.assertRaises(exceptions.Conflict):
            self.client.create_bucket(self.bucket.name)
        with self.assertRaises(exceptions.BadRequest):
            self.client.create_bucket("a-google-bucket")

    def test_a_bucket_with_objects_is_deleted_by_force_only(self):
        self.put("a")
        with self.assertRaises(exceptions.Conflict):
            self.bucket.delete()
        self.bucket.delete(force=True)
        self.assertFalse(self.bucket.exists())

    def test_a_patch_changes_what_it_names(self):
        self.bucket.labels = {"team": "a", "stage": "test"}
        self.bucket.storage_class = "NEARLINE"
        self.bucket.patch()
        self.bucket.labels = {"team": "b"}
        self.bucket.patch()
        found = self.client.get_bucket(self.bucket.name)
        self.assertEqual((found.labels, found.storage_class, found.metageneration), ({"team": "b"}, "NEARLINE", 3))
        self.assertGreater(found.updated, found.time_created)

    def test_an_update_replaces_everything(self):
        self.bucket.labels = {"team": "a"}
        self.bucket.update()
        self.assertEqual(self.client.get_bucket(self.bucket.name).labels, {"team": "a"})

    def test_a_change_obeys_its_metageneration(self):
        self.bucket.labels = {"team": "a"}
        with self.assertRaises(exceptions.PreconditionFailed):
            self.bucket.patch(if_metageneration_match=7)
        self.bucket.patch(if_metageneration_match=1)
        with self.assertRaises(exceptions.PreconditionFailed):
            self.bucket.delete(if_metageneration_match=1)

    def test_rules_and_cors_are_recorded(self):
        self.bucket.add_lifecycle_delete_rule(age=30)
        self.bucket.cors = [{"origin": ["*"], "method": ["GET"], "maxAgeSeconds": 60}]
        self.bucket.configure_website("index.html", "404.html")
        self.bucket.patch()
        found = self.client.get_bucket(self.bucket.name)
        self.assertEqual(len(list(found.lifecycle_rules)), 1)
        self.assertEqual(found.cors[0]["origin"], ["*"])
        found.clear_lifecycle_rules()
        found.patch()
        self.assertEqual(list(self.client.get_bucket(found.name).lifecycle_rules), [])

    def test_uniform_access_and_public_access_prevention_are_told(self):
        self.bucket.iam_configuration.uniform_bucket_level_access_enabled = True
        self.bucket.iam_configuration.public_access_prevention = "enforced"
        self.bucket.patch()
        found = self.client.get_bucket(self.bucket.name).iam_configuration
        self.assertTrue(found.uniform_bucket_level_access_enabled)
        self.assertEqual(found.public_access_prevention, "enforced")
        with self.assertRaises(exceptions.BadRequest):
            self.bucket.acl.reload()

    def test_a_policy_is_read_changed_and_tested(self):
        policy = self.bucket.get_iam_policy(requested_policy_version=3)
        policy.bindings.append({"role": "roles/storage.objectViewer", "members": {"user:a@example.com"}})
        written = self.bucket.set_iam_policy(policy)
        self.assertIn("user:a@example.com", written["roles/storage.objectViewer"])
        with self.assertRaises(exceptions.PreconditionFailed):
            self.bucket.set_iam_policy(policy)
        wanted = ["storage.objects.get", "storage.buckets.delete"]
        self.assertEqual(self.bucket.test_iam_permissions(wanted), wanted)

    def test_what_is_not_served_is_refused_by_name(self):
        kept = {"softDeletePolicy": {"retentionDurationSeconds": "604800"}}
        for change in ({"retentionPolicy": {"retentionPeriod": "60"}}, kept):
            with self.assertRaises(exceptions.MethodNotImplemented) as caught:
                self.client._patch_resource(self.bucket.path, change)
            self.assertIn(next(iter(change)), str(caught.exception))

    def test_a_default_key_has_the_full_name_of_a_key(self):
        with self.assertRaises(exceptions.BadRequest) as caught:
            self.client._patch_resource(self.bucket.path, {"encryption": {"defaultKmsKeyName": "k"}})
        self.assertIn("Cloud KMS key", str(caught.exception))

    def test_the_projects_service_account_is_known(self):
        self.assertIn("gserviceaccount.com", self.client.get_service_account_email(project=PROJECT))
