import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FOLDER = join(import.meta.dirname, '../dazaar-v1');

/** Fetches Dazaar 1.6.1 on first use. Its native parts come inside its packages: no install script runs. */
export async function install(): Promise<void> {
  // npm writes this file last.
  const isThere = await access(join(FOLDER, 'node_modules/.package-lock.json')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  console.log('installing Dazaar 1.6.1 into bench/dazaar-v1/node_modules');
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
  });
}
