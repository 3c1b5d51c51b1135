#!/usr/bin/env bash
# Requests a deployment with gcloud and waits for its outcome.
#
#     deploy.sh PROJECT gs://BUCKET/SOURCE.zip NAME ENTRY_POINT RUNTIME REQUEST_ID
#
# To use the local cloud, set CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=http://HOST:PORT/ and
# CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true.
set -euo pipefail

project=$1 source=$2 name=$3 entry_point=$4 runtime=$5 request_id=$6
fleet=longshore
asker=//ci.example.com/gcloud
place=${source#gs://}
subscription="ci-gcloud-$request_id"

# Created before the request, so that no outcome is missed.
gcloud pubsub subscriptions create "$subscription" --project="$project" --topic="$fleet.deployment-finished" --quiet \
  --message-filter="attributes.requestsource = \"$asker\" AND attributes.requestid = \"$request_id\"" >&2
trap 'gcloud pubsub subscriptions delete "$subscription" --project="$project" --quiet >&2' EXIT

gcloud pubsub topics publish "$fleet.deploy-requested" --project="$project" --quiet \
  --message="{\"function\": {\"name\": \"$name\", \"entryPoint\": \"$entry_point\", \"runtime\": \"$runtime\",
    \"source\": {\"storage\": {\"bucket\": \"${place%%/*}\", \"object\": \"${place#*/}\"}}}}" \
  --attribute="ce-specversion=1.0,ce-type=dev.longshore.deploy-requested.v1,ce-source=$asker,ce-id=$request_id,content-type=application/json" >&2

outcome=
until [[ $outcome ]]; do
  outcome=$(gcloud pubsub subscriptions pull "$subscription" --project="$project" --auto-ack --limit=1 --quiet \
    --format="value(message.attributes.outcome)")
done
echo "$outcome"
[[ $outcome == deployed || $outcome == unchanged ]]
