// One function of each kind that firebase-tools deploys to the local cloud.

const { setGlobalOptions } = require("firebase-functions/v2");
const { onCall, onRequest } = require("firebase-functions/v2/https");
const { onMessagePublished } = require("firebase-functions/v2/pubsub");
const { onSchedule } = require("firebase-functions/v2/scheduler");
const { onObjectFinalized } = require("firebase-functions/v2/storage");
const { onTaskDispatched } = require("firebase-functions/v2/tasks");
const { defineString } = require("firebase-functions/params");

setGlobalOptions({ region: "europe-west1", maxInstances: 2 });

const greeting = defineString("GREETING");

exports.request = onRequest((request, response) => {
  response.json({
    greeting: `${greeting.value()}, ${request.query.name}`,
    config: JSON.parse(process.env.FIREBASE_CONFIG),
    project: process.env.GCLOUD_PROJECT,
    source: process.env.EVENTARC_CLOUD_EVENT_SOURCE,
    signature: process.env.FUNCTION_SIGNATURE_TYPE,
  });
});

exports.add = onCall((request) => ({ sum: request.data.a + request.data.b }));

exports.message = onMessagePublished("orders", (event) => {
  console.log(`MESSAGE ${event.data.message.json.id} ${event.data.message.attributes.kind}`);
});

exports.object = onObjectFinalized((event) => {
  console.log(`OBJECT ${event.data.bucket}/${event.data.name} ${event.subject}`);
});

exports.schedule = onSchedule({ schedule: "0 4 * * *", timeZone: "Europe/Berlin" }, (event) => {
  console.log(`SCHEDULE ${event.jobName}`);
});

exports.task = onTaskDispatched({ retryConfig: { maxAttempts: 2 } }, (request) => {
  console.log(`TASK ${request.data.id} ${request.id} ${request.retryCount} ${request.auth.token.email}`);
});
