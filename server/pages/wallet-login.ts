import type { Request, Router } from 'express';
import { isRefusal } from '../../domain/refusal.ts';
import { readAccount } from '../../flow/accounts.ts';
import { challengeWallet, finishWalletLogin, readChallenge } from '../../flow/lnurl-auth.ts';
import { type WalletLoginView, walletLoginPage } from '../../web/pages/wallet-login.ts';
import { lnurlOf, loginUrl } from '../login-url.ts';
import { logIn, openWalletSession } from '../session.ts';
import type { PageDeps } from './deps.ts';
import { ownPath } from './own-path.ts';
import { GoTo, pageRouter } from './page-router.ts';

/** Logging in with a wallet (LNURL-auth). A challenge is made by a press of a button: looking leaves nothing behind. */
export function walletLoginPages(deps: PageDeps): Router {
  const { prisma, origin } = deps;
  const pages = pageRouter(deps);

  pages.get('/login/wallet', 'reads', async ({ req, query, viewer }) => {
    return walletLoginPage(await view(req, ownPath(query.next), null), viewer);
  });

  pages.post('/login/wallet', 'logins', async ({ req, form }) => {
    await openWalletSession(req);
    await challengeWallet(prisma, req.sessionID);
    return again(ownPath(form.next));
  });

  pages.post('/login/wallet/finish', 'reads', async ({ req, form, viewer }) => {
    const next = ownPath(form.next);
    const login = await finishWalletLogin(prisma, req.sessionID, req.session.sellerId ?? null);
    if (isRefusal(login)) {
      const said = { text: login.detail, isFault: true };
      return walletLoginPage(await view(req, next, said), viewer);
    }
    if ('state' in login) {
      const text = 'Your wallet has not answered yet. Scan the code, confirm, and press again.';
      return walletLoginPage(await view(req, next, { text, isFault: false }), viewer);
    }
    await logIn(req, await readAccount(prisma, login.sellerId));
    return new GoTo(next ?? '/shelf');
  });

  async function view(
    req: Request,
    next: string | null,
    said: WalletLoginView['said'],
  ): Promise<WalletLoginView> {
    const waiting = await readChallenge(prisma, req.sessionID);
    const action = req.session.sellerId === undefined ? 'login' : 'link';
    const challenge = waiting && {
      lnurl: lnurlOf(loginUrl(origin(), waiting.k1, action)),
      expiresAtMs: waiting.expiresAtMs,
    };
    return { next, nowMs: Date.now(), challenge, said };
  }

  return pages.router;
}

function again(next: string | null): GoTo {
  return new GoTo(
    next === null ? '/login/wallet' : `/login/wallet?next=${encodeURIComponent(next)}`,
  );
}
