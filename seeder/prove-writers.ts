import { randomBytes } from 'node:crypto';
import type Hypercore from 'hypercore';
import crypto from 'hypercore-crypto';
import type { PrismaClient } from '../prisma/client/client.ts';
import { type OwnershipStatement, ownershipText, verifyOwnership } from '../protocol/ownership.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What the writer of a core has signed, as its row keeps it. */
export interface WriterProof {
  proof: Bytes;
  manifest: Bytes | null;
}

/** The challenge of a hosted feed, which is made once: whoever comes second gets that of the first. */
export async function challengeOf(prisma: PrismaClient, feedId: string): Promise<Bytes> {
  const made = Uint8Array.from(randomBytes(32));
  const [row] = await prisma.$queryRaw<[{ challenge: Bytes }]>`
    UPDATE feeds SET challenge = coalesce(challenge, ${made}) WHERE id = ${feedId}::uuid RETURNING challenge`;
  return row.challenge;
}

/**
 * Has the writer of a core sign that this market sells it: so whoever knows the core's key alone can tell the market that
 * sells it from one that says so.
 *
 * @param core one that is written here
 */
export function proveWriter(
  core: Hypercore,
  statement: Omit<OwnershipStatement, 'coreKey'>,
): WriterProof {
  const { keyPair, key: coreKey } = core;
  if (!keyPair?.secretKey)
    throw new Error(`the core ${coreKey.toString('hex')} is not written here`);
  const full = { ...statement, coreKey };
  const signature = crypto.sign(Buffer.from(ownershipText(full)), keyPair.secretKey);
  const manifest = core.getManifest({ raw: true });
  const verdict = verifyOwnership(full, { signature, manifest });
  if (verdict !== 'proved')
    throw new Error(`the writer of a core could not sign for it: ${verdict}`);
  return { proof: Uint8Array.from(signature), manifest: manifest && Uint8Array.from(manifest) };
}
