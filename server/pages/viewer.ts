import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { readSellerName } from '../../flow/accounts.ts';
import type { Viewer } from '../../web/viewer.ts';
import type { PageDeps } from './deps.ts';

const NONCE_BYTES = 16;

export async function viewerOf(deps: PageDeps, req: Request, res: Response): Promise<Viewer> {
  const viewer = strangerOf(deps, req, res);
  const id = req.session?.sellerId;
  if (id === undefined) return viewer;
  const name = await readSellerName(deps.prisma, id);
  return { ...viewer, hasShelf: true, account: name === null ? null : { id, name } };
}

/** Whoever it is, as somebody that nobody knows: asks no database. */
export function strangerOf(deps: PageDeps, req: Request, res: Response): Viewer {
  const { name, network, origin, assets, csrf, playWallet } = deps;
  // One for all forms of a page: each new one makes the cookie of the one before worthless.
  let token: string | undefined;
  return {
    marketName: name,
    network,
    origin: origin(),
    path: req.originalUrl,
    account: null,
    hasShelf: req.session?.shelfId !== undefined,
    hasPlayWallet: playWallet !== undefined,
    nonce: randomBytes(NONCE_BYTES).toString('base64'),
    assets: { hrefOf: (bundle) => `/assets/${assets.nameOf(bundle)}` },
    csrfToken: () => {
      token ??= csrf.tokenFor(req, res);
      return token;
    },
  };
}
