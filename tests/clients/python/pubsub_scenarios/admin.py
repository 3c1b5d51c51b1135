"""Topics and subscriptions: settings, update masks, pages, limits and errors."""

from google.api_core import exceptions
from google.protobuf import duration_pb2

from .support import Scenario

DAY = 24 * 3600


def seconds(count):
    return duration_pb2.Duration(seconds=count)


class Topics(Scenario):
    def test_a_topic_is_made_once_and_gone_when_it_is_deleted(self):
        topic = self.topic(labels={"team": "a"})
        self.assertEqual(self.publisher.get_topic(topic=topic).labels["team"], "a")
        with self.assertRaises(exceptions.AlreadyExists):
            self.publisher.create_topic(name=topic)
        subscription = self.subscription(topic)
        self.publisher.delete_topic(topic=topic)
        for gone in [lambda: self.publisher.get_topic(topic=topic), lambda: self.publisher.delete_topic(topic=topic)]:
            with self.assertRaises(exceptions.NotFound):
                gone()
        self.assertEqual(self.subscriber.get_subscription(subscription=subscription).topic, "_deleted-topic_")

    def test_names_that_google_does_not_allow_are_refused(self):
        for name in ["ab", "1abc", "google-events", "a b", "x" * 256]:
            with self.assertRaises(exceptions.InvalidArgument, msg=name):
                self.publisher.create_topic(name=f"projects/{self.project}/topics/{name}")

    def test_lists_come_in_pages(self):
        names = [self.topic(f"topic-{n}") for n in range(5)]
        pages = self.publisher.list_topics(request={"project": f"projects/{self.project}", "page_size": 2}).pages
        self.assertEqual([len(page.topics) for page in pages], [2, 2, 1])
        subscriptions = [self.subscription(names[0], f"worker-{n}") for n in range(3)]
        attached = self.publisher.list_topic_subscriptions(request={"topic": names[0], "page_size": 2})
        self.assertEqual(list(attached), subscriptions)
        listed = self.subscriber.list_subscriptions(request={"project": f"projects/{self.project}", "page_size": 2})
        self.assertEqual([subscription.name for subscription in listed], subscriptions)

    def test_a_topic_is_updated_by_its_mask(self):
        topic = self.topic(labels={"team": "a"})
        change = {"name": topic, "message_retention_duration": seconds(600), "labels": {"team": "b"}}
        mask = {"paths": ["message_retention_duration"]}
        updated = self.publisher.update_topic(request={"topic": change, "update_mask": mask})
        self.assertEqual(updated.message_retention_duration.total_seconds(), 600)
        self.assertEqual(updated.labels["team"], "a", "not in the mask")
        for paths in [[], ["colour"], ["name"]]:
            with self.assertRaises(exceptions.InvalidArgument, msg=paths):
                self.publisher.update_topic(request={"topic": change, "update_mask": {"paths": paths}})

    def test_messages_above_the_limits_are_refused(self):
        topic = self.topic()
        for attributes in [{"goog-x": "reserved"}, {"k" * 257: ""}, {"k": "v" * 1025}, {f"k{n}": "" for n in range(101)}]:
            with self.assertRaises(exceptions.InvalidArgument):
                self.publisher.publish(topic, b"x", **attributes).result(20)
        with self.assertRaises(exceptions.InvalidArgument):
            self.publisher.publish(topic, b"").result(20)
        with self.assertRaises(exceptions.NotFound):
            self.publisher.publish(topic + "-missing", b"x").result(20)


class Subscriptions(Scenario):
    def test_settings_come_back_as_they_were_made(self):
        topic, dead = self.topic(), self.topic("dead")
        path = self.subscription(
            topic,
            ack_deadline_seconds=30,
            retain_acked_messages=True,
            message_retention_duration=seconds(3600),
            labels={"team": "a"},
            enable_message_ordering=True,
            expiration_policy={"ttl": seconds(2 * DAY)},
            filter='attributes.kind = "x"',
            dead_letter_policy={"dead_letter_topic": dead, "max_delivery_attempts": 7},
            retry_policy={"minimum_backoff": seconds(1), "maximum_backoff": seconds(60)},
        )
        made = self.subscriber.get_subscription(subscription=path)
        self.assertEqual(made.ack_deadline_seconds, 30)
        self.assertTrue(made.retain_acked_messages and made.enable_message_ordering)
        self.assertEqual(made.message_retention_duration.total_seconds(), 3600)
        self.assertEqual(made.expiration_policy.ttl.total_seconds(), 2 * DAY)
        self.assertEqual(made.filter, 'attributes.kind = "x"')
        self.assertEqual(made.dead_letter_policy.max_delivery_attempts, 7)
        self.assertEqual(made.retry_policy.maximum_backoff.total_seconds(), 60)

    def test_a_subscription_tells_what_its_topic_retains(self):
        path = self.subscription(self.topic(message_retention_duration=seconds(DAY)))
        retained = self.subscriber.get_subscription(subscription=path).topic_message_retention_duration
        self.assertEqual(retained.total_seconds(), DAY)

    def test_what_is_left_out_has_googles_default(self):
        made = self.subscriber.get_subscription(subscription=self.subscription(self.topic()))
        self.assertEqual(made.ack_deadline_seconds, 10)
        self.assertEqual(made.message_retention_duration.total_seconds(), 7 * DAY)

    def test_a_subscription_expires_after_a_month_unless_it_says_otherwise(self):
        topic = self.topic()
        month = self.subscriber.get_subscription(subscription=self.subscription(topic))
        self.assertEqual(month.expiration_policy.ttl.total_seconds(), 31 * DAY)
        never = self.subscriber.get_subscription(subscription=self.subscription(topic, "never", expiration_policy={}))
        self.assertIn("expiration_policy", never)
        self.assertNotIn("ttl", never.expiration_policy)

    def test_a_subscription_is_updated_by_its_mask(self):
        topic = self.topic()
        path = self.subscription(topic, labels={"team": "a"})
        change = {"name": path, "topic": topic, "ack_deadline_seconds": 60, "filter": "attributes:x"}
        request = {"subscription": change, "update_mask": {"paths": ["ack_deadline_seconds"]}}
        updated = self.subscriber.update_subscription(request=request)
        self.assertEqual((updated.ack_deadline_seconds, updated.filter, updated.labels["team"]), (60, "", "a"))
        for paths in [[], ["colour"], ["topic"], ["filter"], ["enable_message_ordering"]]:
            with self.assertRaises(exceptions.InvalidArgument, msg=paths):
                self.subscriber.update_subscription(request={"subscription": change, "update_mask": {"paths": paths}})

    def test_settings_out_of_their_limits_are_refused(self):
        topic = self.topic()
        for settings in [
            {"ack_deadline_seconds": 9},
            {"ack_deadline_seconds": 601},
            {"message_retention_duration": seconds(599)},
            {"expiration_policy": {"ttl": seconds(DAY - 1)}},
            {"retry_policy": {"minimum_backoff": seconds(601)}},
            {"push_config": {"push_endpoint": "ftp://example.com"}},
            {"filter": "nonsense"},
        ]:
            with self.assertRaises(exceptions.InvalidArgument, msg=settings):
                self.subscription(topic, **settings)
        with self.assertRaises(exceptions.NotFound):
            self.subscription(topic + "-missing")

    def test_what_is_not_served_is_refused_by_name(self):
        with self.assertRaisesRegex(exceptions.MethodNotImplemented, "message_storage_policy"):
            self.topic("regional", message_storage_policy={"allowed_persistence_regions": ["europe-west1"]})

    def test_a_detached_subscription_gets_nothing_any_more(self):
        topic = self.topic()
        path = self.subscription(topic)
        self.publish(topic, "before")
        self.publisher.detach_subscription(request={"subscription": path})
        self.assertTrue(self.subscriber.get_subscription(subscription=path).detached)
        self.assertEqual(list(self.publisher.list_topic_subscriptions(topic=topic)), [])
        with self.assertRaises(exceptions.FailedPrecondition):
            self.subscriber.pull(subscription=path, max_messages=1, timeout=5)
