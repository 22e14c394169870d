import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Search, searchListings, searchQuery } from '../../flow/search-listings.ts';
import type { Place, Sort } from '../../flow/search-sort.ts';
import { Prisma } from '../../prisma/client/client.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const LISTINGS = 10_000;
const WORDS = ['tide', 'quake', 'river', 'traffic', 'orchard', 'glacier', 'harbour', 'satellite'];
const SORTS: Sort[] = ['relevance', 'newest', 'price', 'fresh', 'popular'];

describe(`a search of ${LISTINGS} listings`, () => {
  let db: TestDatabase;
  before(async () => {
    db = await createDatabase();
    await stock(db);
  });
  after(() => db[Symbol.asyncDispose]());

  const search = (more: Partial<Search> = {}) =>
    searchListings(db.prisma, { tags: [], sort: 'newest', limit: 20, ...more });
  const slugs = async (more: Partial<Search>) =>
    (await search(more)).listings.map(({ slug }) => slug);
  const explain = async (more: Partial<Search>): Promise<string> => {
    const query = searchQuery({ tags: [], sort: 'newest', limit: 20, ...more });
    const rows = await db.prisma.$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN ${query}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  it('for words is answered by the index of documents', async () => {
    assert.match(await explain({ text: 'rare-7 gauge', sort: 'relevance' }), /listings_search/);
  });

  it('for tags is answered by the index of tags', async () => {
    assert.match(await explain({ tags: ['rare-3'], sort: 'popular' }), /listings_tags/);
  });

  it('for the newest reads one page of the index of states, wherever the page lies', async () => {
    const { next } = await search({ limit: 50 });
    for (const after of [undefined, next!]) {
      const plan = await explain({ after });
      assert.match(plan, /Index.* Scan.*listings_state_published_at_id_idx/);
      assert.doesNotMatch(plan, /Sort|Seq Scan/);
    }
  });

  it('finds a word in title, tags and text, and ranks them in that order', async () => {
    assert.deepEqual(await slugs({ text: 'zeppelins', sort: 'relevance' }), [
      'in-the-title',
      'in-the-tags',
      'in-the-text',
    ]);
  });

  it('finds what is still being typed, and what is quoted or left out', async () => {
    const found = (text: string) => slugs({ text, sort: 'relevance' });
    assert.ok((await found('zepp')).includes('in-the-title'));
    assert.ok((await found('airship zepp')).includes('in-the-title'));
    assert.deepEqual(await found('"airship zeppelin"'), ['in-the-title']);
    assert.deepEqual(await found('zeppelin -airship'), ['in-the-tags', 'in-the-text']);
    assert.deepEqual(await found('zeppelin nothinglikethat'), []);
  });

  it('takes any text that somebody may type', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'a"\'\\:*&|!()<-> or') }),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        fc.pre(!text.includes('\u0000') && text.isWellFormed());
        await db.prisma.$queryRaw(searchQuery({ text, tags: [], sort: 'relevance', limit: 1 }));
      }),
      { numRuns: 200 },
    );
  });

  for (const sort of SORTS) {
    it(`by ${sort} passes every hit once, in pages of any size`, async () => {
      const text = 'harbour';
      const whole = await slugs({ text, tags: ['rare-1'], sort, limit: 100 });
      assert.ok(whole.length > 10 && whole.length < 100, `${whole.length}`);
      for (const limit of [1, 3, 7]) {
        const paged: string[] = [];
        let after: Place | undefined;
        do {
          const page = await search({ text, tags: ['rare-1'], sort, limit, after });
          paged.push(...page.listings.map(({ slug }) => slug));
          after = page.next ?? undefined;
        } while (after);
        assert.deepEqual(paged, whole);
      }
    });
  }

  it('by price puts the cheapest first, prices in a currency among them, and trials aside', async () => {
    const found = await search({ tags: ['priced'], sort: 'price' });
    assert.deepEqual(
      found.listings.map(({ slug }) => slug),
      ['priced-free', 'priced-euro', 'priced-msat', 'priced-unknown'],
    );
    const cheap = await slugs({ tags: ['priced'], maxPriceMsat: 1_650_001n });
    assert.deepEqual(cheap.sort(), ['priced-euro', 'priced-free']);
  });

  it('finds what has a block of lately, the freshest first', async () => {
    const [first, second] = await slugs({ sort: 'fresh' });
    assert.deepEqual([first, second], ['fresh-now', 'fresh-lately']);
    assert.deepEqual(await slugs({ updatedWithinMs: 60_000 }), ['fresh-now']);
  });

  it('by demand puts what is bought first', async () => {
    const [first] = await slugs({ sort: 'popular' });
    assert.equal(first, 'fresh-now');
  });

  it('narrows by kind, and by several tags at once', async () => {
    assert.deepEqual(await slugs({ kind: 'hyperbee' }), ['fresh-lately']);
    const both = await search({ tags: ['rare-1', 'word-1'] });
    for (const { tags } of both.listings)
      assert.ok(tags.includes('rare-1') && tags.includes('word-1'));
    assert.ok(both.listings.length > 0);
  });

  it('counts the tags of all that was found, on the first page', async () => {
    const first = await search({ tags: ['priced'], limit: 1 });
    assert.deepEqual(first.tags![0], { tag: 'priced', count: 4 });
    const second = await search({ tags: ['priced'], limit: 1, after: first.next! });
    assert.equal(second.tags, null);
  });

  it('shows neither drafts, nor what is unlisted or withdrawn', async () => {
    assert.deepEqual(await slugs({ tags: ['hidden'] }), []);
  });
});

async function stock({ prisma }: TestDatabase): Promise<void> {
  const { id: seller } = await prisma.seller.create({ data: { name: 'Stock' } });
  await prisma.$executeRaw`
    INSERT INTO listings (seller_id, slug, title, description, tags, licence, state, published_at, updated_at)
    SELECT ${seller}::uuid, 'stock-' || n, (${WORDS}::text[])[1 + n % 8] || ' gauge ' || n,
           'Readings of the ' || (${WORDS}::text[])[1 + n / 8 % 8] || ' in the harbour, ' || repeat('and so on, ', 40),
           ARRAY['rare-' || n % 500, 'word-' || n % 8], 'CC0-1.0', 'live', now() - n * interval '1 minute', now()
    FROM generate_series(1, ${LISTINGS}::int) AS n`;
  await prisma.exchangeRate.create({
    data: {
      currency: 'EUR',
      msatPerUnit: '1666666.666666667',
      minorDigits: 2,
      source: 'test',
      asOf: new Date(),
      freshUntil: new Date(),
    },
  });
  const put = async (slug: string, more: object = {}) =>
    prisma.listing.create({
      data: {
        sellerId: seller,
        slug,
        title: 'Something',
        description: '',
        tags: [],
        licence: '',
        state: 'live',
        publishedAt: new Date(0),
        ...more,
      },
    });
  await put('in-the-text', { description: 'Of zeppelins.' });
  await put('in-the-tags', { tags: ['zeppelin'] });
  await put('in-the-title', { title: 'Airship Zeppelin' });
  await put('hidden-draft', { state: 'draft', publishedAt: null, tags: ['hidden'] });
  await put('hidden-unlisted', { state: 'unlisted', tags: ['hidden'] });
  await put('hidden-withdrawn', { state: 'withdrawn', tags: ['hidden'] });
  await stockPrices(prisma, put);
  await stockFresh(prisma, put);
  await prisma.$executeRaw`ANALYZE`;
}

type Put = (slug: string, more?: object) => Promise<{ id: string }>;

async function stockPrices(prisma: TestDatabase['prisma'], put: Put): Promise<void> {
  const plans = {
    'priced-unknown': { kind: 'forever', currency: 'GBP', priceMinor: 1n },
    'priced-msat': { kind: 'forever', priceMsat: 1_650_002n },
    'priced-euro': { kind: 'forever', currency: 'EUR', priceMinor: 99n },
    'priced-free': { kind: 'free', priceMsat: 0n },
  } as const;
  for (const [slug, plan] of Object.entries(plans)) {
    const { id: listingId } = await put(slug, { tags: ['priced'] });
    const trial = { name: 'try', kind: 'trial', priceMsat: 0n, periodMs: 1000n } as const;
    await prisma.plan.createMany({
      data: [trial, { name: 'p', ...plan }].map((each) => ({ ...each, listingId })),
    });
  }
}

async function stockFresh(prisma: TestDatabase['prisma'], put: Put): Promise<void> {
  for (const [slug, agoMs, kind] of [
    ['fresh-now', 0, 'hypercore'],
    ['fresh-lately', 3_600_000, 'hyperbee'],
  ] as const) {
    const { id: listingId } = await put(slug, { publishedAt: new Date(1) });
    const key = Buffer.alloc(32, agoMs % 251);
    const lastBlockAt = new Date(Date.now() - agoMs);
    const cores = { create: { key, discoveryKey: key, lastBlockAt } };
    const grants = { create: { buyerKey: key, startsAt: new Date() } };
    await prisma.feed.create({
      data: { listingId, kind, blockSchema: {}, cores, ...(agoMs === 0 ? { grants } : {}) },
    });
  }
}
