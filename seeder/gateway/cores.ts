import type Hypercore from 'hypercore';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import type { Feed } from '../feeds.ts';

/**
 * The core of a feed that a role names; the one that it is found by if none is named. Of an Autobase there is none: what
 * its views hold is signed by several, which the proofs that blocks come with here do not say.
 */
export function coreOf(feed: Feed, role?: 'data' | 'files' | 'blobs'): Hypercore | null {
  if (feed.kind === 'autobase') return null;
  const roles =
    feed.kind === 'hyperdrive' ? { files: feed.core, blobs: feed.blobs } : { data: feed.core };
  return role ? ((roles as Partial<Record<typeof role, Hypercore>>)[role] ?? null) : feed.core;
}

/** How many blocks from the first on are here: of a core that is copied some may be known and still on their way. */
export function lengthHere(core: Hypercore): number {
  return core.contiguousLength;
}

/** A position in so many blocks: counted from the end when negative, clipped when beyond. */
export function clip(position: number, length: number): number {
  return Math.min(Math.max(position < 0 ? length + position : position, 0), length);
}

/**
 * Where a reader begins who asked for `wanted`: no earlier than the first block that his access opens. One that is counted
 * from the end is as many as there are of his; one that is named and older is refused.
 */
export function startOf(
  wanted: number | undefined,
  fromBlock: number,
  length: number,
): number | Refusal {
  const first = Math.min(fromBlock, length);
  if (wanted === undefined) return first;
  const start = clip(wanted, length);
  if (start >= first) return start;
  if (wanted < 0) return first;
  return refuse('history-not-included', `Your access begins at block ${fromBlock}.`);
}
