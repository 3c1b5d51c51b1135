"""Artifact Registry as Google's Python library sees it.

It requires an image `functions/hello` with the tag `v1`.
"""

import os
import unittest

from either_client import connect
from google.api_core import exceptions
from google.cloud import artifactregistry_v1 as ar
from google.cloud.location import locations_pb2
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.protobuf import duration_pb2, field_mask_pb2

PARENT = "projects/local-project/locations/europe-west1"
FUNCTIONS = f"{PARENT}/repositories/functions"
PACKAGE = f"{FUNCTIONS}/packages/hello"
SECONDS = 30

registry = connect(ar.ArtifactRegistryClient, os.environ["ARTIFACT_REGISTRY"])


def create(name, **fields):
    repository = ar.Repository(format_=ar.Repository.Format.DOCKER, **fields)
    return registry.create_repository(parent=PARENT, repository_id=name, repository=repository).result(SECONDS)


def mask(*paths):
    return field_mask_pb2.FieldMask(paths=paths)


class Repositories(unittest.TestCase):
    def test_a_repository_is_created_read_changed_and_deleted(self):
        created = create("life", description="old", labels={"a": "1"})
        self.assertEqual(registry.get_repository(name=created.name), created)
        self.assertEqual(created.registry_uri, "europe-west1-docker.pkg.dev/local-project/life")
        change = ar.Repository(name=created.name, description="new")
        changed = registry.update_repository(repository=change, update_mask=mask("description"))
        self.assertEqual((changed.description, dict(changed.labels)), ("new", {"a": "1"}))
        self.assertGreater(changed.update_time, created.update_time)
        with self.assertRaises(exceptions.Conflict):
            create("life")
        registry.delete_repository(name=created.name).result(SECONDS)
        with self.assertRaises(exceptions.NotFound):
            registry.get_repository(name=created.name)

    def test_repositories_are_listed_in_pages(self):
        for name in ("page-a", "page-b", "page-c"):
            create(name)
        request = ar.ListRepositoriesRequest(parent=PARENT, page_size=2)
        names = [r.name.rsplit("/", 1)[1] for r in registry.list_repositories(request)]
        self.assertEqual([name for name in names if name.startswith("page-")], ["page-a", "page-b", "page-c"])

    def test_cleanup_policies_are_recorded(self):
        keep = ar.CleanupPolicyMostRecentVersions(keep_count=3)
        old = ar.CleanupPolicyCondition(older_than=duration_pb2.Duration(seconds=86400), tag_state=ar.CleanupPolicyCondition.TagState.UNTAGGED)
        policies = {
            "keep": ar.CleanupPolicy(id="keep", action=ar.CleanupPolicy.Action.KEEP, most_recent_versions=keep),
            "old": ar.CleanupPolicy(id="old", action=ar.CleanupPolicy.Action.DELETE, condition=old),
        }
        created = create("cleaned", cleanup_policies=policies, cleanup_policy_dry_run=True)
        self.assertEqual(dict(registry.get_repository(name=created.name).cleanup_policies), policies)
        change = ar.Repository(name=created.name)
        changed = registry.update_repository(repository=change, update_mask=mask("cleanup_policies"))
        self.assertEqual((len(changed.cleanup_policies), changed.cleanup_policy_dry_run), (0, True))

    def test_a_policy_has_an_etag(self):
        name = create("owned").name
        before = registry.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=name))
        binding = policy_pb2.Binding(role="roles/artifactregistry.reader", members=["user:a@example.com"])
        request = iam_policy_pb2.SetIamPolicyRequest(resource=name, policy=policy_pb2.Policy(bindings=[binding], etag=before.etag))
        after = registry.set_iam_policy(request)
        self.assertEqual(registry.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=name)), after)
        with self.assertRaises(exceptions.Conflict):
            registry.set_iam_policy(request)
        asked = iam_policy_pb2.TestIamPermissionsRequest(resource=name, permissions=["artifactregistry.tags.list"])
        self.assertEqual(registry.test_iam_permissions(asked).permissions, ["artifactregistry.tags.list"])


class Images(unittest.TestCase):
    def test_an_image_is_a_package_with_versions_and_tags_and_a_docker_image(self):
        self.assertEqual([p.name for p in registry.list_packages(parent=FUNCTIONS)], [PACKAGE])
        self.assertEqual(registry.get_package(name=PACKAGE).name, PACKAGE)
        request = ar.ListVersionsRequest(parent=PACKAGE, view=ar.VersionView.FULL)
        (version,) = registry.list_versions(request)
        self.assertIn(f"{PACKAGE}/tags/v1", [tag.name for tag in version.related_tags])
        self.assertEqual(registry.get_version(name=version.name).name, version.name)
        (image,) = registry.list_docker_images(parent=FUNCTIONS)
        self.assertEqual(image.uri.split("@")[1], version.name.rsplit("/", 1)[1])
        self.assertEqual(registry.get_docker_image(name=image.name), image)

    def test_tags_are_created_moved_listed_and_deleted(self):
        (version,) = registry.list_versions(parent=PACKAGE)
        tag = registry.create_tag(parent=PACKAGE, tag_id="stable", tag=ar.Tag(version=version.name))
        self.assertEqual(registry.get_tag(name=tag.name), tag)
        self.assertEqual(registry.update_tag(tag=tag, update_mask=mask("version")), tag)
        self.assertEqual([t.name.rsplit("/", 1)[1] for t in registry.list_tags(parent=PACKAGE)], ["stable", "v1"])
        with self.assertRaises(exceptions.Conflict):
            registry.create_tag(parent=PACKAGE, tag_id="stable", tag=ar.Tag(version=version.name))
        with self.assertRaises(exceptions.BadRequest):
            registry.delete_version(name=version.name)
        registry.delete_tag(name=tag.name)
        with self.assertRaises(exceptions.NotFound):
            registry.get_tag(name=tag.name)


class Deletions(unittest.TestCase):
    """Uses a separate repository, `deletions`, which has the same image as `one` and `two`."""

    def test_versions_and_packages_are_deleted(self):
        package = f"{PARENT}/repositories/deletions/packages/one"
        (version,) = registry.list_versions(parent=package)
        with self.assertRaises(exceptions.BadRequest):
            registry.batch_delete_versions(parent=package, names=[version.name]).result(SECONDS)
        registry.delete_tag(name=f"{package}/tags/v1")
        registry.batch_delete_versions(parent=package, names=[version.name]).result(SECONDS)
        with self.assertRaises(exceptions.NotFound):
            registry.get_version(name=version.name)
        package = f"{PARENT}/repositories/deletions/packages/two"
        registry.delete_package(name=package).result(SECONDS)
        with self.assertRaises(exceptions.NotFound):
            registry.get_package(name=package)


class Locations(unittest.TestCase):
    def test_locations_are_listed(self):
        listed = registry.list_locations(locations_pb2.ListLocationsRequest(name="projects/local-project"))
        self.assertIn("europe-west1", [location.location_id for location in listed.locations])
        found = registry.get_location(locations_pb2.GetLocationRequest(name=PARENT))
        self.assertEqual(found.location_id, "europe-west1")


class WhatIsNotServed(unittest.TestCase):
    def test_other_formats_and_files_say_so(self):
        with self.assertRaises(exceptions.MethodNotImplemented):
            registry.create_repository(
                parent=PARENT, repository_id="maven", repository=ar.Repository(format_=ar.Repository.Format.MAVEN)
            )
        with self.assertRaises(exceptions.MethodNotImplemented):
            list(registry.list_files(parent=FUNCTIONS))


if __name__ == "__main__":
    unittest.main(verbosity=2)
