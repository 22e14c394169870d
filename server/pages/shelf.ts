import type { Router } from 'express';
import { hex32, uuid } from '../../contract/primitives.ts';
import { isRefusal, type Refusal } from '../../domain/refusal.ts';
import { linkKey } from '../../flow/link-key.ts';
import { moveFromShelf } from '../../flow/move-from-shelf.ts';
import { findShelfGrant, readShelf, type ShelfGrant } from '../../flow/read-shelf.ts';
import { takeKeyOff } from '../../flow/shelf.ts';
import { SENT } from '../../http/operate.ts';
import { shelfPage } from '../../web/pages/shelf/shelf.ts';
import { mayGuessCode } from '../login-throttle.ts';
import { presentShelf } from '../present/shelf.ts';
import type { PageDeps } from './deps.ts';
import { formIdempotency, newFormToken } from './form-token.ts';
import { lookAtOwnShelf } from './own-shelf.ts';
import { GoTo, pageRouter, type Visit } from './page-router.ts';

const DONE = new Map(
  Object.entries({
    found: 'It is on your shelf.',
    moved: 'The access was moved.',
    removed: 'It is off your shelf.',
  }),
);
const NOT_MOVED: Partial<Record<Refusal['refused'], string>> = {
  'grant-not-live': 'This access has ended, or was moved before.',
  'same-key': 'The access is with this key already.',
  'idempotency-key-reused': 'This access was moved to another key before.',
  'key-code-unknown': 'This code is not known, was used already, or is too old. Ask for a new one.',
};

export function shelfPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.get('/shelf', 'reads', async (visit) => {
    const done = DONE.get(visit.query.done ?? '');
    return shelfWith(deps, visit, done === undefined ? {} : { done });
  });

  pages.post('/shelf/:grantId/move', 'writes', async (visit) => {
    const { form, params, req, res } = visit;
    const own = await findOwn(deps, visit, params.grantId);
    if (!own?.grant.isClaim) return null;
    const to = (form.to ?? '').trim();
    const typed = hex32.safeParse(to).data;
    if (typed === undefined && !(await mayGuessCode(deps.limiter, req, res))) return SENT;
    const toKey = typed ? { buyerKey: fromHex(typed) } : await linked(deps, own.shelfId, visit, to);
    const moved = isRefusal(toKey)
      ? toKey
      : await moveFromShelf(deps, own.shelfId, own.grant.id, toKey.buyerKey);
    if (!isRefusal(moved)) return new GoTo('/shelf?done=moved');
    return shelfWith(deps, visit, { fault: NOT_MOVED[moved.refused] ?? moved.detail });
  });

  pages.post('/shelf/:grantId/remove', 'writes', async (visit) => {
    const own = await findOwn(deps, visit, visit.params.grantId);
    if (!own) return null;
    await takeKeyOff(prisma, own.shelfId, own.grant.buyerKey);
    return new GoTo('/shelf?done=removed');
  });

  return pages.router;
}

/** A grant on the visitor's own shelf; null for any other. */
export async function findOwn(
  deps: PageDeps,
  { req }: Visit,
  grantId: string | undefined,
): Promise<{ shelfId: string; grant: ShelfGrant } | null> {
  const id = uuid.safeParse(grantId).data;
  const shelfId = id === undefined ? null : await lookAtOwnShelf(deps, req);
  if (shelfId === null) return null;
  const grant = await findShelfGrant(deps.prisma, shelfId, id!);
  return grant && { shelfId, grant };
}

async function shelfWith(
  deps: PageDeps,
  { req, viewer }: Visit,
  said: { done?: string; fault?: string },
) {
  const shelfId = await lookAtOwnShelf(deps, req);
  const view = shelfId === null ? EMPTY : presentShelf(await readShelf(deps.prisma, shelfId));
  return shelfPage({ ...view, said, token: newFormToken() }, viewer);
}

const EMPTY = { items: [], orders: [], nowMs: 0 };

function linked(deps: PageDeps, shelfId: string, visit: Visit, code: string) {
  const idempotency = formIdempotency(deps, visit, 'shelfMove', [visit.params.grantId, code]);
  return linkKey(deps, shelfId, code, idempotency);
}

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
