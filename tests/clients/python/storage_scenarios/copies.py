"""Copy, rewrite and compose."""

import base64

import google_crc32c
from google.api_core import exceptions

from .support import MIB, Scenario


class Copies(Scenario):
    def test_a_copy_has_the_sources_content_and_attributes(self):
        source = self.put("a", content_type="text/css")
        copy = self.bucket.copy_blob(source, self.bucket, "b")
        self.assertEqual((copy.content_type, copy.metageneration), ("text/css", 1))
        self.assertNotEqual(copy.generation, source.generation)
        source.delete()
        self.assertEqual(copy.download_as_bytes(), b"content")

    def test_a_rename_and_a_move_leave_nothing_behind(self):
        self.bucket.rename_blob(self.put("a"), "b")
        self.bucket.move_blob(self.bucket.blob("b"), "c")
        self.assertEqual(self.names(), ["c"])
        self.assertEqual(self.bucket.blob("c").download_as_bytes(), b"content")

    def test_a_rewrite_with_other_attributes_replaces_them(self):
        source = self.put("a", content_type="text/css")
        target = self.bucket.blob("b")
        target.metadata = {"k": "v"}
        token, done, total = target.rewrite(source)
        self.assertEqual((token, done, total), (None, 7, 7))
        self.assertEqual(self.bucket.get_blob("b").metadata, {"k": "v"})

    def test_a_large_rewrite_to_another_class_goes_on_with_its_token(self):
        content = b"z" * (2 * MIB + 5)
        self.put("a", content)
        path = f"{self.bucket.path}/o/a/rewriteTo{self.bucket.path}/o/b"
        query = {"maxBytesRewrittenPerCall": MIB}
        document = {"storageClass": "NEARLINE"}
        seen = []
        while True:
            answer = self.client._post_resource(path, document, query_params=query)
            seen.append((answer["done"], int(answer["totalBytesRewritten"])))
            if answer["done"]:
                break
            self.assertNotIn("b", self.names())
            query["rewriteToken"] = answer["rewriteToken"]
        self.assertEqual(seen, [(False, MIB), (False, 2 * MIB), (True, len(content))])
        self.assertEqual(self.bucket.blob("b").download_as_bytes(), content)
        with self.assertRaises(exceptions.BadRequest):
            self.client._post_resource(path[:-1] + "c", document, query_params=query)

    def test_a_composition_is_the_parts_in_their_order(self):
        parts = [self.put(f"part-{number:02}", f"{number},".encode()) for number in range(32)]
        whole = self.bucket.blob("whole")
        whole.content_type = "text/csv"
        whole.compose(parts)
        content = "".join(f"{number}," for number in range(32)).encode()
        self.assertEqual(whole.download_as_bytes(), content)
        found = self.bucket.get_blob("whole")
        self.assertEqual((found.component_count, found.content_type, found.md5_hash), (32, "text/csv", None))
        self.assertEqual(google_crc32c.value(content).to_bytes(4, "big"), base64.b64decode(found.crc32c))
        whole.compose([found, parts[0]])
        self.assertEqual(self.bucket.get_blob("whole").component_count, 33)
        with self.assertRaises(exceptions.BadRequest):
            whole.compose(parts + [parts[0]])
        with self.assertRaises(exceptions.NotFound):
            whole.compose([self.bucket.blob("none")])
