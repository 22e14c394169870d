import { setTimeout as sleep } from 'node:timers/promises';
import type { Idempotency } from '../domain/idempotency.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Tx } from './deps.ts';

// A repetition comes most often right after the first: what is nearly done is waited for rather than refused.
const PATIENCE_MS = 500;
const POLL_MS = 25;

/** A resource, and whether it was there already. */
export interface Once {
  id: string;
  replayed: boolean;
}

/**
 * Creates a resource once for a key: within 24 h the same request finds what the first one made. The key and the
 * resource are committed together. Without a key it is created each time.
 *
 * @param create writes the resource in the same transaction; what it refuses is not kept, so it may be tried again
 * @returns `idempotency-key-reused` for another request with the key, `idempotency-in-flight` while the first is under way
 */
export async function once(
  tx: Tx,
  idempotency: Idempotency | null,
  create: () => Promise<{ id: string } | Refusal>,
): Promise<Once | Refusal> {
  if (!idempotency) return made(await create());
  const { scope, key, requestHash } = idempotency;
  if (!(await lock(tx, `${scope}:${key}`))) {
    return refuse('idempotency-in-flight', 'The first request with this key is still under way.');
  }
  const known = await tx.idempotencyKey.findUnique({ where: { scope_key: { scope, key } } });
  if (known) {
    if (Buffer.compare(known.requestHash, requestHash) === 0) {
      return { id: known.resourceId, replayed: true };
    }
    return refuse('idempotency-key-reused', 'This key came with another request before.');
  }
  const created = await create();
  if (isRefusal(created)) return created;
  await tx.idempotencyKey.create({ data: { scope, key, requestHash, resourceId: created.id } });
  return made(created);
}

function made(created: { id: string } | Refusal): Once | Refusal {
  return isRefusal(created) ? created : { id: created.id, replayed: false };
}

async function lock(tx: Tx, name: string): Promise<boolean> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
    const [row] = await tx.$queryRaw<[{ locked: boolean }]>`
      SELECT pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) AS locked`;
    if (row.locked) return true;
    if (performance.now() > deadline) return false;
  }
}
