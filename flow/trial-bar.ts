import { type Refusal, refuse } from '../domain/refusal.ts';
import { isTrialWork } from '../protocol/trial-work.ts';
import type { Sale } from './find-sale.ts';

/** Who asks for a trial, and what he did for it. */
interface TrialRequest {
  buyerKey: Uint8Array | null;
  work?: string | undefined;
  isLimited?: boolean;
}

/**
 * Why a trial is not given; null when it is, and for any other plan. It is once a key, but keys cost nothing: so it costs
 * work, or whoever asks is held to a limit.
 */
export function trialBar(
  { plan, feed }: Sale,
  { buyerKey, work, isLimited = false }: TrialRequest,
  bits: number,
): Refusal | null {
  if (plan.kind !== 'trial') return null;
  // The key of a claim code is made with the order, so nobody can have worked for it.
  if (!buyerKey) {
    if (isLimited) return null;
    return refuse('trial-needs-key', `Plan "${plan.name}" is a trial: name the buyer key.`);
  }
  if (bits === 0 || isLimited) return null;
  const asked = { feedId: feed.id, buyerKey: Buffer.from(buyerKey).toString('hex') };
  if (work !== undefined && isTrialWork(asked, work, bits)) return null;
  const how = `it takes work of ${bits} bits for feed ${feed.id} and this key`;
  return {
    ...refuse('trial-work-missing', `A trial is not given for nothing: ${how}.`),
    workBits: bits,
  };
}
