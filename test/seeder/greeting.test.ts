import assert from 'node:assert/strict';
import { test } from 'node:test';
import DHT, { type Connection, type NodeAddress } from 'hyperdht';
import { openChannel } from '../../protocol/channel.ts';
import type { Hello } from '../../protocol/messages.ts';
import { verifySeeder } from '../../protocol/seeder-attestation.ts';
import { Gate } from '../../seeder/gate.ts';
import { Greeting } from '../../seeder/greeting.ts';
import { SeederSwarm } from '../../seeder/swarm.ts';
import { news, openTestnet, until } from './loopback.ts';
import { keys } from './market.ts';

const HOURS = 3_600_000;

test('a seeder says hello with the market’s word for it, and again when that is renewed', async () => {
  await using seeder = await openGreeter();
  seeder.clock.anchored = false;
  await using buyer = await seeder.connect();
  await until(() => buyer.heard.length === 1, 'hello');
  assert.equal(buyer.heard[0]!.attestation, undefined, 'the database’s time is not known yet');

  seeder.clock.anchored = true;
  seeder.greeting.step();
  seeder.greeting.step();
  seeder.clock.ms += 7 * HOURS;
  seeder.greeting.step();
  await until(() => buyer.heard.length === 3, 'two attestations');
  const [, first, second] = buyer.heard.map(({ attestation }) => attestation!);
  const expected = {
    marketKey: keys.signing.publicKey.toString('hex'),
    seederKey: buyer.connection.remotePublicKey.toString('hex'),
    nowMs: seeder.clock.ms,
  };
  assert.equal(verifySeeder(first!, expected), 'genuine');
  assert.equal(verifySeeder(second!, expected), 'genuine');
  const later = { ...expected, nowMs: seeder.clock.ms + 6 * HOURS };
  assert.equal(verifySeeder(first!, later), 'expired');
  assert.equal(verifySeeder(second!, later), 'genuine');
  assert.equal(verifySeeder(second!, { ...expected, seederKey: '00'.repeat(32) }), 'foreign');
  assert.equal(
    verifySeeder({ ...second!, expiresAtMs: later.nowMs + 100 * HOURS }, later),
    'forged',
  );
});

/** A swarm without feeds that greets, by a clock that can be set. */
async function openGreeter() {
  await using stack = new AsyncDisposableStack();
  const { bootstrap } = stack.use(await openTestnet());
  const clock = { anchored: true, ms: 1_800_000_000_000, nowMs: () => clock.ms };
  const keyPair = DHT.keyPair();
  const greeting = new Greeting(keys, keyPair.publicKey, clock);
  const gate = new Gate(() => clock.ms);
  stack.defer(() => gate.close());
  const nobody = { isSource: () => false, has: () => false, onconnection() {} };
  const others = { news, desk: null, messenger: nobody, mirrors: nobody, siblings: nobody };
  const swarm = stack.use(new SeederSwarm({ gate, greeting, ...others, keyPair, bootstrap }));
  await swarm.listen();
  const owned = stack.move();
  return {
    clock,
    greeting,
    connect: () => connect(bootstrap, swarm.key),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function connect(bootstrap: NodeAddress[], key: Buffer) {
  const dht = new DHT({ bootstrap, host: '127.0.0.1' });
  const connection: Connection = dht.connect(key);
  connection.on('error', () => {});
  const heard: Hello[] = [];
  openChannel(connection, { onhello: (hello) => heard.push(hello) });
  return {
    connection,
    heard,
    async [Symbol.asyncDispose]() {
      connection.destroy();
      await dht.destroy();
    },
  };
}
