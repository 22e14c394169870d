import type { Market } from '../contract/index.ts';

/** Who looks at a page, and what every page needs to know. */
export interface Viewer {
  marketName: string;
  network: Market['network'];
  /** What absolute links begin with. */
  origin: string;
  /** The path and query that were asked for. */
  path: string;
  /** The account that is logged in. */
  account: { id: string; name: string } | null;
  /** Whether something may lie on the shelf of this browser or account. */
  hasShelf: boolean;
  /** Whether there is a wallet with worthless coins at `/wallet`, which anybody may pay with. */
  hasPlayWallet: boolean;
  /** Of this answer's Content-Security-Policy. */
  nonce: string;
  assets: AssetLinks;
  /** The token that each form carries; a call sets the cookie that belongs to it. */
  csrfToken(): string;
}

export interface AssetLinks {
  /** The address of a bundle, such as `site.css` or `checkout.js`. */
  hrefOf(name: string): string;
}
