import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthenticatedLnd, SubscribeToInvoicesInvoiceUpdatedEvent } from 'lightning';
import { bytesOf, hexOf, sha256 } from '../../sandbox/bytes.ts';
import { type NodeAddress, type Sandbox, startSandbox } from '../../sandbox/start.ts';

// Other people's work shares the machine: patience costs nothing when all is well.
const PATIENCE_MS = 60_000;
const POLL_MS = 25;

/** ln-service as it is, under the types of the package beneath it. */
export const ln = createRequire(import.meta.url)('ln-service') as typeof import('lightning');

export type InvoiceEvent = SubscribeToInvoicesInvoiceUpdatedEvent;

/** What ln-service answers and its types forgot. */
export interface Indexed {
  index: number;
  confirmed_index?: number;
}

export interface Playground extends AsyncDisposable {
  dir: string;
  sandbox: Sandbox;
  market: AuthenticatedLnd;
  router: AuthenticatedLnd;
  buyer: AuthenticatedLnd;
}

/** A daemon of its own in a temporary directory, and an ln-service connection to each node. */
export async function playground(capacitySats?: bigint): Promise<Playground> {
  const dir = mkdtempSync(join(tmpdir(), 'dazaar-sandbox-'));
  const sandbox = await startSandbox({ dir, ...(capacitySats ? { capacitySats } : {}) });
  const { market, router, buyer } = sandbox.nodes;
  return {
    dir,
    sandbox,
    market: connect(market),
    router: connect(router),
    buyer: connect(buyer),
    async [Symbol.asyncDispose]() {
      await sandbox.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function connect(node: NodeAddress, macaroonPath = node.macaroon): AuthenticatedLnd {
  const { lnd } = ln.authenticatedLndGrpc({
    socket: node.socket,
    cert: readFileSync(node.cert).toString('base64'),
    macaroon: readFileSync(macaroonPath).toString('base64'),
  });
  return lnd;
}

/** A preimage and its hash. */
export function newSecret(): { secret: string; id: string } {
  const secret = randomBytes(32).toString('hex');
  return { secret, id: hexOf(sha256(bytesOf(secret))) };
}

/** All invoices of a page, with their indices. */
export function indexed<T>(invoices: T[]): (T & Indexed)[] {
  return invoices as (T & Indexed)[];
}

/** Waits for a condition. Rejects after a minute, naming what it waited for. */
export async function until(what: string, isMet: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  while (!(await isMet())) {
    if (Date.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await sleep(POLL_MS);
  }
}

/** Collects what SubscribeInvoices tells, until it is disposed of. */
export function listen(
  lnd: AuthenticatedLnd,
  from: { added_after?: number; confirmed_after?: number } = {},
): Disposable & { events: InvoiceEvent[] } {
  const subscription = ln.subscribeToInvoices({ lnd, ...from });
  const events: InvoiceEvent[] = [];
  subscription.on('invoice_updated', (event: InvoiceEvent) => events.push(event));
  subscription.on('error', () => {});
  return { events, [Symbol.dispose]: () => subscription.removeAllListeners() };
}

/** The failure of a payment, as ln-service names it; undefined when it was paid. */
export async function failureOf(paying: Promise<unknown>): Promise<string | undefined> {
  return paying.then(
    () => undefined,
    (error: unknown[]) => {
      const { details } = (error[2] as { err?: { details?: string } } | undefined)?.err ?? {};
      return details ?? String(error[1]);
    },
  );
}

/**
 * Pays, and resolves to the preimage. ln-service's payViaPaymentRequest throws where nobody can catch it when a connection
 * breaks, even after the payment: this is for nodes that are killed.
 */
export function pay(lnd: AuthenticatedLnd, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const events = ln.subscribeToPayViaRequest({ lnd, request });
    events.on('confirmed', ({ secret }) => resolve(secret));
    events.on('failed', reject);
    events.on('error', reject);
  });
}
