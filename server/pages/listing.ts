import type { Response, Router } from 'express';
import type { ListingPreview } from '../../contract/index.ts';
import { slug as slugShape } from '../../contract/primitives.ts';
import { isRefusal, type Refusal, refuse } from '../../domain/refusal.ts';
import { nowMs } from '../../flow/clock.ts';
import { estimateFiat } from '../../flow/estimate-fiat.ts';
import { type ListingRow, readListing, readOwnListing } from '../../flow/read-listings.ts';
import { readOwnPreview, readPreview } from '../../flow/read-preview.ts';
import { readSeeders } from '../../flow/read-seeders.ts';
import { readTerms } from '../../flow/read-terms.ts';
import { recordView } from '../../flow/record-view.ts';
import { SENT } from '../../http/operate.ts';
import { verifyProvenance } from '../../protocol/provenance.ts';
import { type ListingView, listingPage } from '../../web/pages/listing.ts';
import { presentListing } from '../present/listing.ts';
import { presentPreview } from '../present/preview.ts';
import { csvSample, ndjsonSample } from '../preview-sample.ts';
import type { PageDeps } from './deps.ts';
import { pageRouter, type Visit } from './page-router.ts';

const MSAT_PER_BITCOIN = 100_000_000_000n;

export function listingPages(deps: PageDeps): Router {
  const pages = pageRouter(deps);

  pages.get('/listings/:slug', 'reads', async (visit) => {
    const row = await findListing(deps, visit);
    if (isRefusal(row)) return row;
    const { req, viewer } = visit;
    if (row.publishedAt && req.method === 'GET') {
      recordView(deps, row.id, { address: req.ip ?? '', userAgent: req.get('user-agent') });
    }
    return listingPage(await readListingView(deps, row), viewer);
  });

  const sample = (ending: string, write: (preview: ListingPreview, schema: unknown) => string) =>
    pages.get(`/listings/:slug/sample.${ending}`, 'reads', async (visit) => {
      const row = await findListing(deps, visit);
      if (isRefusal(row)) return row;
      const preview = await previewOf(deps, row);
      if (isRefusal(preview)) return preview;
      const text = write(presentPreview(preview), row.feed?.blockSchema);
      return sendFile(visit.res, `${row.slug}-sample.${ending}`, TYPES[ending]!, text);
    });
  sample('ndjson', ndjsonSample);
  sample('csv', csvSample);

  return pages.router;
}

const TYPES: Record<string, string> = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** All that the page of a feed tells; of a draft too, for its seller. */
export async function readListingView(
  deps: Pick<PageDeps, 'prisma' | 'keys' | 'origin'>,
  row: ListingRow,
): Promise<ListingView> {
  const { prisma, keys, origin } = deps;
  const [preview, terms, { gateways }, bitcoin, atMs] = await Promise.all([
    previewOf(deps, row),
    row.termsHash && readTerms(prisma, row.termsHash),
    readSeeders(prisma),
    estimateFiat(prisma, MSAT_PER_BITCOIN),
    nowMs(prisma),
  ]);
  const listing = presentListing(row, origin(), keys);
  const { publicKey } = keys.signing;
  return {
    listing,
    preview: isRefusal(preview) ? null : presentPreview(preview),
    terms: terms && {
      hash: Buffer.from(terms.hash).toString('hex'),
      text: terms.text,
      licence: terms.licence,
      createdAtMs: terms.createdAt.getTime(),
    },
    verdict: listing.provenance && verifyProvenance(publicKey, listing.provenance),
    marketKey: publicKey.toString('hex'),
    gateways,
    bitcoin,
    nowMs: atMs,
  };
}

// A draft is there for its seller only.
async function findListing(
  { prisma }: PageDeps,
  { params, viewer }: Visit,
): Promise<ListingRow | Refusal> {
  const { data: slug } = slugShape.safeParse(params.slug);
  const row =
    slug === undefined
      ? null
      : ((await readListing(prisma, slug)) ??
        (viewer.account && (await readOwnListing(prisma, viewer.account.id, slug))));
  return row ?? refuse('listing-not-found', 'There is no such listing.');
}

function previewOf({ prisma }: Pick<PageDeps, 'prisma'>, { slug, state, sellerId }: ListingRow) {
  return state === 'draft' ? readOwnPreview(prisma, sellerId, slug) : readPreview(prisma, slug);
}

function sendFile(res: Response, name: string, type: string, text: string): typeof SENT {
  res.attachment(name);
  res.setHeader('Content-Type', type);
  res.setHeader('Cache-Control', 'private, no-cache');
  res.send(text);
  return SENT;
}
