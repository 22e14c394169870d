import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Visitor } from '../support/browser.ts';
import type { TestMarket } from '../support/market.ts';

/** Opens an account for a browser, which is logged in from then on. */
export async function becomeSeller({ context }: Visitor, { server }: TestMarket): Promise<void> {
  const email = `${randomBytes(6).toString('hex')}@example.org`;
  const answer = await context.request.post('/v1/accounts', {
    headers: { origin: server.url },
    data: { name: 'Garden & Sons', email, password: 'four grey herons stand' },
  });
  assert.equal(answer.status(), 201, await answer.text());
}

/** Writes a listing of the browser's seller over the API. */
export async function writeListing(
  { context }: Visitor,
  { server }: TestMarket,
  more: object = {},
): Promise<string> {
  const slug = `data-${randomBytes(5).toString('hex')}`;
  const plans = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '50000' }];
  const properties = { at: { type: 'string' }, celsius: { type: 'number' } };
  const answer = await context.request.post('/v1/seller/listings', {
    headers: { origin: server.url },
    data: {
      slug,
      title: 'Garden thermometer',
      description: 'One reading a minute.',
      licence: 'CC0-1.0',
      preview: { blocks: 10 },
      blockSchema: { type: 'object', properties, required: ['at'] },
      plans,
      ...more,
    },
  });
  assert.equal(answer.status(), 201, await answer.text());
  return slug;
}
