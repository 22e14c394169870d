import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Corestore from 'corestore';
import type { KeyPair } from 'hypercore-crypto';
import crypto from 'hypercore-crypto';
import { EXIT } from '../../buyer/exit-codes.ts';
import { Failure } from '../../buyer/failure.ts';
import type { FeedState, Listing, OwnershipProofs } from '../../contract/index.ts';
import { ownershipText, verifyOwnership } from '../../protocol/ownership.ts';

const FILES_NAME = 'db';

/**
 * What shows another market that the cores of a listing are written here. The text that is signed is made here, of what
 * that market says: what it asks to have signed is not taken as it comes, for the same key signs the blocks.
 *
 * @param coreKeys the file that the seeder keeps the store's primary key in
 * @throws Failure when they are not
 */
export async function proofsOf(
  coreKeys: string,
  { feed, provenance }: Listing,
  { market, state }: { market: string; state: FeedState },
): Promise<OwnershipProofs> {
  const writer = await writerOf(coreKeys, feed);
  const proofs = feed.cores.map(({ key }) => {
    const statement = {
      market: Buffer.from(market, 'hex'),
      feedId: state.feedId,
      coreKey: Buffer.from(key, 'hex'),
      challenge: Buffer.from(state.ownership?.challenge ?? '', 'hex'),
    };
    const signature = crypto.sign(Buffer.from(ownershipText(statement)), writer.secretKey);
    const manifest = provenance?.proof?.cores.find((core) => core.key === key)?.manifest ?? null;
    const proof = { signature, manifest: manifest === null ? null : Buffer.from(manifest, 'hex') };
    if (verifyOwnership(statement, proof) !== 'proved') throw notWritten(key);
    return {
      coreKey: key,
      signature: signature.toString('hex'),
      ...(manifest !== null && { manifest }),
    };
  });
  return { proofs };
}

/** The key pair that signs all cores of a feed: it follows from the primary key of the store that writes it. */
async function writerOf(coreKeys: string, { id, kind }: Listing['feed']): Promise<KeyPair> {
  const [, hex = ''] = (await readFile(coreKeys, 'utf8')).trim().split(/\s+/);
  const dir = await mkdtemp(join(tmpdir(), 'dazaar-keys-'));
  // The seeder has its store open: this one is empty, and knows the keys alone.
  const store = new Corestore(dir, { primaryKey: Buffer.from(hex, 'hex'), unsafe: true });
  try {
    await store.ready();
    return kind === 'hyperdrive'
      ? await store.namespace(id).createKeyPair(FILES_NAME)
      : await store.createKeyPair(id);
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

const notWritten = (key: string) =>
  new Failure(EXIT.local, 'not-written', `the core ${key} is not written by this shop`);
