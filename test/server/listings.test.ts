import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  type Listing,
  listingPage,
  listing as listingShape,
  ownListingPage,
  problem as problemShape,
  terms as termsShape,
} from '../../contract/index.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import { canonicalJson } from '../../protocol/canonical-json.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const HOUR = { name: 'hour', kind: 'time', periodMs: HOUR_MS, priceMsat: '5000' };
const EURO = {
  name: 'day',
  kind: 'time',
  periodMs: 24 * HOUR_MS,
  price: { currency: 'EUR', amountMinor: 99 },
};
const TRIAL = { name: 'try', kind: 'trial', periodMs: 60_000 };

describe('a seller', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket();
  });
  after(() => market[Symbol.asyncDispose]());

  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) =>
    fetch(`${market.server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${market.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const draft = (more: object = {}) => ({
    slug: `data-${randomBytes(5).toString('hex')}`,
    title: 'Tide gauges',
    description: '',
    licence: 'CC0-1.0',
    blockSchema: {},
    plans: [HOUR],
    ...more,
  });
  const imported = () => ({
    card: { name: 'Tide gauges', payment: { method: 'free' } },
    slug: draft().slug,
    licence: 'CC0-1.0',
  });
  const create = async (more: object = {}): Promise<Listing> => {
    const answer = await send('POST', '/v1/seller/listings', draft(more));
    assert.equal(answer.status, 201, await answer.clone().text());
    return listingShape.parse(await answer.json());
  };
  const patch = (slug: string, body: unknown, ifMatch: string) =>
    send('PATCH', `/v1/seller/listings/${slug}`, body, { 'if-match': ifMatch });
  const publish = async ({ slug }: Listing) => {
    await until(async () => {
      return (await send('POST', `/v1/seller/listings/${slug}/publish`)).status === 200;
    });
  };
  const topics = async ({ slug }: Listing) => {
    const { id } = await market.db.prisma.listing.findUniqueOrThrow({ where: { slug } });
    const rows = await market.db.prisma.outbox.findMany({
      where: { subjectId: id },
      orderBy: { id: 'asc' },
    });
    return rows.map(({ topic }) => topic);
  };
  const refusal = async (answer: Response, status: number): Promise<string> => {
    assert.equal(answer.status, status, await answer.clone().text());
    return problemShape.parse(await answer.json()).code;
  };

  describe('who writes a listing', () => {
    it('gets a draft with plans in order, terms by hash and the version as its ETag', async () => {
      const answer = await send(
        'POST',
        '/v1/seller/listings',
        draft({ plans: [EURO, HOUR, TRIAL], terms: 'Do not resell.', preview: { blocks: 5 } }),
      );
      const made = listingShape.parse(await answer.json());
      assert.equal(answer.headers.get('etag'), '"1"');
      assert.equal(answer.headers.get('location'), `/v1/seller/listings/${made.slug}`);
      assert.deepEqual([made.state, made.version], ['draft', 1]);
      assert.deepEqual(made.preview, { from: 'last', blocks: 5 });
      assert.deepEqual(
        made.plans.map(({ name }) => name),
        ['day', 'hour', 'try'],
      );
      assert.deepEqual(await topics(made), ['listing.created']);
      const hash = createHash('sha256')
        .update(`dazaar/terms/1\n${canonicalJson({ text: 'Do not resell.', licence: 'CC0-1.0' })}`)
        .digest('hex');
      assert.equal(made.terms?.hash, hash);
    });

    it('sees what a price in a currency would be in msat, and of when the rate is', async () => {
      const { plans } = await create({ plans: [EURO] });
      assert.deepEqual(plans[0]!.price, { currency: 'EUR', amountMinor: 99 });
      assert.equal(plans[0]!.priceMsat, '1650001');
      assert.ok(Date.now() - plans[0]!.rateAsOfMs! < 120_000);
    });

    it('A38 gets the same listing for a repetition, and 422 for another with the same key', async () => {
      const body = draft();
      const key = { 'idempotency-key': randomBytes(8).toString('hex') };
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => send('POST', '/v1/seller/listings', body, key)),
      );
      for (const answer of answers) {
        if (answer.status === 201) continue;
        assert.equal(await refusal(answer, 409), 'idempotency-in-flight');
      }
      const repeated = await send('POST', '/v1/seller/listings', body, key);
      assert.equal(listingShape.parse(await repeated.json()).slug, body.slug);
      const other = await send('POST', '/v1/seller/listings', draft(), key);
      assert.equal(await refusal(other, 422), 'idempotency-key-reused');
      const again = await send('POST', '/v1/seller/listings', body);
      assert.equal(await refusal(again, 409), 'slug-taken');
    });

    const refused: [string, object, number, string][] = [
      [
        'two plans of one name',
        { plans: [HOUR, { ...TRIAL, name: 'hour' }] },
        422,
        'plan-named-twice',
      ],
      [
        'a currency without a rate',
        { plans: [{ ...EURO, price: { currency: 'GBP', amountMinor: 1 } }] },
        422,
        'currency-unsupported',
      ],
      [
        'a currency that is none',
        { plans: [{ ...EURO, price: { currency: 'BTC', amountMinor: 1 } }] },
        400,
        'invalid',
      ],
      ['two prices of one plan', { plans: [{ ...EURO, priceMsat: '1' }] }, 400, 'invalid'],
      ['a trial with a price', { plans: [{ ...TRIAL, priceMsat: '1' }] }, 400, 'invalid'],
      ['a trial without an end', { plans: [{ name: 'try', kind: 'trial' }] }, 400, 'invalid'],
      ['a time plan without a price', { plans: [{ ...HOUR, priceMsat: '0' }] }, 400, 'invalid'],
      ['no plans', { plans: [] }, 400, 'invalid'],
      ['a control character in the title', { title: 'tide\u001b[31m' }, 400, 'invalid'],
      ['a line feed in the title', { title: 'tide\ngauge' }, 400, 'invalid'],
      ['half a character in the terms', { terms: '\ud800' }, 400, 'invalid'],
      [
        'half a character in the schema',
        { blockSchema: { title: '\ud800' } },
        422,
        'block-schema-invalid',
      ],
      ['a control character in the description', { description: 'a\u0000b' }, 400, 'invalid'],
      ['a preview of more than 100 blocks', { preview: { blocks: 101 } }, 400, 'invalid'],
      ['a source that is no web page', { sourceUrl: 'javascript:alert(1)' }, 400, 'invalid'],
      [
        'a schema of no known type',
        { blockSchema: { type: 'objekt' } },
        422,
        'block-schema-invalid',
      ],
      [
        'a schema that leads elsewhere',
        { blockSchema: { $ref: 'http://127.0.0.1/' } },
        422,
        'block-schema-invalid',
      ],
      [
        'a schema of another draft',
        { blockSchema: { $schema: 'http://json-schema.org/draft-07/schema#' } },
        422,
        'block-schema-invalid',
      ],
      [
        'a schema with half a pattern',
        { blockSchema: { pattern: '(' } },
        422,
        'block-schema-invalid',
      ],
    ];
    for (const [name, more, status, code] of refused) {
      it(`is refused ${name}`, async () => {
        assert.equal(
          await refusal(await send('POST', '/v1/seller/listings', draft(more)), status),
          code,
        );
      });
    }

    it('A32 may write markup: it is kept as it is, and comes back as JSON', async () => {
      const description = '<script>alert(1)</script>\n\t[x](javascript:alert(1))';
      const made = await create({ title: '"><img src=x onerror=alert(1)>', description });
      const answer = await send('GET', `/v1/seller/listings/${made.slug}`);
      assert.match(answer.headers.get('content-type')!, /^application\/json/);
      assert.equal(listingShape.parse(await answer.json()).description, description);
    });

    it('does not run the patterns of a schema, however they are made', async () => {
      const blockSchema = {
        properties: { a: { pattern: '^(a+)+$', default: `${'a'.repeat(40)}!` } },
      };
      const startedAt = performance.now();
      await create({ blockSchema });
      assert.ok(performance.now() - startedAt < 2_000);
    });
  });

  describe('who has nearly a thousand listings', () => {
    it('gets one more of many that are written or imported at once, and another for one withdrawn', async () => {
      const { prisma } = market.db;
      const seller = await prisma.seller.create({ data: { name: 'Hoarder' } });
      const key = await createApiKey(prisma, seller.id, 'test', 'sandbox');
      const authorization = `Bearer ${key}`;
      const row = (state: 'draft' | 'withdrawn') => ({
        ...{ sellerId: seller.id, slug: `row-${randomBytes(8).toString('hex')}`, state },
        ...{ title: 'Row', description: '', licence: 'CC0-1.0' },
      });
      const drafts = Array.from({ length: 999 }, () => row('draft'));
      await prisma.listing.createMany({ data: [...drafts, row('withdrawn')] });
      const write = () => send('POST', '/v1/seller/listings', draft(), { authorization });
      const bring = () => send('POST', '/v1/seller/listings/import', imported(), { authorization });
      const answers = await Promise.all([write(), bring(), write(), bring(), write()]);
      const refusedOnes = answers.filter(({ status }) => status !== 201);
      assert.equal(refusedOnes.length, 4);
      for (const answer of refusedOnes) {
        assert.equal(await refusal(answer, 409), 'too-many-listings');
      }
      const { slug } = listingShape.parse(
        await answers.find(({ status }) => status === 201)?.json(),
      );
      const path = `/v1/seller/listings/${slug}/withdraw`;
      assert.equal((await send('POST', path, undefined, { authorization })).status, 200);
      assert.equal((await bring()).status, 201);
      assert.equal(await refusal(await write(), 409), 'too-many-listings');
    });
  });

  describe('who changes a listing', () => {
    it('must say which version the change is for, and hears when it is not the last', async () => {
      const { slug } = await create();
      const path = `/v1/seller/listings/${slug}`;
      assert.equal(
        await refusal(await send('PATCH', path, { title: 'A' }), 428),
        'if-match-missing',
      );
      assert.equal((await patch(slug, { title: 'A' }, '"1"')).status, 200);
      assert.equal(await refusal(await patch(slug, { title: 'B' }, '"1"'), 412), 'listing-changed');
      assert.equal(
        await refusal(await patch(slug, { title: 'B' }, 'W/"2"'), 412),
        'listing-changed',
      );
      const changed = await patch(slug, { title: 'B' }, '"7", "2"');
      assert.equal(changed.headers.get('etag'), '"3"');
      assert.equal((await patch(slug, { title: 'C' }, '*')).status, 200);
    });

    it('wins once, when many change the same version', async () => {
      const { slug } = await create();
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => patch(slug, { title: `Title ${i}` }, '"1"')),
      );
      const statuses = answers.map(({ status }) => status).sort();
      assert.deepEqual(statuses, [200, ...Array.from({ length: 9 }, () => 412)]);
    });

    it('changes what is named and takes away what is null, and nothing else', async () => {
      const before = await create({
        sourceUrl: 'https://example.org/tides',
        terms: 'Be kind.',
        tags: ['sea'],
        preview: { from: 'first', blocks: 3 },
      });
      const answer = await patch(before.slug, { sourceUrl: null, preview: { blocks: 4 } }, '"1"');
      const now = listingShape.parse(await answer.json());
      const preview = { from: 'first', blocks: 4 };
      const { feed, provenance } = now;
      const expected = { ...before, feed, provenance, sourceUrl: null, preview, version: 2 };
      assert.deepEqual(now, expected);
      const bare = await patch(before.slug, { terms: null }, '"2"');
      assert.equal(listingShape.parse(await bare.json()).terms, null);
      assert.deepEqual(await topics(before), [
        'listing.created',
        'listing.updated',
        'listing.updated',
      ]);
    });

    it('keeps the row of a plan that is as before, and retires the others', async () => {
      const { slug } = await create({ plans: [HOUR, EURO] });
      const rows = () =>
        market.db.prisma.plan.findMany({
          where: { listing: { slug } },
          orderBy: { createdAt: 'asc' },
        });
      const [hour, euro] = await rows();
      const dearer = { ...EURO, price: { currency: 'EUR', amountMinor: 199 } };
      const answer = await patch(slug, { plans: [TRIAL, dearer, HOUR] }, '"1"');
      const { plans } = listingShape.parse(await answer.json());
      assert.deepEqual(
        plans.map(({ name }) => name),
        ['try', 'day', 'hour'],
      );
      const after = await rows();
      assert.equal(after.find(({ id }) => id === hour!.id)!.retiredAt, null);
      assert.ok(after.find(({ id }) => id === euro!.id)!.retiredAt);
      assert.equal(after.length, 4);
    });

    it('gives terms another hash with another text or licence, and keeps the old ones to be read', async () => {
      const made = await create({ terms: 'Be kind.' });
      const other = listingShape.parse(
        await (await patch(made.slug, { licence: 'CC-BY-4.0' }, '"1"')).json(),
      );
      assert.notEqual(other.terms!.hash, made.terms!.hash);
      for (const [{ terms }, licence] of [
        [made, 'CC0-1.0'],
        [other, 'CC-BY-4.0'],
      ] as const) {
        const answer = await fetch(terms!.url);
        assert.match(answer.headers.get('cache-control')!, /immutable/);
        const { createdAtMs, ...rest } = termsShape.parse(await answer.json());
        assert.ok(createdAtMs <= Date.now());
        assert.deepEqual(rest, { hash: terms!.hash, text: 'Be kind.', licence });
      }
      const none = await fetch(`${market.server.url}/v1/terms/${'0'.repeat(64)}`);
      assert.equal(await refusal(none, 404), 'terms-not-found');
    });

    it('A35 is told of no listing that is another seller’s', async () => {
      const { slug } = await create();
      const stranger = await market.db.prisma.seller.create({ data: { name: 'Stranger' } });
      const key = await createApiKey(market.db.prisma, stranger.id, 'test', 'sandbox');
      const authorization = `Bearer ${key}`;
      const path = `/v1/seller/listings/${slug}`;
      const answers = await Promise.all([
        send('GET', path, undefined, { authorization }),
        send('PATCH', path, { title: 'Mine' }, { authorization, 'if-match': '*' }),
        ...['publish', 'unlist', 'withdraw'].map((to) =>
          send('POST', `${path}/${to}`, undefined, { authorization }),
        ),
      ]);
      for (const answer of answers) assert.equal(await refusal(answer, 404), 'listing-not-found');
    });
  });

  describe('who moves a listing', () => {
    it('publishes, unlists and withdraws it, each once; withdrawn is final', async () => {
      const made = await create();
      const at = (to: string) => send('POST', `/v1/seller/listings/${made.slug}/${to}`);
      const seen = () => fetch(`${market.server.url}/v1/listings/${made.slug}`);
      assert.equal(await refusal(await at('unlist'), 409), 'listing-state');
      assert.equal((await seen()).status, 404);
      await publish(made);
      assert.equal((await seen()).status, 200);
      for (const to of ['unlist', 'unlist', 'publish', 'withdraw', 'withdraw']) {
        assert.equal((await at(to)).status, 200, to);
      }
      for (const to of ['publish', 'unlist']) {
        assert.equal(await refusal(await at(to), 409), 'listing-withdrawn');
      }
      assert.equal(
        await refusal(await patch(made.slug, { title: 'B' }, '*'), 409),
        'listing-withdrawn',
      );
      assert.equal(listingShape.parse(await (await seen()).json()).state, 'withdrawn');
      assert.deepEqual(await topics(made), [
        'listing.created',
        'listing.published',
        'listing.unlisted',
        'listing.published',
        'listing.withdrawn',
      ]);
    });

    it('may withdraw a draft, which nobody ever sees', async () => {
      const { slug } = await create();
      const withdrawn = await send('POST', `/v1/seller/listings/${slug}/withdraw`);
      assert.equal(listingShape.parse(await withdrawn.json()).state, 'withdrawn');
      assert.equal((await fetch(`${market.server.url}/v1/listings/${slug}`)).status, 404);
    });
  });

  it('reads own listings in pages, by state and by tag', async () => {
    const tag = `own-${randomBytes(4).toString('hex')}`;
    const slugs: string[] = [];
    for (let i = 0; i < 5; i += 1) slugs.unshift((await create({ tags: [tag] })).slug);
    await send('POST', `/v1/seller/listings/${slugs[0]}/withdraw`);
    const found: string[] = [];
    let cursor = '';
    do {
      const query = new URLSearchParams({
        tag,
        state: 'draft',
        limit: '2',
        ...(cursor && { cursor }),
      });
      const answer = await send('GET', `/v1/seller/listings?${query}`);
      const page = ownListingPage.parse(await answer.json());
      found.push(...page.listings.map((each) => each.slug));
      cursor = page.nextCursor ?? '';
    } while (cursor);
    assert.deepEqual(found, slugs.slice(1));
    const forged = await send('GET', '/v1/seller/listings?cursor=AAAA');
    assert.equal(await refusal(forged, 400), 'cursor-invalid');
  });

  it('finds that whoever has the public listing as it is need not read it again', async () => {
    const made = await create();
    await publish(made);
    const url = `${market.server.url}/v1/listings/${made.slug}`;
    const etag = (await fetch(url)).headers.get('etag')!;
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
    await patch(made.slug, { title: 'Other tide gauges' }, '*');
    assert.equal((await fetch(url, { headers: { 'if-none-match': etag } })).status, 200);
  });

  describe('of which many are on sale', () => {
    const tag = `sale-${randomBytes(4).toString('hex')}`;
    const search = (query: Record<string, string> | [string, string][]) =>
      fetch(`${market.server.url}/v1/listings?${new URLSearchParams(query)}`);
    before(async () => {
      for (let i = 0; i < 5; i += 1) {
        await publish(await create({ tags: [tag, `part-${i % 2}`], title: `Sale ${i}` }));
      }
    });

    it('is found by all tags at once, in pages, with the tags of what was found', async () => {
      const query: [string, string][] = [
        ['tag', tag],
        ['tag', 'part-0'],
      ];
      const answer = await search([...query, ['limit', '2']]);
      const first = listingPage.parse(await answer.json());
      assert.deepEqual(first.tags, [
        { tag: 'part-0', count: 3 },
        { tag, count: 3 },
      ]);
      const next = await search([...query, ['limit', '100'], ['cursor', first.nextCursor!]]);
      const second = listingPage.parse(await next.json());
      assert.deepEqual([second.listings.length, second.nextCursor, second.tags], [1, null, null]);
      const titles = [...first.listings, ...second.listings].map(({ title }) => title);
      assert.deepEqual(titles, ['Sale 4', 'Sale 2', 'Sale 0']);
    });

    it('gives cursors that fit no other search, and that nobody can make', async () => {
      const { nextCursor } = listingPage.parse(await (await search({ tag, limit: '2' })).json());
      const cursor = nextCursor!;
      const flipped = `${cursor.slice(0, -2)}${cursor.at(-2) === 'A' ? 'B' : 'A'}${cursor.at(-1)}`;
      for (const query of [
        { tag: 'part-1', cursor },
        { tag, cursor, sort: 'price' },
        { tag, cursor, q: 'sale' },
        { tag, cursor: flipped },
        { tag, cursor: Buffer.from('0 0').toString('base64url') },
        { tag, cursor: '~' },
      ]) {
        assert.equal(await refusal(await search(query), 400), 'cursor-invalid');
      }
      assert.equal((await search({ tag, cursor, limit: '7' })).status, 200);
      const dear = { tag, maxPriceMsat: '9'.repeat(19) };
      assert.equal((await search(dear)).status, 200);
    });

    for (const query of [
      { limit: '101' },
      { sort: 'random' },
      { maxPriceMsat: '-1' },
      { q: 'a\u0000b' },
      { kind: 'file' },
    ]) {
      it(`is not searched with ${JSON.stringify(query)}`, async () => {
        assert.equal(await refusal(await search(query), 400), 'invalid');
      });
    }
  });
});
