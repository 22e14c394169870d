import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  card as cardShape,
  type Listing,
  listingPreview,
  listing as listingShape,
  problem as problemShape,
} from '../../contract/index.ts';
import { verifyCard } from '../../protocol/card.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, call, until } from '../support/shop.ts';

const LISTING = {
  title: 'Tide gauges of the North Sea',
  description: 'One reading a minute.\n\n<script>alert(1)</script>',
  tags: ['sea', 'live'],
  licence: 'CC-BY-4.0',
  terms: 'Do not resell.',
  sourceUrl: 'https://example.org/tides',
  preview: { from: 'first', blocks: 2 },
  blockSchema: { type: 'object', properties: { level: { type: 'number' } } },
  plans: [
    { name: 'try', kind: 'trial', periodMs: 90_000 },
    { name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '1500' },
    {
      name: 'month',
      kind: 'time',
      periodMs: 30 * 86_400_000,
      price: { currency: 'EUR', amountMinor: 499 },
    },
    { name: 'always', kind: 'forever', priceMsat: '1000000' },
    {
      name: 'recent',
      kind: 'forever',
      priceMsat: '1000',
      history: 'last',
      historyBlocks: 500,
      maxConnections: 2,
    },
    { name: 'new', kind: 'time', periodMs: 60_000, priceMsat: '7', history: 'from-purchase' },
    { name: 'gift', kind: 'free' },
    { name: 'open', kind: 'free', tracked: false },
  ],
};

describe('a listing that is on sale', () => {
  let market: TestMarket;
  const slug = `tides-${randomBytes(4).toString('hex')}`;
  before(async () => {
    market = await startMarket();
    await call(market, 'POST', '/v1/seller/listings', { slug, ...LISTING }, 201);
    await append(market, slug, [{ level: 1 }, { level: 2 }, { level: 3 }]);
    await call(market, 'POST', `/v1/seller/listings/${slug}/publish`, undefined, 200);
  });
  after(() => market[Symbol.asyncDispose]());

  const get = (path: string) => fetch(`${market.server.url}${path}`);
  const readCard = async () =>
    (await (await get(`/v1/listings/${slug}/card`)).json()) as Record<string, unknown>;
  const importCard = (body: object) =>
    fetch(`${market.server.url}/v1/seller/listings/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const imported = async (body: object): Promise<Listing> => {
    const answer = await importCard(body);
    assert.equal(answer.status, 201, await answer.clone().text());
    return listingShape.parse(await answer.json());
  };
  const refused = async (body: object, detail: RegExp) => {
    const answer = await importCard(body);
    const problem = problemShape.parse(await answer.json());
    assert.deepEqual([answer.status, problem.code], [422, 'card-unmappable']);
    assert.match(problem.detail!, detail);
  };
  const preview = async () =>
    listingPreview.parse(await (await get(`/v1/listings/${slug}/preview`)).json());
  const patch = async (body: object) => {
    const answer = await fetch(`${market.server.url}/v1/seller/listings/${slug}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        'content-type': 'application/json',
        'if-match': '*',
      },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, await answer.text());
  };

  describe('has a card', () => {
    it('that says what is sold and how it is paid, signed by the market', async () => {
      const sent = await readCard();
      assert.ok(verifyCard(sent));
      const card = cardShape.parse(sent);
      const key = market.deps.keys.signing.publicKey.toString('hex');
      assert.equal(card.dazaar.marketKey, key);
      assert.equal(card.id, card.dazaar.cores[0]!.key);
      assert.equal(card.dazaar.seeders[0], market.seeder.key.toString('hex'));
      assert.deepEqual(card.dazaar.plans, [
        'try',
        'hour',
        'month',
        'always',
        'recent',
        'new',
        'gift',
        'open',
      ]);
      assert.deepEqual(
        card.payment.map(({ currency, amount, unit, interval }) => [
          currency,
          amount,
          unit,
          interval,
        ]),
        [
          ['free', '0', 'seconds', 90],
          ['LightningSats', '1.5', 'hours', 1],
          ['EUR', '4.99', 'days', 30],
          ['LightningSats', '1000', 'forever', 1],
          ['LightningSats', '1', 'forever', 1],
          ['LightningSats', '0.007', 'minutes', 1],
          ['free', '0', 'forever', 1],
          ['free', '0', 'forever', 1],
        ],
      );
    });

    it('that need not be read again while it is the same', async () => {
      const url = `${market.server.url}/v1/listings/${slug}/card`;
      const etag = (await fetch(url)).headers.get('etag')!;
      assert.equal((await fetch(url, { headers: { 'if-none-match': etag } })).status, 304);
    });

    it('that describes the same listing when it is imported', async () => {
      const { state, ...draft } = await imported({ card: await readCard(), slug: `${slug}-copy` });
      const answer = await get(`/v1/listings/${slug}`);
      const original = listingShape.parse(await answer.json());
      assert.equal(state, 'draft');
      const { feed, publishedAtMs: _, version: __, provenance: ___, activity, ...rest } = original;
      const { feed: copied, publishedAtMs, activity: quiet, ...copy } = draft;
      assert.ok(activity.blocksLastDay > quiet.blocksLastDay, 'a card carries no data');
      assert.equal(publishedAtMs, null);
      assert.deepEqual(
        { ...rest, slug: copy.slug, state },
        { ...withoutRates(copy, original), state },
      );
      assert.deepEqual([copied.kind, copied.blockSchema], [feed.kind, feed.blockSchema]);
    });

    it('that is refused at import once it was changed, and taken without its signature', async () => {
      const card: Record<string, unknown> = { ...(await readCard()), name: 'Other' };
      await refused({ card }, /signature does not fit/);
      const { signature: _, ...dazaar } = card.dazaar as Record<string, unknown>;
      const made = await imported({ card: { ...card, dazaar } });
      assert.deepEqual([made.slug, made.title], ['other', 'Other']);
    });
  });

  describe('can come from a card of Dazaar 1', () => {
    const v1 = {
      id: '11'.repeat(32),
      name: 'Börse: BTC/USD, Trades!',
      description: 'Every trade.',
      provider: 'Somebody',
      payment: [
        { payto: 'x', currency: 'LightningBTC', amount: '0.002', unit: 'hours', interval: 1 },
        { currency: 'LightningSats', amount: '1', unit: 'seconds', interval: '1', minSeconds: 60 },
      ],
    };

    it('with plans of its payments, once it is told the licence', async () => {
      const made = await imported({ card: v1, licence: 'Proprietary' });
      assert.deepEqual(
        [made.slug, made.title, made.licence],
        ['borse-btc-usd-trades', v1.name, 'Proprietary'],
      );
      assert.deepEqual(
        made.plans.map(({ name, priceMsat, periodMs }) => [name, priceMsat, periodMs]),
        [
          ['1h', '200000000', 3_600_000],
          ['1min', '60000', 60_000],
        ],
      );
    });

    it('that is free, as one without payments is', async () => {
      for (const payment of [[], null, { currency: 'free' }]) {
        const body = {
          card: { ...v1, payment },
          licence: 'MIT',
          slug: `v1-${randomBytes(4).toString('hex')}`,
        };
        const { plans } = await imported(body);
        assert.deepEqual(
          plans.map(({ kind }) => kind),
          ['free'],
        );
      }
    });

    it('and says all that stands in the way', async () => {
      await refused({ card: v1 }, /licence: /);
      await refused({ card: { ...v1, name: undefined }, licence: 'MIT' }, /slug: .*title: /);
      await refused({ card: { ...v1, name: '日本' }, licence: 'MIT' }, /slug: /);
      const payment = [
        { currency: 'EOS', amount: '1.0000', unit: 'minutes', interval: 1 },
        { currency: 'LightningSats', amount: '1', unit: 'fortnights', interval: 1 },
      ];
      await refused(
        { card: { ...v1, payment }, licence: 'MIT' },
        /payment\/0: currency "EOS".*payment\/1: unit "fortnights"/,
      );
    });

    it('A39 and nothing but 4xx comes of what is no card', async () => {
      for (const card of [1, null, [], { payment: 7 }, { name: 'x', dazaar: { plans: [{}] } }]) {
        assert.equal((await importCard({ card })).status, 400, JSON.stringify(card));
      }
      const dazaar = { kind: 'tape', tags: 'sea', terms: { text: 5 }, preview: 1, blockSchema: [] };
      await refused({ card: { ...v1, dazaar }, licence: 'MIT' }, /tags: .*terms: /);
    });
  });

  describe('shows a preview', () => {
    it('of as many blocks as its seller says, decoded, without a grant', async () => {
      await until(async () => (await preview()).items.length === 2);
      const { items, takenAtMs, from } = await preview();
      assert.deepEqual(items, [
        { index: 0, value: { level: 1 } },
        { index: 1, value: { level: 2 } },
      ]);
      assert.ok(takenAtMs! <= Date.now() + 1_000);
      assert.equal(from, 'first');
    });

    it('of no more than that at once, when he shows less', async () => {
      await patch({ preview: { blocks: 1 } });
      assert.equal((await preview()).items.length, 1);
      await patch({ preview: { blocks: 0 } });
      assert.deepEqual((await preview()).items, []);
    });

    it('from the other end, when he says so', async () => {
      await patch({ preview: { from: 'last', blocks: 1 } });
      await until(async () => {
        const [item] = (await preview()).items;
        return item?.index === 2;
      });
      await append(market, slug, [{ level: 4 }]);
      await until(async () => (await preview()).items[0]?.index === 3);
    });

    it('of nothing once it is withdrawn, nor has it a card then', async () => {
      await call(market, 'POST', `/v1/seller/listings/${slug}/withdraw`, undefined, 200);
      for (const path of ['preview', 'card']) {
        const answer = await get(`/v1/listings/${slug}/${path}`);
        assert.equal(answer.status, 409);
        assert.equal(problemShape.parse(await answer.json()).code, 'listing-withdrawn');
      }
    });
  });
});

// The rate that an estimate is made of may have been read anew in between.
function withoutRates(copy: Partial<Listing>, original: Listing): Partial<Listing> {
  const { version: _, provenance: __, ...rest } = copy;
  const plans = copy.plans!.map((plan, i) => {
    return { ...plan, rateAsOfMs: original.plans[i]!.rateAsOfMs };
  });
  return { ...rest, plans };
}
