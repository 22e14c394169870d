import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Connection } from 'hyperdht';
import Protomux, { type Channel } from 'protomux';
import { type ChannelHandlers, openChannel } from '../../protocol/channel.ts';
import {
  answer,
  ask,
  expiring,
  hello,
  invalid,
  MAX_ANSWER_BYTES,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  message,
  orderState,
  PROTOCOL,
  subscribe,
  valid,
} from '../../protocol/messages.ts';
import { frames, pairOfStreams } from './streams.ts';

// In the order of their numbers on the wire.
const SHAPES = {
  hello,
  subscribe,
  valid,
  invalid,
  expiring,
  ask,
  answer,
  order: orderState,
  message,
};
const NAMES = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
const FEED = '0192f000-0000-7000-8000-000000000000';
const KEY = 'ab'.repeat(32);

/** One good message of each kind. */
const GOOD: Record<keyof typeof SHAPES, object> = {
  hello: { minor: 0, agent: 'dazaar/0.1.0', device: 'cd'.repeat(16) },
  subscribe: { feedId: FEED, messagesAfter: '7' },
  valid: {
    feedId: FEED,
    cores: [{ role: 'data', key: KEY, fromBlock: 0 }],
    expiresAtMs: 2,
    leftMs: 1,
    maxConnections: null,
    nowMs: 1,
  },
  invalid: { feedId: FEED, reason: 'no-grant', plans: null },
  expiring: { feedId: FEED, expiresAtMs: 2, leftMs: 1, nowMs: 1 },
  ask: { id: 1, what: 'card', core: KEY },
  answer: { id: 1, value: { nested: [1, 'two', null] } },
  order: {
    id: FEED,
    feedId: FEED,
    plan: 'hour',
    quantity: 1,
    buyerKey: KEY,
    state: 'open',
    lapseReason: null,
    priceMsat: '1000',
    isRated: false,
    durationMs: 1000,
    termsHash: null,
    expiresAtMs: 1,
    invoice: null,
    payments: [],
    refundableMsat: '0',
    grant: null,
    nowMs: 1,
  },
  message: {
    feedId: FEED,
    seq: '1',
    after: '0',
    name: 'news',
    body: { a: 1 },
    isBroadcast: true,
    sentAtMs: 1,
  },
};

/** A peer that sends any bytes, and our side of the channel, noting what it hears. */
function openHostile() {
  const { near, far } = pairOfStreams();
  const heard: { name: string; message: unknown }[] = [];
  const state = { closed: false };
  const note = (name: string) => (message: unknown) => void heard.push({ name, message });
  const handlers: ChannelHandlers = {
    onclose() {
      state.closed = true;
    },
  };
  for (const name of NAMES) Object.assign(handlers, { [`on${name}`]: note(name) });
  const ours = openChannel(far, handlers)!;
  const channel: Channel = Protomux.from(near).createChannel({ protocol: PROTOCOL })!;
  const types = Array.from({ length: NAMES.length + 5 }, () =>
    channel.addMessage({ encoding: frames }),
  );
  channel.open();
  return {
    near,
    far,
    heard,
    state,
    ours,
    async send(type: number, bytes: Uint8Array) {
      types[type]!.send(bytes);
      await settled();
    },
    [Symbol.dispose]() {
      near.destroy();
      far.destroy();
    },
  };
}

/** Lets frames cross; the streams hand them over in later turns. */
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

function isGood({ type, bytes }: { type: number; bytes: Uint8Array }): boolean {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return SHAPES[NAMES[type]!].safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

const json = fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text));
const random = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));
/** A good message with bytes changed, cut out or put in. */
const mutated = fc
  .record({
    type: fc.nat(NAMES.length - 1),
    at: fc.nat(400),
    cut: fc.nat(20),
    put: fc.uint8Array({ maxLength: 12 }),
  })
  .map(({ type, at, cut, put }) => {
    const good = Buffer.from(JSON.stringify(GOOD[NAMES[type]!]));
    const from = at % (good.byteLength + 1);
    const bytes = Buffer.concat([good.subarray(0, from), put, good.subarray(from + cut)]);
    return { type, bytes };
  });
/** A good message with one member of another type. */
const mistyped = fc
  .record({ type: fc.nat(NAMES.length - 1), member: fc.nat(20), value: fc.jsonValue() })
  .map(({ type, member, value }) => {
    const good = GOOD[NAMES[type]!];
    const names = Object.keys(good);
    const changed = { ...good, [names[member % names.length]!]: value };
    return { type, bytes: Buffer.from(JSON.stringify(changed)) };
  });
const anything = fc.record({
  type: fc.nat(NAMES.length + 4),
  bytes: fc.oneof(random, json),
});

test('whatever a peer sends, it is heard as it should be, or its channel closes, and its stream goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(anything, mutated, mistyped), { minLength: 1, maxLength: 6 }),
      async (sent) => {
        using peer = openHostile();
        await settled();
        for (const { type, bytes } of sent) await peer.send(type, bytes);
        assert.equal(peer.far.destroyed, false);
        assert.equal(peer.ours.closed, peer.state.closed);
        for (const { name, message } of peer.heard) {
          const again = SHAPES[name as keyof typeof SHAPES].safeParse(message);
          assert.ok(again.success, `${name} was heard in a shape of its own`);
        }
        const known = sent.filter(({ type }) => type < NAMES.length);
        const bad = known.findIndex((each) => !isGood(each));
        assert.equal(peer.heard.length, bad === -1 ? known.length : bad);
        assert.equal(peer.state.closed, bad !== -1);
      },
    ),
    { numRuns: 300 },
  );
});

test('every kind of message is heard when it is good, also beside members of tomorrow', async () => {
  using peer = openHostile();
  await settled();
  for (const [type, name] of NAMES.entries()) {
    await peer.send(type, Buffer.from(JSON.stringify({ ...GOOD[name], tomorrow: { more: [] } })));
  }
  await peer.send(NAMES.length, Buffer.from('a kind of tomorrow'));
  assert.deepEqual(
    peer.heard.map(({ name }) => name),
    NAMES,
  );
  assert.deepEqual(
    peer.heard.map(({ message }) => message),
    Object.values(GOOD),
  );
  assert.equal(peer.state.closed, false);
});

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const tooMuch: Record<string, [type: number, text: string]> = {
  'a deep answer': [6, `{"id":1,"value":${nested(MAX_DEPTH)}}`],
  'an answer so deep that it would use up the stack': [
    6,
    `{"id":1,"value":${nested(MAX_ANSWER_BYTES / 2 - 20)}}`,
  ],
  'brackets that are never closed': [6, '['.repeat(MAX_ANSWER_BYTES)],
  'a huge text': [6, JSON.stringify({ id: 1, value: 'x'.repeat(MAX_ANSWER_BYTES) })],
  'a long name': [8, JSON.stringify({ ...GOOD.message, name: 'n'.repeat(65) })],
  'half a character': [8, JSON.stringify(GOOD.message).replace('news', '\\ud800')],
  'a control character': [8, JSON.stringify(GOOD.message).replace('news', '\\u0000')],
  'a large message': [8, JSON.stringify({ ...GOOD.message, body: 'x'.repeat(MAX_MESSAGE_BYTES) })],
};
for (const [what, [type, text]] of Object.entries(tooMuch)) {
  test(`${what} closes the channel`, async () => {
    using peer = openHostile();
    await settled();
    await peer.send(type, Buffer.from(text));
    assert.equal(peer.state.closed, true);
    assert.deepEqual(peer.heard, []);
    assert.equal(peer.far.destroyed, false);
  });
}

test('what nobody listens for is not even read, whatever it is', async () => {
  const { near, far } = pairOfStreams();
  const ours = openChannel(far, { onhello() {} })!;
  const channel = Protomux.from(near).createChannel({ protocol: PROTOCOL })!;
  const types = NAMES.map(() => channel.addMessage({ encoding: frames }));
  channel.open();
  for (const [type, name] of NAMES.entries()) {
    if (name !== 'hello') types[type]!.send(Buffer.from(nested(200_000)));
  }
  await settled();
  assert.equal(ours.closed, false);
  types[0]!.send(Buffer.from(nested(1)));
  await settled();
  assert.equal(ours.closed, true);
  for (const each of [near, far]) each.destroy();
});

test('as deep as is allowed is heard, and brackets in texts do not count', async () => {
  using peer = openHostile();
  await settled();
  await peer.send(6, Buffer.from(`{"id":1,"value":${nested(MAX_DEPTH - 1)}}`));
  await peer.send(6, Buffer.from(JSON.stringify({ id: 2, value: `\\"${'[{'.repeat(1_000)}` })));
  assert.equal(peer.heard.length, 2);
});

/** The control frame that says "a batch", within itself so often. */
function batchInBatch(depth: number): Buffer {
  let inner = Buffer.from([3, 5]);
  for (let i = 0; i < depth; i += 1) {
    inner = Buffer.concat([Buffer.from([0, 0]), lengthOf(inner.byteLength), inner]);
  }
  return Buffer.concat([Buffer.from([0]), inner]);
}

// As compact-encoding writes a number.
function lengthOf(n: number): Buffer {
  if (n < 0xfd) return Buffer.from([n]);
  const bytes = Buffer.alloc(n <= 0xffff ? 3 : 5);
  bytes[0] = n <= 0xffff ? 0xfd : 0xfe;
  if (n <= 0xffff) bytes.writeUInt16LE(n, 1);
  else bytes.writeUInt32LE(n, 1);
  return bytes;
}

test('a batch within batches, which used up the stack and ended the process, ends that stream alone', async () => {
  using peer = openHostile();
  using other = openHostile();
  await settled();
  peer.near.write(batchInBatch(30_000));
  await settled();
  await settled();
  assert.equal(peer.far.destroyed, true);
  await other.send(1, Buffer.from(JSON.stringify(GOOD.subscribe)));
  assert.equal(other.heard.length, 1);
});

test('frames of any bytes end no more than the stream that they came by', async () => {
  const byte = fc.oneof(fc.nat(9), fc.nat(255));
  const frame = fc.array(byte, { minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), async (sent) => {
      using peer = openHostile();
      await settled();
      for (const each of sent) peer.near.write(each);
      await settled();
      for (const { name, message } of peer.heard) {
        assert.ok(SHAPES[name as keyof typeof SHAPES].safeParse(message).success);
      }
    }),
    { numRuns: 500 },
  );
});

test('a peer that opens channels without end, or reads nothing, is left', async () => {
  using many = openHostile();
  await settled();
  const open = (id: number) =>
    Buffer.concat([Buffer.from([0, 1]), lengthOf(id), Buffer.from([1, 0x78, 0])]);
  for (let id = 2; id < 20_000 && !many.far.destroyed; id += 1) {
    many.near.write(open(id));
    if (id % 500 === 0) await settled();
  }
  await settled();
  assert.equal(many.far.destroyed, true);

  using deaf = openHostile();
  await settled();
  deaf.near.pause();
  const answer = { id: 1, value: 'x'.repeat(60_000) };
  let said = 0;
  while (!deaf.ours.closed && said < 1_000) {
    deaf.ours.answer(answer);
    said += 1;
    await settled();
  }
  assert.ok(deaf.ours.closed, 'what it does not read is bounded');
  assert.ok(said < 100, `${said} answers`);
});

test('a channel that the other side never opens costs nothing, and what it says is dropped', async () => {
  const { near, far } = pairOfStreams();
  const heard: unknown[] = [];
  const ours = openChannel(far as unknown as Connection, { onhello: (each) => heard.push(each) })!;
  // The far side of a Protomux that knows no such protocol turns it down.
  Protomux.from(near);
  await settled();
  assert.equal(ours.closed, true);
  assert.deepEqual(heard, []);
  near.destroy();
  far.destroy();
});
