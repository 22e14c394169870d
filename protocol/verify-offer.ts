import { hexToBytes } from '@noble/hashes/utils.js';
import { type Card, verifyCard } from './card.ts';
import { type Provenance, verifyProvenance } from './provenance.ts';
import { type SeederAttestation, verifySeeder } from './seeder-attestation.ts';

/** What the buyer knows from elsewhere: a market that he trusts, or the key of a core that he wants. Hex, one at least. */
export type Trusted = { marketKey: string; coreKey?: string } | { coreKey: string };

/** What a seeder says: of itself in its hello, and of a feed in its answer to `card`. */
export interface Offered {
  attestation: SeederAttestation;
  card: Card;
  provenance: Provenance;
}

/** Where and when it was said. */
export interface Heard {
  /** The Noise key at the other end of the connection, hex. */
  seederKey: string;
  /** The buyer's time, in ms since the epoch, and how far off it may be. */
  nowMs: number;
  toleranceMs?: number;
}

/**
 * `forged`: a signature does not fit. `foreign`: it is of another market, core, feed or seeder. `unproved`: nobody shows
 * that the core is this market's to sell. `expired`: the market's word for the seeder is out of date.
 */
export type OfferVerdict = 'genuine' | 'forged' | 'foreign' | 'unproved' | 'expired';

/**
 * Whether to buy from this seeder. The chain goes from what the buyer knows to whom he talks to: the core's writer has
 * signed that this market sells it, the market has signed the card, and the market has attested the seeder. Whoever
 * knows the market's key may do without the first link.
 */
export function verifyOffer(trusted: Trusted, offered: Offered, heard: Heard): OfferVerdict {
  const { attestation, card, provenance } = offered;
  if (!verifyCard(card)) return 'forged';
  const { marketKey } = card.dazaar;
  const attested = verifySeeder(attestation, { marketKey, ...heard });
  if (attested !== 'genuine') return attested;
  return isAbout(trusted, provenance) && isOf(card, provenance)
    ? verifyOrigin(trusted, marketKey, provenance)
    : 'foreign';
}

function isAbout(trusted: Trusted, { market, cores }: Provenance): boolean {
  if ('marketKey' in trusted && trusted.marketKey !== market) return false;
  return !trusted.coreKey || cores.some(({ key }) => key === trusted.coreKey);
}

// What an Autobase names besides its bootstrap stands on the card alone: nobody but the market says that it belongs there.
function isOf({ id, dazaar }: Card, { feedId, market, cores }: Provenance): boolean {
  if (feedId !== dazaar.feedId || market !== dazaar.marketKey) return false;
  const named = new Set(dazaar.cores.map(({ key }) => key));
  const isWhole = dazaar.kind === 'autobase' || cores.length === named.size;
  return isWhole && cores.every(({ key }) => named.has(key)) && cores.some(({ key }) => key === id);
}

function verifyOrigin(trusted: Trusted, marketKey: string, provenance: Provenance): OfferVerdict {
  const verdict = verifyProvenance(hexToBytes(marketKey), provenance);
  if (verdict !== 'genuine') return verdict;
  return provenance.proof || 'marketKey' in trusted ? 'genuine' : 'unproved';
}
