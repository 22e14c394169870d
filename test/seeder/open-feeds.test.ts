import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type Hypercore from 'hypercore';
import { openGate, until, WHOLE } from './loopback.ts';

const REFUSED_MS = 400;

async function read(core: Hypercore, index: number, timeoutMs = 10_000): Promise<string | null> {
  const block = await core.get(index, { timeout: timeoutMs }).catch(() => null);
  return block === null ? null : block.toString();
}

test('an open feed is served to whoever asks for it, until it is closed; other feeds are not', async () => {
  await using seeder = await openGate();
  const [openId, paidId] = [randomUUID(), randomUUID()];
  const [open, paid] = [await seeder.addFeed(openId), await seeder.addFeed(paidId)];
  await using buyer = await seeder.buyer();
  await using silent = await seeder.buyer();
  seeder.gate.openFeeds(new Set([openId]));
  buyer.channel.subscribe({ feedId: openId });
  buyer.channel.subscribe({ feedId: paidId });
  const copy = await buyer.open(open.key);
  assert.equal(await read(copy, 1), `${openId} 1`);
  assert.equal(await read(await buyer.open(paid.key), 1, REFUSED_MS), null);
  assert.equal(await read(await silent.open(open.key), 1, REFUSED_MS), null);
  assert.deepEqual(seeder.gate.audience, new Map([[openId, 1]]));
  seeder.gate.openFeeds(new Set());
  await until(
    () => buyer.said.some((said) => 'invalid' in said && said.invalid.reason === 'revoked'),
    'he is told',
  );
  assert.equal(await read(copy, 2, REFUSED_MS), null);
  seeder.gate.openFeeds(new Set([openId]));
  assert.equal(await read(copy, 2), `${openId} 2`);
});

test('whoever has a grant of a part reads all while the feed is open, and the part afterwards', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  seeder.gate.grant({ ...WHOLE, buyerKey: buyer.key, feedId, expiresAtMs: null, fromBlock: 30 });
  buyer.channel.subscribe({ feedId });
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 30), `${feedId} 30`);
  seeder.gate.openFeeds(new Set([feedId]));
  assert.equal(await read(copy, 3), `${feedId} 3`);
  seeder.gate.openFeeds(new Set());
  assert.equal(await read(copy, 31), `${feedId} 31`);
  assert.equal(await read(copy, 4, REFUSED_MS), null);
});

test('a grant that ends leaves an open feed open', async () => {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId);
  await using buyer = await seeder.buyer();
  seeder.gate.openFeeds(new Set([feedId]));
  seeder.gate.grant({ ...WHOLE, buyerKey: buyer.key, feedId, expiresAtMs: null });
  buyer.channel.subscribe({ feedId });
  const copy = await buyer.open(core.key);
  assert.equal(await read(copy, 1), `${feedId} 1`);
  seeder.gate.revoke(buyer.key, feedId, 'revoked');
  assert.equal(await read(copy, 2), `${feedId} 2`);
});
