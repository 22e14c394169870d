import type { SettledInvoice } from '../ports/lightning.ts';
import type { FlowDeps } from './deps.ts';
import { type Settling, settlePayment } from './settle-payment.ts';

/** Settlements recorded at the same time, within what the pool has connections for. */
const AT_ONCE = 8;
const DAY_MS = 24 * 60 * 60 * 1000;

type Deps = Pick<FlowDeps, 'prisma' | 'lightning' | 'log' | 'commissionBasisPoints'>;

/**
 * Follows the node's settlements from our own cursor until the stream breaks or `signal` aborts. The cursor moves in
 * the transaction of each settlement, so that nothing is skipped, whatever dies and whenever.
 */
export async function followSettlements(deps: Deps, signal: AbortSignal): Promise<void> {
  const nodeKey = await deps.lightning.nodeKey();
  let cursor = await readCursor(deps, nodeKey);
  // Index 0 replays nothing: a node that we have never followed is read from its list of invoices.
  if (cursor === 0n) cursor = await bootstrap(deps, nodeKey);

  const onSettled = async (invoices: SettledInvoice[]) => {
    for (const invoice of invoices) {
      const wentBack = invoice.settleIndex <= cursor;
      if (wentBack && !(await isRecorded(deps, invoice.paymentHash))) {
        await startOver(deps, nodeKey, invoice.settleIndex);
      }
      cursor = invoice.settleIndex;
    }
    await settleInOrder(deps, nodeKey, invoices);
  };
  deps.log.info({ nodeKey, settleIndex: String(cursor) }, 'following settlements');
  await deps.lightning.watchSettled(cursor, onSettled, signal);
}

/** Looks for settled invoices that are not recorded, as a stream may lose or hold back what it should tell. */
export async function missedSettlements(deps: Deps, sinceMs: number): Promise<SettledInvoice[]> {
  const missed: SettledInvoice[] = [];
  for await (const invoice of deps.lightning.settledSince(sinceMs)) {
    if (!(await isRecorded(deps, invoice.paymentHash))) missed.push(invoice);
  }
  return missed;
}

/** Since when an invoice may have been created that is not accounted for yet: a day before the oldest open order. */
export async function reconcileSinceMs(deps: Deps): Promise<number> {
  const oldest = await deps.prisma.invoice.aggregate({
    where: { state: { in: ['preparing', 'open'] } },
    _min: { createdAt: true },
  });
  return (oldest._min.createdAt?.getTime() ?? Date.now()) - DAY_MS;
}

async function readCursor({ prisma }: Deps, nodeKey: string): Promise<bigint> {
  const row = await prisma.nodeCursor.findUnique({ where: { nodeKey } });
  return row?.settleIndex ?? 0n;
}

async function bootstrap(deps: Deps, nodeKey: string): Promise<bigint> {
  const settled = await missedSettlements(deps, await reconcileSinceMs(deps));
  const inOrder = settled.sort((a, b) => (a.settleIndex < b.settleIndex ? -1 : 1));
  await settleInOrder(deps, nodeKey, inOrder);
  return readCursor(deps, nodeKey);
}

// The last of some settlements moves the cursor, when all before it are committed: so it never passes one by.
async function settleInOrder(
  deps: Deps,
  nodeKey: string,
  invoices: SettledInvoice[],
): Promise<void> {
  const last = invoices.at(-1);
  if (!last) return;
  const before = invoices.slice(0, -1);
  while (before.length > 0) {
    const some = before.splice(0, AT_ONCE);
    await Promise.all(
      some.map((invoice) => settlePayment(deps, { ...invoice, nodeKey, movesCursor: false })),
    );
  }
  await settlePayment(deps, { ...last, nodeKey, movesCursor: true });
}

// Indexes that begin again mean a node restored from a backup: what it tells anew is read in full, by hash.
async function startOver(deps: Deps, nodeKey: string, settleIndex: bigint): Promise<void> {
  deps.log.error(
    { nodeKey, settleIndex: String(settleIndex) },
    'the settle index of the node went back',
  );
  for (const invoice of await missedSettlements(deps, await reconcileSinceMs(deps))) {
    await settlePayment(deps, { ...invoice, nodeKey, movesCursor: false } satisfies Settling);
  }
  await deps.prisma.nodeCursor.update({ where: { nodeKey }, data: { settleIndex } });
}

async function isRecorded({ prisma }: Deps, paymentHash: Uint8Array): Promise<boolean> {
  const where = { paymentHash: Uint8Array.from(paymentHash) };
  return (await prisma.payment.count({ where })) > 0;
}
