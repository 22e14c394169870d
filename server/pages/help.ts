import type { Router } from 'express';
import { helpPage } from '../../web/pages/help.ts';
import type { PageDeps } from './deps.ts';
import { pageRouter } from './page-router.ts';

export function helpPages(deps: PageDeps): Router {
  const pages = pageRouter(deps);
  pages.get('/help', 'reads', ({ viewer }) => helpPage(viewer));
  return pages.router;
}
