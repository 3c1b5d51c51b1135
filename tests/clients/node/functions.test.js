// Cloud Functions as Google's Node.js library sees it.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const {test} = require('node:test');
const {v2} = require('@google-cloud/functions');
const {connect, refused} = require('./rest_client.js');

const parent = 'projects/local-project/locations/europe-west1';
const functions = connect(v2.FunctionServiceClient, process.env.FUNCTIONS);

async function done(call) {
  const [operation] = await call;
  const [result] = await operation.promise();
  return result;
}

async function upload() {
  const [place] = await functions.generateUploadUrl({parent, environment: 'GEN_2'});
  const body = fs.readFileSync(process.env.SOURCE);
  const put = await fetch(place.uploadUrl, {method: 'PUT', headers: {'content-type': 'application/zip'}, body});
  assert.strictEqual(put.status, 200);
  return place.storageSource;
}

const wanted = (storageSource, fields = {}) => ({
  buildConfig: {runtime: 'python313', entryPoint: 'hello', source: {storageSource}},
  serviceConfig: {availableCpu: '1', availableMemory: '512Mi'},
  ...fields,
});

test('a function is created, updated, listed and deleted', async () => {
  const source = await upload();
  const name = `${parent}/functions/from-node`;
  const create = {parent, functionId: 'from-node', function: wanted(source, {labels: {team: 'a'}})};
  const created = await done(functions.createFunction(create));
  assert.deepStrictEqual([created.name, created.labels], [name, {team: 'a'}]);
  const [shown] = await functions.getFunction({name});
  assert.strictEqual(shown.state, 'ACTIVE');
  assert.match(shown.buildConfig.build, /\/builds\//);
  await refused(functions.createFunction(create), 'ALREADY_EXISTS');

  const change = {function: {name, labels: {team: 'b'}}, updateMask: {paths: ['labels']}};
  const updated = await done(functions.updateFunction(change));
  assert.deepStrictEqual([updated.labels, updated.buildConfig.runtime], [{team: 'b'}, 'python313']);
  const [listed] = await functions.listFunctions({parent, filter: 'labels.team="b" AND environment="GEN_2"'});
  assert.deepStrictEqual(listed.map(one => one.name), [name]);
  const [{downloadUrl}] = await functions.generateDownloadUrl({name});
  const downloaded = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer());
  assert.ok(downloaded.equals(fs.readFileSync(process.env.SOURCE)));

  await done(functions.deleteFunction({name}));
  await refused(functions.getFunction({name}), 'NOT_FOUND');
});

test('runtimes have their stages and dates', async () => {
  const [{runtimes}] = await functions.listRuntimes({parent, filter: 'environment="GEN_2"'});
  const go = runtimes.find(runtime => runtime.name === 'go122');
  assert.strictEqual(go.stage, 'DECOMMISSIONED');
  assert.deepStrictEqual([go.decommissionDate.year, go.decommissionDate.month, go.decommissionDate.day], [2026, 7, 28]);
  assert.strictEqual(runtimes.find(runtime => runtime.name === 'python313').stage, 'GA');
});

test('refusals have the codes of Google', async () => {
  const create = (functionId, fields) => functions.createFunction({parent, functionId, function: fields});
  const nowhere = {bucket: 'nowhere', object: 'a.zip'};
  await refused(create('f', wanted(nowhere)), 'INVALID_ARGUMENT');
  await refused(create('1-bad', wanted(await upload())), 'INVALID_ARGUMENT');
  await refused(create('f', wanted(nowhere, {eventTrigger: {eventType: 'e', channel: 'c'}})), 'UNIMPLEMENTED');
  await refused(functions.deleteFunction({name: `${parent}/functions/nothing`}), 'NOT_FOUND');
});
