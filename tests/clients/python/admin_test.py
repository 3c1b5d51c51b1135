"""APIs around a project, as Google's Python libraries see them: IAM, Resource Manager, Service Usage, Logging."""

import base64
import json
import os
import unittest

from either_client import TRANSPORT, connect
from google.api_core import exceptions
from google.cloud import iam_admin_v1, iam_credentials_v1, resourcemanager_v3, service_usage_v1
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.iam.v1 import iam_policy_pb2, policy_pb2

PROJECT = "projects/local-project"
ACCOUNT = "worker@local-project.iam.gserviceaccount.com"


class Identity(unittest.TestCase):
    def test_a_token_names_its_account_and_audience(self):
        client = connect(iam_credentials_v1.IAMCredentialsClient, os.environ["IDENTITY"])
        name = f"projects/-/serviceAccounts/{ACCOUNT}"
        answer = client.generate_id_token(name=name, audience="https://example.com", include_email=True)
        payload = answer.token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.assertEqual((claims["aud"], claims["email"]), ("https://example.com", ACCOUNT))
        with self.assertRaises(exceptions.BadRequest):
            client.generate_id_token(name=name, audience="")
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            client.sign_blob(name=name, payload=b"x")
        self.assertIn("signBlob" if TRANSPORT == "rest" else "SignBlob", str(raised.exception))

    @unittest.skipIf(TRANSPORT == "rest", "Google's library of IAM speaks gRPC only")
    def test_accounts_exist_as_soon_as_they_are_named(self):
        client = connect(iam_admin_v1.IAMClient, os.environ["IDENTITY"])
        account = client.get_service_account(name=f"{PROJECT}/serviceAccounts/{ACCOUNT}")
        self.assertEqual(account.email, ACCOUNT)


class Projects(unittest.TestCase):
    def setUp(self):
        self.client = connect(resourcemanager_v3.ProjectsClient, os.environ["PROJECTS"])

    def test_the_project_is_read_and_found(self):
        project = self.client.get_project(name=PROJECT)
        self.assertEqual((project.project_id, project.name), ("local-project", "projects/42"))
        self.assertEqual(project.state, resourcemanager_v3.Project.State.ACTIVE)
        self.assertEqual(list(self.client.search_projects()), [project])

    def test_policies_are_kept(self):
        before = self.client.get_iam_policy(iam_policy_pb2.GetIamPolicyRequest(resource=PROJECT))
        binding = policy_pb2.Binding(role="roles/run.invoker", members=[f"serviceAccount:{ACCOUNT}"])
        policy = policy_pb2.Policy(bindings=[binding], etag=before.etag)
        after = self.client.set_iam_policy(iam_policy_pb2.SetIamPolicyRequest(resource=PROJECT, policy=policy))
        self.assertEqual(list(after.bindings), [binding])

    def test_folders_are_refused_by_name(self):
        folders = connect(resourcemanager_v3.FoldersClient, os.environ["PROJECTS"])
        with self.assertRaises(exceptions.MethodNotImplemented) as raised:
            folders.get_folder(name="folders/1")
        self.assertRegex(str(raised.exception), "GetFolder|/v3/folders/1")


class Services(unittest.TestCase):
    def test_every_api_is_enabled(self):
        client = connect(service_usage_v1.ServiceUsageClient, os.environ["PROJECTS"])
        names = [service.name for service in client.list_services({"parent": PROJECT})]
        self.assertIn("projects/42/services/run.googleapis.com", names)
        enabling = client.enable_service({"name": f"{PROJECT}/services/run.googleapis.com"})
        self.assertEqual(enabling.result(20).service.state, service_usage_v1.State.ENABLED)


class Logs(unittest.TestCase):
    def test_entries_are_listed(self):
        client = connect(LoggingServiceV2Client, os.environ["LOGGING"])
        request = {"resource_names": [PROJECT], "filter": 'severity >= "ERROR"', "order_by": "timestamp desc"}
        self.assertEqual(list(client.list_log_entries(request)), [])
        with self.assertRaises(exceptions.InvalidArgument):
            list(client.list_log_entries({**request, "filter": "severity >="}))


# Google's library of Logging speaks gRPC only.
if TRANSPORT == "rest":
    del Logs

if __name__ == "__main__":
    unittest.main(verbosity=2)
