"""Ordering keys."""

import threading

from google.cloud import pubsub_v1

from .support import SOON, Scenario, texts


class OrderingKeys(Scenario):
    def setUp(self):
        super().setUp()
        options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
        self.publisher = pubsub_v1.PublisherClient(publisher_options=options)
        self.events = self.topic()
        self.path = self.subscription(self.events, enable_message_ordering=True)

    def test_messages_of_a_key_come_in_order(self):
        sent = {key: [f"{key}{n}" for n in range(20)] for key in "abc"}
        for key, messages in sent.items():
            self.publish(self.events, *messages, ordering_key=key)
        got, lock, complete = {key: [] for key in sent}, threading.Lock(), threading.Event()

        def callback(message):
            with lock:
                got[message.ordering_key].append(message.data.decode())
                if sum(map(len, got.values())) == 60:
                    complete.set()
            message.ack()

        stream = self.subscriber.subscribe(self.path, callback)
        self.assertTrue(complete.wait(SOON), got)
        stream.cancel()
        stream.result(SOON)
        self.assertEqual(got, sent)

    def test_a_nack_brings_back_the_run_behind_it(self):
        self.publish(self.events, "1", "2", "3", "4", ordering_key="k")
        received = self.pull(self.path, 4)
        self.assertEqual(texts(received), ["1", "2", "3", "4"])
        self.ack(self.path, [received[0], received[2]])
        self.nack(self.path, [received[1]])
        self.assertEqual(texts(self.pull(self.path, 3)), ["2", "3", "4"], "3 was acknowledged, and comes again behind 2")

    def test_other_keys_are_not_held_up(self):
        self.publish(self.events, "stuck", ordering_key="a")
        [stuck] = self.pull(self.path, 1)
        self.publish(self.events, "free", ordering_key="b")
        self.assertEqual(texts(self.pull(self.path, 1)), ["free"])
        self.ack(self.path, [stuck])
