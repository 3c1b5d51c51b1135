'use strict';

const functions = require('@google-cloud/functions-framework');

/** Answers `Hello, NAME!`; the name comes from the query (`?name=Ada`), the greeting from the service's environment. */
functions.http('hello', (request, response) => {
  const greeting = process.env.GREETING ?? 'Hello';
  response.send(`${greeting}, ${request.query.name ?? 'world'}!\n`);
});

/** Logs the name in a CloudEvent's data. The function that is served is selected at start. */
functions.cloudEvent('greeted', (event) => {
  console.log(`${event.type}: ${event.data?.name ?? 'nobody'} was greeted`);
});
