import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { problem } from '../../contract/problem.ts';
import { signBuyerToken } from '../../protocol/buyer-token.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { takeAway } from '../seeder/market.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { append, listFeed, type ShopListing, until } from '../support/shop.ts';
import { download, newReader, urlOf } from './reader.ts';

// More than what fits between a gateway and a reader who does not read.
const BIG_ROWS = Array.from({ length: 1_500 }, (_, i) => ({ i, text: 'x'.repeat(8_000) }));
const BATCH = 300;

let market: TestMarket;
let big: ShopListing;
let small: ShopListing;

before(async () => {
  market = await startMarket({ workers: false, trustedProxies: ['127.0.0.1/32'] });
  big = await listFeed(market, BIG_ROWS.slice(0, BATCH));
  for (let at = BATCH; at < BIG_ROWS.length; at += BATCH) {
    await append(market, big.slug, BIG_ROWS.slice(at, at + BATCH));
  }
  small = await listFeed(market, [{ i: 0 }, { i: 1 }]);
});

after(() => market[Symbol.asyncDispose]());

const blocksOf = ({ feedId }: ShopListing) => `/v1/feeds/${feedId}/blocks`;

async function codeOf(answer: Response): Promise<[number, string]> {
  const text = await answer.text();
  assert.doesNotMatch(text, /"i":/, 'no block in a refusal');
  return [answer.status, problem.parse(JSON.parse(text)).code];
}

test('A25: without a credential there is no block, no length and no proof', async () => {
  for (const path of ['blocks', 'head', 'tail', 'entries', 'entries/a', 'files', 'files/a/b']) {
    const answer = await fetch(urlOf(market, `/v1/feeds/${small.feedId}/${path}`));
    assert.deepEqual(await codeOf(answer), [402, 'payment-required'], path);
    const told = [...answer.headers.keys()].filter((name) => name.startsWith('dazaar-'));
    assert.deepEqual(told, []);
  }
});

test('A25: a key without a grant, or with one for another feed, reads nothing', async () => {
  const reader = newReader(market);
  assert.deepEqual(await codeOf(await reader.get(blocksOf(small))), [402, 'payment-required']);
  await reader.grant(big.feedId);
  assert.deepEqual(await codeOf(await reader.get(blocksOf(small))), [402, 'payment-required']);
});

test('A26: a token for one feed does not open another, though the key has a grant for it', async () => {
  const reader = newReader(market);
  await reader.grant(small.feedId);
  const authorization = await reader.bearer(big.feedId);
  const other = await fetch(urlOf(market, blocksOf(small)), { headers: { authorization } });
  assert.deepEqual(await codeOf(other), [403, 'forbidden']);
  const right = await reader.bearer(small.feedId);
  const own = await fetch(urlOf(market, blocksOf(small)), { headers: { authorization: right } });
  assert.equal(own.status, 200);
});

test('an expired token, a forged one and nonsense are told apart from a missing grant', async () => {
  const reader = newReader(market);
  await reader.grant(small.feedId);
  const now = Date.now();
  const forged = await signBuyerToken(marketKeys(Buffer.alloc(32, 8)), {
    buyerKey: Uint8Array.from(reader.keyPair.publicKey),
    feedId: null,
    grantId: null,
    issuedAtMs: now,
    expiresAtMs: now + 60_000,
  });
  const bad = [await reader.bearer(null, 120_000), `Bearer ${forged}`, 'Bearer x', 'Bearer'];
  for (const authorization of bad) {
    const answer = await fetch(urlOf(market, blocksOf(small)), { headers: { authorization } });
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer error="invalid_token"');
    assert.deepEqual(await codeOf(answer), [401, 'unauthenticated'], authorization);
  }
});

test('a feed that there is not, and an id that is none, are not found', async () => {
  const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
  const reader = newReader(market);
  for (const id of [unknown, 'nonsense']) {
    assert.deepEqual(await codeOf(await reader.get(`/v1/feeds/${id}/head`)), [404, 'not-found']);
  }
});

test('A23: a revocation cuts a download in the middle, and says so in the trailer', async () => {
  const reader = newReader(market);
  await reader.grant(big.feedId);
  await reader.grant(small.feedId);
  const headers = { authorization: await reader.bearer() };
  const running = await download(urlOf(market, blocksOf(big)), headers);
  running.answer.pause();
  await sleep(200);
  await reader.revoke(big.feedId);
  const { gate } = market.seeder;
  await until(async () => !gate.grants(reader.keyPair.publicKey, big.feedId));
  running.answer.resume();
  assert.equal(await running.ended, 'revoked');
  const lines = Buffer.concat(running.bytes).toString().split('\n').filter(Boolean);
  assert.ok(lines.length > 0 && lines.length < BIG_ROWS.length, `${lines.length} blocks came`);
  assert.deepEqual(await codeOf(await reader.get(blocksOf(big))), [402, 'payment-required']);
  assert.equal((await reader.get(blocksOf(small))).status, 200, 'other feeds go on');
});

test('A24: with the database gone a download ends when the grant does, and not before', async () => {
  const reader = newReader(market);
  const expiresAt = new Date(Date.now() + 2_500);
  await reader.grant(big.feedId, expiresAt);
  const headers = { authorization: await reader.bearer() };
  const outage = await takeAway(market.db);
  try {
    const whole = await reader.get(`${blocksOf(big)}?end=3`, {
      accept: 'application/vnd.dazaar.blocks',
    });
    assert.equal(whole.status, 200, 'it serves on');
    const running = await download(urlOf(market, blocksOf(big)), {
      ...headers,
      accept: 'application/vnd.dazaar.blocks',
    });
    running.answer.pause();
    const tail = await download(urlOf(market, `/v1/feeds/${big.feedId}/tail`), headers);
    assert.equal(await tail.ended, 'expired');
    const lateMs = Date.now() - expiresAt.getTime();
    assert.ok(lateMs >= -100 && lateMs < 1_000, `${lateMs} ms late`);
    assert.match(
      Buffer.concat(tail.bytes).toString(),
      /event: end\ndata: \{"reason":"expired"\}\n\n$/,
    );
    running.answer.resume();
    assert.equal(await running.ended, 'expired');
    const refused = await fetch(urlOf(market, blocksOf(big)), { headers });
    assert.equal(refused.status, 503, await refused.text());
  } finally {
    await outage.back();
  }
});

test('A28 of two machines that read over HTTP with one key one is served, and the other once it is gone', async () => {
  const reader = newReader(market);
  await reader.grant(big.feedId, null, { maxConnections: 1 });
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const headers = { authorization: await reader.bearer() };
  const [home, away] = [from('192.0.2.1'), from('192.0.2.2')];
  const brief = `${blocksOf(big)}?end=1`;
  const inTurn = [home, away, home, away].map((each) => reader.get(brief, each));
  for (const answer of await Promise.all(inTurn)) assert.equal(answer.status, 200);

  const tail = `/v1/feeds/${big.feedId}/tail`;
  const running = await download(urlOf(market, tail), { ...headers, ...home });
  const beside = await download(urlOf(market, blocksOf(big)), { ...headers, ...home });
  beside.answer.pause();
  const refused = await reader.get(brief, away);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.deepEqual(await codeOf(refused), [429, 'too-many-connections']);
  running.request.destroy();
  const { status, body } = await reader.get(tail, home);
  assert.equal(status, 200, 'its own machine reads on');
  await body?.cancel();
  beside.request.destroy();
  await until(async () => (await reader.get(brief, away)).status === 200);
});

test('a key may not read more than its share at once', async () => {
  const reader = newReader(market);
  await reader.grant(small.feedId);
  const headers = { authorization: await reader.bearer() };
  const url = urlOf(market, `/v1/feeds/${small.feedId}/tail`);
  const tails = await Promise.all(Array.from({ length: 32 }, () => download(url, headers)));
  assert.equal((await reader.get(blocksOf(small))).status, 429);
  tails[0]!.request.destroy();
  await until(async () => (await reader.get(blocksOf(small))).status === 200);
  for (const { request } of tails) request.destroy();
  await until(async () => (await reader.get(blocksOf(small))).status === 200);
});

test('A24: before the grants are known nobody is told that he has none', async () => {
  market.seeder.gate.holdAnswers();
  const reader = newReader(market);
  const answer = await reader.get(blocksOf(small));
  assert.deepEqual(await codeOf(answer), [503, 'unavailable']);
  assert.ok(Number(answer.headers.get('retry-after')) > 0);
});
