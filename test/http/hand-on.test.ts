import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { Response } from 'express';
import { handOnAll } from '../../http/hand-on.ts';

/** Answers one request with a stream, and asks for it. */
async function answerWith(stream: PassThrough) {
  const answered = Promise.withResolvers<{ res: ServerResponse; isDone: Promise<void> }>();
  const server = createServer((_req, res) => {
    res.flushHeaders();
    answered.resolve({ res, isDone: handOnAll(stream, res as Response) });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const request = get({ port, host: '127.0.0.1', agent: false });
  const [answer] = await once(request, 'response');
  return {
    answer,
    request,
    ...(await answered.promise),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('all of a stream is handed on, however slowly it is read, and the response is ended', async () => {
  const stream = new PassThrough();
  await using handed = await answerWith(stream);
  const whole = 'x'.repeat(8 * 2 ** 20);
  stream.end(whole);
  assert.equal((await text(handed.answer)).length, whole.length);
  await handed.isDone;
});

test('what comes after the server has ended a response is let go', async () => {
  const stream = new PassThrough();
  await using handed = await answerWith(stream);
  stream.write('all there was');
  handed.res.end();
  stream.write('too late');
  await handed.isDone;
  assert.ok(stream.destroyed);
});

test('a reader who goes ends the stream, also while he is behind', async () => {
  const stream = new PassThrough();
  await using handed = await answerWith(stream);
  stream.write('x'.repeat(8 * 2 ** 20));
  handed.request.destroy();
  await handed.isDone;
  assert.ok(stream.destroyed);
});
