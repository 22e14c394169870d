import { createHash } from 'node:crypto';

const CONTEXT = 'dazaar/trial-work/1';
// A nonce is written in this many hex digits at most.
const MAX_NONCE = 2 ** 48;

/** What work is done for: one trial, of one feed, by one key. */
export interface TrialAsked {
  feedId: string;
  /** 64 hex digits. */
  buyerKey: string;
}

/**
 * A trial costs nothing but this: a nonce for which SHA-256 over context, feed, key and nonce begins with so many zero bits.
 * Whoever farms keys pays it for each of them (Back, "Hashcash", 2002). Takes 2^bits hashes on average.
 *
 * @returns the nonce, or null when `signal` was aborted
 */
export async function doTrialWork(
  asked: TrialAsked,
  bits: number,
  signal?: AbortSignal,
): Promise<string | null> {
  for (let nonce = 0; nonce < MAX_NONCE; nonce += 1) {
    const work = nonce.toString(16);
    if (isTrialWork(asked, work, bits)) return work;
    if (nonce % 20_000 === 0) {
      // Others have a turn, timers and signals among them.
      await new Promise((resolve) => setImmediate(resolve));
      if (signal?.aborted) return null;
    }
  }
  return null;
}

/** Whether the work is done: one hash. */
export function isTrialWork({ feedId, buyerKey }: TrialAsked, work: string, bits: number): boolean {
  const digest = createHash('sha256')
    .update(`${CONTEXT}\n${feedId}\n${buyerKey}\n${work}`)
    .digest();
  return zeroBits(digest) >= bits;
}

function zeroBits(digest: Buffer): number {
  const first = digest.findIndex((byte) => byte !== 0);
  if (first === -1) return digest.byteLength * 8;
  return first * 8 + Math.clz32(digest[first]!) - 24;
}
