import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import { type UnsignedCard, verifyCard } from '../../protocol/card.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { signCard } from '../../protocol/sign-card.ts';
import { termsHash } from '../../protocol/terms.ts';

const { signing } = marketKeys(Buffer.alloc(32, 7));

const UNSIGNED: UnsignedCard = {
  id: '11'.repeat(32),
  name: 'Gezeiten – Nordsee',
  description: 'A "gauge"\n',
  provider: 'Weather & Sons',
  homepage: 'https://example.org/',
  contact: 'data@example.org',
  payment: [
    {
      method: 'lightning',
      currency: 'LightningSats',
      amount: '10',
      unit: 'hours',
      interval: 1,
      minSeconds: 3600,
    },
  ],
  dazaar: {
    version: 2,
    market: 'https://market.example',
    listing: 'https://market.example/v1/listings/tides',
    feedId: '0192f000-0000-7000-8000-000000000000',
    kind: 'hypercore',
    mode: 'open',
    epochMs: null,
    copySigner: null,
    cores: [{ role: 'data', key: '11'.repeat(32) }],
    tags: ['sea'],
    licence: 'CC0-1.0',
    terms: null,
    sourceUrl: null,
    preview: { from: 'last', blocks: 0 },
    blockSchema: {},
    plans: ['hour'],
    includes: [{ history: 'all', historyBlocks: null, maxConnections: null, tracked: true }],
    seeders: [],
    bootstrap: [],
  },
};
const MARKET_KEY = '46c615f6d750621b3aedcb93ead9d2ea082f977527b25e95d934bd2d8ddad135';
const SIGNATURE =
  'a2f014f9c98b009e6296ec4f21922123625325adf83206fa1117e1bd4212c1ac3b0eca92b4d69f8924be04ea4b3791652641d3287f90821bb646b874e3814e00';

describe('canonical JSON', () => {
  it('is that of RFC 8785, section 3.2.2', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    assert.equal(
      canonicalJson(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts members as RFC 8785, section 3.2.3 does, by UTF-16 code units', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    assert.deepEqual(Object.keys(JSON.parse(canonicalJson(value))).sort(), [...keys].sort());
    const text = canonicalJson(value);
    const places = sorted.map((key) => text.indexOf(JSON.stringify(key)));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
  });

  it('says the same as the value, however its members are ordered', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(JSON.stringify(value).isWellFormed());
        const text = canonicalJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(canonicalJson(reversed(value)), text);
      }),
    );
  });

  it('refuses what JSON cannot say', () => {
    for (const value of [Number.NaN, Infinity, undefined, () => 0, '\ud800', { '\udc00': 1 }]) {
      assert.throws(() => canonicalJson(value), TypeError);
    }
  });
});

describe('a card', () => {
  it('is signed as the vector says', () => {
    const card = signCard(UNSIGNED, signing);
    assert.equal(card.dazaar.marketKey, MARKET_KEY);
    assert.equal(card.dazaar.signature, SIGNATURE);
    assert.ok(verifyCard(card));
  });

  it('is valid in whatever order its members come, and not when any of them changes', () => {
    const card = signCard(UNSIGNED, signing);
    assert.ok(verifyCard(reversed(card)));
    for (const changed of [
      { ...card, name: 'Other' },
      { ...card, more: 1 },
      { ...card, payment: [] },
      { ...card, name: '\ud800' },
      { ...card, more: Number.NaN },
      { ...card, dazaar: { ...card.dazaar, market: 'https://other.example' } },
      { ...card, dazaar: { ...card.dazaar, marketKey: '00'.repeat(32) } },
      { ...card, dazaar: { ...card.dazaar, signature: '00'.repeat(64) } },
      { ...card, dazaar: { ...card.dazaar, signature: 'AB' } },
    ]) {
      assert.ok(!verifyCard(changed));
    }
  });

  it('is no card of another key', () => {
    const other = marketKeys(Buffer.alloc(32, 8)).signing;
    const card = signCard(UNSIGNED, other);
    assert.ok(verifyCard(card));
    assert.notEqual(card.dazaar.marketKey, MARKET_KEY);
  });

  it('can be anything, and then it is not valid', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        assert.equal(verifyCard(value), false);
      }),
    );
  });
});

describe('terms of use', () => {
  it('have the hash that the vector says', () => {
    const hash = hexOf(termsHash({ text: 'Do not resell.', licence: 'CC0-1.0' }));
    assert.equal(hash, 'ff897d0ceaa4ab06cc146de5781fd15005cf8e5f33fc5447ed735e2d0403cf5d');
  });

  it('are others with another text or licence', () => {
    const hashes = [
      { text: 'a', licence: 'b' },
      { text: 'b', licence: 'a' },
      { text: 'a', licence: '' },
      { text: 'ab', licence: '' },
    ].map((terms) => hexOf(termsHash(terms)));
    assert.equal(new Set(hashes).size, hashes.length);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reversed(member)] as const)
      .reverse(),
  );
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
