import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type Hypercore from 'hypercore';
import crypto from 'hypercore-crypto';
import { openBuyer, sandboxWallet, WriterSeal } from '../../buyer/index.ts';
import type { FeedState, Listing } from '../../contract/index.ts';
import { MIN_EPOCH_MS } from '../../domain/epoch.ts';
import { newReader } from '../gateway/reader.ts';
import { revoke } from '../seeder/market.ts';
import { openSource } from '../seeder/source.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, type ShopListing, until } from '../support/shop.ts';
import { buyerKeyIn, type CliOptions, dazaar, startDazaar } from './cli.ts';

const WAIT_MS = 60_000;
const rows = Array.from({ length: 300 }, (_, row) => ({ row, note: 'sealed'.repeat(row % 9) }));
const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('a sealed feed on the command line', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket();
    const feed = { mode: 'sealed', epochMs: MIN_EPOCH_MS };
    const plans = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
    listing = await listFeed(market, rows, plans, { feed });
  });
  after(() => market[Symbol.asyncDispose]());

  const buyer = (name: string): CliOptions => ({
    home: join(market.dir, name),
    market: market.server.url,
    env: { DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox') },
  });
  const outOf = (name: string) => join(market.dir, `${name}.ndjson`);
  const buy = async (name: string) => {
    const { code, stderr } = await dazaar(['buy', listing.slug, '--plan', 'hour'], buyer(name));
    assert.equal(code, 0, stderr);
  };
  const pull = (name: string, ...more: string[]) =>
    startDazaar(['pull', listing.slug, '--out', outOf(name), ...more], buyer(name));

  it('is bought and pulled like any other', async () => {
    await buy('ann');
    const { code, stderr } = await pull('ann').ended;
    assert.equal(code, 0, stderr);
    assert.equal(await readFile(outOf('ann'), 'utf8'), text);
  });

  it('is fetched over HTTP as it is sealed, verified, and opened where it is read', async () => {
    const { code, stdout, stderr } = await dazaar(['fetch', listing.slug], buyer('ann'));
    assert.equal(code, 0, stderr);
    assert.equal(stdout, text);
  });

  it('is not to be had by who has not bought it', async () => {
    assert.equal((await pull('nobody').ended).code, 3);
    assert.equal((await dazaar(['fetch', listing.slug], buyer('nobody'))).code, 3);
  });

  it('is read by key, and by file, where it has these', async () => {
    const gift = [{ name: 'gift', kind: 'free' }];
    const sealed = { mode: 'sealed', epochMs: MIN_EPOCH_MS };
    const bee = await listFeed(market, [], gift, { feed: { kind: 'hyperbee', ...sealed } });
    const entries = [{ op: 'put', key: 'porto', value: { celsius: 21 } }];
    const at = `/v1/seller/listings/${bee.slug}/entries?batchId=one`;
    await call(market, 'POST', at, entries, 201);
    const drive = await listFeed(market, [], gift, { feed: { kind: 'hyperdrive', ...sealed } });
    const put = await fetch(
      `${market.server.url}/v1/seller/listings/${drive.slug}/files/2026/readings.csv`,
      {
        method: 'PUT',
        headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'text/csv' },
        body: 'at,celsius\n1,21\n',
      },
    );
    assert.ok(put.ok, await put.text());
    for (const [slug, what, expected] of [
      [bee.slug, 'porto', '{"celsius":21}'],
      [drive.slug, '/2026/readings.csv', 'at,celsius\n1,21\n'],
    ] as const) {
      const bought = await dazaar(['buy', slug, '--plan', 'gift'], buyer('ann'));
      assert.equal(bought.code, 0, bought.stderr);
      const { code, stdout, stderr } = await dazaar(['get', slug, what], buyer('ann'));
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), expected.trim());
    }
  });

  it('waits for the key of a block, from a seller who seals on his own machine and hands over late', async () => {
    const rootFile = join(market.dir, 'readings.root');
    const env = { DAZAAR_API_KEY: market.apiKey };
    const options = { ...buyer('seller'), env, cwd: market.dir };
    const seal = (...args: string[]) => dazaar(['seal', ...args], options);
    const [makeRoot, ...told] = await commandsOf('docs/mirror.md');
    const made = await dazaar(makeRoot!, options);
    assert.equal(made.code, 0, made.stderr);
    assert.equal((await stat(rootFile)).mode & 0o777, 0o600);
    assert.equal((await dazaar(makeRoot!, options)).code, 9, 'a root is never replaced');
    const root = Buffer.from((await readFile(rootFile, 'utf8')).trim(), 'hex');

    await using source = await openSource(market.bootstrap);
    const clock = { aheadMs: -3 * MIN_EPOCH_MS };
    const slug = 'readings';
    const writer = new WriterSeal({
      root,
      name: slug,
      epochMs: MIN_EPOCH_MS,
      nowMs: () => Date.now() + clock.aheadMs,
    });
    const core = source.store.get({ name: slug, encryption: writer.encryption });
    await core.append(['{"n":0}', '{"n":1}'].map((line) => Buffer.from(line)));
    const { id: feedId } = await listOwn(market, slug, core, source.key);
    const handOver = (...args: string[]) => seal('hand-over', slug, '--root', rootFile, ...args);
    const past = new Date(Date.now() - 2 * MIN_EPOCH_MS).toISOString();
    const first = await handOver('--from', '1h', '--until', past, '--json');
    assert.equal(first.code, 0, first.stderr);
    const lacking = await seal('show', slug);
    assert.equal(lacking.code, 5);
    assert.match(lacking.stderr, /has no keys of readings as it is sealed now/);

    await using own = await openBuyer({ home: join(market.dir, 'sdk') });
    const offer = await own.connect(market.server.url, { listing: slug });
    const wallet = await sandboxWallet(join(market.dir, 'sandbox'));
    const purchase = await offer.buy('hour', { wallet });
    const bought = await dazaar(['buy', slug, '--plan', 'hour'], buyer('ann'));
    assert.equal(bought.code, 0, bought.stderr);
    const tail = startDazaar(['tail', slug, '--last', '9'], buyer('ann'));
    const seen: string[] = [];
    const reading = (async () => {
      for await (const block of purchase.blocks({ live: true })) seen.push(block.toString());
    })();
    reading.catch(() => undefined);
    const isRead = (count: number) => () =>
      Promise.resolve(seen.length === count && tail.stdout().trim().split('\n').length === count);
    await until(isRead(2), WAIT_MS);

    clock.aheadMs = 0;
    await core.append(Buffer.from('{"n":2}'));
    await until(async () => purchase.core.length === 3, WAIT_MS);
    assert.ok(await purchase.core.get(2, { raw: true }));
    const late = purchase.core.get(2);
    const wrongFile = join(market.dir, 'wrong.root');
    await seal('root', wrongFile);
    const wrong = await seal('hand-over', slug, '--root', wrongFile, '--until', '30d');
    assert.equal(wrong.code, 5, 'what does not open the first block is refused');
    assert.match(wrong.stderr, /do not open block 0/);
    assert.ok(isWaiting(), 'it was not there yet, and reading did not end');
    const reader = newReader(market);
    await reader.grant(feedId);
    const overHttp = () => reader.get(`/v1/feeds/${feedId}/blocks?start=2`);
    const locked = await overHttp();
    assert.equal(locked.status, 503);
    assert.match(await locked.text(), /yet to hand over the key/);
    for (const command of told) {
      const { code, stderr } = await dazaar(command, options);
      assert.equal(code, 0, stderr);
    }
    assert.equal(String(await late), '{"n":2}');
    await until(isRead(3), WAIT_MS);
    assert.equal((await (await overHttp()).text()).trim(), '{"n":2}');
    const enough = await seal('show', '--json');
    assert.equal(enough.code, 0, enough.stderr);
    const { opens } = JSON.parse(enough.stdout);
    assert.equal(opens.length, 1, 'the longer range has taken the place of the shorter one');
    const soon = await seal('show', slug, '--within', '60d');
    assert.deepEqual([soon.code, /end in (29|30) days/.test(soon.stderr)], [5, true], soon.stderr);

    // What is sealed beyond what anybody is given is waited for until access ends, which is said.
    clock.aheadMs = 600_000;
    await core.append(Buffer.from('{"n":3}'));
    await until(async () => purchase.core.length === 4, WAIT_MS);
    const never = assert.rejects(purchase.core.get(3), { code: 'access-ended' });
    for (const key of [offer.buyerKey, await buyerKeyIn(buyer('ann').home)])
      await revoke(market.db.prisma, feedId, Buffer.from(key, 'hex'));
    await never;
    await assert.rejects(reading, { code: 'access-ended' });
    const ended = await tail.ended;
    assert.deepEqual([ended.code, seen.length], [4, 3], ended.stderr);

    function isWaiting(): boolean {
      return seen.length === 2 && tail.child.exitCode === null;
    }
  });

  it('comes from another buyer and from a mirror without a key, every byte, while no seeder is up', async () => {
    for (const name of ['bob', 'cid']) {
      await buy(name);
      const { code, stderr } = await pull(name, '--to', '0').ended;
      assert.equal(code, 0, stderr);
    }
    const card = join(market.dir, 'card.json');
    const answer = await fetch(`${market.server.url}/v1/listings/${listing.slug}/card`);
    await writeFile(card, await answer.text());
    await market.seeder.stop();

    const ann = pull('ann', '--seed');
    const mirror = startDazaar(['mirror', card], buyer('mirror'));
    const bob = await pull('bob').ended;
    assert.equal(bob.code, 0, bob.stderr);
    assert.equal(await readFile(outOf('bob'), 'utf8'), text);

    const isWhole = () => mirror.stdout().includes(`All ${rows.length} blocks`);
    await until(async () => isWhole() || mirror.child.exitCode !== null, WAIT_MS);
    ann.child.kill('SIGINT');
    assert.equal((await ann.ended).code, 0, ann.stderr());
    const cid = await pull('cid').ended;
    assert.equal(cid.code, 0, cid.stderr);
    assert.equal(await readFile(outOf('cid'), 'utf8'), text);
    mirror.child.kill('SIGINT');
    assert.equal((await mirror.ended).code, 0, mirror.stderr());
  });
});

/** The commands that a page tells, without `npx dazaar`. */
async function commandsOf(page: string): Promise<string[][]> {
  const text = await readFile(join(import.meta.dirname, '../..', page), 'utf8');
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim());
  return blocks.flatMap((block) => block.split('\n').map((line) => line.split(' ').slice(2)));
}

/** Lists a sealed feed that is written on the seller's machine, proves it, and publishes it. */
async function listOwn(
  market: TestMarket,
  slug: string,
  core: Hypercore,
  peerKey: Buffer,
): Promise<{ id: string }> {
  const coreKey = core.key.toString('hex');
  const feed = {
    origin: 'mirrored',
    mode: 'sealed',
    epochMs: MIN_EPOCH_MS,
    peerKey: peerKey.toString('hex'),
    cores: [{ role: 'data', key: coreKey }],
  };
  const plans = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
  const about = { slug, title: slug, description: '', licence: 'CC0-1.0', blockSchema: {} };
  const at = `/v1/seller/listings/${slug}`;
  const body = { ...about, plans, feed };
  const listing = (await call(market, 'POST', '/v1/seller/listings', body, 201)) as Listing;
  const { ownership } = (await call(market, 'GET', `${at}/feed`, undefined, 200)) as FeedState;
  const { text } = ownership!.toSign[0]!;
  const signature = crypto.sign(Buffer.from(text), core.keyPair!.secretKey).toString('hex');
  const manifest = core.getManifest({ raw: true })!.toString('hex');
  const proofs = [{ coreKey, signature, manifest }];
  await call(market, 'POST', `${at}/ownership`, { proofs }, 200);
  await call(market, 'POST', `${at}/publish`, undefined, 200);
  return listing.feed;
}
