// How Google's clients are told where the local cloud is: over REST, without TLS, and as nobody in particular.
'use strict';

const assert = require('node:assert');
const {GoogleAuth, PassThroughClient} = require('google-auth-library');

exports.connect = (Client, address) => {
  const [apiEndpoint, port] = address.split(':');
  const auth = new GoogleAuth({authClient: new PassThroughClient()});
  return new Client({fallback: true, protocol: 'http', apiEndpoint, port: Number(port), auth, projectId: 'local-project'});
};

// Whether the call is refused with this status of google.rpc.Status. Over REST these clients pass the server's answer on as the
// text of the error, and its `code` is that of HTTP, where several statuses have the same.
exports.refused = async (call, status) => {
  await assert.rejects(call, error => {
    assert.strictEqual(JSON.parse(error.message).error.status, status);
    return true;
  });
};
