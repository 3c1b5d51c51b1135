"""Cloud Functions as Google's Python library sees it, over gRPC and REST."""

import os
import unittest
import urllib.request

from google.api_core import exceptions
from google.cloud import functions_v2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import field_mask_pb2
from grpc_client import connect as connect_grpc
from rest_client import connect as connect_rest

PARENT = "projects/local-project/locations/europe-west1"
SECONDS = 150
FUNCTIONS = os.environ["FUNCTIONS"]

grpc = connect_grpc(functions_v2.FunctionServiceClient, FUNCTIONS)
rest = connect_rest(functions_v2.FunctionServiceClient, FUNCTIONS)


def upload(client):
    place = client.generate_upload_url(functions_v2.GenerateUploadUrlRequest(parent=PARENT))
    with open(os.environ["SOURCE"], "rb") as source:
        request = urllib.request.Request(
            place.upload_url, data=source.read(), method="PUT", headers={"content-type": "application/zip"}
        )
    with urllib.request.urlopen(request) as response:
        assert response.status == 200
    return place.storage_source


def wanted(source, **fields):
    return functions_v2.Function(
        build_config=functions_v2.BuildConfig(
            runtime="python313", entry_point="hello", source=functions_v2.Source(storage_source=source)
        ),
        service_config=functions_v2.ServiceConfig(available_cpu="1", available_memory="512Mi"),
        **fields,
    )


class Functions(unittest.TestCase):
    def test_a_function_is_created_updated_listed_and_deleted(self):
        for client, name in ((grpc, "over-grpc"), (rest, "over-rest")):
            with self.subTest(name):
                creating = client.create_function(
                    parent=PARENT, function=wanted(upload(client), labels={"team": "a"}), function_id=name
                )
                full = f"{PARENT}/functions/{name}"
                self.assertEqual(creating.metadata.target, full)
                self.assertEqual(creating.metadata.operation_type, functions_v2.OperationType.CREATE_FUNCTION)
                with self.assertRaises(exceptions.Conflict):
                    client.delete_function(name=full)
                created = creating.result(SECONDS)
                self.assertEqual(created.state, functions_v2.Function.State.ACTIVE)
                self.assertEqual(client.get_function(name=full), created)
                stages = [stage.name for stage in creating.metadata.stages]
                names = functions_v2.Stage.Name
                self.assertEqual(stages, [names.BUILD, names.SERVICE])

                patch = functions_v2.Function(name=full, labels={"team": "b"})
                mask = field_mask_pb2.FieldMask(paths=["labels"])
                updated = client.update_function(function=patch, update_mask=mask).result(SECONDS)
                self.assertEqual(dict(updated.labels), {"team": "b"})
                self.assertEqual(updated.build_config.runtime, "python313")
                self.assertNotEqual(updated.service_config.revision, created.service_config.revision)

                listed = client.list_functions(
                    functions_v2.ListFunctionsRequest(parent=PARENT, filter='labels.team="b" AND environment="GEN_2"')
                )
                self.assertEqual([function.name for function in listed], [full])
                url = client.generate_download_url(functions_v2.GenerateDownloadUrlRequest(name=full)).download_url
                with urllib.request.urlopen(url) as response, open(os.environ["SOURCE"], "rb") as source:
                    self.assertEqual(response.read(), source.read())

                client.delete_function(name=full).result(SECONDS)
                with self.assertRaises(exceptions.NotFound):
                    client.get_function(name=full)

    def test_refusals_have_googles_codes(self):
        for client in (grpc, rest):
            missing = functions_v2.StorageSource(bucket="nowhere", object_="a.zip")
            create = lambda function, name="f": client.create_function(
                parent=PARENT, function=function, function_id=name
            )
            with self.assertRaises(exceptions.BadRequest):
                create(wanted(missing))
            with self.assertRaises(exceptions.BadRequest):
                create(wanted(upload(client)), "1-bad")
            with self.assertRaises(exceptions.MethodNotImplemented):
                create(wanted(missing, event_trigger=functions_v2.EventTrigger(event_type="e", channel="c")))
            with self.assertRaises(exceptions.NotFound):
                client.delete_function(name=f"{PARENT}/functions/nothing")

    def test_operations_locations_runtimes_and_policies_are_served(self):
        operation = grpc.create_function(parent=PARENT, function=wanted(upload(grpc)), function_id="policies").operation
        name = f"{PARENT}/functions/policies"
        for client in (grpc, rest):
            found = client.get_operation(operations_pb2.GetOperationRequest(name=operation.name))
            self.assertEqual(found.name, operation.name)
            listing = operations_pb2.ListOperationsRequest(name=PARENT, filter=f"metadata.target={name}")
            self.assertEqual([one.name for one in client.list_operations(listing).operations], [operation.name])
            policy = policy_pb2.Policy(bindings=[policy_pb2.Binding(role="roles/viewer", members=["user:a@b.c"])])
            setting = iam_policy_pb2.SetIamPolicyRequest(resource=name, policy=policy)
            self.assertEqual(list(client.set_iam_policy(setting).bindings), list(policy.bindings))
            reading = iam_policy_pb2.GetIamPolicyRequest(resource=name)
            self.assertEqual(list(client.get_iam_policy(reading).bindings), list(policy.bindings))
            testing = iam_policy_pb2.TestIamPermissionsRequest(resource=name, permissions=["a.b.c"])
            self.assertEqual(list(client.test_iam_permissions(testing).permissions), ["a.b.c"])
            runtimes = client.list_runtimes(functions_v2.ListRuntimesRequest(parent=PARENT)).runtimes
            stages = {runtime.name: runtime.stage for runtime in runtimes}
            stage = functions_v2.ListRuntimesResponse.RuntimeStage
            self.assertEqual((stages["python313"], stages["nodejs18"]), (stage.GA, stage.DECOMMISSIONED))


if __name__ == "__main__":
    unittest.main()
