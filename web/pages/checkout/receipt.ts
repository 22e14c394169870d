import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { duration, sats } from '../../parts/money.ts';
import type { Viewer } from '../../viewer.ts';
import type { Checkout } from './checkout.ts';
import { inFiat } from './summary.ts';

export interface Receipt extends Pick<Checkout, 'order' | 'listing' | 'durationMs'> {
  paidAtMs: number;
  /** What this order bought, whatever became of the access since. */
  access: { fromMs: number; untilMs: number | null };
  /** The proof of payment; null for whoever did not order, and where nothing was paid. */
  preimage: string | null;
}

/** What was bought, plain and for printing. */
export function receiptPage(receipt: Receipt, viewer: Viewer): Page {
  const { order } = receipt;
  return {
    title: `Receipt ${order.id}`,
    main: html`<article class="receipt">
<h1>Receipt</h1>
<p class="quiet">${viewer.marketName} · order ${order.id}</p>
${network(viewer)}
<div class="scroll" tabindex="0" role="region" aria-label="Receipt"><table><tbody>
${rows(receipt).map(([name, value]) => value !== null && html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}
</tbody></table></div>
<p class="no-print">Print this page, or keep it as <a href="/v1/orders/${order.id}">JSON</a>. <a href="/orders/${order.id}">Back to the order</a></p>
</article>`,
  };
}

function network({ network }: Viewer): Html {
  return html`${network !== 'mainnet' && html`<p>Paid in worthless coins of the ${network} network.</p>`}`;
}

function rows({ order, listing, ...receipt }: Receipt): [string, Html | string | null][] {
  const { access, paidAtMs, preimage, durationMs } = receipt;
  const payment = order.payments.at(-1);
  const until = access.untilMs === null ? 'without an end' : utc(access.untilMs);
  return [
    ['Data', html`${listing.title}<br><span class="key">${listing.slug}</span>`],
    ['Seller', listing.seller.name],
    ['Plan', `${order.quantity} × ${order.plan}`],
    ['Bought', durationMs === null ? 'access without an end' : `${duration(durationMs)} of access`],
    [
      'Price',
      order.priceMsat === '0'
        ? 'free'
        : html`${sats(order.priceMsat)}${order.rate && html`<br>${inFiat(order, null)}`}`,
    ],
    ['Received', payment ? sats(payment.receivedMsat) : null],
    ['Paid at', utc(payment?.settledAtMs ?? paidAtMs)],
    ['Access', `${utc(access.fromMs)} – ${until}`],
    ['Buyer key', key(order.buyerKey)],
    ['Payment hash', payment ? key(payment.paymentHash) : null],
    ['Preimage (proof of payment)', preimage && key(preimage)],
    [
      'Terms accepted',
      order.termsHash &&
        html`<a class="key" href="/v1/terms/${order.termsHash}">${order.termsHash}</a>`,
    ],
  ];
}

// A document says the same wherever it is read.
function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function key(text: string): Html {
  return html`<span class="key">${text}</span>`;
}
