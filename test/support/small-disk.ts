import { spawnSync } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseAccount } from '../../adapters/postgres/embedded/account.ts';

/** False, or why there can be no disk that fills up: for node's `skip`. */
export const withoutSmallDisk: string | false = tryMounting();

/** A disk of its own that PostgreSQL may write to. */
export interface SmallDisk extends AsyncDisposable {
  path: string;
  /** Takes all that is left of it. */
  fill(): void;
  free(): void;
}

export async function mountSmallDisk(sizeMb: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'dazaar-disk-'));
  const account = databaseAccount();
  const owner = account ? `,uid=${account.uid},gid=${account.gid}` : '';
  const mounted = run(
    'mount',
    '-t',
    'tmpfs',
    '-o',
    `size=${sizeMb}m,mode=0700${owner}`,
    'tmpfs',
    path,
  );
  if (mounted !== 0) throw new Error(`mount ended with ${mounted}`);
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      // First in large pieces, then page by page.
      for (const bytes of [1024 * 1024, 4096]) writeUntilFull(filler, bytes);
    },
    free: () => rmSync(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      run('umount', '--lazy', path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

function writeUntilFull(file: string, bytes: number): void {
  const piece = Buffer.alloc(bytes);
  try {
    for (;;) appendFileSync(file, piece);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  }
}

function tryMounting(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root mounts a small disk';
  const probe = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]);
  return probe.status === 0 ? false : 'this machine mounts no tmpfs';
}

function run(command: string, ...args: string[]): number | null {
  return spawnSync(command, args, { stdio: 'ignore' }).status;
}
