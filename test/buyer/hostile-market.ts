import { createHash, randomBytes, randomUUID } from 'node:crypto';
import Corestore from 'corestore';
import DHT, { type Connection, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { type Buyer, type Card, type OrderState, openBuyer } from '../../buyer/index.ts';
import { attestSeeder } from '../../protocol/attest-seeder.ts';
import { openChannel } from '../../protocol/channel.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import type { HeardAsk } from '../../protocol/messages.ts';
import { signCard } from '../../protocol/sign-card.ts';
import vector from '../protocol/vectors/card.json' with { type: 'json' };
import { openTestnet, temporaryDirectory } from '../seeder/loopback.ts';
import { strangersInvoice } from '../support/payee.ts';

export const PLAN = 'hour';
/** What the card says that the plan costs. */
export const PRICE_MSAT = 10_000n;
const LASTING_MS = 600_000;

/** What the market says of orders; undefined: that there is no such order. */
export interface Lies {
  order(buyerKey: string): OrderState | undefined;
  watch(orderId: string): OrderState | undefined;
}

/** A market whose card the buyer trusts, with a seeder and a feed; what it says of orders is for the test to make up. */
export async function openHostileMarket(lies: Lies) {
  await using stack = new AsyncDisposableStack();
  const { bootstrap } = stack.use(await openTestnet());
  const [home, disk] = [await temporaryDirectory(), await temporaryDirectory()];
  for (const each of [home, disk]) stack.use(each);
  const store = stack.adopt(new Corestore(disk.path), (each) => each.close());
  const core = store.get({ name: 'feed' });
  await core.append(Buffer.from('a block'));
  const swarm = new Hyperswarm({ dht: new DHT({ bootstrap, host: '127.0.0.1' }) });
  stack.defer(() => swarm.destroy());
  const keys = marketKeys(randomBytes(32));
  const seederKey = swarm.keyPair.publicKey;
  const key = core.key.toString('hex');
  const card = signCard(cardOf(key, seederKey.toString('hex'), bootstrap), keys.signing);
  const tellers = new Set<() => void>();
  let expiresAtMs = Date.now() + LASTING_MS;

  function meet(connection: Connection): void {
    store.replicate(connection);
    const buyerKey = connection.remotePublicKey.toString('hex');
    const channel = openChannel(connection, {
      onsubscribe: () => tell(),
      onask: (asked) => void channel.answer({ id: asked.id, ...answerTo(asked, lies, buyerKey) }),
    })!;
    const tell = () => {
      const nowMs = Date.now();
      const leftMs = Math.max(0, expiresAtMs - nowMs);
      const other = randomBytes(32).toString('hex');
      const cores = [
        { role: 'data', key, fromBlock: 0 },
        { role: 'more', key: other, fromBlock: 0 },
      ];
      const { feedId } = card.dazaar;
      channel.valid({ feedId, cores, expiresAtMs, leftMs, maxConnections: null, nowMs });
    };
    tellers.add(tell);
    const times = { issuedAtMs: Date.now(), expiresAtMs: Date.now() + LASTING_MS };
    const attestation = attestSeeder(keys, { seederKey, ...times });
    channel.hello({ minor: 0, agent: 'hostile', attestation });
  }

  swarm.on('connection', meet);
  await swarm.listen();
  const opened = stack.move();
  return {
    card,
    openBuyer: (): Promise<Buyer> => openBuyer({ home: home.path, bootstrap }),
    /** Tells whoever is connected that his access ends then. */
    endAt(endMs: number): void {
      expiresAtMs = endMs;
      for (const tell of tellers) tell();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** An order as it is once it was placed, with a good invoice. */
export function openOrder(buyerKey: string): OrderState {
  const nowMs = Date.now();
  return {
    id: randomUUID(),
    feedId: vector.card.dazaar.feedId,
    plan: PLAN,
    quantity: 1,
    buyerKey,
    state: 'open',
    lapseReason: null,
    priceMsat: String(PRICE_MSAT),
    isRated: false,
    durationMs: 3_600_000,
    termsHash: null,
    expiresAtMs: nowMs + LASTING_MS,
    invoice: newInvoice(nowMs + LASTING_MS),
    payments: [],
    refundableMsat: '0',
    grant: null,
    nowMs,
  };
}

export function newInvoice(expiresAtMs: number): NonNullable<OrderState['invoice']> {
  const preimage = randomBytes(32);
  return {
    bolt11: strangersInvoice(PRICE_MSAT, { expiresAtMs, preimage }),
    paymentHash: createHash('sha256').update(preimage).digest('hex'),
    amountMsat: String(PRICE_MSAT),
    settlement: 'direct',
    state: 'open',
    expiresAtMs,
  };
}

/** An order that nobody has paid, as far as the market says. */
export function lapsed(order: OrderState): OrderState {
  const invoice = { ...order.invoice!, state: 'cancelled' as const };
  return { ...order, state: 'lapsed', lapseReason: 'unpaid', invoice };
}

function cardOf(key: string, seederKey: string, bootstrap: NodeAddress[]): Card {
  const { signature: _, marketKey: __, ...dazaar } = vector.card.dazaar;
  const places = { cores: [{ role: 'data', key }], seeders: [seederKey], bootstrap, terms: null };
  return { ...vector.card, id: key, dazaar: { ...dazaar, ...places } } as unknown as Card;
}

function answerTo(asked: HeardAsk, lies: Lies, buyerKey: string) {
  if (asked.what === 'quote') {
    const { feedId, plan, quantity } = asked;
    const price = { priceMsat: String(PRICE_MSAT), durationMs: 3_600_000, termsHash: null };
    return { value: { feedId, plan, quantity, ...price, nowMs: Date.now() } };
  }
  const order =
    asked.what === 'order'
      ? lies.order(buyerKey)
      : asked.what === 'watch' && lies.watch(asked.orderId);
  return order ? { value: order } : { refused: { code: 'order-not-found', detail: 'none' } };
}
