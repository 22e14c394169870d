import { randomBytes } from 'node:crypto';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { FeedKind, FeedMode, Prisma } from '../prisma/client/client.ts';
import type { Tx } from './deps.ts';

const CHALLENGE_BYTES = 32;

/** A core that a seller says is his; the key in hexadecimal. */
export interface ClaimedCore {
  role: string;
  key: string;
}

/** What a new listing sells; of a sealed feed an epoch lasts `epochMs`, of any other that is null. */
export type FeedDraft = { kind: FeedKind; mode: FeedMode; epochMs: number | null } & (
  | { origin: 'hosted' }
  | { origin: 'mirrored'; peerKey: string; cores: ClaimedCore[] }
);

/** The columns of a feed. Of a mirrored one, the cores are a claim until they are proved. */
export function feedColumns(
  feed: FeedDraft,
): Pick<
  Prisma.FeedUncheckedCreateInput,
  'kind' | 'origin' | 'mode' | 'epochMs' | 'peerKey' | 'challenge' | 'claimedCores'
> {
  const { kind, origin, mode, epochMs } = feed;
  const base = { kind, origin, mode, epochMs };
  if (feed.origin === 'hosted') return base;
  return {
    ...base,
    peerKey: Uint8Array.from(Buffer.from(feed.peerKey, 'hex')),
    challenge: Uint8Array.from(randomBytes(CHALLENGE_BYTES)),
    claimedCores: feed.cores.map(({ role, key }) => ({ role, key })),
  };
}

/** Says early what proving would refuse: that another listing sells one of the cores. */
export async function faultOfFeed(tx: Tx, feed: FeedDraft): Promise<Refusal | null> {
  if (feed.origin === 'hosted') return null;
  const keys = feed.cores.map(({ key }) => Uint8Array.from(Buffer.from(key, 'hex')));
  const taken = await tx.feedCore.findFirst({
    where: { key: { in: keys }, NOT: { proof: null, feed: { kind: 'autobase' } } },
  });
  return taken && refuseTaken(taken.key);
}

/** The cores that a seller has claimed with his listing. */
export function readClaim(claimedCores: Prisma.JsonValue): ClaimedCore[] {
  return claimedCores as unknown as ClaimedCore[];
}

export function refuseTaken(key: Uint8Array): Refusal {
  const hex = Buffer.from(key).toString('hex');
  return refuse('core-taken', `The core ${hex} is sold by another listing already.`);
}
