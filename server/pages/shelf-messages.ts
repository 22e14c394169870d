import type { Router } from 'express';
import { readNewestMail } from '../../flow/read-mail.ts';
import { shelfMessagesPage } from '../../web/pages/shelf/messages.ts';
import { presentItem } from '../present/shelf.ts';
import type { PageDeps } from './deps.ts';
import { pageRouter } from './page-router.ts';
import { findOwn } from './shelf.ts';

const NEWEST = 50;

/** Shows what sellers wrote to whoever bought from them. */
export function shelfMessagePages(deps: PageDeps): Router {
  const pages = pageRouter(deps);

  pages.get('/shelf/:grantId/messages', 'reads', async (visit) => {
    const own = await findOwn(deps, visit, visit.params.grantId);
    if (!own) return null;
    const mail = await readNewestMail(deps.prisma, own.grant.id, NEWEST);
    const messages = mail.map(({ sentAt, ...each }) => ({ ...each, sentAtMs: sentAt.getTime() }));
    return shelfMessagesPage(presentItem(own.grant, []), messages);
  });

  return pages.router;
}
