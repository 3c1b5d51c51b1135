"""IAM policies: stored and returned. Every caller may do everything."""

from google.api_core import exceptions
from google.iam.v1 import policy_pb2

from .support import Scenario


class Policies(Scenario):
    def test_a_policy_is_kept_and_guarded_by_its_etag(self):
        topic = self.topic()
        subscription = self.subscription(topic)
        for client, resource in [(self.publisher, topic), (self.subscriber, subscription)]:
            policy = client.get_iam_policy(request={"resource": resource})
            self.assertEqual(len(policy.bindings), 0)
            policy.bindings.add(role="roles/pubsub.viewer", members=["allUsers"])
            written = client.set_iam_policy(request={"resource": resource, "policy": policy})
            self.assertNotEqual(written.etag, policy.etag)
            self.assertEqual(client.get_iam_policy(request={"resource": resource}), written)
            with self.assertRaises(exceptions.Aborted):
                client.set_iam_policy(request={"resource": resource, "policy": policy_pb2.Policy(etag=policy.etag)})

    def test_every_permission_is_granted_on_what_exists(self):
        topic = self.topic()
        asked = {"resource": topic, "permissions": ["pubsub.topics.publish", "pubsub.topics.get"]}
        self.assertEqual(list(self.publisher.test_iam_permissions(request=asked).permissions), asked["permissions"])
        missing = {**asked, "resource": topic + "-missing"}
        self.assertEqual(list(self.publisher.test_iam_permissions(request=missing).permissions), [])
        with self.assertRaises(exceptions.NotFound):
            self.publisher.get_iam_policy(request={"resource": topic + "-missing"})
