import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { streamEvents } from '../../http/event-stream.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';

/** Serves a stream of events after `ahead`, and counts who is watching. */
async function serveStream(ahead: (res: express.Response) => Promise<unknown>) {
  const watchers = new Set<object>();
  const ending = new AbortController();
  const streamed = Promise.withResolvers<express.Response>();
  const app = express();
  app.get('/', async (_req, res) => {
    await ahead(res);
    const read = async () => ({ data: { n: 1 }, last: false });
    const watch = (onChange: () => void) => {
      watchers.add(onChange);
      return () => void watchers.delete(onChange);
    };
    streamEvents(res, 'thing', read, watch, ending.signal);
    streamed.resolve(res);
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    watchers,
    end: () => ending.abort(),
    streamed: streamed.promise,
    open: () => connect(port, '127.0.0.1').setEncoding('utf8'),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('a client that leaves is not watched for any more', async () => {
  await using stream = await serveStream(async () => {});
  const socket = stream.open();
  socket.write(REQUEST);
  const res = await stream.streamed;
  await once(socket, 'data');
  assert.equal(stream.watchers.size, 1);
  socket.destroy();
  await once(res, 'close');
  assert.equal(stream.watchers.size, 0);
});

test('A27 a client that left before its stream began leaves nothing behind', async () => {
  const asked = Promise.withResolvers<void>();
  await using stream = await serveStream((res) => {
    asked.resolve();
    return once(res, 'close');
  });
  const socket = stream.open();
  socket.write(REQUEST);
  await asked.promise;
  socket.destroy();
  await stream.streamed;
  assert.equal(stream.watchers.size, 0);
});
