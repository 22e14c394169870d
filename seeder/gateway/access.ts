import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { purchaseQuery } from '../../contract/operations/gateway.ts';
import type { PaymentOffer } from '../../contract/payment-offer.ts';
import { uuid } from '../../contract/primitives.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { type Offer, readOffer } from '../../flow/read-offer.ts';
import { faultsIn, InvalidInput } from '../../http/input.ts';
import { addressOf, pass } from '../../http/limits.ts';
import { type Authenticate, SENT } from '../../http/operate.ts';
import { sendProblem, sendRefusal } from '../../http/problem.ts';
import type { Plan } from '../../prisma/client/client.ts';
import type { Purchase } from './challenges.ts';
import { readCredential } from './credential.ts';
import type { GatewayDeps } from './deps.ts';
import { ANYBODY, type Visitor } from './visit.ts';

// Whoever has just paid comes at once, and the payment is on its way through node, worker and grant log.
const SETTLE_WAIT_MS = 5_000;
const POLL_MS = 20;

/** Lets in whoever has a live grant by the gate's word, and anybody to an open feed; everybody else is answered here. */
export function authenticateWith(deps: GatewayDeps): Authenticate {
  return async (req, res) => {
    const feedId = uuid.safeParse(req.params.feedId).data;
    if (!feedId) return deny(res, 404, 'not-found', 'That is no id of a feed.');
    if (!deps.gate.ready) {
      return deny(res, 503, 'unavailable', 'The gateway has not read the grants yet.');
    }
    const { authorization } = req.headers;
    const credential = await readCredential(deps.keys, authorization, feedId, deps.nowMs());
    switch (credential.kind) {
      case 'token':
        if (await isGranted(deps, credential.visitor, feedId)) return credential.visitor;
        if (deps.gate.isOpen(feedId)) return ANYBODY;
        return demandPayment(deps, req, res, feedId, 'Your key has no live grant for this feed.');
      case 'l402':
        return admitPayer(deps, req, res, feedId, credential);
      case 'none':
        if (deps.gate.isOpen(feedId)) return ANYBODY;
        return demandPayment(deps, req, res, feedId, 'Reading this feed takes a grant.');
    }
    const isOther = credential.kind === 'elsewhere';
    const why = isOther ? 'The credential is for another feed.' : credential.why;
    if (credential.scheme === 'L402') return demandPayment(deps, req, res, feedId, why);
    if (isOther) return { status: 403, code: 'forbidden', detail: why };
    const challenge = 'Bearer error="invalid_token"';
    return { status: 401, code: 'unauthenticated', detail: why, challenge };
  };
}

/** Answers with 402: what access costs, and an invoice for it if there is a node to ask for one. */
export async function demandPayment(
  deps: GatewayDeps,
  req: Request,
  res: Response,
  feedId: string,
  why: string,
  paidOrderId?: string | undefined,
): Promise<typeof SENT> {
  const offer = await readOffer(deps.prisma, feedId);
  if (!offer) return deny(res, 404, 'not-found', 'There is no such feed.');
  const found = await deps.challenges?.find(
    addressOf(req),
    feedId,
    offer,
    purchaseOf(req),
    async () => pass(res, await deps.limiter.take('orders', addressOf(req))),
  );
  if (found === null) return SENT;
  if (found && isRefusal(found) && found.refused === 'node-unreachable') {
    sendRefusal(res, found);
    return SENT;
  }
  if (found && !isRefusal(found)) res.setHeader('WWW-Authenticate', found.header);
  const detail = found && isRefusal(found) ? `${why} ${found.detail}` : why;
  const orderId = found && !isRefusal(found) ? found.orderId : undefined;
  const more: PaymentOffer = { orderId, paidOrderId, ...presentOffer(deps, offer) };
  sendProblem(res, 402, 'payment-required', detail, undefined, more);
  return SENT;
}

async function admitPayer(
  deps: GatewayDeps,
  req: Request,
  res: Response,
  feedId: string,
  { visitor, paymentHash }: { visitor: Visitor; paymentHash: Uint8Array<ArrayBuffer> },
): Promise<Visitor | typeof SENT> {
  if (await isGranted(deps, visitor, feedId, paymentHash)) return visitor;
  const payment = await deps.prisma.payment.findUnique({ where: { paymentHash } });
  if (!payment) {
    return deny(res, 503, 'unavailable', 'The payment is not recorded yet. Do not pay again.');
  }
  const isOver = payment.outcome === 'settled' || payment.outcome === 'late_honoured';
  const why = isOver
    ? 'What was paid for is over.'
    : `The payment bought nothing (${payment.outcome}); it is owed back.`;
  return demandPayment(deps, req, res, feedId, why, payment.orderId ?? undefined);
}

/** Whether the gate knows a live grant, or is about to hear of one: then it is waited for. */
async function isGranted(
  deps: GatewayDeps,
  { buyerKey }: Visitor,
  feedId: string,
  paymentHash?: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  if (deps.gate.grants(buyerKey, feedId)) return true;
  if (!(await isComing(deps, buyerKey, feedId, paymentHash))) return false;
  const untilMs = performance.now() + SETTLE_WAIT_MS;
  while (performance.now() < untilMs) {
    await sleep(POLL_MS);
    if (deps.gate.grants(buyerKey, feedId)) return true;
  }
  return false;
}

async function isComing(
  { prisma, nowMs }: GatewayDeps,
  buyerKey: Uint8Array<ArrayBuffer>,
  feedId: string,
  paymentHash: Uint8Array<ArrayBuffer> | undefined,
): Promise<boolean> {
  // A payment is recorded together with its grant: whoever looks for the payment first never sees it without.
  if (paymentHash && (await prisma.payment.count({ where: { paymentHash } })) === 0) return true;
  const grant = await prisma.grant.findUnique({ where: { feedId_buyerKey: { feedId, buyerKey } } });
  if (!grant) return false;
  return grant.state === 'live' && (!grant.expiresAt || grant.expiresAt.getTime() > nowMs());
}

function purchaseOf({ query }: Request): Purchase {
  const { data, error } = purchaseQuery.safeParse(query);
  if (error) throw new InvalidInput(faultsIn('query', error));
  return data;
}

function presentOffer({ marketUrl }: GatewayDeps, { listing, plans }: Offer): PaymentOffer {
  return {
    listing: listing.slug,
    market: marketUrl,
    termsHash: listing.termsHash && Buffer.from(listing.termsHash).toString('hex'),
    plans: plans.map(presentPlan),
  };
}

function presentPlan(plan: Plan): PaymentOffer['plans'][number] {
  const { name, kind, priceMsat, currency, priceMinor, periodMs } = plan;
  return {
    name,
    kind,
    priceMsat: priceMsat?.toString() ?? null,
    currency,
    priceMinor: priceMinor?.toString() ?? null,
    periodMs: periodMs === null ? null : Number(periodMs),
  };
}

function deny(res: Response, status: number, code: string, detail: string): typeof SENT {
  sendProblem(res, status, code, detail);
  return SENT;
}
