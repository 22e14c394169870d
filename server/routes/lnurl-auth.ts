import { Router } from 'express';
import * as operations from '../../contract/operations/lnurl-auth.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { readAccount } from '../../flow/accounts.ts';
import {
  type AnswerOutcome,
  answerChallenge,
  challengeWallet,
  finishWalletLogin,
} from '../../flow/lnurl-auth.ts';
import { operate } from '../../http/operate.ts';
import type { ServerDeps } from '../deps.ts';
import { lnurlOf, loginUrl } from '../login-url.ts';
import { presentAccount } from '../present/account.ts';
import { logIn, openWalletSession } from '../session.ts';

export function lnurlAuthRoutes({ prisma, authenticate, origin }: ServerDeps): Router {
  const router = Router();

  operate(router, operations.startWalletLogin, authenticate, async ({ req }) => {
    await openWalletSession(req);
    const { k1, expiresAtMs } = await challengeWallet(prisma, req.sessionID);
    const action = req.session.sellerId === undefined ? 'login' : 'link';
    const url = loginUrl(origin(), k1, action);
    return { lnurl: lnurlOf(url), url: url.href, k1: k1.toString('hex'), expiresAtMs };
  });

  operate(router, operations.answerWalletLogin, authenticate, async ({ query, res }) => {
    // Wallets that are web pages call from an origin of their own (LUD-01).
    res.setHeader('Access-Control-Allow-Origin', '*');
    if (query.tag !== 'login') return fault('the tag must be "login"');
    const k1 = fromHex(query.k1, 32, 32);
    const signature = fromHex(query.sig, 8, 72);
    const key = fromHex(query.key, 33, 33);
    if (!k1 || !signature || !key) return fault('k1, sig and key must be hexadecimal (LUD-04)');
    const outcome = await answerChallenge(prisma, { k1, signature, key });
    return outcome === 'accepted' ? { status: 'OK' as const } : fault(REASONS[outcome]);
  });

  operate(router, operations.finishWalletLogin, authenticate, async ({ req, res }) => {
    res.setHeader('Cache-Control', 'no-store');
    const asking = req.session.sellerId ?? null;
    const login = await finishWalletLogin(prisma, req.sessionID, asking);
    if (isRefusal(login)) return login;
    if ('state' in login) return { ...login, account: null };
    const seller = await readAccount(prisma, login.sellerId);
    await logIn(req, seller);
    return { state: 'logged-in' as const, expiresAtMs: null, account: presentAccount(seller) };
  });

  return router;
}

const REASONS: Record<Exclude<AnswerOutcome, 'accepted'>, string> = {
  'wrong-signature': 'the signature is not of this key over k1',
  'unknown-or-used': 'k1 is unknown, used or expired: start again',
};

function fault(reason: string) {
  return { status: 'ERROR' as const, reason };
}

function fromHex(text: string | undefined, min: number, max: number): Buffer | null {
  if (!text || !/^([0-9a-f]{2})+$/i.test(text)) return null;
  const bytes = Buffer.from(text, 'hex');
  return bytes.length >= min && bytes.length <= max ? bytes : null;
}
