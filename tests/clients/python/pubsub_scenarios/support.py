"""Helpers that the scenarios share."""

import os
import time
import unittest
import uuid

import grpc
from google.cloud import pubsub_v1
from google.pubsub_v1 import SchemaServiceClient
from google.pubsub_v1.services.schema_service.transports import SchemaServiceGrpcTransport

# Timeout for an expected event, in seconds.
SOON = 12 if os.environ.get("LONGSHORE_PEER") == "google" else 20


class Scenario(unittest.TestCase):
    """An empty project, and clients."""

    def setUp(self):
        self.project = f"project-{uuid.uuid4().hex[:8]}"
        self.publisher = pubsub_v1.PublisherClient()
        self.subscriber = pubsub_v1.SubscriberClient()
        self.addCleanup(self.subscriber.close)

    def topic(self, name="events", **settings):
        path = self.publisher.topic_path(self.project, name)
        self.publisher.create_topic(request={"name": path, **settings})
        return path

    def subscription(self, topic, name="worker", **settings):
        path = self.subscriber.subscription_path(self.project, name)
        self.subscriber.create_subscription(request={"name": path, "topic": topic, **settings})
        return path

    def publish(self, topic, *texts, publisher=None, **attributes):
        publisher = publisher or self.publisher
        futures = [publisher.publish(topic, text.encode(), **attributes) for text in texts]
        return [future.result(SOON) for future in futures]

    def pull(self, subscription, count, at_once=False):
        """Waits for `count` messages; with `at_once`, returns those available now."""
        received, deadline = [], time.monotonic() + SOON
        while len(received) < count:
            request = {"subscription": subscription, "max_messages": count - len(received), "return_immediately": at_once}
            received += self.subscriber.pull(request=request, timeout=SOON).received_messages
            if at_once:
                break
            self.assertLess(time.monotonic(), deadline, f"only {texts(received)} came")
        return received

    def ack(self, subscription, received):
        self.subscriber.acknowledge(subscription=subscription, ack_ids=ack_ids(received))

    def nack(self, subscription, received):
        self.subscriber.modify_ack_deadline(subscription=subscription, ack_ids=ack_ids(received), ack_deadline_seconds=0)

    def schema_client(self):
        """The library's own client ignores PUBSUB_EMULATOR_HOST."""
        channel = grpc.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"])
        self.addCleanup(channel.close)
        return SchemaServiceClient(transport=SchemaServiceGrpcTransport(channel=channel))


def texts(received):
    return [received.message.data.decode() for received in received]


def ack_ids(received):
    return [received.ack_id for received in received]
