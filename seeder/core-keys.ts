import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Corestore from 'corestore';
import type { KeyPair } from 'hyperdht';
import type { Logger } from 'pino';

const FILE = 'core-keys';
const HEADER = 'dazaar-core-keys-1';
const SEEDER_NAME = 'dazaar/seeder';
const CHECK_MS = 1_000;

export interface StoreOptions {
  storageDir: string;
  log: Logger;
  /** Whether a seeder with this Noise key has said lately that it is up. */
  isUp: (noiseKey: Uint8Array) => Promise<boolean>;
}

/**
 * Opens the store of a storage directory, and the seeder's own key. All keys follow from the store's primary key, which is
 * kept beside it in the file `core-keys` too: whoever has that file alone, in a directory that is otherwise empty, is the
 * writer again. It waits until nobody else is up with these keys: two writers would sign two histories.
 *
 * @throws when another process has the store, or when the file belongs to another one
 */
export async function openStore({
  storageDir,
  log,
  isUp,
}: StoreOptions): Promise<{ store: Corestore; keyPair: KeyPair }> {
  const path = join(storageDir, FILE);
  const coresDir = join(storageDir, 'cores');
  await mkdir(storageDir, { recursive: true });
  const kept = await readKey(path);
  const isNew = !(await exists(join(coresDir, 'CORESTORE')));
  const primaryKey = kept ?? (isNew ? randomBytes(32) : null);
  if (isNew && !kept) await writeKey(path, primaryKey!);
  const store = new Corestore(coresDir, primaryKey ? { primaryKey, unsafe: true } : {});
  try {
    await store.ready();
    const keyPair = await store.createKeyPair(SEEDER_NAME);
    if (!kept && !isNew) await writeKey(path, store.primaryKey);
    if (kept && isNew) await aloneWith(keyPair.publicKey, isUp, log);
    return { store, keyPair };
  } catch (error) {
    await store.close().catch(() => {});
    throw error;
  }
}

async function aloneWith(key: Uint8Array, isUp: StoreOptions['isUp'], log: Logger): Promise<void> {
  for (let said = ''; ; await sleep(CHECK_MS)) {
    const why = await isUp(key).then(
      (up) => up && 'a seeder with these keys is up, or was a moment ago: waiting for its end',
      () => 'the database does not say whether these keys are in use: waiting for it',
    );
    if (!why) return;
    if (why !== said) log.warn({ key: Buffer.from(key).toString('hex') }, why);
    said = why;
  }
}

async function readKey(path: string): Promise<Buffer | null> {
  const text = await readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const [header, hex = ''] = text.trim().split(/\s+/);
  if (header === HEADER && /^[0-9a-f]{64}$/.test(hex)) return Buffer.from(hex, 'hex');
  throw new Error(`${path} holds no core keys`);
}

async function writeKey(path: string, primaryKey: Uint8Array): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(`${HEADER} ${Buffer.from(primaryKey).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
