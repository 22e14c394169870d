import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { isRefusal } from '../../domain/refusal.ts';
import { sendToBuyers } from '../../flow/send-message.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, send } from '../support/request.ts';
import { listFeed, placeOrder, type ShopListing, until } from '../support/shop.ts';
import { buyerKeyIn, dazaar, startDazaar } from './cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const FREE = [{ name: 'free', kind: 'free' }];
const NO_ACCESS = 3;
const USAGE = 2;

describe('messages on the command line', () => {
  let market: TestMarket;
  let listing: ShopListing;
  before(async () => {
    market = await startMarket({ workers: false });
    listing = await listFeed(market, [], FREE);
  });
  after(() => market[Symbol.asyncDispose]());

  /** Somebody with a home directory who has a key, and has taken the listing. */
  async function buyer(t: TestContext, slug: string = listing.slug) {
    const home = join(await temporaryDirectory(t), 'home');
    const options = { home, market: market.server.url };
    const run = (...args: string[]) => dazaar(['messages', ...args], options);
    const lines = async (...args: string[]) => {
      const { code, stdout, stderr } = await run('--json', ...args);
      assert.equal(code, 0, stderr);
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    };
    assert.equal((await dazaar(['keygen'], options)).code, 0);
    const key = await buyerKeyIn(home);
    await placeOrder(market, slug, { plan: 'free', buyerKey: key });
    return { home, options, run, lines, key };
  }

  async function say(body: string | object, to?: string, name = 'news', slug = listing.slug) {
    const message = {
      sellerId: market.sellerId,
      slug,
      to: to === undefined ? null : Uint8Array.from(Buffer.from(to, 'hex')),
      name,
      body: body as string,
    };
    assert.ok(!isRefusal(await sendToBuyers(market.db.prisma, message, null)));
  }

  it('tells what came since the last time, and all with --all', async (t) => {
    const ada = await buyer(t);
    await say('Welcome!');
    await say({ added: ['snow'] }, ada.key, 'schema');
    const first = await ada.lines();
    assert.deepEqual(
      first.map(({ name, body, isBroadcast }) => [name, body, isBroadcast]),
      [
        ['news', 'Welcome!', true],
        ['schema', { added: ['snow'] }, false],
      ],
    );
    assert.equal(first[0].listing, listing.slug);
    assert.deepEqual(await ada.lines(listing.slug), []);
    await say('Later.');
    const named = await ada.lines('--name', 'other');
    assert.deepEqual(named, []);
    assert.deepEqual(
      (await ada.lines()).map(({ body }) => body),
      ['Later.'],
    );
    assert.equal((await ada.lines('--all')).length, 3);
    const schema = await ada.lines('--all', '--name', 'schema');
    assert.deepEqual(schema, first.slice(1));
  });

  it('shows people a text as it was written, and nothing that a terminal would obey', async (t) => {
    const ada = await buyer(t);
    await say('two\nlines \u001b[31mred\u202e', ada.key);
    const { stdout, code } = await ada.run();
    assert.equal(code, 0);
    assert.match(stdout, /news\n {2}two\n {2}lines \[31mred\n$/);
  });

  it('follows what comes under a name until Ctrl-C, each once, and then all', async (t) => {
    const ada = await buyer(t);
    await say('before', ada.key);
    await say('another', ada.key, 'other');
    const args = ['messages', listing.slug, '--follow', '--json', '--name', 'news'];
    const following = startDazaar(args, ada.options);
    const bodies = () =>
      following
        .stdout()
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l).body);
    await until(async () => bodies().includes('before'));
    for (const peer of ['one', 'two', 'three']) await say(peer, ada.key);
    await until(async () => bodies().includes('three'));
    assert.deepEqual(bodies(), ['before', 'one', 'two', 'three']);
    following.child.kill('SIGINT');
    const { code } = await following.ended;
    assert.equal(code, 0);
    const all = startDazaar(['messages', '--follow', '--json'], ada.options);
    await until(async () => all.stdout().split('\n').length === 6);
    await say('four', ada.key);
    await until(async () => all.stdout().includes('four'));
    all.child.kill('SIGINT');
    assert.equal((await all.ended).code, 0);
    assert.equal(all.stdout().split('\n').length, 7, 'none is told twice');
    assert.deepEqual(await ada.lines(), [], 'what was followed counts as read');
  });

  it('has more than a page of them, all in order', async (t) => {
    const own = await listFeed(market, [], FREE);
    const ada = await buyer(t, own.slug);
    for (let n = 0; n < 40; n++) await say(`${n}`, ada.key, 'n', own.slug);
    const bodies = (await ada.lines()).map(({ body }) => Number(body));
    assert.deepEqual(
      bodies,
      Array.from({ length: 40 }, (_, n) => n),
    );
  });

  it('writes to the seller, who reads it, answers, and has seen it', async (t) => {
    const ada = await buyer(t);
    const env = { DAZAAR_API_KEY: market.apiKey };
    const inbox = (...args: string[]) =>
      dazaar(['inbox', '--json', ...args], { ...ada.options, env });
    const [sent] = await ada.lines('send', listing.slug, 'question', 'Is it complete?');
    assert.ok(sent.seq);
    await writeFile(join(ada.home, 'review.json'), '{"stars": 5}');
    const piped = startDazaar(
      ['messages', 'send', listing.slug, 'review', '-', '--as', 'json'],
      ada.options,
      'pipe',
    );
    piped.child.stdin!.end(await readFile(join(ada.home, 'review.json')));
    assert.equal((await piped.ended).code, 0);

    const unread = await inbox(listing.slug, '--seen', '--buyer', ada.key);
    const heard = unread.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      heard.map(({ name, body, buyerKey }) => [name, body, buyerKey]),
      [
        ['question', 'Is it complete?', ada.key],
        ['review', { stars: 5 }, ada.key],
      ],
    );
    assert.equal((await inbox('--buyer', ada.key)).stdout, '');
    assert.equal((await inbox('--all', '--name', 'review')).stdout.split('\n').length, 2);
    const answer = ['send', listing.slug, 'question', 'It is.', '--to', ada.key];
    assert.equal((await inbox(...answer)).code, 0);
    const all = await inbox('send', listing.slug, 'news', 'Thanks to all', '--to-all');
    assert.ok(JSON.parse(all.stdout).reaches > 0);
    const bodies = (await ada.lines()).slice(-2).map(({ body }) => body);
    assert.deepEqual(bodies, ['It is.', 'Thanks to all']);

    const human = await dazaar(['inbox', '--all', '--buyer', ada.key], { ...ada.options, env });
    assert.match(human.stdout, new RegExp(`question {2}from ${ada.key}\n {2}Is it complete`));
  });

  it('says what is wrong in one line', async (t) => {
    const ada = await buyer(t);
    const other = await listFeed(market, [], FREE);
    const cases: [args: string[], code: number, says: RegExp][] = [
      [[other.slug], NO_ACCESS, /you never had access to/],
      [['send', other.slug, 'question', 'Hm?'], NO_ACCESS, /you never had access to/],
      [['send', listing.slug, 'two words', 'Hm?'], USAGE, /The name of a message/],
      [['send', listing.slug, 'big', 'x'.repeat(16_400)], USAGE, /at most 16 KiB/],
      [['send', listing.slug, 'n', '{', '--as', 'json'], USAGE, /is no JSON/],
      [['send', listing.slug, 'n', '1', '--as', 'xml'], USAGE, /--as must be/],
    ];
    for (const [args, code, says] of cases) {
      const ended = await ada.run(...args);
      assert.equal(ended.code, code, ended.stderr);
      assert.match(ended.stderr, says);
      assert.equal(ended.stderr.trim().split('\n').length, 1, ended.stderr);
    }
    const env = { DAZAAR_API_KEY: market.apiKey };
    const nobody = await dazaar(['inbox', 'send', listing.slug, 'n', 'Hm?'], {
      ...ada.options,
      env,
    });
    assert.equal(nobody.code, USAGE);
    assert.match(nobody.stderr, /say whom it is for/);
    const path = '/v1/seller/messages';
    const headers = { authorization: `Bearer ${market.apiKey}` };
    const { messages } = await answered(send(market, `${path}?name=big`, { headers }));
    assert.deepEqual(messages, []);
  });
});
