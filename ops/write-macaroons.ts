import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MACAROON_NAMES, type MacaroonName } from '../adapters/lightning/access.ts';

export type MacaroonPaths = Record<MacaroonName, string>;

/** Where the macaroons of a directory lie: `server.macaroon`, `workers.macaroon`, `payouts.macaroon`. */
export function macaroonPaths(dir: string): MacaroonPaths {
  const paths = MACAROON_NAMES.map((name) => [name, join(dir, `${name}.macaroon`)]);
  return Object.fromEntries(paths) as MacaroonPaths;
}

/** Writes macaroons for their owner alone to read. @throws when one is there: none is ever replaced */
export async function writeMacaroons(
  dir: string,
  macaroons: Partial<Record<MacaroonName, Uint8Array>>,
): Promise<MacaroonPaths> {
  const paths = macaroonPaths(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  for (const name of MACAROON_NAMES) {
    const macaroon = macaroons[name];
    if (macaroon) await writeFile(paths[name], macaroon, { flag: 'wx', mode: 0o600 });
  }
  return paths;
}
