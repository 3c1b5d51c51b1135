"""Push subscriptions, to an HTTP server in this process."""

import base64
import http.server
import json
import queue
import threading

from google.api_core import exceptions

from .support import SOON, Scenario, texts


class Endpoint:
    """Collects requests and responds with the given statuses. The last status repeats."""

    def __init__(self, *statuses):
        endpoint, self.requests, remaining = self, queue.Queue(), list(statuses)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                endpoint.requests.put((self.headers, body))
                self.send_response(remaining.pop(0) if len(remaining) > 1 else remaining[0])
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/push"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        return self.requests.get(timeout=SOON)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Push(Scenario):
    def endpoint(self, *statuses):
        endpoint = Endpoint(*statuses)
        self.addCleanup(endpoint.close)
        return endpoint

    def test_a_message_is_posted_as_a_json_document(self):
        endpoint, topic = self.endpoint(204), self.topic()
        path = self.subscription(topic, push_config={"push_endpoint": endpoint.url})
        [message_id] = self.publish(topic, "hello", kind="x")
        headers, body = endpoint.next()
        self.assertEqual(headers["content-type"], "application/json")
        document = json.loads(body)
        self.assertEqual(document["subscription"], path)
        message = document["message"]
        self.assertEqual(base64.b64decode(message["data"]), b"hello")
        self.assertEqual(message["attributes"], {"kind": "x"})
        self.assertEqual((message["messageId"], message["message_id"]), (message_id, message_id))
        self.assertEqual(message["publishTime"], message["publish_time"])

    def test_an_unwrapped_message_is_the_body(self):
        endpoint, topic = self.endpoint(200), self.topic()
        wrapper = {"write_metadata": True}
        path = self.subscription(topic, push_config={"push_endpoint": endpoint.url, "no_wrapper": wrapper})
        [message_id] = self.publish(topic, "hello", kind="x")
        headers, body = endpoint.next()
        self.assertEqual(body, b"hello")
        self.assertEqual((headers["kind"], headers["x-goog-pubsub-message-id"]), ("x", message_id))
        self.assertEqual(headers["x-goog-pubsub-subscription-name"], path)

    def test_a_message_is_posted_until_it_is_taken(self):
        endpoint, topic = self.endpoint(500, 302, 201), self.topic()
        self.subscription(topic, push_config={"push_endpoint": endpoint.url})
        self.publish(topic, "stubborn")
        tries = [json.loads(endpoint.next()[1])["message"]["messageId"] for _ in range(3)]
        self.assertEqual(len(set(tries)), 1)
        self.publish(topic, "next")
        following = json.loads(endpoint.next()[1])["message"]["data"]
        self.assertEqual(base64.b64decode(following), b"next", "201 was an acknowledgement")

    def test_push_becomes_pull_and_push_again(self):
        endpoint, topic = self.endpoint(200), self.topic()
        path = self.subscription(topic, push_config={"push_endpoint": endpoint.url})
        with self.assertRaises(exceptions.FailedPrecondition):
            self.subscriber.pull(subscription=path, max_messages=1, timeout=5)
        self.subscriber.modify_push_config(subscription=path, push_config={})
        self.publish(topic, "pulled")
        self.ack(path, self.pull(path, 1))
        self.publish(topic, "waiting")
        self.subscriber.modify_push_config(subscription=path, push_config={"push_endpoint": endpoint.url})
        self.assertEqual(base64.b64decode(json.loads(endpoint.next()[1])["message"]["data"]), b"waiting")

    def test_dead_letters_count_pushes(self):
        endpoint, topic, dead = self.endpoint(500), self.topic(), self.topic("dead")
        graveyard = self.subscription(dead, "graveyard")
        policy = {"dead_letter_topic": dead, "max_delivery_attempts": 5}
        self.subscription(topic, push_config={"push_endpoint": endpoint.url}, dead_letter_policy=policy)
        self.publish(topic, "poison")
        attempts = [json.loads(endpoint.next()[1])["deliveryAttempt"] for _ in range(5)]
        self.assertEqual(attempts, [1, 2, 3, 4, 5])
        self.assertEqual(texts(self.pull(graveyard, 1)), ["poison"])

    def test_a_request_carries_the_token_of_its_service_account(self):
        endpoint, topic = self.endpoint(200), self.topic()
        token = {"service_account_email": "pusher@project.iam.gserviceaccount.com", "audience": "receiver"}
        try:
            self.subscription(topic, push_config={"push_endpoint": endpoint.url, "oidc_token": token})
        except exceptions.MethodNotImplemented as refused:
            self.skipTest(f"nobody signs tokens: {refused}")
        self.publish(topic, "hello")
        headers, _ = endpoint.next()
        scheme, _, jwt = headers["authorization"].partition(" ")
        payload = jwt.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.assertEqual((scheme, claims["aud"], claims["email"]), ("Bearer", "receiver", token["service_account_email"]))
