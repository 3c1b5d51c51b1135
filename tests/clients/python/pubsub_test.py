"""Pub/Sub as Google's Python library sees it."""

import os
import unittest
import uuid

from google.cloud import pubsub_v1

PROJECT = f"p-{uuid.uuid4().hex[:8]}"


class Topics(unittest.TestCase):
    def test_a_message_is_published_and_pulled(self):
        publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        topic = publisher.topic_path(PROJECT, "events")
        subscription = subscriber.subscription_path(PROJECT, "worker")
        publisher.create_topic(name=topic)
        subscriber.create_subscription(name=subscription, topic=topic)
        message_id = publisher.publish(topic, b"hello", origin="test").result(10)
        received = subscriber.pull(subscription=subscription, max_messages=1).received_messages
        self.assertEqual([(r.message.data, r.message.message_id) for r in received], [(b"hello", message_id)])


if __name__ == "__main__":
    assert "PUBSUB_EMULATOR_HOST" in os.environ, "this script is for the local cloud and for emulators"
    unittest.main(verbosity=2)
