import assert from 'node:assert/strict';
import { test } from 'node:test';
import crypto from 'hypercore-crypto';
import { attestProvenance } from '../../protocol/attest-provenance.ts';
import { attestSeeder } from '../../protocol/attest-seeder.ts';
import type { UnsignedCard } from '../../protocol/card.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { ownershipText } from '../../protocol/ownership.ts';
import { signCard } from '../../protocol/sign-card.ts';
import { verifyOffer } from '../../protocol/verify-offer.ts';

const keys = marketKeys(Buffer.alloc(32, 7));
const thief = marketKeys(Buffer.alloc(32, 8));
const writer = crypto.keyPair(Buffer.alloc(32, 1));
const seeder = crypto.keyPair(Buffer.alloc(32, 2));
const feedId = '0192f000-0000-7000-8000-000000000000';
const challenge = Buffer.alloc(32, 3);
const nowMs = 1_800_000_000_000;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const coreKey = hex(writer.publicKey);
const marketKey = hex(keys.signing.publicKey);
const heard = { seederKey: hex(seeder.publicKey), nowMs };

/** What a seeder of this market would say of a core. */
function offerOf(market = keys, core = writer, signer = core) {
  const unsigned: UnsignedCard = {
    id: hex(core.publicKey),
    name: 'tides',
    description: '',
    provider: '',
    homepage: '',
    contact: '',
    payment: [],
    dazaar: {
      version: 2,
      market: 'https://market.example',
      listing: 'https://market.example/v1/listings/tides',
      feedId,
      kind: 'hypercore',
      mode: 'open',
      epochMs: null,
      copySigner: null,
      cores: [{ role: 'data', key: hex(core.publicKey) }],
      tags: [],
      licence: '',
      terms: null,
      sourceUrl: null,
      preview: { from: 'last', blocks: 0 },
      blockSchema: {},
      plans: [],
      includes: [],
      seeders: [],
      bootstrap: [],
    },
  };
  const statement = {
    market: market.signing.publicKey,
    feedId,
    coreKey: core.publicKey,
    challenge,
  };
  const signature = crypto.sign(Buffer.from(ownershipText(statement)), signer.secretKey);
  const about = {
    origin: 'hosted' as const,
    feedId,
    cores: unsigned.dazaar.cores,
    seller: { id: feedId, name: 'somebody' },
    sinceMs: 0,
  };
  const proof = {
    challenge: hex(challenge),
    cores: [{ key: hex(core.publicKey), signature: hex(signature), manifest: null }],
  };
  const span = { issuedAtMs: nowMs - 1, expiresAtMs: nowMs + 1 };
  return {
    attestation: attestSeeder(market, { seederKey: seeder.publicKey, ...span }),
    card: signCard(unsigned, market.signing),
    provenance: attestProvenance(market, about, proof),
  };
}

test('from a core’s key, or a market’s, the chain leads to the seeder', () => {
  const offer = offerOf();
  assert.equal(verifyOffer({ coreKey }, offer, heard), 'genuine');
  assert.equal(verifyOffer({ marketKey }, offer, heard), 'genuine');
  assert.equal(verifyOffer({ marketKey, coreKey }, offer, heard), 'genuine');
});

test('a market that the core’s writer has not named sells nothing of it', () => {
  const claimed = offerOf(thief, writer, crypto.keyPair(Buffer.alloc(32, 9)));
  assert.equal(verifyOffer({ coreKey }, claimed, heard), 'unproved');
  const { proof } = offerOf().provenance;
  const stolen = { ...claimed, provenance: { ...claimed.provenance, proof } };
  assert.equal(verifyOffer({ coreKey }, stolen, heard), 'unproved');
  const silent = { ...claimed, provenance: { ...claimed.provenance, proof: null } };
  assert.equal(verifyOffer({ coreKey }, silent, heard), 'unproved');
  const trusted = { marketKey: hex(thief.signing.publicKey) };
  assert.equal(verifyOffer(trusted, silent, heard), 'genuine', 'whoever trusts it takes its word');
  assert.equal(verifyOffer({ marketKey }, offerOf(thief), heard), 'foreign');
});

test('a card, an origin or a seeder of something else is foreign, and what was changed is forged', () => {
  const offer = offerOf();
  const other = offerOf(keys, crypto.keyPair(Buffer.alloc(32, 9)));
  assert.equal(verifyOffer({ coreKey }, other, heard), 'foreign');
  assert.equal(
    verifyOffer({ coreKey }, { ...offer, provenance: other.provenance }, heard),
    'foreign',
  );
  assert.equal(verifyOffer({ coreKey }, { ...offer, card: other.card }, heard), 'foreign');
  const { attestation } = offerOf(thief);
  assert.equal(verifyOffer({ coreKey }, { ...offer, attestation }, heard), 'foreign');
  assert.equal(verifyOffer({ coreKey }, offer, { ...heard, seederKey: coreKey }), 'foreign');
  assert.equal(verifyOffer({ coreKey }, offer, { ...heard, nowMs: nowMs + 1 }), 'expired');
  const slow = { ...heard, nowMs: nowMs + 1, toleranceMs: 2 };
  assert.equal(verifyOffer({ coreKey }, offer, slow), 'genuine');
  const card = { ...offer.card, name: 'tide' };
  assert.equal(verifyOffer({ coreKey }, { ...offer, card }, heard), 'forged');
  const provenance = { ...offer.provenance, sinceMs: 1 };
  assert.equal(verifyOffer({ coreKey }, { ...offer, provenance }, heard), 'forged');
});
