import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import Corestore from 'corestore';
import DHT from 'hyperdht';
import { Admission } from '../../seeder/admission.ts';
import { Gate } from '../../seeder/gate.ts';
import { SeederSwarm } from '../../seeder/swarm.ts';
import { connectBuyer, news, openTestnet, temporaryDirectory, until, WHOLE } from './loopback.ts';

test('A27: a key that comes again and again is slowed down, others are not, and paying clears it', () => {
  const paid = new Set<string>();
  const admission = new Admission({
    expects: (key) => paid.has(Buffer.from(key).toString('hex')),
    isFull: () => false,
    strangersFrom: () => 0,
  });
  const [looping, other] = [randomBytes(32), randomBytes(32)];
  let refused = 0;
  for (let i = 0; i < 1_000; i++) if (admission.refuses(looping, '192.0.2.1')) refused++;
  assert.ok(refused > 950, `${refused} refused`);
  assert.equal(admission.refuses(other, '192.0.2.1'), false);
  paid.add(looping.toString('hex'));
  assert.equal(admission.refuses(looping, '192.0.2.1'), false);
});

test('A27: a full seeder refuses keys without a grant and still lets in those with one', async () => {
  await using testnet = await openTestnet();
  await using directory = await temporaryDirectory();
  const store = new Corestore(directory.path);
  const gate = new Gate(Date.now);
  await using swarm = new SeederSwarm({
    gate,
    greeting: { onconnection() {} },
    news,
    desk: null,
    messenger: { onconnection() {} },
    mirrors: { isSource: () => false, onconnection() {} },
    siblings: { has: () => false, onconnection() {} },
    keyPair: DHT.keyPair(),
    bootstrap: testnet.bootstrap,
    maxPeers: 2,
  });
  await swarm.listen();
  const feedId = randomUUID();
  const core = store.get({ name: feedId });
  await core.append(Buffer.from('paid for'));
  gate.setCores(feedId, [{ role: 'data', core }]);
  await using first = await connectBuyer(testnet.bootstrap, swarm.key);
  await using second = await connectBuyer(testnet.bootstrap, swarm.key);
  await until(() => swarm.peers === 2, 'the seeder is full');
  const seed = randomBytes(32);
  const dht = new DHT({ bootstrap: testnet.bootstrap, host: '127.0.0.1' });
  const refused = dht.connect(swarm.key, { keyPair: DHT.keyPair(seed) });
  refused.on('error', () => {});
  assert.equal(await refused.opened, false);
  gate.grant({ buyerKey: DHT.keyPair(seed).publicKey, feedId, expiresAtMs: null, ...WHOLE });
  await using paying = await connectBuyer(testnet.bootstrap, swarm.key, { seed });
  const copy = await paying.open(core.key);
  assert.equal(String(await copy.get(0, { timeout: 10_000 })), 'paid for');
  await until(() => first.connection.destroyed !== second.connection.destroyed, 'one gave way');
  await dht.destroy();
  gate.close();
  await store.close();
});
