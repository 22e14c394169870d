import type { Listing } from '../../../contract/index.ts';
import { type Html, html, NOTHING } from '../../html.ts';
import { pullCommand } from '../../parts/pull-command.ts';
import type { Viewer } from '../../viewer.ts';
import { pullProgram } from './pull-program.ts';
import type { ListingView } from './view.ts';

// What the command uses unless it is told.
const DEFAULT_MARKET = 'http://127.0.0.1:8470';
const GATEWAY_PATH = {
  hypercore: 'blocks',
  hyperbee: 'entries',
  hyperdrive: 'files',
  autobase: 'blocks',
};

/** How to get the data with a program: bought, and read. */
export function pullSection(view: ListingView, viewer: Viewer): Html {
  const { listing, gateways } = view;
  if (listing.feed.cores.length === 0) return NOTHING;
  const paid = listing.plans.find(({ kind }) => kind === 'time' || kind === 'forever');
  const isOpen = listing.plans.some(({ tracked }) => !tracked);
  return html`<section aria-labelledby="pull"><h2 id="pull">Read it with a program</h2>
<p>${
    isOpen
      ? 'Nothing has to be ordered: whoever connects may read it.'
      : 'Access belongs to a key. Buy on this page and bind it to yours, or buy with the command; then any of these reads the data.'
  }</p>
<details open><summary><h3>Command line</h3></summary>
<p>In a checkout of the market’s source, with Node. The command makes your key the first time.</p>
${code('the commands', cli(listing, viewer))}
</details>
${program(listing, viewer)}
${
  gateways[0] !== undefined && paid
    ? html`<details><summary><h3>curl</h3></summary>
<p>Over HTTP, paid with L402: the first answer carries an invoice. Any Lightning wallet pays it, and shows the preimage.</p>
${code('the commands', curl(view, gateways[0], paid.name))}
</details>`
    : NOTHING
}
<p class="quiet">All of it is in the <a href="/docs">HTTP reference</a>.</p>
</section>`;
}

function program(listing: Listing, { origin }: Viewer): Html {
  return html`<details><summary><h3>JavaScript</h3></summary>
<p>Peer to peer, from the market’s seeders, each block verified against the core key. <code>npm run sdk:build</code> in a checkout makes the package <code>dazaar</code>, and <code>npm install</code> of its <code>dist/sdk</code> installs it where your program is.</p>
${code('the program', pullProgram(listing, origin))}
</details>`;
}

function code(name: string, text: string): Html {
  return html`<pre tabindex="0" data-copy data-copy-name="${name}"><code>${text}</code></pre>`;
}

function cli({ slug, plans, terms, feed }: Listing, { origin, network }: Viewer): string {
  const market = origin === DEFAULT_MARKET ? '' : ` --market ${origin}`;
  const accepted = terms ? ` --accept-terms ${terms.hash}` : '';
  const wallet = network === 'sandbox' ? 'sandbox' : 'print';
  const pull = pullCommand(slug, feed.kind, market);
  if (plans.some(({ tracked }) => !tracked)) return pull;
  const buy = `npx dazaar buy ${slug} --plan ${plans[0]?.name ?? 'PLAN'}${accepted} --wallet ${wallet}${market}`;
  return `${buy}\n${pull}`;
}

function curl({ listing, preview }: ListingView, gateway: string, plan: string): string {
  const { feed, terms } = listing;
  const isTree = feed.kind === 'autobase' && preview?.items[0]?.key !== undefined;
  const address = `${gateway}/v1/feeds/${feed.id}/${isTree ? 'entries' : GATEWAY_PATH[feed.kind]}`;
  const accepted = terms ? `&terms=${terms.hash}` : '';
  return `curl -si '${address}?plan=${plan}${accepted}' | grep -i '^www-authenticate'
# Put in what that says, and what your wallet shows when the invoice is paid:
MACAROON=… PREIMAGE=…
curl -sS --fail-with-body -H "Authorization: L402 $MACAROON:$PREIMAGE" '${address}'`;
}
