import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buyerKeyIn, dazaar } from './cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const NOBODY = 'http://127.0.0.1:9';

async function homeOf(t: TestContext) {
  return join(await temporaryDirectory(t), 'home');
}

test('keygen stores a key for the owner only and never overwrites it unasked', async (t) => {
  const home = await homeOf(t);
  const options = { home, market: NOBODY };
  const first = await dazaar(['keygen', '--json'], options);
  assert.equal(first.code, 0);
  const key = await buyerKeyIn(home);
  assert.equal(JSON.parse(first.stdout).buyerKey, key);
  const path = join(home, 'identity.json');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(home)).mode & 0o777, 0o700);
  const again = await dazaar(['keygen'], options);
  assert.equal(again.code, 9);
  assert.match(again.stderr, new RegExp(`^dazaar: you have a key already: ${key} in .+\n$`));
  assert.equal(await buyerKeyIn(home), key);
});

test('keygen --force keeps the old key beside the new one', async (t) => {
  const home = await homeOf(t);
  const options = { home, market: NOBODY };
  await dazaar(['keygen'], options);
  const old = await readFile(join(home, 'identity.json'), 'utf8');
  assert.equal((await dazaar(['keygen', '--force'], options)).code, 0);
  const kept = (await readdir(home)).find((name) => name.endsWith('.old'));
  assert.equal(await readFile(join(home, kept ?? ''), 'utf8'), old);
  assert.notEqual(await readFile(join(home, 'identity.json'), 'utf8'), old);
});

test('a damaged key file is named, not replaced', async (t) => {
  const home = await homeOf(t);
  const options = { home, market: NOBODY };
  await dazaar(['keygen'], options);
  const path = join(home, 'identity.json');
  await writeFile(path, '{"version":1}');
  const { code, stderr } = await dazaar(['status'], options);
  assert.equal(code, 9);
  assert.equal(
    stderr,
    `dazaar: your key file ${path} is not a key file; restore it from a backup, or replace it: dazaar keygen --force\n`,
  );
});

test('a market that is not there ends with 5 and says what to do', async (t) => {
  const home = await homeOf(t);
  const { code, stderr, stdout } = await dazaar(['browse'], { home, market: NOBODY });
  assert.equal(code, 5);
  assert.equal(stdout, '');
  assert.equal(
    stderr,
    'dazaar: no market answers at http://127.0.0.1:9 (bad port); start one with npm start, or name another with --market URL\n',
  );
});

test('something else than a market ends with 5 and says so', async (t) => {
  const server = createServer((_request, response) => response.end('<html>hello</html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const market = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stderr } = await dazaar(['browse', '--json'], { home: await homeOf(t), market });
  assert.equal(code, 5);
  const { error } = JSON.parse(stderr);
  assert.equal(error.code, 'market-misbehaves');
  assert.equal(error.exitCode, 5);
});

const WRONG_USES: [string[], RegExp][] = [
  [['barter'], /^dazaar: unknown command 'barter'.*; see dazaar --help\n$/],
  [['sell', '--title', 'A', '--plan', 'hour'], /^dazaar: "hour" is no plan; say it as hour=100sat/],
  [['sell', '--title', 'A', '--lnd', 'localhost:1'], /^dazaar: a node of your own takes --lnd/],
  [['append', 'feed', '--format', 'xml'], /^dazaar: --format must be one of ndjson, csv/],
  [['append', 'feed', '--watch', '.', '--anew'], /^dazaar: --watch DIR is instead of a file/],
  [['buy'], /^dazaar: missing required argument 'listing'; see dazaar buy --help\n$/],
  [['browse', '--nope'], /^dazaar: unknown option '--nope'.*; see dazaar browse --help\n$/],
  [
    ['buy', '--json'],
    /^\{"error":\{"code":"usage","message":"missing required argument 'listing'"/,
  ],
  [['pull', 'feed', '--from', '-1'], /^dazaar: --from must be a block number: 0, 1, 2 …\n$/],
  [['pull', 'feed', '--from', '5', '--to', '4'], /^dazaar: --from 5 is after --to 4\n$/],
  [['pull', 'feed', '--format', 'xml'], /^dazaar: --format must be ndjson or raw\n$/],
  [['pull', 'feed', '--overwrite'], /^dazaar: --overwrite is for --out FILE\n$/],
  [
    ['show', 'No Slug'],
    /^dazaar: there is no listing "No Slug"; see what there is: dazaar browse\n$/,
  ],
  [
    ['buy', 'feed', '--plan', 'x', '--wallet', 'purse'],
    /^dazaar: "purse" is not a wallet; use sandbox/,
  ],
  [['browse', '--market', 'ftp://x'], /^dazaar: "ftp:\/\/x" is not the address of a market; /],
];

for (const [args, line] of WRONG_USES) {
  test(`dazaar ${args.join(' ')} ends with 2 and one line`, async (t) => {
    const ended = await dazaar(args, { home: await homeOf(t), market: NOBODY });
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, line);
  });
}

test('a home that is a file ends with 9 and says so', async (t) => {
  const home = await homeOf(t);
  await writeFile(home, '');
  const { code, stderr } = await dazaar(['keygen'], { home, market: NOBODY });
  assert.equal(code, 9);
  assert.match(stderr, /^dazaar: .+: there is something of that name already\n$/);
});

test('buy without a sandbox ends with 7 and says what else there is', async (t) => {
  const home = await homeOf(t);
  const options = { home, market: NOBODY, env: { DAZAAR_SANDBOX_DIR: home } };
  const { code, stderr } = await dazaar(['buy', 'feed', '--plan', 'hour'], options);
  assert.equal(code, 7);
  assert.match(
    stderr,
    /^dazaar: there is no Lightning sandbox in .+; run this where npm start runs/,
  );
});

test('every command has help with the global options', async (t) => {
  const home = await homeOf(t);
  for (const command of ['keygen', 'browse', 'show', 'buy', 'pull', 'status', 'sell', 'append']) {
    const { code, stdout } = await dazaar([command, '--help'], { home, market: NOBODY });
    assert.equal(code, 0);
    assert.match(stdout, /--market <url>/);
  }
});
