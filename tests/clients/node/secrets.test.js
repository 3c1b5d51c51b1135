// Secret Manager as Google's Node.js library sees it, over gRPC.
'use strict';

const assert = require('node:assert');
const {test} = require('node:test');
const {SecretManagerServiceClient} = require('@google-cloud/secret-manager');
const {connect} = require('./grpc_client.js');
const {refused} = require('./rest_client.js');

const parent = 'projects/local-project';
const secrets = connect(SecretManagerServiceClient, process.env.SECRETS);

async function create(secretId, fields = {}) {
  const [secret] = await secrets.createSecret({parent, secretId, secret: {replication: {automatic: {}}, ...fields}});
  return secret;
}

test('a secret is created, read, changed, listed and deleted', async () => {
  const {name} = await create('life', {labels: {team: 'a'}});
  await refused(create('life'), 'ALREADY_EXISTS');
  const change = {secret: {name, labels: {team: 'b'}}, updateMask: {paths: ['labels']}};
  const [changed] = await secrets.updateSecret(change);
  assert.deepStrictEqual(changed.labels, {team: 'b'});
  const [listed] = await secrets.listSecrets({parent});
  assert.ok(listed.some(secret => secret.name === name));
  await secrets.deleteSecret({name});
  await refused(secrets.getSecret({name}), 'NOT_FOUND');
});

test('any bytes come back', async () => {
  const {name} = await create('bytes');
  const data = Buffer.from(Array.from({length: 256}, (_, byte) => byte));
  const [version] = await secrets.addSecretVersion({parent: name, payload: {data}});
  assert.strictEqual(version.state, 'ENABLED');
  const [{payload}] = await secrets.accessSecretVersion({name: `${name}/versions/latest`});
  assert.deepStrictEqual(Buffer.from(payload.data), data);
  await secrets.disableSecretVersion({name: version.name});
  await refused(secrets.accessSecretVersion({name: version.name}), 'FAILED_PRECONDITION');
});

test('regional secrets are refused by name', async () => {
  const regional = secrets.listSecrets({parent: `${parent}/locations/europe-west1`});
  await assert.rejects(regional, /UNIMPLEMENTED.*ListSecrets/);
});
