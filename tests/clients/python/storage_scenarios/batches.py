"""Many calls in one request."""

from google.api_core import exceptions

from .support import Scenario


class Batches(Scenario):
    def test_changes_and_deletions_go_together(self):
        blobs = [self.put(f"o-{number}/x y") for number in range(20)]
        with self.client.batch():
            for blob in blobs[:10]:
                blob.metadata = {"seen": "yes"}
                blob.patch()
            for blob in blobs[10:]:
                blob.delete()
        found = list(self.client.list_blobs(self.bucket))
        self.assertEqual(len(found), 10)
        self.assertEqual({blob.metadata["seen"] for blob in found}, {"yes"})

    def test_each_call_fails_on_its_own(self):
        self.put("there")
        batch = self.client.batch(raise_exception=False)
        with batch:
            self.bucket.blob("missing").delete()
            self.bucket.blob("there").delete()
        self.assertEqual([response.status_code for response in batch._responses], [404, 204])
        self.assertEqual(self.names(), [])
        with self.assertRaises(exceptions.NotFound), self.client.batch():
            self.bucket.blob("missing").delete()

    def test_many_are_deleted_at_once(self):
        self.bucket.delete_blobs([self.put(f"o-{number}") for number in range(5)])
        self.assertEqual(self.names(), [])
