import type { SettledInvoice } from '../ports/lightning.ts';
import type { FlowDeps } from './deps.ts';
import { settlePayment } from './settle-payment.ts';

/** Settlements recorded at the same time, within what the pool has connections for. */
const AT_ONCE = 8;
const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE = 100;

type Deps = Pick<FlowDeps, 'prisma' | 'lightning' | 'log' | 'commissionBasisPoints'>;

/**
 * Follows the node's settlements from our own cursor until the stream breaks or `signal` aborts. The cursor moves in
 * the transaction of each settlement, so that nothing is skipped, whatever dies and whenever.
 */
export async function followSettlements(deps: Deps, signal: AbortSignal): Promise<void> {
  const nodeKey = await deps.lightning.nodeKey();
  const saved = await readCursor(deps, nodeKey);
  const cursor = (await isOnNode(deps, nodeKey, saved))
    ? saved
    : await startOver(deps, nodeKey, saved);
  deps.log.info({ nodeKey, settleIndex: String(cursor) }, 'following settlements');
  const onSettled = (invoices: SettledInvoice[]) => settleInOrder(deps, nodeKey, invoices);
  await deps.lightning.watchSettled(cursor, onSettled, signal);
}

/** Looks for settled invoices that are not recorded, as a stream may lose or hold back what it should tell. */
export async function missedSettlements(deps: Deps, sinceMs: number): Promise<SettledInvoice[]> {
  const missed: SettledInvoice[] = [];
  let page: SettledInvoice[] = [];
  for await (const invoice of deps.lightning.settledSince(sinceMs)) {
    if (page.push(invoice) < PAGE) continue;
    missed.push(...(await notRecorded(deps, page)));
    page = [];
  }
  return [...missed, ...(await notRecorded(deps, page))];
}

/** Since when an invoice may have been created that is not accounted for yet: a day before the oldest open order. */
export async function reconcileSinceMs(deps: Deps): Promise<number> {
  const oldest = await deps.prisma.invoice.aggregate({
    where: { state: { in: ['preparing', 'open', 'held'] } },
    _min: { createdAt: true },
  });
  return (oldest._min.createdAt?.getTime() ?? Date.now()) - DAY_MS;
}

async function readCursor({ prisma }: Deps, nodeKey: string): Promise<bigint> {
  const row = await prisma.nodeCursor.findUnique({ where: { nodeKey } });
  return row?.settleIndex ?? 0n;
}

// Indexes that begin again mean a node restored from a backup. It would then tell nothing up to where our cursor
// stands, and say no word about it: so the node is asked for the settlement that the cursor stands at.
async function isOnNode(deps: Deps, nodeKey: string, settleIndex: bigint): Promise<boolean> {
  if (settleIndex === 0n) return false;
  const payment = await deps.prisma.payment.findFirst({ where: { nodeKey, settleIndex } });
  if (!payment) return false;
  const invoice = await deps.lightning.lookUpInvoice(payment.paymentHash);
  return invoice?.settled?.settleIndex === settleIndex;
}

// Reads a node from its list of invoices, by hash: one that we have never followed, for index 0 replays nothing, and
// one that our cursor does not fit.
async function startOver(deps: Deps, nodeKey: string, saved: bigint): Promise<bigint> {
  if (saved > 0n) {
    deps.log.error({ nodeKey, settleIndex: String(saved) }, 'the node does not know our cursor');
  }
  const sinceMs = await reconcileSinceMs(deps);
  let settleIndex = 0n;
  for await (const invoice of deps.lightning.settledSince(sinceMs)) {
    if (invoice.settleIndex > settleIndex) settleIndex = invoice.settleIndex;
  }
  for (const invoice of await missedSettlements(deps, sinceMs)) {
    await settlePayment(deps, { ...invoice, nodeKey, movesCursor: false, foundBy: 'list' });
  }
  await deps.prisma.nodeCursor.upsert({
    where: { nodeKey },
    create: { nodeKey, settleIndex },
    update: { settleIndex },
  });
  return settleIndex;
}

// The last of some settlements moves the cursor, when all before it are committed: so it never passes one by.
async function settleInOrder(
  deps: Deps,
  nodeKey: string,
  invoices: SettledInvoice[],
): Promise<void> {
  const last = invoices.at(-1);
  if (!last) return;
  const told = { nodeKey, foundBy: 'stream' as const };
  const before = invoices.slice(0, -1);
  while (before.length > 0) {
    const some = before.splice(0, AT_ONCE);
    await Promise.all(
      some.map((invoice) => settlePayment(deps, { ...invoice, ...told, movesCursor: false })),
    );
  }
  await settlePayment(deps, { ...last, ...told, movesCursor: true });
}

async function notRecorded(
  { prisma }: Deps,
  invoices: SettledInvoice[],
): Promise<SettledInvoice[]> {
  const hashes = invoices.map(({ paymentHash }) => Uint8Array.from(paymentHash));
  const rows = await prisma.payment.findMany({
    where: { paymentHash: { in: hashes } },
    select: { paymentHash: true },
  });
  const recorded = new Set(rows.map(({ paymentHash }) => hex(paymentHash)));
  return invoices.filter(({ paymentHash }) => !recorded.has(hex(paymentHash)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
