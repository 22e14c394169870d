import { type Html, html, NOTHING } from '../html.ts';
import type { Page } from '../page.ts';
import { csrfField } from '../parts/form.ts';
import { qrCode } from '../parts/qr.ts';
import { left } from '../parts/time.ts';
import type { Viewer } from '../viewer.ts';
import { nextField, withNext } from './login.ts';

export interface WalletLoginView {
  next: string | null;
  nowMs: number;
  /** What the wallet is to sign, in capitals; null: nothing was asked for, or it is over. */
  challenge: { lnurl: string; expiresAtMs: number } | null;
  /** What came of the last try. */
  said: { text: string; isFault: boolean } | null;
}

export function walletLoginPage(view: WalletLoginView, viewer: Viewer): Page {
  const { challenge, next, said } = view;
  const title = viewer.account ? 'Link a wallet' : 'Log in with a wallet';
  return {
    title,
    status: said?.isFault ? 422 : 200,
    islands: ['wallet-login'],
    main: html`<div class="narrow"><h1>${title}</h1>
${viewer.account && html`<p>From then on this wallet logs into the account “${viewer.account.name}”.</p>`}
${said && html`<p class="notice ${said.isFault ? 'bad' : 'warn'}" role="status">${said.text}</p>`}
${challenge ? waiting(view, viewer) : first(next, viewer)}
${!viewer.account && html`<p><a href="${withNext('/login', next)}">Log in with email instead</a></p>`}
</div>`,
  };
}

function waiting({ challenge, next, nowMs }: WalletLoginView, viewer: Viewer): Html {
  if (!challenge) return NOTHING;
  const { lnurl, expiresAtMs } = challenge;
  return html`<div data-wallet-login data-next="${next ?? ''}">
<div data-while-good>
<p>Scan this with a wallet that speaks LNURL-auth, such as Phoenix, Zeus, Alby or BlueWallet. Nothing is paid.</p>
<a class="qr-link" href="lightning:${lnurl}">${qrCode(`LIGHTNING:${lnurl}`, 'QR code to log in with a wallet')}</a>
<div class="actions"><a class="button" href="lightning:${lnurl}">Open in a wallet here</a></div>
<details><summary>Copy it as text</summary><p><code class="key" data-copy data-copy-name="the code">${lnurl}</code></p></details>
<p>Good for another ${left(expiresAtMs, nowMs)}.</p>
<form method="post" action="/login/wallet/finish">${csrfField(viewer)}${nextField(next)}
<button class="second">I have signed</button></form>
</div>
<p role="status" data-said></p>
</div>
${begin(next, viewer, html`<button class="second">Show me a new code</button>`)}`;
}

function first(next: string | null, viewer: Viewer): Html {
  return html`<p>The next page shows a QR code to scan with your Lightning wallet. The wallet signs it, ${viewer.account ? 'and is linked: nothing is paid.' : 'and you are in: no password, and nothing is paid. The first time, that opens an account.'}</p>
${begin(next, viewer, html`<button>Show me a code</button>`)}`;
}

function begin(next: string | null, viewer: Viewer, button: Html): Html {
  return html`<form method="post" action="/login/wallet">${csrfField(viewer)}${nextField(next)}
<div class="actions">${button}</div></form>`;
}
