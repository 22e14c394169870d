import { type Attributes, inSpan, isTracing, type Span, traceParent } from '../ports/trace.ts';
import type { PrismaClient } from '../prisma/client/client.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Which = { id: string } | { paymentHash: Bytes };

/**
 * Does something for an order as a span of that order's trace, whichever process it is done in: within the span that is
 * under way, or else behind what the order's row says was done last. Only who traces asks for the row.
 */
export async function inOrderSpan<T>(
  prisma: Pick<PrismaClient, 'order'>,
  which: Which,
  name: string,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  if (!isTracing()) return inSpan(name, {}, work);
  const attributes = attributesOf(which);
  if (traceParent()) return inSpan(name, { attributes }, work);
  return inSpan(
    name,
    { kind: 'consumer', attributes, parent: await parentOf(prisma, which) },
    work,
  );
}

function attributesOf(which: Which): Attributes {
  return 'id' in which
    ? { 'dazaar.order_id': which.id }
    : { 'dazaar.payment_hash': Buffer.from(which.paymentHash).toString('hex') };
}

/** For an order's row, that whoever goes on with the order goes on with this trace; nothing without tracing. */
export function keptTrace(): { traceParent?: string } {
  const parent = traceParent();
  return parent === null ? {} : { traceParent: parent };
}

// A trace is worth no payment: without an answer the span begins a trace of its own.
async function parentOf(prisma: Pick<PrismaClient, 'order'>, which: Which): Promise<string | null> {
  const where = 'id' in which ? which : { invoices: { some: { paymentHash: which.paymentHash } } };
  const order = await prisma.order
    .findFirst({ where, select: { traceParent: true } })
    .catch(() => null);
  return order?.traceParent ?? null;
}
