import type { Router } from 'express';
import { isRefusal } from '../../domain/refusal.ts';
import { linkKey } from '../../flow/link-key.ts';
import { putClaimOnShelf } from '../../flow/put-claim-on-shelf.ts';
import { SENT } from '../../http/operate.ts';
import { openPage } from '../../web/pages/shelf/open.ts';
import { EMPTY_FORM } from '../../web/parts/form.ts';
import { mayGuessCode } from '../login-throttle.ts';
import type { PageDeps } from './deps.ts';
import { formIdempotency, newFormToken } from './form-token.ts';
import { openOwnShelf } from './own-shelf.ts';
import { GoTo, pageRouter, type Visit } from './page-router.ts';

/** Key codes have eight characters, claim codes 32. */
const LONGEST_KEY_CODE = 12;
const UNKNOWN =
  'This code opens nothing here. Check it for slips of the pen; the code of a terminal is good once, for ten minutes.';

export function openPages(deps: PageDeps): Router {
  const pages = pageRouter(deps);

  // The code of an address is only filled in: following a link uses up and adds nothing.
  pages.get('/shelf/open', 'reads', ({ query, viewer }) => {
    const { code = '' } = query;
    const values = { ...(code && { code }), token: newFormToken() };
    return openPage({ ...EMPTY_FORM, values }, viewer);
  });

  pages.post('/shelf/open', 'writes', async (visit) => {
    const { form, req, res, viewer } = visit;
    if (!(await mayGuessCode(deps.limiter, req, res))) return SENT;
    if (await isOpened(deps, visit)) return new GoTo('/shelf?done=found');
    return openPage({ values: form, faults: { code: UNKNOWN } }, viewer);
  });

  return pages.router;
}

async function isOpened(deps: PageDeps, visit: Visit): Promise<boolean> {
  const { form, req } = visit;
  const code = (form.code ?? '').trim();
  if (code.length > LONGEST_KEY_CODE) {
    const put = await putClaimOnShelf(deps.prisma, () => openOwnShelf(deps, req), code);
    return !isRefusal(put);
  }
  const idempotency = formIdempotency(deps, visit, 'shelfOpen', code);
  return !isRefusal(await linkKey(deps, await openOwnShelf(deps, req), code, idempotency));
}
