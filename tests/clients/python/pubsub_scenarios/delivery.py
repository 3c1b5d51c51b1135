"""Messages: publish, pull, streaming pull, leases, retries, dead letters, filters."""

import threading
import time

from google.cloud import pubsub_v1
from google.protobuf import duration_pb2

from .support import SOON, Scenario, texts


class Pull(Scenario):
    def test_a_message_arrives_as_it_was_published(self):
        topic = self.topic()
        path = self.subscription(topic)
        [message_id] = self.publish(topic, "hello", origin="test", googclient_traceparent="00-1-2-00")
        [received] = self.pull(path, 1)
        message = received.message
        self.assertEqual((message.data, message.message_id), (b"hello", message_id))
        self.assertEqual(dict(message.attributes), {"origin": "test", "googclient_traceparent": "00-1-2-00"})
        self.assertLess(abs(message.publish_time.timestamp() - time.time()), 60)
        self.assertEqual(received.delivery_attempt, 0, "there is no dead-letter policy")
        self.ack(path, [received])
        self.assertEqual(self.pull(path, 1, at_once=True), [])

    def test_a_lease_ends_when_it_is_not_extended(self):
        topic = self.topic()
        path = self.subscription(topic, ack_deadline_seconds=10)
        self.publish(topic, "extended", "forgotten")
        received = {received.message.data: received for received in self.pull(path, 2)}
        extended = received[b"extended"].ack_id
        self.subscriber.modify_ack_deadline(subscription=path, ack_ids=[extended], ack_deadline_seconds=60)
        self.assertEqual(self.pull(path, 1, at_once=True), [])
        self.assertEqual(texts(self.pull(path, 1)), ["forgotten"])
        self.assertEqual(self.pull(path, 1, at_once=True), [])

    def test_a_nack_brings_the_message_back_at_once(self):
        topic = self.topic()
        path = self.subscription(topic)
        self.publish(topic, "again")
        self.nack(path, self.pull(path, 1))
        self.assertEqual(texts(self.pull(path, 1)), ["again"])

    def test_a_filter_lets_through_what_matches(self):
        topic = self.topic()
        path = self.subscription(topic, filter='attributes.kind = "build" AND NOT attributes:skip')
        self.publish(topic, "other", kind="image")
        self.publish(topic, "skipped", kind="build", skip="yes")
        self.publish(topic, "wanted", kind="build")
        self.assertEqual(texts(self.pull(path, 1)), ["wanted"])
        self.assertEqual(self.pull(path, 1, at_once=True), [])

    def test_a_retry_policy_holds_a_message_back(self):
        topic = self.topic()
        backoff = {"minimum_backoff": duration_pb2.Duration(seconds=2), "maximum_backoff": duration_pb2.Duration(seconds=4)}
        path = self.subscription(topic, retry_policy=backoff)
        self.publish(topic, "held back")
        self.nack(path, self.pull(path, 1))
        self.assertEqual(self.pull(path, 1, at_once=True), [])
        self.assertEqual(texts(self.pull(path, 1)), ["held back"])

    def test_a_message_that_fails_too_often_becomes_a_dead_letter(self):
        topic, dead = self.topic(), self.topic("dead")
        graveyard = self.subscription(dead, "graveyard")
        path = self.subscription(topic, dead_letter_policy={"dead_letter_topic": dead, "max_delivery_attempts": 5})
        self.publish(topic, "poison", kind="x")
        attempts = []
        for _ in range(5):
            [received] = self.pull(path, 1)
            attempts.append(received.delivery_attempt)
            self.nack(path, [received])
        self.assertEqual(attempts, [1, 2, 3, 4, 5])
        [buried] = self.pull(graveyard, 1)
        attributes = dict(buried.message.attributes)
        self.assertEqual((buried.message.data, attributes["kind"]), (b"poison", "x"))
        self.assertEqual(attributes["CloudPubSubDeadLetterSourceDeliveryCount"], "5")
        self.assertEqual(attributes["CloudPubSubDeadLetterSourceSubscription"], "worker")
        self.assertEqual(attributes["CloudPubSubDeadLetterSourceSubscriptionProject"], self.project)
        self.assertIn("CloudPubSubDeadLetterSourceTopicPublishTime", attributes)
        self.assertEqual(self.pull(path, 1, at_once=True), [])


class StreamingPull(Scenario):
    def receive(self, path, count, settle=lambda message: message.ack(), **options):
        """Receives `count` messages and returns them in the order of arrival."""
        messages, complete = [], threading.Event()

        def callback(message):
            messages.append(message)
            settle(message)
            if len(messages) >= count:
                complete.set()

        stream = self.subscriber.subscribe(path, callback, **options)
        self.assertTrue(complete.wait(SOON), f"only {len(messages)} of {count} came")
        stream.cancel()
        stream.result(SOON)
        return messages

    def test_every_message_comes_once_when_it_is_acknowledged(self):
        topic = self.topic()
        path = self.subscription(topic)
        sent = [f"{n}" for n in range(300)]
        self.publish(topic, *sent)
        got = self.receive(path, len(sent))
        self.assertEqual(sorted(message.data.decode() for message in got), sorted(sent))

    def test_a_nacked_message_comes_again(self):
        topic = self.topic()
        path = self.subscription(topic)
        self.publish(topic, "again")
        tries = []

        def settle(message):
            tries.append(message.message_id)
            message.nack() if len(tries) == 1 else message.ack()

        self.receive(path, 2, settle)
        self.assertEqual(tries[0], tries[1])

    def test_flow_control_holds_what_the_client_cannot_take(self):
        topic = self.topic()
        path = self.subscription(topic)
        self.publish(topic, *[f"{n}" for n in range(10)])
        at_a_time, most = [], []

        def settle(message):
            at_a_time.append(message)
            most.append(len(at_a_time))
            time.sleep(0.05)
            at_a_time.remove(message)
            message.ack()

        self.receive(path, 10, settle, flow_control=pubsub_v1.types.FlowControl(max_messages=2))
        self.assertLessEqual(max(most), 2)

    def test_a_large_message_arrives_whole(self):
        topic = self.topic()
        path = self.subscription(topic)
        # With PUBSUB_EMULATOR_HOST, the library keeps gRPC's limit of 4 MiB for received messages.
        data = b"x" * (3 * 1024 * 1024)
        self.publisher.publish(topic, data).result(SOON)
        [message] = self.receive(path, 1)
        self.assertEqual(message.data, data)
