import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { startMarket, type TestMarket } from '../support/market.ts';
import { type StockItem, stock } from './stock.ts';

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const HOSTILE = '</text><script>alert(1)</script>"\'&]]>\u{fffe}';
const items = [1, 5, 3, 8].map((level, index) => ({ index, value: { time: 't', level } }));

const LISTINGS: StockItem[] = [
  {
    slug: 'plain',
    title: 'River levels',
    description: 'Levels of **all** rivers. And more.',
    tags: ['water'],
    priceSat: 12,
    preview: { items },
  },
  { slug: 'hostile', title: HOSTILE, description: HOSTILE, priceSat: 1 },
  { slug: 'endless', title: 'W'.repeat(120), priceSat: 1 },
  { slug: 'wordy', title: 'All that is known of it '.repeat(5).trim(), priceSat: 1 },
  { slug: 'far-east', title: '東京の天気 🌦️👩‍👩‍👧‍👦 مرحبا', priceSat: 1 },
];

describe('what search engines and previews of links are told', () => {
  let market: TestMarket;
  let origin: string;
  before(async () => {
    market = await startMarket({ workers: false });
    origin = market.server.url;
    await stock(market.db.prisma, market.sellerId, LISTINGS);
  });
  after(() => market?.[Symbol.asyncDispose]());

  it('a listing is a schema.org Dataset, whatever is in it', async () => {
    const [dataset] = jsonLd(await read('/listings/plain'));
    assert.equal(dataset['@type'], 'Dataset');
    assert.equal(dataset.name, 'River levels');
    assert.equal(dataset.url, `${origin}/listings/plain`);
    assert.equal(dataset.license, 'https://spdx.org/licenses/CC0-1.0.html');
    assert.deepEqual(dataset.keywords, ['water']);
    assert.equal(dataset.creator.name, 'Test seller');
    assert.equal(dataset.isAccessibleForFree, false);
    assert.ok(Math.abs(Date.parse(dataset.dateModified) - Date.now()) < 600_000);
    const [offer] = dataset.offers;
    assert.deepEqual([offer.price, offer.priceCurrency], ['0.00000012', 'BTC']);
    assert.match(dataset.distribution[0].contentUrl, /^hyper:\/\/[0-9a-f]{64}$/);

    const [hostile] = jsonLd(await read('/listings/hostile'));
    assert.equal(hostile.name, HOSTILE);
  });

  it('pages have one address, and links a preview', async () => {
    for (const [path, canonical] of [
      ['/', '/'],
      ['/?sort=newest', '/'],
      ['/?tag=water', '/?tag=water'],
      ['/listings/plain?utm_source=x', '/listings/plain'],
    ]) {
      const head = headOf(await read(path!));
      assert.equal(head.get('canonical'), origin + canonical, path);
      assert.equal(head.get('og:url'), origin + canonical, path);
      assert.equal(head.get('twitter:card'), 'summary_large_image');
      assert.ok(await (await fetch(head.get('og:image')!)).arrayBuffer());
    }
    for (const path of ['/?q=river', '/?price=5', '/?tag=water&tag=air', '/login']) {
      const head = headOf(await read(path));
      assert.equal(head.get('robots'), 'noindex', path);
      assert.equal(head.get('canonical'), undefined, path);
    }
  });

  it('each listing has a picture, whatever its title is made of', async () => {
    const seen = new Set<string>();
    for (const path of ['', ...LISTINGS.map(({ slug }) => `/listings/${slug}`)]) {
      const answer = await fetch(`${origin}${path}/picture.png`);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers.get('content-type'), 'image/png');
      assert.match(answer.headers.get('cache-control')!, /public, max-age=\d+/);
      const bytes = Buffer.from(await answer.arrayBuffer());
      assert.deepEqual(bytes.subarray(0, 8), PNG);
      assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1200, 630]);
      const etag = answer.headers.get('etag')!;
      seen.add(etag);
      const again = await fetch(`${origin}${path}/picture.png`, {
        headers: { 'If-None-Match': etag },
      });
      assert.equal(again.status, 304);
    }
    assert.equal(seen.size, LISTINGS.length + 1);
    await market.db.prisma.listing.update({ where: { slug: 'plain' }, data: { title: 'Renamed' } });
    const renamed = await fetch(`${origin}/listings/plain/picture.png`);
    assert.ok(!seen.has(renamed.headers.get('etag')!), 'a change is drawn');
    assert.equal((await fetch(`${origin}/listings/nothing/picture.png`)).status, 404);
  });

  it('robots are told what is one visitor’s own, and where the map is', async () => {
    const text = await read('/robots.txt');
    for (const path of ['/orders/', '/shelf', '/desk', '/wallet']) {
      assert.match(text, new RegExp(`^Disallow: ${path}$`, 'm'));
    }
    assert.match(text, new RegExp(`^Sitemap: ${origin}/sitemap.xml$`, 'm'));
    const icon = await fetch(`${origin}/favicon.svg`);
    assert.equal(icon.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
  });

  it('the map names all that is on sale, in several files when one is too small', async () => {
    const small = await read('/sitemap.xml');
    assert.deepEqual(addresses(small), [
      '/',
      '/help',
      ...LISTINGS.map(({ slug }) => `/listings/${slug}`),
    ]);
    assert.match(small, /<lastmod>\d{4}-\d\d-\d\dT/);
    await market.db.prisma.$executeRaw`
      INSERT INTO listings (seller_id, slug, title, description, tags, licence, state, published_at, updated_at)
      SELECT ${market.sellerId}::uuid, 'many-' || n, 'x', '', '{}', '', 'live', now(), now()
      FROM generate_series(1, 50000) AS n`;
    assert.deepEqual(addresses(await read('/sitemap.xml')), ['/sitemaps/1.xml', '/sitemaps/2.xml']);
    const all = [...addresses(await read('/sitemaps/2.xml'))];
    assert.equal(all.length, 50_000 + 2 + LISTINGS.length - 50_000);
    assert.equal((await fetch(`${origin}/sitemaps/3.xml`)).status, 404);
  });

  async function read(path: string): Promise<string> {
    const answer = await fetch(origin + path, { headers: { accept: 'text/html' } });
    assert.equal(answer.status, 200, path);
    return answer.text();
  }

  function addresses(xml: string): string[] {
    return [...xml.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, address]) => {
      assert.ok(address!.startsWith(origin), address);
      return address!.slice(origin.length);
    });
  }
});

type Element = DefaultTreeAdapterTypes.Element;

function elements(markup: string): Element[] {
  const within = (nodes: DefaultTreeAdapterTypes.ChildNode[]): Element[] =>
    nodes.flatMap((node) => ('tagName' in node ? [node, ...within(node.childNodes)] : []));
  return within(parse(markup).childNodes);
}

/** What links and meta elements of a page say, by their names. */
function headOf(markup: string): Map<string, string> {
  const said = elements(markup).map(({ attrs }) => {
    const { rel, href, name, property, content } = Object.fromEntries(
      attrs.map(({ name, value }) => [name, value]),
    );
    return [rel ?? name ?? property ?? '', href ?? content ?? ''] as const;
  });
  return new Map(said);
}

// biome-ignore lint/suspicious/noExplicitAny: it is looked into member by member
function jsonLd(markup: string): any[] {
  return elements(markup)
    .filter(({ attrs }) => attrs.some(({ value }) => value === 'application/ld+json'))
    .map(({ childNodes: [text] }) => JSON.parse((text as DefaultTreeAdapterTypes.TextNode).value));
}
