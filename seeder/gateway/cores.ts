import type { Response } from 'express';
import type Hypercore from 'hypercore';
import { type Refusal, refuse } from '../../domain/refusal.ts';
import { SENT } from '../../http/operate.ts';
import { sendProblem } from '../../http/problem.ts';
import type { Feed } from '../feeds.ts';

/**
 * The core of a feed that a role names; the one that it is read by if none is named. Of an Autobase that is the first view,
 * which its indexers have signed; its writers' blocks are of use with the seller's code only.
 */
export function coreOf(feed: Feed, role?: 'data' | 'files' | 'blobs'): Hypercore | null {
  if (feed.kind === 'autobase') return role || !feed.view?.contiguousLength ? null : feed.view;
  const roles =
    feed.kind === 'hyperdrive' ? { files: feed.core, blobs: feed.blobs } : { data: feed.core };
  return role ? ((roles as Partial<Record<typeof role, Hypercore>>)[role] ?? null) : feed.core;
}

/** Says that there is no such core, or none of a view yet: one that has taken the place of another is yet to be copied. */
export function sendNoCore(res: Response, { kind }: Feed, role?: string): typeof SENT {
  if (kind !== 'autobase' || role) {
    sendProblem(res, 404, 'not-found', 'The feed has no such core.');
    return SENT;
  }
  const detail = 'No signed block of a view of this Autobase has reached this seeder yet.';
  sendProblem(res, 503, 'unavailable', detail);
  return SENT;
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
