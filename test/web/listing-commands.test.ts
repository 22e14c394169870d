import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, until } from '../support/shop.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLANS = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
const ROWS = Array.from({ length: 20 }, (_, i) => ({ i }));
const LINES = ROWS.map((row) => `${JSON.stringify(row)}\n`).join('');
const run = promisify(execFile);

let market: TestMarket;

before(async () => {
  market = await startMarket();
  await until(async () => (await market.db.prisma.seeder.count()) > 0);
});

after(() => market[Symbol.asyncDispose]());

interface Programs {
  slug: string;
  cli: string;
  javaScript: string;
  curl: string;
  /** Where they are run, as in a checkout. */
  dir: string;
}

/** What the page of a feed tells people to type. */
async function programsOf(slug: string): Promise<Programs> {
  const dir = await mkdtemp(join(market.dir, 'checkout-'));
  await installSdk(join(dir, 'node_modules/dazaar'));
  const page = await fetch(`${market.server.url}/listings/${slug}`, {
    headers: { accept: 'text/html' },
  });
  const blocks = (await page.text()).matchAll(
    /<pre [^>]*data-copy-name[^>]*><code>(.*?)<\/code><\/pre>/gs,
  );
  const [cli, javaScript, curl] = [...blocks].map(([, text]) => plain(text!));
  assert.ok(cli && javaScript && curl, 'three programs');
  return { slug, cli, javaScript, curl, dir };
}

/** The SDK as it is here: how the package is made of it is another test's. */
async function installSdk(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const exports = JSON.stringify({ type: 'module', exports: './index.js' });
  await writeFile(join(dir, 'package.json'), exports);
  const sdk = JSON.stringify(pathToFileURL(join(ROOT, 'buyer/index.ts')).href);
  await writeFile(join(dir, 'index.js'), `export * from ${sdk};\n`);
}

function plain(text: string): string {
  const signs = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return Object.entries(signs).reduce((all, [name, sign]) => all.replaceAll(name, sign), text);
}

async function shell(dir: string, script: string): Promise<string> {
  const npx = `npx() { shift; node ${join(ROOT, 'buyer/bin.mjs')} "$@"; }`;
  const env = {
    ...process.env,
    DAZAAR_HOME: join(dir, 'home'),
    DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox'),
  };
  await mkdir(env.DAZAAR_HOME, { recursive: true });
  const line = `set -euo pipefail\n${npx}\n${script}`;
  return (await run('bash', ['-c', line], { cwd: dir, env })).stdout;
}

/** Runs the program as it stands, with the key that the commands bought access for. */
async function runJavaScript({ dir, javaScript }: Programs): Promise<string> {
  await writeFile(join(dir, 'program.mjs'), javaScript);
  return shell(dir, 'node program.mjs');
}

/** Runs the first line, pays what it was answered with, and runs the rest. */
async function runCurl({ dir, curl }: Programs): Promise<string> {
  const [ask, ...read] = curl.split('\n');
  const challenge = await shell(dir, ask!);
  const [, macaroon] = /macaroon="([^"]+)"/.exec(challenge)!;
  const [, bolt11] = /invoice="([^"]+)"/.exec(challenge)!;
  const buyer = connect(market.sandbox.nodes.buyer);
  const paid = await buyer.pay({ bolt11: bolt11!, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
  assert.ok(paid.state === 'succeeded', paid.state);
  const typed = `MACAROON=${macaroon} PREIMAGE=${Buffer.from(paid.preimage).toString('hex')}`;
  return shell(dir, read.join('\n').replace('MACAROON=… PREIMAGE=…', typed));
}

describe('the programs on the page of a feed of blocks', () => {
  let programs: Programs;

  before(async () => {
    const { slug } = await listFeed(market, ROWS, PLANS, { terms: 'Say where it is from.' });
    programs = await programsOf(slug);
  });

  test('the commands buy it and pull it', async () => {
    await shell(programs.dir, programs.cli);
    const pulled = join(programs.dir, `${programs.slug}.ndjson`);
    assert.equal(await readFile(pulled, 'utf8'), LINES);
  });

  test('the JavaScript reads what the commands bought, from peer to peer', async () => {
    assert.equal(await runJavaScript(programs), LINES);
  });

  test('curl is answered with an invoice, and once that is paid with the blocks', async () => {
    assert.equal(await runCurl(programs), LINES);
  });
});

test('the programs on the page of a Hyperbee buy it and read its entries, with keys made from words', async () => {
  const { slug } = await listFeed(market, [], PLANS, { feed: { kind: 'hyperbee' } });
  const path = `/v1/seller/listings/${slug}/entries?batchId=a`;
  await call(market, 'POST', path, [{ op: 'put', key: 'bern', value: { rank: 1 } }], 201);
  const programs = await programsOf(slug);
  await shell(programs.dir, 'npx dazaar keygen --words');
  await shell(programs.dir, programs.cli);
  const pulled = await readFile(join(programs.dir, `${slug}.ndjson`), 'utf8');
  assert.equal(pulled, '{"key":"bern","value":{"rank":1}}\n');
  assert.equal(await runJavaScript(programs), 'bern { rank: 1 }\n');
  const { entries } = JSON.parse(await runCurl(programs));
  assert.deepEqual(
    entries.map(({ key, value }: { key: string; value: unknown }) => [key, value]),
    [['bern', { rank: 1 }]],
  );
});

test('the programs on the page of a sealed Hyperdrive buy it and list its files', async () => {
  const feed = { kind: 'hyperdrive', mode: 'sealed' };
  const { slug } = await listFeed(market, [], PLANS, { feed });
  const answer = await fetch(`${market.server.url}/v1/seller/listings/${slug}/files/2026/a.txt`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'text/plain' },
    body: 'hello',
  });
  assert.equal(answer.status, 200);
  const programs = await programsOf(slug);
  await shell(programs.dir, programs.cli);
  assert.equal(await readFile(join(programs.dir, slug, '2026/a.txt'), 'utf8'), 'hello');
  assert.equal(await runJavaScript(programs), '/2026/a.txt 5\n');
  const { files } = JSON.parse(await runCurl(programs));
  assert.deepEqual(
    files.map(({ path }: { path: string }) => path),
    ['/2026/a.txt'],
  );
});
