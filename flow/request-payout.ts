import type { Idempotency } from '../domain/idempotency.ts';
import {
  bookLock,
  feeLimitMsat,
  type PayeeFault,
  payeeFault,
  type Source,
} from '../domain/payout.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import type { Lightning, ReadInvoice, SentPayment } from '../ports/lightning.ts';
import { book } from './book.ts';
import { nowMs } from './clock.ts';
import type { FlowDeps, Tx } from './deps.ts';
import { type Once, once } from './idempotent.ts';

// A payee who holds a payment holds a place at the node for hours: nobody may have many of them held.
const MAX_PENDING = 10;

export interface PayoutRequest {
  bolt11: string;
  /** null: what is usual for the amount. */
  maxFeeMsat: bigint | null;
  idempotency: Idempotency | null;
}

/** What requests need: the network's chain, and a node to ask who it is. */
export type RequestDeps = Pick<FlowDeps, 'prisma'> & {
  lightning: Pick<Lightning, 'nodeKey' | 'readInvoice'>;
  chain: string;
};

const FAULTS: Record<PayeeFault, string> = {
  amountless: 'The invoice leaves the amount open: make one for a fixed amount.',
  'other-network': 'The invoice is for another network than this market is paid on.',
  'own-node': 'The invoice is of this market’s own node, which cannot pay itself.',
  'expires-soon': 'The invoice has expired, or will within half a minute: make a new one.',
};

/** An invoice that could be paid out to, and the most that this would take out of a balance. */
export interface Payee {
  amountMsat: bigint;
  maxFeeMsat: bigint;
  /** The public key of the node that would be paid, hex. */
  destination: string;
  expiresAtMs: number;
}

/** Reads an invoice as a payout to it would, and locks nothing. */
export async function readPayee(
  deps: RequestDeps,
  { bolt11, maxFeeMsat }: Omit<PayoutRequest, 'idempotency'>,
): Promise<Payee | Refusal> {
  const invoice = deps.lightning.readInvoice(bolt11);
  if (!invoice) return refuse('payee-invalid', 'That is not a valid BOLT11 invoice.');
  const nodeKey = await deps.lightning.nodeKey();
  const now = await nowMs(deps.prisma);
  const fault = payeeFault(invoice, { chain: deps.chain, nodeKey, nowMs: now });
  if (fault) return refuse('payee-invalid', FAULTS[fault]);
  const { destination, expiresAtMs } = invoice;
  const amountMsat = invoice.amountMsat ?? 0n;
  return {
    amountMsat,
    maxFeeMsat: maxFeeMsat ?? feeLimitMsat(amountMsat),
    destination,
    expiresAtMs,
  };
}

/** Asks for a seller's balance, or a part of it, to be paid to an invoice. The money is locked from here on. */
export async function requestWithdrawal(
  deps: RequestDeps,
  sellerId: string,
  request: PayoutRequest,
): Promise<Once | Refusal> {
  const source: Source = { kind: 'seller', owner: sellerId };
  return requestPayout(deps, request, source, { kind: 'withdrawal', sellerId });
}

/** Asks for what is owed back for an order to be paid to an invoice of the buyer, who has shown his key. */
export async function requestRefund(
  deps: RequestDeps,
  orderId: string,
  buyerKey: Uint8Array<ArrayBuffer>,
  request: PayoutRequest,
): Promise<Once | Refusal> {
  const order = await deps.prisma.order.findFirst({ where: { id: orderId, buyerKey } });
  if (!order) return refuse('order-not-found', 'There is no such order of this buyer key.');
  const source: Source = { kind: 'refundable', owner: orderId };
  return requestPayout(deps, request, source, { kind: 'refund', orderId });
}

/**
 * Enters a withdrawal that a node has sent and this database has forgotten, as one that was restored from a backup may
 * have: its amount and fee are locked, and the workers find out the rest by its hash, as of any other.
 */
export async function enterWithdrawal(
  { prisma }: Pick<FlowDeps, 'prisma'>,
  sellerId: string,
  sent: SentPayment & { nodeKey: string },
): Promise<{ id: string } | Refusal> {
  const { bolt11, amountMsat, feeMsat: maxFeeMsat, nodeKey } = sent;
  if (bolt11 === null) return refuse('payee-invalid', 'It was sent without an invoice.');
  const invoice = { paymentHash: sent.paymentHash, amountMsat };
  const source: Source = { kind: 'seller', owner: sellerId };
  return prisma.$transaction(async (tx) => {
    const owner = { kind: 'withdrawal', sellerId } as const;
    const payout = await lock(tx, { bolt11, maxFeeMsat }, invoice, source, owner);
    if (isRefusal(payout)) return payout;
    const sentAt = new Date(await nowMs(tx));
    await tx.payout.update({ where: { id: payout.id }, data: { sentAt, nodeKey } });
    return payout;
  });
}

type Owner = { kind: 'withdrawal'; sellerId: string } | { kind: 'refund'; orderId: string };

async function requestPayout(
  deps: RequestDeps,
  request: PayoutRequest,
  source: Source,
  owner: Owner,
): Promise<Once | Refusal> {
  const invoice = deps.lightning.readInvoice(request.bolt11);
  if (!invoice) return refuse('payee-invalid', 'That is not a valid BOLT11 invoice.');
  const nodeKey = await deps.lightning.nodeKey();
  return deps.prisma.$transaction((tx) =>
    once(tx, request.idempotency, async () => {
      const market = { chain: deps.chain, nodeKey, nowMs: await nowMs(tx) };
      const fault = payeeFault(invoice, market);
      if (fault) return refuse('payee-invalid', FAULTS[fault]);
      return lock(tx, request, invoice, source, owner);
    }),
  );
}

async function lock(
  tx: Tx,
  { bolt11, maxFeeMsat: asked }: Omit<PayoutRequest, 'idempotency'>,
  invoice: Pick<ReadInvoice, 'paymentHash' | 'amountMsat'>,
  source: Source,
  owner: Owner,
): Promise<{ id: string } | Refusal> {
  const amountMsat = invoice.amountMsat ?? 0n;
  const maxFeeMsat = asked ?? feeLimitMsat(amountMsat);
  const short = await shortage(tx, source, amountMsat + maxFeeMsat);
  if (isRefusal(short)) return short;
  const pending = await tx.payout.count({ where: { ...owner, state: 'pending' } });
  if (pending >= MAX_PENDING) {
    return refuse('too-many-payouts', `${pending} payouts are pending: wait until one has ended.`);
  }
  const paymentHash = Uint8Array.from(invoice.paymentHash);
  const [payout] = await tx.payout.createManyAndReturn({
    data: [{ ...owner, bolt11, paymentHash, amountMsat, maxFeeMsat }],
    skipDuplicates: true,
    select: { id: true },
  });
  if (!payout) return refuse('payee-used', 'A payout to this invoice was asked for before.');
  const payoutId = payout.id;
  const entries = bookLock({ payoutId, source, amountMsat, maxFeeMsat });
  await book(tx, { kind: 'payout-locked', payoutId }, entries);
  return payout;
}

// The row stays locked until the money is: of many who want all of it, one gets it.
async function shortage(
  tx: Tx,
  { kind, owner }: Source,
  neededMsat: bigint,
): Promise<Refusal | { availableMsat: bigint }> {
  const [account] = await tx.$queryRaw<{ balanceMsat: bigint }[]>`
    SELECT balance_msat AS "balanceMsat" FROM ledger_accounts
    WHERE kind = ${kind}::ledger_account_kind AND owner = ${owner} FOR UPDATE`;
  const availableMsat = account?.balanceMsat ?? 0n;
  if (availableMsat >= neededMsat) return { availableMsat };
  return refuse(
    'balance-too-low',
    `Amount and fee limit are ${neededMsat} msat together, ${availableMsat} msat are there.`,
  );
}
