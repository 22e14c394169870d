import type { Router } from 'express';
import { z } from 'zod';
import { slug } from '../../../contract/primitives.ts';
import { extension, reasoned } from '../../../contract/sale.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { extendGrant, restoreGrant, revokeGrant } from '../../../flow/amend-grants.ts';
import {
  exportGivenGrants,
  type GivenGrant,
  readGivenGrant,
  readGivenGrants,
} from '../../../flow/read-given-grants.ts';
import { readListingNames } from '../../../flow/read-listing-names.ts';
import { readUsedBytes } from '../../../flow/read-used-bytes.ts';
import { SENT } from '../../../http/operate.ts';
import {
  amendGrantPage,
  GRANT_CHANGES,
  type GrantChange,
} from '../../../web/pages/desk/amend-grant.ts';
import { buyersPage } from '../../../web/pages/desk/buyers.ts';
import type { Done } from '../../../web/pages/desk/done.ts';
import { grantPage } from '../../../web/pages/desk/grant.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import { toCursor } from '../../cursor.ts';
import { presentGivenGrant, presentGrantLog } from '../../present/sale.ts';
import { sendGrants } from '../../sale-csv.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { newFormToken } from '../form-token.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';
import { afterOf, asked, idIn } from './asked.ts';
import { onceOf } from './once.ts';

const PAGE = 25;
const UNIT_MS: Record<string, number> = { minutes: 60_000, hours: 3_600_000, days: 86_400_000 };
const DONE: Record<GrantChange, Done> = {
  revoke: 'revoked',
  restore: 'restored',
  extend: 'extended',
};

export function buyerPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/buyers', async ({ sellerId, query }) => {
    const values = asked(query);
    const after = afterOf(values);
    if (typeof after === 'object') return after;
    const read = readSearch(values);
    const filter = 'data' in read ? read.data : {};
    const search = 'data' in read ? { values, faults: {} } : read;
    const [listings, page] = await Promise.all([
      readListingNames(prisma, sellerId),
      readGivenGrants(prisma, sellerId, filter, { limit: PAGE, after }),
    ]);
    const used = await readUsedBytes(prisma, page.grants);
    return buyersPage({
      grants: page.grants.map((grant) => ({
        ...presentGivenGrant(grant, page.nowMs),
        usedBytes: used.get(grant.id) ?? 0,
      })),
      nextCursor: page.next && toCursor(page.next),
      listings,
      search,
      nowMs: page.nowMs,
    });
  });

  pages.seller.get('/desk/buyers.csv', async ({ sellerId, query, res }) => {
    const read = readSearch(asked(query));
    if ('faults' in read) return null;
    await sendGrants(res, exportGivenGrants(prisma, sellerId, read.data, undefined));
    return SENT;
  });

  pages.seller.get('/desk/buyers/:id', async (visit) => {
    const found = await find(visit);
    if (!found) return null;
    const used = await readUsedBytes(prisma, [found.grant]);
    return grantPage({
      grant: {
        ...presentGivenGrant(found.grant, found.nowMs),
        log: found.log.map(presentGrantLog),
      },
      usedBytes: used.get(found.grant.id) ?? 0,
      nowMs: found.nowMs,
      done: visit.query.done,
    });
  });

  pages.seller.get('/desk/buyers/:id/:change', async (visit) => {
    const change = changeIn(visit);
    const found = change && (await find(visit));
    return found ? ask(visit, change, found, EMPTY_FORM) : null;
  });

  pages.seller.post('/desk/buyers/:id/:change', async (visit) => {
    const change = changeIn(visit);
    const found = change && (await find(visit));
    if (!found) return null;
    const faults = await amend(visit, change, found);
    if (faults) return ask(visit, change, found, faults);
    return new GoTo(`/desk/buyers/${found.grant.id}?done=${DONE[change]}`);
  });

  async function find({ sellerId, params }: SellerVisit): Promise<GivenGrant | null> {
    const id = idIn(params);
    const found = id && (await readGivenGrant(prisma, sellerId, id));
    return found && !isRefusal(found) ? found : null;
  }

  function ask(
    { viewer }: SellerVisit,
    change: GrantChange,
    { grant, nowMs }: GivenGrant,
    form: FormState,
  ) {
    const presented = presentGivenGrant(grant, nowMs);
    return amendGrantPage({ change, grant: presented, form, once: newFormToken(), nowMs }, viewer);
  }

  /** What is wrong with the form; null when the grant is as it asks for. */
  async function amend(
    visit: SellerVisit,
    change: GrantChange,
    { grant }: GivenGrant,
  ): Promise<FormState | null> {
    const { sellerId, form } = visit;
    const read = readAmendment(change, form);
    if ('faults' in read) return read;
    const { reason, durationMs } = read.data;
    const own = { sellerId, grantId: grant.id, reason };
    const amended =
      change === 'extend'
        ? await extendGrant(deps, own, durationMs, onceOf('extendGrant', visit))
        : await { revoke: revokeGrant, restore: restoreGrant }[change](deps, own);
    // Sent twice, the second time finds the work done.
    const isDone =
      isRefusal(amended) &&
      ((change === 'revoke' && grant.state === 'revoked') ||
        (amended.refused === 'grant-not-revoked' && grant.state === 'live'));
    return isRefusal(amended) && !isDone ? refused(amended, form) : null;
  }

  return pages.router;
}

function changeIn({ params }: SellerVisit): GrantChange | null {
  return GRANT_CHANGES.find((change) => change === params.change) ?? null;
}

function readAmendment(change: GrantChange, form: Record<string, string>) {
  const input = { reason: form.reason ?? '' };
  if (change !== 'extend') {
    const read = readForm(reasoned, input, form);
    return 'faults' in read ? read : { data: { ...read.data, durationMs: 0 } };
  }
  const durationMs = Number(form.amount || Number.NaN) * (UNIT_MS[form.unit ?? ''] ?? Number.NaN);
  return readForm(extension, { ...input, durationMs }, form, ([first = '']) =>
    first === 'durationMs' ? 'amount' : String(first),
  );
}

const search = z.object({
  listing: slug.optional(),
  state: z.enum(['live', 'expired', 'revoked', 'all']).default('live'),
});

function readSearch(values: Record<string, string>) {
  const read = readForm(search, values, values);
  if ('faults' in read) return read;
  const { listing, state } = read.data;
  return { data: { listingSlug: listing, state: state === 'all' ? undefined : state } };
}
