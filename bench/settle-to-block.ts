import { join } from 'node:path';
import Corestore from 'corestore';
import DHT from 'hyperdht';
import Hyperswarm from 'hyperswarm';
import type { SettledInvoice } from '../ports/lightning.ts';
import { connect, startMarket, type TestMarket } from '../test/support/market.ts';
import { listFeed, placeOrder } from '../test/support/shop.ts';
import { percentile } from './figures.ts';

const TRIALS = 100;
const WARM_UP = 5;
const BLOCK_TIMEOUT_MS = 10_000;

/**
 * From the node's word that a payment is settled to the first verified block at a connected buyer: watcher,
 * settlement, grant log, gate and replication. Each trial buys another feed with one buyer key.
 */
export default async function settleToBlock(): Promise<Record<string, number>> {
  await using market = await startMarket();
  const wallet = connect(market.sandbox.nodes.buyer);
  await using buyer = await connectBuyer(market);
  using settlements = followSettled(market);
  const latenciesMs: number[] = [];
  for (let trial = 0; trial < WARM_UP + TRIALS; trial++) {
    const listing = await listFeed(market, [{ trial }]);
    const core = buyer.store.get({ key: Buffer.from(listing.coreKey, 'hex') });
    await core.ready();
    const order = await placeOrder(market, listing.slug, { buyerKey: buyer.key });
    const { bolt11, paymentHash } = order.invoice!;
    const firstBlockAtMs = core.get(0, { timeout: BLOCK_TIMEOUT_MS }).then(() => Date.now());
    const paid = await wallet.pay({ bolt11, maxFeeMsat: 10_000n, timeoutMs: 10_000 });
    if (paid.state !== 'succeeded') throw new Error(`payment ${paid.state}`);
    const atMs = await firstBlockAtMs;
    await core.close();
    const settledAtMs = settlements.atMs.get(paymentHash);
    // The first subscription may still be on its way when the first payment is made.
    if (trial < WARM_UP) continue;
    if (!settledAtMs) throw new Error(`nobody was told of ${paymentHash}`);
    latenciesMs.push(atMs - settledAtMs);
  }
  console.log(`settled at the node → first block at the buyer, ${TRIALS} trials`);
  return { p50Ms: percentile(latenciesMs, 50), p99Ms: percentile(latenciesMs, 99) };
}

/** A stream of its own beside the worker's: both are told at the same time. */
function followSettled(market: TestMarket): Disposable & { atMs: Map<string, number> } {
  const stop = new AbortController();
  const atMs = new Map<string, number>();
  const note = async (invoices: SettledInvoice[]) => {
    for (const { paymentHash } of invoices) {
      atMs.set(Buffer.from(paymentHash).toString('hex'), Date.now());
    }
  };
  void connect(market.sandbox.nodes.market).watchSettled(0n, note, stop.signal);
  return { atMs, [Symbol.dispose]: () => stop.abort() };
}

async function connectBuyer(market: TestMarket) {
  const store = new Corestore(join(market.dir, 'buyer'));
  const dht = new DHT({ bootstrap: market.bootstrap, host: '127.0.0.1' });
  const swarm = new Hyperswarm({ dht });
  const connected = new Promise<void>((resolve) => {
    swarm.on('connection', (connection) => {
      connection.on('error', () => {});
      store.replicate(connection);
      resolve();
    });
  });
  swarm.joinPeer(market.seeder.key);
  await connected;
  return {
    store,
    key: Buffer.from(swarm.keyPair.publicKey).toString('hex'),
    async [Symbol.asyncDispose]() {
      await swarm.destroy();
      await store.close();
    },
  };
}
