import type { Router } from 'express';
import { login } from '../../contract/account.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { checkLogin } from '../../flow/accounts.ts';
import { SENT } from '../../http/operate.ts';
import { loginPage } from '../../web/pages/login.ts';
import { EMPTY_FORM } from '../../web/parts/form.ts';
import { mayGuess } from '../login-throttle.ts';
import { logIn, logOut } from '../session.ts';
import type { PageDeps } from './deps.ts';
import { readForm, refused } from './form.ts';
import { ownPath } from './own-path.ts';
import { GoTo, pageRouter } from './page-router.ts';

export function loginPages(deps: PageDeps): Router {
  const { prisma, limiter, origin } = deps;
  const pages = pageRouter(deps);

  pages.get('/login', 'reads', ({ query, viewer }) => {
    if (viewer.account) return new GoTo(ownPath(query.next) ?? '/desk');
    return loginPage({ next: ownPath(query.next), form: EMPTY_FORM }, viewer);
  });

  pages.post('/login', 'logins', async ({ form, req, res, viewer }) => {
    const next = ownPath(form.next);
    const read = readForm(login, { email: form.email, password: form.password }, form);
    if ('faults' in read) return loginPage({ next, form: read }, viewer);
    if (!(await mayGuess(limiter, req, res, read.data.email))) return SENT;
    const seller = await checkLogin(prisma, read.data);
    if (isRefusal(seller)) return loginPage({ next, form: refused(seller, form) }, viewer);
    await logIn(req, seller);
    return new GoTo(next ?? '/desk');
  });

  pages.post('/logout', 'writes', async ({ req, res }) => {
    await logOut(req, res, origin);
    return new GoTo('/');
  });

  return pages.router;
}
