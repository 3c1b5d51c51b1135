"""Cloud Storage over gRPC, by the client that Google generates for Python."""

import google_crc32c
import grpc
from google.api_core import exceptions
from google.cloud import _storage_v2 as v2
from google.cloud._storage_v2.services.storage.transports import StorageGrpcTransport
from google.iam.v1 import policy_pb2
from google.protobuf import field_mask_pb2

from .support import ENDPOINT, MIB, Scenario

# The most that a message of a write or a read may have.
CHUNK = 2 * MIB


class Grpc(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel = grpc.insecure_channel(ENDPOINT.removeprefix("http://"))
        cls.v2 = v2.StorageClient(transport=StorageGrpcTransport(channel=cls.channel))

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()

    def setUp(self):
        super().setUp()
        self.name = f"projects/_/buckets/{self.bucket.name}"

    def spec(self, name, **fields):
        return v2.WriteObjectSpec(resource=v2.Object(bucket=self.name, name=name, **fields))

    def pieces(self, content, start=0):
        for offset in range(start, len(content), CHUNK):
            piece = content[offset : offset + CHUNK]
            data = v2.ChecksummedData(content=piece, crc32c=google_crc32c.value(piece))
            yield {"write_offset": offset, "checksummed_data": data}

    def messages(self, first, content, kind=v2.WriteObjectRequest, start=0, finish=True, **last):
        pieces = list(self.pieces(content, start)) or [{"write_offset": start}]
        for number, piece in enumerate(pieces):
            is_last = number + 1 == len(pieces)
            extra = dict(last, finish_write=finish) if is_last else {}
            yield kind(**piece, **(first if number == 0 else {}), **extra)

    def read(self, name, **fields):
        request = v2.ReadObjectRequest(bucket=self.name, object_=name, **fields)
        return list(self.v2.read_object(request))

    def test_an_object_in_one_stream(self):
        content = bytes(range(256)) * (5 * MIB // 256) + b"end"
        checksums = v2.ObjectChecksums(crc32c=google_crc32c.value(content))
        first = {"write_object_spec": self.spec("a", content_type="text/css", metadata={"k": "v"})}
        answer = self.v2.write_object(self.messages(first, content, object_checksums=checksums))
        self.assertEqual((answer.resource.size, answer.resource.content_type), (len(content), "text/css"))
        blob = self.bucket.get_blob("a")
        self.assertEqual((blob.metadata, blob.download_as_bytes()), ({"k": "v"}, content))

        parts = self.read("a")
        self.assertEqual([len(part.checksummed_data.content) for part in parts], [CHUNK, CHUNK, MIB + 3])
        for part in parts:
            data = part.checksummed_data
            self.assertEqual(google_crc32c.value(data.content), data.crc32c)
        self.assertEqual(b"".join(part.checksummed_data.content for part in parts), content)
        self.assertEqual(parts[0].metadata.generation, blob.generation)
        self.assertEqual(parts[0].object_checksums.crc32c, google_crc32c.value(content))
        part, = self.read("a", read_offset=-3)
        self.assertEqual((part.checksummed_data.content, part.content_range.start), (b"end", len(content) - 3))
        part, = self.read("a", read_offset=1, read_limit=2)
        self.assertEqual((part.checksummed_data.content, part.content_range.end), (b"\1\2", 3))
        with self.assertRaises(exceptions.OutOfRange):
            self.read("a", read_offset=len(content))
        self.put("empty", b"")
        part, = self.read("empty")
        self.assertEqual((part.checksummed_data.content, part.metadata.size), (b"", 0))

    def test_content_that_was_changed_on_its_way_is_refused(self):
        first = {"write_object_spec": self.spec("a")}
        wrong = v2.ObjectChecksums(crc32c=1)
        with self.assertRaises(exceptions.InvalidArgument):
            self.v2.write_object(self.messages(first, b"abc", object_checksums=wrong))
        data = v2.ChecksummedData(content=b"abc", crc32c=1)
        piece = v2.WriteObjectRequest(**first, checksummed_data=data, finish_write=True)
        with self.assertRaises(exceptions.InvalidArgument):
            self.v2.write_object(iter([piece]))
        with self.assertRaises(exceptions.InvalidArgument):
            self.v2.write_object(self.messages(first, b"abc", finish=False))
        gap = v2.WriteObjectRequest(**first, write_offset=7, finish_write=True,
                                    checksummed_data=v2.ChecksummedData(content=b"abc"))
        with self.assertRaises(exceptions.OutOfRange):
            self.v2.write_object(iter([gap]))
        short = self.spec("a")
        short.object_size = 4
        with self.assertRaises(exceptions.OutOfRange):
            self.v2.write_object(self.messages({"write_object_spec": short}, b"abc"))
        self.assertEqual(self.names(), [])

    def test_a_resumable_upload_goes_on_in_another_stream(self):
        content = b"0123456789" * (MIB // 2)
        half = len(content) // 2
        started = self.v2.start_resumable_write(v2.StartResumableWriteRequest(write_object_spec=self.spec("a")))
        upload = {"upload_id": started.upload_id}
        answer = self.v2.write_object(self.messages(upload, content[:half], finish=False))
        self.assertEqual(answer.persisted_size, half)
        status = self.v2.query_write_status(upload_id=started.upload_id)
        self.assertEqual(status.persisted_size, half)
        # Some bytes are sent again, as after a lost response.
        answer = self.v2.write_object(self.messages(upload, content, start=half - 5))
        self.assertEqual(answer.resource.size, len(content))
        self.assertEqual(self.bucket.blob("a").download_as_bytes(), content)
        status = self.v2.query_write_status(upload_id=started.upload_id)
        self.assertEqual(status.resource.generation, answer.resource.generation)

    def test_a_cancelled_upload_is_gone(self):
        started = self.v2.start_resumable_write(v2.StartResumableWriteRequest(write_object_spec=self.spec("a")))
        self.v2.cancel_resumable_write(upload_id=started.upload_id)
        with self.assertRaises(exceptions.NotFound):
            self.v2.query_write_status(upload_id=started.upload_id)

    def test_a_stream_in_both_directions_says_what_is_persisted(self):
        content = b"0123456789" * (MIB // 2)
        first = {"write_object_spec": self.spec("a")}
        kind = v2.BidiWriteObjectRequest
        pieces = list(self.messages(first, content, kind))
        pieces[0].flush = pieces[0].state_lookup = True
        answers = list(self.v2.bidi_write_object(iter(pieces)))
        self.assertEqual(answers[0].persisted_size, CHUNK)
        self.assertEqual(answers[-1].resource.size, len(content))
        self.assertEqual(self.bucket.blob("a").download_as_bytes(), content)
        appendable = self.spec("b")
        appendable.appendable = True
        with self.assertRaises(exceptions.MethodNotImplemented):
            list(self.v2.bidi_write_object(self.messages({"write_object_spec": appendable}, b"", kind)))

    def test_ranges_are_read_in_one_stream(self):
        content = bytes(range(256)) * (3 * MIB // 256)
        self.put("a", content)
        spec = v2.BidiReadObjectSpec(bucket=self.name, object_="a")
        ranges = [
            v2.ReadRange(read_offset=5, read_length=3, read_id=1),
            v2.ReadRange(read_offset=MIB, read_id=2),
            v2.ReadRange(read_offset=-2, read_id=3),
        ]
        requests = [
            v2.BidiReadObjectRequest(read_object_spec=spec, read_ranges=ranges[:1]),
            v2.BidiReadObjectRequest(read_ranges=ranges[1:]),
        ]
        answers = list(self.v2.bidi_read_object(iter(requests)))
        self.assertEqual(answers[0].metadata.size, len(content))
        got, ended = {}, set()
        for answer in answers:
            for part in answer.object_data_ranges:
                read_id = part.read_range.read_id
                got[read_id] = got.get(read_id, b"") + part.checksummed_data.content
                if part.range_end:
                    ended.add(read_id)
        self.assertEqual(got, {1: b"\5\6\7", 2: content[MIB:], 3: content[-2:]})
        self.assertEqual(ended, {1, 2, 3})

    def test_only_what_a_mask_names_is_changed(self):
        self.put("a", content_type="text/css")
        changed = v2.Object(bucket=self.name, name="a", content_type="ignored", metadata={"k": "v"})
        mask = field_mask_pb2.FieldMask(paths=["metadata", "cache_control"])
        answer = self.v2.update_object(object_=changed, update_mask=mask)
        self.assertEqual((answer.content_type, answer.metadata, answer.metageneration), ("text/css", {"k": "v"}, 2))
        with self.assertRaises(exceptions.InvalidArgument):
            self.v2.update_object(object_=changed, update_mask=field_mask_pb2.FieldMask(paths=["size"]))

        bucket = v2.Bucket(name=self.name, labels={"a": "1"}, versioning=v2.Bucket.Versioning(enabled=True))
        mask = field_mask_pb2.FieldMask(paths=["labels", "versioning"])
        answer = self.v2.update_bucket(bucket=bucket, update_mask=mask)
        self.assertEqual((answer.labels, answer.versioning.enabled), ({"a": "1"}, True))
        mask = field_mask_pb2.FieldMask(paths=["labels.b", "versioning.enabled"])
        answer = self.v2.update_bucket(bucket=v2.Bucket(name=self.name, labels={"b": "2"}), update_mask=mask)
        self.assertEqual((answer.labels, answer.versioning.enabled), ({"a": "1", "b": "2"}, False))
        self.bucket.reload()
        self.assertEqual((self.bucket.labels, self.bucket.versioning_enabled), ({"a": "1", "b": "2"}, False))

    def test_objects_are_made_of_others(self):
        self.put("a", b"one ")
        self.put("b", b"two")
        sources = [v2.ComposeObjectRequest.SourceObject(name=name) for name in "ab"]
        destination = v2.Object(bucket=self.name, name="c", content_type="text/plain")
        request = v2.ComposeObjectRequest(destination=destination, source_objects=sources)
        answer = self.v2.compose_object(request)
        self.assertEqual((answer.component_count, answer.size), (2, 7))
        request = v2.RewriteObjectRequest(
            source_bucket=self.name, source_object="c", destination_bucket=self.name, destination_name="d",
        )
        answer = self.v2.rewrite_object(request)
        self.assertTrue(answer.done)
        self.assertEqual(answer.resource.content_type, "text/plain")
        moved = self.v2.move_object(bucket=self.name, source_object="d", destination_object="e")
        self.assertEqual(self.bucket.blob(moved.name).download_as_bytes(), b"one two")
        self.assertEqual(self.names(), ["a", "b", "c", "e"])

    def test_a_policy_is_the_same_over_both_transports(self):
        policy = self.v2.get_iam_policy({"resource": self.name})
        binding = policy_pb2.Binding(role="roles/storage.objectViewer", members=["allUsers"])
        policy.bindings.append(binding)
        self.v2.set_iam_policy({"resource": self.name, "policy": policy})
        bindings = self.bucket.get_iam_policy(requested_policy_version=3).bindings
        # After those that a bucket has from the beginning.
        self.assertEqual(dict(bindings[-1])["role"], "roles/storage.objectViewer")
        with self.assertRaises(exceptions.FailedPrecondition):
            self.v2.set_iam_policy({"resource": self.name, "policy": policy})
        permissions = ["storage.objects.get"]
        answer = self.v2.test_iam_permissions({"resource": self.name, "permissions": permissions})
        self.assertEqual(list(answer.permissions), permissions)
