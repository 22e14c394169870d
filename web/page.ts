import type { Html } from './html.ts';

/** What a page says; {@link renderPage} puts header, footer and head around it. */
export interface Page {
  /** Of the tab; the market's name is put behind it. */
  title: string;
  main: Html;
  status?: number;
  /** A sentence for search engines and previews of links. */
  description?: string;
  /** The path that the page is best known under; left out: no search engine is to keep it. */
  canonical?: string;
  /** Scripts of `web/islands/` that bring it to life, without their ending. */
  islands?: string[];
  /** Of a link's preview, 1200 × 630; the site's own if not given. */
  picture?: { path: string; alt: string };
  /** More for the head: JSON-LD, alternate links. */
  head?: Html;
  /** The seller's desk has its own navigation, with this item marked. */
  desk?: DeskItem;
  /** What more the page's scripts may call, beside our own origin: sources of CSP's `connect-src`. */
  connects?: string[];
}

export const DESK_ITEMS = [
  ['overview', '/desk', 'Overview'],
  ['listings', '/desk/listings', 'Listings'],
  ['sales', '/desk/sales', 'Sales'],
  ['buyers', '/desk/buyers', 'Buyers'],
  ['messages', '/desk/messages', 'Messages'],
  ['money', '/desk/money', 'Money'],
  ['keys', '/desk/keys', 'API keys'],
  ['webhooks', '/desk/webhooks', 'Webhooks'],
  ['settings', '/desk/settings', 'Settings'],
] as const;
export type DeskItem = (typeof DESK_ITEMS)[number][0];
