"""Uploads."""

import base64
import hashlib
import io
import os
import tempfile

import requests
from google.api_core import exceptions
from google.cloud.storage import transfer_manager

from .support import ENDPOINT, MIB, Scenario


class Uploads(Scenario):
    def test_a_small_content_goes_in_one_request_with_its_attributes(self):
        blob = self.bucket.blob("a/ü b.txt")
        blob.metadata = {"key": "value"}
        blob.cache_control, blob.content_language = "no-store", "de"
        blob.upload_from_string("content", content_type="text/plain", checksum="crc32c")
        found = self.bucket.get_blob("a/ü b.txt")
        self.assertEqual((found.size, found.content_type, found.metadata), (7, "text/plain", {"key": "value"}))
        self.assertEqual((found.cache_control, found.content_language), ("no-store", "de"))
        self.assertEqual(found.md5_hash, base64.b64encode(hashlib.md5(b"content").digest()).decode())
        self.assertIsNotNone(found.crc32c)

    def test_a_large_content_goes_in_chunks(self):
        content = bytes(range(256)) * 4096 * 3
        blob = self.bucket.blob("large", chunk_size=MIB)
        blob.upload_from_file(io.BytesIO(content), size=len(content), checksum="md5")
        self.assertEqual(blob.size, len(content))
        self.assertEqual(blob.download_as_bytes(), content)

    def test_a_large_content_goes_in_parts_at_the_same_time(self):
        content = os.urandom(11 * MIB)
        with tempfile.TemporaryDirectory() as folder:
            sent, received = os.path.join(folder, "sent"), os.path.join(folder, "received")
            with open(sent, "wb") as file:
                file.write(content)
            blob, threads = self.bucket.blob("parts"), {"worker_type": transfer_manager.THREAD}
            transfer_manager.upload_chunks_concurrently(sent, blob, chunk_size=5 * MIB, **threads)
            transfer_manager.download_chunks_concurrently(blob, received, chunk_size=5 * MIB, **threads)
            with open(received, "rb") as file:
                self.assertEqual(file.read(), content)

    def test_a_content_of_unknown_length_is_streamed(self):
        blob = self.bucket.blob("stream", chunk_size=256 * 1024)
        with blob.open("wb") as writer:
            for _ in range(5):
                writer.write(b"x" * 300_000)
        self.assertEqual(self.bucket.get_blob("stream").size, 1_500_000)
        with blob.open("rb") as reader:
            reader.seek(1_000_000)
            self.assertEqual(reader.read(3), b"xxx")

    def test_an_upload_that_broke_off_goes_on_where_it_was(self):
        quantum = 256 * 1024
        content = b"y" * quantum + b"rest"
        url = self.bucket.blob("resumed").create_resumable_upload_session(content_type="text/plain", size=len(content))
        first = requests.put(url, content[:quantum], headers={"Content-Range": f"bytes 0-{quantum - 1}/{len(content)}"})
        self.assertEqual((first.status_code, first.headers["Range"]), (308, f"bytes=0-{quantum - 1}"))
        query = requests.put(url, headers={"Content-Range": f"bytes */{len(content)}"})
        self.assertEqual((query.status_code, query.headers["Range"]), (308, f"bytes=0-{quantum - 1}"))
        end = len(content) - 1
        last = requests.put(url, content[quantum:], headers={"Content-Range": f"bytes {quantum}-{end}/{len(content)}"})
        self.assertEqual((last.status_code, last.json()["size"]), (200, str(len(content))))
        self.assertEqual(self.bucket.blob("resumed").download_as_bytes(), content)

    def test_a_content_with_another_checksum_is_refused(self):
        url = f"{ENDPOINT}/upload/storage/v1/b/{self.bucket.name}/o?uploadType=media&name=bad"
        for header in ("crc32c=AAAAAA==", "md5=1B2M2Y8AsgTpgAmY7PhCfg=="):
            answer = requests.post(url, b"content", headers={"X-Goog-Hash": header})
            self.assertEqual(answer.status_code, 400)
        self.assertIsNone(self.bucket.get_blob("bad"))

    def test_an_upload_from_a_file_name_guesses_its_type(self):
        blob = self.bucket.blob("script.json")
        blob.upload_from_filename(__file__, content_type="application/json")
        with open(__file__, "rb") as file:
            self.assertEqual(blob.download_as_bytes(), file.read())

    def test_a_customer_supplied_key_is_refused(self):
        with self.assertRaises(exceptions.MethodNotImplemented):
            self.bucket.blob("secret", encryption_key=b"k" * 32).upload_from_string(b"content")


class Metadata(Scenario):
    def test_a_patch_counts_the_metageneration(self):
        blob = self.put("a", content_type="text/plain")
        blob.metadata = {"a": "1", "b": "2"}
        blob.content_disposition = "inline"
        blob.patch()
        blob.metadata = {"a": None, "c": "3"}
        blob.patch()
        found = self.bucket.get_blob("a")
        self.assertEqual((found.metageneration, found.metadata), (3, {"b": "2", "c": "3"}))
        self.assertEqual((found.content_type, found.content_disposition), ("text/plain", "inline"))
        self.assertEqual(found.generation, blob.generation)

    def test_an_update_replaces_everything(self):
        blob = self.put("a", content_type="text/plain")
        blob.metadata = {"a": "1"}
        blob.update()
        self.assertEqual(self.bucket.get_blob("a").metadata, {"a": "1"})

    def test_a_hold_protects_the_object(self):
        blob = self.put("a")
        self.assertIsNone(blob.temporary_hold)
        blob.temporary_hold = True
        blob.patch()
        with self.assertRaises(exceptions.Forbidden):
            blob.delete()
        with self.assertRaises(exceptions.Forbidden):
            self.put("a", b"other")
        blob.temporary_hold = False
        blob.patch()
        self.assertIs(self.bucket.get_blob("a").temporary_hold, False)
        blob.delete()

    def test_a_storage_class_changes_with_a_rewrite(self):
        blob = self.put("a", content_type="text/plain")
        blob.update_storage_class("COLDLINE")
        found = self.bucket.get_blob("a")
        self.assertEqual((found.storage_class, found.content_type), ("COLDLINE", "text/plain"))
