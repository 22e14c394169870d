import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type Order, order as orderShape } from '../../contract/index.ts';
import type { Lightning } from '../../ports/lightning.ts';
import type { TestMarket } from './market.ts';
import { until } from './until.ts';

export { until };

/** What selling and buying over HTTP takes. */
export interface Shopfront {
  server: { url: string };
  apiKey: string;
  db: Pick<TestMarket['db'], 'prisma'>;
}

export interface ShopListing {
  slug: string;
  feedId: string;
  coreKey: string;
}

/** Lists a hosted feed over the REST API, with the given rows, and publishes it. */
export async function listFeed(
  market: Shopfront,
  rows: object[],
  plans: object[] = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '5000' }],
  more: object = {},
): Promise<ShopListing> {
  const slug = `feed-${randomBytes(4).toString('hex')}`;
  const listing = {
    slug,
    title: slug,
    description: '',
    licence: 'CC0-1.0',
    blockSchema: {},
    plans,
    ...more,
  };
  await call(market, 'POST', '/v1/seller/listings', listing, 201);
  if (rows.length > 0) await append(market, slug, rows);
  await until(async () => {
    const answer = await fetch(`${market.server.url}/v1/seller/listings/${slug}/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${market.apiKey}` },
    });
    return answer.status === 200;
  });
  const feed = await market.db.prisma.feed.findFirstOrThrow({
    where: { listing: { slug } },
    include: { cores: true },
  });
  return { slug, feedId: feed.id, coreKey: Buffer.from(feed.cores[0]!.key).toString('hex') };
}

export async function append(market: Shopfront, slug: string, rows: object[]): Promise<void> {
  const batchId = randomBytes(8).toString('hex');
  const answer = await fetch(
    `${market.server.url}/v1/seller/listings/${slug}/blocks?batchId=${batchId}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'application/x-ndjson' },
      body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    },
  );
  assert.equal(answer.status, 201, await answer.text());
}

export interface OrderOptions {
  plan?: string;
  quantity?: number;
  buyerKey?: string;
  idempotencyKey?: string;
}

/** Places an order over the REST API. */
export async function placeOrder(
  market: Shopfront,
  listing: string,
  { plan = 'minute', quantity = 1, buyerKey, idempotencyKey }: OrderOptions = {},
): Promise<Order> {
  const answer = await fetch(`${market.server.url}/v1/orders`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey ?? randomBytes(16).toString('hex'),
    },
    body: JSON.stringify({
      listing,
      plan,
      quantity,
      buyerKey: buyerKey ?? randomBytes(32).toString('hex'),
    }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(body));
  return orderShape.parse(body);
}

export async function readOrder(market: Shopfront, id: string): Promise<Order> {
  const answer = await fetch(`${market.server.url}/v1/orders/${id}`);
  return orderShape.parse(await answer.json());
}

/** Calls the seller API and checks the status. */
export async function call(
  market: Shopfront,
  method: string,
  path: string,
  body: object | undefined,
  status: number,
): Promise<unknown> {
  const answer = await fetch(`${market.server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${market.apiKey}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return text ? JSON.parse(text) : undefined;
}

/** Pays an order's invoice from the buyer's node. */
export async function pay(buyer: Lightning, order: Order): Promise<void> {
  const { bolt11 } = order.invoice!;
  const paid = await buyer.pay({ bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
  assert.equal(paid.state, 'succeeded', 'reason' in paid ? paid.reason : paid.state);
}
