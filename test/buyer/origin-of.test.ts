import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originOf } from '../../buyer/origin-of.ts';
import type { Listing } from '../../contract/index.ts';
import { attestProvenance } from '../../protocol/attest-provenance.ts';
import { marketKeys } from '../../protocol/market-keys.ts';

const keys = marketKeys(Buffer.alloc(32, 9));
const marketKey = keys.signing.publicKey.toString('hex');
const feedId = '0190a6b0-0000-7000-8000-000000000001';
const cores = [{ role: 'data', key: 'ab'.repeat(32) }];
const seller = { id: '0190a6b0-0000-7000-8000-000000000002', name: 'Weather & Sons' };
const attestation = { origin: 'hosted', feedId, cores, seller, sinceMs: 0 } as const;

test('a buyer is told who writes a feed only if the market’s signature is over this very feed', () => {
  const provenance = attestProvenance(keys, { ...attestation, cores }, null);
  const listing = listingOf(provenance, 'ab');
  assert.match(originOf(listing, marketKey)!, /by the market/);
  assert.match(originOf(listing, 'cd'.repeat(32))!, /not known/);
  assert.match(originOf(listingOf(provenance, 'cd'), marketKey)!, /not known/);
  assert.equal(originOf(listingOf(null, 'ab'), marketKey), null);
});

test('of an Autobase its bootstrap has to be attested, of anything else all cores', () => {
  const provenance = attestProvenance(keys, { ...attestation, cores }, null);
  const { feed } = listingOf(provenance, 'ab');
  const writer = { ...feed.cores[0]!, role: 'writer-1', key: 'ef'.repeat(32) };
  const of = (kind: 'autobase' | 'hypercore') =>
    ({ provenance, feed: { ...feed, kind, cores: [...feed.cores, writer] } }) as Listing;
  assert.match(originOf(of('autobase'), marketKey)!, /by the market/);
  assert.match(originOf(of('hypercore'), marketKey)!, /not known/);
});

function listingOf(provenance: Listing['provenance'], byte: string): Listing {
  const shown = cores.map((core) => ({ ...core, key: byte.repeat(32) }));
  return { provenance, feed: { id: feedId, cores: shown } } as Listing;
}
