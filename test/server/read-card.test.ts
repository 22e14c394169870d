import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { cardImport, newListing } from '../../contract/index.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { listingOfCard } from '../../server/read-card.ts';

const anything = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }) as fc.Arbitrary<unknown>;
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.string(),
  fc.constantFrom('1', '0.5', '1e99'),
);
const payment = fc.record(
  {
    method: fc.constantFrom('lightning', 'free', '__proto__'),
    currency: fc.constantFrom('LightningSats', 'LightningBTC', 'EUR', 'EOS', 'free', 'constructor'),
    amount: number,
    unit: fc.constantFrom('seconds', 'hour', 'forever', 'toString', ''),
    interval: number,
    minSeconds: number,
  },
  { requiredKeys: [] },
);
const extension = fc.dictionary(
  fc.constantFrom(
    'kind',
    'tags',
    'licence',
    'terms',
    'preview',
    'blockSchema',
    'signature',
    'sourceUrl',
  ),
  anything,
);
const cards = fc.record(
  {
    name: fc.oneof(fc.string({ unit: 'binary' }), fc.constant('Tide gauges')),
    description: fc.string(),
    payment: fc.oneof(payment, fc.array(payment, { maxLength: 3 }), fc.constant(null)),
    dazaar: extension,
  },
  { requiredKeys: [] },
);

it('A39 a card of whatever content makes a listing that may be written, or is refused', () => {
  let made = 0;
  fc.assert(
    fc.property(cards, (card) => {
      const { data } = cardImport.safeParse({ card, licence: 'MIT' });
      if (!data) return;
      const listing = listingOfCard(data);
      if (isRefusal(listing)) return assert.equal(listing.refused, 'card-unmappable');
      made += 1;
      newListing.parse(listing);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(made > 0, 'some of them make one');
});
