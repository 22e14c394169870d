import type { Order } from '../../../contract/index.ts';
import { html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { duration, sats } from '../../parts/money.ts';
import type { Viewer } from '../../viewer.ts';
import type { Checkout } from './checkout.ts';
import { type Face, faceOf, PASSING_FACES } from './face.ts';
import { FACES } from './faces.ts';
import { summary } from './summary.ts';
import { versionOf } from './version.ts';

const REFRESH_SECONDS = 5;
const TITLES: Record<Face, (order: Order) => string> = {
  preparing: () => 'No invoice yet',
  waiting: ({ priceMsat }) => `Pay ${sats(priceMsat)}`,
  held: () => 'Payment held',
  closing: () => 'Time is over',
  paid: () => 'Paid',
  coming: () => 'Paid, access is coming',
  ended: () => 'Access has ended',
  expired: () => 'Expired',
  returned: () => 'Payment went back',
  late: () => 'Paid too late',
  underpaid: () => 'Paid too little',
};

/** A purchase, in whatever state it is. */
export function checkoutPage(checkout: Checkout, viewer: Viewer): Page {
  const { order, fault } = checkout;
  const face = faceOf(order, checkout.wasHeld);
  const isRefunded = checkout.refunds.some(({ state }) => state === 'pending');
  const isPassing = isRefunded || PASSING_FACES.has(face);
  return {
    title: TITLES[face](order),
    status: fault ? 422 : 200,
    islands: ['checkout'],
    connects: face === 'waiting' ? walletsOf(viewer) : [],
    head:
      isPassing && !fault
        ? html`<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>`
        : html``,
    main: html`<div id="checkout" data-order="${order.id}" data-version="${versionOf(order)}" data-face="${face}" data-watch="${isRefunded ? 'poll' : watchOf(face)}" data-said="${said(checkout, face)}">
<div class="checkout">
<section class="checkout-state" aria-labelledby="state">
${FACES[face](checkout, viewer)}
</section>
${summary(checkout)}
</div>
</div>
<p class="visually-hidden" role="status" id="checkout-said"></p>`,
  };
}

// A wallet of Nostr Wallet Connect is reached over a relay of its owner's choice.
function walletsOf({ network }: Viewer): string[] {
  return network === 'sandbox' ? ['wss:', 'ws://127.0.0.1:*'] : ['wss:'];
}

// What has expired may still be paid late. The events of an order tell nothing of its refunds: those are asked for.
function watchOf(face: Face): 'events' | 'nothing' {
  return PASSING_FACES.has(face) || face === 'expired' ? 'events' : 'nothing';
}

function said({ order, durationMs }: Checkout, face: Face): string {
  if (face !== 'paid') return `${TITLES[face](order)}.`;
  return durationMs === null
    ? 'Paid. The access is there.'
    : `Paid. The access is there, for ${duration(durationMs)}.`;
}
