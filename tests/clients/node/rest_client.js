// Configures Google's clients for the local cloud: over REST, without TLS and without credentials.
'use strict';

const assert = require('node:assert');
const {GoogleAuth, PassThroughClient} = require('google-auth-library');
const {Status} = require('google-gax');

exports.connect = (Client, address) => {
  const [apiEndpoint, port] = address.split(':');
  const auth = new GoogleAuth({authClient: new PassThroughClient()});
  return new Client({fallback: true, protocol: 'http', apiEndpoint, port: Number(port), auth, projectId: 'local-project'});
};

// The status of google.rpc.Status in an error. Over REST, older clients put the server's response
// into the error's text, and newer ones have the gRPC status as `code`.
function statusOf(error) {
  try {
    return JSON.parse(error.message).error.status;
  } catch {
    return Status[error.code];
  }
}

// Whether the call fails with this status.
exports.refused = async (call, status) => {
  await assert.rejects(call, error => {
    assert.strictEqual(statusOf(error), status, error.message);
    return true;
  });
};
