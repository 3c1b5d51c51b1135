"""Eventarc as Google's Python library sees it, over gRPC and REST."""

import os
import unittest

import grpc
import requests
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import eventarc_v1
from google.cloud.eventarc_v1.services.eventarc.transports import EventarcGrpcTransport
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import field_mask_pb2

LOCATION = "projects/local-project/locations/europe-west1"
ACCOUNT = "caller@local-project.iam.gserviceaccount.com"
FINALIZED = "google.cloud.storage.object.v1.finalized"
PUBLISHED = "google.cloud.pubsub.topic.v1.messagePublished"


def over_grpc():
    channel = grpc.insecure_channel(os.environ["EVENTARC"])
    return eventarc_v1.EventarcClient(transport=EventarcGrpcTransport(channel=channel))


def over_rest():
    options = ClientOptions(api_endpoint=f"http://{os.environ['EVENTARC']}")
    return eventarc_v1.EventarcClient(
        transport="rest", credentials=AnonymousCredentials(), client_options=options
    )


def setUpModule():
    buckets = f"http://{os.environ['STORAGE']}/storage/v1/b?project=local-project"
    for bucket in [{"name": "here", "location": "EUROPE-WEST1"}, {"name": "there", "location": "EU"}]:
        requests.post(buckets, json=bucket).raise_for_status()


def trigger(filters, **fields):
    return eventarc_v1.Trigger(
        event_filters=[{"attribute": name, "value": value} for name, value in filters.items()],
        destination={"cloud_run": {"service": "hello", "region": "europe-west1", "path": "/events"}},
        **fields,
    )


def of_bucket(bucket, **fields):
    return trigger({"type": FINALIZED, "bucket": bucket}, service_account=ACCOUNT, **fields)


class Scenarios:
    def setUp(self):
        self.client = self.connect()
        self.id = f"{self.prefix}-{self._testMethodName}".replace("_", "-")[:50]

    def create(self, wanted):
        operation = self.client.create_trigger(parent=LOCATION, trigger=wanted, trigger_id=self.id)
        return operation.result(timeout=60)

    def test_a_trigger_lives(self):
        created = self.create(of_bucket("here", labels={"team": "a"}))
        self.assertEqual(created.name, f"{LOCATION}/triggers/{self.id}")
        self.assertEqual(created.event_data_content_type, "application/json")
        transport = created.transport.pubsub
        self.assertRegex(transport.topic, rf"^projects/local-project/topics/eventarc-europe-west1-{self.id}-\d{{3}}$")
        self.assertRegex(transport.subscription, rf"/subscriptions/eventarc-europe-west1-{self.id}-sub-\d{{3}}$")
        self.assertTrue(created.uid and created.etag)
        self.assertEqual(self.client.get_trigger(name=created.name), created)
        self.assertIn(created, list(self.client.list_triggers(parent=LOCATION)))
        self.assertIn(created, list(self.client.list_triggers(parent="projects/local-project/locations/-")))

        pubsub = f"http://{os.environ['PUBSUB']}/v1"
        subscription = requests.get(f"{pubsub}/{transport.subscription}").json()
        self.assertEqual(subscription["messageRetentionDuration"], "86400s")
        self.assertEqual(subscription["retryPolicy"], {"minimumBackoff": "10s", "maximumBackoff": "600s"})
        push = subscription["pushConfig"]
        self.assertIn("/events?__GCP_CloudEventsMode=GCS_NOTIFICATION", push["pushEndpoint"])
        self.assertEqual(push["oidcToken"]["serviceAccountEmail"], ACCOUNT)

        patch = eventarc_v1.Trigger(name=created.name, labels={"team": "b"})
        mask = field_mask_pb2.FieldMask(paths=["labels"])
        updated = self.client.update_trigger(trigger=patch, update_mask=mask).result(timeout=60)
        self.assertEqual(dict(updated.labels), {"team": "b"})
        self.assertEqual((updated.uid, updated.transport), (created.uid, created.transport))
        self.assertNotEqual(updated.etag, created.etag)

        binding = policy_pb2.Binding(role="roles/eventarc.viewer", members=["allUsers"])
        policy = policy_pb2.Policy(bindings=[binding])
        request = iam_policy_pb2.SetIamPolicyRequest(resource=created.name, policy=policy)
        self.client.set_iam_policy(request)
        found = self.client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=created.name))
        self.assertEqual(found.bindings[0].role, "roles/eventarc.viewer")

        deleted = self.client.delete_trigger(name=created.name).result(timeout=60)
        self.assertEqual(deleted.name, created.name)
        with self.assertRaises(exceptions.NotFound):
            self.client.get_trigger(name=created.name)
        self.assertEqual(requests.get(f"{pubsub}/{transport.subscription}").status_code, 404)
        self.assertEqual(requests.get(f"{pubsub}/{transport.topic}").status_code, 404)

    def test_bad_triggers(self):
        for wanted, error, text in [
            (of_bucket("there"), exceptions.BadRequest, 'Try again by creating the trigger in "eu"'),
            (of_bucket("missing"), exceptions.Forbidden, "Please verify that the bucket exists"),
            (trigger({"type": "google.nothing.v1.done"}), exceptions.BadRequest, "attribute 'type'"),
            (trigger({"type": FINALIZED, "bucket": "here"}), exceptions.BadRequest, "service_account"),
            (
                trigger({"type": PUBLISHED}, transport={"pubsub": {"topic": "projects/local-project/topics/none"}}),
                exceptions.NotFound,
                "resource=none",
            ),
        ]:
            with self.assertRaises(error) as refused:
                self.create(wanted)
            self.assertIn(text, refused.exception.message)
        elsewhere = of_bucket("here")
        elsewhere.destination.cloud_run.service = "missing"
        with self.assertRaises(exceptions.BadRequest):
            self.create(elsewhere)
        self.create(of_bucket("here"))
        with self.assertRaises(exceptions.Conflict):
            self.create(of_bucket("here"))

    def test_what_is_validated_only_does_not_exist(self):
        request = eventarc_v1.CreateTriggerRequest(
            parent=LOCATION, trigger=of_bucket("here"), trigger_id=self.id, validate_only=True
        )
        validated = self.client.create_trigger(request).result(timeout=60)
        self.assertEqual(validated.name, f"{LOCATION}/triggers/{self.id}")
        with self.assertRaises(exceptions.NotFound):
            self.client.get_trigger(name=validated.name)

    def test_providers_and_channels(self):
        providers = {provider.display_name: provider for provider in self.client.list_providers(parent=LOCATION)}
        self.assertEqual(sorted(providers), ["Cloud Audit Logs", "Cloud Pub/Sub", "Cloud Storage"])
        storage = self.client.get_provider(name=f"{LOCATION}/providers/storage.googleapis.com")
        self.assertEqual(storage, providers["Cloud Storage"])
        self.assertIn(FINALIZED, [event.type_ for event in storage.event_types])
        self.assertEqual(list(self.client.list_channels(parent=LOCATION)), [])
        with self.assertRaises(exceptions.NotFound):
            self.client.get_channel(name=f"{LOCATION}/channels/none")
        with self.assertRaises(exceptions.MethodNotImplemented) as refused:
            self.client.create_channel(parent=LOCATION, channel={}, channel_id="c")
        self.assertIn("the local cloud does not serve", str(refused.exception))


class OverGrpc(Scenarios, unittest.TestCase):
    prefix, connect = "grpc", staticmethod(over_grpc)


class OverRest(Scenarios, unittest.TestCase):
    prefix, connect = "rest", staticmethod(over_rest)


if __name__ == "__main__":
    unittest.main()
