// Configures Google's clients for the local cloud: over REST, without TLS and without credentials.
'use strict';

const assert = require('node:assert');
const {GoogleAuth, PassThroughClient} = require('google-auth-library');

exports.connect = (Client, address) => {
  const [apiEndpoint, port] = address.split(':');
  const auth = new GoogleAuth({authClient: new PassThroughClient()});
  return new Client({fallback: true, protocol: 'http', apiEndpoint, port: Number(port), auth, projectId: 'local-project'});
};

// Whether the call fails with this status of google.rpc.Status. Over REST, these clients put the
// server's response into the error's text. The error's `code` is the HTTP status, which several
// gRPC statuses share.
exports.refused = async (call, status) => {
  await assert.rejects(call, error => {
    assert.strictEqual(JSON.parse(error.message).error.status, status);
    return true;
  });
};
