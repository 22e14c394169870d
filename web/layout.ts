import { attribute, type Html, html } from './html.ts';
import { DESK_ITEMS, type DeskItem, type Page } from './page.ts';
import { csrfField } from './parts/form.ts';
import type { Viewer } from './viewer.ts';

/** A whole document, ready to send. */
export function renderPage(page: Page, viewer: Viewer): string {
  const title =
    page.title === viewer.marketName ? page.title : `${page.title} · ${viewer.marketName}`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${about(page, viewer, title)}
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${viewer.assets.hrefOf('site.css')}">
${['site', ...(page.islands ?? [])].map((name) => script(name, viewer))}
${page.head}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${header(viewer)}
${page.desk ? desk(page.desk, page.main) : html`<main id="main" tabindex="-1">${page.main}</main>`}
${footer(viewer)}
</body>
</html>
`.text;
}

function about({ description, canonical }: Page, viewer: Viewer, title: string): Html {
  const robots = canonical === undefined && html`<meta name="robots" content="noindex">`;
  const link =
    canonical !== undefined &&
    html`<link rel="canonical" href="${viewer.origin + canonical}">
<meta property="og:url" content="${viewer.origin + canonical}">`;
  const said =
    description &&
    html`<meta name="description" content="${description}">
<meta property="og:description" content="${description}">`;
  return html`<meta property="og:title" content="${title}">
<meta property="og:site_name" content="${viewer.marketName}">
${said}${link}${robots}`;
}

function script(name: string, { assets, nonce }: Viewer): Html {
  return html`<script type="module" src="${assets.hrefOf(`${name}.js`)}" nonce="${nonce}"></script>`;
}

function header(viewer: Viewer): Html {
  const { account, path } = viewer;
  return html`<header class="site-header">
<a class="brand" href="/">${viewer.marketName}</a>
${viewer.network !== 'mainnet' && html`<span class="badge" title="Coins of this market are worthless">${viewer.network}</span>`}
<nav aria-label="Site">
${link('/', 'Data', path)}
${link('/shelf', 'My shelf', path)}
${viewer.hasPlayWallet && link('/wallet', 'Play wallet', path)}
${link('/desk', 'Sell', path)}
${account ? leave(account.name, viewer) : link('/login', 'Log in', path)}
</nav>
</header>`;
}

function leave(name: string, viewer: Viewer): Html {
  return html`<form class="inline" method="post" action="/logout">${csrfField(viewer)}
<button class="link" title="Logged in as ${name}">Log out</button></form>`;
}

function link(href: string, text: string, path: string): Html {
  const here = href === '/' ? path.split('?')[0] === '/' : path.split('?')[0]!.startsWith(href);
  return html`<a href="${href}" ${attribute('aria-current', here ? 'page' : null)}>${text}</a>`;
}

function desk(current: DeskItem, main: Html): Html {
  return html`<div class="desk">
<nav class="desk-nav" aria-label="Seller’s desk">
${DESK_ITEMS.map(
  ([item, href, text]) =>
    html`<a href="${href}" ${attribute('aria-current', item === current ? 'page' : null)}>${text}</a>`,
)}
</nav>
<main id="main" tabindex="-1">${main}</main>
</div>`;
}

function footer({ hasPlayWallet }: Viewer): Html {
  return html`<footer class="site-footer">
<p>Data travels from peer to peer; payments over Lightning. No account is needed to buy.</p>
<nav aria-label="More"><a href="/help">How it works</a> <a href="/docs">HTTP API</a>${hasPlayWallet && html` <a href="/wallet">Play wallet</a>`}</nav>
</footer>`;
}
