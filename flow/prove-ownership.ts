import crypto from 'hypercore-crypto';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Prisma } from '../prisma/client/client.ts';
import { verifyOwnership } from '../protocol/ownership.ts';
import { type ClaimedCore, readClaim, refuseTaken } from './claim-cores.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { lockListing } from './lock-listing.ts';

/** A writer's signature over the text that the market asks for. */
export interface GivenProof {
  coreKey: Uint8Array;
  signature: Uint8Array;
  manifest: Uint8Array | null;
}

type Row = Prisma.FeedCoreCreateManyInput;

/**
 * Gives a mirrored feed the cores that its seller claimed, once the writer of each has signed for it. Whoever proves a
 * core first sells it: a claim alone keeps nobody away, and neither does an Autobase that names the core.
 */
export async function proveOwnership(
  { prisma, keys }: Pick<FlowDeps, 'prisma' | 'keys'>,
  sellerId: string,
  slug: string,
  proofs: readonly GivenProof[],
): Promise<Refusal | null> {
  return prisma.$transaction(async (tx) => {
    const listing = await lockListing(tx, sellerId, slug);
    if (isRefusal(listing)) return listing;
    if (listing.state === 'withdrawn') {
      return refuse('listing-withdrawn', `"${slug}" was withdrawn and sells nothing more.`);
    }
    const feed = await tx.feed.findUniqueOrThrow({ where: { listingId: listing.id } });
    const { id: feedId, origin, challenge, claimedCores, provedAt } = feed;
    if (origin === 'hosted' || !challenge) {
      return refuse('feed-hosted', `The market itself writes the feed of "${slug}".`);
    }
    if (provedAt) return null;
    const claim = readClaim(claimedCores);
    const rows = checkAll(keys.signing.publicKey, { feedId, challenge }, claim, proofs);
    return isRefusal(rows) ? rows : take(tx, feedId, rows);
  });
}

function checkAll(
  market: Uint8Array,
  feed: { feedId: string; challenge: Uint8Array },
  claim: readonly ClaimedCore[],
  proofs: readonly GivenProof[],
): Row[] | Refusal {
  const rows: Row[] = [];
  for (const { role, key } of claim) {
    const coreKey = Buffer.from(key, 'hex');
    const proof = proofs.find((each) => coreKey.equals(each.coreKey));
    if (!proof) return refuse('proof-missing', `No proof was sent for the core ${key}.`);
    const verdict = verifyOwnership({ market, ...feed, coreKey }, proof);
    if (verdict !== 'proved') return refuse('proof-wrong', `${WHY[verdict]} (core ${key})`);
    rows.push(asRow(feed.feedId, role, coreKey, proof));
  }
  // In one order for everybody: two who prove the same cores at once wait for each other, and not in a circle.
  return rows.sort((a, b) => Buffer.compare(a.key, b.key));
}

const WHY = {
  'foreign-manifest':
    'The manifest does not hash to the core’s key, or does not name a single signer.',
  'wrong-signature':
    'The signature is not one of the core’s writer over the text to be signed. A core whose key is no public key needs its manifest.',
};

async function take(tx: Tx, feedId: string, rows: readonly Row[]): Promise<Refusal | null> {
  const data = [...rows];
  await tx.feedCore.deleteMany({
    where: { key: { in: rows.map(({ key }) => key) }, proof: null, feed: { kind: 'autobase' } },
  });
  const taken = await tx.feedCore.createManyAndReturn({ data, skipDuplicates: true });
  if (taken.length < rows.length) {
    await tx.feedCore.deleteMany({ where: { feedId } });
    const isOurs = (row: Row) => taken.some(({ key }) => Buffer.compare(key, row.key) === 0);
    return refuseTaken(rows.find((row) => !isOurs(row))!.key);
  }
  const provedAt = new Date(await nowMs(tx));
  await tx.feed.update({ where: { id: feedId }, data: { provedAt } });
  return null;
}

function asRow(
  feedId: string,
  role: string,
  coreKey: Buffer,
  { signature, manifest }: GivenProof,
): Row {
  return {
    feedId,
    role,
    key: Uint8Array.from(coreKey),
    discoveryKey: Uint8Array.from(crypto.discoveryKey(coreKey)),
    proof: Uint8Array.from(signature),
    manifest: manifest && Uint8Array.from(manifest),
  };
}
