import { Router } from 'express';
import type { PageDeps } from '../deps.ts';
import { buyerPages } from './buyers.ts';
import { keyPages } from './keys.ts';
import { messagePages } from './messages.ts';
import { moneyPages } from './money.ts';
import { overviewPages } from './overview.ts';
import { salePages } from './sales.ts';
import { settingsPages } from './settings.ts';
import { webhookPages } from './webhooks.ts';

/** The seller's desk, but for the listings. */
export function deskPages(deps: PageDeps): Router {
  const router = Router();
  for (const pages of [
    overviewPages,
    salePages,
    buyerPages,
    messagePages,
    moneyPages,
    keyPages,
    webhookPages,
    settingsPages,
  ]) {
    router.use(pages(deps));
  }
  return router;
}
