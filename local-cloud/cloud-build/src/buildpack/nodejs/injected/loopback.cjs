'use strict';

// The Functions Framework listens on all interfaces and has no setting to change that. On a developer's machine, a function
// must not be reachable from the network: a listener with a port and no host gets the host of the variable HOST.

const { Server } = require('node:net');

const host = process.env.HOST;
const { listen } = Server.prototype;

const isPort = (value) => typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));

if (host) {
  Server.prototype.listen = function (...args) {
    const [first, second] = args;
    if (isPort(first) && !(typeof second === 'string' && second)) {
      if (second === undefined || second === null) args.splice(1, 1, host);
      else args.splice(1, 0, host);
    } else if (first && typeof first === 'object' && isPort(first.port) && !first.host && !first.path) {
      args[0] = { ...first, host };
    }
    return listen.apply(this, args);
  };
}
