import { createHash } from 'node:crypto';
import type { Request, Response, Router } from 'express';
import type { Listing } from '../../contract/index.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { readListing } from '../../flow/read-listings.ts';
import { readPreview } from '../../flow/read-preview.ts';
import { SENT } from '../../http/operate.ts';
import { sendProblem } from '../../http/problem.ts';
import { cheapestPlan, priceText } from '../../web/parts/cheapest-plan.ts';
import { drawPicture, type Picture } from '../../web/picture/picture.ts';
import { presentListing } from '../present/listing.ts';
import { presentPreview } from '../present/preview.ts';
import type { PageDeps } from './deps.ts';
import { Kept } from './kept.ts';
import { pageRouter } from './page-router.ts';
import { renderPng } from './render-png.ts';

const KEPT_PICTURES = 200;
const CACHED = 'public, max-age=300';
const SITE_TITLE = 'Live data, bought in under a minute';
const SITE_PRICE = 'Paid over Lightning. No account needed.';

/** The pictures that previews of links show: one for the site, and one for each listing. */
export function pictureRoutes(deps: PageDeps): Router {
  const { prisma, name: market, origin, keys } = deps;
  const pages = pageRouter(deps);
  const kept = new Kept<Buffer>(KEPT_PICTURES);

  pages.get('/picture.png', 'searches', ({ req, res }) => {
    const site = { market, title: SITE_TITLE, by: '', price: SITE_PRICE, values: [] };
    return send(kept, site, req, res);
  });

  pages.get('/listings/:slug/picture.png', 'searches', async ({ params, req, res }) => {
    const row = await readListing(prisma, params.slug!);
    if (!row) return null;
    const { title, seller, plans } = presentListing(row, origin(), keys);
    const preview = await readPreview(prisma, row.slug);
    const items = isRefusal(preview) ? [] : presentPreview(preview).items;
    const values = seriesOf(items.map(({ value }) => value));
    const picture = { market, title, by: `by ${seller.name}`, price: priceOf(plans), values };
    return send(kept, picture, req, res);
  });

  return pages.router;
}

// Named by what is on it: a picture is drawn again when that changes, and not before.
async function send(
  kept: Kept<Buffer>,
  picture: Picture,
  req: Request,
  res: Response,
): Promise<typeof SENT> {
  const svg = drawPicture(picture);
  const name = createHash('sha256').update(svg).digest('base64url').slice(0, 27);
  res.setHeader('ETag', `"${name}"`);
  res.setHeader('Cache-Control', CACHED);
  if (req.fresh) {
    res.status(304).end();
    return SENT;
  }
  const png = await kept.get(name, () => renderPng(svg));
  if (png) res.type('png').send(png);
  else {
    res.removeHeader('ETag');
    res.setHeader('Cache-Control', 'no-store');
    sendProblem(res, 503, 'unavailable', 'Too many pictures are being drawn.');
  }
  return SENT;
}

function priceOf(plans: Listing['plans']): string {
  const plan = cheapestPlan(plans);
  if (!plan) return '';
  const others = plans.some((other) => other !== plan && other.kind !== 'trial');
  return `${others ? 'from ' : ''}${priceText(plan)}`;
}

/** The numbers of the first member that every block has one in. */
function seriesOf(blocks: readonly unknown[]): number[] {
  const rows = blocks.filter((block) => typeof block === 'object' && block !== null);
  const [first] = rows;
  for (const name of Object.keys(first ?? {})) {
    const values = rows.map((row) => (row as Record<string, unknown>)[name]);
    if (values.every((value) => typeof value === 'number') && new Set(values).size > 1) {
      return values as number[];
    }
  }
  return [];
}
