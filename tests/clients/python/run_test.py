"""Cloud Run as Google's Python library sees it."""

import os
import unittest
import urllib.error
import urllib.request

from either_client import connect
from google.api_core import exceptions
from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import field_mask_pb2

PARENT = "projects/local-project/locations/europe-west1"
LATEST = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
REVISION = run_v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
SECONDS = 90

services = connect(run_v2.ServicesClient, os.environ["RUN"])
revisions = connect(run_v2.RevisionsClient, os.environ["RUN"])


def wanted(version="1", **fields):
    container = run_v2.Container(image=os.environ["IMAGE"], env=[run_v2.EnvVar(name="VERSION", value=version)])
    return run_v2.Service(template=run_v2.RevisionTemplate(containers=[container]), invoker_iam_disabled=True, **fields)


def create(name, service=None):
    return services.create_service(parent=PARENT, service_id=name, service=service or wanted()).result(SECONDS)


def update(name, service, *paths):
    service.name = f"{PARENT}/services/{name}"
    request = run_v2.UpdateServiceRequest(service=service, update_mask=field_mask_pb2.FieldMask(paths=paths))
    return services.update_service(request).result(SECONDS)


def answer(url):
    with urllib.request.urlopen(url) as response:
        return response.read().decode()


class Services(unittest.TestCase):
    def test_a_service_is_created_answers_and_is_deleted(self):
        created = create("born", wanted(labels={"team": "a"}, description="for a test"))
        self.assertEqual(created.terminal_condition.state, run_v2.Condition.State.CONDITION_SUCCEEDED)
        self.assertEqual({c.type_ for c in created.conditions}, {"ConfigurationsReady", "RoutesReady"})
        self.assertEqual(created.observed_generation, created.generation)
        self.assertEqual(answer(created.uri), "1")
        self.assertEqual(services.get_service(name=created.name), created)
        services.delete_service(name=created.name).result(SECONDS)
        with self.assertRaises(exceptions.NotFound):
            services.get_service(name=created.name)

    def test_services_are_listed_in_pages(self):
        for name in ("page-a", "page-b", "page-c"):
            create(name)
        pages = list(services.list_services(run_v2.ListServicesRequest(parent=PARENT, page_size=2)).pages)
        self.assertTrue(all(len(page.services) <= 2 for page in pages))
        names = [service.name.rsplit("/", 1)[1] for page in pages for service in page.services]
        self.assertEqual([name for name in names if name.startswith("page-")], ["page-a", "page-b", "page-c"])

    def test_a_mask_writes_its_fields_alone(self):
        create("masked", wanted(labels={"a": "1"}, description="old"))
        updated = update("masked", wanted("2", description="new"), "description")
        self.assertEqual((updated.description, dict(updated.labels)), ("new", {"a": "1"}))
        self.assertEqual(answer(updated.uri), "1")

    def test_a_stale_etag_is_aborted(self):
        first = create("etag")
        update("etag", wanted(description="moved on"), "description")
        with self.assertRaises(exceptions.Conflict):
            update("etag", run_v2.Service(description="late", etag=first.etag), "description")

    def test_validate_only_changes_nothing(self):
        request = run_v2.CreateServiceRequest(parent=PARENT, service_id="only", service=wanted(), validate_only=True)
        services.create_service(request)
        with self.assertRaises(exceptions.NotFound):
            services.get_service(name=f"{PARENT}/services/only")
        with self.assertRaises(exceptions.BadRequest):
            request.service_id = "Not A Name"
            services.create_service(request)

    def test_allow_missing_creates(self):
        service = wanted(name=f"{PARENT}/services/upsert")
        with self.assertRaises(exceptions.NotFound):
            services.update_service(service=service)
        created = services.update_service(run_v2.UpdateServiceRequest(service=service, allow_missing=True)).result(SECONDS)
        self.assertEqual(answer(created.uri), "1")

    def test_a_second_create_already_exists(self):
        create("twice")
        with self.assertRaises(exceptions.Conflict):
            create("twice")

    def test_an_image_that_is_not_there_is_told_in_the_operation_and_the_conditions(self):
        broken = wanted()
        broken.template.containers[0].image = os.environ["IMAGE"].split("@")[0] + ":none"
        with self.assertRaises(exceptions.GoogleAPICallError) as raised:
            create("broken", broken)
        self.assertIn("not ready", str(raised.exception))
        service = services.get_service(name=f"{PARENT}/services/broken")
        self.assertEqual(service.terminal_condition.state, run_v2.Condition.State.CONDITION_FAILED)
        self.assertEqual(service.terminal_condition.reason, run_v2.Condition.CommonReason.CONTAINER_MISSING)


class Traffic(unittest.TestCase):
    def test_a_canary_is_tagged_then_shares_then_takes_over_and_is_rolled_back(self):
        first = create("canary").latest_ready_revision.rsplit("/", 1)[1]
        pinned = run_v2.TrafficTarget(type_=REVISION, revision=first, percent=100)
        tagged = wanted("2", traffic=[pinned, run_v2.TrafficTarget(type_=LATEST, tag="next")])
        service = update("canary", tagged, "template", "traffic")
        self.assertEqual([(s.percent, s.tag) for s in service.traffic_statuses], [(100, ""), (0, "next")])
        self.assertEqual((answer(service.uri), answer(service.traffic_statuses[1].uri)), ("1", "2"))

        half = [run_v2.TrafficTarget(type_=REVISION, revision=first, percent=50), run_v2.TrafficTarget(type_=LATEST, percent=50)]
        service = update("canary", run_v2.Service(traffic=half), "traffic")
        # Both responses are equally likely: only one in 2^99 runs gets 100 equal responses.
        self.assertEqual({answer(service.uri) for _ in range(100)}, {"1", "2"})

        service = update("canary", run_v2.Service(traffic=[run_v2.TrafficTarget(type_=LATEST, percent=100)]), "traffic")
        self.assertEqual({answer(service.uri) for _ in range(5)}, {"2"})
        service = update("canary", run_v2.Service(traffic=[pinned]), "traffic")
        self.assertEqual({answer(service.uri) for _ in range(5)}, {"1"})

    def test_traffic_that_is_no_whole_or_leads_nowhere_is_refused(self):
        create("whole")
        for traffic in (
            [run_v2.TrafficTarget(type_=LATEST, percent=99)],
            [run_v2.TrafficTarget(type_=REVISION, revision="whole-none", percent=100)],
        ):
            with self.assertRaises(exceptions.BadRequest):
                update("whole", run_v2.Service(traffic=traffic), "traffic")


class Revisions(unittest.TestCase):
    def test_revisions_are_listed_read_and_deleted_when_they_serve_nothing(self):
        first = create("many").latest_ready_revision
        latest = update("many", wanted("2"), "template").latest_ready_revision
        listed = {revision.name for revision in revisions.list_revisions(parent=f"{PARENT}/services/many")}
        self.assertEqual(listed, {first, latest})
        revision = revisions.get_revision(name=latest)
        self.assertEqual(revision.containers[0].env[0].value, "2")
        self.assertIn("@sha256:", revision.containers[0].image)
        ready = [c.state for c in revision.conditions if c.type_ == "Ready"]
        self.assertEqual(ready, [run_v2.Condition.State.CONDITION_SUCCEEDED])
        with self.assertRaises(exceptions.BadRequest):
            revisions.delete_revision(name=latest)
        revisions.delete_revision(name=first).result(SECONDS)
        with self.assertRaises(exceptions.NotFound):
            revisions.get_revision(name=first)


class Policies(unittest.TestCase):
    def test_all_users_may_call_once_the_policy_says_so(self):
        private = wanted()
        private.invoker_iam_disabled = False
        service = create("private", private)
        with self.assertRaises(urllib.error.HTTPError) as raised:
            answer(service.uri)
        self.assertEqual(raised.exception.code, 403)
        before = services.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=service.name))
        binding = policy_pb2.Binding(role="roles/run.invoker", members=["allUsers"])
        policy = policy_pb2.Policy(bindings=[binding], etag=before.etag)
        request = iam_policy_pb2.SetIamPolicyRequest(resource=service.name, policy=policy)
        after = services.set_iam_policy(request)
        self.assertNotEqual(after.etag, before.etag)
        with self.assertRaises(exceptions.Conflict):
            services.set_iam_policy(request)
        self.assertEqual(services.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=service.name)), after)
        asked = iam_policy_pb2.TestIamPermissionsRequest(resource=service.name, permissions=["run.services.get"])
        self.assertEqual(services.test_iam_permissions(asked).permissions, ["run.services.get"])


class Operations(unittest.TestCase):
    def test_operations_are_read_waited_for_listed_and_deleted(self):
        operation = services.create_service(parent=PARENT, service_id="slow", service=wanted()).operation
        done = services.wait_operation(operations_pb2.WaitOperationRequest(name=operation.name, timeout={"seconds": SECONDS}))
        if isinstance(done, bytes):  # Over gRPC, the library does not decode the response of this method.
            done = operations_pb2.Operation.FromString(done)
        self.assertTrue(done.done and done.HasField("response"))
        read = services.get_operation({"name": operation.name})
        # Maps have no order, so the bytes of packed messages may differ.
        packed = [run_v2.Service.deserialize(answer.response.value) for answer in (done, read)]
        self.assertEqual((read.done, packed[1]), (True, packed[0]))
        listed = services.list_operations({"name": PARENT, "filter": "done:true"})
        self.assertIn(operation.name, [o.name for o in listed.operations])
        services.delete_operation({"name": operation.name})
        with self.assertRaises(exceptions.NotFound):
            services.get_operation({"name": operation.name})


class WhatIsNotServed(unittest.TestCase):
    def test_jobs_say_so(self):
        jobs = connect(run_v2.JobsClient, os.environ["RUN"])
        with self.assertRaises(exceptions.MethodNotImplemented):
            jobs.list_jobs(parent=PARENT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
