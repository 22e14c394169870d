import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { connect, startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, until } from '../support/shop.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROWS = Array.from({ length: 20 }, (_, i) => ({ i }));
const LINES = ROWS.map((row) => `${JSON.stringify(row)}\n`).join('');
const run = promisify(execFile);

let market: TestMarket;
let dir: string;
let slug: string;
let programs: { cli: string; javaScript: string; curl: string };

before(async () => {
  market = await startMarket();
  await until(async () => (await market.db.prisma.seeder.count()) > 0);
  dir = join(market.dir, 'buyer');
  await mkdir(dir);
  ({ slug } = await listFeed(
    market,
    ROWS,
    [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }],
    { terms: 'Say where it is from.' },
  ));
  programs = await programsOn(`${market.server.url}/listings/${slug}`);
});

after(() => market[Symbol.asyncDispose]());

/** What the page tells people to type. */
async function programsOn(address: string) {
  const page = await (await fetch(address, { headers: { accept: 'text/html' } })).text();
  const blocks = [...page.matchAll(/<pre [^>]*data-copy-name[^>]*><code>(.*?)<\/code><\/pre>/gs)];
  const [cli, javaScript, curl] = blocks.map(([, text]) => plain(text!));
  assert.ok(cli && javaScript && curl, 'three programs');
  return { cli, javaScript, curl };
}

function plain(text: string): string {
  const signs = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return Object.entries(signs).reduce((all, [name, sign]) => all.replaceAll(name, sign), text);
}

function shell(script: string) {
  const npx = `npx() { shift; node ${join(ROOT, 'buyer/bin.mjs')} "$@"; }`;
  const env = {
    ...process.env,
    DAZAAR_HOME: join(dir, 'home'),
    DAZAAR_SANDBOX_DIR: join(market.dir, 'sandbox'),
  };
  return run('bash', ['-c', `set -euo pipefail\n${npx}\n${script}`], { cwd: dir, env });
}

test('the commands on the page buy the feed and pull it', async () => {
  await shell(programs.cli);
  assert.equal(await readFile(join(dir, `${slug}.ndjson`), 'utf8'), LINES);
});

test('the JavaScript on the page reads what the commands bought, from peer to peer', async () => {
  // Where its packages are found.
  const file = join(ROOT, `node_modules/.listing-${slug}.mjs`);
  await writeFile(file, programs.javaScript);
  const { stdout } = await shell(`node ${file}; rm ${file}`);
  assert.equal(stdout, LINES);
});

test('the curl on the page is answered with an invoice, and once that is paid with the feed', async () => {
  const [ask, ...read] = programs.curl.split('\n');
  const { stdout } = await shell(ask!);
  const [, macaroon] = /macaroon="([^"]+)"/.exec(stdout)!;
  const [, bolt11] = /invoice="([^"]+)"/.exec(stdout)!;
  const buyer = connect(market.sandbox.nodes.buyer);
  const paid = await buyer.pay({ bolt11: bolt11!, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
  assert.ok(paid.state === 'succeeded', paid.state);
  const preimage = Buffer.from(paid.preimage).toString('hex');
  const typed = read
    .join('\n')
    .replace('MACAROON=… PREIMAGE=…', `MACAROON=${macaroon} PREIMAGE=${preimage}`);
  assert.equal((await shell(typed)).stdout, LINES);
});
