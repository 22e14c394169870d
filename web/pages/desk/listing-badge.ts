import type { Listing } from '../../../contract/index.ts';
import { type Html, html } from '../../html.ts';

const STATES = {
  draft: ['warn', 'draft'],
  live: ['good', 'on sale'],
  unlisted: ['', 'unlisted'],
  withdrawn: ['bad', 'withdrawn'],
} as const;

export function listingBadge(state: Listing['state']): Html {
  const [tone, text] = STATES[state];
  return html`<span class="badge ${tone}">${text}</span>`;
}
