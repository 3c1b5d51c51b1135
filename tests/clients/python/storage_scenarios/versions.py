"""Object versions."""

from google.api_core import exceptions

from .support import Scenario


class Versions(Scenario):
    def setUp(self):
        super().setUp()
        self.bucket.versioning_enabled = True
        self.bucket.patch()

    def generations(self):
        listed = self.client.list_blobs(self.bucket, versions=True)
        return [(blob.generation, blob.time_deleted is None) for blob in listed]

    def test_replaced_and_deleted_generations_are_kept_and_restored_by_copy(self):
        first, second = self.put("a", b"first"), self.put("a", b"second")
        self.assertEqual(self.generations(), [(first.generation, False), (second.generation, True)])
        self.bucket.blob("a").delete()
        self.assertEqual(self.names(), [])
        self.assertEqual(self.generations(), [(first.generation, False), (second.generation, False)])
        old = self.bucket.blob("a", generation=first.generation)
        self.assertEqual(old.download_as_bytes(), b"first")
        self.bucket.copy_blob(self.bucket.blob("a"), self.bucket, "a", source_generation=first.generation)
        self.assertEqual(self.bucket.blob("a").download_as_bytes(), b"first")

    def test_a_generation_is_deleted_for_good(self):
        first, second = self.put("a", b"first"), self.put("a", b"second")
        self.bucket.delete_blob("a", generation=first.generation)
        self.assertEqual(self.generations(), [(second.generation, True)])
        with self.assertRaises(exceptions.NotFound):
            self.bucket.blob("a", generation=first.generation).download_as_bytes()
        self.bucket.delete_blob("a", generation=second.generation)
        self.assertEqual(self.generations(), [])

    def test_switched_off_again_nothing_more_is_kept(self):
        first = self.put("a", b"first")
        self.put("a", b"second")
        self.bucket.versioning_enabled = False
        self.bucket.patch()
        third = self.put("a", b"third")
        self.assertEqual(self.generations(), [(first.generation, False), (third.generation, True)])
        with self.assertRaises(exceptions.Conflict):
            self.bucket.blob("a").delete()
            self.bucket.delete()
