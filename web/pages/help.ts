import { html } from '../html.ts';
import type { Page } from '../page.ts';
import type { Viewer } from '../viewer.ts';

/** How the market works, for those who buy and those who sell. */
export function helpPage({ marketName, origin, network }: Viewer): Page {
  const market = `--market ${origin}`;
  const isSandbox = network === 'sandbox';
  return {
    title: 'How it works',
    canonical: '/help',
    description: `How to buy live data on ${marketName} over Lightning without an account, how to read it, and how to sell your own.`,
    main: html`<div class="prose help">
<h1>How it works</h1>
<p>${marketName} sells feeds: data that its sellers add to, block by block, and sign. Whoever pays may copy a feed from the market’s peers for as long as he paid. Each block is checked against the signature on arrival, so nobody on the way can change what you read.</p>

<h2 id="buy">Buy</h2>
<ol class="steps">
<li><strong>Pick a feed.</strong> Its page shows what a block looks like, how lively the feed is, and a free preview where the seller gives one.</li>
<li><strong>Pick a plan.</strong> So much for an hour, a day, or for ever; some feeds have a free trial. You need no account. If you have no key yet, you get a claim code.</li>
<li><strong>Pay the invoice</strong> with any Lightning wallet: scan it, or copy it. ${isSandbox ? html`This market is a sandbox and its coins are worthless: the <a href="/wallet">play wallet</a> pays for you.` : 'Seconds later the page says that it is paid.'}</li>
<li><strong>Read it at once</strong>: on <a href="/shelf">your shelf</a> in the browser, with the command line, or from a program over HTTP.</li>
</ol>
<p>Buying the same feed again adds to the time that is left. If you come back after a break, the break is not charged.</p>

<h2 id="words">Grant, claim code, shelf</h2>
<dl class="glossary">
<dt>Grant</dt>
<dd>What you buy: this key may read this feed until that time. The market’s peers know all grants, and let nobody else have a single block.</dd>
<dt>Buyer key</dt>
<dd>Who you are to the market: a public key, and nothing more. The secret half stays on your computer, where <code>dazaar</code> keeps it.</dd>
<dt>Claim code</dt>
<dd>Stands in for a key if you have none. Keep it like cash: whoever has it has your access. It is shown after the purchase for a day and cannot be looked up later, not even by us. It moves what you bought to a key of your own, once.</dd>
<dt>Shelf</dt>
<dd>What was bought in this browser. Log in, and it goes with your account. It opens the data for you; the access itself belongs to the key.</dd>
</dl>

<h2 id="pull">Read with the command line</h2>
<p>The market’s program copies feeds over the peer-to-peer network and checks every block. It runs on Node and comes with the market’s source code:</p>
<pre tabindex="0"><code>npx dazaar browse ${market}
npx dazaar buy seattle-weather --plan hour --wallet ${isSandbox ? 'sandbox' : 'print'} ${market}
npx dazaar pull seattle-weather --out weather.ndjson ${market}</code></pre>
<p>${isSandbox && html`<code>--wallet sandbox</code> pays with the play wallet; `}<code>--wallet print</code> shows the invoice for a wallet of yours to pay. <code>pull --live</code> follows a feed while it grows. If you bought here with a claim code, <code>npx dazaar claim CODE ${market}</code> moves that to your key; <code>npx dazaar link ${market}</code> gives you a code that shows this browser what your key bought.</p>
<p>Programs read over HTTP: with a token, or by paying each time with <a href="https://github.com/lightninglabs/L402" rel="noopener">L402</a>. The <a href="/docs">HTTP API</a> says how.</p>

<h2 id="end">When access ends</h2>
<p>The moment your time is up, the peers cut your key off. A seller can also revoke a grant, with a reason that is kept on record.</p>
<p><strong>What revoking cannot do:</strong> take back what was copied. Blocks on your disk stay readable, and whoever reads them can pass them on. Ending access ends what comes after; the licence and the terms of use say what may be done with the rest.</p>

<h2 id="copies">Sealed and unique feeds</h2>
<p>A <strong>sealed</strong> feed is encrypted as well, and your access brings the keys of the time that you paid for. Its buyers may pass it on to each other; whoever has not paid reads none of it, and whose access has ended nothing newer, whoever serves it.</p>
<p>Of a <strong>unique</strong> feed each buyer fetches a copy that bears the buyer’s key, so that a copy which turns up elsewhere says whose it was.</p>

<h2 id="messages">Messages</h2>
<p>A seller can write to those who have access: it stands on your <a href="/shelf">shelf</a> and comes with <code>npx dazaar messages ${market}</code>. <code>npx dazaar messages send LISTING NAME TEXT ${market}</code> writes to the seller.</p>

<h2 id="trouble">If a payment goes wrong</h2>
<ul>
<li><strong>Paid too late:</strong> you get what you ordered if the plan costs no more than it did. Otherwise all of it is owed back to you.</li>
<li><strong>Paid too little:</strong> nothing is bought, and all of it is owed back.</li>
<li><strong>Paid too much:</strong> you get what you ordered; what exceeds the price is owed back.</li>
</ul>
<p>What is owed back stands on the page of your order, which sends it to an invoice of your wallet.</p>

<h2 id="sell">Sell</h2>
<ol class="steps">
<li><strong>Open an account</strong> with <a href="/register">an email address</a> or a <a href="/login">Lightning wallet</a>.</li>
<li><strong>List your data</strong> at your <a href="/desk/listings">desk</a>: a title, what it is, its licence, and plans. A price is in sat, or in a currency, which becomes sat when somebody orders.</li>
<li><strong>Put data in</strong>: upload a file, or append from a program over the <a href="/docs">HTTP API</a>. Or keep the feed on your own machine, and the market copies it from there.</li>
<li><strong>Publish it.</strong> It stands in the catalogue at once, and every payment is booked to your balance, less the market’s part.</li>
<li><strong>Withdraw</strong> to any Lightning invoice, whenever you like.</li>
</ol>
<p>To sell from a machine of your own without any market, <code>npx dazaar sell</code> opens a shop there; <code>--list-on ${origin}</code> lists it here too.</p>
<p>Changing a price or taking a listing down never touches access that was bought: it goes on to its end.</p>
</div>`,
  };
}
