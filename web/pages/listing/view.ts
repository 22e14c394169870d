import type { Listing, ListingPreview, Terms } from '../../../contract/index.ts';

/** All that the page of a feed tells. */
export interface ListingView {
  listing: Listing;
  /** null when nothing is shown any more. */
  preview: ListingPreview | null;
  /** Those in force. */
  terms: Terms | null;
  /** What checking the listing's provenance came to; null while there is none. */
  verdict: 'genuine' | 'forged' | 'unproved' | null;
  marketKey: string;
  gateways: string[];
  /** About how much one bitcoin is, in a currency's minor unit; null when no rate is known. */
  bitcoin: { currency: string; amountMinor: number } | null;
  nowMs: number;
}

/** What a feed of each kind consists of. */
export const ITEM = {
  hypercore: 'block',
  hyperbee: 'entry',
  hyperdrive: 'file',
  autobase: 'record',
} as const;

/** `1 block`, `2,000 blocks`. */
export function count(number: number, noun: string): string {
  const plural = noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}
