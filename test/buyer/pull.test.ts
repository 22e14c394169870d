import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buyerKeyIn, dazaar, startDazaar } from './cli.ts';
import { SLUG, SmallMarket } from './small-market.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const HOUR_MS = 3_600_000;
const blocksUpTo = (length: number, from = 0) =>
  Array.from({ length: length - from }, (_, i) => JSON.stringify({ n: from + i, text: 'é\\n' }));
const lines = (blocks: string[]) => blocks.map((block) => `${block}\n`).join('');

async function setUp(t: TestContext, length: number) {
  const directory = await temporaryDirectory(t);
  const market = await SmallMarket.start(join(directory, 'seeder'), blocksUpTo(length));
  t.after(() => market.stop());
  const home = join(directory, 'home');
  const options = { home, market: market.url };
  await dazaar(['keygen'], options);
  const buyerKey = await buyerKeyIn(home);
  const out = join(directory, 'out.ndjson');
  return { market, options, buyerKey, out, directory };
}

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 15_000) {
  const giveUpAtMs = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > giveUpAtMs) throw new Error('waited in vain');
    await sleep(20);
  }
}

test('pull without a grant says how to buy and ends with 3', async (t) => {
  const { options } = await setUp(t, 10);
  const { code, stdout, stderr } = await dazaar(['pull', SLUG], options);
  assert.equal(code, 3);
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    `dazaar: you have no access to ${SLUG}; buy it with: dazaar buy ${SLUG} --plan 20s\n`,
  );
});

test('pull writes the whole feed to the standard output, silent in a pipe', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 3000);
  market.grant(buyerKey, Date.now() + HOUR_MS);
  const { code, stdout, stderr } = await dazaar(['pull', SLUG], options);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.equal(stdout, lines(blocksUpTo(3000)));
});

test('pull fetches only the range asked for', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 2000);
  market.grant(buyerKey, null);
  const { code, stdout } = await dazaar(['pull', SLUG, '--from', '700', '--to', '750'], options);
  assert.equal(code, 0);
  assert.equal(stdout, lines(blocksUpTo(750, 700)));
  assert.equal(market.uploads, 50);
});

test('pull goes on where a file ends and fetches nothing twice', async (t) => {
  const { market, options, buyerKey, out } = await setUp(t, 100);
  market.grant(buyerKey, null);
  assert.equal((await dazaar(['pull', SLUG, '--out', out], options)).code, 0);
  await market.core.append(blocksUpTo(150, 100).map((block) => Buffer.from(block)));
  assert.equal((await dazaar(['pull', SLUG, '--out', out], options)).code, 0);
  assert.equal(await readFile(out, 'utf8'), lines(blocksUpTo(150)));
  assert.equal(market.uploads, 150);
});

test('pull --format raw writes the bytes as they are', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 20);
  market.grant(buyerKey, null);
  const { stdout } = await dazaar(['pull', SLUG, '--format', 'raw'], options);
  assert.equal(stdout, blocksUpTo(20).join(''));
});

test('pull killed at any moment and run again leaves no torn, doubled or missing line', async (t) => {
  const { market, options, buyerKey, out } = await setUp(t, 20_000);
  market.grant(buyerKey, null);
  for (let round = 0; round < 6; round += 1) {
    const { child, ended } = startDazaar(['pull', SLUG, '--out', out], options);
    await sleep(400 + round * 90);
    child.kill('SIGKILL');
    await ended;
  }
  const { code, stderr } = await dazaar(['pull', SLUG, '--out', out], options);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  assert.equal(await readFile(out, 'utf8'), lines(blocksUpTo(20_000)));
});

test('pull --live ends with 4 and says how to buy more when access ends', async (t) => {
  const { market, options, buyerKey, out } = await setUp(t, 5);
  market.grant(buyerKey, Date.now() + HOUR_MS);
  const running = startDazaar(['pull', SLUG, '--live', '--out', out], options);
  await until(async () => (await readFile(out, 'utf8').catch(() => '')) === lines(blocksUpTo(5)));
  await market.core.append(Buffer.from(blocksUpTo(6, 5)[0] ?? ''));
  await until(async () => (await readFile(out, 'utf8')) === lines(blocksUpTo(6)));
  market.end(buyerKey, 'expired');
  const { code, stderr } = await running.ended;
  assert.equal(code, 4);
  assert.match(
    stderr,
    /^dazaar: access to small-feed ended at [\d-]+ [\d:]+; buy more with: dazaar buy small-feed --plan 20s\n$/,
  );
  await market.core.append(Buffer.from(blocksUpTo(7, 6)[0] ?? ''));
  market.grant(buyerKey, null);
  assert.equal((await dazaar(['pull', SLUG, '--out', out], options)).code, 0);
  assert.equal(await readFile(out, 'utf8'), lines(blocksUpTo(7)));
});

test('pull says that access was revoked', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, null);
  const running = startDazaar(['pull', SLUG, '--live'], options);
  await until(() => running.stdout() === lines(blocksUpTo(5)));
  market.end(buyerKey, 'revoked');
  const { code, stderr } = await running.ended;
  assert.equal(code, 4);
  assert.match(stderr, /access to small-feed was revoked; buy more/);
});

test('pull --live ends on time by itself when the seeder is gone', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, Date.now() + 4_000);
  const running = startDazaar(['pull', SLUG, '--live'], options);
  await until(() => running.stdout() === lines(blocksUpTo(5)));
  await market.stopSeeder();
  const { code, stderr } = await running.ended;
  assert.equal(code, 4);
  assert.match(stderr, /ended at/);
});

test('pull --live goes on by itself when the seeder comes back', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, null);
  const running = startDazaar(['pull', SLUG, '--live'], options);
  await until(() => running.stdout() === lines(blocksUpTo(5)));
  for (let length = 6; length < 8; length += 1) {
    await market.stopSeeder();
    await sleep(1_000);
    await market.startSeeder();
    await market.core.append(Buffer.from(blocksUpTo(length, length - 1)[0] ?? ''));
    await until(() => running.stdout() === lines(blocksUpTo(length)), 30_000);
  }
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('pull waits for a grant that the seeder has not read yet', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, null);
  market.isBehind = true;
  const running = startDazaar(['pull', SLUG], options);
  await sleep(2_500);
  market.isBehind = false;
  market.grant(buyerKey, null);
  const { code, stdout } = await running.ended;
  assert.equal(code, 0);
  assert.equal(stdout, lines(blocksUpTo(5)));
});

test('a second pull with the same home is told that one is running', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, null);
  const running = startDazaar(['pull', SLUG, '--live'], options);
  await until(() => running.stdout() === lines(blocksUpTo(5)));
  const { code, stderr } = await dazaar(['pull', SLUG], options);
  assert.equal(code, 9);
  assert.match(stderr, /another dazaar pull is running/);
  running.child.kill('SIGINT');
  assert.equal((await running.ended).code, 0);
});

test('pull refuses a file that no pull wrote and leaves it alone', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, null);
  const { code, stderr } = await dazaar(['pull', SLUG, '--out', import.meta.filename], options);
  assert.equal(code, 9);
  assert.match(stderr, /exists and is not from an earlier pull; give another --out/);
});

test('pull ends quietly when its reader has heard enough', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5000);
  market.grant(buyerKey, null);
  const { child, ended } = startDazaar(['pull', SLUG], options);
  child.stdout.once('data', () => child.stdout.destroy());
  const { code, stderr } = await ended;
  assert.equal(code, 0);
  assert.equal(stderr, '');
});

test('pull without a reachable seeder says so instead of hanging', async (t) => {
  const { market, options, buyerKey } = await setUp(t, 5);
  market.grant(buyerKey, null);
  await market.stopSeeder();
  const { code, stderr } = await dazaar(['pull', SLUG], options);
  assert.equal(code, 6);
  assert.match(stderr, /no seeder/);
});
