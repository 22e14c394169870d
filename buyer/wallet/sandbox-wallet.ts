import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { EXIT } from '../exit-codes.ts';
import { Failure } from '../failure.ts';
import { readCredential } from './credentials.ts';
import { type LndAccess, LndWallet } from './lnd-wallet.ts';

const FILE_NAME = 'sandbox.json';

const sandboxFile = z.object({
  nodes: z.object({
    buyer: z.object({ socket: z.string(), cert: z.string(), macaroon: z.string() }),
  }),
});

/** How to reach the buyer's wallet of the Lightning sandbox that runs in a directory. @throws Failure */
export async function sandboxAccess(directory: string): Promise<LndAccess> {
  const path = join(directory, FILE_NAME);
  const text = await readFile(path, 'utf8').catch(() => {
    throw noSandbox(`there is no Lightning sandbox in ${directory}`);
  });
  const stored = sandboxFile.safeParse(parseJson(text));
  if (!stored.success) throw noSandbox(`${path} does not describe a Lightning sandbox`);
  const { socket, cert, macaroon } = stored.data.nodes.buyer;
  return {
    socket,
    cert: await readCredential(resolve(directory, cert)),
    macaroon: await readCredential(resolve(directory, macaroon)),
  };
}

/** The buyer's wallet of the Lightning sandbox that runs in a directory, such as `.dazaar/sandbox`. @throws Failure */
export async function sandboxWallet(directory: string): Promise<LndWallet> {
  return new LndWallet(await sandboxAccess(directory));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const noSandbox = (message: string) =>
  new Failure(
    EXIT.notPaid,
    'no-sandbox',
    message,
    'run this where npm start runs, set DAZAAR_SANDBOX_DIR, or use --wallet print',
  );
