"""Cloud Logging as Google's Python library sees it, with its handler for the standard library."""

import logging
import os
import unittest
import uuid

from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import logging as cloud
from google.cloud.logging_v2.handlers import CloudLoggingHandler
from google.cloud.logging_v2.handlers.transports import BackgroundThreadTransport, SyncTransport
from google.cloud.logging_v2.resource import Resource

GLOBAL = Resource(type="global", labels={"project_id": "local-project"})


class Logging(unittest.TestCase):
    def setUp(self):
        self.client = cloud.Client(
            project="local-project",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://{os.environ['LOGGING']}"},
            _use_grpc=False,
        )
        self.name = f"app-{uuid.uuid4().hex[:8]}"

    def entries(self, query="", **options):
        # The library adds an entry about itself to the first ones that a process writes.
        own = 'NOT jsonPayload."logging.googleapis.com/diagnostic":*'
        query = f'log_id("{self.name}") {own} {query}'
        return list(self.client.list_entries(filter_=query, **options))

    def payloads(self, query="", **options):
        return [entry.payload for entry in self.entries(query, **options)]

    def log(self, transport):
        handler = CloudLoggingHandler(self.client, name=self.name, transport=transport, resource=GLOBAL, labels={"a": "b"})
        logger = logging.Logger(self.name)
        logger.addHandler(handler)
        return logger, handler

    def test_the_handler_writes_what_the_standard_library_logs(self):
        logger, handler = self.log(SyncTransport)
        logger.info("hello %s", "you")
        logger.warning("careful", extra={"json_fields": {"user": 7}, "trace": "projects/local-project/traces/t"})
        logger.error("failed", extra={"http_request": {"requestMethod": "GET", "status": 500}})
        info, warning, error = self.entries(order_by=cloud.ASCENDING)
        self.assertEqual((info.payload, info.severity), ("hello you", "INFO"))
        self.assertEqual((info.labels["a"], info.resource.type), ("b", "global"))
        self.assertEqual((warning.payload, warning.trace), ({"message": "careful", "user": 7}, "projects/local-project/traces/t"))
        self.assertTrue(error.source_location["file"].endswith("logging_test.py"))
        self.assertEqual(error.http_request["status"], 500)
        self.assertEqual(len(self.entries("severity>=WARNING")), 2)
        self.assertEqual(self.payloads("httpRequest.status>=500"), ["failed"])
        self.assertEqual(len(self.entries('trace="projects/local-project/traces/t"')), 1)
        self.assertEqual(self.payloads('textPayload=~"^hel+o"'), ["hello you"])
        self.assertEqual(self.payloads("jsonPayload.user<7"), [])

    def test_the_background_thread_writes_batches(self):
        logger, handler = self.log(BackgroundThreadTransport)
        for number in range(20):
            logger.info("line %d", number)
        handler.transport.flush()
        handler.transport.worker.stop()
        written = self.payloads(order_by=cloud.ASCENDING)
        self.assertEqual(written, [f"line {number}" for number in range(20)])
        newest = self.payloads(order_by=cloud.DESCENDING, page_size=3, max_results=7)
        self.assertEqual(newest, written[:-8:-1])

    def test_a_logger_is_listed_and_deleted(self):
        logger = self.client.logger(self.name)
        logger.log_text("text", severity="NOTICE")
        logger.log_struct({"message": "structured", "deep": {"n": 1.5}})
        with logger.batch() as batch:
            batch.log_text("first")
            batch.log_struct({"n": 2})
        self.assertEqual(len(self.entries()), 4)
        self.assertEqual(self.payloads("jsonPayload.deep.n>1"), [{"message": "structured", "deep": {"n": 1.5}}])
        self.assertEqual(self.payloads('textPayload:"FIRST" OR jsonPayload.n=2', order_by=cloud.ASCENDING), ["first", {"n": 2}])
        logger.delete()
        self.assertEqual(self.entries(), [])
        with self.assertRaises(exceptions.NotFound):
            logger.delete()

    def test_what_is_no_query_is_refused(self):
        for query in ["severity>=LOUD", "sample(insertId, 0.5)", "(", "nothing=1"]:
            with self.assertRaises(exceptions.BadRequest, msg=query):
                self.entries(query)


if __name__ == "__main__":
    unittest.main(verbosity=2)
