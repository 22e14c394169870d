import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after } from 'node:test';
import { z } from 'zod';

const BIN = join(import.meta.dirname, '../../buyer/bin.mjs');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  home: string;
  /** Left out: none is named. */
  market?: string;
  env?: Record<string, string>;
  cwd?: string;
}

const started = new Set<ChildProcess>();

// A command that a failed test left waiting would keep the whole run waiting.
after(() => {
  for (const child of started) child.kill('SIGKILL');
});

/** Starts the command in a process of its own, as a shell would. */
export function startDazaar(
  args: readonly string[],
  { home, market, env, cwd }: CliOptions,
  stdin: 'ignore' | 'pipe' = 'ignore',
) {
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, DAZAAR_HOME: home, ...(market && { DAZAAR_MARKET: market }), ...env },
    stdio: [stdin, 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  }) as ChildProcess & { stdout: Readable; stderr: Readable };
  started.add(child);
  child.on('exit', () => started.delete(child));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

export const dazaar = (args: readonly string[], options: CliOptions): Promise<Ended> =>
  startDazaar(args, options).ended;

/** The public key that keygen stored in a home directory. */
export async function buyerKeyIn(home: string): Promise<string> {
  const text = await readFile(join(home, 'identity.json'), 'utf8');
  return z.object({ publicKey: z.string() }).parse(JSON.parse(text)).publicKey;
}
