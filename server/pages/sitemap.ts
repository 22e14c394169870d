import type { Response, Router } from 'express';
import { countSitemap, readSitemap } from '../../flow/read-sitemap.ts';
import { SENT } from '../../http/operate.ts';
import { html } from '../../web/html.ts';
import type { PageDeps } from './deps.ts';
import { Kept } from './kept.ts';
import { pageRouter } from './page-router.ts';

/** Of one file, says https://www.sitemaps.org/protocol.html. */
const MOST_ADDRESSES = 50_000;
const PAGES = ['/', '/help'];
const LISTINGS = MOST_ADDRESSES - PAGES.length;
const KEPT_FILES = 4;
const FRESH_MS = 60_000;
const CACHED = 'public, max-age=3600';
const XMLNS = 'http://www.sitemaps.org/schemas/sitemap/0.9';

/** `/sitemap.xml`: all that is on sale; an index of `/sitemaps/1.xml` and so on when that is more than a file holds. */
export function sitemapRoutes(deps: PageDeps): Router {
  const { prisma, origin } = deps;
  const pages = pageRouter(deps);
  const kept = new Kept<string>(KEPT_FILES);

  const file = async (number: number) => {
    const name = `${number} ${Math.floor(Date.now() / FRESH_MS)}`;
    return kept.get(name, async () => {
      const limits = { offset: (number - 1) * LISTINGS, limit: LISTINGS };
      const entries = await readSitemap(prisma, limits);
      return entries.length > 0 || number === 1 ? write(entries, number) : null;
    });
  };
  const write = (entries: Awaited<ReturnType<typeof readSitemap>>, number: number) => {
    const fixed =
      number === 1 ? PAGES.map((path) => html`<url><loc>${origin()}${path}</loc></url>\n`) : [];
    const listings = entries.map(
      ({ slug, modifiedAt }) =>
        html`<url><loc>${origin()}/listings/${slug}</loc><lastmod>${modifiedAt.toISOString()}</lastmod></url>\n`,
    );
    return html`<urlset xmlns="${XMLNS}">\n${[...fixed, ...listings]}</urlset>\n`.text;
  };

  pages.get('/sitemap.xml', 'searches', async ({ res }) => {
    const files = Math.ceil((await countSitemap(prisma)) / LISTINGS);
    if (files <= 1) return send(res, await file(1));
    const numbers = Array.from({ length: files }, (_, at) => at + 1);
    const index = html`<sitemapindex xmlns="${XMLNS}">\n${numbers.map((number) => html`<sitemap><loc>${origin()}/sitemaps/${number}.xml</loc></sitemap>\n`)}</sitemapindex>\n`;
    return send(res, index.text);
  });

  pages.get('/sitemaps/:number.xml', 'searches', async ({ params, res }) => {
    const number = /^[1-9]\d{0,4}$/.test(params.number!) ? Number(params.number) : null;
    return number === null ? null : send(res, await file(number));
  });

  return pages.router;
}

function send(res: Response, xml: string | null): typeof SENT | null {
  if (xml === null) return null;
  res.setHeader('Cache-Control', CACHED);
  res.type('application/xml').send(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
  return SENT;
}
