import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FeedKind } from '../../contract/index.ts';
import { dazaar, startDazaar } from '../buyer/cli.ts';
import { addFeed, type HostedFeed, send, texts } from '../server/feed-client.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { until } from '../support/until.ts';

const USAGE = 2;
const MARKET = 5;
const LOCAL = 9;
const INTERRUPTED = 130;

describe('dazaar append', () => {
  let market: TestMarket;
  let dir: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-append-'));
    market = await startMarket({ workers: false });
  });
  after(async () => {
    await market?.[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  const linesOf = (count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i, x: 'x'.repeat(80) }));
  const whole = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const options = () => ({
    home: join(dir, 'home'),
    market: market.server.url,
    env: { DAZAAR_API_KEY: market.apiKey },
  });
  const append = (...args: string[]) => dazaar(['append', '--json', ...args], options());
  const rows = ({ feedId }: HostedFeed) =>
    market.db.prisma.appendBatch.count({ where: { feedId } });

  async function blocksOf({ feedId }: HostedFeed): Promise<string[]> {
    const feed = market.seeder.feeds.feed(feedId);
    return feed ? texts(feed) : [];
  }

  async function fileOf(lines: readonly string[], name = `${Math.random()}.ndjson`) {
    const file = join(dir, name);
    await writeFile(file, whole(lines));
    return file;
  }

  async function fed(feed: HostedFeed, lines: readonly string[]): Promise<void> {
    await until(async () => (await blocksOf(feed)).length >= lines.length);
    assert.deepEqual(await blocksOf(feed), lines);
  }

  it('appends what is new in a file, and nothing when nothing is', async () => {
    const feed = await addFeed(market);
    const lines = linesOf(9_000);
    const file = await fileOf(lines);
    const first = await append(feed.slug, file);
    assert.equal(JSON.parse(first.stdout).blocks, 9_000, first.stderr);
    assert.equal(JSON.parse((await append(feed.slug, file)).stdout).blocks, 0);
    await appendFile(file, whole(linesOf(3, 9_000)));
    assert.equal(JSON.parse((await append(feed.slug, file)).stdout).blocks, 3);
    assert.deepEqual(await blocksOf(feed), [...lines, ...linesOf(3, 9_000)]);
  });

  it('A39 killed in the middle, while the file grows, and run again: no block twice, none missing', async () => {
    const feed = await addFeed(market);
    let lines = linesOf(24_000);
    const file = await fileOf(lines);
    for (const batches of [1, 3]) {
      const { child, ended } = startDazaar(['append', feed.slug, file], options());
      await until(async () => (await rows(feed)) >= batches);
      child.kill('SIGKILL');
      await ended;
      const more = linesOf(2_500, lines.length);
      await appendFile(file, whole(more));
      lines = [...lines, ...more];
    }
    const { code, stderr } = await append(feed.slug, file);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await blocksOf(feed), lines);
  });

  it('refuses a line that is no JSON by its place; put right, what was ahead is not appended twice', async () => {
    const feed = await addFeed(market);
    const lines = linesOf(8_500);
    const file = await fileOf([...lines.slice(0, 8_200), 'no JSON', ...lines.slice(8_201)]);
    const refused = await append(feed.slug, file);
    assert.equal(refused.code, MARKET);
    assert.match(JSON.parse(refused.stderr).error.message, /line 201.*from byte \d+ on/i);
    await writeFile(file, whole(lines));
    assert.equal((await append(feed.slug, file)).code, 0);
    assert.deepEqual(await blocksOf(feed), lines);
  });

  it('does not take another file for what was appended, unless told to append it anew', async () => {
    const feed = await addFeed(market);
    const file = await fileOf(['{"a":1}']);
    await append(feed.slug, file);
    await writeFile(file, '{"b":1}\n{"b":2}\n');
    const refused = await append(feed.slug, file);
    assert.equal(refused.code, LOCAL);
    assert.equal(JSON.parse(refused.stderr).error.code, 'source-changed');
    assert.equal((await append(feed.slug, file, '--anew')).code, 0);
    assert.deepEqual(await blocksOf(feed), ['{"a":1}', '{"b":1}', '{"b":2}']);
  });

  it('takes CSV with line feeds in quotes, one header for all batches', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer' }, text: {} } };
    const feed = await addFeed(market, 'hypercore', schema);
    const count = 17_000;
    const rowsOfFile = Array.from({ length: count }, (_, n) => `${n},"a\n""${n}"""`);
    const file = join(dir, 'rows.csv');
    await writeFile(file, `n,text\n${rowsOfFile.join('\n')}\n`);
    const { code, stderr } = await append(feed.slug, file);
    assert.equal(code, 0, stderr);
    const blocks = (await blocksOf(feed)).map((block) => JSON.parse(block));
    assert.deepEqual(
      blocks,
      Array.from({ length: count }, (_, n) => ({ n, text: `a\n"${n}"` })),
    );
  });

  it('keeps bytes as they are, and a document as one block', async () => {
    const feed = await addFeed(market);
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 256));
    const file = join(dir, 'picture.bin');
    await writeFile(file, bytes);
    assert.equal((await append(feed.slug, file)).code, 0);
    const { core } = market.seeder.feeds.feed(feed.feedId)!;
    const blocks = await Promise.all(Array.from({ length: core.length }, (_, i) => core.get(i)));
    assert.deepEqual(Buffer.concat(blocks as Buffer[]), bytes);
    const document = join(dir, 'document.json');
    await writeFile(document, '{\n  "a": 1\n}');
    assert.equal(JSON.parse((await append(feed.slug, document)).stdout).blocks, 1);
  });

  describe('a stream', () => {
    it('is appended as it comes, and its last whole line at Ctrl-C', async () => {
      const feed = await addFeed(market);
      const { child, ended } = startDazaar(['append', '--json', feed.slug], options(), 'pipe');
      child.stdin!.write('{"n":0}\n{"n":1}\n{"n"');
      await fed(feed, ['{"n":0}', '{"n":1}']);
      child.stdin!.write(':2}\n{"half');
      await fed(feed, ['{"n":0}', '{"n":1}', '{"n":2}']);
      child.stdin!.write('":3}\n{"half');
      child.kill('SIGINT');
      const { code, stdout, stderr } = await ended;
      assert.equal(code, 0, stderr);
      const blocks = await blocksOf(feed);
      assert.equal(JSON.parse(stdout).blocks, blocks.length);
      // Whether the last line was there before the signal is for the system to say; half a line is never appended.
      assert.ok([3, 4].includes(blocks.length), String(blocks));
    });

    it('with a name is gone on with when it comes again from its start', async () => {
      const feed = await addFeed(market);
      const lines = linesOf(30_000);
      const args = ['append', '--json', feed.slug, '-', '--name', 'log'];
      const killed = startDazaar(args, options(), 'pipe');
      killed.child.stdin!.on('error', () => {}).write(whole(lines));
      await until(async () => (await rows(feed)) >= 2);
      killed.child.kill('SIGKILL');
      await killed.ended;
      const again = startDazaar(args, options(), 'pipe');
      again.child.stdin!.end(whole(lines));
      const { code, stderr } = await again.ended;
      assert.equal(code, 0, stderr);
      assert.deepEqual(await blocksOf(feed), lines);
    });
  });

  describe('a watched folder', () => {
    async function watching(feed: HostedFeed, folder: string) {
      const running = startDazaar(['append', '--json', feed.slug, '--watch', folder], options());
      return {
        ...running,
        async stop(signal: NodeJS.Signals) {
          running.child.kill(signal);
          return running.ended;
        },
      };
    }
    async function folderOf(name: string): Promise<string> {
      const folder = join(dir, name);
      await mkdir(folder);
      return folder;
    }

    it('gives new lines and new files, goes on after a kill, and follows a log that is put aside', async () => {
      const feed = await addFeed(market);
      const folder = await folderOf('logs');
      const log = join(folder, 'a.ndjson');
      await writeFile(log, '{"n":0}\n');
      await writeFile(join(folder, 'notes.txt'), 'not a block\n');
      const first = await watching(feed, folder);
      await fed(feed, ['{"n":0}']);
      await appendFile(log, '{"n":1}\n{"n":2}\n{"n":');
      await fed(feed, ['{"n":0}', '{"n":1}', '{"n":2}']);
      await first.stop('SIGKILL');

      await appendFile(log, '3}\n');
      await rename(log, join(folder, 'a.1.ndjson'));
      await writeFile(log, '{"n":0}\n{"n":5}\n');
      const second = await watching(feed, folder);
      const all = ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}', '{"n":0}', '{"n":5}'];
      await fed(feed, all);
      await writeFile(join(folder, 'b.csv.part'), 'x');
      await writeFile(join(folder, 'c.jsonl'), '{"n":6}\n');
      await fed(feed, [...all, '{"n":6}']);
      const { code, stderr, stdout } = await second.stop('SIGINT');
      assert.equal(code, 0, stderr);
      // With those of the batch that the kill may have caught before its answer.
      assert.ok([4, 6].includes(JSON.parse(stdout).blocks), stdout);
    });

    it('passes over a file with a fault until it is put right', async () => {
      const feed = await addFeed(market);
      const folder = await folderOf('faulty');
      await writeFile(join(folder, 'a.ndjson'), 'no JSON\n');
      await writeFile(join(folder, 'b.ndjson'), '{"b":1}\n');
      const running = await watching(feed, folder);
      await fed(feed, ['{"b":1}']);
      assert.match(running.stderr(), /a\.ndjson, from byte 0 on/);
      await writeFile(join(folder, 'a.ndjson'), '{"a":1}\n');
      await fed(feed, ['{"b":1}', '{"a":1}']);
      await running.stop('SIGTERM');
    });

    it('puts the files of a drive that change', async () => {
      const feed = await addFeed(market, 'hyperdrive' as FeedKind);
      const folder = await folderOf('drive');
      await mkdir(join(folder, 'maps'));
      await writeFile(join(folder, 'maps/a.txt'), 'one');
      await writeFile(join(folder, '.hidden'), 'not put');
      const running = await watching(feed, folder);
      const sizes = async () => {
        const path = `/v1/seller/listings/${feed.slug}/files`;
        const answer = await send(market, 'GET', path)();
        const { files } = (await answer.json()) as { files: { path: string; size: number }[] };
        return JSON.stringify(files.map(({ path, size }) => [path, size]));
      };
      await until(async () => (await sizes()) === '[["/maps/a.txt",3]]');
      await writeFile(join(folder, 'maps/a.txt'), 'another');
      await writeFile(join(folder, 'b.txt'), 'b');
      await until(async () => (await sizes()) === '[["/b.txt",1],["/maps/a.txt",7]]');
      await running.stop('SIGINT');
    });
  });

  it('changes entries of a Hyperbee, a line each', async () => {
    const feed = await addFeed(market, 'hyperbee');
    const file = join(dir, 'entries.ndjson');
    const changes = Array.from({ length: 9_000 }, (_, n) => ({
      op: 'put',
      key: `k${n}`,
      value: n,
    }));
    await writeFile(file, whole(changes.map((change) => JSON.stringify(change))));
    const { code, stdout, stderr } = await append(feed.slug, file);
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).blocks, 9_000);
    const csv = join(dir, 'entries.csv');
    await writeFile(csv, 'op,key\nput,a\n');
    assert.equal((await append(feed.slug, csv)).code, USAGE);
  });

  it('waits for a market that wants it slower; Ctrl-C ends that, and it goes on from there', async () => {
    await using slow = await startMarket({
      workers: false,
      limits: { uploads: { amount: 1_000, windowSeconds: 3 } },
    });
    const feed = await addFeed(slow);
    const lines = linesOf(20_000);
    const file = await fileOf(lines);
    const there = { home: join(dir, 'home'), market: slow.server.url };
    const toSlow = { ...there, env: { DAZAAR_API_KEY: slow.apiKey } };
    const { child, ended } = startDazaar(['append', feed.slug, file], toSlow);
    await until(async () => (await slow.db.prisma.appendBatch.count()) === 1);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, INTERRUPTED);
    assert.equal(stderr, 'dazaar: stopped; run it again to go on\n');
    const again = await dazaar(['append', feed.slug, file], toSlow);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await texts(slow.seeder.feeds.feed(feed.feedId)!), lines);
  });

  it('says which key it needs, and that a listing is not yours', async () => {
    const { env: _, ...without } = options();
    const file = await fileOf(['{}']);
    const noKey = await dazaar(['append', 'feed', file], without);
    assert.equal(noKey.code, USAGE);
    assert.match(noKey.stderr, /^dazaar: no API key for http:.*; set DAZAAR_API_KEY/);
    const notYours = await append('not-there', file);
    assert.equal(notYours.code, USAGE);
    assert.match(JSON.parse(notYours.stderr).error.message, /no listing "not-there"/);
  });
});
