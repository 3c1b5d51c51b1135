"""Shared by all scenarios: a client, and a bucket for each test."""

import os
import unittest
import uuid

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

ENDPOINT = os.environ["STORAGE_EMULATOR_HOST"]
PROJECT = os.environ.get("PROJECT", "local-project")
MIB = 1024 * 1024


def new_client():
    return storage.Client(project=PROJECT, credentials=AnonymousCredentials())


class Scenario(unittest.TestCase):
    """A test with its own empty bucket."""

    @classmethod
    def setUpClass(cls):
        cls.client = new_client()

    def setUp(self):
        self.bucket = self.client.create_bucket(f"b-{uuid.uuid4().hex[:12]}", location="europe-west1")

    def put(self, name, content=b"content", **options):
        blob = self.bucket.blob(name)
        blob.upload_from_string(content, **options)
        return blob

    def names(self, **options):
        return [blob.name for blob in self.client.list_blobs(self.bucket, **options)]
