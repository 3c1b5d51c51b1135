// Configures Google's clients for the local cloud: over gRPC, which is their default, without TLS and
// without credentials.
'use strict';

const {grpc} = require('google-gax');

exports.connect = (Client, address) => {
  const [apiEndpoint, port] = address.split(':');
  const sslCreds = grpc.credentials.createInsecure();
  return new Client({apiEndpoint, port: Number(port), sslCreds, projectId: 'local-project'});
};
