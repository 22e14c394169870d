import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Order } from '../../contract/index.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { buyerKeyIn, dazaar } from '../buyer/cli.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { openShop } from '../support/processes.ts';
import { listFeed, pay, placeOrder, readOrder, type Shopfront } from '../support/shop.ts';
import { type Stack, type StackProgram, startStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { withoutLnd } from './binaries.ts';
import { type LndNetwork, startLndNetwork } from './network.ts';
import { placeOf } from './place.ts';

const WITHIN_MS = 120_000;
const ROWS = [{ n: 0 }, { n: 1 }, { n: 2 }];
const PLANS = [{ name: 'minute', kind: 'time', periodMs: 60_000, priceMsat: '5000' }];
// So late that only the stream can have told; the hold is short so that its end can be waited for.
const ENV = { RECONCILE_SECONDS: '60', HOLD_SECONDS: '15' };

describe('a market on real LNDs', { skip: withoutLnd }, () => {
  let stack: Stack;
  let network: LndNetwork;
  let market: Lightning;
  let buyer: Lightning;
  let shop: Shopfront;
  let slug: string;
  let seeder: StackProgram;
  let workers: StackProgram;

  before(async () => {
    const lightning = async (dir: string) => {
      network = await startLndNetwork(dir);
      return placeOf(network);
    };
    stack = await startStack({ lightning });
    market = connect(network.nodes.market);
    buyer = connect(network.nodes.buyer);
    let server: StackProgram;
    [server, seeder, workers] = await Promise.all([
      stack.start('server', 'server', ENV),
      stack.start('seeder', 'seeder', ENV),
      stack.start('workers', 'workers', ENV),
    ]);
    shop = await openShop(stack, server.url);
    ({ slug } = await listFeed(shop, ROWS, PLANS));
  });
  after(() => stack?.[Symbol.asyncDispose]());

  it('what is ordered and paid is granted and copied', async () => {
    const options = { home: join(stack.dir, 'home'), market: shop.server.url };
    await dazaar(['keygen'], options);
    const order = await placeOrder(shop, slug, { buyerKey: await buyerKeyIn(options.home) });
    await pay(buyer, order);
    await becomes(order, 'paid');
    const out = join(stack.dir, 'out.ndjson');
    const { code, stderr } = await dazaar(['pull', slug, '--out', out], options);
    assert.equal(code, 0, stderr);
    assert.equal(
      await readFile(out, 'utf8'),
      ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
  });

  it('A15 a held payment is taken once a seeder lets the buyer in, and given back when none does', async () => {
    const held = await listFeed(shop, ROWS, PLANS, { settlement: 'held' });
    const taken = await placeOrder(shop, held.slug);
    await pay(buyer, taken);
    await becomes(taken, 'paid');
    assert.equal((await atNode(taken))?.state, 'settled');
    const givenBack = await placeOrder(shop, held.slug);
    await seeder.kill('SIGKILL');
    const { bolt11 } = givenBack.invoice!;
    const paid = await buyer.pay({ bolt11, maxFeeMsat: 5_000n, timeoutMs: 60_000 });
    assert.deepEqual(paid, { state: 'failed', reason: 'invalid-payment' });
    await becomes(givenBack, 'lapsed');
    assert.equal((await atNode(givenBack))?.state, 'cancelled');
    seeder = await stack.start('seeder', 'seeder', ENV);
  });

  it('A13 what is paid while the workers are dead, and the node killed after it, is granted when they are back', async () => {
    await workers.kill('SIGKILL');
    const orders = [await placeOrder(shop, slug), await placeOrder(shop, slug)];
    for (const order of orders) await pay(buyer, order);
    await network.restart('market');
    workers = await stack.start('workers', 'workers', ENV);
    for (const order of orders) await becomes(order, 'paid');
    const later = await placeOrder(shop, slug);
    await network.restart('market');
    await pay(buyer, later);
    await becomes(later, 'paid');
  });

  it('A14 a node put back to an older copy of itself gives its indexes out again, and nothing is skipped or credited twice', async () => {
    await sell();
    await network.backUp();
    const lost = await sell();
    const { settleIndex } = await paymentOf(lost);
    await network.restore();
    assert.equal(await atNode(lost), null, 'the node has forgotten it');
    const again = [await sell(), await sell()];
    assert.equal((await paymentOf(again[0]!)).settleIndex, settleIndex);
    assert.equal((await readOrder(shop, lost.id)).state, 'paid', 'what was granted stays granted');
    const { prisma } = stack.db;
    const paid = await prisma.order.findMany({ where: { state: 'paid', listing: { slug } } });
    const orderId = { in: paid.map(({ id }) => id) };
    assert.equal(await prisma.payment.count({ where: { orderId } }), paid.length);
  });

  it('in the end the books are in order, and all that the node has received is accounted for', async () => {
    await checkInvariants(stack.db.prisma, market);
  });

  async function sell(): Promise<Order> {
    let order: Order | undefined;
    // A node that was killed is a 503 for a moment.
    await until(async () => {
      order = await placeOrder(shop, slug).catch(() => undefined);
      return order !== undefined;
    }, WITHIN_MS);
    await pay(buyer, order!);
    await becomes(order!, 'paid');
    return order!;
  }

  function becomes({ id }: Order, state: Order['state']): Promise<void> {
    return until(async () => (await readOrder(shop, id)).state === state, WITHIN_MS);
  }

  function atNode({ invoice }: Order) {
    return market.lookUpInvoice(Buffer.from(invoice!.paymentHash, 'hex'));
  }

  function paymentOf({ invoice }: Order) {
    const paymentHash = Uint8Array.from(Buffer.from(invoice!.paymentHash, 'hex'));
    return stack.db.prisma.payment.findUniqueOrThrow({ where: { paymentHash } });
  }
});
