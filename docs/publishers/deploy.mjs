// Requests a deployment and waits for its outcome.
//
//     npm install @google-cloud/pubsub
//     node deploy.mjs PROJECT gs://BUCKET/SOURCE.zip NAME ENTRY_POINT RUNTIME REQUEST_ID
//
// Set PUBSUB_EMULATOR_HOST to use the local cloud.
import { createRequire } from "node:module";

const { PubSub } = createRequire(import.meta.url)("@google-cloud/pubsub");

const SOURCE = "//ci.example.com/node";
const FLEET = "longshore";
const ALREADY_EXISTS = 6;

async function deploy(project, source, name, entryPoint, runtime, requestId) {
  const pubsub = new PubSub({ projectId: project });
  const [, bucket, object] = source.match(/^gs:\/\/([^/]+)\/(.+)$/);

  // Created before the request, so that no outcome is missed. One subscription serves all requests of
  // this system.
  const outcomes = pubsub.topic(`${FLEET}.deployment-finished`).subscription("ci-node-outcomes");
  await outcomes.create({ filter: `attributes.requestsource = "${SOURCE}"` }).catch((error) => {
    if (error.code !== ALREADY_EXISTS) throw error;
  });
  const finished = new Promise((resolve, reject) => {
    outcomes.on("error", reject);
    outcomes.on("message", (message) => {
      // Outcomes of other requests are acknowledged too: their senders have seen them, or will publish
      // again.
      message.ack();
      if (message.attributes.requestid === requestId) resolve(JSON.parse(message.data.toString()));
    });
  });

  await pubsub.topic(`${FLEET}.deploy-requested`).publishMessage({
    json: {
      function: {
        name,
        entryPoint,
        runtime,
        source: { storage: { bucket, object } },
        service: { access: "ACCESS_PUBLIC" },
      },
    },
    attributes: {
      "ce-specversion": "1.0",
      "ce-type": "dev.longshore.deploy-requested.v1",
      "ce-source": SOURCE,
      "ce-id": requestId,
      "content-type": "application/json",
    },
  });
  try {
    return await finished;
  } finally {
    await outcomes.close();
    await pubsub.close();
  }
}

const outcome = await deploy(...process.argv.slice(2));
console.log(JSON.stringify(outcome, null, 2));
process.exitCode = ["OUTCOME_DEPLOYED", "OUTCOME_UNCHANGED"].includes(outcome.outcome) ? 0 : 1;
