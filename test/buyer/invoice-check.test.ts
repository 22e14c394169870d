import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { invoiceFault } from '../../buyer/ordering/invoice-check.ts';
import { decodeBolt11 } from '../../buyer/wallet/bolt11.ts';
import { type Order, order } from '../../contract/index.ts';

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
// The example of BOLT 11 with an amount: 2,500 µBTC, one minute, on mainnet.
const COFFEE =
  'lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpuaztrnwngzn3kdzw5hydlzf03qdgm2hdq27cqv3agm2awhz5se903vruatfhq77w3ls4evs3ch9zw97j25emudupq63nyw24cg27h2rspfj9srp';
// The example of BOLT 11 that leaves the amount open.
const DONATION =
  'lnbc1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq8rkx3yf5tcsyz3d73gafnh3cax9rn449d9p5uxz9ezhhypd0elx87sjle52x86fux2ypatgddc6k63n7erqz25le42c4u4ecky03ylcqca784w';
const PAYMENT_HASH = '0001020304050607080900010203040506070809000102030405060708090102';
const PRICE_MSAT = 250_000_000n;
const CREATED_AT_MS = 1_496_314_658_000;

const agreed = { priceMsat: PRICE_MSAT, network: 'mainnet', nowMs: CREATED_AT_MS } as const;

function orderWith(bolt11: string, change: { priceMsat?: string; invoice?: object } = {}): Order {
  return order.parse({
    id: UUID,
    state: 'open',
    listing: 'some-feed',
    plan: 'hour',
    quantity: 1,
    buyerKey: randomBytes(32).toString('hex'),
    priceMsat: change.priceMsat ?? String(PRICE_MSAT),
    createdAtMs: CREATED_AT_MS,
    expiresAtMs: CREATED_AT_MS + 60_000,
    payments: [],
    refundableMsat: '0',
    rate: null,
    termsHash: null,
    grant: null,
    nowMs: CREATED_AT_MS,
    lapseReason: null,
    invoice: {
      settlement: 'direct',
      paymentHash: PAYMENT_HASH,
      bolt11,
      amountMsat: String(PRICE_MSAT),
      state: 'open',
      expiresAtMs: CREATED_AT_MS + 60_000,
      ...change.invoice,
    },
  });
}

const faultOf = (subject: Order, terms: Parameters<typeof invoiceFault>[2] = agreed) =>
  invoiceFault(subject, decodeBolt11(subject.invoice?.bolt11 ?? ''), terms);

test('an invoice that says what was agreed to is payable', () => {
  assert.equal(faultOf(orderWith(COFFEE)), null);
});

test('an invoice that leaves the amount open is not paid', () => {
  assert.match(faultOf(orderWith(DONATION)) ?? '', /leaves the amount open/);
});

test('an invoice of another amount is not paid', () => {
  const priceMsat = '250000001';
  const greedy = orderWith(COFFEE, { priceMsat, invoice: { amountMsat: priceMsat } });
  assert.match(faultOf(greedy) ?? '', /the listing said/);
  const terms = { ...agreed, priceMsat: BigInt(priceMsat) };
  assert.match(faultOf(greedy, terms) ?? '', /asks for 250000000 msat, the order costs 250000001/);
  const lying = orderWith(COFFEE, { invoice: { amountMsat: '1' } });
  assert.match(faultOf(lying) ?? '', /asks for 1 msat/);
});

test('an invoice of another payment hash is not paid', () => {
  const paymentHash = randomBytes(32).toString('hex');
  assert.match(faultOf(orderWith(COFFEE, { invoice: { paymentHash } })) ?? '', /payment hash/);
});

test('an invoice for real money is not paid on a sandbox market', () => {
  const terms = { ...agreed, network: 'sandbox' } as const;
  assert.match(
    faultOf(orderWith(COFFEE), terms) ?? '',
    /for bitcoin, this market is paid on sandbox/,
  );
});

test('an expired, forged or garbled invoice is not paid', () => {
  const terms = { ...agreed, nowMs: CREATED_AT_MS + 60_000 };
  assert.match(faultOf(orderWith(COFFEE), terms) ?? '', /expired/);
  assert.match(faultOf(orderWith(COFFEE.replace('2500u', '2500n'))) ?? '', /not a valid BOLT11/);
  assert.match(faultOf(orderWith('lnbc')) ?? '', /not a valid BOLT11/);
});
