import assert from 'node:assert/strict';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { startMarket, type TestMarket } from '../support/market.ts';
import { listFeed, placeOrder, until } from '../support/shop.ts';

const MAX_STREAMS = 64;

function watch(market: TestMarket, id: string) {
  const request = get(`${market.server.url}/v1/orders/${id}/events`, { agent: false });
  request.on('error', () => {});
  return new Promise<{ request: ClientRequest; answer: IncomingMessage }>((resolve) => {
    request.on('response', (answer) => resolve({ request, answer: answer.resume() }));
  });
}

test('A27 one address watches so many orders at once, and another when it lets go of one', async () => {
  await using market = await startMarket({ workers: false });
  const { slug } = await listFeed(market, []);
  const { id } = await placeOrder(market, slug);
  const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, () => watch(market, id)));
  assert.deepEqual(new Set(streams.map(({ answer }) => answer.statusCode)), new Set([200]));
  const more = await watch(market, id);
  assert.equal(more.answer.statusCode, 429);
  assert.equal(more.answer.headers['retry-after'], '15');
  streams.pop()!.request.destroy();
  await until(async () => {
    const { request, answer } = await watch(market, id);
    request.destroy();
    return answer.statusCode === 200;
  });
  for (const { request } of streams) request.destroy();
});
