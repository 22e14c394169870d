import type { Listing } from '../contract/index.ts';
import { verifyProvenance } from '../protocol/provenance.ts';

/** Who writes a feed, in a sentence; what the market says of it is checked by the signatures. */
export function originOf({ provenance, feed }: Listing, marketKey: string): string | null {
  if (!provenance) return null;
  const verdict = verifyProvenance(Buffer.from(marketKey, 'hex'), provenance);
  if (verdict !== 'genuine' || !isOf(feed, provenance)) {
    return 'not known: the market’s signatures do not fit this feed';
  }
  return provenance.origin === 'hosted'
    ? 'written by the market, for the seller'
    : 'written on the seller’s own machine, as his signature proves';
}

function isOf(feed: Listing['feed'], provenance: NonNullable<Listing['provenance']>): boolean {
  const attested = new Set(provenance.cores.map(({ key }) => key));
  // Of an Autobase the bootstrap alone can be proved: it leads to the others.
  const cores = feed.cores.filter(({ role }) => feed.kind !== 'autobase' || role === 'data');
  return provenance.feedId === feed.id && cores.every(({ key }) => attested.has(key));
}
