// Pub/Sub as Google's Node.js library sees it. The library finds the service through
// PUBSUB_EMULATOR_HOST, as it does for users.
'use strict';

const assert = require('node:assert');
const {randomUUID} = require('node:crypto');
const http = require('node:http');
const {after, test} = require('node:test');
const {credentials} = require('@grpc/grpc-js');
const {Encodings, PubSub, SchemaTypes, v1} = require('@google-cloud/pubsub');

assert.ok(process.env.PUBSUB_EMULATOR_HOST, 'this script is for the local cloud and for emulators');

// gRPC's error codes.
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;
const ABORTED = 10;

// Timeout for an expected event.
const SOON_MS = 20_000;

// The library keeps the timer of a lease that it has given up, for up to a minute. The tests do not
// wait for it.
after(() => setTimeout(() => process.exit(), 200).unref());

// Runs a scenario in its own project.
function scenario(name, run) {
  test(name, async () => {
    const pubsub = new PubSub({projectId: `project-${randomUUID().slice(0, 8)}`});
    try {
      await run(pubsub);
    } finally {
      await pubsub.close();
    }
  });
}

// Receives `count` messages and returns them in the order of arrival.
async function receive(subscription, count, settle = message => message.ack()) {
  const messages = [];
  let timer;
  await new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`only ${messages.length} of ${count} came`)), SOON_MS);
    subscription.on('error', reject);
    subscription.on('message', async message => {
      messages.push(message);
      try {
        await settle(message);
      } catch (error) {
        reject(error);
      }
      if (messages.length >= count) resolve();
    });
  }).finally(async () => {
    clearTimeout(timer);
    subscription.removeAllListeners();
    await subscription.close();
  });
  return messages;
}

// Runs with the low-level client below the library, whose calls end when the server has responded.
async function withRawClient(run) {
  const [servicePath, port] = process.env.PUBSUB_EMULATOR_HOST.split(':');
  const client = new v1.SubscriberClient({servicePath, port: Number(port), sslCreds: credentials.createInsecure()});
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

const texts = messages => messages.map(message => message.data.toString());
const publish = (topic, text, more = {}) => topic.publishMessage({data: Buffer.from(text), ...more});

scenario('a message arrives as it was published', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker');
  const id = await publish(topic, 'hello', {attributes: {origin: 'test'}});
  const [message] = await receive(subscription, 1);
  assert.deepStrictEqual([message.data.toString(), message.id, message.attributes], ['hello', id, {origin: 'test'}]);
  assert.ok(Math.abs(message.publishTime.getTime() - Date.now()) < 60_000);
});

scenario('a nacked message is delivered again, and every other one once', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker');
  const sent = Array.from({length: 200}, (_, n) => `${n}`);
  await Promise.all(sent.map(text => publish(topic, text)));
  let nacked;
  const got = await receive(subscription, 201, message => {
    if (nacked === undefined) {
      nacked = message.id;
      message.nack();
    } else {
      message.ack();
    }
  });
  assert.strictEqual(got.filter(message => message.id === nacked).length, 2);
  assert.deepStrictEqual([...new Set(texts(got))].sort(), sent.sort());
});

scenario('topics and subscriptions are listed in pages, updated, and gone when they are deleted', async pubsub => {
  for (const name of ['topic-1', 'topic-2', 'topic-3']) await pubsub.createTopic(name);
  const [page, next] = await pubsub.getTopics({pageSize: 2, autoPaginate: false});
  assert.deepStrictEqual([page.length, next.pageToken.length > 0], [2, true]);
  assert.strictEqual((await pubsub.getTopics({pageSize: 2, autoPaginate: true}))[0].length, 3);
  await assert.rejects(pubsub.createTopic('topic-1'), {code: ALREADY_EXISTS});
  await assert.rejects(pubsub.createTopic('google-topic'), {code: INVALID_ARGUMENT});

  const [subscription] = await pubsub.topic('topic-1').createSubscription('worker', {labels: {team: 'a'}});
  await subscription.setMetadata({ackDeadlineSeconds: 42, retryPolicy: {minimumBackoff: {seconds: 3}}});
  const [metadata] = await subscription.getMetadata();
  assert.deepStrictEqual([metadata.ackDeadlineSeconds, metadata.labels], [42, {team: 'a'}]);
  assert.strictEqual(Number(metadata.retryPolicy.minimumBackoff.seconds), 3);
  await assert.rejects(subscription.setMetadata({filter: 'attributes:x'}), {code: INVALID_ARGUMENT});
  await assert.rejects(subscription.setMetadata({ackDeadlineSeconds: 601}), {code: INVALID_ARGUMENT});
  await subscription.delete();
  await assert.rejects(subscription.getMetadata(), {code: NOT_FOUND});
  assert.deepStrictEqual(await subscription.exists(), [false]);
});

scenario('messages of a key come in order, and a nack brings back the run behind it', async pubsub => {
  const [created] = await pubsub.createTopic('events');
  const topic = pubsub.topic(created.name, {messageOrdering: true});
  const [subscription] = await topic.createSubscription('worker', {enableMessageOrdering: true});
  const sent = Array.from({length: 10}, (_, n) => `${n}`);
  await Promise.all(sent.map(text => publish(topic, text, {orderingKey: 'k'})));
  let nacked = false;
  const settled = [];
  await receive(subscription, 11, message => {
    const text = message.data.toString();
    if (text === '4' && !nacked) {
      nacked = true;
      message.nack();
    } else {
      settled.push(text);
      message.ack();
    }
  });
  // Messages that were delivered after the nacked one may arrive before the redelivery. After that,
  // they arrive in order.
  assert.deepStrictEqual(settled.slice(0, 4), ['0', '1', '2', '3']);
  const run = settled.slice(settled.indexOf('4'));
  assert.deepStrictEqual(run, sent.slice(4, 4 + run.length));
});

scenario('a message that fails too often becomes a dead letter', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [dead] = await pubsub.createTopic('dead');
  const [graveyard] = await dead.createSubscription('graveyard');
  const policy = {deadLetterTopic: dead.name, maxDeliveryAttempts: 5};
  const [subscription] = await topic.createSubscription('worker', {deadLetterPolicy: policy});
  await publish(topic, 'poison');
  const tries = await receive(subscription, 5, message => message.nack());
  assert.deepStrictEqual(tries.map(message => message.deliveryAttempt), [1, 2, 3, 4, 5]);
  const [buried] = await receive(graveyard, 1);
  assert.strictEqual(buried.data.toString(), 'poison');
  assert.strictEqual(buried.attributes.CloudPubSubDeadLetterSourceDeliveryCount, '5');
});

scenario('a filter lets through what matches', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker', {filter: 'hasPrefix(attributes.kind, "b")'});
  await publish(topic, 'other', {attributes: {kind: 'image'}});
  await publish(topic, 'wanted', {attributes: {kind: 'build'}});
  assert.deepStrictEqual(texts(await receive(subscription, 1)), ['wanted']);
});

scenario('exactly once: what a client settles is confirmed, and what it no longer holds is refused', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker', {enableExactlyOnceDelivery: true});
  await publish(topic, 'first');
  const answers = [];
  await receive(subscription, 2, async message => {
    if (answers.length === 0) {
      answers.push(await message.nackWithResponse());
    } else {
      answers.push(await message.ackWithResponse());
    }
  });
  assert.deepStrictEqual(answers, ['SUCCESS', 'SUCCESS']);

  // Ends the lease without the client's knowledge.
  await publish(topic, 'second');
  let refused;
  await withRawClient(raw => receive(pubsub.subscription('worker'), 1, async message => {
    const request = {subscription: subscription.name, ackIds: [message.ackId], ackDeadlineSeconds: 0};
    await raw.modifyAckDeadline(request);
    refused = await message.ackWithResponse().then(() => 'taken', error => error.errorCode);
  }));
  assert.strictEqual(refused, 'INVALID');
});

scenario('a seek brings back what is retained', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker', {retainAckedMessages: true});
  const start = new Date(Date.now() - 60_000);
  await publish(topic, 'again');
  await withRawClient(async raw => {
    const [{receivedMessages}] = await raw.pull({subscription: subscription.name, maxMessages: 1});
    const ackIds = receivedMessages.map(received => received.ackId);
    await raw.acknowledge({subscription: subscription.name, ackIds});
  });
  await subscription.seek(start);
  assert.deepStrictEqual(texts(await receive(subscription, 1)), ['again']);
});

scenario('a detached subscription gets nothing any more', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker');
  await pubsub.detachSubscription('worker');
  assert.deepStrictEqual(await subscription.detached(), [true]);
  await assert.rejects(receive(subscription, 1), {code: FAILED_PRECONDITION});
});

scenario('messages are pushed to an endpoint until it takes them', async pubsub => {
  const bodies = [];
  const statuses = [503, 200];
  const endpoint = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    bodies.push(JSON.parse(Buffer.concat(chunks)));
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise(resolve => endpoint.listen(0, '127.0.0.1', resolve));
  try {
    const pushEndpoint = `http://127.0.0.1:${endpoint.address().port}/`;
    const [topic] = await pubsub.createTopic('events');
    const [subscription] = await topic.createSubscription('pushed', {pushEndpoint});
    const [witness] = await topic.createSubscription('witness');
    const id = await publish(topic, 'hello');
    const deadline = Date.now() + SOON_MS;
    while (bodies.length < 2 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20));
    assert.deepStrictEqual(bodies.map(body => body.message.messageId), [id, id]);
    assert.strictEqual(bodies[0].subscription, subscription.name);
    await subscription.modifyPushConfig({});
    await receive(witness, 1);
    await publish(topic, 'pulled');
    assert.deepStrictEqual(texts(await receive(subscription, 1)), ['pulled']);
  } finally {
    endpoint.close();
    endpoint.closeAllConnections();
  }
});

scenario('a topic takes what its schema describes', async pubsub => {
  const definition = 'syntax = "proto3"; message State { string name = 1; }';
  await assert.rejects(pubsub.createSchema('bad', SchemaTypes.ProtocolBuffer, 'nonsense'), {code: INVALID_ARGUMENT});
  const schema = await pubsub.createSchema('state', SchemaTypes.ProtocolBuffer, definition);
  const name = await schema.getName();
  assert.strictEqual((await schema.get()).definition, definition);
  await schema.validateMessage(Buffer.from('{"name": "a"}'), Encodings.Json);
  await assert.rejects(schema.validateMessage(Buffer.from('{"nme": "a"}'), Encodings.Json), {code: INVALID_ARGUMENT});

  const [topic] = await pubsub.createTopic({name: 'events', schemaSettings: {schema: name, encoding: Encodings.Json}});
  const [subscription] = await topic.createSubscription('worker');
  await assert.rejects(publish(topic, '{"nme": "a"}'), {code: INVALID_ARGUMENT});
  await publish(topic, '{"name": "a"}');
  const [message] = await receive(subscription, 1);
  assert.strictEqual(message.attributes.googclient_schemaname, name);
  assert.strictEqual(message.attributes.googclient_schemaencoding, 'JSON');
  const listed = [];
  for await (const entry of pubsub.listSchemas()) listed.push(entry.name);
  assert.deepStrictEqual(listed, [name]);
  await schema.delete();
});

scenario('a policy is kept and guarded by its etag, and every permission is granted', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  const [policy] = await topic.iam.getPolicy();
  const bindings = [{role: 'roles/pubsub.viewer', members: ['allUsers']}];
  const [written] = await topic.iam.setPolicy({...policy, bindings});
  assert.deepStrictEqual(written.bindings.map(({role, members}) => ({role, members})), bindings);
  await assert.rejects(topic.iam.setPolicy({etag: policy.etag, bindings: []}), {code: ABORTED});
  const [granted] = await topic.iam.testPermissions(['pubsub.topics.publish']);
  assert.deepStrictEqual(granted, {'pubsub.topics.publish': true});
});

scenario('what is above the limits is refused', async pubsub => {
  const [topic] = await pubsub.createTopic('events');
  await assert.rejects(publish(topic, 'x', {attributes: {'goog-x': 'reserved'}}), {code: INVALID_ARGUMENT});
  await assert.rejects(publish(topic, 'x', {attributes: {k: 'v'.repeat(1025)}}), {code: INVALID_ARGUMENT});
  await assert.rejects(topic.createSubscription('short', {ackDeadlineSeconds: 9}), {code: INVALID_ARGUMENT});
  await assert.rejects(publish(pubsub.topic('missing'), 'x'), {code: NOT_FOUND});
});
