import type { Request } from 'express';
import { openShelf, type ShelfOwner } from '../../flow/shelf.ts';
import { saveSession } from '../session.ts';
import type { PageDeps } from './deps.ts';

/** Whose shelf a request may look at. */
export function shelfOwner({ session }: Request): ShelfOwner {
  return { sellerId: session.sellerId ?? null, shelfId: session.shelfId ?? null };
}

/** The shelf that a visitor puts something on; a browser that had none gets a session for it. */
export async function openOwnShelf({ prisma }: PageDeps, req: Request): Promise<string> {
  const shelfId = await openShelf(prisma, shelfOwner(req));
  if (req.session.sellerId === undefined && req.session.shelfId !== shelfId) {
    req.session.shelfId = shelfId;
    await saveSession(req);
  }
  return shelfId;
}
