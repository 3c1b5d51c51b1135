// Cloud KMS as Google's Node.js library sees it.
'use strict';

const assert = require('node:assert');
const {test} = require('node:test');
const {KeyManagementServiceClient} = require('@google-cloud/kms');
const {connect, refused} = require('./rest_client.js');

const parent = 'projects/local-project/locations/europe-west1';
const kms = connect(KeyManagementServiceClient, process.env.KMS);

// Over REST, this library sends an empty message as an empty string.
const ringOf = keyRingId => ({parent, keyRingId, keyRing: {name: `${parent}/keyRings/${keyRingId}`}});

async function key(keyRingId, fields = {}) {
  const [ring] = await kms.createKeyRing(ringOf(keyRingId));
  const cryptoKey = {purpose: 'ENCRYPT_DECRYPT', ...fields};
  const [created] = await kms.createCryptoKey({parent: ring.name, cryptoKeyId: 'key', cryptoKey});
  return created;
}

test('a key encrypts, and decrypts with the same context only', async () => {
  const {name, primary} = await key('encrypts', {labels: {team: 'a'}});
  assert.strictEqual(primary.state, 'ENABLED');
  const plaintext = Buffer.from('hello');
  const additionalAuthenticatedData = Buffer.from('context');
  const [{ciphertext}] = await kms.encrypt({name, plaintext, additionalAuthenticatedData});
  const [decrypted] = await kms.decrypt({name, ciphertext, additionalAuthenticatedData});
  assert.strictEqual(Buffer.from(decrypted.plaintext).toString(), 'hello');
  await refused(kms.decrypt({name, ciphertext}), 'INVALID_ARGUMENT');
});

test('versions are rotated, disabled, destroyed and restored', async () => {
  const {name, primary} = await key('versions');
  const [second] = await kms.createCryptoKeyVersion({parent: name, cryptoKeyVersion: {state: 'ENABLED'}});
  const cryptoKeyVersionId = second.name.split('/').pop();
  const [rotated] = await kms.updateCryptoKeyPrimaryVersion({name, cryptoKeyVersionId});
  assert.strictEqual(rotated.primary.name, second.name);
  const disable = {cryptoKeyVersion: {name: second.name, state: 'DISABLED'}, updateMask: {paths: ['state']}};
  const [disabled] = await kms.updateCryptoKeyVersion(disable);
  assert.strictEqual(disabled.state, 'DISABLED');
  await refused(kms.encrypt({name, plaintext: Buffer.from('x')}), 'FAILED_PRECONDITION');
  const [destroyed] = await kms.destroyCryptoKeyVersion({name: primary.name});
  assert.strictEqual(destroyed.state, 'DESTROY_SCHEDULED');
  const [restored] = await kms.restoreCryptoKeyVersion({name: primary.name});
  assert.strictEqual(restored.state, 'DISABLED');
});

test('keys and rings are listed, and missing ones are not found', async () => {
  const {name} = await key('listed');
  const ring = name.split('/cryptoKeys/')[0];
  const [rings] = await kms.listKeyRings({parent});
  assert.ok(rings.some(one => one.name === ring));
  const [keys] = await kms.listCryptoKeys({parent: ring});
  assert.deepStrictEqual(keys.map(one => one.name), [name]);
  await refused(kms.getCryptoKey({name: `${ring}/cryptoKeys/none`}), 'NOT_FOUND');
  await refused(kms.createKeyRing(ringOf('listed')), 'ALREADY_EXISTS');
});
