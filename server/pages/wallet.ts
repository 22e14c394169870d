import type { Router } from 'express';
import { z } from 'zod';
import { hex32, line } from '../../contract/primitives.ts';
import {
  payFromWallet,
  readPayable,
  receiveIntoWallet,
  trackPayment,
} from '../../flow/play-wallet.ts';
import type { PlayWallet } from '../../ports/play-wallet.ts';
import { INVOICE_FAULTS, paymentFailure, reviewPage, walletPage } from '../../web/pages/wallet.ts';
import { EMPTY_FORM, type FormState } from '../../web/parts/form.ts';
import type { PageDeps } from './deps.ts';
import { readForm } from './form.ts';
import { ownPath } from './own-path.ts';
import { GoTo, pageRouter, type Visit } from './page-router.ts';

const HISTORY = 50;
const MAX_RECEIVE_SATS = 10_000_000;

const receiving = z.object({
  amountSats: z.coerce
    .number('must be a number')
    .int('must be a whole number of sat')
    .min(1, 'must be 1 sat or more')
    .max(MAX_RECEIVE_SATS, `must be ${MAX_RECEIVE_SATS.toLocaleString('en')} sat or less`),
  memo: line(100),
});

/** `/wallet`, where coins are worthless; elsewhere there are no such pages. */
export function walletPages(deps: PageDeps): Router {
  const { playWallet: wallet, network } = deps;
  const pages = pageRouter(deps);
  if (!wallet || network !== 'sandbox') return pages.router;

  const show = async ({ query, viewer }: Visit, receive = EMPTY_FORM, pay = EMPTY_FORM) => {
    const [balance, entries, payment, invoice] = await Promise.all([
      wallet.balance(),
      wallet.history(HISTORY),
      paymentOf(wallet, query.payment),
      invoiceOf(wallet, query.invoice),
    ]);
    return walletPage(
      { balance, entries, payment, invoice, pay, receive, nowMs: Date.now() },
      viewer,
    );
  };

  pages.get('/wallet', 'reads', (visit) => show(visit));

  pages.get('/wallet/pay', 'reads', async (visit) => {
    const { query, viewer } = visit;
    const invoice = await readPayable(wallet, query.bolt11 ?? '');
    const next = ownPath(query.next);
    if (typeof invoice !== 'string')
      return reviewPage({ invoice, next, nowMs: Date.now() }, viewer);
    const typed = { bolt11: query.bolt11 ?? '' };
    return show(visit, EMPTY_FORM, faulty(typed, INVOICE_FAULTS[invoice]));
  });

  pages.post('/wallet/pay', 'writes', async (visit) => {
    const { form, viewer } = visit;
    const next = ownPath(form.next);
    const invoice = await readPayable(wallet, form.bolt11 ?? '');
    if (typeof invoice === 'string') {
      const typed = { bolt11: form.bolt11 ?? '' };
      return show(visit, EMPTY_FORM, faulty(typed, INVOICE_FAULTS[invoice]));
    }
    const result = await payFromWallet(wallet, invoice);
    if (result.state === 'failed') {
      const failure = paymentFailure(result.reason);
      return reviewPage({ invoice, next, failure, nowMs: Date.now() }, viewer);
    }
    return new GoTo(next ?? `/wallet?payment=${hex(invoice.paymentHash)}`);
  });

  pages.post('/wallet/receive', 'writes', async (visit) => {
    const { form } = visit;
    const { amountSats = '', memo = '' } = form;
    const read = readForm(receiving, { amountSats, memo }, form);
    if ('faults' in read) return show(visit, read);
    const amountMsat = BigInt(read.data.amountSats) * 1000n;
    const hash = await receiveIntoWallet(wallet, { amountMsat, description: read.data.memo });
    return new GoTo(`/wallet?invoice=${hex(hash)}`);
  });

  return pages.router;
}

async function paymentOf(wallet: PlayWallet, hash: string | undefined) {
  const { data } = hex32.safeParse(hash);
  return data === undefined ? null : trackPayment(wallet, Buffer.from(data, 'hex'));
}

async function invoiceOf(wallet: PlayWallet, hash: string | undefined) {
  const { data } = hex32.safeParse(hash);
  const found = data === undefined ? null : await wallet.lookUpInvoice(Buffer.from(data, 'hex'));
  const read = found && wallet.readInvoice(found.bolt11);
  return found && read && { ...read, ...found };
}

function faulty(values: Record<string, string>, fault: string): FormState {
  return { values, faults: { bolt11: fault } };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
