import { refuse } from '../../domain/refusal.ts';
import { attestFeed } from '../../flow/attest-feed.ts';
import { makeCard } from '../../flow/make-card.ts';
import { readListingOfCore } from '../../flow/read-listings.ts';
import type { Asked, Outcome } from './answer.ts';
import type { DeskDeps } from './deps.ts';

/** What is sold under a core's key, and by whom: its card, and where its feed comes from. */
export async function answerCard(deps: DeskDeps, { core }: Asked<'card'>): Promise<Outcome> {
  const { prisma, keys, network, marketUrl: origin } = deps;
  const row = await readListingOfCore(prisma, Uint8Array.from(Buffer.from(core, 'hex')));
  if (!row) return refuse('listing-not-found', 'No listing sells this core.');
  if (row.state === 'withdrawn') {
    return refuse('listing-withdrawn', `"${row.slug}" was withdrawn: nothing is offered any more.`);
  }
  return {
    card: await makeCard({ prisma, keys, network, origin }, row),
    provenance: attestFeed(row, keys),
  };
}
