import { Router } from 'express';
import * as operations from '../../contract/operations/accounts.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { addLogin, changeEmail, unlinkWallet } from '../../flow/account-logins.ts';
import {
  changeAccount,
  changePassword,
  checkLogin,
  openAccount,
  readAccount,
} from '../../flow/accounts.ts';
import { endAllSessions, readSessionEnd } from '../../flow/sessions.ts';
import { operate, SENT } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { mayGuess } from '../login-throttle.ts';
import { presentAccount } from '../present/account.ts';
import { logIn, logOut } from '../session.ts';

export function accountRoutes({ prisma, authenticate, limiter, origin }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.createAccount, authenticate, async ({ body, req }) => {
    const seller = await openAccount(prisma, body);
    if (isRefusal(seller)) return seller;
    await logIn(req, seller);
    return presentAccount(seller);
  });

  operate(router, operations.logIn, authenticate, async ({ body, req, res }) => {
    if (!(await mayGuess(limiter, req, res, body.email))) return SENT;
    const seller = await checkLogin(prisma, body);
    if (isRefusal(seller)) return seller;
    await logIn(req, seller);
    return presentAccount(seller);
  });

  operate(router, operations.readSession, authenticate, async ({ caller, req }) => {
    const account = presentAccount(await readAccount(prisma, caller.sellerId));
    const expiresAtMs = (await readSessionEnd(prisma, req.sessionID)) ?? Date.now();
    return { account, expiresAtMs };
  });

  operate(router, operations.logOut, authenticate, async ({ req, res }) => {
    await logOut(req, res, origin);
  });

  operate(router, operations.readAccount, authenticate, async ({ caller }) =>
    presentAccount(await readAccount(prisma, caller.sellerId)),
  );

  operate(router, operations.changeAccount, authenticate, async ({ caller, body }) =>
    presentAccount(await changeAccount(prisma, caller.sellerId, body)),
  );

  operate(router, operations.changePassword, authenticate, async ({ caller, body, req, res }) => {
    if (!(await mayGuess(limiter, req, res, caller.sellerId))) return SENT;
    const changed = await changePassword(prisma, caller.sellerId, req.sessionID, body);
    if (isRefusal(changed)) return changed;
    await logIn(req, changed);
  });

  operate(router, operations.addLogin, authenticate, async ({ caller, body, req }) => {
    const changed = await addLogin(prisma, caller.sellerId, body);
    if (isRefusal(changed)) return changed;
    await logIn(req, changed);
    return presentAccount(changed);
  });

  operate(router, operations.changeEmail, authenticate, async ({ caller, body, req, res }) => {
    if (!(await mayGuess(limiter, req, res, caller.sellerId))) return SENT;
    const changed = await changeEmail(prisma, caller.sellerId, body);
    return isRefusal(changed) ? changed : presentAccount(changed);
  });

  operate(router, operations.unlinkWallet, authenticate, async ({ caller, req }) => {
    const changed = await unlinkWallet(prisma, caller.sellerId, req.sessionID);
    if (isRefusal(changed)) return changed;
  });

  operate(router, operations.endSessions, authenticate, async ({ caller, req, res }) => {
    await endAllSessions(prisma, caller.sellerId);
    await logOut(req, res, origin);
  });

  return router;
}
