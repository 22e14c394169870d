import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Card, connect, sandboxWallet } from '../../buyer/index.ts';
import { openBlockStore } from '../../buyer/swarm/block-store.ts';
import { attributeCopy } from '../../protocol/attribute-copy.ts';
import { copyKey } from '../../protocol/copy-manifest.ts';
import { revoke } from '../seeder/market.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, call, listFeed, type ShopListing, until } from '../support/shop.ts';
import { buyerKeyIn, type CliOptions, dazaar, startDazaar } from './cli.ts';

const rows = Array.from({ length: 300 }, (_, row) => ({ row, note: 'unique'.repeat(row % 9) }));
const textOf = (all: object[]) => all.map((row) => `${JSON.stringify(row)}\n`).join('');
const plans = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
const feed = { mode: 'unique' };

/** The block store of the one market that a home directory knows. */
async function storeIn(home: string): Promise<string> {
  const [name] = await readdir(join(home, 'markets'));
  return join(home, 'markets', name!, 'store');
}

describe('a unique feed on the command line', () => {
  let market: TestMarket;
  let listing: ShopListing;
  let card: Card;
  before(async () => {
    market = await startMarket();
    listing = await listFeed(market, rows, plans, { feed });
    const answer = await fetch(`${market.server.url}/v1/listings/${listing.slug}/card`);
    card = (await answer.json()) as Card;
  });
  after(() => market[Symbol.asyncDispose]());

  const buyer = (name: string): CliOptions => ({
    home: join(market.dir, name),
    market: market.server.url,
    env: { DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox') },
  });
  const outOf = (name: string) => join(market.dir, `${name}.ndjson`);
  const run = async (name: string, ...args: string[]) => {
    const { code, stdout, stderr } = await dazaar(args, buyer(name));
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const buy = (name: string) => run(name, 'buy', listing.slug, '--plan', 'hour');
  const pull = (name: string, ...more: string[]) =>
    startDazaar(['pull', listing.slug, '--out', outOf(name), ...more], buyer(name));
  const of = () => ({
    signer: Buffer.from(card.dazaar.copySigner!, 'hex'),
    coreKey: Buffer.from(card.id, 'hex'),
  });

  it('is bought and pulled live by two, of whom one is cut and the other reads on', async () => {
    for (const name of ['ann', 'bob']) await buy(name);
    const [ann, bob] = [pull('ann', '--live'), pull('bob', '--live')];
    const has = async (name: string, text: string) =>
      (await readFile(outOf(name), 'utf8').catch(() => '')) === text;
    for (const name of ['ann', 'bob']) await until(() => has(name, textOf(rows)));
    const { prisma } = market.db;
    await revoke(prisma, listing.feedId, Buffer.from(await buyerKeyIn(buyer('ann').home), 'hex'));
    const { code, stderr } = await ann.ended;
    assert.equal(code, 4, stderr);
    const more = { row: 300, note: 'live' };
    await append(market, listing.slug, [more]);
    await until(() => has('bob', textOf([...rows, more])));
    bob.child.kill('SIGINT');
    await bob.ended;
    assert.ok(await has('ann', textOf(rows)));
  });

  it('goes on where it stopped after an extension, with the same copy', async () => {
    await buy('bob');
    await append(market, listing.slug, [{ row: 301, note: 'more' }]);
    const { code, stderr } = await pull('bob').ended;
    assert.equal(code, 0, stderr);
    const text = await readFile(outOf('bob'), 'utf8');
    assert.equal(text.trimEnd().split('\n').length, 302);
    assert.match(await run('bob', 'show', listing.slug), /unique/);
    assert.match(await run('bob', 'get', listing.slug, '301'), /more/);
    const table = join(market.dir, 'bob.csv');
    await run('bob', 'export', listing.slug, '--format', 'csv', '--out', table);
    assert.equal((await readFile(table, 'utf8')).trimEnd().split('\n').length, 303);
    assert.equal((await pull('bob', '--seed').ended).code, 2, 'there is nothing to pass on');
  });

  it('leaves copies that say whose they are', async () => {
    for (const name of ['ann', 'bob']) {
      const { home } = buyer(name);
      const buyerKey = Buffer.from(await buyerKeyIn(home), 'hex');
      const store = await openBlockStore(await storeIn(home));
      const copy = store.get({ key: copyKey({ ...of(), buyerKey }) });
      await copy.ready();
      assert.ok(copy.length >= rows.length);
      assert.deepEqual(await attributeCopy(copy, of()), buyerKey);
      await store.close();
    }
  });

  it('is bought and read with the SDK too, from its card alone', async () => {
    await using offer = await connect(card, { home: join(market.dir, 'sdk') });
    const wallet = await sandboxWallet(join(market.dir, 'sandbox'));
    const purchase = await offer.buy('hour', { wallet });
    const read: unknown[] = [];
    for await (const block of purchase.blocks({ to: 3 })) read.push(JSON.parse(String(block)));
    assert.deepEqual(read, rows.slice(0, 3));
  });

  it('is proven over HTTP by the key of the feed itself', async () => {
    const out = await run('bob', 'fetch', listing.slug, '--to', '3');
    assert.equal(out, textOf(rows.slice(0, 3)));
  });

  it('is not offered for files', async () => {
    const body = { slug: 'files', title: 'Files', description: '', licence: 'CC0-1.0' };
    const wrong = { ...body, blockSchema: {}, plans, feed: { ...feed, kind: 'hyperdrive' } };
    const problem = await call(market, 'POST', '/v1/seller/listings', wrong, 400);
    assert.match(JSON.stringify(problem), /unique/);
  });
});
