import type { Listing } from '../../contract/index.ts';
import { type Html, html, NOTHING } from '../html.ts';
import { ago } from './time.ts';

const LIVE_MS = 5 * 60_000;

/** When the newest block came; null before the first one. */
export function lastBlockAtMs({ feed }: Pick<Listing, 'feed'>): number | null {
  const times = feed.cores.flatMap(({ lastBlockAtMs }) => lastBlockAtMs ?? []);
  return times.length > 0 ? Math.max(...times) : null;
}

/** How alive a feed is: when it grew last, how much in a day, and who reads it now. */
export function liveliness(listing: Listing, nowMs: number): Html {
  const lastMs = lastBlockAtMs(listing);
  const { blocksLastDay, peers } = listing.activity;
  return html`<ul class="alive">
<li>${lastMs === null ? 'Nothing in it yet' : html`${liveBadge(listing, nowMs)}Updated ${ago(lastMs, nowMs)}`}</li>
${blocksLastDay > 0 && html`<li>${rate(blocksLastDay)}</li>`}
${peers > 0 && html`<li>${peers.toLocaleString('en')} ${peers === 1 ? 'peer reads' : 'peers read'} it now</li>`}
</ul>`;
}

/** A feed is live that has grown since it was put on sale, and did so minutes ago: an upload before that is no life. */
export function liveBadge(listing: Listing, nowMs: number): Html {
  const { publishedAtMs } = listing;
  const lastMs = lastBlockAtMs(listing);
  const hasGrown = lastMs !== null && publishedAtMs !== null && lastMs > publishedAtMs;
  return hasGrown && nowMs - lastMs < LIVE_MS
    ? html`<span class="badge good">live</span> `
    : NOTHING;
}

/** `1,200 blocks in the last day`. */
export function rate(blocksLastDay: number): string {
  const count = blocksLastDay.toLocaleString('en');
  return `${count} ${blocksLastDay === 1 ? 'block' : 'blocks'} in the last day`;
}
