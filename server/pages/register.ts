import type { Router } from 'express';
import { newAccount } from '../../contract/account.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { openAccount } from '../../flow/accounts.ts';
import { registerPage } from '../../web/pages/register.ts';
import { EMPTY_FORM } from '../../web/parts/form.ts';
import { logIn } from '../session.ts';
import type { PageDeps } from './deps.ts';
import { readForm, refused } from './form.ts';
import { ownPath } from './own-path.ts';
import { GoTo, pageRouter } from './page-router.ts';

const FIRST_STEPS = '/desk/listings';

export function registerPages(deps: PageDeps): Router {
  const { prisma } = deps;
  const pages = pageRouter(deps);

  pages.get('/register', 'reads', ({ query, viewer }) => {
    const next = ownPath(query.next);
    return viewer.account
      ? new GoTo(next ?? '/desk')
      : registerPage({ next, form: EMPTY_FORM }, viewer);
  });

  pages.post('/register', 'logins', async ({ form, req, viewer }) => {
    const next = ownPath(form.next);
    const { name, email, password } = form;
    const read = readForm(newAccount, { name, email, password }, form);
    if ('faults' in read) return registerPage({ next, form: read }, viewer);
    const seller = await openAccount(prisma, read.data);
    if (isRefusal(seller)) {
      return registerPage({ next, form: refused(seller, form, 'email') }, viewer);
    }
    await logIn(req, seller);
    return new GoTo(next ?? FIRST_STEPS);
  });

  return pages.router;
}
