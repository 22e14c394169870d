import assert from 'node:assert/strict';
import { test } from 'node:test';
import crypto from 'hypercore-crypto';
import { provenance as shape } from '../../contract/provenance.ts';
import { attestProvenance } from '../../protocol/attest-provenance.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { ownershipText } from '../../protocol/ownership.ts';
import { type Attestation, type Provenance, verifyProvenance } from '../../protocol/provenance.ts';

const keys = marketKeys(Buffer.alloc(32, 9));
const market = keys.signing.publicKey;
const writer = crypto.keyPair(Buffer.alloc(32, 1));
const challenge = Buffer.alloc(32, 7);

const hosted: Attestation = {
  origin: 'hosted',
  feedId: '0190a6b0-0000-7000-8000-000000000001',
  cores: [{ role: 'data', key: writer.publicKey.toString('hex') }],
  seller: { id: '0190a6b0-0000-7000-8000-000000000002', name: 'Weather & Sons' },
  sinceMs: 1_800_000_000_000,
};
const mirrored: Attestation = { ...hosted, origin: 'mirrored' };

function proofBy(keyPair = writer): Provenance['proof'] {
  const statement = { market, feedId: hosted.feedId, coreKey: writer.publicKey, challenge };
  const text = Buffer.from(ownershipText(statement));
  const signature = crypto.sign(text, keyPair.secretKey).toString('hex');
  const key = writer.publicKey.toString('hex');
  return { challenge: challenge.toString('hex'), cores: [{ key, signature, manifest: null }] };
}

test('the market signs the same bytes for the same feed, today and tomorrow', () => {
  assert.equal(
    attestProvenance(keys, hosted, null).signature,
    '945e209bc26b5775762b2e23681233b31a234d7c346fab0bd8a2cf8ee3725fc3f90824eae8c22ff9b07965f93bd4a11ebfeaa5a4c059333cc5e77f8e0616400f',
  );
  assert.equal(
    attestProvenance(keys, mirrored, proofBy()).signature,
    'bb3bd69a615396e63ecb8957a2a923eea95286a4c2761876f65326c1cdf05424d755c16ccd35473d41d82241d7d35269cf604cc00ada1df7befb830190959807',
  );
});

test('what the market attested is genuine, after it went over the wire too', () => {
  for (const provenance of [
    attestProvenance(keys, hosted, null),
    attestProvenance(keys, mirrored, proofBy()),
  ]) {
    const received = shape.parse(JSON.parse(JSON.stringify(provenance)));
    assert.equal(verifyProvenance(market, received), 'genuine');
  }
});

test('nothing of an attestation can be changed', () => {
  const provenance = attestProvenance(keys, hosted, null);
  const changes: Partial<Provenance>[] = [
    { origin: 'mirrored', proof: proofBy() },
    { feedId: hosted.seller.id },
    { cores: [{ role: 'data', key: '00'.repeat(32) }] },
    { cores: [...hosted.cores, { role: 'blobs', key: '00'.repeat(32) }] },
    { cores: [{ ...hosted.cores[0]!, role: 'files' }] },
    { seller: { ...hosted.seller, name: 'Weather & Daughters' } },
    { seller: { ...hosted.seller, id: hosted.feedId } },
    { sinceMs: hosted.sinceMs - 1 },
    { signature: '00'.repeat(64) },
  ];
  for (const change of changes) {
    assert.equal(verifyProvenance(market, { ...provenance, ...change }), 'forged');
  }
});

test('an attestation of another market is not ours', () => {
  const other = marketKeys(Buffer.alloc(32, 8));
  const provenance = attestProvenance(other, hosted, null);
  assert.equal(verifyProvenance(market, provenance), 'forged');
  const claimed = market.toString('hex');
  assert.equal(verifyProvenance(market, { ...provenance, market: claimed }), 'forged');
});

test("the market's word alone does not prove a mirrored feed", () => {
  const somebody = crypto.keyPair(Buffer.alloc(32, 3));
  const { challenge, cores } = proofBy()!;
  for (const proof of [null, proofBy(somebody), { challenge, cores: [] }]) {
    const provenance = attestProvenance(keys, mirrored, proof);
    assert.equal(verifyProvenance(market, provenance), 'unproved');
  }
  const provenance = attestProvenance(keys, mirrored, { challenge: '00'.repeat(32), cores });
  assert.equal(verifyProvenance(market, provenance), 'unproved');
});
