"""Cloud Build as Google's Python library sees it."""

import json
import os
import time
import unittest
import urllib.request

from either_client import connect
from google.api_core import exceptions
from google.cloud.devtools import cloudbuild_v1

PROJECT = "local-project"
PARENT = f"projects/{PROJECT}/locations/europe-west1"
IMAGE = f"europe-west1-docker.pkg.dev/{PROJECT}/functions/hello"
Status = cloudbuild_v1.Build.Status
SECONDS = 120

builds = connect(cloudbuild_v1.CloudBuildClient, os.environ["BUILD"])


def pack(*arguments):
    return cloudbuild_v1.BuildStep(name="gcr.io/k8s-skaffold/pack", entrypoint="pack", args=arguments)


def wanted(image=IMAGE, target="hello", **fields):
    """The build that `gcloud builds submit --pack` creates."""
    source = cloudbuild_v1.StorageSource(bucket="sources", object_="hello.zip")
    steps = [
        pack("config", "default-builder", "gcr.io/buildpacks/builder:latest"),
        pack("build", image, "--network", "cloudbuild", "--env", f"GOOGLE_FUNCTION_TARGET={target}"),
    ]
    return cloudbuild_v1.Build(source=cloudbuild_v1.Source(storage_source=source), steps=steps, images=[image], **fields)


def regional(build):
    return builds.create_build(cloudbuild_v1.CreateBuildRequest(parent=PARENT, build=build))


def started(operation):
    return operation.metadata.build


class Builds(unittest.TestCase):
    def test_a_build_is_created_followed_and_has_results_timings_and_a_log(self):
        operation = regional(wanted(tags=["one"]))
        self.assertIn(started(operation).status, (Status.QUEUED, Status.WORKING))
        build = operation.result(SECONDS)
        self.assertEqual(build.status, Status.SUCCESS)
        self.assertEqual(builds.get_build(name=build.name), build)
        (image,) = build.results.images
        self.assertRegex(image.digest, "^sha256:[0-9a-f]{64}$")
        self.assertEqual(len(build.results.build_step_outputs), 2)
        json.loads(build.results.build_step_outputs[1])
        self.assertEqual(set(build.timing), {"FETCHSOURCE", "BUILD", "PUSH"})
        self.assertTrue(build.create_time <= build.start_time <= build.finish_time)
        self.assertEqual([step.status for step in build.steps], [Status.SUCCESS, Status.SUCCESS])
        bucket, log = build.log_url.removeprefix("gs://").split("/", 1)
        url = f"http://{os.environ['STORAGE']}/storage/v1/b/{bucket}/o/{log}?alt=media"
        with urllib.request.urlopen(url) as response:
            self.assertIn(image.digest, response.read().decode())

    def test_a_build_without_a_location_is_global_and_substitutes(self):
        build = wanted(f"europe-west1-docker.pkg.dev/$PROJECT_ID/functions/hello:$_VERSION-$BUILD_ID", substitutions={"_VERSION": "v1"})
        done = builds.create_build(project_id=PROJECT, build=build).result(SECONDS)
        self.assertIn("/locations/global/", done.name)
        self.assertEqual(done.results.images[0].name, f"{IMAGE}:v1-{done.id}")
        self.assertEqual(builds.get_build(project_id=PROJECT, id=done.id), done)

    def test_what_the_user_did_wrong_is_a_failure_with_its_reason(self):
        operation = regional(wanted(target="absent"))
        build_id = started(operation).id
        try:
            build = operation.result(SECONDS)
        except exceptions.GoogleAPICallError:
            build = builds.get_build(project_id=PROJECT, id=build_id)
            self.assertEqual(build.failure_info.type_, cloudbuild_v1.Build.FailureInfo.FailureType.USER_BUILD_STEP)
        else:
            # A missing target is detected when the function starts.
            self.assertEqual(build.status, Status.SUCCESS)

    def test_a_source_that_is_not_there_cannot_be_fetched(self):
        build = wanted()
        build.source.storage_source.object_ = "none.zip"
        operation = regional(build)
        with self.assertRaises(exceptions.GoogleAPICallError):
            operation.result(SECONDS)
        failed = builds.get_build(project_id=PROJECT, id=started(operation).id)
        self.assertEqual(failed.status, Status.FAILURE)
        self.assertEqual(failed.failure_info.type_, cloudbuild_v1.Build.FailureInfo.FailureType.FETCH_SOURCE_FAILED)

    def test_a_build_is_retried_as_a_new_one(self):
        first = regional(wanted(tags=["again"])).result(SECONDS)
        second = builds.retry_build(name=first.name).result(SECONDS)
        self.assertNotEqual(first.id, second.id)
        self.assertEqual(first.results.images[0].digest, second.results.images[0].digest)

    def test_a_build_is_cancelled_once(self):
        # Two builds run at a time. If three start at once, the last one waits.
        waiting = started([regional(wanted(tags=["cancel"])) for _ in range(3)][2])
        self.assertEqual(builds.cancel_build(name=waiting.name).status, Status.CANCELLED)
        with self.assertRaises(exceptions.BadRequest):
            builds.cancel_build(name=waiting.name)


class Lists(unittest.TestCase):
    def test_builds_are_listed_newest_first_by_filter_and_page(self):
        ids = [regional(wanted(tags=["listed", f"n{n}"])).result(SECONDS).id for n in range(3)]

        def found(condition, **more):
            request = cloudbuild_v1.ListBuildsRequest(parent=PARENT, filter=condition, **more)
            return [build.id for build in builds.list_builds(request)]

        self.assertEqual(found('tags="listed"'), ids[::-1])
        self.assertEqual(found('tags="listed"', page_size=2), ids[::-1])
        self.assertEqual(found('tags="n1" AND status="SUCCESS"'), [ids[1]])
        self.assertEqual(found('tags="listed" AND status="FAILURE"'), [])
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
        self.assertEqual(found(f'tags="listed" AND create_time<"{now}"'), ids[::-1])
        self.assertEqual(found(f'tags="listed" AND create_time>"{now}"'), [])
        with self.assertRaises(exceptions.BadRequest):
            found("colour=blue")


class WhatIsNotServed(unittest.TestCase):
    def test_other_steps_are_refused_with_what_would_do(self):
        build = wanted()
        build.steps = [cloudbuild_v1.BuildStep(name="ubuntu", args=["echo", "hello"])]
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            regional(build)
        self.assertIn("gcloud builds submit --pack", str(raised.exception))

    def test_triggers_and_worker_pools_say_so(self):
        with self.assertRaises(exceptions.MethodNotImplemented):
            list(builds.list_build_triggers(project_id=PROJECT))
        with self.assertRaises(exceptions.MethodNotImplemented):
            list(builds.list_worker_pools(parent=PARENT))


if __name__ == "__main__":
    unittest.main(verbosity=2)
