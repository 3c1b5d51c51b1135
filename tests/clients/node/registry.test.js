// Artifact Registry as Google's Node.js library sees it. It requires an image `functions/hello`
// with the tag `v1`.
'use strict';

const assert = require('node:assert');
const {test} = require('node:test');
const {ArtifactRegistryClient} = require('@google-cloud/artifact-registry');
const {connect, refused} = require('./rest_client.js');

const parent = 'projects/local-project/locations/europe-west1';
const functions = `${parent}/repositories/functions`;
const hello = `${functions}/packages/hello`;
const registry = connect(ArtifactRegistryClient, process.env.ARTIFACT_REGISTRY);

async function done(call) {
  const [operation] = await call;
  const [result] = await operation.promise();
  return result;
}

const create = (repositoryId, fields = {}) =>
  done(registry.createRepository({parent, repositoryId, repository: {format: 'DOCKER', ...fields}}));

test('a repository is created, read, changed and deleted', async () => {
  const {name} = await create('life', {description: 'old', labels: {a: '1'}});
  const repository = {name, description: 'new'};
  const [changed] = await registry.updateRepository({repository, updateMask: {paths: ['description']}});
  assert.deepStrictEqual([changed.description, changed.labels], ['new', {a: '1'}]);
  await refused(create('life'), 'ALREADY_EXISTS');
  await done(registry.deleteRepository({name}));
  await refused(registry.getRepository({name}), 'NOT_FOUND');
});

test('cleanup policies are recorded', async () => {
  const policy = {id: 'keep', action: 'KEEP', mostRecentVersions: {keepCount: 3}};
  const {name} = await create('cleaned', {cleanupPolicies: {keep: policy}});
  const [got] = await registry.getRepository({name});
  assert.deepStrictEqual([got.cleanupPolicies.keep.action, got.cleanupPolicies.keep.mostRecentVersions.keepCount], ['KEEP', 3]);
});

test('a policy has an etag', async () => {
  const {name: resource} = await create('owned');
  const [before] = await registry.getIamPolicy({resource});
  const policy = {bindings: [{role: 'roles/artifactregistry.reader', members: ['user:a@example.com']}], etag: before.etag};
  await registry.setIamPolicy({resource, policy});
  await refused(registry.setIamPolicy({resource, policy}), 'ABORTED');
});

test('an image is a package with versions and tags and a docker image', async () => {
  const [packages] = await registry.listPackages({parent: functions});
  assert.deepStrictEqual(packages.map(({name}) => name), [hello]);
  const [[version]] = await registry.listVersions({parent: hello, view: 'FULL'});
  assert.ok(version.relatedTags.some(({name}) => name === `${hello}/tags/v1`));
  const [[image]] = await registry.listDockerImages({parent: functions});
  assert.strictEqual(image.uri.split('@')[1], version.name.split('/').pop());
});

test('tags are created, moved and deleted', async () => {
  const [[{name: version}]] = await registry.listVersions({parent: hello});
  const [tag] = await registry.createTag({parent: hello, tagId: 'stable', tag: {version}});
  const [moved] = await registry.updateTag({tag, updateMask: {paths: ['version']}});
  assert.strictEqual(moved.version, version);
  await refused(registry.deleteVersion({name: version}), 'FAILED_PRECONDITION');
  await registry.deleteTag({name: tag.name});
  await refused(registry.getTag({name: tag.name}), 'NOT_FOUND');
});

test('versions and packages are deleted', async () => {
  const one = `${parent}/repositories/deletions/packages/one`;
  const [[{name}]] = await registry.listVersions({parent: one});
  await registry.deleteTag({name: `${one}/tags/v1`});
  await done(registry.batchDeleteVersions({parent: one, names: [name]}));
  await refused(registry.getVersion({name}), 'NOT_FOUND');
  const two = `${parent}/repositories/deletions/packages/two`;
  await done(registry.deletePackage({name: two}));
  await refused(registry.getPackage({name: two}), 'NOT_FOUND');
});

test('other formats and files say that they are not served', async () => {
  await refused(create('maven', {format: 'MAVEN'}), 'UNIMPLEMENTED');
  await refused(registry.listFiles({parent: functions}), 'UNIMPLEMENTED');
});
