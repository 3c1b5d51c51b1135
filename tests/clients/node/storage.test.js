// Cloud Storage as Google's Node.js library sees it. Run it as `node storage.test.js`, with
// STORAGE_EMULATOR_HOST and SERVICE_ACCOUNTS (the local cloud's folder of accounts whose signatures
// it accepts).
'use strict';

const assert = require('node:assert');
const {generateKeyPairSync, randomBytes, randomUUID} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {pipeline} = require('node:stream/promises');
const {test, beforeEach} = require('node:test');
const zlib = require('node:zlib');
const {Storage} = require('@google-cloud/storage');

const endpoint = process.env.STORAGE_EMULATOR_HOST;
assert.ok(endpoint, 'this script is for the local cloud');
const storage = new Storage({projectId: 'local-project', apiEndpoint: endpoint, retryOptions: {autoRetry: false}});
const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
const account = {
  client_email: 'node@local-project.iam.gserviceaccount.com',
  private_key: privateKey.export({type: 'pkcs8', format: 'pem'}),
};

let bucket;
beforeEach(async () => {
  [bucket] = await storage.createBucket(`b-${randomUUID().slice(0, 12)}`, {location: 'europe-west1'});
});

const put = async (name, content = 'content', options = {}) => {
  const file = bucket.file(name);
  await file.save(content, {resumable: false, ...options});
  return file;
};
const code = expected => error => assert.strictEqual(Number(error.code), expected, error.message) === undefined;
const names = files => files.map(file => file.name);

test('a bucket is made, changed, listed and deleted', async () => {
  await bucket.setLabels({team: 'a'});
  await bucket.setCorsConfiguration([{origin: ['*'], method: ['GET'], maxAgeSeconds: 60}]);
  await bucket.addLifecycleRule({action: {type: 'Delete'}, condition: {age: 30}});
  const [metadata] = await bucket.getMetadata();
  assert.deepStrictEqual([metadata.location, metadata.labels, metadata.cors[0].origin], ['EUROPE-WEST1', {team: 'a'}, ['*']]);
  assert.strictEqual(metadata.lifecycle.rule.length, 1);
  const [listed] = await storage.getBuckets({prefix: bucket.name});
  assert.deepStrictEqual(names(listed), [bucket.name]);
  await assert.rejects(storage.createBucket(bucket.name), code(409));
  await put('a');
  await assert.rejects(bucket.delete(), code(409));
  await bucket.deleteFiles();
  await bucket.delete();
  assert.deepStrictEqual(await bucket.exists(), [false]);
});

test('a policy is read, set and tested', async () => {
  const [policy] = await bucket.iam.getPolicy({requestedPolicyVersion: 3});
  policy.bindings.push({role: 'roles/storage.objectViewer', members: ['user:a@example.com']});
  const [written] = await bucket.iam.setPolicy(policy);
  assert.ok(written.bindings.some(binding => binding.members.includes('user:a@example.com')));
  const [permissions] = await bucket.iam.testPermissions(['storage.objects.get']);
  assert.deepStrictEqual(permissions, {'storage.objects.get': true});
});

test('a content goes in one request or in several and comes back', async () => {
  const content = randomBytes(3_000_000);
  for (const [name, options] of [
    ['multipart', {resumable: false}],
    ['resumable', {resumable: true}],
    ['chunked', {resumable: true, chunkSize: 1024 * 1024}],
  ]) {
    const file = bucket.file(name);
    await file.save(content, {...options, validation: 'crc32c', metadata: {metadata: {kind: name}}});
    const [found] = await file.download({validation: 'crc32c'});
    assert.ok(found.equals(content), name);
    assert.deepStrictEqual((await file.getMetadata())[0].metadata, {kind: name});
  }
  const [range] = await bucket.file('chunked').download({start: 1000, end: 1999});
  assert.ok(range.equals(content.subarray(1000, 2000)));
});

test('an upload that broke off goes on where it was', async () => {
  const content = randomBytes(256 * 1024 + 10);
  const file = bucket.file('resumed');
  const [uri] = await file.createResumableUpload({metadata: {contentType: 'text/plain'}});
  const head = await fetch(uri, {
    method: 'PUT',
    body: content.subarray(0, 256 * 1024),
    headers: {'Content-Range': `bytes 0-262143/${content.length}`},
    redirect: 'manual',
  });
  assert.deepStrictEqual([head.status, head.headers.get('range')], [308, 'bytes=0-262143']);
  await pipeline(
    fs.createReadStream(toFile(content), {start: 262144}),
    file.createWriteStream({uri, offset: 262144, resumable: true, validation: false, isPartialUpload: false})
  );
  const [found] = await file.download();
  assert.ok(found.equals(content));
});

const toFile = content => {
  const name = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'longshore-')), 'content');
  fs.writeFileSync(name, content);
  return name;
};

test('a gzip content is decompressed for who does not want it', async () => {
  const file = bucket.file('a.txt');
  await file.save('content '.repeat(1000), {gzip: true, resumable: false, contentType: 'text/plain'});
  const [metadata] = await file.getMetadata();
  assert.strictEqual(metadata.contentEncoding, 'gzip');
  assert.strictEqual((await file.download())[0].toString(), 'content '.repeat(1000));
  const [packed] = await file.download({decompress: false});
  assert.strictEqual(zlib.gunzipSync(packed).toString(), 'content '.repeat(1000));
});

test('preconditions are obeyed', async () => {
  const first = await put('a', 'first', {preconditionOpts: {ifGenerationMatch: 0}});
  await assert.rejects(put('a', 'x', {preconditionOpts: {ifGenerationMatch: 0}}), code(412));
  const {generation} = first.metadata;
  await put('a', 'second', {preconditionOpts: {ifGenerationMatch: generation}});
  await assert.rejects(put('a', 'x', {preconditionOpts: {ifGenerationMatch: generation}}), code(412));
  const file = bucket.file('a');
  await assert.rejects(file.setMetadata({cacheControl: 'no-store'}, {ifMetagenerationMatch: 7}), code(412));
  await file.setMetadata({cacheControl: 'no-store', metadata: {a: '1'}}, {ifMetagenerationMatch: 1});
  const [metadata] = await file.getMetadata();
  assert.deepStrictEqual([metadata.metageneration, metadata.cacheControl], ['2', 'no-store']);
  await assert.rejects(file.delete({ifGenerationMatch: generation}), code(412));
});

test('files are copied, moved, renamed and combined', async () => {
  const source = await put('a', 'one,', {contentType: 'text/csv'});
  const [copy] = await source.copy('b');
  assert.strictEqual((await copy.getMetadata())[0].contentType, 'text/csv');
  await copy.move('c');
  await bucket.file('c').rename('d');
  await bucket.file('d').moveFileAtomic('e');
  assert.deepStrictEqual(names((await bucket.getFiles())[0]), ['a', 'e']);
  await bucket.combine(['a', 'e'], 'whole');
  assert.strictEqual((await bucket.file('whole').download())[0].toString(), 'one,one,');
  assert.strictEqual((await bucket.file('whole').getMetadata())[0].componentCount, 2);
});

test('lists have prefixes, delimiters, globs and pages', async () => {
  for (const name of ['a', 'a/1.txt', 'a/2.md', 'b/3.txt']) await put(name);
  const [files, , answer] = await bucket.getFiles({delimiter: '/', autoPaginate: false});
  assert.deepStrictEqual([names(files), answer.prefixes], [['a'], ['a/', 'b/']]);
  assert.deepStrictEqual(names((await bucket.getFiles({matchGlob: '**.txt'}))[0]), ['a/1.txt', 'b/3.txt']);
  const [page, next] = await bucket.getFiles({maxResults: 3, autoPaginate: false});
  assert.deepStrictEqual([page.length, names((await bucket.getFiles(next))[0])], [3, ['b/3.txt']]);
});

test('versions are kept, listed, restored and deleted', async () => {
  await bucket.setMetadata({versioning: {enabled: true}});
  const first = (await put('a', 'first')).metadata.generation;
  const second = (await put('a', 'second')).metadata.generation;
  await bucket.file('a').delete();
  const [versions] = await bucket.getFiles({versions: true});
  assert.deepStrictEqual(versions.map(file => file.metadata.generation), [first, second]);
  await bucket.file('a', {generation: first}).copy('a');
  assert.strictEqual((await bucket.file('a').download())[0].toString(), 'first');
  await bucket.file('a', {generation: second}).delete();
  assert.strictEqual((await bucket.getFiles({versions: true}))[0].length, 2);
});

test('signed URLs are verified', async () => {
  const signer = new Storage({projectId: 'local-project', apiEndpoint: endpoint, credentials: account});
  const sign = (action, more = {}) =>
    signer.bucket(bucket.name).file('a b/ü').getSignedUrl({version: 'v4', action, expires: Date.now() + 60_000, ...more});
  const [unknown] = await sign('read');
  assert.strictEqual((await fetch(unknown)).status, 403);
  fs.writeFileSync(path.join(process.env.SERVICE_ACCOUNTS, `${account.client_email}.json`), JSON.stringify(account));
  const [write] = await sign('write', {contentType: 'text/plain'});
  assert.strictEqual((await fetch(write, {method: 'PUT', body: 'x', headers: {'Content-Type': 'text/html'}})).status, 403);
  const written = await fetch(write, {method: 'PUT', body: 'content', headers: {'Content-Type': 'text/plain'}});
  assert.strictEqual(written.status, 200, await written.text());
  const [read] = await sign('read');
  assert.strictEqual(await (await fetch(read)).text(), 'content');
  assert.strictEqual((await fetch(read, {method: 'DELETE'})).status, 403);
  const [start] = await sign('resumable');
  const session = await fetch(start, {method: 'POST', headers: {'x-goog-resumable': 'start'}});
  assert.strictEqual(session.status, 201);
});

test('HMAC keys and notifications are made and deleted', async () => {
  const [key, secret] = await storage.createHmacKey('node@local-project.iam.gserviceaccount.com');
  assert.strictEqual(secret.length, 40);
  await key.setMetadata({state: 'INACTIVE'});
  await key.delete();
  const [notification] = await bucket.createNotification('projects/local-project/topics/none', {eventTypes: ['OBJECT_FINALIZE']});
  assert.strictEqual((await bucket.getNotifications())[0].length, 1);
  await notification.delete();
  assert.strictEqual((await bucket.getNotifications())[0].length, 0);
});

test('what is not served says so', async () => {
  await assert.rejects(bucket.setRetentionPeriod(60), code(501));
  await assert.rejects(bucket.acl.get(), code(501));
});
