import type {
  InvoiceFault,
  PayableInvoice,
  WalletBalance,
  WalletEntry,
} from '../../domain/play-wallet.ts';
import { attribute, type Html, html } from '../html.ts';
import type { Page } from '../page.ts';
import { csrfField, type FormState, faultSummary, field, textField } from '../parts/form.ts';
import { sats } from '../parts/money.ts';
import { ago, left } from '../parts/time.ts';
import type { Viewer } from '../viewer.ts';

/** What became of a payment: `unknown` when the wallet was never told to make it. */
type PaymentOutcome =
  | { state: 'succeeded'; feeMsat: bigint }
  | { state: 'failed'; reason: string }
  | { state: 'pending' | 'unknown' };

interface OwnInvoice {
  bolt11: string;
  state: 'open' | 'held' | 'settled' | 'cancelled';
  amountMsat: bigint | null;
  description: string;
  expiresAtMs: number;
}

export interface Wallet {
  balance: WalletBalance;
  /** Newest first. */
  entries: WalletEntry[];
  /** The one that was just made. */
  payment: PaymentOutcome | null;
  /** The one that was just made to be paid. */
  invoice: OwnInvoice | null;
  pay: FormState;
  receive: FormState;
  nowMs: number;
}

export const INVOICE_FAULTS: Record<InvoiceFault, string> = {
  'not-an-invoice': 'This is not a Lightning invoice: one of the sandbox begins with lnbcrt.',
  'other-network': 'This invoice is for another network. The play wallet pays in the sandbox only.',
  'no-amount': 'This invoice does not say an amount. Ask for one that does.',
  'own-invoice': 'This invoice was made by the play wallet itself, which cannot pay itself.',
  expired: 'This invoice has expired. Ask for a new one.',
};

const FAILURES: Record<string, string> = {
  'insufficient-balance': 'The wallet has not enough coins for it.',
  'invalid-payment': 'Whoever is paid did not take it: the invoice was cancelled or is paid.',
  'pathfinding-timeout': 'No way to whoever is paid was found in time.',
  'route-not-found': 'There is no way to whoever is paid.',
};

/** Why a payment failed, in a sentence. */
export function paymentFailure(reason: string): string {
  return FAILURES[reason] ?? `The payment failed: ${reason}.`;
}

export function walletPage(wallet: Wallet, viewer: Viewer): Page {
  const { pay, receive, balance } = wallet;
  const form = { values: {}, faults: { ...pay.faults, ...receive.faults } };
  return {
    title: 'Play wallet',
    status: Object.keys(form.faults).length > 0 ? 422 : 200,
    islands: ['wallet'],
    main: html`<h1>Play wallet</h1>
${worthless()}
${faultSummary(form)}
<div id="wallet-outcome" role="status">${outcome(wallet)}</div>
<p class="wallet-balance"><strong>${sats(balance.spendableMsat)}</strong> to spend</p>
<div class="wallet-forms">
<section class="card" aria-labelledby="pay"><h2 id="pay">Pay</h2>
<form method="get" action="/wallet/pay">
${textField({ name: 'bolt11', label: 'Invoice', hint: 'Paste a Lightning invoice. You see what it is for before anything is paid.', required: true, rows: 4, spellcheck: false }, pay)}
<div class="actions"><button>Look at it</button></div>
</form></section>
<section class="card" aria-labelledby="receive"><h2 id="receive">Receive</h2>
<form method="post" action="/wallet/receive">
${csrfField(viewer)}
${field({ name: 'amountSats', label: 'Amount in sat', inputmode: 'numeric', required: true }, receive)}
${field({ name: 'memo', label: 'What for', hint: 'Whoever pays reads it.', maxlength: 100 }, receive)}
<div class="actions"><button class="second">Make an invoice</button></div>
</form></section>
</div>
${history(wallet)}`,
  };
}

/** What is about to be paid, and the button that pays it. */
export function reviewPage(
  {
    invoice,
    next,
    failure,
    nowMs,
  }: { invoice: PayableInvoice; next: string | null; failure?: string; nowMs: number },
  viewer: Viewer,
): Page {
  const { bolt11, amountMsat, description, expiresAtMs } = invoice;
  const form: FormState = { values: {}, faults: failure ? { '': failure } : {} };
  return {
    title: 'Pay an invoice',
    status: failure ? 422 : 200,
    main: html`<div class="narrow"><h1>Pay an invoice</h1>
${faultSummary(form)}
<dl class="facts">
<dt>Amount</dt><dd><strong>${sats(amountMsat)}</strong></dd>
<dt>What for</dt><dd>${memo(description)}</dd>
<dt>Expires in</dt><dd>${left(expiresAtMs, nowMs)}</dd>
</dl>
<form method="post" action="/wallet/pay">
${csrfField(viewer)}
<input type="hidden" name="bolt11" value="${bolt11}">
${next && html`<input type="hidden" name="next" value="${next}">`}
<div class="actions"><button>Pay ${sats(amountMsat)}</button> <a href="${next ?? '/wallet'}">${failure ? 'Back' : 'Leave it'}</a></div>
</form>
${worthless()}</div>`,
  };
}

function worthless(): Html {
  return html`<p class="quiet">Its coins are worthless. Everybody who visits this market pays from this one wallet and sees what it did.</p>`;
}

function outcome({ payment, invoice, nowMs }: Wallet): Html {
  return html`${payment && paymentNotice(payment)}${invoice && invoiceNotice(invoice, nowMs)}`;
}

function paymentNotice(payment: PaymentOutcome): Html {
  switch (payment.state) {
    case 'succeeded':
      return html`<div class="notice good"><p><strong>Paid.</strong> The fee was ${sats(payment.feeMsat)}.</p></div>`;
    case 'failed':
      return html`<div class="notice bad"><p><strong>Not paid.</strong> ${paymentFailure(payment.reason)}</p></div>`;
    case 'pending':
      return html`<div class="notice warn" data-pending><p><strong>On its way.</strong> It may still arrive: whoever is paid can hold a payment before taking it. It is never sent twice. Look again in a moment.</p></div>`;
    case 'unknown':
      return html`<div class="notice warn"><p>The wallet knows no such payment.</p></div>`;
  }
}

function invoiceNotice(
  { bolt11, state, amountMsat, description, expiresAtMs }: OwnInvoice,
  nowMs: number,
): Html {
  const amount = html`<strong>${sats(amountMsat ?? 0n)}</strong>${description && html` for ${memo(description)}`}`;
  if (state === 'settled') {
    return html`<div class="notice good"><p><strong>Received</strong> ${amount}.</p></div>`;
  }
  if (state === 'cancelled' || expiresAtMs <= nowMs) {
    return html`<div class="notice"><p>The invoice over ${amount} was not paid in time.</p></div>`;
  }
  const waits = state === 'held' ? 'A payment has arrived and is held.' : 'Nobody paid it yet.';
  return html`<div class="notice" data-pending><p>An invoice over ${amount}, for ${left(expiresAtMs, nowMs)}. ${waits}</p>
<p class="key" data-copy data-copy-name="invoice">${bolt11}</p></div>`;
}

function history({ entries, nowMs }: Wallet): Html {
  if (entries.length === 0) {
    return html`<h2>What happened</h2>
<p class="empty">Nothing yet. <a href="/">Buy some data</a>, and pay for it with this wallet.</p>`;
  }
  return html`<h2 id="history">What happened</h2>
<div id="wallet-history" class="scroll" tabindex="0" role="region" aria-labelledby="history">
<table class="wallet-history"><thead><tr><th scope="col">When</th><th scope="col" class="number">Amount</th><th scope="col">State</th><th scope="col">What for</th><th scope="col" class="number">Fee</th></tr></thead>
<tbody>${entries.map((entry) => row(entry, nowMs))}</tbody></table></div>`;
}

function row(entry: WalletEntry, nowMs: number): Html {
  const { direction, state, amountMsat, feeMsat, description, createdAtMs } = entry;
  const sign = direction === 'paid' ? '−' : '+';
  return html`<tr ${attribute('class', state === 'settled' ? null : 'unsettled')}>
<td>${ago(createdAtMs, nowMs)}</td><td class="number">${sign}${sats(amountMsat)}</td><td>${badge(entry)}</td>
<td>${memo(description)}</td><td class="number">${feeMsat !== null && sats(feeMsat)}</td></tr>`;
}

const STATES: Record<WalletEntry['direction'], Record<WalletEntry['state'], string>> = {
  paid: { open: 'open', pending: 'on its way', settled: 'paid', failed: 'failed' },
  received: { open: 'waiting', pending: 'held', settled: 'received', failed: 'not paid' },
};
const TONES = { open: '', pending: 'warn', settled: 'good', failed: 'bad' };

function badge({ direction, state }: WalletEntry): Html {
  const tone = direction === 'received' && state === 'failed' ? '' : TONES[state];
  return html`<span class="badge ${tone}">${STATES[direction][state]}</span>`;
}

// Its own direction of writing, so that it cannot turn what stands around it.
function memo(description: string): Html {
  return description === ''
    ? html`<span class="quiet">not said</span>`
    : html`<bdi>${description}</bdi>`;
}
