import { randomUUID } from 'node:crypto';
import type { Router } from 'express';
import { batchId as batchIdShape } from '../../../contract/feed-content.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { deleteFile } from '../../../flow/delete-file.ts';
import { readFiles } from '../../../flow/read-files.ts';
import { type ListingRow, readOwnListing } from '../../../flow/read-listings.ts';
import { countBytes, pass } from '../../../http/limits.ts';
import { SENT } from '../../../http/operate.ts';
import type { Page } from '../../../web/page.ts';
import { type UploadView, uploadPage } from '../../../web/pages/desk/upload.ts';
import { EMPTY_FORM } from '../../../web/parts/form.ts';
import { formatOfText } from '../../../web/parts/upload-type.ts';
import type { Viewer } from '../../../web/viewer.ts';
import { fromPathCursor, toPathCursor } from '../../cursor.ts';
import { presentFile } from '../../present/file.ts';
import { presentListing } from '../../present/listing.ts';
import { untilWrittenWith } from '../../until-appended.ts';
import type { PageDeps } from '../deps.ts';
import { refused } from '../form.ts';
import { openForm } from '../multipart.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';
import { openIntake, type Target } from './take-data.ts';

const FILES = 100;
const PATH = '/desk/listings/:slug/data';

type Values = Record<string, string>;

/** Sending data from the browser. A script sends it to the API itself; without one, it comes here. */
export function listingDataPages(deps: PageDeps): Router {
  const { prisma, limiter, csrf, origin, keys, written } = deps;
  const pages = pageRouter(deps);
  const intake = openIntake(deps);

  pages.seller.get(PATH, async (visit) => {
    const row = await own(visit);
    return row && show(row, visit.viewer, { cursor: visit.query.cursor });
  });

  pages.seller.upload(PATH, async (visit) => {
    const { req, res, sellerId, viewer } = visit;
    const row = await own(visit);
    if (!row) return null;
    if (!pass(res, await limiter.take('uploads', sellerId))) return SENT;
    countBytes(limiter, sellerId, req);
    const form = await openForm(csrf, req, res);
    if (form === SENT) return SENT;
    const taken = await intake.takeFiles(targetOf(sellerId, row, form.fields), form.files);
    return told(taken, visit, viewer, form.fields);
  });

  pages.seller.post(`${PATH}/paste`, async (visit) => {
    const { form, sellerId, viewer } = visit;
    const row = await own(visit);
    if (!row) return null;
    const text = form.text ?? '';
    const content = only(Buffer.from(text));
    const taken = await intake.takeRows(targetOf(sellerId, row, form), formatOfText(text), content);
    return told(taken, visit, viewer, form);
  });

  pages.seller.post(`${PATH}/delete`, async (visit) => {
    const { form, params, sellerId, viewer } = visit;
    const slug = params.slug!;
    const path = (form.path ?? '').slice(1);
    const gone = await deleteFile(prisma, untilWrittenWith(prisma, written), {
      sellerId,
      slug,
      path,
    });
    return gone ? told(gone, visit, viewer, {}) : new GoTo(`/desk/listings/${slug}/data`);
  });

  function own({ params, sellerId }: SellerVisit): Promise<ListingRow | null> {
    return readOwnListing(prisma, sellerId, params.slug!);
  }

  // Read again: what was taken in counts already.
  async function told(
    taken: string | Refusal,
    visit: SellerVisit,
    viewer: Viewer,
    values: Values,
  ): Promise<Page | null> {
    const row = await own(visit);
    if (!row) return null;
    if (typeof taken === 'string') return show(row, viewer, { said: taken });
    return show(row, viewer, { form: refused(taken, values, values.text ? 'text' : '') });
  }

  async function show(
    row: ListingRow,
    viewer: Viewer,
    more: Partial<UploadView> & { cursor?: string | undefined },
  ): Promise<Page> {
    const { cursor, ...rest } = more;
    const listing = presentListing(row, origin(), keys);
    const files = await filesOf(row, cursor);
    const batchId = randomUUID();
    const nowMs = Date.now();
    const view = { listing, form: EMPTY_FORM, batchId, files, said: null, nowMs, ...rest };
    return uploadPage(view, viewer);
  }

  async function filesOf(row: ListingRow, cursor?: string): Promise<UploadView['files']> {
    const after = (cursor && fromPathCursor(cursor)) || '';
    const page = await readFiles(prisma, row.sellerId, row.slug, { limit: FILES, after });
    if (isRefusal(page)) return null;
    const last = page.hasMore ? page.files.at(-1) : undefined;
    const nextCursor = last ? toPathCursor(last.path) : null;
    return { files: page.files.map(presentFile), nextCursor, cursor };
  }

  return pages.router;
}

function targetOf(sellerId: string, { slug, feed }: ListingRow, values: Values): Target {
  return {
    sellerId,
    slug,
    kind: feed!.kind,
    blockSchema: feed!.blockSchema,
    batchId: batchIdShape.safeParse(values.batchId).data ?? randomUUID(),
    keyColumn: values.keyColumn?.trim() || 'key',
    folder: values.folder?.trim() ?? '',
  };
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
