// Cloud Run as Google's Node.js library sees it.
'use strict';

const assert = require('node:assert');
const {test} = require('node:test');
const {v2} = require('@google-cloud/run');
const {connect, refused} = require('./rest_client.js');

const parent = 'projects/local-project/locations/europe-west1';
const LATEST = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST';
const REVISION = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION';

const services = connect(v2.ServicesClient, process.env.RUN);
const revisions = connect(v2.RevisionsClient, process.env.RUN);

const wanted = (version = '1', fields = {}) => ({
  template: {containers: [{image: process.env.IMAGE, env: [{name: 'VERSION', value: version}]}]},
  invokerIamDisabled: true,
  ...fields,
});

async function done(call) {
  const [operation] = await call;
  const [result] = await operation.promise();
  return result;
}

const create = (serviceId, service = wanted()) => done(services.createService({parent, serviceId, service}));
const update = (id, service, paths) =>
  done(services.updateService({service: {name: `${parent}/services/${id}`, ...service}, updateMask: {paths}}));
const answer = async url => (await fetch(url)).text();

test('a service is created, answers, is listed and deleted', async () => {
  const {name} = await create('born', wanted('1', {labels: {team: 'a'}}));
  const [created] = await services.getService({name});
  assert.strictEqual(created.terminalCondition.state, 'CONDITION_SUCCEEDED');
  assert.deepStrictEqual(created.labels, {team: 'a'});
  assert.strictEqual(await answer(created.uri), '1');
  const [listed] = await services.listServices({parent});
  assert.ok(listed.some(service => service.name === created.name));
  await done(services.deleteService({name: created.name}));
  await refused(services.getService({name: created.name}), 'NOT_FOUND');
});

test('a mask writes its fields alone, and a stale etag is aborted', async () => {
  const first = await create('masked', wanted('1', {description: 'old', labels: {a: '1'}}));
  const second = await update('masked', wanted('2', {description: 'new'}), ['description']);
  assert.deepStrictEqual([second.description, second.labels, await answer(second.uri)], ['new', {a: '1'}, '1']);
  await refused(update('masked', {description: 'late', etag: first.etag}, ['description']), 'ABORTED');
});

test('validate-only changes nothing, and allow-missing creates', async () => {
  await services.createService({parent, serviceId: 'only', service: wanted(), validateOnly: true});
  await refused(services.getService({name: `${parent}/services/only`}), 'NOT_FOUND');
  const service = {name: `${parent}/services/upsert`, ...wanted()};
  await refused(services.updateService({service}), 'NOT_FOUND');
  const created = await done(services.updateService({service, allowMissing: true}));
  assert.strictEqual(await answer(created.uri), '1');
});

test('a canary is tagged, shares, takes over and is rolled back', async () => {
  const first = (await create('canary')).latestReadyRevision.split('/').pop();
  const pinned = {type: REVISION, revision: first, percent: 100};
  const traffic = [pinned, {type: LATEST, tag: 'next'}];
  const tagged = await update('canary', wanted('2', {traffic}), ['template', 'traffic']);
  assert.deepStrictEqual(tagged.trafficStatuses.map(({percent, tag}) => [percent, tag]), [[100, ''], [0, 'next']]);
  assert.deepStrictEqual([await answer(tagged.uri), await answer(tagged.trafficStatuses[1].uri)], ['1', '2']);

  const half = await update('canary', {traffic: [{...pinned, percent: 50}, {type: LATEST, percent: 50}]}, ['traffic']);
  const seen = new Set();
  // Both responses are equally likely: only one in 2^99 runs gets 100 equal responses.
  for (let n = 0; n < 100; n++) seen.add(await answer(half.uri));
  assert.deepStrictEqual([...seen].sort(), ['1', '2']);

  const moved = await update('canary', {traffic: [{type: LATEST, percent: 100}]}, ['traffic']);
  assert.strictEqual(await answer(moved.uri), '2');
  const back = await update('canary', {traffic: [pinned]}, ['traffic']);
  assert.strictEqual(await answer(back.uri), '1');
});

test('revisions are listed, and deleted when they serve nothing', async () => {
  const first = (await create('many')).latestReadyRevision;
  const latest = (await update('many', wanted('2'), ['template'])).latestReadyRevision;
  const [listed] = await revisions.listRevisions({parent: `${parent}/services/many`});
  assert.deepStrictEqual(listed.map(({name}) => name).sort(), [first, latest].sort());
  await refused(revisions.deleteRevision({name: latest}), 'FAILED_PRECONDITION');
  await done(revisions.deleteRevision({name: first}));
  await refused(revisions.getRevision({name: first}), 'NOT_FOUND');
});

test('all users may call once the policy says so', async () => {
  const service = await create('private', wanted('1', {invokerIamDisabled: false}));
  assert.strictEqual((await fetch(service.uri)).status, 403);
  const [before] = await services.getIamPolicy({resource: service.name});
  const policy = {bindings: [{role: 'roles/run.invoker', members: ['allUsers']}], etag: before.etag};
  const [after] = await services.setIamPolicy({resource: service.name, policy});
  assert.notDeepStrictEqual(after.etag, before.etag);
  await refused(services.setIamPolicy({resource: service.name, policy}), 'ABORTED');
});

test('the operation says that a revision cannot start', async () => {
  const service = wanted();
  service.template.containers[0].image = `${process.env.IMAGE.split('@')[0]}:none`;
  await assert.rejects(create('broken', service), /not ready/);
});

test('jobs say that they are not served', async () => {
  const jobs = connect(v2.JobsClient, process.env.RUN);
  await refused(jobs.listJobs({parent}), 'UNIMPLEMENTED');
});
