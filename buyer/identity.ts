import { readFile, rename } from 'node:fs/promises';
import hypercoreCrypto, { type KeyPair } from 'hypercore-crypto';
import { z } from 'zod';
import { hex32 } from '../contract/index.ts';
import { COMMAND } from './command-name.ts';
import { EXIT } from './exit-codes.ts';
import { Failure, fileFault, systemCode } from './failure.ts';
import { createFile, replaceFile } from './files.ts';
import { keySeedOf, readSeedPhrase } from './seed-phrase.ts';

const SEED_BYTES = 32;

const identityFile = z.discriminatedUnion('version', [
  z.object({ version: z.literal(1), seed: hex32, publicKey: hex32 }),
  z.object({
    version: z.literal(2),
    words: z.string(),
    /** How often the key was replaced, by market. */
    rotations: z.record(hex32, z.int().positive()),
  }),
]);

/** The buyer at one market: whoever has this Ed25519 key pair has the access that was bought for it. */
export interface Identity {
  keyPair: KeyPair;
  /** The public key as 64 hexadecimal digits. */
  buyerKey: string;
}

/** A buyer's keys: one for all markets, or another for each of them, made from a seed phrase. */
export type BuyerKeys =
  | { kind: 'one'; identity: Identity }
  | { kind: 'words'; words: string; rotations: Readonly<Record<string, number>> };

/**
 * The keys stored at `path`, or null when there are none.
 *
 * @throws Failure when the file is there but cannot be used.
 */
export async function loadKeys(path: string): Promise<BuyerKeys | null> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null;
    throw unusable(path, `cannot be read (${fileFault(error)})`);
  });
  if (text === null) return null;
  const parsed = identityFile.safeParse(parseJson(text));
  if (!parsed.success) throw unusable(path, 'is not a key file');
  const stored = parsed.data;
  if (stored.version === 2) {
    const words = readSeedPhrase(stored.words);
    if (words === null) throw unusable(path, 'is damaged');
    return { kind: 'words', words, rotations: stored.rotations };
  }
  const identity = identityOf(stored.seed);
  if (identity.buyerKey !== stored.publicKey) throw unusable(path, 'is damaged');
  return { kind: 'one', identity };
}

/** Who the buyer is at a market. */
export function identityAt(keys: BuyerKeys, marketKey: string): Identity {
  if (keys.kind === 'one') return keys.identity;
  return identityOf(
    keySeedOf(keys.words, marketKey, keys.rotations[marketKey] ?? 0).toString('hex'),
  );
}

/** The key that comes after the one that the words give now. */
export function nextIdentityAt(
  keys: Extract<BuyerKeys, { kind: 'words' }>,
  marketKey: string,
): { identity: Identity; rotated: BuyerKeys } {
  const rotations = { ...keys.rotations, [marketKey]: (keys.rotations[marketKey] ?? 0) + 1 };
  const rotated = { ...keys, rotations };
  return { identity: identityAt(rotated, marketKey), rotated };
}

/** Stores a seed phrase where there are no keys yet. @returns whether it was stored */
export function createWords(
  path: string,
  words: string,
  rotations: Record<string, number> = {},
): Promise<boolean> {
  return createFile(path, wordsText(words, rotations));
}

/** Stores keys of words in the place of what was there: for rotations, or with the old file kept elsewhere. */
export function replaceWords(
  path: string,
  { words, rotations }: { words: string; rotations: Readonly<Record<string, number>> },
): Promise<void> {
  return replaceFile(path, wordsText(words, rotations));
}

/** The one key stored at `path`, or null when there is none. @throws Failure, also for keys of words: they need a market */
export async function loadIdentity(path: string): Promise<Identity | null> {
  const keys = await loadKeys(path);
  if (keys === null) return null;
  if (keys.kind === 'words') throw unusable(path, 'has a key for each market');
  return keys.identity;
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
  const keptAs = await setAside(path, now);
  const { identity, text } = freshIdentity();
  await replaceFile(path, text);
  return { identity, keptAs };
}

/** Moves the key file out of the way. @returns where it is kept */
export async function setAside(path: string, now: Date): Promise<string> {
  const keptAs = `${path}.${now.toISOString().replaceAll(':', '')}.old`;
  await rename(path, keptAs);
  return keptAs;
}

/** Puts a stored identity in the place of another, which is kept beside it. @returns where that is */
export async function succeedIdentity(path: string, next: string, now: Date): Promise<string> {
  const keptAs = await setAside(path, now);
  await rename(next, path);
  return keptAs;
}

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

function wordsText(words: string, rotations: Readonly<Record<string, number>>): string {
  return `${JSON.stringify({ version: 2, words, rotations }, null, 2)}\n`;
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
