import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRefusal } from '../../domain/refusal.ts';
import { placeOrder } from '../../flow/place-order.ts';
import { startMarket } from '../support/market.ts';
import { listFeed, readOrder } from '../support/shop.ts';

const ORDER_TTL_MS = 3_000;

test('an order whose server was held up until its time was over has no invoice, and is no fault', async () => {
  await using market = await startMarket({ orderTtlMs: ORDER_TTL_MS });
  const { slug } = await listFeed(market, []);
  const { lightning } = market.deps;
  const heldUp: typeof lightning = {
    ...lightning,
    createInvoice: async (request) => {
      await sleep(request.expiresAtMs - Date.now() + 100);
      return lightning.createInvoice(request);
    },
  };
  const placed = await placeOrder(
    { ...market.deps, lightning: heldUp },
    {
      listingSlug: slug,
      planName: 'minute',
      quantity: 1,
      buyerKey: Uint8Array.from(randomBytes(32)),
      acceptedTerms: null,
      idempotency: {
        scope: 'test',
        key: randomBytes(16).toString('hex'),
        requestHash: Uint8Array.from(randomBytes(32)),
      },
    },
  );
  assert.ok(!isRefusal(placed));
  assert.equal((await readOrder(market, placed.orderId)).invoice, null);
});
