"""Downloads."""

import gzip
import io

import requests
from google.api_core import exceptions

from .support import ENDPOINT, Scenario


class Reads(Scenario):
    def test_a_range_is_read(self):
        blob = self.put("a", b"0123456789")
        self.assertEqual(blob.download_as_bytes(start=2, end=4), b"234")
        self.assertEqual(blob.download_as_bytes(start=7), b"789")
        self.assertEqual(blob.download_as_bytes(end=1), b"01")
        with self.assertRaises(exceptions.RequestRangeNotSatisfiable):
            blob.download_as_bytes(start=100)

    def test_a_content_is_read_in_chunks_with_its_checksum(self):
        content = bytes(range(256)) * 8192
        self.put("a", content)
        blob = self.bucket.blob("a", chunk_size=512 * 1024)
        target = io.BytesIO()
        blob.download_to_file(target, checksum="crc32c")
        self.assertEqual(target.getvalue(), content)

    def test_headers_tell_the_checksums(self):
        blob = self.put("a")
        blob.reload()
        answer = requests.get(blob.media_link)
        self.assertEqual(answer.headers["x-goog-hash"], f"crc32c={blob.crc32c},md5={blob.md5_hash}")
        self.assertEqual(answer.headers["x-goog-generation"], str(blob.generation))

    def test_a_gzip_content_is_decompressed_for_who_does_not_accept_it(self):
        content = b"content " * 100_000
        packed = gzip.compress(content)
        blob = self.bucket.blob("a.txt")
        blob.content_encoding = "gzip"
        blob.upload_from_string(packed, content_type="text/plain")
        self.assertEqual(blob.download_as_bytes(), content)
        self.assertEqual(blob.download_as_bytes(raw_download=True), packed)
        url = f"{ENDPOINT}/storage/v1/b/{self.bucket.name}/o/a.txt?alt=media"
        plain = requests.get(url, headers={"Accept-Encoding": "identity"})
        self.assertEqual(plain.content, content)
        self.assertNotIn("Content-Encoding", plain.headers)
        self.assertEqual(plain.headers["x-goog-stored-content-encoding"], "gzip")
        self.assertEqual(plain.headers["x-goog-stored-content-length"], str(len(packed)))
        blob.cache_control = "no-transform"
        blob.patch()
        kept = requests.get(url, headers={"Accept-Encoding": "identity"}, stream=True)
        self.assertEqual(kept.raw.read(), packed)

    def test_what_is_missing_is_not_found(self):
        self.assertIsNone(self.bucket.get_blob("none"))
        self.assertFalse(self.bucket.blob("none").exists())
        with self.assertRaises(exceptions.NotFound):
            self.bucket.blob("none").download_as_bytes()
        with self.assertRaises(exceptions.NotFound):
            self.client.bucket("there-is-no-such-bucket").blob("a").upload_from_string(b"")

    def test_a_selection_of_fields_is_all_that_comes(self):
        self.put("a")
        url = f"{ENDPOINT}/storage/v1/b/{self.bucket.name}/o?fields=items(name,size),nextPageToken"
        self.assertEqual(requests.get(url).json(), {"items": [{"name": "a", "size": "7"}]})
