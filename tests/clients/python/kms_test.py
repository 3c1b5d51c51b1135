"""Cloud KMS as Google's Python library sees it, over gRPC and REST."""

import datetime
import os
import unittest

import google_crc32c
import grpc
from google.api_core import exceptions
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport
from google.cloud.location import locations_pb2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import duration_pb2, field_mask_pb2

LOCATION = "projects/local-project/locations/europe-west1"
State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState
SYMMETRIC = kms_v1.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT


def over_grpc():
    channel = grpc.insecure_channel(os.environ["KMS"])
    return kms_v1.KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))


def over_rest():
    options = ClientOptions(api_endpoint=f"http://{os.environ['KMS']}")
    return kms_v1.KeyManagementServiceClient(transport="rest", credentials=AnonymousCredentials(), client_options=options)


def crc(data):
    return google_crc32c.value(data)


class Scenarios:
    def setUp(self):
        self.client = self.connect()
        self.name = f"{self.prefix}-{self._testMethodName}"[:63]
        self.ring = self.client.create_key_ring(parent=LOCATION, key_ring_id=self.name, key_ring={})

    def key(self, key_id="key", **fields):
        key = kms_v1.CryptoKey(purpose=SYMMETRIC, **fields)
        return self.client.create_crypto_key(parent=self.ring.name, crypto_key_id=key_id, crypto_key=key)

    def test_rings_are_created_once_read_and_listed(self):
        self.assertEqual(self.ring.name, f"{LOCATION}/keyRings/{self.name}")
        self.assertEqual(self.client.get_key_ring(name=self.ring.name), self.ring)
        self.assertIn(self.ring, list(self.client.list_key_rings(parent=LOCATION)))
        with self.assertRaises(exceptions.Conflict):
            self.client.create_key_ring(parent=LOCATION, key_ring_id=self.name, key_ring={})
        with self.assertRaises(exceptions.NotFound):
            self.client.get_key_ring(name=f"{LOCATION}/keyRings/none")

    def test_keys(self):
        created = self.key(labels={"team": "a"})
        self.assertEqual((created.purpose, dict(created.labels)), (SYMMETRIC, {"team": "a"}))
        self.assertEqual(created.primary.state, State.ENABLED)
        self.assertEqual(created.destroy_scheduled_duration, datetime.timedelta(days=30))
        self.assertEqual(self.client.get_crypto_key(name=created.name), created)
        self.assertEqual(list(self.client.list_crypto_keys(parent=self.ring.name)), [created])
        changed = kms_v1.CryptoKey(name=created.name, labels={"team": "b"})
        mask = field_mask_pb2.FieldMask(paths=["labels"])
        self.assertEqual(dict(self.client.update_crypto_key(crypto_key=changed, update_mask=mask).labels), {"team": "b"})

    def test_rotation(self):
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
        created = self.key(rotation_period=duration_pb2.Duration(seconds=86400), next_rotation_time=soon)
        self.assertEqual(created.rotation_period, datetime.timedelta(days=1))
        self.assertEqual(created.next_rotation_time.timestamp(), soon.timestamp())
        with self.assertRaises(exceptions.BadRequest):
            self.key("hourly", rotation_period=duration_pb2.Duration(seconds=3600), next_rotation_time=soon)
        # A rotation that is due makes a new primary version at the next call.
        past = soon - datetime.timedelta(days=8)
        due = kms_v1.CryptoKey(name=created.name, next_rotation_time=past)
        self.client.update_crypto_key(crypto_key=due, update_mask=field_mask_pb2.FieldMask(paths=["next_rotation_time"]))
        rotated = self.client.get_crypto_key(name=created.name)
        self.assertTrue(rotated.primary.name.endswith("/2"), rotated.primary.name)
        self.assertGreater(rotated.next_rotation_time.timestamp(), datetime.datetime.now().timestamp())

    def test_encrypt_and_decrypt(self):
        key = self.key()
        encrypted = self.client.encrypt(
            request={
                "name": key.name,
                "plaintext": b"hello",
                "plaintext_crc32c": crc(b"hello"),
                "additional_authenticated_data": b"context",
                "additional_authenticated_data_crc32c": crc(b"context"),
            }
        )
        self.assertEqual(encrypted.name, key.primary.name)
        self.assertTrue(encrypted.verified_plaintext_crc32c and encrypted.verified_additional_authenticated_data_crc32c)
        self.assertEqual(encrypted.ciphertext_crc32c, crc(encrypted.ciphertext))
        self.assertNotIn(b"hello", encrypted.ciphertext)
        request = {
            "name": key.name,
            "ciphertext": encrypted.ciphertext,
            "ciphertext_crc32c": crc(encrypted.ciphertext),
            "additional_authenticated_data": b"context",
        }
        decrypted = self.client.decrypt(request=request)
        self.assertEqual((decrypted.plaintext, decrypted.used_primary), (b"hello", True))
        self.assertEqual(decrypted.plaintext_crc32c, crc(b"hello"))
        for changed in (
            {"additional_authenticated_data": b"other"},
            {"ciphertext_crc32c": 1},
            {"name": self.key("other").name},
        ):
            with self.assertRaises(exceptions.BadRequest):
                self.client.decrypt(request={**request, **changed})

    def test_a_version_is_disabled_destroyed_and_restored(self):
        key = self.key()
        first = key.primary.name
        encrypted = self.client.encrypt(name=key.name, plaintext=b"hello")
        second = self.client.create_crypto_key_version(parent=key.name, crypto_key_version={})
        self.assertEqual([v.name for v in self.client.list_crypto_key_versions(parent=key.name)], [first, second.name])
        self.client.update_crypto_key_primary_version(name=key.name, crypto_key_version_id="2")

        mask = field_mask_pb2.FieldMask(paths=["state"])
        disabled = kms_v1.CryptoKeyVersion(name=first, state=State.DISABLED)
        self.client.update_crypto_key_version(crypto_key_version=disabled, update_mask=mask)
        with self.assertRaises(exceptions.BadRequest) as raised:
            self.client.decrypt(name=key.name, ciphertext=encrypted.ciphertext)
        self.assertIn(f"{first} is not enabled, current state is: DISABLED.", raised.exception.message)
        # A message over gRPC, and a dictionary over REST.
        self.assertIn("KEY_DISABLED", str(raised.exception.details))

        destroyed = self.client.destroy_crypto_key_version(name=first)
        self.assertEqual(destroyed.state, State.DESTROY_SCHEDULED)
        self.assertGreater(destroyed.destroy_time.timestamp(), datetime.datetime.now().timestamp())
        with self.assertRaises(exceptions.BadRequest):
            self.client.destroy_crypto_key_version(name=first)
        self.assertEqual(self.client.restore_crypto_key_version(name=first).state, State.DISABLED)
        enabled = kms_v1.CryptoKeyVersion(name=first, state=State.ENABLED)
        self.client.update_crypto_key_version(crypto_key_version=enabled, update_mask=mask)
        decrypted = self.client.decrypt(name=key.name, ciphertext=encrypted.ciphertext)
        self.assertEqual((decrypted.plaintext, decrypted.used_primary), (b"hello", False))

    def test_policies(self):
        key = self.key()
        before = self.client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=key.name))
        role, member = "roles/cloudkms.cryptoKeyEncrypterDecrypter", "serviceAccount:a@b.iam.gserviceaccount.com"
        policy = policy_pb2.Policy(etag=before.etag, bindings=[policy_pb2.Binding(role=role, members=[member])])
        request = iam_policy_pb2.SetIamPolicyRequest(resource=key.name, policy=policy)
        after = self.client.set_iam_policy(request)
        self.assertEqual(self.client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=key.name)), after)
        with self.assertRaises(exceptions.Conflict):
            self.client.set_iam_policy(request)
        asked = iam_policy_pb2.TestIamPermissionsRequest(resource=key.name, permissions=["cloudkms.cryptoKeys.get"])
        self.assertEqual(self.client.test_iam_permissions(asked).permissions, ["cloudkms.cryptoKeys.get"])

    def test_locations(self):
        listed = self.client.list_locations(locations_pb2.ListLocationsRequest(name="projects/local-project"))
        self.assertIn("europe-west1", [location.location_id for location in listed.locations])
        location = self.client.get_location(locations_pb2.GetLocationRequest(name=LOCATION))
        self.assertEqual(location.name, LOCATION)

    def test_what_is_not_served_says_so(self):
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            self.client.generate_random_bytes(location=LOCATION, length_bytes=8)
        self.assertIn("does not serve", raised.exception.message)
        with self.assertRaises(exceptions.MethodNotImplemented):
            mac = kms_v1.CryptoKey(purpose=kms_v1.CryptoKey.CryptoKeyPurpose.MAC)
            self.client.create_crypto_key(parent=self.ring.name, crypto_key_id="mac", crypto_key=mac)


class OverGrpc(Scenarios, unittest.TestCase):
    prefix, connect = "grpc", staticmethod(over_grpc)


class OverRest(Scenarios, unittest.TestCase):
    prefix, connect = "rest", staticmethod(over_rest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
