import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { sats } from '../../parts/money.ts';
import { qrCode } from '../../parts/qr.ts';
import { left } from '../../parts/time.ts';
import type { Viewer } from '../../viewer.ts';
import type { Checkout } from './checkout.ts';
import { claimDetails } from './claim.ts';
import { heading } from './heading.ts';
import { inFiat } from './summary.ts';

/** There is something to pay: how, and how long. */
export function waiting(checkout: Checkout, viewer: Viewer): Html {
  const { order, about } = checkout;
  const { bolt11, amountMsat } = order.invoice!;
  // In capitals, a QR code needs fewer and so larger squares; wallets read both.
  const uri = `lightning:${bolt11.toUpperCase()}`;
  return html`${heading(`Pay ${sats(order.priceMsat)}`)}
<div class="pay">
<div class="pay-code">${qrCode(uri, 'QR code of the Lightning invoice')}</div>
<div class="pay-ways">
${(order.rate || about) && html`<p class="in-fiat">${inFiat(order, about)}</p>`}
<p>${left(order.expiresAtMs, order.nowMs)} <span class="quiet">left to pay</span></p>
${playWallet(checkout, viewer)}
<p><a class="button ${checkout.hasPlayWallet ? 'second' : ''}" id="open-wallet" href="lightning:${bolt11}">Open in your wallet</a></p>
<div class="actions" id="wallets" data-bolt11="${bolt11}" data-amount-msat="${amountMsat}" hidden>
<button type="button" class="second" id="pay-webln" hidden>Pay with the browser’s wallet</button>
<button type="button" class="second" id="pay-nwc">Nostr Wallet Connect</button>
</div>
<p class="wallet-said" id="wallet-said" role="status"></p>
</div>
</div>
<div id="nwc-place"></div>
<p class="waiting-line"><span class="dot" aria-hidden="true"></span> Waiting for your payment. This page goes on by itself.</p>
${checkout.listing.settlement === 'held' && html`<p class="quiet">Your payment is held on its way, and taken only once the data is open to you; else it comes back by itself.</p>`}
<details class="invoice"><summary>The invoice as text</summary>
<p class="key"><span data-copy="${bolt11}" data-copy-name="the invoice">${bolt11}</span></p></details>
${claimDetails(checkout, viewer)}`;
}

function playWallet({ hasPlayWallet, order }: Checkout, viewer: Viewer): Html | false {
  return (
    hasPlayWallet &&
    html`<form method="post" action="/wallet/pay">${csrfField(viewer)}
<input type="hidden" name="bolt11" value="${order.invoice!.bolt11}">
<input type="hidden" name="next" value="/orders/${order.id}">
<button id="play">Pay with the play wallet</button>
<p class="hint">Coins of this market are worthless: try everything.</p></form>`
  );
}
