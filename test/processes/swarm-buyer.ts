// A buyer as a process of its own that knows nothing of any market's HTTP: run by swarm-purchase.test.ts.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import Corestore from 'corestore';
import crypto from 'hypercore-crypto';
import DHT, { type Connection, type NodeAddress } from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import { openNode } from '../../boot/context.ts';
import type { Card } from '../../protocol/card.ts';
import { type DazaarChannel, openChannel } from '../../protocol/channel.ts';
import type { Answer, Ask, Hello, OrderState } from '../../protocol/messages.ts';
import { verifyOffer } from '../../protocol/verify-offer.ts';
import type { LndPlace } from '../support/macaroons.ts';

/** What the buyer is given; of a card everything else follows. */
export interface Given {
  known: { card: Card } | { coreKey: string; bootstrap: NodeAddress[] };
  plan: string;
  wallet: LndPlace;
  storeDir: string;
  /** Whether to wait for a word before the invoice is paid. */
  waits: boolean;
}

export type Told =
  | { what: 'ordered'; order: OrderState }
  | { what: 'read'; blocks: string[]; order: OrderState; card: Card };

const ANSWER_MS = 30_000;
const given = JSON.parse(process.env.GIVEN!) as Given;
const { known } = given;
const bootstrap = 'card' in known ? known.card.dazaar.bootstrap : known.bootstrap;
const coreKey = 'card' in known ? known.card.id : known.coreKey;
const trusted = 'card' in known ? { marketKey: known.card.dazaar.marketKey, coreKey } : { coreKey };
const idempotencyKey = randomBytes(16).toString('hex');
const { socket, cert: certPath, macaroon: macaroonPath } = given.wallet;
const wallet = openNode({ lnd: { socket, certPath, macaroonPath } });
const store = new Corestore(given.storeDir);
await store.ready();
const core = store.get({ key: Buffer.from(coreKey, 'hex') });
await core.ready();
let paying: Promise<unknown> | undefined;

const swarm = new Hyperswarm({ dht: new DHT({ bootstrap, host: '127.0.0.1' }) });
swarm.on('connection', (connection) => {
  connection.on('error', () => {});
  void visit(connection).catch((error) => {
    if (connection.destroyed) return;
    console.error(error);
    process.exit(1);
  });
});
swarm.join(crypto.discoveryKey(Buffer.from(coreKey, 'hex')), { server: false, client: true });

async function visit(connection: Connection): Promise<void> {
  store.replicate(connection);
  const attested = Promise.withResolvers<Hello>();
  const paid = Promise.withResolvers<OrderState>();
  const open = new Map<number, (answer: Answer) => void>();
  const channel = openChannel(connection, {
    onhello: (hello) => hello.attestation && attested.resolve(hello),
    onanswer: (answer) => open.get(answer.id)?.(answer),
    onorder: (order) => order.state === 'paid' && paid.resolve(order),
  })!;
  const ask = asker(channel, open);
  const { attestation } = await attested.promise;
  const { card, provenance } = await ask({ id: 1, what: 'card', core: coreKey });
  const heard = {
    seederKey: connection.remotePublicKey.toString('hex'),
    nowMs: Date.now(),
    toleranceMs: 60_000,
  };
  const verdict = verifyOffer(trusted, { attestation: attestation!, card, provenance }, heard);
  if (verdict !== 'genuine') throw new Error(`the offer is ${verdict}`);
  const wanted = { feedId: card.dazaar.feedId, plan: given.plan, quantity: 1 };
  const quote = await ask({ id: 2, what: 'quote', ...wanted });
  const order: OrderState = await ask({
    id: 3,
    what: 'order',
    ...wanted,
    maxPriceMsat: quote.priceMsat,
    ...(quote.termsHash && { acceptTerms: quote.termsHash }),
    idempotencyKey,
  });
  tell({ what: 'ordered', order });
  if (order.state === 'paid') paid.resolve(order);
  paying ??= pay(order);
  await paying;
  const settled = await paid.promise;
  const blocks: string[] = [];
  for (let i = 0; i < 2; i += 1) blocks.push(String(await core.get(i)));
  tell({ what: 'read', blocks, order: settled, card });
  process.disconnect();
  await swarm.destroy();
  await store.close();
  process.exit(0);
}

async function pay({ invoice }: OrderState): Promise<void> {
  if (given.waits) await once(process, 'message');
  await wallet.pay({ bolt11: invoice!.bolt11, maxFeeMsat: 5_000n, timeoutMs: 20_000 });
}

function asker(channel: DazaarChannel, open: Map<number, (answer: Answer) => void>) {
  // biome-ignore lint/suspicious/noExplicitAny: a card, a quote or an order, as it was asked for
  return async (question: Ask): Promise<any> => {
    const answered = Promise.withResolvers<Answer>();
    open.set(question.id, answered.resolve);
    const timer = setTimeout(() => answered.reject(new Error('no answer')), ANSWER_MS);
    channel.ask(question);
    const answer = await answered.promise.finally(() => clearTimeout(timer));
    if ('refused' in answer) throw new Error(`${answer.refused.code}: ${answer.refused.detail}`);
    return answer.value;
  };
}

function tell(told: Told): void {
  process.send?.(told);
}
