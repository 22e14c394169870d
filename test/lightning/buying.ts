import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InvoiceRequest, Lightning, PaymentResult } from '../../ports/lightning.ts';
import { until } from '../support/until.ts';
import type { PartyName, Place } from './place.ts';

export const PRICE_MSAT = 12_345n;
// LND's defaults, which the sandbox has too: a thousandth of a satoshi's thousand at the router, and a millionth.
export const FEE_MSAT = 1_000n;
const HOUR_MS = 3_600_000;
const ROUTED_MS = 30_000;
const ROUTED_POLL_MS = 100;

export interface Made {
  preimage: Uint8Array;
  paymentHash: Uint8Array;
  bolt11: string;
}

export async function makeInvoice(
  payee: Lightning,
  terms: Partial<InvoiceRequest> = {},
): Promise<Made> {
  const preimage = terms.preimage ?? randomBytes(32);
  const { bolt11 } = await payee.createInvoice({
    preimage,
    amountMsat: PRICE_MSAT,
    description: 'a feed',
    expiresAtMs: Date.now() + HOUR_MS,
    ...terms,
  });
  return { preimage, paymentHash: hashOf(preimage), bolt11 };
}

export function pay(payer: Lightning, { bolt11 }: Pick<Made, 'bolt11'>): Promise<PaymentResult> {
  return payer.pay({ bolt11, maxFeeMsat: 10_000n, timeoutMs: 20_000 });
}

/** Just after a node has come back, its channels may not be up. */
async function payOnceRouted(payer: Lightning, made: Made): Promise<PaymentResult> {
  const giveUpAtMs = Date.now() + ROUTED_MS;
  for (;;) {
    const paid = await pay(payer, made);
    const isUnrouted = paid.state === 'failed' && paid.reason === 'route-not-found';
    if (!isUnrouted || Date.now() > giveUpAtMs) return paid;
    await sleep(ROUTED_POLL_MS);
  }
}

/** Makes an invoice at the market and has the buyer pay it. */
export async function sell({ market, buyer }: Place, terms?: Partial<InvoiceRequest>) {
  const made = await makeInvoice(market, terms);
  const paid = await payOnceRouted(buyer, made);
  if (paid.state !== 'succeeded') throw new Error(`not paid: ${JSON.stringify(paid)}`);
  return made;
}

/** A hold invoice that the buyer has paid, and how the buyer's payment will end. */
export async function makeHeld({ market, buyer }: Place) {
  const made = await makeInvoice(market, { hold: true });
  const paid = payOnceRouted(buyer, made);
  paid.catch(() => {});
  await untilState(market, made, 'held');
  return { ...made, paid };
}

/** Starts what was killed; resolves when our connections have noticed. */
export async function bringBack(place: Place, name: PartyName): Promise<void> {
  await place.start(name);
  await untilAnswering(place);
}

/** A connection that was refused waits some seconds before it is tried again. */
export async function untilAnswering({ market, buyer }: Place): Promise<void> {
  const paymentHash = hashOf(randomBytes(32));
  const answers = async (node: Lightning) =>
    node.lookUpInvoice(paymentHash).then(
      () => true,
      () => false,
    );
  await until(async () => (await answers(market)) && (await answers(buyer)), 60_000);
}

export async function stateOf(payee: Lightning, { paymentHash }: Pick<Made, 'paymentHash'>) {
  return (await payee.lookUpInvoice(paymentHash))?.state;
}

export function untilState(payee: Lightning, made: Made, state: string): Promise<void> {
  return until(async () => (await stateOf(payee, made)) === state, 60_000);
}

export function hashOf(preimage: Uint8Array): Uint8Array {
  return createHash('sha256').update(preimage).digest();
}
