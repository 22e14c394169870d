import { type AttemptVerdict, isGivenUp, judgeAttempt, readRetryAfter } from '../domain/webhook.ts';
import { tell } from '../ports/measures.ts';
import type { OutboundResult } from '../ports/outbound.ts';
import type { PrismaClient } from '../prisma/client/client.ts';
import { writeWebhook } from '../protocol/webhook-message.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { inOrderSpan } from './order-trace.ts';
import { secretsInForce } from './webhook-secrets.ts';

/** Longer than an attempt can take: a delivery that nobody has recorded by then is due again. */
const LEASE_MS = 20_000;
const ANSWER_BYTES = 1_024;
const MAX_DUE = 1_000;

type Bytes = Uint8Array<ArrayBuffer>;

/** A delivery that is ours to attempt, for as long as the lease lasts. */
interface Claimed {
  id: string;
  attempts: number;
  endpointId: string;
  sellerId: string;
  url: string;
  secret: Bytes;
  previousSecret: Bytes | null;
  previousUntil: Date | null;
  eventId: string;
  type: string;
  payload: unknown;
  at: Date;
  now: Date;
}

/**
 * Attempts a due delivery once and records how that went. Whoever is killed in between leaves it due again: it is sent
 * at least once, always under the same id.
 *
 * @returns when to try again, or null when that is not for us to do
 */
export async function deliverWebhook(
  deps: Pick<FlowDeps, 'prisma' | 'keys' | 'outbound' | 'log'>,
  deliveryId: string,
): Promise<{ tryAgainAtMs: number | null }> {
  const claimed = await claim(deps.prisma, deliveryId);
  if (!claimed) return { tryAgainAtMs: null };
  const { eventId, type, at, payload, now, url } = claimed;
  const secrets = secretsInForce(deps, claimed, now);
  const message = writeWebhook({ id: eventId, type, at, data: payload }, secrets, now);
  const startedAtMs = performance.now();
  const orderId = orderOf(payload);
  const send = () => deps.outbound.send({ method: 'POST', url, ...message });
  const result = await (orderId
    ? inOrderSpan(deps.prisma, { id: orderId }, 'deliver webhook', async (span) => {
        const sent = await send();
        span.setAttributes({ 'dazaar.event': type, 'dazaar.outcome': sent.outcome });
        return sent;
      })
    : send());
  const durationMs = Math.round(performance.now() - startedAtMs);
  const verdict = await record(deps.prisma, claimed, result, durationMs);
  tell('webhook', { outcome: verdict.outcome, seconds: durationMs / 1000 });
  const { id, endpointId, attempts } = claimed;
  const story = { orderId, deliveryId: id, endpointId, type, attempts, ...verdict };
  deps.log.info(story, 'webhook attempted');
  return { tryAgainAtMs: verdict.tryAgainAtMs };
}

/** Deliveries that should be attempted now: so many an endpoint, so that the backlog of one hides no other's. */
export async function dueDeliveries(
  prisma: PrismaClient,
  perEndpoint: number,
  endpointId: string | null = null,
): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    SELECT due.id FROM webhook_endpoints e, LATERAL (
      SELECT d.id FROM webhook_deliveries d
      WHERE d.endpoint_id = e.id AND d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
      ORDER BY d.next_attempt_at LIMIT ${perEndpoint}
    ) due
    WHERE e.disabled_at IS NULL AND e.deleted_at IS NULL
      AND (${endpointId}::uuid IS NULL OR e.id = ${endpointId}::uuid)
    LIMIT ${MAX_DUE}`;
  return rows.map(({ id }) => id);
}

/** Where a pending delivery goes; null when there is nothing to be done for it any more. */
export async function endpointOf(prisma: PrismaClient, deliveryId: string): Promise<string | null> {
  const where = { id: deliveryId, state: 'pending' as const };
  const row = await prisma.webhookDelivery.findFirst({ where, select: { endpointId: true } });
  return row?.endpointId ?? null;
}

/** The order that an event is about; undefined for events of other things. */
function orderOf(payload: unknown): string | undefined {
  const { orderId } = (payload ?? {}) as { orderId?: unknown };
  return typeof orderId === 'string' ? orderId : undefined;
}

async function claim(prisma: PrismaClient, deliveryId: string): Promise<Claimed | null> {
  const [row] = await prisma.$queryRaw<Claimed[]>`
    UPDATE webhook_deliveries d
    SET attempts = d.attempts + 1, next_attempt_at = clock_timestamp() + ${LEASE_MS} * interval '1 ms'
    FROM webhook_endpoints e, webhook_events v
    WHERE d.id = ${deliveryId}::uuid AND e.id = d.endpoint_id AND v.id = d.event_id
      AND d.state = 'pending' AND d.next_attempt_at <= clock_timestamp()
      AND e.disabled_at IS NULL AND e.deleted_at IS NULL
    RETURNING d.id, d.attempts, e.id AS "endpointId", e.seller_id AS "sellerId", e.url, e.secret,
      e.previous_secret AS "previousSecret", e.previous_until AS "previousUntil",
      v.id AS "eventId", v.type, v.payload, v.at, clock_timestamp() AS now`;
  return row ?? null;
}

type Recorded = AttemptVerdict & { tryAgainAtMs: number | null };

async function record(
  prisma: PrismaClient,
  { id, attempts, endpointId }: Claimed,
  result: OutboundResult,
  durationMs: number,
): Promise<Recorded> {
  return prisma.$transaction(async (tx) => {
    const now = await nowMs(tx);
    await tx.webhookAttempt.create({ data: { deliveryId: id, durationMs, ...shown(result) } });
    const verdict = judgeAttempt(asAttempt(result, now), attempts, Math.random());
    const tryAgainAtMs = verdict.outcome === 'retry' ? now + verdict.afterMs : null;
    // Asked to be redelivered meanwhile, it has begun anew, and this attempt says nothing about it any more.
    await tx.webhookDelivery.updateMany({
      where: { id, state: 'pending', attempts },
      data: {
        ...stateAfter(verdict, now),
        nextAttemptAt: tryAgainAtMs === null ? null : new Date(tryAgainAtMs),
      },
    });
    await judgeEndpoint(tx, endpointId, verdict, now);
    return { ...verdict, tryAgainAtMs };
  });
}

function stateAfter({ outcome }: AttemptVerdict, now: number) {
  if (outcome === 'delivered') return { state: 'delivered' as const, deliveredAt: new Date(now) };
  return { state: outcome === 'retry' ? ('pending' as const) : ('failed' as const) };
}

async function judgeEndpoint(
  tx: Tx,
  id: string,
  { outcome }: AttemptVerdict,
  now: number,
): Promise<void> {
  if (outcome === 'delivered') {
    const where = { id, failingSince: { not: null } };
    await tx.webhookEndpoint.updateMany({ where, data: { failingSince: null } });
    return;
  }
  if (outcome === 'gone') return disable(tx, id, 'The endpoint answered 410 Gone.', now);
  const failingSince = new Date(now);
  await tx.webhookEndpoint.updateMany({
    where: { id, failingSince: null },
    data: { failingSince },
  });
  const endpoint = await tx.webhookEndpoint.findUniqueOrThrow({ where: { id } });
  if (endpoint.failingSince && isGivenUp(endpoint.failingSince.getTime(), now)) {
    await disable(tx, id, 'Every attempt of the last 5 days failed.', now);
  }
}

async function disable(tx: Tx, id: string, disabledReason: string, now: number): Promise<void> {
  await tx.webhookEndpoint.updateMany({
    where: { id, disabledAt: null },
    data: { disabledAt: new Date(now), disabledReason },
  });
}

function asAttempt(result: OutboundResult, now: number) {
  if (result.outcome !== 'answered') return { status: null, retryAfterMs: null };
  const asked = result.headers['retry-after'];
  const retryAfterMs = readRetryAfter(typeof asked === 'string' ? asked : undefined, now);
  return { status: result.status, retryAfterMs };
}

/** What the seller is shown of an attempt. Postgres stores no NUL in a text. */
function shown(result: OutboundResult) {
  if (result.outcome !== 'answered') return { error: `${result.outcome}: ${result.detail}` };
  const { status, body } = result;
  const answer = body.subarray(0, ANSWER_BYTES).toString('utf8').replaceAll('\0', '\uFFFD');
  return { status, answer };
}
