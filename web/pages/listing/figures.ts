import type { Listing } from '../../../contract/index.ts';
import { type Html, html } from '../../html.ts';
import { lastBlockAtMs, liveBadge, rate } from '../../parts/activity.ts';
import { bytes } from '../../parts/bytes.ts';
import { ago } from '../../parts/time.ts';
import { count, type ListingView } from './view.ts';

/** How much there is, how fast it grows and who reads it. A script keeps it true. */
export function figures({ listing, nowMs }: ListingView): Html {
  const { feed, activity } = listing;
  const lastMs = lastBlockAtMs(listing);
  return html`<section class="card" aria-labelledby="figures">
<h2 id="figures">The feed now</h2>
<dl class="facts" data-live="figures">
<dt>Length</dt><dd>${length(feed)}</dd>
<dt>Size</dt><dd>${bytes(feed.cores.reduce((sum, { byteLength }) => sum + byteLength, 0))}</dd>
<dt>Last block</dt><dd>${lastMs === null ? 'none yet' : html`${ago(lastMs, nowMs)} ${liveBadge(listing, nowMs)}`}</dd>
<dt>Growth</dt><dd>${
    activity.blocksLastDay === 0
      ? 'nothing new in 24 hours'
      : html`${rate(activity.blocksLastDay)} <span class="quiet">${bytes(activity.bytesLastDay)} in 24 h</span>`
  }</dd>
<dt>Peers</dt><dd>${activity.peers === 0 ? 'nobody reads it now' : `${count(activity.peers, 'buyer')} connected now`}</dd>
</dl>
<p class="quiet" role="status" data-said></p>
</section>`;
}

function length({ kind, cores }: Listing['feed']): string {
  if (kind === 'autobase') return autobaseLength(cores);
  if (cores.length < 2) return count(cores[0]?.length ?? 0, 'block');
  return cores.map(({ role, length }) => `${role} ${count(length, 'block')}`).join(', ');
}

function autobaseLength(cores: Listing['feed']['cores']): string {
  const views = cores.filter(({ role }) => role.startsWith('view-'));
  const writers = cores.filter(({ role }) => role === 'data' || role.startsWith('writer-'));
  const inViews = views.reduce((sum, { length }) => sum + length, 0);
  return `${count(inViews, 'record')} of ${count(writers.length, 'writer')}`;
}
