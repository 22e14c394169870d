import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { authenticatedLndGrpc, getPayments } from 'lightning';
import { loadIdentity } from '../../buyer/identity.ts';
import { tokenOf } from '../../buyer/key-proof.ts';
import { MarketClient } from '../../buyer/market-client.ts';
import { LndWallet } from '../../buyer/wallet/lnd-wallet.ts';
import { sandboxAccess } from '../../buyer/wallet/sandbox-wallet.ts';
import { catalogue } from '../../prisma/seed/catalogue.ts';
import type { Dataset } from '../../prisma/seed/dataset.ts';
import { londonBoroughs } from '../../prisma/seed/datasets/london-boroughs.ts';
import { seedCatalogue } from '../../prisma/seed/seed.ts';
import { SellerClient } from '../../prisma/seed/seller-client.ts';
import { type CliOptions, dazaar, startDazaar } from './cli.ts';
import { type MarketProcess, startMarketProcess } from './market-process.ts';

const SHORT_MS = 4_000;
const HOUR_MS = 3_600_000;
const LATE_CUT_MS = 1_500;

let market: MarketProcess;
let client: MarketClient;
let directory: string;
let homes = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-buyer-'));
  market = await startMarketProcess();
  client = new MarketClient(new URL(market.url));
});

after(async () => {
  await market.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A buyer with a home of their own. */
function newBuyer(): CliOptions & { out: string } {
  homes += 1;
  const home = join(directory, `home-${homes}`);
  const env = { DAZAAR_SANDBOX_DIR: market.sandboxDir };
  return { home, market: market.url, env, out: join(directory, `out-${homes}.ndjson`) };
}

const rowsOf = (slug: string) => {
  const dataset = catalogue.find(({ listing }) => listing.slug === slug);
  return (dataset?.blocks() ?? []).map((block) => `${block}\n`).join('');
};

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000) {
  const giveUpAtMs = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAtMs) throw new Error('waited in vain');
    await sleep(20);
  }
}

async function grantsOf(home: string, slug: string) {
  const identity = await loadIdentity(join(home, 'identity.json'));
  return client.grants(await tokenOf(client, identity!), slug);
}

async function payments(): Promise<number> {
  const { lnd } = authenticatedLndGrpc(await sandboxAccess(market.sandboxDir));
  const { payments: made } = await getPayments({ lnd, limit: 1000 });
  return made.filter(({ is_confirmed }) => is_confirmed).length;
}

/** Puts up a feed of one's own, with a plan short enough for a test. */
async function list(slug: string, blocks: string[]): Promise<SellerClient> {
  const dataset: Dataset = {
    listing: {
      slug,
      title: 'A test feed',
      description: '',
      tags: [],
      licence: 'CC0',
      blockSchema: { type: 'object' },
      plans: [
        { name: 'short', kind: 'time', periodMs: SHORT_MS, priceMsat: '1000' },
        { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '2000' },
      ],
    },
    blocks: () => blocks,
  };
  const seller = { baseUrl: market.url, apiKey: market.sellerKey };
  await seedCatalogue({ ...seller, log: () => undefined, datasets: [dataset] });
  return new SellerClient(seller);
}

for (const { listing } of catalogue.filter(({ blocks }) => blocks().length > 0)) {
  test(`buying and pulling ${listing.slug} gives its source rows byte for byte`, async () => {
    const buyer = newBuyer();
    const plan = listing.plans.find(({ name }) => name === 'hour' || name === 'free')?.name ?? '';
    const { terms } = await client.listing(listing.slug);
    const acceptance = terms ? ['--accept-terms', terms.hash] : [];
    const bought = await dazaar(['buy', listing.slug, '--plan', plan, ...acceptance], buyer);
    assert.equal(bought.stderr, '');
    assert.equal(bought.code, 0);
    assert.match(bought.stdout, /You have access/);
    const pulled = await dazaar(['pull', listing.slug, '--out', buyer.out], buyer);
    assert.equal(pulled.stderr, '');
    assert.equal(pulled.code, 0);
    assert.equal(await readFile(buyer.out, 'utf8'), rowsOf(listing.slug));
  });
}

test('the samples of entries and of files are pulled as they are in their sources', async () => {
  const buyer = newBuyer();
  for (const slug of ['us-state-capitals', 'london-boroughs']) {
    assert.equal((await dazaar(['buy', slug, '--plan', 'hour'], buyer)).code, 0);
  }
  const one = await dazaar(['get', 'us-state-capitals', 'Vermont'], buyer);
  assert.equal(JSON.parse(one.stdout).city, 'Montpelier');
  const out = `${buyer.out}.d`;
  const pulled = await dazaar(['pull', 'london-boroughs', '--out', out], buyer);
  assert.equal(pulled.code, 0, pulled.stderr);
  for (const { path, text } of londonBoroughs.files!()) {
    assert.equal(await readFile(join(out, path), 'utf8'), text);
  }
});

test('the live feed grows by itself and can be followed', async () => {
  const buyer = newBuyer();
  await dazaar(['buy', 'live-demo-sensor', '--plan', 'minute'], buyer);
  const running = startDazaar(['pull', 'live-demo-sensor', '--live'], buyer);
  await until(() => running.stdout() !== '');
  const soFar = running.stdout().length;
  await until(() => running.stdout().length > soFar);
  running.child.kill('SIGINT');
  const { code, stdout } = await running.ended;
  assert.equal(code, 0);
  for (const line of stdout.trim().split('\n')) assert.equal(JSON.parse(line).synthetic, true);
});

test('a short plan cuts a live pull on time, and buying again resumes it', async () => {
  const seller = await list('short-lived', []);
  const buyer = newBuyer();
  let appended = 0;
  const append = () => {
    appended += 1;
    return seller.appendBlocks('short-lived', `b-${appended}`, `{"n":${appended}}\n`);
  };
  await append();
  assert.equal((await dazaar(['buy', 'short-lived', '--plan', 'short'], buyer)).code, 0);
  const { grants } = await grantsOf(buyer.home, 'short-lived');
  const expiresAtMs = grants[0]?.expiresAtMs ?? 0;
  const running = startDazaar(['pull', 'short-lived', '--live', '--out', buyer.out], buyer);
  let done = false;
  const ended = running.ended.finally(() => {
    done = true;
  });
  while (!done) {
    await append();
    await sleep(100);
  }
  const cutAfterMs = Date.now() - expiresAtMs;
  const { code, stderr } = await ended;
  assert.equal(code, 4);
  assert.match(
    stderr,
    /^dazaar: access to short-lived ended at [\d-]+ [\d:]+; buy more with: dazaar buy short-lived --plan short\n$/,
  );
  assert.ok(cutAfterMs > 0 && cutAfterMs < LATE_CUT_MS, `ended ${cutAfterMs} ms after its time`);
  const upToTheCut = (await readFile(buyer.out, 'utf8')).split('\n').length - 1;
  assert.ok(upToTheCut > 0 && upToTheCut <= appended);

  const late = await dazaar(['pull', 'short-lived', '--out', buyer.out], buyer);
  assert.equal(late.code, 3);
  assert.match(late.stderr, /your access to short-lived ended at .+; buy more with: dazaar buy/);

  assert.equal((await dazaar(['buy', 'short-lived', '--plan', 'hour'], buyer)).code, 0);
  assert.equal((await dazaar(['pull', 'short-lived', '--out', buyer.out], buyer)).code, 0);
  const expected = Array.from({ length: appended }, (_, i) => `{"n":${i + 1}}\n`).join('');
  assert.equal(await readFile(buyer.out, 'utf8'), expected);
});

test('buying more while a live pull runs extends it without a break', async () => {
  await list('extended', ['{"n":1}']);
  const buyer = newBuyer();
  await dazaar(['buy', 'extended', '--plan', 'short', '--quantity', '4'], buyer);
  const { grants } = await grantsOf(buyer.home, 'extended');
  const firstEndMs = grants[0]?.expiresAtMs ?? 0;
  const running = startDazaar(['pull', 'extended', '--live'], buyer);
  await until(() => running.stdout() === '{"n":1}\n');
  assert.equal((await dazaar(['buy', 'extended', '--plan', 'hour'], buyer)).code, 0);
  assert.ok(Date.now() < firstEndMs, 'this machine is too slow for this test');
  await sleep(firstEndMs - Date.now() + LATE_CUT_MS);
  const seller = new SellerClient({ baseUrl: market.url, apiKey: market.sellerKey });
  await seller.appendBlocks('extended', 'b-2', '{"n":2}\n');
  await until(() => running.stdout() === '{"n":1}\n{"n":2}\n' || running.stderr() !== '');
  assert.equal(running.stderr(), '');
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('a buy killed at any moment and run again pays once', async () => {
  const slug = 'us-employment';
  const buyer = newBuyer();
  await dazaar(['keygen'], buyer);
  const before = await payments();
  for (let round = 0; round < 8; round += 1) {
    const { child, ended } = startDazaar(['buy', slug, '--plan', 'day'], buyer);
    await sleep(500 + round * 120);
    child.kill('SIGKILL');
    const { stdout } = await ended;
    if (stdout.includes('You have access')) break;
  }
  const { grants: soFar } = await grantsOf(buyer.home, slug);
  if (soFar.length === 0) {
    assert.equal((await dazaar(['buy', slug, '--plan', 'day'], buyer)).code, 0);
  }
  const { grants } = await grantsOf(buyer.home, slug);
  assert.equal(await payments(), before + 1);
  assert.equal((grants[0]?.expiresAtMs ?? 0) - (grants[0]?.startsAtMs ?? 0), 24 * HOUR_MS);
});

test('rotating the key takes the access along, and the old key loses it', async () => {
  await list('rotated', ['{"n":1}']);
  const buyer = newBuyer();
  assert.equal((await dazaar(['buy', 'rotated', '--plan', 'hour'], buyer)).code, 0);
  const { grants: before } = await grantsOf(buyer.home, 'rotated');
  const rotated = await dazaar(['rotate', '--json'], buyer);
  assert.equal(rotated.code, 0, rotated.stderr);
  const { grants } = await grantsOf(buyer.home, 'rotated');
  assert.notEqual(grants[0]?.buyerKey, before[0]?.buyerKey);
  assert.equal(grants[0]?.expiresAtMs, before[0]?.expiresAtMs);
  assert.equal((await dazaar(['pull', 'rotated'], buyer)).stdout, '{"n":1}\n');
  const old = await loadIdentity(JSON.parse(rotated.stdout.trim().split('\n').at(-1) ?? '').keptAs);
  const { grants: left } = await client.grants(await tokenOf(client, old!), 'rotated');
  assert.equal(left[0]?.state, 'revoked');
});

test('a claim code of an order without a key gives access to whoever redeems it', async () => {
  await list('claimed', ['{"n":1}']);
  const order = await client.placeOrder(
    { listing: 'claimed', plan: 'hour', quantity: 1 },
    'a-random-key-of-128-bits',
  );
  const { bolt11, paymentHash } = order.invoice!;
  const wallet = new LndWallet(await sandboxAccess(market.sandboxDir));
  await wallet.pay({ bolt11, paymentHash, amountMsat: BigInt(order.priceMsat) });
  await until(async () => (await client.order(order.id)).state === 'paid');
  const buyer = newBuyer();
  const claimed = await dazaar(['claim', order.claimCode!.toLowerCase()], buyer);
  assert.equal(claimed.code, 0, claimed.stderr);
  assert.equal((await dazaar(['pull', 'claimed'], buyer)).stdout, '{"n":1}\n');
  assert.equal((await dazaar(['claim', order.claimCode!], buyer)).code, 0, 'the same again');
  assert.match((await dazaar(['claim', order.claimCode!], newBuyer())).stderr, /redeemed/);
  assert.match((await dazaar(['claim', 'AAAA-BBBB'], buyer)).stderr, /typing error/);
});

test('print shows an invoice that any wallet can pay, and waits for it', async () => {
  const buyer = newBuyer();
  const args = ['buy', 'seattle-weather', '--plan', 'hour', '--wallet', 'print', '--json'];
  const running = startDazaar(args, buyer);
  const eventsOf = (text: string) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const find = (name: string) => eventsOf(running.stdout()).find(({ event }) => event === name);
  await until(() => find('invoice') !== undefined);
  const order = find('order').order;
  const wallet = new LndWallet(await sandboxAccess(market.sandboxDir));
  const { bolt11, paymentHash } = order.invoice;
  await wallet.pay({ bolt11, paymentHash, amountMsat: 10_000n });
  assert.equal((await running.ended).code, 0);
  assert.equal(find('granted').order.state, 'paid');
});

test('print shows a code to scan on a terminal', async () => {
  const buyer = newBuyer();
  const running = startDazaar(
    ['buy', 'seattle-weather', '--plan', 'hour', '--wallet', 'print'],
    buyer,
  );
  await until(() => running.stdout().includes('Lightning wallet'));
  assert.match(running.stdout(), /█▀▀▀▀▀█.*█▀▀▀▀▀█/, 'the corners of a code');
  assert.match(running.stdout(), /^lnbcrt[0-9a-z]+$/m);
  running.child.kill('SIGKILL');
  await running.ended;
});

test('a live pull goes on when the seeder is killed and started again', async () => {
  const seller = await list('survivor', ['{"n":1}']);
  const buyer = newBuyer();
  await dazaar(['buy', 'survivor', '--plan', 'hour'], buyer);
  const running = startDazaar(['pull', 'survivor', '--live'], buyer);
  await until(() => running.stdout() === '{"n":1}\n');
  await market.crash('seeder/main.ts');
  await seller.appendBlocks('survivor', 'b-2', '{"n":2}\n');
  await until(() => running.stdout() === '{"n":1}\n{"n":2}\n', 60_000);
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('seeding again changes nothing, and seeding after a kill completes', async () => {
  const blocks = Array.from({ length: 12_000 }, (_, i) => `{"n":${i}}`);
  const seller = new SellerClient({ baseUrl: market.url, apiKey: market.sellerKey });
  const { listing } = await draft('half-seeded');
  await seller.createListing(listing);
  await seller.appendBlocks(
    'half-seeded',
    'seed-0',
    blocks
      .slice(0, 5_000)
      .map((block) => `${block}\n`)
      .join(''),
  );
  await list('half-seeded', blocks);
  await list('half-seeded', blocks);
  const { feed } = await client.listing('half-seeded');
  assert.equal(feed.cores[0]?.length, blocks.length);
});

async function draft(slug: string) {
  const listing = {
    slug,
    title: 'A test feed',
    description: '',
    tags: [],
    licence: 'CC0',
    blockSchema: { type: 'object' },
    plans: [{ name: 'hour', kind: 'time' as const, periodMs: HOUR_MS, priceMsat: '2000' }],
  };
  return { listing };
}

test('a price in euro is shown as such and paid in sat, for several periods at once', async () => {
  const buyer = newBuyer();
  const args = ['buy', 'us-employment', '--plan', 'year', '--quantity', '2'];
  const { code, stdout, stderr } = await dazaar(args, buyer);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.match(stdout, /365 days for 4\.99 EUR \(about [\d,.]+ sat\)/);
  const { grants } = await grantsOf(buyer.home, 'us-employment');
  assert.equal(grants[0]!.expiresAtMs! - grants[0]!.startsAtMs, 730 * 24 * HOUR_MS);
});

test('a trial gives access once', async () => {
  const buyer = newBuyer();
  const args = ['buy', 'usgs-earthquakes', '--plan', 'trial'];
  const first = await dazaar(args, buyer);
  assert.match(first.stdout, /You have access/);
  const again = await dazaar(args, buyer);
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /trial/);
});

test('status tells what access there is and how long it lasts', async () => {
  const buyer = newBuyer();
  const nothing = await dazaar(['status'], buyer);
  assert.equal(nothing.code, 3);
  await dazaar(['buy', 'nasa-global-temperature', '--plan', 'free'], buyer);
  await dazaar(['buy', 'mauna-loa-co2', '--plan', 'hour', '--quantity', '2'], buyer);
  const { code, stdout } = await dazaar(['status'], buyer);
  assert.equal(code, 0);
  assert.match(stdout, /nasa-global-temperature +for ever +-/);
  assert.match(stdout, /mauna-loa-co2 +(2 h|1 h 59 min) +\d{4}-/);
});

test('a listing or plan that does not exist is named, and what there is', async () => {
  const buyer = newBuyer();
  const unknown = await dazaar(['show', 'no-such-feed'], buyer);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /^dazaar: there is no listing "no-such-feed"; see what there is/);
  const planless = await dazaar(['buy', 'mauna-loa-co2'], buyer);
  assert.equal(planless.code, 2);
  assert.equal(
    planless.stderr,
    'dazaar: there are several plans; choose one with --plan: 20s, minute, hour, day, forever\n',
  );
});
