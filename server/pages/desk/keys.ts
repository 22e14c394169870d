import type { Response, Router } from 'express';
import { apiKeyId, newApiKey } from '../../../contract/account.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import {
  readApiKeys,
  requestApiKey,
  revokeApiKey,
  rotateApiKey,
  type ShownKey,
} from '../../../flow/api-keys.ts';
import { nowMs } from '../../../flow/clock.ts';
import { OVERLAPS, revokeKeyPage, rotateKeyPage } from '../../../web/pages/desk/change-key.ts';
import { keysPage } from '../../../web/pages/desk/keys.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import { keyEnvOf } from '../../auth.ts';
import { presentApiKey } from '../../present/account.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const USUAL_SCOPES = ['read', 'data'];

export function keyPages(deps: PageDeps): Router {
  const { prisma, network } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/keys', (visit) => show(visit, EMPTY_FORM));

  pages.seller.post('/desk/keys', async (visit) => {
    const { sellerId, form, res } = visit;
    const lastsMs = form.lasts ? Number(form.lasts) * DAY_MS : null;
    const expiresAtMs = lastsMs === null ? null : (await nowMs(prisma)) + lastsMs;
    const input = { label: form.label ?? '', scopes: visit.all('scopes'), expiresAtMs };
    const read = readForm(newApiKey, input, form, ([first = '']) =>
      first === 'expiresAtMs' ? 'lasts' : String(first),
    );
    if ('faults' in read) return show(visit, withWords(read));
    const made = await requestApiKey(prisma, sellerId, { ...read.data, env: keyEnvOf(network) });
    if (isRefusal(made)) return show(visit, refused(made, form));
    return show(visit, EMPTY_FORM, secret(res, made.key));
  });

  pages.seller.get('/desk/keys/:id/revoke', async (visit) => {
    const key = await find(visit);
    return key && revokeKeyPage(key, visit.viewer);
  });

  pages.seller.post('/desk/keys/:id/revoke', async (visit) => {
    const key = await find(visit);
    if (!key) return null;
    const refusal = await revokeApiKey(prisma, visit.sellerId, key.id);
    return refusal ?? new GoTo('/desk/keys?done=key-revoked');
  });

  pages.seller.get('/desk/keys/:id/rotate', async (visit) => {
    const key = await find(visit);
    return key && rotateKeyPage(key, EMPTY_FORM, visit.viewer);
  });

  pages.seller.post('/desk/keys/:id/rotate', async (visit) => {
    const { sellerId, form, res } = visit;
    const key = await find(visit);
    if (!key) return null;
    const overlap = OVERLAPS.find(({ value }) => value === form.overlap) ?? OVERLAPS[0]!;
    const rotation = { overlapMs: Number(overlap.value) * 1000, expiresAtMs: undefined };
    const made = await rotateApiKey(prisma, sellerId, key.id, rotation);
    if (isRefusal(made)) return rotateKeyPage(key, refused(made, form), visit.viewer);
    return show(visit, EMPTY_FORM, secret(res, made.key));
  });

  async function show(visit: SellerVisit, form: FormState, made: string | null = null) {
    const keys = await readApiKeys(prisma, visit.sellerId);
    const ticked = 'label' in form.values ? visit.all('scopes') : USUAL_SCOPES;
    const now = await nowMs(prisma);
    return keysPage(
      {
        keys: keys.map(presentApiKey),
        form,
        scopes: ticked,
        made,
        nowMs: now,
        done: visit.query.done,
      },
      visit.viewer,
    );
  }

  async function find({ sellerId, params }: SellerVisit): Promise<ShownKey | null> {
    const id = apiKeyId.safeParse(params.id).data;
    const keys = id === undefined ? [] : await readApiKeys(prisma, sellerId);
    return keys.find((key) => key.id === id) ?? null;
  }

  return pages.router;
}

/** Nothing keeps an answer with a secret in it. */
function secret(res: Response, key: string): string {
  res.setHeader('Cache-Control', 'no-store');
  return key;
}

function withWords(form: FormState): FormState {
  if (form.faults.scopes === undefined) return form;
  return { ...form, faults: { ...form.faults, scopes: 'Tick at least one thing that it may do.' } };
}
