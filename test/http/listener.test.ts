import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SmallApi, startSmallApi } from './small-api.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 15_000;
const SLACK_MS = 4_000;

describe('an HTTP server of ours', { concurrency: true }, () => {
  let api: SmallApi;
  before(async () => {
    api = await startSmallApi();
  });
  after(() => api[Symbol.asyncDispose]());

  it('A39 ends with whoever sends a header slowly, and serves others meanwhile', async () => {
    const slow = await open('GET /v1/things/a HTTP/1.1\r\nHost: a\r\nX-A: ');
    const { answer, afterMs } = await drip(slow, 'a');
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.ok(afterMs < HEADERS_TIMEOUT_MS + SLACK_MS, `${afterMs} ms`);
  });

  it('A39 ends with whoever sends a body slowly', async () => {
    const slow = await open(
      'POST /v1/things HTTP/1.1\r\nHost: a\r\nAuthorization: me\r\nContent-Type: application/json\r\n' +
        'Idempotency-Key: abcdefgh\r\nContent-Length: 1000\r\n\r\n{"note":"',
    );
    const { answer, afterMs } = await drip(slow, 'x');
    assert.match(answer, /^HTTP\/1\.1 408 .*"code":"too-slow"/s);
    assert.ok(afterMs < BODY_TIMEOUT_MS + SLACK_MS, `${afterMs} ms`);
  });

  it('A39 answers what is no HTTP, and goes on', async () => {
    for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
      const socket = await open(bytes);
      const { answer } = await drip(socket, '');
      assert.match(answer, /^HTTP\/1\.1 400 .*"code":"bad-request"/s);
    }
    const smuggled = await open(
      'POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
    assert.match((await drip(smuggled, '')).answer, /^HTTP\/1\.1 400 /);
    assert.equal((await fetch(`${api.url}/v1/things/a`)).status, 200);
  });

  async function open(bytes: string): Promise<Socket> {
    const socket = connect(api.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    socket.write(bytes, 'latin1');
    return socket;
  }

  /** Goes on sending, a byte a second, until the server ends it. */
  async function drip(socket: Socket, byte: string): Promise<{ answer: string; afterMs: number }> {
    const startedAtMs = Date.now();
    const closed = once(socket, 'close');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    while (!socket.closed && !socket.readableEnded) {
      const others = await fetch(`${api.url}/v1/things/a`);
      assert.equal(others.status, 200);
      if (byte && socket.writable) socket.write(byte);
      await Promise.race([closed, sleep(1_000)]);
    }
    return { answer, afterMs: Date.now() - startedAtMs };
  }
});
