// Bakes the macaroons of a play node and lays each where the process mounts it that it is for. The same root key every
// time: those that are in use stay good.
import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bakeMacaroons, type MacaroonName } from '../../adapters/lightning/access.ts';

const ROOT_KEY_ID = '1';
const { LND_SOCKET = '', LND_DIR = '', SERVER_DIR = '', WORKERS_DIR = '' } = process.env;
const FOR: Record<string, MacaroonName[]> = {
  [SERVER_DIR]: ['server'],
  [WORKERS_DIR]: ['workers', 'payouts'],
};

const certPath = join(LND_DIR, 'tls.cert');
const macaroonPath = join(LND_DIR, 'data/chain/bitcoin/regtest/admin.macaroon');
const macaroons = await bakeMacaroons({ socket: LND_SOCKET, certPath, macaroonPath }, ROOT_KEY_ID);

for (const [dir, names] of Object.entries(FOR)) {
  await copyFile(certPath, join(dir, 'tls.cert'));
  for (const name of names) await replace(join(dir, `${name}.macaroon`), macaroons[name]);
}
process.exit(0);

/** Nobody reads half of it. */
async function replace(path: string, content: Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
