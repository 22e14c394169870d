import { attestProvenance } from '../protocol/attest-provenance.ts';
import type { MarketKeys } from '../protocol/market-keys.ts';
import type { Provenance } from '../protocol/provenance.ts';
import type { ListingRow } from './read-listings.ts';

type Feed = NonNullable<ListingRow['feed']>;

/** Where a listing's feed comes from, signed by the market; null while it has no cores. */
export function attestFeed(
  { feed, seller }: ListingRow,
  keys: Pick<MarketKeys, 'signing'>,
): Provenance | null {
  if (!feed?.cores.length) return null;
  const attestation = {
    origin: feed.origin,
    feedId: feed.id,
    cores: attested(feed)
      .map(({ role, key }) => ({ role, key: hex(key) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    seller: { id: seller.id, name: seller.name },
    sinceMs: (feed.provedAt ?? feed.createdAt).getTime(),
  };
  return attestProvenance(keys, attestation, proofOf(feed));
}

// What an Autobase names besides its bootstrap, nobody has signed for.
function attested({ kind, cores }: Feed): Feed['cores'] {
  return kind === 'autobase' ? cores.filter(({ proof }) => proof) : cores;
}

function proofOf(feed: Feed): Provenance['proof'] {
  const { challenge } = feed;
  const cores = attested(feed);
  if (!challenge || cores.some(({ proof }) => !proof)) return null;
  return {
    challenge: hex(challenge),
    cores: cores.flatMap(({ key, proof, manifest }) =>
      proof ? [{ key: hex(key), signature: hex(proof), manifest: manifest && hex(manifest) }] : [],
    ),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
