"""Exactly-once delivery."""

import threading

from google.api_core import exceptions
from google.cloud.pubsub_v1.subscriber import exceptions as subscriber_exceptions

from .support import SOON, Scenario, ack_ids, texts

SUCCESS = subscriber_exceptions.AcknowledgeStatus.SUCCESS
INVALID = subscriber_exceptions.AcknowledgeStatus.INVALID_ACK_ID


class ExactlyOnce(Scenario):
    def setUp(self):
        super().setUp()
        self.events = self.topic()
        self.path = self.subscription(self.events, enable_exactly_once_delivery=True)

    def stream(self, callback):
        """Passes one message to the callback, and returns the callback's result."""
        results, complete = [], threading.Event()

        def once(message):
            if not complete.is_set():
                results.append(callback(message))
                complete.set()

        stream = self.subscriber.subscribe(self.path, once)
        self.assertTrue(complete.wait(SOON))
        stream.cancel()
        stream.result(SOON)
        return results[0]

    def test_an_acknowledgement_is_confirmed(self):
        self.publish(self.events, "1")
        confirmed = self.stream(lambda message: (message.exactly_once_enabled, message.ack_with_response().result(SOON)))
        self.assertEqual(confirmed, (True, SUCCESS))
        self.assertEqual(self.pull(self.path, 1, at_once=True), [])

    def test_the_client_learns_that_its_lease_is_over(self):
        self.publish(self.events, "1")

        def callback(message):
            self.nack(self.path, [message])
            with self.assertRaises(subscriber_exceptions.AcknowledgeError) as refused:
                message.ack_with_response().result(SOON)
            return refused.exception.error_code

        self.assertEqual(self.stream(callback), INVALID)

    def test_a_stale_acknowledgement_is_refused_with_the_reason_of_each_id(self):
        self.publish(self.events, "1")
        stale = self.pull(self.path, 1)
        self.nack(self.path, stale)
        valid = self.pull(self.path, 1)
        for call in [self.ack, self.nack]:
            with self.assertRaises(exceptions.InvalidArgument) as refused:
                call(self.path, stale)
            [info] = refused.exception.details
            self.assertEqual((info.reason, info.domain), ("EXACTLY_ONCE_ACKID_FAILURE", "pubsub.googleapis.com"))
            self.assertEqual(dict(info.metadata), {ack_ids(stale)[0]: "PERMANENT_FAILURE_INVALID_ACK_ID"})
        self.ack(self.path, valid)
        self.assertEqual(self.pull(self.path, 1, at_once=True), [])

    def test_a_valid_acknowledgement_beside_a_stale_one_counts(self):
        self.publish(self.events, "1", "2")
        received = self.pull(self.path, 2)
        self.nack(self.path, received[:1])
        with self.assertRaises(exceptions.InvalidArgument):
            self.ack(self.path, received)
        again = self.pull(self.path, 1)
        self.assertEqual(texts(again), texts(received[:1]))
        self.assertEqual(self.pull(self.path, 1, at_once=True), [])

    def test_a_repeated_acknowledgement_is_no_failure(self):
        self.publish(self.events, "1")
        received = self.pull(self.path, 1)
        self.ack(self.path, received)
        self.ack(self.path, received)
