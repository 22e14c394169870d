import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EXIT } from '../buyer/exit-codes.ts';
import { Failure, fileFault, systemCode } from '../buyer/failure.ts';
import { replaceFile } from '../buyer/files.ts';

const settings = z.object({
  version: z.literal(1),
  network: z.enum(['sandbox', 'regtest', 'signet', 'testnet', 'mainnet']),
  /** Where the seller's own tools find the server, on this machine. */
  port: z.int(),
  /** Where a private DHT of its own is entered. */
  dhtPort: z.int(),
  /** The node that it is paid on; null: the sandbox. */
  lnd: z.object({ socket: z.string(), certPath: z.string(), macaroonPath: z.string() }).nullable(),
  /** How another private DHT is entered: `host:port,…`. */
  bootstrap: z.string().nullable(),
});

/** What a shop keeps to from one start to the next. */
export type ShopSettings = z.infer<typeof settings>;

/** Where things lie in the directory of a shop. */
export function shopPaths(dir: string) {
  return {
    dir,
    settings: join(dir, 'shop.json'),
    apiKey: join(dir, 'api.key'),
    seed: join(dir, 'market.seed'),
    cards: join(dir, 'cards'),
    appends: join(dir, 'appends'),
    sandbox: join(dir, 'sandbox'),
    log: join(dir, 'shop.log'),
  };
}

export type ShopPaths = ReturnType<typeof shopPaths>;

/** null for a shop that was never opened. @throws Failure */
export async function readSettings({ settings: path }: ShopPaths): Promise<ShopSettings | null> {
  const text = await readOrNull(path);
  if (text === null) return null;
  const { data } = settings.safeParse(parseJson(text));
  if (data) return data;
  throw new Failure(EXIT.local, 'bad-shop', `${path} is not what a shop keeps there`);
}

export async function writeSettings(paths: ShopPaths, kept: ShopSettings): Promise<void> {
  await replaceFile(paths.settings, `${JSON.stringify(kept)}\n`);
}

/** The text of a file; null when there is none. */
export async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw new Failure(EXIT.local, 'unreadable', `${path} cannot be read (${fileFault(error)})`);
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
