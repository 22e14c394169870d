import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type OpenApiDocument, openApiDocument } from '../../contract/openapi/document.ts';
import type { Operation } from '../../contract/operation.ts';
import { gatewayOperations, serverOperations } from '../../contract/operations/index.ts';
import { signBuyerToken } from '../../protocol/buyer-token.ts';
import { startMarket, type TestMarket } from '../support/market.ts';
import { call, listFeed, placeOrder, type ShopListing } from '../support/shop.ts';
import { fuzz, withoutSchemathesis } from './schemathesis.ts';

// A check that everybody waits for finds nothing new at random; `npm run fuzz` looks further.
const LONGER = process.env.FUZZ_EXAMPLES;
const MAX_EXAMPLES = Number(LONGER ?? 3);
const TIMEOUT_MS = 30 * 60_000;
const TOKEN_MS = 9 * 60_000;

/** It would end the session that the others are tried with. */
const LEFT_OUT = new Set(['logOut']);
/** Whoever may read these waits for what comes; here nobody may. */
const ENDLESS = new Set(['tailFeed']);
/** Their input has rules between its fields. */
const RULED = ['createListing', 'changeListing', 'importCard'];

type Headers = Record<string, string>;

describe('every operation of the OpenAPI document', { skip: withoutSchemathesis }, () => {
  let market: TestMarket;
  let document: OpenApiDocument;
  let listing: ShopListing;
  let known: Record<string, string[]>;
  let buyerKey: string;
  before(async () => {
    market = await startMarket();
    const { url: origin } = market.server;
    document = openApiDocument({ name: 'Fuzzed market', version: '1.0.0', origin });
    const plans = [{ name: 'free', kind: 'free' }];
    listing = await listFeed(market, [{ a: 1 }, { a: 2 }], plans);
    const order = await placeOrder(market, listing.slug, { plan: 'free' });
    buyerKey = order.buyerKey;
    known = {
      'path.slug': [listing.slug, await aDraft()],
      'path.feedId': [listing.feedId],
      'path.id': [order.id],
    };
  });
  after(() => market[Symbol.asyncDispose]());

  it('holds what it says, for anybody', { timeout: TIMEOUT_MS }, async () => {
    await holds(serverOperations, ['public'], market.server.url, {});
  });

  it('holds what it says, for a seller with an API key', { timeout: TIMEOUT_MS }, async () => {
    const headers = { Authorization: `Bearer ${market.apiKey}` };
    await holds(
      serverOperations,
      ['read', 'listings', 'data', 'payouts'],
      market.server.url,
      headers,
    );
  });

  it('holds what it says, for a seller who is logged in', { timeout: TIMEOUT_MS }, async () => {
    await holds(serverOperations, ['session'], market.server.url, await logIn());
  });

  it('holds what it says, for a buyer', { timeout: TIMEOUT_MS }, async () => {
    await holds(serverOperations, ['buyer'], market.server.url, await asBuyer(null));
  });

  it('holds what it says, at the gateway', { timeout: TIMEOUT_MS }, async () => {
    const answer = await fetch(`${market.server.url}/v1/market`);
    const { gateways } = (await answer.json()) as { gateways: string[] };
    const [ending, endless] = [false, true].map((is) =>
      gatewayOperations.filter(({ id }) => ENDLESS.has(id) === is),
    );
    await holds(ending!, ['buyer', 'public'], gateways[0]!, await asBuyer(listing.feedId));
    await holds(endless!, ['buyer'], gateways[0]!, {});
  });

  async function holds(
    operations: readonly Operation[],
    access: Operation['access'][],
    url: string,
    headers: Headers,
  ): Promise<void> {
    const chosen = operations.filter(
      (each) => access.includes(each.access) && !LEFT_OUT.has(each.id),
    );
    const inPages = chosen.filter(({ query }) => query && 'cursor' in query.shape);
    const { failed, report } = await fuzz({
      document,
      url,
      operationIds: chosen.map(({ id }) => id),
      headers,
      known,
      ruled: [...RULED, ...inPages.map(({ id }) => id)],
      maxExamples: MAX_EXAMPLES,
      isRepeatable: LONGER === undefined,
      sellsAtTheDoor: url !== market.server.url,
    });
    assert.ok(!failed, report);
    assert.equal((await fetch(`${market.server.url}/healthz`)).status, 200);
  }

  async function logIn(): Promise<Headers> {
    const { url } = market.server;
    const answer = await fetch(`${url}/v1/accounts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({
        name: 'Fuzzed seller',
        email: 'fuzz@example.org',
        password: randomBytes(12).toString('hex'),
      }),
    });
    assert.equal(answer.status, 201, await answer.text());
    const cookies = answer.headers.getSetCookie().map((each) => each.split(';')[0]);
    return { Cookie: cookies.join('; '), Origin: url };
  }

  async function asBuyer(feedId: string | null): Promise<Headers> {
    const grant = await market.db.prisma.grant.findFirstOrThrow();
    const token = await signBuyerToken(market.deps.keys, {
      buyerKey: Uint8Array.from(Buffer.from(buyerKey, 'hex')),
      feedId,
      grantId: feedId && grant.id,
      issuedAtMs: Date.now(),
      expiresAtMs: Date.now() + TOKEN_MS,
    });
    return { Authorization: `Bearer ${token}` };
  }

  async function aDraft(): Promise<string> {
    const slug = `draft-${randomBytes(4).toString('hex')}`;
    const draft = { slug, title: 'A draft', description: '', licence: 'CC0-1.0', blockSchema: {} };
    const plans = [{ name: 'free', kind: 'free' }];
    await call(market, 'POST', '/v1/seller/listings', { ...draft, plans }, 201);
    return slug;
  }
});
