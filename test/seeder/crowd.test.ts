import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import Corestore from 'corestore';
import type Hypercore from 'hypercore';
import DHT, { type Connection, type KeyPair, type NodeAddress } from 'hyperdht';
import { Gate } from '../../seeder/gate.ts';
import { SeederSwarm } from '../../seeder/swarm.ts';
import { connectBuyer, news, openTestnet, temporaryDirectory, WHOLE } from './loopback.ts';

const CONNECTIONS = 200;
const AT_ONCE = 50;
const FEED_ID = randomUUID();
const BLOCKS = 200;
/** As many strangers as one address may have connected, the buyer, and one that is just being turned away. */
const MOST_PEERS = 64 + 2;

test('A27: of hundreds of connections from one address few stay; others are served meanwhile, and who pays is let in at once', async () => {
  await using seeder = await openSeeder();
  await using buyer = await connectBuyer(seeder.bootstrap, seeder.swarm.key);
  seeder.admit(buyer.key);
  const bought = await buyer.open(seeder.core.key);
  await using crowd = await openCrowd(seeder);
  let mostPeers = 0;
  let read = 0;
  const attack = crowd.connect(CONNECTIONS, () => {
    mostPeers = Math.max(mostPeers, seeder.swarm.peers);
  });
  const over = attack.then(() => true);
  while (!(await Promise.race([over, readNext(bought, read++).then(() => false)])));
  assert.ok(read > 20, `only ${read} blocks were read meanwhile`);
  assert.ok(mostPeers <= MOST_PEERS, `${mostPeers} peers at once`);
  // Some come up together with the last of those that may stay, and are closed at once.
  const refused = crowd.refused.length;
  assert.ok(refused >= CONNECTIONS - 64 - AT_ONCE, `${refused} refused`);
  const [keyPair] = crowd.refused;
  seeder.admit(keyPair!.publicKey);
  assert.equal(await crowd.isLetIn(keyPair!), true, 'the first attempt after the payment succeeds');
  assert.equal(await crowd.isLetIn(DHT.keyPair()), false, 'the next stranger still does not');
});

test('A27: a key that reconnects in a loop after its cut is slowed down, and served at once when it has paid again', async () => {
  await using seeder = await openSeeder();
  const keyPair = DHT.keyPair(randomBytes(32));
  seeder.admit(keyPair.publicKey);
  await using crowd = await openCrowd(seeder);
  assert.equal(await crowd.isLetIn(keyPair), true);
  seeder.gate.revoke(keyPair.publicKey, FEED_ID, 'revoked');
  let letIn = 0;
  let attempts = 0;
  const startedAtMs = performance.now();
  for (; attempts < 20; attempts++) if (await crowd.isLetIn(keyPair)) letIn++;
  const allowed = 10 + Math.ceil((performance.now() - startedAtMs) / 1_000) + 1;
  assert.ok(letIn <= allowed, `${letIn} of ${attempts} were let in, ${allowed} are allowed`);
  assert.ok(letIn < attempts, 'some were refused');
  seeder.admit(keyPair.publicKey);
  assert.equal(await crowd.isLetIn(keyPair), true);
});

async function openSeeder() {
  await using stack = new AsyncDisposableStack();
  const { bootstrap } = stack.use(await openTestnet());
  const { path } = stack.use(await temporaryDirectory());
  const store = new Corestore(path);
  stack.defer(() => store.close());
  const core = store.get({ name: 'a feed' });
  await core.append(Array.from({ length: BLOCKS }, (_, i) => Buffer.from(`block ${i}`)));
  const gate = new Gate(Date.now);
  stack.defer(() => gate.close());
  const nobody = { isSource: () => false, has: () => false, onconnection() {} };
  const keyPair = DHT.keyPair();
  const others = {
    greeting: nobody,
    news,
    desk: null,
    messenger: nobody,
    mirrors: nobody,
    siblings: nobody,
  };
  const swarm = stack.use(new SeederSwarm({ gate, ...others, keyPair, bootstrap }));
  await swarm.listen();
  gate.setCores(FEED_ID, [{ role: 'data', core }]);
  const owned = stack.move();
  return {
    bootstrap,
    gate,
    swarm,
    core,
    admit: (buyerKey: Uint8Array) =>
      gate.grant({ buyerKey, feedId: FEED_ID, expiresAtMs: null, ...WHOLE }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Many keys on one address. */
async function openCrowd({ bootstrap, swarm }: { bootstrap: NodeAddress[]; swarm: SeederSwarm }) {
  const dht = new DHT({ bootstrap, host: '127.0.0.1' });
  await dht.fullyBootstrapped();
  const open: Connection[] = [];
  const refused: KeyPair[] = [];
  const connect = async (keyPair: KeyPair) => {
    const connection = dht.connect(swarm.key, { keyPair });
    connection.on('error', () => {});
    if (await connection.opened) open.push(connection);
    else refused.push(keyPair);
    return connection;
  };
  return {
    refused,
    /** Opens connections of as many keys, and keeps those that come up. */
    async connect(count: number, onsettled: () => void): Promise<void> {
      let left = count;
      const lane = async () => {
        while (left-- > 0) {
          await connect(DHT.keyPair());
          onsettled();
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    },
    /** Whether the key gets a connection, which is closed again. */
    async isLetIn(keyPair: KeyPair): Promise<boolean> {
      const connection = await connect(keyPair);
      const isOpen = await connection.opened;
      connection.destroy();
      return isOpen;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const connection of open) connection.destroy();
      await dht.destroy({ force: true });
    },
  };
}

async function readNext(core: Hypercore, index: number): Promise<void> {
  if (index % BLOCKS === 0) await core.clear(0, BLOCKS);
  const block = await core.get(index % BLOCKS, { timeout: 30_000 });
  assert.equal(String(block), `block ${index % BLOCKS}`);
}
