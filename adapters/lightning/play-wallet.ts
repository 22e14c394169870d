import {
  type AuthenticatedLnd,
  getFailedPayments,
  getInvoices,
  getPayments,
  getPendingPayments,
} from 'ln-service';
import type { WalletEntry } from '../../domain/play-wallet.ts';
import type { PlayWallet } from '../../ports/play-wallet.ts';
import { ask } from './ask.ts';
import type { LndInvoice } from './invoice.ts';
import { readInvoice } from './pay.ts';
import { reconnecting } from './reconnect.ts';
import { renewing } from './renewing.ts';

/** The part of ln-service's payment that we read. */
interface LndPayment {
  id: string;
  created_at: string;
  mtokens: string;
  fee_mtokens?: string;
  request?: string;
}

/** A node of the sandbox as the wallet of a play market. */
export function openPlayWallet(connect: () => AuthenticatedLnd): PlayWallet {
  const connection = renewing(connect);
  const { nodeKey, liquidity, createInvoice, lookUpInvoice, pay, track } = reconnecting(connect);
  return {
    nodeKey,
    createInvoice,
    lookUpInvoice,
    readInvoice,
    pay,
    track,
    balance: liquidity,
    async history(limit) {
      const entries = await connection.use((lnd) =>
        Promise.all([paid(lnd, limit), received(lnd, limit)]),
      );
      return entries
        .flat()
        .sort((one, other) => other.createdAtMs - one.createdAtMs)
        .slice(0, limit);
    },
  };
}

// LND lists settled payments by themselves; of the newest of all, ln-service picks the others.
async function paid(lnd: AuthenticatedLnd, limit: number): Promise<WalletEntry[]> {
  const [settled, pending, failed] = await ask('list payments', () =>
    Promise.all([
      getPayments({ lnd, limit }),
      getPendingPayments({ lnd, limit }),
      getFailedPayments({ lnd, limit }),
    ]),
  );
  return [
    ...(settled.payments as LndPayment[]).map((payment) => asPaid(payment, 'settled')),
    ...(pending.payments as LndPayment[]).map((payment) => asPaid(payment, 'pending')),
    ...(failed.payments as LndPayment[]).map((payment) => asPaid(payment, 'failed')),
  ];
}

function asPaid(payment: LndPayment, state: WalletEntry['state']): WalletEntry {
  const { id, request, mtokens, fee_mtokens, created_at } = payment;
  return {
    direction: 'paid',
    state,
    paymentHash: Buffer.from(id, 'hex'),
    amountMsat: BigInt(mtokens),
    feeMsat: state === 'settled' ? BigInt(fee_mtokens ?? '0') : null,
    description: (request && readInvoice(request)?.description) || '',
    createdAtMs: Date.parse(created_at),
  };
}

type ListedInvoice = LndInvoice & {
  mtokens?: string;
  description: string;
  created_at: string;
  expires_at: string;
};

async function received(lnd: AuthenticatedLnd, limit: number): Promise<WalletEntry[]> {
  const { invoices } = await ask('list invoices', () => getInvoices({ lnd, limit }));
  return (invoices as ListedInvoice[]).map((invoice) => ({
    direction: 'received',
    state: stateOf(invoice),
    paymentHash: Buffer.from(invoice.id, 'hex'),
    amountMsat: BigInt(invoice.is_confirmed ? invoice.received_mtokens : (invoice.mtokens ?? '0')),
    feeMsat: null,
    description: invoice.description,
    createdAtMs: Date.parse(invoice.created_at),
  }));
}

function stateOf(invoice: ListedInvoice): WalletEntry['state'] {
  if (invoice.is_confirmed) return 'settled';
  if (invoice.is_held) return 'pending';
  const isOver = invoice.is_canceled || Date.parse(invoice.expires_at) <= Date.now();
  return isOver ? 'failed' : 'open';
}
