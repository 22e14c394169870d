import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Browser } from '../test/server/browser.ts';
import { ask } from './caller.ts';
import { type Random, seededFor } from './random.ts';
import { askAs, type Listing, type Seller, type Shop } from './shop.ts';
import type { Stand } from './stand.ts';
import type { Row } from './witness.ts';

const APPEND_EVERY_MS = 400;
const REVOKE_EVERY_MS = 2_000;
const WITHDRAW_EVERY_MS = 4_000;
const KEY_EVERY_MS = 15_000;
/** A payout that never reached the node ends with its invoice: so these do not live long. */
const INVOICE_MS = 45_000;
const MOST_ROWS = 6;

/** What sellers do all the time until the signal; resolves when the last of it is answered. */
export async function sell(stand: Stand, shop: Shop, signal: AbortSignal): Promise<void> {
  const { seed } = stand.options;
  const again = async (
    what: string,
    meanMs: number,
    deed: (random: Random, n: number) => Promise<void>,
  ) => {
    for (let n = 0; !signal.aborted; n++) {
      const random = seededFor(seed, what, n);
      await deed(random, n).catch((error) => stand.witness.odd(`${what}: ${error.message}`));
      await sleep(random.wait(meanMs), undefined, { signal }).catch(() => {});
    }
  };
  await Promise.all([
    ...shop.listings.map((listing) =>
      again(`append to ${listing.slug}`, APPEND_EVERY_MS, (random, n) =>
        append(stand, listing, random, n + 1),
      ),
    ),
    ...shop.sellers.flatMap((seller) => [
      again(`withdrawal of ${seller.id}`, WITHDRAW_EVERY_MS, (random, n) =>
        withdraw(stand, seller, random, n),
      ),
      again(`revocation of ${seller.id}`, REVOKE_EVERY_MS, (random) =>
        revoke(stand, seller, random),
      ),
    ]),
    again('a new API key', KEY_EVERY_MS, (random) => makeKey(stand, random)),
  ]);
}

/** Appends rows whose ids are told apart, and remembers what was answered. */
export async function append(
  stand: Stand,
  listing: Listing,
  random: Random,
  n: number,
): Promise<void> {
  const { slug, seller } = listing;
  const count = n === 0 ? 1 : random.int(1, MOST_ROWS);
  const rows = Array.from({ length: count }, (_, i): Row => {
    const id = n === 0 ? `${slug}-0` : `${slug}-${n}-${i}`;
    return { id, atMs: Date.now() };
  });
  const batch = { slug, batchId: `batch-${n}`, rows, firstIndex: -1, isTold: false };
  stand.witness.appended.push(batch);
  const answer = await askAs(stand, seller, {
    path: `/v1/seller/listings/${slug}/blocks?batchId=${batch.batchId}`,
    body: rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    headers: { 'content-type': 'application/x-ndjson' },
    random,
  });
  if (answer.status !== 201) return stand.witness.odd(`append: ${JSON.stringify(answer.body)}`);
  batch.firstIndex = answer.body.firstIndex;
  batch.isTold = true;
  stand.witness.add('blocks appended', rows.length);
}

async function revoke(stand: Stand, seller: Seller, random: Random): Promise<void> {
  const { witness } = stand;
  const slugs = seller.listings.map(({ slug }) => slug);
  const isTaken = new Set(witness.revoked.map(({ buyerKey }) => buyerKey));
  const candidates = witness.purchases.filter(
    ({ kind, slug, grantedAtMs, buyerKey }) =>
      kind === 'plain' && grantedAtMs && slugs.includes(slug) && !isTaken.has(buyerKey),
  );
  if (candidates.length === 0) return;
  const { orderId, buyerKey, slug } = random.pick(candidates.slice(-50));
  const { body } = await ask(stand.servers, stand.answers, {
    path: `/v1/orders/${orderId}`,
    random,
  });
  if (!body.grant) return;
  const { id: grantId, feedId } = body.grant;
  const entry = { grantId, buyerKey, feedId, slug, atMs: Number.POSITIVE_INFINITY };
  // From here on nobody may count on being served.
  witness.revoked.push(entry);
  const path = `/v1/seller/grants/${grantId}/revoke`;
  const answer = await askAs(stand, seller, { path, body: { reason: 'chaos' }, random });
  // Revoked already by an attempt whose answer was lost.
  const isDone = answer.status === 200 || (answer.attempts > 1 && answer.status === 409);
  if (!isDone) return witness.odd(`revoke: ${answer.status} ${JSON.stringify(answer.body)}`);
  entry.atMs = Date.now();
  witness.add('revocations');
  witness.ended.push({ buyerKey, feedId, why: 'revoked', endedAtMs: entry.atMs });
}

async function withdraw(stand: Stand, seller: Seller, random: Random, n: number): Promise<void> {
  const balance = await askAs(stand, seller, { path: '/v1/seller/balance', random });
  const availableMsat = BigInt(balance.body.availableMsat);
  const amountMsat = (availableMsat * BigInt(random.int(10, 60))) / 100n;
  if (amountMsat < 30_000n) return;
  const invoice = await stand.wallet.invoice(amountMsat, INVOICE_MS);
  if (!invoice) return;
  const payout = { id: null as string | null, paymentHash: invoice.id, amountMsat };
  stand.witness.payouts.push(payout);
  const answer = await askAs(stand, seller, {
    path: '/v1/seller/payouts',
    body: { bolt11: invoice.bolt11 },
    key: `payout-${n}-${invoice.id}`,
    random,
  });
  if (answer.status === 201) {
    payout.id = answer.body.id;
    stand.witness.add('payouts asked for');
  } else if (
    !['payee-invalid', 'balance-too-low', 'too-many-payouts'].includes(answer.body?.code)
  ) {
    stand.witness.odd(`payout: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** Somebody new opens an account and makes an API key. */
async function makeKey(stand: Stand, random: Random): Promise<void> {
  const email = `chaos-${randomBytes(6).toString('hex')}@example.org`;
  const browser = new Browser(random.pick(stand.servers()));
  await browser.register(email);
  const made = await browser.post<{ key: string }>('/v1/account/api-keys', {
    label: 'chaos',
    scopes: ['read'],
  });
  if (made.status !== 201) return;
  stand.witness.apiKeys.push({ key: made.body.key, email });
  stand.witness.add('API keys');
}
