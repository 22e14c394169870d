import { createHash } from 'node:crypto';
import type { Idempotency } from '../../../domain/idempotency.ts';

/** A form that is sent twice makes one listing: it carries a key, and what it says is part of the request. */
export function asOnce(sellerId: string, key: string, listing: unknown): Idempotency | null {
  if (!/^[\w-]{8,64}$/.test(key)) return null;
  const hash = createHash('sha256').update(JSON.stringify(listing)).digest();
  return { scope: `page:listing:${sellerId}`, key, requestHash: Uint8Array.from(hash) };
}
