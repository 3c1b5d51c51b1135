"""V4 signed URLs and the keys that sign them."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import urllib.parse

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.oauth2 import service_account

from .support import ENDPOINT, PROJECT, Scenario

MINUTE = datetime.timedelta(minutes=1)


def new_account(email):
    """The credentials of a service account with its own key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    info = {"client_email": email, "private_key": pem, "token_uri": "http://127.0.0.1:1/token", "type": "service_account"}
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return info, public.decode(), service_account.Credentials.from_service_account_info(info)


def register(name, text):
    with open(os.path.join(os.environ["SERVICE_ACCOUNTS"], name), "w", encoding="ascii") as file:
        file.write(text)


class ServiceAccounts(Scenario):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        info, _, cls.signer = new_account("signer@local-project.iam.gserviceaccount.com")
        register("signer@local-project.iam.gserviceaccount.com.json", json.dumps(info))

    def url(self, name, method, credentials=None, **options):
        return self.bucket.blob(name).generate_signed_url(
            version="v4", expiration=MINUTE, method=method, credentials=credentials or self.signer,
            api_access_endpoint=ENDPOINT, **options,
        )

    def assertRefused(self, answer, status, code):
        self.assertEqual(answer.status_code, status, answer.text)
        self.assertIn(f"<Code>{code}</Code>", answer.text)

    def test_a_url_writes_reads_and_deletes(self):
        put = self.url("a b/c", "PUT", content_type="text/plain")
        self.assertEqual(requests.put(put, b"content", headers={"Content-Type": "text/plain"}).status_code, 200)
        self.assertEqual(self.bucket.get_blob("a b/c").content_type, "text/plain")
        get = self.url("a b/c", "GET", response_disposition="attachment", response_type="text/csv")
        answer = requests.get(get)
        self.assertEqual((answer.content, answer.headers["Content-Disposition"]), (b"content", "attachment"))
        self.assertEqual(answer.headers["Content-Type"], "text/csv")
        self.assertEqual(requests.get(get, headers={"Range": "bytes=0-2"}).content, b"con")
        self.assertEqual(requests.head(self.url("a b/c", "HEAD")).headers["Content-Length"], "7")
        self.assertEqual(requests.delete(self.url("a b/c", "DELETE")).status_code, 204)
        self.assertRefused(requests.get(self.url("a b/c", "GET")), 404, "NoSuchKey")

    def test_a_url_starts_a_resumable_upload(self):
        start = self.url("a", "RESUMABLE")
        answer = requests.post(start, headers={"x-goog-resumable": "start"})
        self.assertEqual(answer.status_code, 201)
        self.assertEqual(requests.put(answer.headers["Location"], b"content").status_code, 200)
        self.assertEqual(self.bucket.blob("a").download_as_bytes(), b"content")

    def test_another_request_than_the_signed_one_is_refused(self):
        self.put("a")
        self.put("b")
        get = self.url("a", "GET")
        self.assertRefused(requests.put(get, b""), 403, "SignatureDoesNotMatch")
        self.assertRefused(requests.get(get.replace("/a?", "/b?")), 403, "SignatureDoesNotMatch")
        self.assertRefused(requests.get(get + "&generation=1"), 403, "SignatureDoesNotMatch")
        self.assertRefused(requests.get(get, headers={"x-goog-if-generation-match": "1"}), 400, "MalformedSecurityHeader")
        typed = self.url("a", "PUT", content_type="text/plain")
        answer = requests.put(typed, b"", headers={"Content-Type": "text/html"})
        self.assertRefused(answer, 403, "SignatureDoesNotMatch")

    def test_signed_headers_are_obeyed(self):
        headers = {"x-goog-if-generation-match": "0", "x-goog-meta-key": "value"}
        put = self.url("a", "PUT", headers=dict(headers))
        self.assertEqual(requests.put(put, b"content", headers=headers).status_code, 200)
        self.assertEqual(self.bucket.get_blob("a").metadata, {"key": "value"})
        self.assertRefused(requests.put(put, b"content", headers=headers), 412, "PreconditionFailed")

    def test_an_account_that_nobody_registered_is_refused_until_it_is(self):
        self.put("a")
        email = "late@local-project.iam.gserviceaccount.com"
        _, public, credentials = new_account(email)
        url = self.url("a", "GET", credentials)
        self.assertRefused(requests.get(url), 403, "InvalidSecurity")
        register(f"{email}.pem", public)
        self.assertEqual(requests.get(url).content, b"content")

    def test_a_url_is_refused_when_its_time_is_over(self):
        self.put("a")
        past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
        url = urllib.parse.urlsplit(self.url("a", "GET"))
        query = dict(urllib.parse.parse_qsl(url.query)) | {"X-Goog-Date": past.strftime("%Y%m%dT%H%M%SZ")}
        signer, _, *scope = query["X-Goog-Credential"].split("/")
        query["X-Goog-Credential"] = "/".join([signer, past.strftime("%Y%m%d"), *scope])
        self.assertRefused(requests.get(url._replace(query=urllib.parse.urlencode(query)).geturl()), 400, "ExpiredToken")


class HmacKeys(Scenario):
    def sign(self, key, secret, path):
        """A GET signed as Google documents V4 signatures. The library signs only with RSA."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        scope = f"{day}/auto/storage/goog4_request"
        query = urllib.parse.urlencode({
            "X-Goog-Algorithm": "GOOG4-HMAC-SHA256", "X-Goog-Credential": f"{key.access_id}/{scope}",
            "X-Goog-Date": stamp, "X-Goog-Expires": "60", "X-Goog-SignedHeaders": "host",
        })
        host = urllib.parse.urlsplit(ENDPOINT).netloc
        request = f"GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        text = f"GOOG4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signing = f"GOOG4{secret}".encode()
        for part in (*scope.split("/"), text):
            signing = hmac.new(signing, part.encode(), hashlib.sha256).digest()
        return f"{ENDPOINT}{path}?{query}&X-Goog-Signature={signing.hex()}"

    def test_a_key_signs_while_it_is_active(self):
        email = "signer@local-project.iam.gserviceaccount.com"
        key, secret = self.client.create_hmac_key(service_account_email=email)
        self.assertEqual((len(key.access_id), len(base64.b64decode(secret)), key.state), (61, 30, "ACTIVE"))
        self.put("a")
        path = f"/{self.bucket.name}/a"
        self.assertEqual(requests.get(self.sign(key, secret, path)).content, b"content")
        self.assertEqual(requests.get(self.sign(key, "another secret", path)).status_code, 403)
        key.state = "INACTIVE"
        key.update()
        self.assertEqual(requests.get(self.sign(key, secret, path)).status_code, 403)
        self.assertIn(key.access_id, [found.access_id for found in self.client.list_hmac_keys(service_account_email=email)])
        key.delete()
        self.assertEqual(self.client.get_hmac_key_metadata(key.access_id, project_id=PROJECT).state, "DELETED")
        self.assertNotIn(key.access_id, [found.access_id for found in self.client.list_hmac_keys()])
        self.assertIn(key.access_id, [found.access_id for found in self.client.list_hmac_keys(show_deleted_keys=True)])
