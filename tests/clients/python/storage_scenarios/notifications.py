"""Notifications over Pub/Sub."""

import json
import uuid

from google.api_core import exceptions
from google.cloud import pubsub_v1

from .support import PROJECT, Scenario


class Notifications(Scenario):
    def setUp(self):
        super().setUp()
        self.topic = f"t-{uuid.uuid4().hex[:8]}"
        publisher, self.subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
        self.subscription = self.subscriber.subscription_path(PROJECT, self.topic)
        publisher.create_topic(name=publisher.topic_path(PROJECT, self.topic))
        self.subscriber.create_subscription(name=self.subscription, topic=publisher.topic_path(PROJECT, self.topic))

    def told(self, count):
        messages = []
        while len(messages) < count:
            pulled = self.subscriber.pull(subscription=self.subscription, max_messages=10, timeout=10).received_messages
            self.subscriber.acknowledge(subscription=self.subscription, ack_ids=[message.ack_id for message in pulled])
            messages += [message.message for message in pulled]
        return sorted(messages, key=lambda message: message.attributes["eventType"])

    def test_a_configuration_is_made_listed_and_deleted(self):
        notification = self.bucket.notification(
            topic_name=self.topic, topic_project=PROJECT, event_types=["OBJECT_FINALIZE"], blob_name_prefix="in/",
            custom_attributes={"from": "test"}, payload_format="JSON_API_V1",
        )
        notification.create()
        (found,) = self.bucket.list_notifications()
        self.assertEqual((found.notification_id, found.topic_name, found.event_types), ("1", self.topic, ["OBJECT_FINALIZE"]))
        self.assertEqual((found.blob_name_prefix, found.custom_attributes), ("in/", {"from": "test"}))
        self.assertTrue(self.bucket.get_notification("1").exists())
        found.delete()
        self.assertEqual(list(self.bucket.list_notifications()), [])
        with self.assertRaises(exceptions.NotFound):
            self.bucket.get_notification("1")

    def test_a_write_is_told_with_the_object(self):
        self.bucket.notification(
            topic_name=self.topic, topic_project=PROJECT, payload_format="JSON_API_V1", custom_attributes={"from": "test"}
        ).create()
        blob = self.put("a/b")
        (message,) = self.told(1)
        expected = {
            "eventType": "OBJECT_FINALIZE", "payloadFormat": "JSON_API_V1", "bucketId": self.bucket.name, "objectId": "a/b",
            "objectGeneration": str(blob.generation), "from": "test",
            "notificationConfig": f"projects/_/buckets/{self.bucket.name}/notificationConfigs/1",
        }
        attributes = dict(message.attributes)
        self.assertTrue(attributes.pop("eventTime").endswith("Z"))
        self.assertEqual(attributes, expected)
        payload = json.loads(message.data)
        self.assertEqual((payload["kind"], payload["name"], payload["size"]), ("storage#object", "a/b", "7"))

    def test_what_happens_to_an_object_is_told(self):
        self.bucket.notification(topic_name=self.topic, topic_project=PROJECT, payload_format="NONE").create()
        first = self.put("a")
        self.told(1)
        second = self.put("a")
        replaced, written = self.told(2)
        self.assertEqual(replaced.attributes["eventType"], "OBJECT_DELETE")
        self.assertEqual(replaced.attributes["overwrittenByGeneration"], str(second.generation))
        self.assertEqual(written.attributes["overwroteGeneration"], str(first.generation))
        self.assertEqual(written.data, b"")
        second.metadata = {"a": "1"}
        second.patch()
        self.assertEqual(self.told(1)[0].attributes["eventType"], "OBJECT_METADATA_UPDATE")
        self.bucket.versioning_enabled = True
        self.bucket.patch()
        self.bucket.delete_blob("a")
        self.assertEqual(self.told(1)[0].attributes["eventType"], "OBJECT_ARCHIVE")
