import { promisify } from 'node:util';
import type { Request, RequestHandler, Response } from 'express';
import session from 'express-session';
import { passwordMark, SESSION_MAX_MS } from '../flow/sessions.ts';
import type { Seller } from '../prisma/client/client.ts';
import type { ServerDeps } from './deps.ts';
import { SessionStore } from './session-store.ts';

declare module 'express-session' {
  interface SessionData {
    /** Who is logged in. */
    sellerId: string;
    /** Which password was right then. */
    passwordMark: string | null;
    /** What was bought in this browser. With a login: what the account has taken over. */
    shelfId: string;
    /** The day, in UTC, on which the shelf was looked at last. */
    shelfSeenOn: string;
    /** Set while nobody is logged in: the session waits for a wallet. */
    asksWallet: boolean;
  }
}

type Origin = ServerDeps['origin'];

/**
 * Reads the session of a request by its cookie. A row and a cookie come into being only with {@link logIn},
 * {@link openWalletSession} and the first thing on a shelf: whoever only looks around leaves nothing behind.
 */
export function sessions({
  prisma,
  keys,
  origin,
}: Pick<ServerDeps, 'prisma' | 'keys' | 'origin'>): RequestHandler {
  const cookie = cookieOf(origin);
  const handle = session({
    name: cookie.name,
    secret: keys.derive('session-cookie').toString('base64url'),
    store: new SessionStore(prisma),
    cookie: { ...cookie.options, maxAge: SESSION_MAX_MS },
    resave: false,
    saveUninitialized: false,
  });
  return (req, res, next) => {
    // The configured origin says whether browsers come over TLS; no forwarded header has a say (A40).
    if (cookie.options.secure) Object.defineProperty(req, 'secure', { value: true });
    handle(req, res, next);
  };
}

/**
 * Logs a seller in under a new session id: one that was known before is worth nothing afterwards (A36). What was bought
 * in this browser goes over to the account with the saving of the new session, and the old one goes last: whatever
 * breaks in between, nothing is lost.
 */
export async function logIn(req: Request, seller: Seller): Promise<void> {
  const { sessionID: former, sessionStore } = req;
  const { shelfId } = req.session;
  sessionStore.generate(req);
  req.session.sellerId = seller.id;
  req.session.passwordMark = passwordMark(seller);
  if (shelfId !== undefined) req.session.shelfId = shelfId;
  await saveSession(req);
  await promisify((id: string, done: (error: unknown) => void) => sessionStore.destroy(id, done))(
    former,
  );
}

/** Whoever asks to log in with a wallet gets a session that the wallet's answer is bound to. */
export async function openWalletSession(req: Request): Promise<void> {
  if (req.session.sellerId !== undefined) return;
  req.session.asksWallet = true;
  await saveSession(req);
}

export async function logOut(req: Request, res: Response, origin: Origin): Promise<void> {
  await call(req, 'destroy');
  const { name, options } = cookieOf(origin);
  res.clearCookie(name, options);
}

/** Whether a request comes with the cookie of a session, a live one or not. */
export function hasSessionCookie(req: Request, origin: Origin): boolean {
  const { name } = cookieOf(origin);
  return (req.headers.cookie ?? '').split(';').some((pair) => pair.trim().startsWith(`${name}=`));
}

/** `__Host-` (RFC 6265bis) keeps the cookie from being set by a neighbour or over plain HTTP. */
function cookieOf(origin: Origin) {
  const secure = origin().startsWith('https:');
  const name = secure ? '__Host-dazaar' : 'dazaar';
  return { name, options: { secure, httpOnly: true, sameSite: 'lax' as const, path: '/' } };
}

// A cache would hand the cookie of one browser to the next.
export async function saveSession(req: Request): Promise<void> {
  await call(req, 'save');
  req.res?.setHeader('Cache-Control', 'no-store');
}

async function call(req: Request, method: 'save' | 'destroy'): Promise<void> {
  await promisify((done: (error: unknown) => void) => req.session[method](done))();
}
