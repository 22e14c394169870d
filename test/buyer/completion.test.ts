import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { dazaar } from './cli.ts';
import { SLUG, SmallMarket } from './small-market.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const BIN = join(import.meta.dirname, '../../buyer/bin.mjs');
const NOBODY = 'http://127.0.0.1:9';

let market: SmallMarket;
before(async () => {
  market = await SmallMarket.start(await temporaryDirectory({ after }), []);
});
after(() => market.stop());

test('bash completes commands, options, their values and the listings of the market', async (t) => {
  const complete = await bashIn(await temporaryDirectory(t));
  const at = (...words: string[]) => complete(market.url, words);
  assert.deepEqual(await at('pu'), ['pull']);
  assert.deepEqual(await at('pull', ''), [SLUG]);
  assert.deepEqual(await at('pull', SLUG, '--fr'), ['--from']);
  assert.deepEqual(await at('pull', '--from', '5', ''), [SLUG]);
  assert.deepEqual(await at('export', SLUG, '--format', ''), ['csv', 'ndjson', 'parquet']);
  assert.deepEqual(await at('pull', SLUG, '--out', ''), []);
  assert.deepEqual(await at('identity', ''), ['backup', 'restore', 'help']);
  assert.deepEqual(await at('completion', 'b'), ['bash']);
  assert.ok((await at('')).includes('sell'));
  assert.ok(!(await at('')).includes('complete'));
  assert.deepEqual(await complete(NOBODY, ['--market', market.url, 'show', '']), [SLUG]);
});

test('zsh completes the same, and files where none of these stands', needs('zsh'), async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'unique-file'), '');
  // A shell without a file of settings, so that it has not set up completion either.
  const script = `zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'bindkey -e; source <(dazaar completion zsh)'
for line; do zpty -w -n inner "$line"$'\\t\\C-aprint -r -- "\\C-e" >> said\\n'; done
zpty -w inner exit
while zpty -r inner chunk; do :; done`;
  const lines = {
    'dazaar pu': 'dazaar pull',
    'dazaar pull ': `dazaar pull ${SLUG}`,
    'dazaar pull x --fr': 'dazaar pull x --from',
    'dazaar export x --format p': 'dazaar export x --format parquet',
    'dazaar pull x --out uni': 'dazaar pull x --out unique-file',
  };
  await shellIn(directory, market.url, 'zsh', ['-f', '-c', script, 'zsh', ...Object.keys(lines)]);
  const said = await readFile(join(directory, 'said'), 'utf8');
  assert.deepEqual(said.trimEnd().split(/ *\n/), Object.values(lines));
});

test('fish completes the same, and files where none of these stands', needs('fish'), async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, 'unique-file'), '');
  const script = `dazaar completion fish | source
for line in $argv; complete -C $line; echo end; end`;
  const lines = {
    'dazaar pu': 'pull',
    'dazaar pull ': SLUG,
    'dazaar pull x --fr': '--from',
    'dazaar export x --format ': 'csv ndjson parquet',
    'dazaar pull x --out uni': 'unique-file',
  };
  const asked = ['--no-config', '-c', script, ...Object.keys(lines)];
  const said = await shellIn(directory, market.url, 'fish', asked);
  const found = said.split('end\n').slice(0, -1);
  assert.deepEqual(
    found.map((words) => words.trimEnd().replaceAll('\n', ' ')),
    Object.values(lines),
  );
});

test('without a market there are no listings to complete, and no word of it', async (t) => {
  const complete = await bashIn(await temporaryDirectory(t));
  assert.deepEqual(await complete(NOBODY, ['pull', '']), []);
  assert.deepEqual(await complete('no address', ['pull', '']), []);
});

test('a shell that is not known is refused by name', async (t) => {
  const home = await temporaryDirectory(t);
  for (const shell of ['zsh', 'fish']) {
    const { code, stdout } = await dazaar(['completion', shell], { home });
    assert.equal(code, 0);
    assert.match(stdout, /complete -- /);
  }
  const { code, stderr } = await dazaar(['completion', 'tcsh'], { home });
  assert.equal(code, 2);
  assert.match(stderr, /Allowed choices are bash, zsh, fish/);
});

/** What a bash that has read the script makes of a line, up to the cursor behind its last word. */
async function bashIn(directory: string) {
  const script = `source <(dazaar completion bash)
COMP_WORDS=(dazaar "$@") COMP_CWORD=$#
_dazaar
(( \${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return async (market: string, words: string[]): Promise<string[]> => {
    const stdout = await shellIn(directory, market, 'bash', ['-c', script, 'bash', ...words]);
    return stdout.split('\n').filter((line) => line !== '');
  };
}

/** Runs a shell that finds the command; fails on any word of an error. */
async function shellIn(
  directory: string,
  market: string,
  shell: string,
  args: string[],
): Promise<string> {
  const exec = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`;
  await writeFile(join(directory, 'dazaar'), exec, { mode: 0o755 });
  const path = `${directory}:${process.env.PATH}`;
  const home = { HOME: directory, DAZAAR_HOME: directory, DAZAAR_MARKET: market };
  const env = { ...process.env, PATH: path, ...home };
  const run = promisify(execFile);
  const { stdout, stderr } = await run(shell, args, { env, cwd: directory });
  assert.equal(stderr, '');
  return stdout;
}

function needs(shell: string) {
  const isHere = spawnSync(shell, ['-c', 'true']).status === 0;
  return { skip: !isHere && `there is no ${shell}: apt-get install ${shell}` };
}
