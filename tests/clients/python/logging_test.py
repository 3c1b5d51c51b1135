"""Cloud Logging as Google's Python library sees it, with its handler for the standard library."""

import datetime
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
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import TailLogEntriesRequest

import grpc_client

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


class Tails(unittest.TestCase):
    """Only gRPC has streams of requests, and only the generated client has this method."""

    def setUp(self):
        self.client = grpc_client.connect(LoggingServiceV2Client, os.environ["LOGGING"])
        # Without this, the call returns only once there is an entry.
        self.client.transport.tail_log_entries._prefetch_first_result_ = False
        self.log = f"projects/local-project/logs/tailed-{uuid.uuid4().hex[:8]}"

    def write(self, *texts, seconds_ago=0):
        time = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds_ago)
        entries = [{"text_payload": text, "timestamp": time} for text in texts]
        self.client.write_log_entries(log_name=self.log, resource={"type": "global"}, entries=entries)

    def tail(self, **options):
        request = TailLogEntriesRequest(resource_names=["projects/local-project"], **options)
        stream = self.client.tail_log_entries(iter([request]))
        # From now on, the entries arrive.
        stream.initial_metadata()
        self.addCleanup(stream.cancel)
        return (entry for response in stream for entry in response.entries)

    def test_entries_arrive_in_the_order_of_their_times(self):
        self.write("before")
        tail = self.tail(filter=f'logName="{self.log}" NOT textPayload:"unwanted"', buffer_window=datetime.timedelta(seconds=1))
        self.write("second", "unwanted")
        self.write("first", seconds_ago=60)
        entries = [next(tail), next(tail)]
        self.assertEqual([entry.text_payload for entry in entries], ["first", "second"])
        self.assertEqual({entry.log_name for entry in entries}, {self.log})
        self.write("third")
        self.assertEqual(next(tail).text_payload, "third")

    def test_two_tails_have_the_same_entry(self):
        tails = [self.tail(filter=f'logName="{self.log}"', buffer_window=datetime.timedelta()) for _ in range(2)]
        self.write("once")
        self.assertEqual([next(tail).text_payload for tail in tails], ["once", "once"])

    def test_what_cannot_be_followed_is_refused(self):
        for request in [
            TailLogEntriesRequest(),
            TailLogEntriesRequest(resource_names=["folders/1"]),
            TailLogEntriesRequest(resource_names=["projects/p"], filter="severity>=LOUD"),
            TailLogEntriesRequest(resource_names=["projects/p"], buffer_window=datetime.timedelta(seconds=61)),
        ]:
            with self.assertRaises(exceptions.InvalidArgument, msg=request):
                next(self.client.tail_log_entries(iter([request])))


if __name__ == "__main__":
    unittest.main(verbosity=2)
