import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import DHT, { type Connection, type NodeAddress } from 'hyperdht';
import createTestnet from 'hyperdht/testnet.js';
import Hyperswarm from 'hyperswarm';
import { type DazaarChannel, openChannel } from '../../protocol/channel.ts';
import type {
  Answer,
  Ask,
  Expiring,
  Hello,
  Invalid,
  Message,
  OrderState,
  Valid,
} from '../../protocol/messages.ts';
import { ConnectionsByKey } from '../../seeder/connections-by-key.ts';
import { Gate } from '../../seeder/gate.ts';

/** Of a grant: all blocks, and as many machines as the gate allows. */
export const WHOLE = { fromBlock: 0, maxConnections: null };

const POLL_MS = 2;
const WAIT_MS = 60_000;
// An order waits for the node.
const ANSWER_MS = 60_000;

/** Resolves once the condition holds; fails after a bound that is generous on a busy machine. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = WAIT_MS,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(POLL_MS);
  }
}

/** A directory that is gone when its scope ends. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'dazaar-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A DHT of its own on 127.0.0.1. */
export async function openTestnet(): Promise<AsyncDisposable & { bootstrap: NodeAddress[] }> {
  const testnet = await createTestnet(3, { host: '127.0.0.1' });
  return { bootstrap: testnet.bootstrap, [Symbol.asyncDispose]: () => testnet.destroy() };
}

/** A swarm peer that notes what the seeder tells it and can open cores; `connection` is its stream to the seeder. */
export interface TestBuyer extends AsyncDisposable {
  readonly key: Buffer;
  readonly connection: Connection;
  readonly channel: DazaarChannel;
  readonly said: ({ valid: Valid } | { invalid: Invalid })[];
  /** All else that it was told, by kind. */
  readonly heard: {
    hello: Hello[];
    expiring: Expiring[];
    order: OrderState[];
    message: Message[];
  };
  /** Asks, and waits for the answer. */
  ask(question: Question): Promise<Answered>;
  readonly store: Corestore;
  open(key: Uint8Array): Promise<Hypercore>;
}

/** A question without its number. */
export type Question = Ask extends infer A ? (A extends Ask ? Omit<A, 'id'> : never) : never;

/** What was answered: one of both. */
export interface Answered {
  // biome-ignore lint/suspicious/noExplicitAny: what the answer holds is for the test to say
  value?: any;
  refused?: { code: string; detail: string };
}

/** Connects to a seeder's key over the DHT; `seed` makes the buyer's key, so that it can come again. */
export async function connectBuyer(
  bootstrap: NodeAddress[],
  seederKey: Uint8Array,
  options: { seed?: Uint8Array; replicate?: boolean } = {},
): Promise<TestBuyer> {
  const directory = await temporaryDirectory();
  const dht = new DHT({ bootstrap, host: '127.0.0.1' });
  const store = new Corestore(directory.path);
  await store.ready();
  const keyPair = DHT.keyPair(options.seed);
  const connection = await dial(dht, seederKey, keyPair);
  const said: TestBuyer['said'] = [];
  const heard: TestBuyer['heard'] = { hello: [], expiring: [], order: [], message: [] };
  const open = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  if (options.replicate !== false) store.replicate(connection);
  const close = async () => {
    connection.destroy();
    await store.close();
    await dht.destroy();
    await directory[Symbol.asyncDispose]();
  };
  let closed: Promise<void> | undefined;
  const channel = openChannel(connection, {
    onvalid: (valid) => void said.push({ valid }),
    oninvalid: (invalid) => void said.push({ invalid }),
    onhello: (hello) => void heard.hello.push(hello),
    onexpiring: (expiring) => void heard.expiring.push(expiring),
    onorder: (order) => void heard.order.push(order),
    onmessage: (message) => void heard.message.push(message),
    onanswer: (answer) => open.get(answer.id)?.(answer),
  });
  return {
    key: keyPair.publicKey,
    connection,
    channel: channel!,
    said,
    heard,
    store,
    async ask(question) {
      const id = asked++;
      const answered = Promise.withResolvers<Answer>();
      open.set(id, answered.resolve);
      channel!.ask({ ...question, id } as Ask);
      let answer: Answer | undefined;
      void answered.promise.then((given) => (answer = given));
      await until(() => answer !== undefined, `an answer to ${question.what}`, ANSWER_MS);
      open.delete(id);
      return answer!;
    },
    async open(key) {
      const core = store.get({ key });
      await core.ready();
      return core;
    },
    [Symbol.asyncDispose]: () => (closed ??= close()),
  };
}

async function dial(
  dht: DHT,
  seederKey: Uint8Array,
  keyPair: ReturnType<typeof DHT.keyPair>,
): Promise<Connection> {
  const deadlineMs = performance.now() + WAIT_MS;
  for (;;) {
    const connection = dht.connect(seederKey, { keyPair });
    connection.on('error', () => {});
    if (await opened(connection)) return connection;
    if (performance.now() > deadlineMs) throw new Error('the seeder could not be reached');
    await sleep(50);
  }
}

function opened(connection: Connection): Promise<boolean> {
  return new Promise((resolve) => {
    connection.once('open', () => resolve(true));
    connection.once('close', () => resolve(false));
  });
}

/** Plans that nobody knows, and ends that nobody is told of ahead of time. */
export const news = {
  offers: { plansOf: () => null },
  notices: { place() {}, drop() {}, forget() {} },
};

/** A gate behind a real swarm, with a store of feeds of numbered blocks and a clock that can be set ahead. */
export interface TestGate extends AsyncDisposable {
  readonly gate: Gate;
  readonly key: Buffer;
  readonly bootstrap: NodeAddress[];
  readonly swarm: Hyperswarm;
  readonly connections: Connection[];
  readonly clock: { aheadMs: number; nowMs(): number };
  addFeed(feedId: string, blocks?: number): Promise<Hypercore>;
  buyer(options?: { seed?: Uint8Array; replicate?: boolean }): Promise<TestBuyer>;
}

export async function openGate(): Promise<TestGate> {
  const testnet = await openTestnet();
  const directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const clock = { aheadMs: 0, nowMs: () => Date.now() + clock.aheadMs };
  const gate = new Gate(() => clock.nowMs());
  const dht = new DHT({ bootstrap: testnet.bootstrap, host: '127.0.0.1' });
  const swarm = new Hyperswarm({ dht });
  ConnectionsByKey.into(swarm, () => false);
  const connections: Connection[] = [];
  swarm.on('connection', (connection) => {
    connections.push(connection);
    gate.onconnection(connection);
  });
  await swarm.listen();
  return {
    gate,
    key: swarm.keyPair.publicKey,
    bootstrap: testnet.bootstrap,
    swarm,
    connections,
    clock,
    async addFeed(feedId, blocks = 50) {
      const core = store.get({ name: feedId });
      await core.ready();
      await core.append(Array.from({ length: blocks }, (_, i) => Buffer.from(`${feedId} ${i}`)));
      gate.setCores(feedId, [{ role: 'data', core }]);
      return core;
    },
    async buyer(options) {
      const known = connections.length;
      const buyer = await connectBuyer(testnet.bootstrap, swarm.keyPair.publicKey, options);
      await until(() => connections.length > known, 'the seeder sees the buyer');
      return buyer;
    },
    async [Symbol.asyncDispose]() {
      gate.close();
      await swarm.destroy();
      await store.close();
      await testnet[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}
