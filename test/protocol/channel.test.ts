import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import DHT, { type Connection } from 'hyperdht';
import Protomux, { type Channel } from 'protomux';
import { openChannel } from '../../protocol/channel.ts';
import {
  MAX_MESSAGE_BYTES,
  PROTOCOL,
  type Subscribe,
  type Valid,
} from '../../protocol/messages.ts';
import { openTestnet, until } from '../seeder/loopback.ts';

const SUBSCRIBE = 1;

/** Two ends of one encrypted stream on loopback. */
async function openPair() {
  const testnet = await openTestnet();
  const [a, b] = [0, 1].map(() => new DHT({ bootstrap: testnet.bootstrap, host: '127.0.0.1' })) as [
    DHT,
    DHT,
  ];
  const accepted = Promise.withResolvers<Connection>();
  const server = a.createServer({}, accepted.resolve);
  await server.listen();
  const near = b.connect(server.publicKey!);
  near.on('error', () => {});
  const far = await accepted.promise;
  far.on('error', () => {});
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      near.destroy();
      far.destroy();
      await Promise.all([a.destroy(), b.destroy()]);
      await testnet[Symbol.asyncDispose]();
    },
  };
}

const rawBytes = {
  preencode(state: { end: number }, bytes: Uint8Array) {
    state.end += bytes.byteLength;
  },
  encode(state: { start: number; buffer: Uint8Array | null }, bytes: Uint8Array) {
    state.buffer!.set(bytes, state.start);
    state.start += bytes.byteLength;
  },
  decode: () => new Uint8Array(0),
};

/** The channel as a peer that is not ours would open it: any bytes, any type number. */
async function openRaw(stream: Connection) {
  const channel: Channel = Protomux.from(stream).createChannel({ protocol: PROTOCOL })!;
  const types = Array.from({ length: 10 }, () => channel.addMessage({ encoding: rawBytes }));
  channel.open();
  assert.equal(await channel.fullyOpened(), true);
  return { send: (type: number, text: string) => types[type]!.send(Buffer.from(text)), channel };
}

test('what one side says, the other hears, whoever opens first', async () => {
  await using pair = await openPair();
  const asked: Subscribe[] = [];
  const told: Valid[] = [];
  const seeder = openChannel(pair.far, { onsubscribe: (message) => asked.push(message) });
  const buyer = openChannel(pair.near, { onvalid: (message) => told.push(message) });
  const valid = {
    feedId: randomUUID(),
    cores: [{ role: 'data', key: 'ab'.repeat(32), fromBlock: 0 }],
    expiresAtMs: null,
    leftMs: null,
    maxConnections: null,
    nowMs: 1,
  };
  buyer!.subscribe({ feedId: valid.feedId });
  seeder!.valid(valid);
  await until(() => asked.length === 1 && told.length === 1, 'both are heard');
  assert.deepEqual(asked, [{ feedId: valid.feedId }]);
  assert.deepEqual(told, [valid]);
  assert.equal(openChannel(pair.near, {}), null);
});

const malformed: Record<string, string> = {
  'no JSON': '{"feedId"',
  'a wrong type': '{"feedId":7}',
  'nothing at all': '',
  'a huge message': JSON.stringify({ feedId: randomUUID(), pad: 'x'.repeat(MAX_MESSAGE_BYTES) }),
};

for (const [what, text] of Object.entries(malformed)) {
  test(`${what} closes the channel and leaves the stream`, async () => {
    await using pair = await openPair();
    let closed = false;
    let heard = 0;
    openChannel(pair.far, { onsubscribe: () => heard++, onclose: () => (closed = true) });
    const raw = await openRaw(pair.near);
    raw.send(SUBSCRIBE, text);
    raw.send(SUBSCRIBE, JSON.stringify({ feedId: randomUUID() }));
    await until(() => closed && raw.channel.closed, 'the channel closes');
    assert.equal(heard, 0);
    assert.equal(pair.far.destroyed, false);
  });
}

test('message types and fields that a newer peer may know are ignored', async () => {
  await using pair = await openPair();
  const heard: Subscribe[] = [];
  openChannel(pair.far, { onsubscribe: (message) => heard.push(message) });
  const raw = await openRaw(pair.near);
  const feedId = randomUUID();
  raw.send(9, 'of tomorrow');
  raw.send(SUBSCRIBE, JSON.stringify({ feedId, since: 'tomorrow' }));
  await until(() => heard.length === 1, 'the known one is heard');
  assert.deepEqual(heard, [{ feedId }]);
});
