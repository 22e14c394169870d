import { createHmac } from 'node:crypto';
import type { Request } from 'express';
import { adoptLatecomers } from '../../flow/adopt-shelf.ts';
import { findShelf, openShelf, type ShelfOwner, seeShelf } from '../../flow/shelf.ts';
import { saveSession } from '../session.ts';
import type { PageDeps } from './deps.ts';

/** Whose shelf a request may look at. */
export function shelfOwner({ session }: Request): ShelfOwner {
  return { sellerId: session.sellerId ?? null, shelfId: session.shelfId ?? null };
}

/** The shelf that a visitor puts something on; a browser that had none gets a session for it. */
export async function openOwnShelf(deps: PageDeps, req: Request): Promise<string> {
  const shelfId = await openShelf(deps.prisma, shelfOwner(req), newIdFor(deps, req));
  if (req.session.sellerId === undefined && req.session.shelfId !== shelfId) {
    req.session.shelfId = shelfId;
    req.session.shelfSeenOn = today();
    await saveSession(req);
    await seeShelf(deps.prisma, shelfId);
  }
  return shelfId;
}

/** The shelf that a visitor looks at, which keeps it and its session for another while; null when there is none. */
export async function lookAtOwnShelf({ prisma }: PageDeps, req: Request): Promise<string | null> {
  const owner = shelfOwner(req);
  const { sellerId, shelfId } = owner;
  if (sellerId !== null && shelfId !== null) await adoptLatecomers(prisma, shelfId, sellerId);
  const found = await findShelf(prisma, owner);
  if (found === null || sellerId !== null || req.session.shelfSeenOn === today()) return found;
  req.session.shelfSeenOn = today();
  await saveSession(req);
  await seeShelf(prisma, found);
  return found;
}

const today = () => new Date().toISOString().slice(0, 10);

// Two tabs without a session, which order at the same instant, are each given a cookie: the one that comes last stays, and
// both have to lead to the same shelf. Made with a secret, so that nobody finds the shelf who has not the browser.
function newIdFor({ keys, csrf }: PageDeps, req: Request): string | undefined {
  const browser = csrf.browserOf(req);
  if (browser === null) return undefined;
  const hex = createHmac('sha256', keys.derive('shelf')).update(browser).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
