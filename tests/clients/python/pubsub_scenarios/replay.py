"""Seek and retention."""

import datetime

from google.api_core import exceptions
from google.protobuf import duration_pb2

from .support import Scenario, texts


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Seek(Scenario):
    def seek(self, path, time):
        self.subscriber.seek(request={"subscription": path, "time": time})

    def test_acknowledged_messages_come_back_when_they_are_retained(self):
        topic = self.topic()
        path = self.subscription(topic, retain_acked_messages=True)
        self.publish(topic, "1")
        self.ack(path, self.pull(path, 1))
        self.assertEqual(self.pull(path, 1, at_once=True), [])
        self.seek(path, now() - datetime.timedelta(minutes=1))
        self.assertEqual(texts(self.pull(path, 1)), ["1"])

    def test_a_topic_retains_for_subscriptions_that_come_later(self):
        topic = self.topic(message_retention_duration=duration_pb2.Duration(seconds=600))
        self.publish(topic, "before")
        path = self.subscription(topic)
        self.assertEqual(self.pull(path, 1, at_once=True), [])
        self.seek(path, now() - datetime.timedelta(minutes=1))
        self.assertEqual(texts(self.pull(path, 1)), ["before"])

    def test_without_retention_acknowledged_messages_are_gone(self):
        topic = self.topic()
        path = self.subscription(topic)
        self.publish(topic, "1")
        self.ack(path, self.pull(path, 1))
        self.seek(path, now() - datetime.timedelta(minutes=1))
        self.assertEqual(self.pull(path, 1, at_once=True), [])

    def test_a_time_to_come_purges_the_backlog(self):
        topic = self.topic()
        path = self.subscription(topic)
        self.publish(topic, "1", "2")
        self.seek(path, now() + datetime.timedelta(minutes=1))
        self.assertEqual(self.pull(path, 1, at_once=True), [])

    def test_a_snapshot_brings_its_backlog_back(self):
        topic = self.topic()
        path = self.subscription(topic)
        project = f"projects/{self.project}"
        self.assertEqual(list(self.subscriber.list_snapshots(project=project)), [])
        self.assertEqual(list(self.publisher.list_topic_snapshots(topic=topic)), [])
        self.publish(topic, "done", "open")
        received = self.pull(path, 2)
        self.ack(path, [one for one in received if one.message.data == b"done"])
        name = f"{project}/snapshots/before"
        made = self.subscriber.create_snapshot(name=name, subscription=path)
        self.assertEqual((made.name, made.topic), (name, topic))
        self.ack(path, received)
        self.publish(topic, "later")
        self.ack(path, self.pull(path, 1))
        self.subscriber.seek(request={"subscription": path, "snapshot": name})
        self.assertEqual(sorted(texts(self.pull(path, 2))), ["later", "open"])
        self.assertEqual([one.name for one in self.subscriber.list_snapshots(project=project)], [name])
        self.assertEqual(list(self.publisher.list_topic_snapshots(topic=topic)), [name])
        self.subscriber.delete_snapshot(snapshot=name)
        with self.assertRaises(exceptions.NotFound):
            self.subscriber.get_snapshot(request={"snapshot": name})

    def test_labels_of_a_snapshot_are_updated(self):
        path = self.subscription(self.topic())
        name = f"projects/{self.project}/snapshots/labelled"
        made = self.subscriber.create_snapshot(name=name, subscription=path)
        made.labels["a"] = "b"
        update = {"snapshot": made, "update_mask": {"paths": ["labels"]}}
        self.assertEqual(self.subscriber.update_snapshot(request=update).labels["a"], "b")
        self.assertEqual(self.subscriber.get_snapshot(request={"snapshot": name}).labels["a"], "b")

    def test_a_seek_needs_a_target(self):
        with self.assertRaises(exceptions.InvalidArgument):
            self.subscriber.seek(request={"subscription": self.subscription(self.topic())})
