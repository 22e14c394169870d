import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../prisma/seed/catalogue.ts';
import { freePort } from './support/free-port.ts';
import { openToPostgres } from './support/open-to-postgres.ts';
import { until } from './support/until.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const ACCESS_ENDED = 4;

/** Run by .ci/run itself, before and after this. */
const RUN_BY_CI = ['npm ci', 'npm test', 'npm run verify'];

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) =>
  block!.trim().split('\n'),
);

describe('the README', () => {
  let dir: string;
  let env: NodeJS.ProcessEnv;
  let market: ChildProcess;
  let printed = '';

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-readme-'));
    await openToPostgres(join(dir, 'market'));
    const port = await freePort();
    env = {
      ...process.env,
      PORT: String(port),
      GATEWAY_PORT: '0',
      DAZAAR_DATA: join(dir, 'market'),
      DAZAAR_SANDBOX_DIR: join(dir, 'market', 'sandbox'),
      DAZAAR_HOME: join(dir, 'buyer'),
      DAZAAR_MARKET: `http://127.0.0.1:${port}`,
      NODE_OPTIONS: '',
    };
    delete env.NODE_TEST_CONTEXT;
    delete env.DATABASE_URL;
  });

  after(async () => {
    if (market) await stop(market);
    await rm(dir, { recursive: true, force: true });
  });

  it('has no command that is not run', () => {
    const run = [...RUN_BY_CI, 'npm start', ...bought, ...live, ...byCard, seller, bench];
    assert.deepEqual(commands.toSorted(), run.toSorted());
  });

  it('starts a market with one command, which says how to buy', {
    timeout: START_TIMEOUT_MS,
  }, async () => {
    market = spawn('npm start', { shell: true, cwd: ROOT, env, detached: true });
    market.stderr!.on('data', (chunk) => process.stderr.write(chunk));
    await new Promise<void>((resolve, reject) => {
      market.once('exit', () => reject(new Error(`npm start ended: ${printed}`)));
      market.stdout!.on('data', (chunk) => {
        printed += chunk;
        if (printed.includes('Ctrl-C')) resolve();
      });
    });
    // What it prints names the market besides, for its port here is not the usual one.
    for (const command of bought) assert.ok(printed.includes(command.split(' --out')[0]!), printed);
  });

  const bought = [
    'npx dazaar browse',
    'npx dazaar buy seattle-weather --plan hour --wallet sandbox',
    'npx dazaar pull seattle-weather --out seattle-weather.ndjson',
  ];
  it('buys a data set and pulls it, equal byte for byte to its source', async () => {
    for (const command of bought) await succeed(command);
    const dataset = catalogue.find(({ listing }) => listing.slug === 'seattle-weather');
    const rows = [...dataset!.blocks()].map((block) => `${Buffer.from(block).toString()}\n`);
    assert.equal(await readFile(join(dir, 'seattle-weather.ndjson'), 'utf8'), rows.join(''));
  });

  const live = [
    'npx dazaar buy live-demo-sensor --plan 20s --wallet sandbox',
    'npx dazaar pull live-demo-sensor --live --out live.ndjson',
  ];
  it('cuts a live pull when the 20 seconds are over, and goes on after buying again', async () => {
    const [buy, pull] = live as [string, string];
    const lines = [];
    for (let round = 0; round < 2; round++) {
      await succeed(buy);
      const { code, stderr } = await run(pull);
      assert.equal(code, ACCESS_ENDED, stderr);
      assert.match(stderr, /access .* ended/i);
      lines.push((await readFile(join(dir, 'live.ndjson'), 'utf8')).trimEnd().split('\n'));
    }
    const [first, second] = lines as [string[], string[]];
    assert.ok(first.length > 5, 'some seconds of readings');
    assert.deepEqual(second.slice(0, first.length), first, 'nothing is pulled twice');
    assert.ok(second.length > first.length);
  });

  const byCard = [
    'curl -s http://127.0.0.1:8470/v1/listings/mauna-loa-co2/card -o co2.json',
    'npx dazaar buy co2.json --plan hour --wallet sandbox',
    'npx dazaar pull co2.json --out co2.ndjson',
  ];
  it('buys and pulls with a card alone', async () => {
    const [fetchCard, ...commands] = byCard as [string, ...string[]];
    await succeed(fetchCard.replace('http://127.0.0.1:8470', env.DAZAAR_MARKET!));
    for (const command of commands) await succeed(command);
    const dataset = catalogue.find(({ listing }) => listing.slug === 'mauna-loa-co2');
    const lines = (await readFile(join(dir, 'co2.ndjson'), 'utf8')).trimEnd().split('\n');
    assert.equal(lines.length, [...dataset!.blocks()].length);
  });

  const seller = 'npm run seller -- "Weather & Sons"';
  it('makes a seller with an API key that the market knows', async () => {
    const { stdout } = await succeed(seller, ROOT);
    const key = /dzr_sandbox_\S+/.exec(stdout)?.[0];
    const answer = await fetch(`${env.DAZAAR_MARKET}/v1/seller/listings`, {
      headers: { authorization: `Bearer ${key}` },
    });
    assert.deepEqual(await answer.json(), { listings: [], nextCursor: null });
  });

  it('sells, webhook and payout included, as docs/sell.md says', async () => {
    await symlink(join(ROOT, 'examples'), join(dir, 'examples'));
    const script = join(dir, 'sell.sh');
    await writeFile(script, await sellScript());
    await succeed(`bash ${script}`);
    const read = async (file: string) =>
      (await readFile(join(dir, file), 'utf8')).trim().split('\n');
    assert.deepEqual(
      (await read('garden.ndjson')).map((line) => JSON.parse(line).celsius),
      [21.5, 21.4, 21.3],
    );
    const events = (await read('events.ndjson')).map((line) => JSON.parse(line).type);
    assert.deepEqual(events.toSorted(), ['grant.issued', 'order.paid']);
    assert.match(await readFile(join(dir, 'sales.csv'), 'utf8'), /garden-thermometer/);
    const { key } = JSON.parse(await readFile(join(dir, 'key.json'), 'utf8'));
    const { id } = JSON.parse(await readFile(join(dir, 'payout.json'), 'utf8'));
    await until(async () => {
      const answer = await fetch(`${env.DAZAAR_MARKET}/v1/seller/payouts/${id}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return ((await answer.json()) as { state: string }).state === 'paid';
    });
  });

  /** The commands of docs/sell.md as they stand there, but for the two ports. */
  async function sellScript(): Promise<string> {
    const receiver = await freePort();
    const text = await readFile(join(ROOT, 'docs/sell.md'), 'utf8');
    const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block);
    return [
      'set -euo pipefail',
      `npx() { [ "$1" = dazaar ] || exec "$@"; shift; node ${join(ROOT, 'buyer/bin.mjs')} "$@"; }`,
      ...blocks,
    ]
      .join('\n')
      .replace('http://127.0.0.1:8470', env.DAZAAR_MARKET!)
      .replaceAll('8480', String(receiver));
  }

  const bench = 'npm run bench -- revoke-latency';
  it('measures', async () => {
    const { stdout } = await succeed(bench, ROOT);
    const figures = JSON.parse(stdout.trim().split('\n').at(-1)!);
    assert.equal(figures.blocksAfterCut, 0);
  });

  async function succeed(command: string, cwd = dir) {
    const result = await run(command, cwd);
    assert.equal(result.code, 0, `${command}: ${result.stderr}`);
    return result;
  }

  async function run(command: string, cwd = dir) {
    // In the folder of the outputs, the checkout's own program is found where npx would find it.
    const path = `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH}`;
    const line = command.replace(/^npx dazaar/, `node ${join(ROOT, 'buyer/bin.mjs')}`);
    const child = spawn(line, { shell: true, cwd, env: { ...env, PATH: path } });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const [code] = await once(child, 'exit');
    return { code: code as number, ...output };
  }
});

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid!, 'SIGINT');
  await exited;
}
