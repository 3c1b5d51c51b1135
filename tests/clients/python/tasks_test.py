"""Cloud Tasks as Google's Python library sees it, over gRPC and REST."""

import datetime
import os
import time
import unittest

import grpc
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.cloud.location import locations_pb2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import duration_pb2, field_mask_pb2

from endpoint import SOON, Endpoint

LOCATION = "projects/local-project/locations/europe-west1"
State, View = tasks_v2.Queue.State, tasks_v2.Task.View


def over_grpc():
    channel = grpc.insecure_channel(os.environ["TASKS"])
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


def over_rest():
    options = ClientOptions(api_endpoint=f"http://{os.environ['TASKS']}")
    return tasks_v2.CloudTasksClient(
        transport="rest", credentials=AnonymousCredentials(), client_options=options
    )


class Scenarios:
    def setUp(self):
        self.client = self.connect()
        self.name = f"{LOCATION}/queues/{self.prefix}-{self._testMethodName.replace('_', '-')}"

    def create(self, **fields):
        return self.client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=self.name, **fields))

    def add(self, url="http://127.0.0.1:1/", task_id=None, **fields):
        request = tasks_v2.HttpRequest(url=url, body=b"hello", **fields.pop("request", {}))
        task = tasks_v2.Task(http_request=request, **fields)
        if task_id:
            task.name = f"{self.name}/tasks/{task_id}"
        return self.client.create_task(parent=self.name, task=task)

    def endpoint(self, *statuses):
        endpoint = Endpoint(*statuses)
        self.addCleanup(endpoint.close)
        return endpoint

    def until(self, check):
        end = time.monotonic() + SOON
        while not check() and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(check())

    def test_queues_are_created_once_read_listed_and_deleted(self):
        created = self.create()
        self.assertEqual((created.name, created.state), (self.name, State.RUNNING))
        limits, retry = created.rate_limits, created.retry_config
        self.assertEqual(
            (limits.max_dispatches_per_second, limits.max_burst_size, limits.max_concurrent_dispatches),
            (500, 100, 1000),
        )
        self.assertEqual((retry.max_attempts, retry.max_doublings), (100, 16))
        self.assertEqual(retry.min_backoff, datetime.timedelta(milliseconds=100))
        self.assertEqual(self.client.get_queue(name=self.name), created)
        self.assertIn(created, list(self.client.list_queues(parent=LOCATION)))
        with self.assertRaises(exceptions.Conflict):
            self.create()
        self.client.delete_queue(name=self.name)
        with self.assertRaises(exceptions.NotFound) as raised:
            self.client.get_queue(name=self.name)
        self.assertIn("Queue does not exist.", raised.exception.message)

    def test_an_update_changes_the_fields_of_its_mask(self):
        self.create()
        limits = tasks_v2.RateLimits(max_dispatches_per_second=5, max_concurrent_dispatches=2)
        changed = tasks_v2.Queue(name=self.name, rate_limits=limits)
        mask = field_mask_pb2.FieldMask(paths=["rate_limits.max_concurrent_dispatches"])
        limits = self.client.update_queue(queue=changed, update_mask=mask).rate_limits
        self.assertEqual((limits.max_dispatches_per_second, limits.max_concurrent_dispatches), (500, 2))

    def test_a_task_is_delivered_with_googles_headers_and_retried(self):
        retry = tasks_v2.RetryConfig(min_backoff=duration_pb2.Duration(nanos=10_000_000))
        self.create(retry_config=retry)
        endpoint = self.endpoint(404, 200)
        token = tasks_v2.OidcToken(service_account_email="a@local-project.iam.gserviceaccount.com")
        created = self.add(endpoint.url, request={"headers": {"X-Mine": "1"}, "oidc_token": token})
        for count in ("0", "1"):
            method, headers, body = endpoint.next()
            self.assertEqual((method, body, headers["x-mine"]), ("POST", b"hello", "1"))
            self.assertEqual(headers["user-agent"], "Google-Cloud-Tasks")
            self.assertEqual(headers["x-cloudtasks-queuename"], self.name.rpartition("/")[2])
            self.assertEqual(headers["x-cloudtasks-taskname"], created.name.rpartition("/")[2])
            self.assertEqual(headers["x-cloudtasks-taskretrycount"], count)
            self.assertEqual(headers["x-cloudtasks-taskexecutioncount"], count)
            self.assertGreater(float(headers["x-cloudtasks-tasketa"]), time.time() - SOON)
            self.assertTrue(headers["authorization"].startswith("Bearer ey"))
        self.assertEqual(headers["x-cloudtasks-taskpreviousresponse"], "404")
        self.until(lambda: not list(self.client.list_tasks(parent=self.name)))

    def test_tasks_wait_are_read_listed_and_deleted(self):
        self.create()
        later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        created = self.add(task_id="later", schedule_time=later)
        self.assertEqual(created.name, f"{self.name}/tasks/later")
        self.assertEqual(created.schedule_time.timestamp(), later.timestamp())
        self.assertEqual((created.view, created.http_request.body), (View.BASIC, b""))
        full = self.client.get_task(request={"name": created.name, "response_view": View.FULL})
        self.assertEqual((full.view, full.http_request.body), (View.FULL, b"hello"))
        self.assertEqual(list(self.client.list_tasks(parent=self.name)), [created])
        with self.assertRaises(exceptions.Conflict) as raised:
            self.add(task_id="later", schedule_time=later)
        self.assertIn("Requested entity already exists", raised.exception.message)
        self.client.delete_task(name=created.name)
        with self.assertRaises(exceptions.NotFound):
            self.client.get_task(name=created.name)
        with self.assertRaises(exceptions.Conflict) as raised:
            self.add(task_id="later")
        self.assertIn("existed too recently", raised.exception.message)

    def test_a_paused_queue_delivers_only_tasks_that_are_forced(self):
        self.create()
        self.assertEqual(self.client.pause_queue(name=self.name).state, State.PAUSED)
        endpoint = self.endpoint(200)
        first, second = self.add(endpoint.url), self.add(endpoint.url)
        self.client.run_task(name=second.name)
        _, headers, _ = endpoint.next()
        self.assertEqual(headers["x-cloudtasks-taskname"], second.name.rpartition("/")[2])
        self.until(lambda: [task.name for task in self.client.list_tasks(parent=self.name)] == [first.name])
        self.assertEqual(self.client.resume_queue(name=self.name).state, State.RUNNING)
        endpoint.next()

    def test_a_queue_is_purged(self):
        self.create()
        self.client.pause_queue(name=self.name)
        self.add()
        self.assertIsNotNone(self.client.purge_queue(name=self.name).purge_time)
        self.assertEqual(list(self.client.list_tasks(parent=self.name)), [])

    def test_policies(self):
        self.create()
        before = self.client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=self.name))
        member = "serviceAccount:a@b.iam.gserviceaccount.com"
        binding = policy_pb2.Binding(role="roles/cloudtasks.enqueuer", members=[member])
        policy = policy_pb2.Policy(etag=before.etag, bindings=[binding])
        request = iam_policy_pb2.SetIamPolicyRequest(resource=self.name, policy=policy)
        after = self.client.set_iam_policy(request)
        self.assertEqual(self.client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=self.name)), after)
        asked = iam_policy_pb2.TestIamPermissionsRequest(resource=self.name, permissions=["cloudtasks.tasks.create"])
        self.assertEqual(self.client.test_iam_permissions(asked).permissions, ["cloudtasks.tasks.create"])

    def test_what_is_wrong_is_named(self):
        self.create()
        far = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=31)
        for fields, text in (
            ({"url": "ftp://a"}, "HttpTarget.url must start with"),
            ({"task_id": "a.b"}, 'Task ID "a.b" can contain only'),
            ({"schedule_time": far}, "no more than 720h"),
            ({"dispatch_deadline": duration_pb2.Duration(seconds=1)}, "[15s, 30m]"),
        ):
            with self.assertRaises(exceptions.BadRequest) as raised:
                self.add(**fields)
            self.assertIn(text, raised.exception.message)

    def test_what_is_not_served_says_so(self):
        self.create()
        app = tasks_v2.AppEngineHttpRequest(relative_uri="/")
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            self.client.create_task(parent=self.name, task=tasks_v2.Task(app_engine_http_request=app))
        self.assertIn("does not serve", raised.exception.message)

    def test_locations(self):
        listed = self.client.list_locations(locations_pb2.ListLocationsRequest(name="projects/local-project"))
        self.assertIn("europe-west1", [location.location_id for location in listed.locations])


class OverGrpc(Scenarios, unittest.TestCase):
    prefix, connect = "grpc", staticmethod(over_grpc)


class OverRest(Scenarios, unittest.TestCase):
    prefix, connect = "rest", staticmethod(over_rest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
