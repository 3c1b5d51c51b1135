"""Cloud Scheduler as Google's Python library sees it, over gRPC and REST."""

import datetime
import os
import time
import unittest

import grpc
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, scheduler_v1
from google.cloud.location import locations_pb2
from google.cloud.scheduler_v1.services.cloud_scheduler.transports import CloudSchedulerGrpcTransport
from google.protobuf import duration_pb2, field_mask_pb2

from endpoint import SOON, Endpoint

LOCATION = "projects/local-project/locations/europe-west1"
State = scheduler_v1.Job.State


def over_grpc():
    channel = grpc.insecure_channel(os.environ["SCHEDULER"])
    return scheduler_v1.CloudSchedulerClient(transport=CloudSchedulerGrpcTransport(channel=channel))


def over_rest():
    options = ClientOptions(api_endpoint=f"http://{os.environ['SCHEDULER']}")
    return scheduler_v1.CloudSchedulerClient(
        transport="rest", credentials=AnonymousCredentials(), client_options=options
    )


class Scenarios:
    def setUp(self):
        self.client = self.connect()
        self.name = f"{LOCATION}/jobs/{self.prefix}-{self._testMethodName}"

    def endpoint(self, *statuses):
        endpoint = Endpoint(*statuses)
        self.addCleanup(endpoint.close)
        return endpoint

    def job(self, url="http://127.0.0.1:1/", **fields):
        target = scheduler_v1.HttpTarget(uri=url, **fields.pop("target", {}))
        fields = {"schedule": "0 0 1 1 *", "time_zone": "Europe/Berlin", "http_target": target, **fields}
        return scheduler_v1.Job(name=self.name, **fields)

    def create(self, job):
        return self.client.create_job(parent=LOCATION, job=job)

    def test_jobs_are_created_once_read_listed_and_deleted(self):
        created = self.create(self.job())
        self.assertEqual((created.name, created.state), (self.name, State.ENABLED))
        self.assertEqual(created.attempt_deadline, datetime.timedelta(minutes=3))
        retry = created.retry_config
        self.assertEqual((retry.retry_count, retry.max_doublings), (0, 5))
        self.assertEqual(retry.max_backoff_duration, datetime.timedelta(hours=1))
        self.assertEqual((created.schedule_time.month, created.schedule_time.day), (12, 31), "midnight in Berlin")
        self.assertEqual(self.client.get_job(name=self.name), created)
        self.assertIn(created, list(self.client.list_jobs(parent=LOCATION)))
        with self.assertRaises(exceptions.Conflict):
            self.create(self.job())
        self.client.delete_job(name=self.name)
        with self.assertRaises(exceptions.NotFound) as raised:
            self.client.get_job(name=self.name)
        self.assertIn("Job not found.", raised.exception.message)

    def test_a_job_is_run_now_with_googles_headers(self):
        endpoint = self.endpoint(204)
        token = scheduler_v1.OidcToken(service_account_email="a@local-project.iam.gserviceaccount.com")
        self.create(self.job(endpoint.url, target={"body": b"hello", "oidc_token": token}))
        self.client.run_job(name=self.name)
        method, headers, body = endpoint.next()
        self.assertEqual((method, body), ("POST", b"hello"))
        self.assertEqual(headers["user-agent"], "Google-Cloud-Scheduler")
        self.assertEqual(headers["x-cloudscheduler"], "true")
        self.assertEqual(headers["x-cloudscheduler-jobname"], self.name.rpartition("/")[2])
        self.assertEqual(headers["content-type"], "application/octet-stream")
        self.assertTrue(headers["authorization"].startswith("Bearer ey"), headers["authorization"])
        datetime.datetime.fromisoformat(headers["x-cloudscheduler-scheduletime"])

    def test_a_failure_shows_in_the_status(self):
        endpoint = self.endpoint(500)
        self.create(self.job(endpoint.url))
        self.client.run_job(name=self.name)
        endpoint.next()
        end = time.monotonic() + SOON
        while not (job := self.client.get_job(name=self.name)).status.code and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual(job.status.code, 13)
        self.assertIsNotNone(job.last_attempt_time)

    def test_a_job_publishes_to_its_topic(self):
        publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        topic = f"projects/local-project/topics/{self.prefix}-ticks"
        subscription = topic.replace("topics", "subscriptions")
        publisher.create_topic(name=topic)
        subscriber.create_subscription(name=subscription, topic=topic)
        target = scheduler_v1.PubsubTarget(topic_name=topic, data=b"tick", attributes={"kind": "x"})
        self.create(scheduler_v1.Job(name=self.name, schedule="0 0 1 1 *", pubsub_target=target))
        self.client.run_job(name=self.name)
        received = subscriber.pull(subscription=subscription, max_messages=1, timeout=SOON).received_messages
        self.assertEqual([(m.message.data, dict(m.message.attributes)) for m in received], [(b"tick", {"kind": "x"})])

    def test_a_job_is_paused_and_resumed(self):
        self.create(self.job())
        self.assertEqual(self.client.pause_job(name=self.name).state, State.PAUSED)
        self.assertEqual(self.client.get_job(name=self.name).state, State.PAUSED)
        self.assertEqual(self.client.resume_job(name=self.name).state, State.ENABLED)

    def test_an_update_changes_the_fields_of_its_mask(self):
        self.create(self.job())
        changed = self.job("http://127.0.0.1:2/", description="new", schedule="every 5 minutes")
        mask = field_mask_pb2.FieldMask(paths=["http_target.uri", "schedule"])
        updated = self.client.update_job(job=changed, update_mask=mask)
        self.assertEqual((updated.http_target.uri, updated.description), ("http://127.0.0.1:2/", ""))
        self.assertEqual(updated.schedule, "every 5 minutes")
        with self.assertRaises(exceptions.BadRequest):
            self.client.update_job(job=changed, update_mask=field_mask_pb2.FieldMask(paths=["color"]))

    def test_what_is_wrong_is_named(self):
        deadline = duration_pb2.Duration(seconds=1)
        for job, text in (
            (self.job(schedule="60 * * * *"), "Schedule or time zone is invalid."),
            (self.job(time_zone="Mars/Olympus"), "Schedule or time zone is invalid."),
            (self.job("ftp://a"), "HttpTarget.uri"),
            (self.job(attempt_deadline=deadline), "[15s, 30m]"),
        ):
            with self.assertRaises(exceptions.BadRequest) as raised:
                self.create(job)
            self.assertIn(text, raised.exception.message)

    def test_what_is_not_served_says_so(self):
        app = scheduler_v1.AppEngineHttpTarget(relative_uri="/")
        oauth = scheduler_v1.OAuthToken(service_account_email="a@b")
        for job in (
            scheduler_v1.Job(name=self.name, schedule="* * * * *", app_engine_http_target=app),
            self.job(target={"oauth_token": oauth}),
        ):
            with self.assertRaises(exceptions.MethodNotImplemented) as raised:
                self.create(job)
            self.assertIn("does not serve", raised.exception.message)

    def test_locations(self):
        listed = self.client.list_locations(locations_pb2.ListLocationsRequest(name="projects/local-project"))
        self.assertIn("europe-west1", [location.location_id for location in listed.locations])
        location = self.client.get_location(locations_pb2.GetLocationRequest(name=LOCATION))
        self.assertEqual(location.name, LOCATION)


class OverGrpc(Scenarios, unittest.TestCase):
    prefix, connect = "grpc", staticmethod(over_grpc)


class OverRest(Scenarios, unittest.TestCase):
    prefix, connect = "rest", staticmethod(over_rest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
