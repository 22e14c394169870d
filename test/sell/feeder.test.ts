import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Checkpoint, newCheckpoint } from '../../sell/append/checkpoint.ts';
import { cut, headerEnd, MAX_BATCH_BYTES } from '../../sell/append/cut.ts';
import { feedFrom } from '../../sell/append/feeder.ts';
import { FileSource } from '../../sell/append/file-source.ts';
import { PipeSource } from '../../sell/append/pipe-source.ts';
import { SellerClient } from '../../sell/seller-client.ts';
import { addFeed, texts } from '../server/feed-client.ts';
import { startMarket, type TestMarket } from '../support/market.ts';

const NEVER = new AbortController().signal;

describe('feeding a feed from a file', () => {
  let market: TestMarket;
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-feeder-'));
    market = await startMarket({ workers: false });
  });
  after(async () => {
    await market?.[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  const lines = Array.from({ length: 8_500 }, (_, n) => `{"n":${n}}`);
  const more = Array.from({ length: 10 }, (_, n) => `{"m":${n}}`);
  // Two batches, and of each that it is on its way, and that it is done.
  const crashes = [1, 2, 3, 4].flatMap((write) => [
    { write, isWritten: false },
    { write, isWritten: true },
  ]);

  for (const { write, isWritten } of crashes) {
    const where = isWritten ? 'behind' : 'ahead of';
    it(`A39 killed ${where} note ${write}, it goes on with every block once, although the file grew`, async () => {
      const { slug, feedId } = await addFeed(market);
      const file = join(dir, `${slug}.ndjson`);
      await writeFile(file, lines.map((line) => `${line}\n`).join(''));
      let kept: Checkpoint | null = null;
      let writes = 0;

      const run = async (crashAt: number) => {
        await using handle = await open(file);
        const source = await FileSource.open(handle, { format: 'ndjson', isGrowing: true });
        const client = new SellerClient({ url: market.server.url, apiKey: market.apiKey });
        await feedFrom({
          feed: { client, slug, kind: 'hypercore' },
          source: source!,
          checkpoint: kept ?? newCheckpoint(file, 'ndjson'),
          async keep(checkpoint) {
            writes += 1;
            if (writes === crashAt && !isWritten) throw new Error('killed');
            kept = checkpoint;
            if (writes === crashAt) throw new Error('killed');
          },
          signal: NEVER,
          onAppended: () => undefined,
        });
      };
      await assert.rejects(run(write), /killed/);
      await appendFile(file, more.map((line) => `${line}\n`).join(''));
      await run(0);
      assert.deepEqual(await texts(market.seeder.feeds.feed(feedId)!), [...lines, ...more]);
    });
  }
});

describe('cutting batches', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '\n', '"', 'é') });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it('ends CSV between two rows, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), fc.nat(), (cells, at) => {
        const rows = cells.map((text) => Buffer.from(`${quoted(text)}\n`));
        const ends = rows.map((_, i) => Buffer.concat(rows.slice(0, i + 1)).length);
        const all = Buffer.concat(rows);
        const bytes = all.subarray(0, at % (all.length + 1));
        const length = cut(bytes, 'csv', false);
        assert.equal(length, ends.filter((end) => end <= bytes.length).at(-1) ?? 0);
        assert.equal(headerEnd(all), ends[0]);
      }),
    );
  });

  it('gives all bytes of a stream once and in order, however it comes in', async () => {
    const chunk = fc.string({ unit: fc.constantFrom('a', '\n') });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), async (chunks) => {
        const stream = (async function* () {
          for (const text of chunks) yield Buffer.from(text);
        })();
        const source = await PipeSource.open(stream, 'ndjson', NEVER);
        const parts: Buffer[] = [];
        for (let at = 0; ; ) {
          const stretch = await source.next(at);
          if (!stretch) break;
          parts.push(Buffer.from(stretch.bytes));
          at = stretch.to;
        }
        assert.equal(Buffer.concat(parts).toString(), chunks.join(''));
      }),
      { numRuns: 50 },
    );
  });

  it('takes no line that is longer than a block may be', () => {
    assert.throws(() => cut(Buffer.alloc(MAX_BATCH_BYTES, 'a'), 'ndjson', false), /1 MiB/);
    assert.equal(cut(Buffer.alloc(MAX_BATCH_BYTES - 1, 'a'), 'ndjson', true), MAX_BATCH_BYTES - 1);
  });
});
