"""Requests a deployment and waits for its outcome.

    pip install google-cloud-pubsub
    python deploy.py PROJECT gs://BUCKET/SOURCE.zip NAME ENTRY_POINT RUNTIME REQUEST_ID

Set PUBSUB_EMULATOR_HOST to use the local cloud.
"""

import hashlib
import json
import sys

from google.api_core.exceptions import AlreadyExists
from google.cloud import pubsub_v1

SOURCE = "//ci.example.com/python"
FLEET = "longshore"
PATIENCE_S = 3600


def main(project, source, name, entry_point, runtime, request_id):
    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    bucket, _, item = source.removeprefix("gs://").partition("/")

    # Created before the request, so that no outcome is missed. One subscription serves all requests of
    # this system.
    outcomes = subscriber.subscription_path(project, "ci-python-outcomes")
    try:
        subscriber.create_subscription(
            request={
                "name": outcomes,
                "topic": publisher.topic_path(project, f"{FLEET}.deployment-finished"),
                "filter": f'attributes.requestsource = "{SOURCE}"',
            }
        )
    except AlreadyExists:
        pass

    request = {
        "function": {
            "name": name,
            "entryPoint": entry_point,
            "runtime": runtime,
            "source": {"storage": {"bucket": bucket, "object": item}},
            "service": {"access": "ACCESS_PUBLIC"},
        }
    }
    attributes = {
        "ce-specversion": "1.0",
        "ce-type": "dev.longshore.deploy-requested.v1",
        "ce-source": SOURCE,
        "ce-id": request_id,
        "content-type": "application/json",
    }
    topic = publisher.topic_path(project, f"{FLEET}.deploy-requested")
    data = json.dumps(request).encode()
    publisher.publish(topic, data, **attributes).result()

    found = []

    def look(message):
        # Outcomes of other requests are acknowledged too: their senders have seen them, or will publish
        # again. The digest tells this request from another one under the same identity.
        message.ack()
        own = (request_id, hashlib.sha256(data).hexdigest())
        if (message.attributes["requestid"], message.attributes["requestsha256"]) == own:
            found.append(json.loads(message.data))
            pulling.cancel()

    pulling = subscriber.subscribe(outcomes, callback=look)
    with subscriber:
        pulling.result(timeout=PATIENCE_S)
    return found[0]


if __name__ == "__main__":
    finished = main(*sys.argv[1:])
    print(json.dumps(finished, indent=2))
    sys.exit(0 if finished["outcome"] in ("OUTCOME_DEPLOYED", "OUTCOME_UNCHANGED") else 1)
