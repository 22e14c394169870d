import { sha256 } from '@noble/hashes/sha2.js';

const CONTEXT = 'dazaar/trial-work/1';
const AT_A_TIME = 5_000;

/**
 * The work that a trial takes, as the market checks it: a nonce for which SHA-256 over context, feed, key and nonce begins
 * with so many zero bits.
 */
export async function trialWork(feedId: string, buyerKey: string, bits: number): Promise<string> {
  const utf8 = new TextEncoder();
  const base = sha256.create().update(utf8.encode(`${CONTEXT}\n${feedId}\n${buyerKey}\n`));
  for (let nonce = 0; ; nonce += 1) {
    const work = nonce.toString(16);
    if (zeroBits(base.clone().update(utf8.encode(work)).digest()) >= bits) return work;
    // The page goes on meanwhile.
    if (nonce % AT_A_TIME === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

function zeroBits(digest: Uint8Array): number {
  const first = digest.findIndex((byte) => byte !== 0);
  return first === -1 ? digest.length * 8 : first * 8 + Math.clz32(digest[first]!) - 24;
}
