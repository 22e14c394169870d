import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { startEmbeddedPostgres } from '../../adapters/postgres/embedded/start.ts';
import { openListen } from '../../adapters/postgres/listen.ts';
import { applyMigrations } from '../../adapters/postgres/migrations.ts';
import { openPrisma } from '../../adapters/postgres/prisma-client.ts';
import { connectBuyer, temporaryDirectory, until } from './loopback.ts';
import { addFeed, coreKey, grant, openSeederPlace, queue } from './market.ts';

const ACCESS_MS = 8_000;
const WAIT_MS = 10_000;

test('A24: a grant ends on time though PostgreSQL itself was stopped, with nobody else running', async () => {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryDirectory());
  const postgres = await startEmbeddedPostgres(path);
  stack.defer(() => postgres.stop());
  await applyMigrations(postgres.url);
  const prisma = openPrisma(postgres.url);
  stack.defer(() => prisma.$disconnect());
  const listen = openListen(postgres.url, pino({ level: 'silent' }));
  stack.defer(() => listen.close());
  const place = stack.use(await openSeederPlace({ prisma, listen }));
  const seeder = await place.start();

  const feedId = await addFeed(prisma);
  await queue(prisma, feedId, [Buffer.from('first'), Buffer.from('second'), Buffer.from('third')]);
  const key = await coreKey(prisma, feedId, 3);
  const buyer = stack.use(await connectBuyer(place.bootstrap, seeder.key));
  const copy = await buyer.open(key);
  const expiresAtMs = Date.now() + ACCESS_MS;
  await grant(prisma, feedId, buyer.key, new Date(expiresAtMs));
  assert.equal(String(await copy.get(0, { timeout: WAIT_MS })), 'first');

  await postgres.stop();
  assert.equal(
    String(await copy.get(1, { timeout: WAIT_MS })),
    'second',
    'it serves on until then',
  );
  await until(() => buyer.said.some((message) => 'invalid' in message), 'the end is told');
  const lateMs = Date.now() - expiresAtMs;
  assert.ok(lateMs > -100 && lateMs < 2_000, `${lateMs} ms late`);
  await assert.rejects(copy.get(2, { timeout: 500 }));
  assert.equal(seeder.gate.size, 0);
});
