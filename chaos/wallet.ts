import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AuthenticatedLnd,
  authenticatedLndGrpc,
  createInvoice,
  getChannelBalance,
  getInvoice,
  getPayments,
} from 'ln-service';
import { openNode } from '../boot/context.ts';
import type { Lightning } from '../ports/lightning.ts';
import { connectSandbox } from '../sandbox/client.ts';
import type { LightningPlace } from '../test/support/stack.ts';

const MAX_FEE_MSAT = 5_000n;
const PAY_TIMEOUT_MS = 20_000;
const KNOWN_WITHIN_MS = 120_000;
const ASK_AGAIN_MS = 300;
const ANSWER_MS = 30_000;
const PAGE = 200;

export type Paid =
  | { outcome: 'succeeded'; preimage: string }
  | { outcome: 'failed' | 'unresolved' };

/** The node that pays for all buyers and is paid by sellers. It is killed like everything else. */
export class Wallet {
  readonly lightning: Lightning;
  readonly #place: LightningPlace;

  constructor(place: LightningPlace) {
    this.#place = place;
    this.lightning = nodeAt(place.nodes.buyer);
  }

  /** Pays, and does not rest before the outcome is known: a payment is made once, however often it is asked for. */
  async pay(bolt11: string): Promise<Paid> {
    const { expiresAtMs } = this.lightning.readInvoice(bolt11)!;
    for (const deadline = Date.now() + KNOWN_WITHIN_MS; Date.now() < deadline; ) {
      const result = await this.lightning
        .pay({ bolt11, maxFeeMsat: MAX_FEE_MSAT, timeoutMs: PAY_TIMEOUT_MS })
        .catch(() => null);
      if (result?.state === 'failed') return { outcome: 'failed' };
      // The node pays no invoice that has expired, and says nothing more about it.
      if (result?.state === 'unknown' && expiresAtMs < Date.now()) return { outcome: 'failed' };
      if (result?.state === 'succeeded') return succeeded(result.preimage);
      await sleep(ASK_AGAIN_MS);
    }
    return { outcome: 'unresolved' };
  }

  /** Pays more than is asked, which the sandbox's node can do on demand. */
  async overpay(bolt11: string, amountMsat: bigint): Promise<Paid> {
    const odd = connectSandbox({ ...this.#place.nodes.buyer, pubkey: '' });
    await soon(odd.payOff(bolt11, amountMsat)).catch(() => {});
    odd.close();
    return this.outcomeOf(this.lightning.readInvoice(bolt11)!.paymentHash);
  }

  /** What became of a payment that was asked for once. */
  async outcomeOf(paymentHash: Uint8Array): Promise<Paid> {
    for (const deadline = Date.now() + KNOWN_WITHIN_MS; Date.now() < deadline; ) {
      const result = await this.lightning.track(paymentHash).catch(() => null);
      if (result?.state === 'succeeded') return succeeded(result.preimage);
      if (result?.state === 'failed' || result?.state === 'unknown') return { outcome: 'failed' };
      await sleep(ASK_AGAIN_MS);
    }
    return { outcome: 'unresolved' };
  }

  /** An invoice to be paid out to; null while the node is away. */
  async invoice(
    amountMsat: bigint,
    lifeMs: number,
  ): Promise<{ id: string; bolt11: string } | null> {
    const made = createInvoice({
      lnd: this.#lnd(),
      mtokens: amountMsat.toString(),
      is_including_private_channels: true,
      expires_at: new Date(Date.now() + lifeMs).toISOString(),
    });
    return soon(made as Promise<{ id: string; request: string }>).then(
      ({ id, request }: { id: string; request: string }) => ({ id, bolt11: request }),
      () => null,
    );
  }

  /** What was received for an invoice of ours; 0 when it was not paid. */
  async receivedMsat(id: string): Promise<bigint> {
    const invoice = await soon<Invoice>(getInvoice({ lnd: this.#lnd(), id }));
    return invoice.is_confirmed ? BigInt(invoice.received_mtokens) : 0n;
  }

  /** Everything that it has paid, by payment hash, as the node itself lists it. */
  async paid(): Promise<Map<string, bigint>> {
    const paid = new Map<string, bigint>();
    const lnd = this.#lnd();
    let page = await soon<Page>(getPayments({ lnd, limit: PAGE }));
    for (;;) {
      for (const { id, mtokens, is_confirmed } of page.payments) {
        if (is_confirmed) paid.set(id, BigInt(mtokens));
      }
      if (!page.next) return paid;
      page = await soon<Page>(getPayments({ lnd, token: page.next }));
    }
  }

  // A connection that was made ahead of the node's restart may wait long before it tries again.
  #lnd(): AuthenticatedLnd {
    return lndAt(this.#place.nodes.buyer);
  }
}

interface Invoice {
  is_confirmed?: boolean;
  received_mtokens: string;
}

interface Page {
  payments: { id: string; mtokens: string; is_confirmed: boolean }[];
  next?: string;
}

/** ln-service waits for ever on a node that is gone. */
async function soon<T>(answer: Promise<T>): Promise<T> {
  const silent = new AbortController();
  const late = sleep(ANSWER_MS, undefined, { signal: silent.signal }).then(() => {
    throw new Error(`the node has not answered in ${ANSWER_MS} ms`);
  });
  late.catch(() => {});
  answer.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    silent.abort();
  }
}

type Node = LightningPlace['nodes']['market'];

/** The product's own adapter on a node. */
export function nodeAt({ socket, cert, macaroon }: Node): Lightning {
  return openNode({ lnd: { socket, certPath: cert, macaroonPath: macaroon } });
}

/** What the market's node has in its channels. */
export async function balanceMsat({ nodes }: LightningPlace): Promise<bigint> {
  const balance = await soon<{ channel_balance_mtokens?: string }>(
    getChannelBalance({ lnd: lndAt(nodes.market) }),
  );
  return BigInt(balance.channel_balance_mtokens ?? 0);
}

/** A fresh connection to a node. */
function lndAt({ socket, cert, macaroon }: Node): AuthenticatedLnd {
  return authenticatedLndGrpc({
    socket,
    cert: readFileSync(cert).toString('base64'),
    macaroon: readFileSync(macaroon).toString('base64'),
  }).lnd;
}

function succeeded(preimage: Uint8Array): Paid {
  return { outcome: 'succeeded', preimage: Buffer.from(preimage).toString('hex') };
}
