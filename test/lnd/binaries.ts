import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The version that the module of tools pins; what is built of it lies in a folder of this name. */
export const LND_VERSION = 'v0.21.2-beta';

/** Where `npm run lnd:build` puts what it builds, outside the checkout: another checkout finds it too. */
export const CACHE = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'dazaar',
  `lnd-${LND_VERSION}`,
);

/** Paths of the programs; undefined where there is none. */
export const BINARIES = { lnd: find('lnd'), btcd: find('btcd') };

/** False, or why tests on LND are skipped: for node's `skip`. */
export const withoutLnd: string | false =
  BINARIES.lnd && BINARIES.btcd
    ? false
    : 'lnd and btcd not found: npm run lnd:build builds them (needs Go 1.25 or later), or put them on PATH';

// What is pinned comes before what happens to be installed.
function find(name: string): string | undefined {
  const folders = [CACHE, ...(process.env.PATH ?? '').split(delimiter)];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
