import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from './harness.ts';

const START = new URL('../../sandbox/start.ts', import.meta.url).href;

test('the daemon ends when its parent is killed, and takes its bulletin along', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'dazaar-sandbox-'));
  const parent = `
    const { startSandbox } = await import(${JSON.stringify(START)});
    const { pid } = await startSandbox({ dir: ${JSON.stringify(dir)} });
    process.stdout.write(String(pid), () => process.kill(process.pid, 'SIGKILL'));
  `;
  const pid = Number(pidFrom(['--input-type=module', '--eval', parent]));
  assert.ok(pid > 0);
  await until('the daemon is gone', () => !isAlive(pid));
  assert.equal(existsSync(join(dir, 'sandbox.json')), false);
  rmSync(dir, { recursive: true, force: true });
});

function pidFrom(args: string[]): string {
  try {
    return execFileSync(process.execPath, args, { encoding: 'utf8' });
  } catch (killed) {
    return (killed as { stdout: string }).stdout;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
