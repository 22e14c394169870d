import { type Html, html } from '../../html.ts';
import type { Page } from '../../page.ts';
import { left } from '../../parts/time.ts';
import { extendPath, type ShelfItem, stateOf } from './shelf-item.ts';

/** Whose data it is, and until when. */
export interface Owned {
  item: ShelfItem;
  nowMs: number;
}

/** The frame of all pages that show what was bought. */
export function dataPage({ item, nowMs }: Owned, main: Html, more: Partial<Page> = {}): Page {
  const { grant, title } = item;
  const { expiresAtMs } = grant;
  return {
    title,
    islands: ['shelf'],
    ...more,
    main: html`<nav class="shelf-crumbs" aria-label="Where you are"><a href="/shelf">My shelf</a></nav>
<h1>${title}</h1>
<p class="quiet">${expiresAtMs === null ? 'Your access has no end.' : html`Your access lasts for ${left(expiresAtMs, nowMs)}. <a href="${extendPath(item)}">Extend it</a>`} ${grant.fromBlock > 0 && html`It opens the blocks from ${grant.fromBlock.toLocaleString('en')} on. `}· <a href="/listings/${grant.listing}">About this data</a></p>
${main}`,
  };
}

/** Why nothing is shown. */
export type Gone = 'expired' | 'revoked' | 'moved' | 'full' | 'away' | 'over';

const GONE: Record<Gone, [heading: string, text: string]> = {
  expired: [
    'Your access has ended',
    'The time that you bought is over. Nothing of the data is lost: with new time you read on where you were.',
  ],
  revoked: [
    'The seller has revoked your access',
    'Ask the seller why. What you paid stands on your receipt.',
  ],
  moved: ['This access was moved', 'It is with another key now, and read where that key lives.'],
  over: [
    'Your access has just ended',
    'The gate lets nobody in without access that is live. Look at your shelf for how it stands.',
  ],
  full: [
    'Other machines read this data right now',
    'Your plan serves only so many at once. Try again when one of them has ended, or buy a plan for more machines.',
  ],
  away: [
    'The data cannot be reached right now',
    'No seeder of this market answers with it. Your time goes on; try again in a moment.',
  ],
};

const STATUS: Partial<Record<Gone, number>> = { full: 429, away: 503 };

/** A page in place of the data. */
export function gonePage({ item }: Owned, gone: Gone): Page {
  const [heading, text] = GONE[gone];
  const canExtend = gone === 'expired' && item.isForSale;
  return {
    title: heading,
    status: STATUS[gone] ?? 200,
    main: html`<div class="narrow"><nav class="shelf-crumbs" aria-label="Where you are"><a href="/shelf">My shelf</a></nav>
<h1>${heading}</h1>
<p><strong>${item.title}</strong></p>
<p>${text}</p>
<div class="actions">${canExtend && html`<a class="button" href="${extendPath(item)}">Buy more time</a>`}
${STATUS[gone] && html`<a class="button" href="/shelf/${item.grant.id}">Try again</a>`}
<a class="button second" href="/shelf">To my shelf</a></div></div>`,
  };
}

/** What a grant that is not live has in place of its data; null while it is. */
export function goneOf({ item, nowMs }: Owned): Gone | null {
  const state = stateOf(item, nowMs);
  return state === 'live' ? null : state;
}
