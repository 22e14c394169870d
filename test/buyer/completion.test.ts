import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { dazaar } from './cli.ts';
import { SLUG, SmallMarket } from './small-market.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const BIN = join(import.meta.dirname, '../../buyer/bin.mjs');
const NOBODY = 'http://127.0.0.1:9';

test('bash completes commands, options, their values and the listings of the market', async (t) => {
  const directory = await temporaryDirectory(t);
  const market = await SmallMarket.start(join(directory, 'seeder'), []);
  t.after(() => market.stop());
  const complete = await bashIn(directory);
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
  const command = join(directory, 'dazaar');
  const exec = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`;
  await writeFile(command, exec, { mode: 0o755 });
  const script = `source <(dazaar completion bash)
COMP_WORDS=(dazaar "$@") COMP_CWORD=$#
_dazaar
(( \${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return async (market: string, words: string[]): Promise<string[]> => {
    const path = `${directory}:${process.env.PATH}`;
    const env = { ...process.env, PATH: path, DAZAAR_HOME: directory, DAZAAR_MARKET: market };
    const run = promisify(execFile);
    const { stdout, stderr } = await run('bash', ['-c', script, 'bash', ...words], { env });
    assert.equal(stderr, '');
    return stdout.split('\n').filter((line) => line !== '');
  };
}
