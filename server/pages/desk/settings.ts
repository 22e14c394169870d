import type { Router } from 'express';
import { accountChange, emailChange, newLogin, passwordChange } from '../../../contract/account.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { addLogin, changeEmail, unlinkWallet } from '../../../flow/account-logins.ts';
import { changeAccount, changePassword, readAccount } from '../../../flow/accounts.ts';
import { countSessions, endAllSessions } from '../../../flow/sessions.ts';
import { SENT } from '../../../http/operate.ts';
import type { Done } from '../../../web/pages/desk/done.ts';
import {
  addLoginPage,
  emailPage,
  passwordPage,
  unlinkPage,
} from '../../../web/pages/desk/logins.ts';
import { settingsPage } from '../../../web/pages/desk/settings.ts';
import { EMPTY_FORM, type FormState } from '../../../web/parts/form.ts';
import { mayGuess } from '../../login-throttle.ts';
import { presentAccount } from '../../present/account.ts';
import { logIn, logOut } from '../../session.ts';
import type { PageDeps } from '../deps.ts';
import { readForm, refused } from '../form.ts';
import { GoTo, pageRouter, type SellerVisit } from '../page-router.ts';

export function settingsPages(deps: PageDeps): Router {
  const { prisma, limiter, origin } = deps;
  const pages = pageRouter(deps);

  pages.seller.get('/desk/settings', (visit) => show(visit, EMPTY_FORM));

  pages.seller.post('/desk/settings', async (visit) => {
    const { sellerId, form } = visit;
    const { name = '', homepage, contact } = form;
    const input = { name, homepage: homepage?.trim() || null, contact: contact?.trim() || null };
    const read = readForm(accountChange, input, form);
    if ('faults' in read) return show(visit, read);
    await changeAccount(prisma, sellerId, read.data);
    return done('profile-saved');
  });

  pages.seller.get('/desk/settings/password', ({ viewer }) => passwordPage(EMPTY_FORM, viewer));

  pages.seller.post('/desk/settings/password', async ({ sellerId, form, req, res, viewer }) => {
    const { oldPassword, newPassword } = form;
    const read = readForm(passwordChange, { oldPassword, newPassword }, form);
    if ('faults' in read) return passwordPage(read, viewer);
    if (!(await mayGuess(limiter, req, res, sellerId))) return SENT;
    const changed = await changePassword(prisma, sellerId, req.sessionID, read.data);
    if (isRefusal(changed)) return passwordPage(fault(changed, form), viewer);
    await logIn(req, changed);
    return done('password-changed');
  });

  pages.seller.get('/desk/settings/email', ({ viewer }) => emailPage(EMPTY_FORM, viewer));

  pages.seller.post('/desk/settings/email', async ({ sellerId, form, req, res, viewer }) => {
    const input = { email: form.email, password: form.oldPassword };
    const read = readForm(emailChange, input, form, fieldOf);
    if ('faults' in read) return emailPage(read, viewer);
    if (!(await mayGuess(limiter, req, res, sellerId))) return SENT;
    const changed = await changeEmail(prisma, sellerId, read.data);
    return isRefusal(changed) ? emailPage(fault(changed, form), viewer) : done('email-changed');
  });

  pages.seller.get('/desk/settings/login', ({ viewer }) => addLoginPage(EMPTY_FORM, viewer));

  pages.seller.post('/desk/settings/login', async ({ sellerId, form, req, viewer }) => {
    const input = { email: form.email, password: form.newPassword };
    const read = readForm(newLogin, input, form, ([first]) =>
      first === 'password' ? 'newPassword' : String(first),
    );
    if ('faults' in read) return addLoginPage(read, viewer);
    const changed = await addLogin(prisma, sellerId, read.data);
    if (isRefusal(changed)) return addLoginPage(fault(changed, form), viewer);
    await logIn(req, changed);
    return done('login-added');
  });

  pages.seller.get('/desk/settings/wallet', ({ viewer }) => unlinkPage(viewer));

  pages.seller.post('/desk/settings/wallet', async ({ sellerId, req }) => {
    const changed = await unlinkWallet(prisma, sellerId, req.sessionID);
    return isRefusal(changed) ? changed : done('wallet-unlinked');
  });

  pages.seller.post('/desk/settings/sessions', async ({ sellerId, req, res }) => {
    await endAllSessions(prisma, sellerId);
    await logOut(req, res, origin);
    return new GoTo('/login');
  });

  async function show({ sellerId, query, viewer }: SellerVisit, form: FormState) {
    const [seller, sessions] = await Promise.all([
      readAccount(prisma, sellerId),
      countSessions(prisma, sellerId),
    ]);
    return settingsPage(
      { account: presentAccount(seller), sessions, form, done: query.done },
      viewer,
    );
  }

  return pages.router;
}

function done(code: Done): GoTo {
  return new GoTo(`/desk/settings?done=${code}`);
}

/** The API calls it the password; the form has an old one and a new one. */
function fieldOf([first]: PropertyKey[]): string {
  return first === 'password' ? 'oldPassword' : String(first);
}

const FIELDS: Partial<Record<Refusal['refused'], string>> = {
  'wrong-password': 'oldPassword',
  'email-taken': 'email',
};

function fault(refusal: Refusal, form: Record<string, string>): FormState {
  return refused(refusal, form, FIELDS[refusal.refused] ?? '');
}
