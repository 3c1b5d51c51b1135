"""Secret Manager as Google's Python library sees it."""

import os
import unittest

import google_crc32c
from either_client import TRANSPORT, connect
from google.api_core import exceptions
from google.cloud import secretmanager_v1 as sm
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import field_mask_pb2

PROJECT = "projects/local-project"
State = sm.SecretVersion.State

secrets = connect(sm.SecretManagerServiceClient, os.environ["SECRETS"])


def create(secret_id, **fields):
    secret = sm.Secret(replication=sm.Replication(automatic=sm.Replication.Automatic()), **fields)
    return secrets.create_secret(parent=PROJECT, secret_id=secret_id, secret=secret)


def add(secret, data):
    payload = sm.SecretPayload(data=data, data_crc32c=google_crc32c.value(data))
    return secrets.add_secret_version(parent=secret.name, payload=payload)


class Secrets(unittest.TestCase):
    def test_a_secret_is_created_read_changed_and_deleted(self):
        created = create("life", labels={"team": "a"})
        self.assertEqual(created.name, f"{PROJECT}/secrets/life")
        self.assertEqual(secrets.get_secret(name=created.name), created)
        change = sm.Secret(name=created.name, labels={"team": "b"})
        mask = field_mask_pb2.FieldMask(paths=["labels"])
        changed = secrets.update_secret(secret=change, update_mask=mask)
        self.assertEqual((dict(changed.labels), changed.create_time), ({"team": "b"}, created.create_time))
        with self.assertRaises(exceptions.AlreadyExists if TRANSPORT == "grpc" else exceptions.Conflict):
            create("life")
        secrets.delete_secret(name=created.name)
        with self.assertRaises(exceptions.NotFound):
            secrets.get_secret(name=created.name)

    def test_secrets_are_listed_in_pages(self):
        for secret_id in ("page-a", "page-b", "page-c"):
            create(secret_id)
        pager = secrets.list_secrets(sm.ListSecretsRequest(parent=PROJECT, page_size=2))
        names = [secret.name.rsplit("/", 1)[1] for page in pager.pages for secret in page.secrets]
        self.assertEqual([name for name in names if name.startswith("page-")], ["page-a", "page-b", "page-c"])

    def test_any_bytes_come_back_with_their_checksum(self):
        secret = create("bytes")
        data = bytes(range(256))
        version = add(secret, data)
        self.assertEqual((version.state, version.name), (State.ENABLED, f"{secret.name}/versions/1"))
        accessed = secrets.access_secret_version(name=f"{secret.name}/versions/latest")
        self.assertEqual((accessed.name, accessed.payload.data), (version.name, data))
        self.assertEqual(accessed.payload.data_crc32c, google_crc32c.value(data))
        wrong = sm.SecretPayload(data=b"x", data_crc32c=1)
        with self.assertRaises(exceptions.BadRequest):
            secrets.add_secret_version(parent=secret.name, payload=wrong)

    def test_versions_are_disabled_enabled_and_destroyed(self):
        secret = create("states")
        first, second = add(secret, b"1"), add(secret, b"2")
        self.assertEqual(secrets.disable_secret_version(name=first.name).state, State.DISABLED)
        with self.assertRaises(exceptions.BadRequest):
            secrets.access_secret_version(name=first.name)
        self.assertEqual(secrets.enable_secret_version(name=first.name).state, State.ENABLED)
        destroyed = secrets.destroy_secret_version(name=first.name)
        self.assertEqual(destroyed.state, State.DESTROYED)
        self.assertTrue(destroyed.destroy_time)
        states = [version.state for version in secrets.list_secret_versions(parent=secret.name)]
        self.assertEqual(states, [State.ENABLED, State.DESTROYED])
        self.assertEqual(secrets.get_secret_version(name=second.name), second)

    def test_policies_are_kept(self):
        secret = create("policy")
        binding = policy_pb2.Binding(role="roles/secretmanager.secretAccessor", members=["allUsers"])
        before = secrets.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=secret.name))
        policy = policy_pb2.Policy(bindings=[binding], etag=before.etag)
        request = iam_policy_pb2.SetIamPolicyRequest(resource=secret.name, policy=policy)
        after = secrets.set_iam_policy(request)
        self.assertEqual(list(after.bindings), [binding])
        request.policy.etag = b"stale"
        with self.assertRaises(exceptions.Conflict):
            secrets.set_iam_policy(request)
        asked = iam_policy_pb2.TestIamPermissionsRequest(resource=secret.name, permissions=["secretmanager.secrets.get"])
        self.assertEqual(list(secrets.test_iam_permissions(asked).permissions), ["secretmanager.secrets.get"])


class Refusals(unittest.TestCase):
    def test_what_is_unsupported_is_refused_by_name(self):
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            create("rotating", rotation={"rotation_period": {"seconds": 3600}})
        self.assertIn("rotation", str(raised.exception))
        regional = f"{PROJECT}/locations/europe-west1"
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            list(secrets.list_secrets(parent=regional))
        self.assertIn("ListSecrets" if TRANSPORT == "grpc" else "/secrets", str(raised.exception))

    def test_malformed_names_are_invalid(self):
        with self.assertRaises((exceptions.InvalidArgument, ValueError)):
            secrets.get_secret(name="no-name")
        with self.assertRaises(exceptions.BadRequest):
            create("not a name")


if __name__ == "__main__":
    unittest.main(verbosity=2)
