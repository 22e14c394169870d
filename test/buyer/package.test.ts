import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { buildPackage } from '../../buyer/package/build.ts';
import { epochSeedsJson } from '../../protocol/epoch-tree.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed } from '../support/shop.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLANS = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];
const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    skipLibCheck: true,
  },
  include: ['*.ts'],
};
const run = promisify(execFile);

let market: TestMarket;
let directory: string;
let app: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-package-'));
  app = join(directory, 'app');
  market = await startMarket();
  const built = await buildPackage(join(directory, 'sdk'));
  await run('npm', ['pack', '--pack-destination', directory, built]);
  await mkdir(join(app, '.dazaar'), { recursive: true });
  await writeFile(join(app, 'package.json'), '{ "type": "module" }');
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', [...install, join(directory, 'dazaar-0.1.0.tgz')], { cwd: app });
  await symlink(join(market.dir, 'sandbox'), join(app, '.dazaar/sandbox'));
});

after(async () => {
  await market[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test('the package, installed where there is no repository, type-checks and runs all programs of docs/sdk.md', async () => {
  const { slug, coreKey } = await listFeed(market, [{ n: 1 }, { n: 2 }], PLANS);
  const answer = await fetch(`${market.server.url}/v1/listings/${slug}/card`);
  await writeFile(join(app, 'card.json'), await answer.text());
  const text = await readFile(join(ROOT, 'docs/sdk.md'), 'utf8');
  const programs = [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, program = '']) =>
    program.replace('LISTING_KEY', coreKey).replace('49737', String(market.bootstrap[0]!.port)),
  );
  assert.equal(programs.length, 7);
  await writeFile(join(app, 'readings.root'), `${'5e'.repeat(32)}\n`);
  for (const [i, program] of programs.entries()) {
    await writeFile(join(app, `program-${i}.ts`), `${program}export {};\n`);
  }
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', app]);
  const outputs: string[] = [];
  for (const i of programs.keys()) {
    const env = { ...process.env, HOME: directory };
    const options = { cwd: app, env, timeout: 60_000 };
    const { stdout } = await run(process.execPath, [`program-${i}.ts`], options);
    outputs.push(stdout);
  }
  const [bought, found, opened] = outputs;
  assert.match(bought!, /10000 msat for 7200000 ms\n\{"n":1\}\n\{"n":2\}\n\d+ ms left/);
  assert.equal(found, `${slug}\n`);
  assert.match(opened!, new RegExp(`^${slug} \\d+\n$`));
  assert.match(outputs[5]!, /^[0-9a-f]{64}\n$/);
  const { seeds } = JSON.parse(outputs[6]!);
  assert.ok(epochSeedsJson.safeParse(seeds[0]).success);
});

test('the command dazaar of the package says what it can do', async () => {
  const { stdout } = await run(join(app, 'node_modules/.bin/dazaar'), ['--help']);
  assert.match(stdout, /Buy and pull peer-to-peer data/);
});
