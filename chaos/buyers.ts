import { setTimeout as sleep } from 'node:timers/promises';
import { parseL402 } from '@getalby/lightning-tools/402';
import type { Order } from '../contract/index.ts';
import { BuyerKey } from '../test/support/buyer-key.ts';
import { type Answer, ask, attempt } from './caller.ts';
import { type Random, seededFor } from './random.ts';
import type { Listing, Shop } from './shop.ts';
import type { Stand } from './stand.ts';
import { followOverSwarm } from './swarm.ts';
import { followTail } from './tail.ts';
import type { Paid } from './wallet.ts';
import type { Purchase } from './witness.ts';

const LOOK_EVERY_MS = 300;
/** How long a buyer waits for what is paid before he says so; the judge looks again at the end. */
const PATIENCE_MS = 60_000;
const SWARM_SHARE = 0.02;

/** Of a hundred buyers so many do this. */
const KINDS = {
  plain: 38,
  held: 10,
  extend: 8,
  l402: 8,
  overpay: 6,
  twice: 6,
  blink: 6,
  never: 5,
  late: 4,
  gift: 5,
  trial: 4,
};
type Kind = keyof typeof KINDS;

interface Visit {
  stand: Stand;
  shop: Shop;
  random: Random;
  n: number;
  kind: Kind;
  key: BuyerKey;
}

/** The n-th visitor of the shop: what he does is in the seed. */
export async function visit(stand: Stand, shop: Shop, n: number): Promise<void> {
  const random = seededFor(stand.options.seed, 'visitor', n);
  const kind = random.weighted(KINDS);
  const { doing } = stand.witness;
  doing.set(n, kind);
  try {
    await DEEDS[kind]({ stand, shop, random, n, kind, key: new BuyerKey() });
  } finally {
    doing.delete(n);
  }
}

const DEEDS: Record<Kind, (visit: Visit) => Promise<void>> = {
  async plain(visit) {
    await buyAndRead(visit, open(visit), visit.random.pick(['day', 'day', 'day', 'forever']));
  },
  async held(visit) {
    await buyAndRead(visit, visit.random.pick(visit.shop.listings.filter((l) => l.isHeld)), 'day');
  },
  async extend(visit) {
    const listing = open(visit);
    await buyAndRead(visit, listing, 'day');
    await buyAndRead(visit, listing, 'day', visit.random.int(1, 3));
  },
  async overpay(visit) {
    const { stand, random } = visit;
    const moreMsat = BigInt(random.int(1, 5_000));
    const isOdd = stand.options.node === 'sandbox';
    await buyAndRead(visit, open(visit), 'day', 1, ({ bolt11, amountMsat }) =>
      isOdd
        ? stand.wallet.overpay(bolt11, BigInt(amountMsat) + moreMsat)
        : stand.wallet.pay(bolt11),
    );
  },
  async twice(visit) {
    const { wallet } = visit.stand;
    await buyAndRead(visit, open(visit), 'day', 1, async ({ bolt11 }) => {
      const [first] = await Promise.all([wallet.pay(bolt11), wallet.pay(bolt11)]);
      await wallet.pay(bolt11);
      return first;
    });
  },
  async never(visit) {
    await order(visit, open(visit), 'day');
  },
  async late(visit) {
    const { wallet } = visit.stand;
    const earlyMs = visit.random.int(-1_500, 500);
    await buyAndRead(visit, open(visit), 'day', 1, async ({ bolt11, expiresAtMs }) => {
      await sleep(Math.max(0, expiresAtMs - Date.now() - earlyMs));
      return wallet.pay(bolt11);
    });
  },
  async blink(visit) {
    const { stand } = visit;
    const listing = open(visit);
    const purchase = await buy(visit, listing, 'blink');
    const granted = purchase && (await untilGranted(visit, purchase));
    if (!granted?.grant?.expiresAtMs) return;
    const { expiresAtMs } = granted.grant;
    await followTail(stand, listing, visit.key, expiresAtMs, visit.random);
    const { feedId } = listing;
    const endedAtMs = Math.max(expiresAtMs, Date.now());
    stand.witness.ended.push({ buyerKey: visit.key.hex, feedId, why: 'expired', endedAtMs });
  },
  async gift(visit) {
    await buyAndRead(visit, open(visit), 'gift');
  },
  async trial(visit) {
    await buyAndRead(visit, open(visit), 'trial');
  },
  l402: buyAtGateway,
};

function now({ stand, n, kind }: Visit, what: string): void {
  stand.witness.doing.set(n, `${kind}: ${what}`);
}

type Invoice = NonNullable<Order['invoice']>;
type Pay = (invoice: Invoice) => Promise<Paid>;

function open({ shop, random }: Visit): Listing {
  return random.pick(shop.listings.filter(({ isHeld }) => !isHeld));
}

async function buyAndRead(
  visit: Visit,
  listing: Listing,
  plan: string,
  quantity = 1,
  pay?: Pay,
): Promise<void> {
  const purchase = await buy(visit, listing, plan, quantity, pay);
  if (!purchase || !(await untilGranted(visit, purchase))) return;
  await readBack(visit, purchase, listing);
}

/** @returns the purchase if it is paid, as far as the payer knows, or costs nothing */
async function buy(
  visit: Visit,
  listing: Listing,
  plan: string,
  quantity = 1,
  pay: Pay = ({ bolt11 }) => visit.stand.wallet.pay(bolt11),
): Promise<Purchase | null> {
  const ordered = await order(visit, listing, plan, quantity);
  if (!ordered) return null;
  const { purchase, invoice, isFree } = ordered;
  now(visit, 'pays');
  if (isFree) return purchase;
  // Asked for so late that the order lapsed without an invoice.
  if (!invoice) return null;
  const { outcome } = await pay(invoice);
  purchase.paid = outcome;
  purchase.paidAtMs = Date.now();
  visit.stand.witness.add(`payments ${outcome}`);
  return outcome === 'succeeded' ? purchase : null;
}

async function order(visit: Visit, { slug }: Listing, plan: string, quantity = 1) {
  const { stand, random, key, n, kind } = visit;
  now(visit, 'orders');
  const answer = await ask(stand.servers, stand.answers, {
    path: '/v1/orders',
    body: { listing: slug, plan, quantity, buyerKey: key.hex },
    key: `visitor-${n}-${plan}-${quantity}-${random.int(0, 2 ** 40)}`,
    random,
  });
  if (answer.status !== 201) {
    stand.witness.odd(`order ${kind}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return null;
  }
  const told = answer.body as Order;
  const purchase = note(visit, told.id, slug, key, told.invoice?.paymentHash ?? null);
  return { purchase, invoice: told.invoice, isFree: told.priceMsat === '0' };
}

function note(
  { stand, n, kind }: Visit,
  orderId: string,
  slug: string,
  key: BuyerKey | null,
  paymentHash: string | null,
): Purchase {
  const times = { paidAtMs: null, grantedAtMs: null, readAtMs: null };
  const buyerKey = key?.hex ?? '';
  const purchase = { n, kind, orderId, slug, buyerKey, key, paymentHash, paid: null, ...times };
  stand.witness.purchases.push(purchase);
  stand.witness.add('orders');
  return purchase;
}

/** Waits for the grant; null when the order turns out to have bought nothing, or after a while. */
async function untilGranted(visit: Visit, purchase: Purchase): Promise<Order | null> {
  const { stand, random } = visit;
  now(visit, 'waits for the grant');
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const path = `/v1/orders/${purchase.orderId}`;
    const { status, body } = await ask(stand.servers, stand.answers, { path, random });
    if (status !== 200) {
      stand.witness.violate('I5', 'loss', `order ${purchase.orderId} is answered with ${status}`);
      return null;
    }
    if (body.state === 'paid') {
      purchase.grantedAtMs = Date.now();
      stand.witness.add('purchases');
      stand.witness.add(`purchases ${purchase.kind}`);
      return body;
    }
    if (body.payments.length > 0) return null;
    await sleep(LOOK_EVERY_MS);
  }
  stand.witness.odd(`order ${purchase.orderId} (${purchase.kind}) is paid and not granted in time`);
  return null;
}

/** Gets a token for the key and reads the first block with it. */
async function readBack(visit: Visit, purchase: Purchase, listing: Listing): Promise<void> {
  const { stand, random, key } = visit;
  now(visit, 'reads');
  const token = await ask(stand.servers, stand.answers, {
    path: '/v1/tokens',
    body: key.tokenRequest({ deps: stand }),
    random,
  });
  if (token.status !== 201) {
    if (!isRevoked(visit, listing))
      stand.witness.odd(`token: ${token.status} ${JSON.stringify(token.body)}`);
    return;
  }
  const authorization = `Bearer ${token.body.token}`;
  const read = await untilRead(visit, listing, authorization);
  if (read) purchase.readAtMs = Date.now();
  else if (!isRevoked(visit, listing)) {
    stand.witness.odd(
      `order ${purchase.orderId} (${purchase.kind}) is granted and not served in time`,
    );
  }
  if (!random.chance(SWARM_SHARE)) return;
  now(visit, 'reads over the swarm');
  await followOverSwarm(stand, listing, key, random);
}

async function untilRead(visit: Visit, listing: Listing, authorization: string): Promise<boolean> {
  const { stand, random } = visit;
  const path = `/v1/feeds/${listing.feedId}/blocks?start=0&end=1&plan=gift`;
  const headers = { authorization, accept: 'application/x-ndjson' };
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const answer = await attempt(random.pick(stand.gateways()), { path, headers });
    if ('status' in answer && answer.status === 200 && isFirstRow(answer, listing)) return true;
    if ('status' in answer && answer.status === 500) {
      stand.answers.count('500', `gateway ${path}: ${JSON.stringify(answer.body)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

function isFirstRow({ body }: Omit<Answer, 'attempts'>, { slug }: Listing): boolean {
  return body?.id === `${slug}-0`;
}

function isRevoked({ stand, key }: Visit, { feedId }: Listing): boolean {
  return stand.witness.revoked.some((each) => each.buyerKey === key.hex && each.feedId === feedId);
}

async function buyAtGateway(visit: Visit): Promise<void> {
  const { stand } = visit;
  const listing = open(visit);
  // Another number of days than others ask for: who asks the same from the same place is shown the same invoice.
  const path = `/v1/feeds/${listing.feedId}/blocks?start=0&end=1&plan=day&quantity=${(visit.n % 900) + 10}`;
  const challenge = await untilChallenged(visit, path);
  if (!challenge) return;
  const { token: macaroon, invoice } = parseL402(challenge.headers.get('www-authenticate')!);
  const paymentHash = Buffer.from(stand.wallet.lightning.readInvoice(invoice)!.paymentHash);
  const purchase = note(
    visit,
    challenge.body.orderId,
    listing.slug,
    null,
    paymentHash.toString('hex'),
  );
  const paid = await stand.wallet.pay(invoice);
  purchase.paid = paid.outcome;
  purchase.paidAtMs = Date.now();
  stand.witness.add(`payments ${paid.outcome}`);
  if (paid.outcome !== 'succeeded' || !(await untilGranted(visit, purchase))) return;
  const read = await untilRead(visit, listing, `L402 ${macaroon}:${paid.preimage}`);
  if (read) purchase.readAtMs = Date.now();
  else stand.witness.odd(`L402 order ${purchase.orderId} is granted and not served in time`);
}

async function untilChallenged(
  visit: Visit,
  path: string,
): Promise<Omit<Answer, 'attempts'> | null> {
  const { stand, random } = visit;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const answer = await attempt(random.pick(stand.gateways()), { path });
    if ('status' in answer) {
      stand.answers.count(
        `${answer.status}`,
        answer.status === 500 ? `gateway ${path}: ${JSON.stringify(answer.body)}` : undefined,
      );
      if (answer.status === 402 && answer.headers.has('www-authenticate')) return answer;
    }
    await sleep(LOOK_EVERY_MS);
  }
  stand.witness.odd(`no challenge at ${path} in time`);
  return null;
}
