import { type Html, html, NOTHING } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { sats } from '../../parts/money.ts';
import { left, moment } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import type { Checkout } from './checkout.ts';
import { claimDetails } from './claim.ts';
import type { Face } from './face.ts';
import { heading } from './heading.ts';
import { paid } from './paid.ts';
import { owedBack } from './refund.ts';
import { waiting } from './waiting.ts';

type Draw = (checkout: Checkout, viewer: Viewer) => Html;

export const FACES: Record<Face, Draw> = {
  preparing,
  waiting,
  held,
  closing,
  paid,
  coming,
  ended,
  expired,
  returned,
  late,
  underpaid,
};

function preparing(checkout: Checkout, viewer: Viewer): Html {
  const { order, fault } = checkout;
  return html`${heading('No invoice yet')}
${formFault(checkout, 'invoice')}
<div class="notice warn"><p><strong>The market’s Lightning node does not answer.</strong> Nothing was charged. Your order is kept for another ${left(order.expiresAtMs, order.nowMs)}.</p></div>
<form method="post" action="/orders/${order.id}/invoice">${csrfField(viewer)}
<div class="actions"><button id="retry">${fault ? 'Try once more' : 'Try again'}</button></div></form>
${claimDetails(checkout, viewer)}`;
}

function held(checkout: Checkout, viewer: Viewer): Html {
  return html`${heading('Your payment has arrived')}
<div class="notice good"><p>The market holds ${sats(checkout.order.priceMsat)} of yours. It takes them as soon as the data is open to you; if that does not happen, they go back to your wallet by themselves.</p></div>
<p>Nothing more to do here. Do not pay again.</p>
${claimDetails(checkout, viewer)}`;
}

function closing(): Html {
  return html`${heading('The time to pay is over')}
<p>Do not pay this invoice any more. If you paid in the last moment, it still counts: this page will say so within a minute.</p>`;
}

function coming(checkout: Checkout, viewer: Viewer): Html {
  return html`${heading('Paid')}
<div class="notice good"><p>Your payment has arrived. The access will be there in a moment.</p></div>
${claimDetails(checkout, viewer)}`;
}

function ended(checkout: Checkout, viewer: Viewer): Html {
  const { order, listing } = checkout;
  const isMoved = order.grant?.state === 'revoked';
  return html`${heading('This access has ended')}
<p>${isMoved ? 'It was moved to another key, or the seller has ended it.' : html`It lasted until ${order.grant?.expiresAtMs ? moment(order.grant.expiresAtMs) : 'then'}.`}</p>
<div class="actions"><a class="button" href="/listings/${listing.slug}/buy?plan=${order.plan}">Buy again</a>
<a href="/orders/${order.id}/receipt">Receipt</a></div>
${owedBack(checkout, viewer)}`;
}

function expired(checkout: Checkout, viewer: Viewer): Html {
  return html`${heading('This invoice has expired')}
<p>Nobody paid it in time, and it cannot be paid any more. Nothing was charged.</p>
${again(checkout, viewer, 'Get a new invoice')}
${claimDetails(checkout, viewer)}`;
}

function returned(checkout: Checkout, viewer: Viewer): Html {
  return html`${heading('Your payment went back')}
<div class="notice warn"><p>The data could not be opened to you, so the market did not take your payment. Your wallet has it back, or will within minutes.</p></div>
${again(checkout, viewer, 'Try again with a new invoice')}`;
}

function late(checkout: Checkout, viewer: Viewer): Html {
  return html`${heading('Your payment came too late')}
<div class="notice warn"><p>The order had lapsed, and the same access is not sold at that price any more. So it bought nothing, and all of it is yours.</p></div>
${owedBack(checkout, viewer)}
${again(checkout, viewer, 'Order again', true)}`;
}

function underpaid(checkout: Checkout, viewer: Viewer): Html {
  const { order } = checkout;
  const received = order.payments.at(-1)!.receivedMsat;
  return html`${heading('Too little has arrived')}
<div class="notice warn"><p>${sats(received)} arrived, the price is ${sats(order.priceMsat)}. So it bought nothing, and all of it is yours.</p></div>
${owedBack(checkout, viewer)}
${again(checkout, viewer, 'Order again', true)}`;
}

function again(checkout: Checkout, viewer: Viewer, label: string, isSecond = false): Html {
  const { order, listing, token } = checkout;
  const offer = checkout.again;
  if ('refused' in offer) return elsewhere(checkout, offer.refused);
  const price =
    offer.priceMsat === order.priceMsat
      ? html`The price is the same: ${sats(offer.priceMsat)}.`
      : html`It costs <strong>${sats(offer.priceMsat)}</strong> now.`;
  return html`${formFault(checkout, 'again')}
<p>${price}</p>
<form method="post" action="/orders/${order.id}/again">${csrfField(viewer)}
<input type="hidden" name="token" value="${token}">
<div class="actions"><button id="again" class="${isSecond ? 'second' : 'first'}">${label}</button>
<a href="/listings/${listing.slug}/buy?plan=${order.plan}&amp;quantity=${order.quantity}">Change the order</a></div></form>`;
}

function elsewhere({ order, listing }: Checkout, refused: 'terms' | 'gone'): Html {
  if (refused === 'terms') {
    const path = `/listings/${listing.slug}/buy?plan=${order.plan}&quantity=${order.quantity}`;
    return html`<p>The seller’s terms of use have changed since. <a class="button" href="${path}">Read them and order again</a></p>`;
  }
  return html`<p>${listing.state === 'withdrawn' ? 'The seller has withdrawn this data' : `The plan “${order.plan}” is not sold any more`}.
<a href="/listings/${listing.slug}">See what there is</a></p>`;
}

function formFault({ fault }: Checkout, form: 'invoice' | 'again'): Html {
  if (fault?.form !== form) return NOTHING;
  return html`<div class="notice bad" role="alert"><p>${fault.text}</p></div>`;
}
