import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openToPostgres } from '../support/open-to-postgres.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const OPEN_WITHIN_MS = 120_000;

const text = await readFile(join(ROOT, 'docs/sell-alone.md'), 'utf8');
const [open = '', ...others] = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!);

describe('docs/sell-alone.md', () => {
  let dir: string;
  let shop: ChildProcess | undefined;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-sell-alone-'));
    await openToPostgres(join(dir, '.dazaar'));
  });
  after(async () => {
    if (shop?.exitCode === null) {
      const exited = once(shop, 'exit');
      process.kill(-shop.pid!, 'SIGINT');
      await exited;
    }
    await rm(dir, { recursive: true, force: true });
  });

  /** Runs commands as they stand in the text, in the folder of their outputs. */
  function start(commands: string): ChildProcess {
    const npx = `npx() { shift; node ${join(ROOT, 'buyer/bin.mjs')} "$@"; }`;
    const env = { ...process.env, HOME: dir, NODE_OPTIONS: '' };
    const script = `set -euo pipefail\n${npx}\n${commands}`;
    return spawn('bash', ['-c', script], {
      cwd: dir,
      env: { ...env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  async function run(commands: string): Promise<string> {
    const child = start(commands);
    let output = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const [code] = await once(child, 'exit');
    assert.equal(code, 0, `${commands}\n${output}`);
    return output;
  }

  it('opens a shop', { timeout: OPEN_WITHIN_MS }, async () => {
    shop = start(open);
    let printed = '';
    await new Promise<void>((resolve, reject) => {
      shop!.once('exit', () => reject(new Error(`the shop ended: ${printed}`)));
      for (const stream of [shop!.stdout!, shop!.stderr!]) {
        stream.on('data', (chunk) => {
          printed += chunk;
          if (printed.includes('Stop with Ctrl-C')) resolve();
        });
      }
    });
    assert.match(printed, /garden-thermometer: 2 blocks/);
  });

  it('appends, makes a card that somebody buys by and writes to, and tells of sales', async () => {
    const outputs = [];
    for (const commands of others) outputs.push(await run(commands));
    const [appended, card, bought, told] = outputs as [string, string, string, string];
    assert.match(appended, /^(garden-thermometer: 1 block, \d+ B\n){2}$/);
    assert.match(card, /The card is good: "Garden thermometer" of Garden & Sons/);
    assert.match(bought, /You have access until/);
    const rows = (await readFile(join(dir, 'garden.ndjson'), 'utf8')).trim().split('\n');
    assert.equal(rows.length, 4);
    assert.match(told, /question {2}from [0-9a-f]{64} .*\n {2}Does it hang in the shade\?/);
    assert.match(told, /Earned 50 sat\./);
    assert.match(await readFile(join(dir, 'sales.csv'), 'utf8'), /^id,createdAt/);
  });
});
