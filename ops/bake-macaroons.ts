// npm run macaroons: bakes what opens the node for the server, the workers and their payouts, and for nothing else.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bakeMacaroons, revokeMacaroons } from '../adapters/lightning/access.ts';
import type { LndAddress } from '../adapters/lightning/connect.ts';
import { type MacaroonPaths, macaroonPaths, writeMacaroons } from './write-macaroons.ts';

const USAGE =
  'usage: npm run macaroons -- --socket HOST:PORT --cert PATH --macaroon ADMIN (--out DIR [--root-key-id N] | --revoke N)';
const ROOT_KEY_ID = /^[1-9][0-9]{0,18}$/;
/** What ln-service and gRPC say that nobody could act on. */
const WORDS: [RegExp, string][] = [
  [/permission ?denied/i, "this macaroon may not do that: the node's admin.macaroon may"],
  [/ExpectedDeletionConfirmation/, 'the node has no such root key'],
  [/No connection established/, 'the node cannot be reached, or its certificate is another'],
];

try {
  const { address, out, revoke, rootKeyId } = readOptions();
  console.log(revoke ? await revoked(address, revoke) : await baked(address, out, rootKeyId));
  process.exit(0);
} catch (error) {
  console.error(worded((error as Error).message));
  process.exit(1);
}

async function baked(address: LndAddress, dir: string, rootKeyId: string): Promise<string> {
  const there = Object.values(macaroonPaths(dir)).find((path) => existsSync(path));
  if (there) throw new Error(`${there} is there already: name another directory, or move it away`);
  const macaroons = await bakeMacaroons(address, rootKeyId);
  return told(await writeMacaroons(dir, macaroons), rootKeyId);
}

async function revoked(address: LndAddress, rootKeyId: string): Promise<string> {
  await revokeMacaroons(address, rootKeyId);
  return `Macaroons of root key ${rootKeyId} open nothing any more.`;
}

function told({ server, workers, payouts }: MacaroonPaths, rootKeyId: string): string {
  return `${server}
  makes invoices: LND_MACAROON of the server, and of the seeders
${workers}
  watches invoices, takes held payments or gives them back: LND_MACAROON of the workers
${payouts}
  sends payouts: LND_PAYOUT_MACAROON of the workers, and of nobody else

Only their owner can read these files. To make all three worthless: the same command with --revoke ${rootKeyId}
in place of --out.`;
}

function readOptions() {
  const { socket, cert, macaroon, out, revoke, ...more } = readArguments();
  const rootKeyId = more['root-key-id'] ?? String(Date.now());
  if (!socket || !cert || !macaroon || !out === !revoke) throw new Error(USAGE);
  for (const id of [rootKeyId, revoke ?? rootKeyId]) {
    if (!ROOT_KEY_ID.test(id)) throw new Error(`root key ${id}: it must be a whole number above 0`);
  }
  const address = { socket, certPath: cert, macaroonPath: macaroon };
  return { address, out: resolve(out ?? '.'), revoke, rootKeyId };
}

function readArguments() {
  const text = { type: 'string' } as const;
  const options = { socket: text, cert: text, macaroon: text, out: text, revoke: text };
  try {
    return parseArgs({ options: { ...options, 'root-key-id': text } }).values;
  } catch (error) {
    throw new Error(`${(error as Error).message}; ${USAGE}`);
  }
}

function worded(message: string): string {
  const words = WORDS.find(([said]) => said.test(message))?.[1];
  const line = message.replaceAll('\n', ' ');
  return words ? `${words} (${line})` : line;
}
