import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Appended, appended, problem } from '../../contract/index.ts';
import { encodeBlocks } from '../../protocol/block-batch.ts';
import { connectBuyer } from '../seeder/loopback.ts';
import { grant } from '../seeder/market.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { addFeed, type HostedFeed, send } from './feed-client.ts';

const NDJSON = 'application/x-ndjson';
const FRAMED = 'application/vnd.dazaar.blocks';
const MIB = 1024 * 1024;

describe('appending blocks', () => {
  let market: TestMarket;
  before(async () => {
    market = await startMarket({ workers: false });
  });
  after(() => market[Symbol.asyncDispose]());
  afterEach(async () => {
    assert.equal((await fetch(`${market.server.url}/v1/listings`)).status, 200, 'it goes on');
  });

  const id = () => randomBytes(8).toString('hex');
  const post = (
    { slug }: HostedFeed,
    contentType: string,
    body: NonNullable<RequestInit['body']>,
    batchId = id(),
  ) =>
    send(market, 'POST', `/v1/seller/listings/${slug}/blocks?batchId=${batchId}`, {
      'content-type': contentType,
    })(body);
  const accepted = async (answer: Response): Promise<Appended> => {
    const body = await answer.json();
    assert.equal(answer.status, 201, JSON.stringify(body));
    return appended.parse(body);
  };

  /** The blocks as a buyer with a grant gets them. */
  async function bought({ feedId }: HostedFeed, length: number): Promise<string[]> {
    const { prisma } = market.db;
    await using buyer = await connectBuyer(market.bootstrap, market.seeder.key);
    await grant(prisma, feedId, buyer.key, null);
    const { key } = await prisma.feedCore.findFirstOrThrow({ where: { feedId } });
    const core = await buyer.open(key);
    const blocks = await Promise.all(
      Array.from({ length }, (_, index) => core.get(index, { timeout: 20_000 })),
    );
    return blocks.map(String);
  }

  async function refused(answer: Response, status: number, code: string, detail?: RegExp) {
    const body = await answer.json();
    assert.equal(answer.status, status, JSON.stringify(body));
    const told = problem.parse(body);
    assert.equal(told.code, code);
    if (detail) assert.match(told.detail ?? '', detail);
  }

  it('takes lines of JSON, one JSON value and framed bytes, and a buyer gets them in order', async () => {
    const feed = await addFeed(market);
    const lines = await accepted(await post(feed, NDJSON, '{"n":1}\r\n\n[2]\n"three, ü"'));
    assert.deepEqual(lines.ranges, [{ firstIndex: 0, blocks: 3 }]);
    assert.deepEqual([lines.firstIndex, lines.blocks, lines.length], [0, 3, 3]);
    const one = await accepted(await post(feed, 'application/json; charset=utf-8', '{"n": 4}'));
    assert.equal(one.firstIndex, 3);
    const framed = encodeBlocks([Buffer.from('five\n'), Buffer.from('six')]);
    assert.equal((await accepted(await post(feed, FRAMED, framed))).length, 6);
    assert.deepEqual(await bought(feed, 6), [
      '{"n":1}',
      '[2]',
      '"three, ü"',
      '{"n": 4}',
      'five\n',
      'six',
    ]);
  });

  it('makes blocks of the rows of a CSV file by the columns of the block schema', async () => {
    const feed = await addFeed(market, 'hypercore', {
      type: 'object',
      properties: {
        at: { type: 'string' },
        ppm: { type: ['number', 'null'] },
        n: { type: 'integer' },
        ok: { type: 'boolean' },
        tags: { type: 'array' },
      },
      required: ['at', 'ppm'],
    });
    const csv = '\ufeffppm,at,n,tags\r\n315.70,"a ""b"",\nc",1,"[1,2]"\r\n,d,,\r\n';
    await accepted(await post(feed, 'text/csv', csv));
    assert.deepEqual(await bought(feed, 2), [
      '{"ppm":315.70,"at":"a \\"b\\",\\nc","n":1,"tags":[1,2]}',
      '{"ppm":null,"at":"d"}',
    ]);
    const wrong: [string, RegExp][] = [
      ['at,ppm\na,b', /Line 2, column "ppm": "b" is no number or null/],
      ['at,ppm,n\na,1,1\na,1,1.5', /Line 3, column "n"/],
      ['at,ppm\na', /Line 2/],
      ['at,ppm\n"a', /Line/],
      ['at,ppm,more\na,1,2', /column "more" is not in/],
      ['at,at,ppm\na,b,1', /column "at" is there twice/],
      ['at\na', /column "ppm" is missing/],
      ['at,ppm', /no block/],
    ];
    for (const [body, detail] of wrong) {
      await refused(await post(feed, 'text/csv', body), 422, 'block-invalid', detail);
    }
    const latin1 = Buffer.from('at,ppm\n\xe4,1\n', 'latin1');
    await refused(await post(feed, 'text/csv', latin1), 422, 'block-invalid', /UTF-8/);
    const plain = await addFeed(market);
    await refused(await post(plain, 'text/csv', 'a\n1'), 422, 'block-invalid', /declares no/);
  });

  it('A39 refuses what is no block, and says where', async () => {
    const feed = await addFeed(market);
    const wrong: [string, Buffer | string, number, string, RegExp][] = [
      [NDJSON, '', 422, 'block-invalid', /no block/],
      [NDJSON, '\n\n', 422, 'block-invalid', /no block/],
      [NDJSON, '{}\n{', 422, 'block-invalid', /Line 2 /],
      [NDJSON, '\n{}\n{} {}\n{}', 422, 'block-invalid', /Line 3 /],
      [NDJSON, Buffer.from([0x22, 0xff, 0x22, 0x0a]), 422, 'block-invalid', /Line 1 .*UTF-8/],
      [NDJSON, Buffer.from('"\xe4"\n', 'latin1'), 422, 'block-invalid', /Line 1 /],
      [NDJSON, `1\n"${'x'.repeat(MIB)}"`, 413, 'block-too-large', /Line 2 /],
      [NDJSON, `1\n"${'x'.repeat(3 * MIB)}"`, 413, 'block-too-large', /Line 2 /],
      ['application/json', `"${'x'.repeat(MIB)}"`, 413, 'block-too-large', /1 MiB/],
      ['application/json', '{', 422, 'block-invalid', /JSON/],
      ['application/json', '', 422, 'block-invalid', /JSON/],
      [FRAMED, Buffer.from([0, 0, 0, 2, 1]), 422, 'block-invalid', /ends within block 0/],
      [FRAMED, Buffer.from([0, 0, 0, 1, 1, 0, 0]), 422, 'block-invalid', /ends within block 1/],
      [FRAMED, Buffer.from([0, 0, 0, 0]), 422, 'block-invalid', /Block 0 is empty/],
      [FRAMED, Buffer.from([0xff, 0xff, 0xff, 0xff, 1]), 413, 'block-too-large', /Block 0 /],
    ];
    for (const [contentType, body, status, code, detail] of wrong) {
      await refused(await post(feed, contentType, body), status, code, detail);
    }
    assert.equal(await market.db.prisma.appendBatch.count({ where: { feedId: feed.feedId } }), 0);
    for (const contentType of ['text/plain', `${NDJSON}; charset=latin1`, '']) {
      await refused(await post(feed, contentType, '{}'), 415, 'unsupported-media-type');
    }
    const path = `/v1/seller/listings/${feed.slug}/blocks?batchId=x`;
    const packed = send(market, 'POST', path, {
      'content-type': NDJSON,
      'content-encoding': 'gzip',
    });
    await refused(await packed('{}'), 415, 'unsupported-media-type');
    await refused(await post(feed, NDJSON, '{}', 'a b'), 400, 'invalid');
  });

  it('takes blocks of 1 MiB to the byte', async () => {
    const feed = await addFeed(market);
    const block = `"${'x'.repeat(MIB - 2)}"`;
    assert.equal((await accepted(await post(feed, NDJSON, `${block}\n${block}\n`))).blocks, 2);
    assert.equal((await accepted(await post(feed, 'application/json', block))).firstIndex, 2);
    const framed = encodeBlocks([Buffer.alloc(MIB, 1)]);
    assert.equal((await accepted(await post(feed, FRAMED, framed))).length, 4);
  });

  it('appends a batch once, and refuses other content under its id', async () => {
    const feed = await addFeed(market);
    const lines = Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}`);
    const body = lines.join('\n');
    const first = await accepted(await post(feed, NDJSON, body, 'b'));
    assert.equal(first.blocks, 20_000);
    const again = await Promise.all([
      post(feed, NDJSON, body, 'b'),
      post(feed, FRAMED, encodeBlocks(lines.map((line) => Buffer.from(line))), 'b'),
    ]);
    for (const answer of again) assert.deepEqual(await accepted(answer), first);
    const others = [
      lines.with(3, '0').join('\n'),
      lines.with(19_999, '0').join('\n'),
      lines.slice(0, 8_192).join('\n'),
      lines.slice(0, 19_999).join('\n'),
      `${body}\n0`,
    ];
    for (const other of others) {
      await refused(await post(feed, NDJSON, other, 'b'), 422, 'batch-differs');
    }
    assert.equal((await accepted(await post(feed, NDJSON, '0'))).firstIndex, 20_000);
  });

  it('says where the parts of batches stand that came at once', async () => {
    const feed = await addFeed(market);
    const text = 'x'.repeat(100_000);
    const body = (name: string) =>
      Array.from({ length: 60 }, (_, n) => `["${name}",${n},"${text}"]`).join('\n');
    const names = ['a', 'b', 'c'];
    const answers = await Promise.all(
      names.map(async (name) => accepted(await post(feed, NDJSON, body(name), name))),
    );
    const blocks = await bought(feed, 180);
    for (const [i, { ranges, blocks: count, length }] of answers.entries()) {
      const own = ranges.flatMap((r) => blocks.slice(r.firstIndex, r.firstIndex + r.blocks));
      assert.equal(own.join('\n'), body(names[i]!));
      assert.equal(count, 60);
      assert.equal(length, ranges.at(-1)!.firstIndex + ranges.at(-1)!.blocks);
    }
  });

  it('tells whose feed it is not, of another kind, or withdrawn', async () => {
    const bee = await addFeed(market, 'hyperbee');
    await refused(await post(bee, NDJSON, '{}'), 409, 'feed-kind', /Hyperbee/);
    const none = { slug: 'there-is-none', feedId: '' };
    await refused(await post(none, NDJSON, '{}'), 404, 'listing-not-found');
    const gone = await addFeed(market);
    await market.db.prisma.listing.update({
      where: { slug: gone.slug },
      data: { state: 'withdrawn', publishedAt: new Date() },
    });
    // Its buyers are owed what they paid for to the end.
    assert.equal((await post(gone, NDJSON, '{}')).status, 201);
  });
});
