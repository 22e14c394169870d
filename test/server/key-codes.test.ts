import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isRefusal } from '../../domain/refusal.ts';
import { redeemKeyCode } from '../../flow/key-codes.ts';
import { buyerKeyIn, dazaar } from '../buyer/cli.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { answered, refused, send } from '../support/request.ts';

describe('POST /v1/key-codes', () => {
  let market: TestMarket;
  let home: string;
  before(async () => {
    const limits = { challenges: { amount: 12, windowSeconds: 60 } };
    market = await startMarket({ workers: false, limits });
    home = await mkdtemp(join(tmpdir(), 'dazaar-link-'));
  });
  after(async () => {
    await rm(home, { recursive: true, force: true });
    await market[Symbol.asyncDispose]();
  });

  const ask = (body: object) => send(market, '/v1/key-codes', { body });
  const keyOf = async (code: string) => {
    const redeemed = await redeemKeyCode(market.deps, code);
    assert.ok(!isRefusal(redeemed));
    return Buffer.from(redeemed.buyerKey).toString('hex');
  };

  it('gives whoever signs a code for ten minutes, with the address of its page', async () => {
    const key = new BuyerKey();
    const answer = await ask(key.keyCodeRequest(market));
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { code, url, expiresAtMs, nowMs, buyerKey } = await answered(answer, 201);
    assert.equal(buyerKey, key.hex);
    assert.equal(url, `${market.server.url}/shelf/open?code=${code}`);
    assert.ok(Math.abs(expiresAtMs - nowMs - 600_000) < 5_000);
    assert.equal(await keyOf(code), key.hex);
  });

  it('gives none for a signature that is not right, or a body that says more', async () => {
    const body = new BuyerKey().keyCodeRequest(market);
    await refused(ask({ ...body, buyerKey: new BuyerKey().hex }), 422, 'statement-refused');
    await refused(ask({ ...body, listing: 'feed' }), 400, 'invalid');
  });

  it('is asked by dazaar link, which says what the code is worth', async () => {
    const options = { home, market: market.server.url };
    const without = await dazaar(['link'], options);
    assert.match(without.stderr, /no key yet/);
    assert.equal((await dazaar(['keygen'], options)).code, 0);

    const { code, stdout } = await dazaar(['link'], options);
    assert.equal(code, 0);
    assert.match(stdout, /Whoever types this code into a browser can read there what your key/);
    const [, typed, url] = /code: ([\w-]+),[\s\S]* at (\S+)\n/.exec(stdout) ?? [];
    assert.equal(url, `${market.server.url}/shelf/open?code=${typed}`);
    assert.equal(await keyOf(typed!), await buyerKeyIn(home));

    const said = JSON.parse((await dazaar(['link', '--json'], options)).stdout);
    assert.deepEqual(Object.keys(said), ['buyerKey', 'code', 'url', 'expiresAtMs']);
    assert.equal(await keyOf(said.code), await buyerKeyIn(home));
  });

  it('is held to the limit of challenges', async () => {
    const body = new BuyerKey().keyCodeRequest(market);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i += 1) statuses.push((await ask(body)).status);
    assert.equal(statuses.at(-1), 429);
  });
});
