"""Compare-and-swap with preconditions."""

from google.api_core import exceptions

from .support import Scenario


class Preconditions(Scenario):
    def refused(self, call, *arguments, **conditions):
        with self.assertRaises(exceptions.PreconditionFailed, msg=conditions):
            call(*arguments, **conditions)

    def test_of_create_only_writes_the_first_succeeds(self):
        self.put("a", if_generation_match=0)
        self.refused(self.put, "a", if_generation_match=0)
        self.refused(self.put, "b", if_generation_match=1)

    def test_a_swap_needs_the_present_generation(self):
        first = self.put("a")
        second = self.put("a", b"second", if_generation_match=first.generation)
        self.refused(self.put, "a", b"third", if_generation_match=first.generation)
        self.refused(self.put, "a", b"third", if_generation_not_match=second.generation)
        self.refused(self.put, "a", b"third", if_metageneration_match=2)
        self.assertEqual(second.download_as_bytes(), b"second")

    def test_a_resumable_upload_obeys_as_well(self):
        self.put("a")
        blob = self.bucket.blob("a", chunk_size=256 * 1024)
        self.refused(blob.upload_from_string, b"x" * 9_000_000, if_generation_match=0)

    def test_a_read_obeys(self):
        blob = self.put("a")
        self.refused(blob.download_as_bytes, if_generation_match=blob.generation + 1)
        self.refused(blob.reload, if_metageneration_match=7)
        self.assertEqual(blob.download_as_bytes(if_generation_match=blob.generation), b"content")
        with self.assertRaises(exceptions.NotModified):
            blob.download_as_bytes(if_generation_not_match=blob.generation)

    def test_a_change_obeys(self):
        blob = self.put("a")
        blob.metadata = {"a": "1"}
        self.refused(blob.patch, if_metageneration_match=2)
        self.refused(blob.patch, if_generation_match=blob.generation + 1)
        blob.patch(if_metageneration_match=1, if_generation_match=blob.generation)
        self.refused(blob.update, if_metageneration_match=1)

    def test_a_deletion_obeys(self):
        blob = self.put("a")
        self.refused(blob.delete, if_generation_match=blob.generation + 1)
        self.refused(blob.delete, if_metageneration_not_match=1)
        blob.delete(if_generation_match=blob.generation)
        with self.assertRaises(exceptions.NotFound):
            blob.delete()

    def test_copies_obey_on_both_sides(self):
        source, other = self.put("a"), self.put("b")
        copy = self.bucket.copy_blob
        self.refused(copy, source, self.bucket, "b", if_generation_match=0)
        self.refused(copy, source, self.bucket, "c", if_source_generation_match=source.generation + 1)
        copy(source, self.bucket, "b", if_generation_match=other.generation, if_source_metageneration_match=1)
        target = self.bucket.blob("d")
        self.refused(target.rewrite, source, if_source_generation_match=1)
        self.refused(target.compose, [source], if_generation_match=1)
        self.refused(target.compose, [source], if_source_generation_match=[1])
        target.compose([source], if_generation_match=0, if_source_generation_match=[source.generation])
