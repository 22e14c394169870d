import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../contract/index.ts';
import type { Html } from '../../web/html.ts';
import type { OrderOffer } from '../../web/pages/checkout/order-offer.ts';
import { quoteCard } from '../../web/pages/checkout/quote-card.ts';
import { buyForm } from '../../web/pages/listing/plans.ts';
import type { ListingView } from '../../web/pages/listing/view.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 13, 5);
const HOUR_MS = 3_600_000;
const FREE: Plan = {
  name: 'free',
  kind: 'free',
  priceMsat: '0',
  price: null,
  rateAsOfMs: null,
  periodMs: null,
  history: 'all',
  historyBlocks: null,
  maxConnections: null,
  tracked: true,
};
const HOUR: Plan = { ...FREE, name: 'hour', kind: 'time', priceMsat: '10500', periodMs: HOUR_MS };
const EURO: Plan = {
  ...HOUR,
  name: 'euro',
  price: { currency: 'EUR', amountMinor: 199 },
  rateAsOfMs: NOW_MS,
};

interface Offer {
  plans: Plan[];
  state?: ListingView['listing']['state'];
  cores?: object[];
  bitcoin?: ListingView['bitcoin'];
}

/** What the order form says of a plan, tags left out. */
function ordered(plan: Plan): string {
  const { priceMsat, periodMs: durationMs } = plan;
  const quote = { priceMsat, durationMs, nowMs: NOW_MS, locked: null, about: null };
  const listing = { slug: 'a-feed', feed: {} };
  const offer = { listing, plan, quantity: 1, quote, ownKeys: [], trialWorkBits: 0 };
  return textIn(quoteCard(offer as unknown as OrderOffer));
}

/** The form as text, tags left out. */
function told({ plans, state = 'live', cores = [{}], bitcoin = null }: Offer): string {
  const listing = { slug: 'a-feed', plans, state, feed: { cores }, settlement: 'direct' };
  const view = { listing, bitcoin, nowMs: NOW_MS } as unknown as ListingView;
  return textIn(buyForm(view));
}

function textIn({ text }: Html): string {
  return text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}

test('a plan says its price in sat and about how much that is, and until when it lasts', () => {
  const bitcoin = { currency: 'USD', amountMinor: 6_500_000 };
  const text = told({ plans: [HOUR], bitcoin });
  assert.match(
    text,
    /1 hour 10\.5 sat less than \$0\.01 Until 2026-11-22 14:05 UTC if you pay now/,
  );
  const dear = { ...HOUR, priceMsat: '10000000' };
  assert.match(told({ plans: [dear], bitcoin }), /10,000 sat about \$6\.50/);
  assert.match(told({ plans: [HOUR] }), /10\.5 sat Until/);
});

test('the order says what a plan opens, and a trial is taken, not paid', () => {
  const last: Plan = { ...HOUR, history: 'last', historyBlocks: 500, maxConnections: 2 };
  assert.match(ordered(last), /Opens The last 500 blocks and what comes; 2 machines at a time/);
  assert.doesNotMatch(ordered(HOUR), /Opens/);
  assert.match(ordered({ ...HOUR, kind: 'trial', priceMsat: '0' }), /if you take it now/);
});

test('what is free and ordered by nobody says so, and nothing of payments', () => {
  const text = told({ plans: [{ ...FREE, tracked: false }] });
  assert.match(text, /Free free For as long as it is offered Nothing to order/);
  assert.match(text, /Nothing to pay/);
  assert.doesNotMatch(text, /Lightning/);
});

test('a price in a currency says how old its rate is when that is out of date', () => {
  assert.match(told({ plans: [EURO] }), /€1\.99 about 11 sat/);
  assert.doesNotMatch(told({ plans: [EURO] }), /out of date/);
  const old = { ...EURO, rateAsOfMs: NOW_MS - 2 * HOUR_MS };
  assert.match(told({ plans: [old] }), /The rate is out of date \(from 2 h 0 min ago \)/);
});

test('what no rate is known of cannot be chosen, and is not what is chosen first', () => {
  const unknown = { ...EURO, name: 'chf', priceMsat: null, rateAsOfMs: null };
  const view = { plans: [unknown, HOUR] };
  assert.match(told(view), /€1\.99 no rate now .*The market knows no rate of EUR now/);
  assert.match(told(view), /Buy access/);
  assert.match(told({ plans: [unknown] }), /No price known now/);
});

test('what is free is got, and what is not for sale says so', () => {
  assert.match(told({ plans: [FREE] }), /Free free Access without an end .*Get access/);
  const trial: Plan = { ...FREE, name: 'try', kind: 'trial', periodMs: 60_000 };
  assert.match(told({ plans: [trial] }), /Trial of 1 minute free Once for each buyer key/);
  assert.match(told({ plans: [HOUR], state: 'draft' }), /Not for sale yet/);
  assert.match(told({ plans: [HOUR], cores: [] }), /Not for sale yet/);
  assert.equal(told({ plans: [HOUR], state: 'withdrawn' }), '');
});
