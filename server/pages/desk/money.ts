import type { Router } from 'express';
import { CHAIN_OF } from '../../../contract/market.ts';
import { newPayout } from '../../../contract/payout.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { nowMs } from '../../../flow/clock.ts';
import { readMovements } from '../../../flow/read-movements.ts';
import { readBalance, readPayout, readPayouts } from '../../../flow/read-payouts.ts';
import { readPayee, requestWithdrawal } from '../../../flow/request-payout.ts';
import { moneyPage } from '../../../web/pages/desk/money.ts';
import { movementsPage } from '../../../web/pages/desk/movements.ts';
import { payoutPage, reviewPage } from '../../../web/pages/desk/payout.ts';
import { payoutsPage } from '../../../web/pages/desk/payouts.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import { fromNumberCursor, toCursor } from '../../cursor.ts';
import { presentBalance, presentMovement, presentPayout } from '../../present/payout.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { newFormToken } from '../form-token.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';
import { afterOf, asked, idIn, noCursor } from './asked.ts';
import { onceOf } from './once.ts';

const NEWEST = 5;
const NEWEST_MOVEMENTS = 10;
const PAGE = 25;

export function moneyPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const payoutDeps = { ...deps, chain: CHAIN_OF[deps.network] };
  const pages = pageRouter(deps);

  pages.seller.get('/desk/money', (visit) => money(visit, EMPTY_FORM));

  pages.seller.get('/desk/money/payouts/review', () => new GoTo('/desk/money'));

  pages.seller.post('/desk/money/payouts/review', async (visit) => {
    const { sellerId, form, viewer } = visit;
    const read = readPayoutForm(form);
    if ('faults' in read) return money(visit, read);
    const payee = await readPayee(payoutDeps, read.data);
    if (isRefusal(payee)) return money(visit, refused(payee, form, 'bolt11'));
    const { availableMsat } = await readBalance(prisma, sellerId);
    const { bolt11 } = read.data;
    const asked = { bolt11, maxFeeSat: form.maxFeeSat ?? '', availableMsat };
    return reviewPage(
      { ...payee, ...asked, nowMs: await nowMs(prisma), once: newFormToken() },
      viewer,
    );
  });

  pages.seller.post('/desk/money/payouts', async (visit) => {
    const { sellerId, form } = visit;
    const read = readPayoutForm(form);
    if ('faults' in read) return money(visit, read);
    const request = { ...read.data, idempotency: onceOf('createPayout', visit) };
    const requested = await requestWithdrawal(payoutDeps, sellerId, request);
    if (isRefusal(requested)) return money(visit, refused(requested, form, 'bolt11'));
    return new GoTo(`/desk/money/payouts/${requested.id}?done=payout-asked`);
  });

  pages.seller.get('/desk/money/payouts', async ({ sellerId, query }) => {
    const after = afterOf(query);
    if (typeof after === 'object') return after;
    const page = await readPayouts(prisma, sellerId, { limit: PAGE, after: after ?? null });
    const next = page.next && toCursor(page.next);
    return payoutsPage(page.payouts.map(presentPayout), next, asked(query), await nowMs(prisma));
  });

  pages.seller.get('/desk/money/payouts/:id', async ({ sellerId, params, query }) => {
    const id = idIn(params);
    const payout = id && (await readPayout(prisma, sellerId, id));
    return payout ? payoutPage(presentPayout(payout), await nowMs(prisma), query.done) : null;
  });

  pages.seller.get('/desk/money/movements', async ({ sellerId, query }) => {
    const after = query.cursor ? fromNumberCursor(query.cursor) : undefined;
    if (after === null) return noCursor();
    const { movements, next } = await readMovements(prisma, sellerId, { limit: PAGE, after });
    const cursor = next === null ? null : toCursor(next.toString());
    return movementsPage(movements.map(presentMovement), cursor, asked(query));
  });

  async function money({ sellerId, viewer }: SellerVisit, form: FormState) {
    const [balance, { payouts }, { movements }] = await Promise.all([
      readBalance(prisma, sellerId),
      readPayouts(prisma, sellerId, { limit: NEWEST, after: null }),
      readMovements(prisma, sellerId, { limit: NEWEST_MOVEMENTS }),
    ]);
    return moneyPage(
      {
        balance: presentBalance(balance),
        payouts: payouts.map(presentPayout),
        movements: movements.map(presentMovement),
        form,
        nowMs: await nowMs(prisma),
      },
      viewer,
    );
  }

  return pages.router;
}

/** What wallets copy may have the scheme of a link before it, and lines in it. */
function readPayoutForm(form: Record<string, string>) {
  const bolt11 = (form.bolt11 ?? '').replace(/\s+/g, '').replace(/^lightning:/i, '');
  const sat = (form.maxFeeSat ?? '').trim();
  const maxFeeMsat = sat === '' ? undefined : sat === '0' ? '0' : `${sat}000`;
  const read = readForm(newPayout, { bolt11, maxFeeMsat }, form, ([first = '']) =>
    first === 'maxFeeMsat' ? 'maxFeeSat' : String(first),
  );
  if ('faults' in read) return read;
  const limit = read.data.maxFeeMsat;
  return { data: { bolt11, maxFeeMsat: limit === undefined ? null : BigInt(limit) } };
}
