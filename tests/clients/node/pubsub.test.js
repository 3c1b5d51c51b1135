// Pub/Sub as Google's Node.js library sees it.
'use strict';

const assert = require('node:assert');
const {randomUUID} = require('node:crypto');
const {test, after} = require('node:test');
const {PubSub} = require('@google-cloud/pubsub');

assert.ok(process.env.PUBSUB_EMULATOR_HOST, 'this script is for the local cloud and for emulators');
const pubsub = new PubSub({projectId: `p-${randomUUID().slice(0, 8)}`});
after(() => pubsub.close());

test('a message is published and received', async () => {
  const [topic] = await pubsub.createTopic('events');
  const [subscription] = await topic.createSubscription('worker');
  const received = new Promise((resolve, reject) => {
    subscription.on('message', resolve);
    subscription.on('error', reject);
  });
  const id = await topic.publishMessage({data: Buffer.from('hello')});
  const message = await received;
  assert.deepStrictEqual([message.data.toString(), message.id], ['hello', id]);
  message.ack();
  await subscription.close();
});
