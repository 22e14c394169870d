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
${about(page, viewer)}
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

// Open Graph, which Twitter cards fall back to: https://ogp.me
function about(page: Page, { origin, marketName }: Viewer): Html {
  const {
    title,
    description,
    canonical,
    picture = { path: '/picture.png', alt: marketName },
  } = page;
  const said = description && html`<meta name="description" content="${description}">\n`;
  if (canonical === undefined) return html`${said}<meta name="robots" content="noindex">`;
  return html`${said}<link rel="canonical" href="${origin}${canonical}">
<meta property="og:type" content="website">
<meta property="og:site_name" content="${marketName}">
<meta property="og:title" content="${title}">
${description && html`<meta property="og:description" content="${description}">`}
<meta property="og:url" content="${origin}${canonical}">
<meta property="og:image" content="${origin}${picture.path}">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="${picture.alt}">
<meta name="twitter:card" content="summary_large_image">`;
}

function script(name: string, { assets, nonce }: Viewer): Html {
  return html`<script type="module" src="${assets.hrefOf(`${name}.js`)}" nonce="${nonce}"></script>`;
}

function header(viewer: Viewer): Html {
  const { account, network, path } = viewer;
  return html`<header class="site-header"><div class="site-width">
<a class="brand" href="/">${bolt()}${viewer.marketName}</a>
${network !== 'mainnet' && html`<span class="badge warn" title="Coins of this market are worthless">${network}</span>`}
<nav aria-label="Site">
${link('/', 'Data', path)}
${link('/shelf', 'My shelf', path)}
${network === 'sandbox' && link('/wallet', 'Play wallet', path)}
${link('/desk', 'Sell', path)}
${account ? leave(account.name, viewer) : link('/login', 'Log in', path)}
</nav>
</div></header>`;
}

// The favicon's drawing.
function bolt(): Html {
  return html`<svg class="bolt" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/><path d="M18.5 4 8 18h6.5L13 28l11-15h-7z"/></svg>`;
}

function leave(name: string, viewer: Viewer): Html {
  return html`<form class="inline" method="post" action="/logout">${csrfField(viewer)}
<button class="link" title="Logged in as ${name}">Log out</button></form>`;
}

function link(href: string, text: string, path: string): Html {
  return html`<a href="${href}" ${attribute('aria-current', currency(href, path))}>${text}</a>`;
}

/** Whether a link leads to the page that is shown, or to one above it. */
function currency(href: string, path: string): string | null {
  const [here = ''] = path.split('?');
  if (here === href) return 'page';
  return href !== '/' && here.startsWith(`${href}/`) ? 'true' : null;
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

function footer({ network }: Viewer): Html {
  return html`<footer class="site-footer"><div class="site-width">
<p>Data travels from peer to peer; payments over Lightning. No account is needed to buy.</p>
<nav aria-label="More"><a href="/help">How it works</a> <a href="/docs">HTTP API</a>${network === 'sandbox' && html` <a href="/wallet">Play wallet</a>`}</nav>
</div></footer>`;
}
