import { setTimeout as sleep } from 'node:timers/promises';
import { BuyerKey } from '../test/support/buyer-key.ts';
import { attempt } from './caller.ts';
import { seededFor } from './random.ts';
import type { Shop } from './shop.ts';
import type { Stand } from './stand.ts';
import { tokenOf } from './tail.ts';
import type { Ended } from './witness.ts';

const TRY_EVERY_MS = 150;
/** A seeder that is paused or cut off from the database learns of a revocation so much later, at most. */
const REVOKED_WITHIN_MS = 15_000;
const LATEST = 100;

/** Try to read all the time with keys that may not: never granted, expired, revoked. */
export async function intrude(stand: Stand, shop: Shop, signal: AbortSignal): Promise<void> {
  const stranger = new BuyerKey();
  for (let n = 0; !signal.aborted; n++) {
    const random = seededFor(stand.options.seed, 'intruder', n);
    const recent = stand.witness.ended.slice(-LATEST);
    const { feedId } = random.pick(shop.listings);
    const never: Ended = { buyerKey: stranger.hex, feedId, why: 'never', endedAtMs: 0 };
    const target = recent.length === 0 || random.chance(0.2) ? never : random.pick(recent);
    await tryOnce(stand, random.pick(stand.gateways()), target);
    await sleep(TRY_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/** @returns whether it was refused, or nobody answered */
export async function tryOnce(
  stand: Stand,
  gateway: string,
  { buyerKey, feedId, why, endedAtMs }: Ended,
): Promise<'refused' | 'served' | 'no answer'> {
  const headers = { authorization: `Bearer ${await tokenOf(stand, buyerKey)}` };
  const askedAtMs = Date.now();
  // Refused, they are not to be made an invoice each time: a plan that is free has none.
  const path = `/v1/feeds/${feedId}/blocks?start=-1&plan=gift`;
  const answer = await attempt(gateway, { path, headers });
  if (!('status' in answer)) return 'no answer';
  stand.witness.add('intrusions');
  if (answer.status !== 200) return 'refused';
  const lateMs = askedAtMs - endedAtMs;
  if (why === 'revoked' && lateMs < REVOKED_WITHIN_MS) {
    stand.witness.figures.set(
      'latest cut ms',
      Math.max(stand.witness.get('latest cut ms'), lateMs),
    );
  } else if (answer.body !== '') {
    stand.witness.violate(
      'I3',
      'leak',
      `${gateway} served a key (${why}) ${lateMs} ms after its end`,
    );
  }
  return 'served';
}
