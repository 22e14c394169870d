import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { until } from '../seeder/loopback.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed } from '../support/shop.ts';
import { type CliOptions, dazaar, startDazaar } from './cli.ts';

const NOWHERE = 'http://127.0.0.1:9';
const PLANS = [{ name: 'short', kind: 'time', periodMs: 5_000, priceMsat: '5000' }];
const HOUR = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];

let market: TestMarket;
let directory: string;
let homes = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-cli-'));
  market = await startMarket();
});

after(async () => {
  await market[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A buyer who knows no market, only cards and keys. */
function newBuyer(): CliOptions {
  const home = join(directory, `home-${homes++}`);
  return { home, market: NOWHERE, env: { DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox') } };
}

async function cardFile(slug: string): Promise<string> {
  const answer = await fetch(`${market.server.url}/v1/listings/${slug}/card`);
  const path = join(directory, `${slug}.json`);
  await writeFile(path, await answer.text());
  return path;
}

const linesOf = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('what a card names is bought, pulled, extended and told of without the market’s address', async () => {
  const { slug } = await listFeed(market, [{ n: 1 }], HOUR);
  const card = await cardFile(slug);
  const buyer = newBuyer();
  const bought = await dazaar(['buy', card, '--plan', 'hour'], buyer);
  assert.equal(bought.code, 0, bought.stderr);
  assert.equal(bought.stderr, '');
  assert.match(bought.stdout, /Paid in coins of sandbox, which are worth nothing/);
  assert.match(bought.stdout, /You have access until .* \((1 h|59 min \d+ s) left\)/);
  const pulled = await dazaar(['pull', slug], buyer);
  assert.equal(pulled.stdout, '{"n":1}\n', pulled.stderr);
  const renewed = await dazaar(['renew', slug, '--json'], buyer);
  assert.equal(renewed.code, 0, renewed.stderr);
  const granted = linesOf(renewed.stdout).at(-1);
  assert.equal(granted.event, 'granted');
  const status = await dazaar(['status', '--json'], buyer);
  assert.equal(status.code, 0, status.stderr);
  const [{ swarm }] = linesOf(status.stdout);
  assert.equal(swarm[0].listing, slug);
  assert.equal(swarm[0].report.expiresAtMs, granted.order.grant.expiresAtMs);
  assert.match((await dazaar(['status'], buyer)).stdout, new RegExp(`${slug}\\s+1 h`));
});

test('a listing key is enough, with a node of the DHT', async () => {
  const { coreKey } = await listFeed(market, [{ n: 1 }], HOUR);
  const { host, port } = market.bootstrap[0]!;
  const args = ['buy', coreKey, '--plan', 'hour', '--bootstrap', `${host}:${port}`, '--json'];
  const { code, stdout, stderr } = await dazaar(args, newBuyer());
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    linesOf(stdout).map(({ event }) => event),
    ['order', 'paid', 'granted'],
  );
});

test('renew --watch goes on within its budget and says when it is spent', async () => {
  const { slug } = await listFeed(market, [{ n: 1 }], PLANS);
  const card = await cardFile(slug);
  const buyer = newBuyer();
  assert.equal((await dazaar(['buy', card, '--plan', 'short'], buyer)).code, 0);
  const watching = startDazaar(['renew', slug, '--watch', '--budget', '10', '--json'], buyer);
  await until(() => watching.stdout().includes('budget-spent'), 'the budget is spent', 60_000);
  watching.child.kill('SIGINT');
  const { code, stdout, stderr } = await watching.ended;
  assert.equal(code, 0, stderr);
  const events = linesOf(stdout).map(({ event }) => event);
  assert.equal(events.filter((event) => event === 'renewed').length, 2);
});

for (const [args, line] of [
  [['renew', 'x-feed', '--watch'], /--watch spends by itself; say how much at most: --budget SAT/],
  [['renew', 'x-feed', '--budget', '5'], /--budget is for --watch/],
  [
    ['buy', 'nowhere.json', '--plan', 'x'],
    /nowhere\.json cannot be read \(no such file or directory\)/,
  ],
  [['buy', '0'.repeat(64), '--bootstrap', 'here'], /"here" is no DHT node/],
] as const) {
  test(`dazaar ${args.join(' ').slice(0, 60)} is refused in one line`, async () => {
    const { code, stdout, stderr } = await dazaar(args, newBuyer());
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, line);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
}

test('words are backed up on demand, restored elsewhere, and never overwrite keys', async () => {
  const buyer = newBuyer();
  const made = await dazaar(['keygen', '--words'], buyer);
  assert.equal(made.code, 0, made.stderr);
  const backup = await dazaar(['identity', 'backup'], buyer);
  assert.match(backup.stdout, /^([a-z]+ ){11}[a-z]+\n$/);
  assert.equal(made.stdout.includes(backup.stdout.trim()), false, 'not told unasked');
  const elsewhere = newBuyer();
  assert.equal((await restore(backup.stdout, elsewhere)).code, 0);
  assert.equal(
    await readFile(join(elsewhere.home, 'identity.json'), 'utf8'),
    await readFile(join(buyer.home, 'identity.json'), 'utf8'),
  );
  const again = await restore(backup.stdout, elsewhere);
  assert.equal(again.code, 9);
  assert.match(again.stderr, /there are keys in .* already/);
  const misspelt = await restore('abandon abandon', newBuyer());
  assert.equal(misspelt.code, 2);
});

test('keys of words buy at the market, and are rotated there', async () => {
  const { slug } = await listFeed(market, [{ n: 1 }], HOUR);
  const buyer = { ...newBuyer(), market: market.server.url };
  await dazaar(['keygen', '--words'], buyer);
  assert.equal((await dazaar(['buy', slug, '--plan', 'hour'], buyer)).code, 0);
  const before = linesOf((await dazaar(['status', '--json'], buyer)).stdout)[0];
  const rotated = await dazaar(['rotate', '--json'], buyer);
  assert.equal(rotated.code, 0, rotated.stderr);
  const after = linesOf((await dazaar(['status', '--json'], buyer)).stdout)[0];
  assert.notEqual(after.buyerKey, before.buyerKey);
  assert.equal(after.grants[0].state, 'live');
  const backup = await dazaar(['identity', 'backup'], buyer);
  const elsewhere = { ...newBuyer(), market: market.server.url };
  await restore(backup.stdout, elsewhere);
  const there = linesOf((await dazaar(['status', '--json'], elsewhere)).stdout)[0];
  assert.equal(there.buyerKey, after.buyerKey);
  const pulled = await dazaar(['pull', slug], elsewhere);
  assert.equal(pulled.stdout, '{"n":1}\n', pulled.stderr);
});

async function restore(backup: string, { home }: CliOptions) {
  const bin = join(import.meta.dirname, '../../buyer/bin.mjs');
  const child = spawn(process.execPath, [bin, 'identity', 'restore', '--home', home]);
  child.stdin.end(backup);
  const stderr = text(child.stderr);
  child.stdout.resume();
  const [code] = await once(child, 'close');
  return { code, stderr: await stderr };
}
