import type { EventType } from '../domain/event.ts';
import type { Idempotency } from '../domain/idempotency.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Prisma, PrismaClient, WebhookEndpoint } from '../prisma/client/client.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { once } from './idempotent.ts';
import { sealedSecret } from './webhook-secrets.ts';

const MAX_ENDPOINTS = 10;
const NO_SECRET = new Uint8Array();

export interface EndpointSettings {
  url: string;
  description: string;
  /** Empty for all. */
  events: EventType[];
}

type Deps = Pick<FlowDeps, 'prisma' | 'keys' | 'outbound'>;

export async function createWebhook(
  deps: Deps,
  sellerId: string,
  settings: EndpointSettings,
  idempotency: Idempotency | null,
): Promise<WebhookEndpoint | Refusal> {
  const objection = objectionTo(deps, settings.url);
  if (objection) return objection;
  return deps.prisma.$transaction(async (tx) => {
    const created = await once(tx, idempotency, async () => {
      if (await hasAll(tx, sellerId)) {
        return refuse('webhook-limit', `A seller has at most ${MAX_ENDPOINTS} webhooks.`);
      }
      const secret = sealedSecret(deps, sellerId);
      return tx.webhookEndpoint.create({ data: { ...settings, sellerId, secret } });
    });
    if (isRefusal(created)) return created;
    const known = await tx.webhookEndpoint.findFirst({
      where: { id: created.id, deletedAt: null },
    });
    return known ?? notFound();
  });
}

/** A seller's endpoints, newest first. */
export async function readWebhooks(
  prisma: PrismaClient,
  sellerId: string,
): Promise<WebhookEndpoint[]> {
  return prisma.webhookEndpoint.findMany({
    where: { sellerId, deletedAt: null },
    orderBy: { id: 'desc' },
  });
}

export async function readWebhook(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<WebhookEndpoint | Refusal> {
  const where = { id, sellerId, deletedAt: null };
  return (await prisma.webhookEndpoint.findFirst({ where })) ?? notFound();
}

export async function updateWebhook(
  deps: Deps,
  sellerId: string,
  id: string,
  changes: Partial<EndpointSettings>,
): Promise<WebhookEndpoint | Refusal> {
  const objection = changes.url === undefined ? null : objectionTo(deps, changes.url);
  if (objection) return objection;
  return change(deps.prisma, sellerId, id, changes);
}

/** Takes a disabled endpoint up again: what was on its way when it was disabled is sent. */
export async function enableWebhook(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<WebhookEndpoint | Refusal> {
  const working = { disabledAt: null, disabledReason: null, failingSince: null };
  return change(prisma, sellerId, id, working);
}

/** Sends nothing to an endpoint until it is enabled again. One that is disabled already keeps its reason. */
export async function disableWebhook(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<WebhookEndpoint | Refusal> {
  const disabledAt = new Date(await nowMs(prisma));
  await prisma.webhookEndpoint.updateMany({
    where: { id, sellerId, deletedAt: null, disabledAt: null },
    data: { disabledAt, disabledReason: 'You disabled it.' },
  });
  return readWebhook(prisma, sellerId, id);
}

/** Sends nothing more to an endpoint, and forgets its secrets. */
export async function deleteWebhook(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
): Promise<WebhookEndpoint | Refusal> {
  const deletedAt = new Date(await nowMs(prisma));
  const nothing = { secret: NO_SECRET, previousSecret: null, previousUntil: null };
  return change(prisma, sellerId, id, { deletedAt, ...nothing });
}

async function change(
  prisma: PrismaClient,
  sellerId: string,
  id: string,
  data: Prisma.WebhookEndpointUncheckedUpdateManyInput,
): Promise<WebhookEndpoint | Refusal> {
  const where = { id, sellerId, deletedAt: null };
  const [changed] = await prisma.webhookEndpoint.updateManyAndReturn({ where, data });
  return changed ?? notFound();
}

function objectionTo({ outbound }: Deps, url: string): Refusal | null {
  const objection = outbound.objection(url);
  return objection === null ? null : refuse('webhook-url', `Not to be called: ${objection}.`);
}

// The seller's row is locked, so that two at once do not both become the last.
async function hasAll(tx: Tx, sellerId: string): Promise<boolean> {
  await tx.$queryRaw`SELECT id FROM sellers WHERE id = ${sellerId}::uuid FOR NO KEY UPDATE`;
  return (
    (await tx.webhookEndpoint.count({ where: { sellerId, deletedAt: null } })) >= MAX_ENDPOINTS
  );
}

function notFound(): Refusal {
  return refuse('webhook-not-found', 'You have no such webhook.');
}
