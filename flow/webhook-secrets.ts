import type { Idempotency } from '../domain/idempotency.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { WebhookEndpoint } from '../prisma/client/client.ts';
import { seal, unseal } from '../protocol/secret-box.ts';
import { newWebhookSecret } from '../protocol/webhook-message.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps } from './deps.ts';
import { once } from './idempotent.ts';

const OVERLAP_MS = 24 * 60 * 60 * 1000;
const PURPOSE = 'webhook secrets';

type Keys = Pick<FlowDeps, 'keys'>;
type Sealed = Pick<WebhookEndpoint, 'sellerId' | 'secret' | 'previousSecret' | 'previousUntil'>;

/** A new secret for an endpoint of this seller, encrypted for its row. */
export function sealedSecret({ keys }: Keys, sellerId: string): Uint8Array<ArrayBuffer> {
  return seal(keys.derive(PURPOSE), sellerId, newWebhookSecret());
}

/** The secret of an endpoint: `whsec_…`. */
export function secretOf({ keys }: Keys, { sellerId, secret }: Sealed): string {
  return unseal(keys.derive(PURPOSE), sellerId, secret);
}

/** All that a message to the endpoint is signed with now, the newest first. */
export function secretsInForce(deps: Keys, endpoint: Sealed, now: Date): string[] {
  const { previousSecret, previousUntil } = endpoint;
  const current = secretOf(deps, endpoint);
  if (!previousSecret || !previousUntil || previousUntil <= now) return [current];
  return [current, secretOf(deps, { ...endpoint, secret: previousSecret })];
}

/** Gives an endpoint a new secret. The one before stays in force for a day; one before that, no longer. */
export async function rotateWebhookSecret(
  deps: Pick<FlowDeps, 'prisma' | 'keys'>,
  sellerId: string,
  endpointId: string,
  idempotency: Idempotency | null,
): Promise<WebhookEndpoint | Refusal> {
  return deps.prisma.$transaction(async (tx) => {
    const rotated = await once(tx, idempotency, async () => {
      const where = { id: endpointId, sellerId, deletedAt: null };
      const endpoint = await tx.webhookEndpoint.findFirst({ where });
      if (!endpoint) return refuse('webhook-not-found', 'You have no such webhook.');
      const previousUntil = new Date((await nowMs(tx)) + OVERLAP_MS);
      const secret = sealedSecret(deps, sellerId);
      const data = { secret, previousSecret: endpoint.secret, previousUntil };
      await tx.webhookEndpoint.update({ where: { id: endpointId }, data });
      return endpoint;
    });
    if (isRefusal(rotated)) return rotated;
    return tx.webhookEndpoint.findUniqueOrThrow({ where: { id: rotated.id } });
  });
}
