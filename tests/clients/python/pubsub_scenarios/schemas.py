"""Schemas in protocol buffers and Avro."""

import json

from google.api_core import exceptions
from google.pubsub_v1.types import Encoding, Schema

from .support import Scenario

FIRST = 'syntax = "proto3"; message State { string name = 1; }'
SECOND = 'syntax = "proto3"; message State { string name = 1; int32 n = 2; }'


def proto(definition):
    return Schema(type_=Schema.Type.PROTOCOL_BUFFER, definition=definition)


class Schemas(Scenario):
    def setUp(self):
        super().setUp()
        self.schemas = self.schema_client()
        self.parent = f"projects/{self.project}"
        self.name = f"{self.parent}/schemas/state"

    def create(self):
        return self.schemas.create_schema(parent=self.parent, schema=proto(FIRST), schema_id="state")

    def commit(self, definition):
        schema = proto(definition)
        schema.name = self.name
        return self.schemas.commit_schema(name=self.name, schema=schema)

    def test_a_schema_has_revisions(self):
        first = self.create()
        self.assertEqual((first.name, len(first.revision_id)), (self.name, 8))
        with self.assertRaises(exceptions.AlreadyExists):
            self.create()
        second = self.commit(SECOND)
        third = self.schemas.rollback_schema(name=self.name, revision_id=first.revision_id)
        self.assertEqual(third.definition, FIRST)
        listed = self.schemas.list_schema_revisions(name=self.name)
        self.assertEqual([s.revision_id for s in listed], [third.revision_id, second.revision_id, first.revision_id])
        left = self.schemas.delete_schema_revision(name=f"{self.name}@{third.revision_id}")
        self.assertEqual(left.revision_id, second.revision_id)
        self.assertEqual(self.schemas.get_schema(name=self.name).definition, SECOND)
        self.assertEqual([s.name for s in self.schemas.list_schemas(parent=self.parent)], [self.name])
        self.schemas.delete_schema(name=self.name)
        with self.assertRaises(exceptions.NotFound):
            self.schemas.get_schema(name=self.name)

    def test_definitions_are_checked(self):
        self.schemas.validate_schema(parent=self.parent, schema=proto(FIRST))
        for definition in ["nonsense", FIRST + " message Other {}", FIRST.replace("string", "Missing")]:
            with self.assertRaises(exceptions.InvalidArgument, msg=definition):
                self.schemas.validate_schema(parent=self.parent, schema=proto(definition))
        self.create()
        with self.assertRaises(exceptions.InvalidArgument):
            self.commit(FIRST.replace("string", "int64"))

    def test_messages_are_checked_in_their_encoding(self):
        self.create()
        for encoding, data, valid in [
            (Encoding.JSON, b'{"name": "a"}', True),
            (Encoding.JSON, b'{"nme": "a"}', False),
            (Encoding.JSON, b'{"name": 1}', False),
            (Encoding.BINARY, b"\n\x01a", True),
            (Encoding.BINARY, b"\n\x05a", False),
        ]:
            for spec in [{"name": self.name}, {"schema": proto(FIRST)}]:
                request = {"parent": self.parent, "message": data, "encoding": encoding, **spec}
                if valid:
                    self.schemas.validate_message(request=request)
                else:
                    with self.assertRaises(exceptions.InvalidArgument, msg=request):
                        self.schemas.validate_message(request=request)

    def test_avro_schemas_have_revisions_and_check_messages(self):
        def avro(fields):
            definition = json.dumps({"type": "record", "name": "State", "fields": fields})
            return Schema(name=self.name, type_=Schema.Type.AVRO, definition=definition)

        name, number = {"name": "name", "type": "string"}, {"name": "n", "type": "int", "default": 0}
        self.schemas.create_schema(parent=self.parent, schema=avro([name]), schema_id="state")
        for fields in [[], [name, {"name": "n", "type": "int"}]]:
            with self.assertRaises(exceptions.InvalidArgument, msg=fields):
                self.schemas.commit_schema(name=self.name, schema=avro(fields))
        with self.assertRaises(exceptions.InvalidArgument):
            self.commit(FIRST)
        committed = self.schemas.commit_schema(name=self.name, schema=avro([name, number]))
        self.assertEqual(committed.type_, Schema.Type.AVRO)
        json_topic = self.topic(schema_settings={"schema": self.name, "encoding": Encoding.JSON})
        self.publish(json_topic, '{"name": "a", "n": 1}', '{"name": "a"}')
        with self.assertRaises(exceptions.InvalidArgument):
            self.publisher.publish(json_topic, b'{"name": 1}').result(20)
        binary = self.topic("binary", schema_settings={"schema": self.name, "encoding": Encoding.BINARY})
        self.publish(binary, "\x02a\x02", "\x02a")
        with self.assertRaises(exceptions.InvalidArgument):
            self.publisher.publish(binary, b"\x04a").result(20)

    def test_a_topic_takes_what_its_schema_describes(self):
        revision = self.create().revision_id
        with self.assertRaises(exceptions.NotFound):
            self.topic("other", schema_settings={"schema": self.name + "-missing", "encoding": Encoding.JSON})
        topic = self.topic(schema_settings={"schema": self.name, "encoding": Encoding.JSON})
        path = self.subscription(topic)
        with self.assertRaises(exceptions.InvalidArgument):
            self.publisher.publish(topic, b'{"nme": "a"}').result(20)
        self.publish(topic, '{"name": "a"}')
        [received] = self.pull(path, 1)
        expected = {
            "googclient_schemaname": self.name,
            "googclient_schemaencoding": "JSON",
            "googclient_schemarevisionid": revision,
        }
        self.assertEqual(dict(received.message.attributes), expected)
        self.schemas.delete_schema(name=self.name)
        self.assertEqual(self.publisher.get_topic(topic=topic).schema_settings.schema, "_deleted-schema_")
