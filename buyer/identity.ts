import { readFile, rename } from 'node:fs/promises';
import hypercoreCrypto, { type KeyPair } from 'hypercore-crypto';
import { z } from 'zod';
import { hex32 } from '../contract/index.ts';
import { COMMAND } from './command-name.ts';
import { EXIT } from './exit-codes.ts';
import { Failure, systemCode } from './failure.ts';
import { createFile, replaceFile } from './files.ts';

const SEED_BYTES = 32;

const identityFile = z.object({ version: z.literal(1), seed: hex32, publicKey: hex32 });

/** The buyer: whoever has this Ed25519 key pair has the access that was bought for it. */
export interface Identity {
  keyPair: KeyPair;
  /** The public key as 64 hexadecimal digits. */
  buyerKey: string;
}

/**
 * The identity stored at `path`, or null when there is none.
 *
 * @throws Failure when the file is there but cannot be used.
 */
export async function loadIdentity(path: string): Promise<Identity | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw unusable(path, `cannot be read (${systemCode(error)})`);
  });
  if (text === null) return null;
  const stored = identityFile.safeParse(parseJson(text));
  if (!stored.success) throw unusable(path, 'is not a key file');
  const identity = identityOf(stored.data.seed);
  if (identity.buyerKey !== stored.data.publicKey) throw unusable(path, 'is damaged');
  return identity;
}

/**
 * Makes an identity and stores it for the owner's eyes only.
 *
 * @returns null when there is one already.
 */
export async function createIdentity(path: string): Promise<Identity | null> {
  const { identity, text } = freshIdentity();
  return (await createFile(path, text)) ? identity : null;
}

/** Makes an identity in the place of another, which is kept beside it: access was bought for that one. */
export async function replaceIdentity(path: string, now: Date) {
  const keptAs = oldPath(path, now);
  await rename(path, keptAs);
  const { identity, text } = freshIdentity();
  await replaceFile(path, text);
  return { identity, keptAs };
}

/** Puts a stored identity in the place of another, which is kept beside it. @returns where that is */
export async function succeedIdentity(path: string, next: string, now: Date): Promise<string> {
  const keptAs = oldPath(path, now);
  await rename(path, keptAs);
  await rename(next, path);
  return keptAs;
}

const oldPath = (path: string, now: Date) => `${path}.${now.toISOString().replaceAll(':', '')}.old`;

function freshIdentity(): { identity: Identity; text: string } {
  const seed = hypercoreCrypto.randomBytes(SEED_BYTES).toString('hex');
  const identity = identityOf(seed);
  const stored = { version: 1, publicKey: identity.buyerKey, seed };
  return { identity, text: `${JSON.stringify(stored, null, 2)}\n` };
}

function identityOf(seed: string): Identity {
  const keyPair = hypercoreCrypto.keyPair(Buffer.from(seed, 'hex'));
  return { keyPair, buyerKey: keyPair.publicKey.toString('hex') };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const unusable = (path: string, what: string) =>
  new Failure(
    EXIT.local,
    'bad-key-file',
    `your key file ${path} ${what}`,
    `restore it from a backup, or replace it: ${COMMAND} keygen --force`,
  );
