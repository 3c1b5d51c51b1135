// Cloud Build as Google's Node.js library sees it.
'use strict';

const assert = require('node:assert');
const {test} = require('node:test');
const {CloudBuildClient} = require('@google-cloud/cloudbuild');
const {connect, refused} = require('./rest_client.js');

const projectId = 'local-project';
const parent = `projects/${projectId}/locations/europe-west1`;
const image = `europe-west1-docker.pkg.dev/${projectId}/functions/hello`;
const builds = connect(CloudBuildClient, process.env.BUILD);

// The build that `gcloud builds submit --pack` creates.
const wanted = (fields = {}) => ({
  source: {storageSource: {bucket: 'sources', object: 'hello.zip'}},
  steps: [
    {
      name: 'gcr.io/k8s-skaffold/pack',
      entrypoint: 'pack',
      args: ['build', image, '--builder=gcr.io/buildpacks/builder', '--env', 'GOOGLE_FUNCTION_TARGET=hello'],
    },
  ],
  images: [image],
  ...fields,
});

async function done(call) {
  const [operation] = await call;
  const [result] = await operation.promise();
  return result;
}

test('a build is created, followed and has results', async () => {
  const {name} = await done(builds.createBuild({parent, build: wanted({tags: ['one']})}));
  const [build] = await builds.getBuild({name});
  assert.strictEqual(build.status, 'SUCCESS');
  assert.match(build.results.images[0].digest, /^sha256:[0-9a-f]{64}$/);
  assert.deepStrictEqual(Object.keys(build.timing).sort(), ['BUILD', 'FETCHSOURCE', 'PUSH']);
});

test('a build without a location is global', async () => {
  const build = await done(builds.createBuild({projectId, build: wanted()}));
  assert.match(build.name, /\/locations\/global\//);
  const [got] = await builds.getBuild({projectId, id: build.id});
  assert.strictEqual(got.status, 'SUCCESS');
});

test('builds are listed by filter, and retried', async () => {
  const first = await done(builds.createBuild({parent, build: wanted({tags: ['listed']})}));
  const second = await done(builds.retryBuild({name: first.name}));
  const [found] = await builds.listBuilds({parent, filter: 'tags="listed" AND status="SUCCESS"'});
  assert.deepStrictEqual(found.map(({id}) => id), [second.id, first.id]);
});

test('a build is cancelled once', async () => {
  // Two builds run at a time. If three start at once, the last one waits.
  const operations = [];
  for (let n = 0; n < 3; n++) operations.push((await builds.createBuild({parent, build: wanted()}))[0]);
  const {name} = operations[2].metadata.build;
  const [cancelled] = await builds.cancelBuild({name});
  assert.strictEqual(cancelled.status, 'CANCELLED');
  await refused(builds.cancelBuild({name}), 'FAILED_PRECONDITION');
});

test('other steps are refused with what would do', async () => {
  const build = wanted({steps: [{name: 'ubuntu', args: ['echo', 'hello']}]});
  await refused(builds.createBuild({parent, build}), 'UNIMPLEMENTED');
  await assert.rejects(builds.createBuild({parent, build}), /gcloud builds submit --pack/);
});

test('triggers say that they are not served', async () => {
  await refused(builds.listBuildTriggers({projectId}), 'UNIMPLEMENTED');
});
