import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Card } from '../../protocol/card.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { append, listFeed, type ShopListing } from '../support/shop.ts';
import type { Given, Told } from './swarm-buyer.ts';

const BUYER = fileURLToPath(new URL('./swarm-buyer.ts', import.meta.url));
const PATIENCE_MS = 120_000;
const PLANS = [{ name: 'hour', kind: 'time', periodMs: 3_600_000, priceMsat: '5000' }];

describe('a purchase wholly over the swarm, with a seeder and workers alone', () => {
  let market: Several;
  let listing: ShopListing;
  let card: Card;
  const buyers = new Set<ChildProcess>();
  before(async () => {
    market = await startSeveral({ redis: false });
    const { shop, server, stack } = market;
    listing = await listFeed(shop, [{ n: 1 }], PLANS, { terms: 'Be kind.' });
    await append(shop, listing.slug, [{ n: 2 }]);
    card = (await (await fetch(`${server.url}/v1/listings/${listing.slug}/card`)).json()) as Card;
    await server.kill('SIGKILL');
    await assert.rejects(fetch(server.url));
    await stack.start('workers', 'workers', { RECONCILE_SECONDS: '2' });
  });
  after(async () => {
    for (const buyer of buyers) buyer.kill('SIGKILL');
    await market[Symbol.asyncDispose]();
  });

  it('by a buyer that knows the card alone, and by one that knows the listing’s key alone', async () => {
    const { bootstrap } = market.stack;
    const { coreKey } = listing;
    const both = [startBuyer({ card }), startBuyer({ coreKey, bootstrap })];
    for (const { told } of both) {
      const { blocks, order } = await told('read');
      assert.deepEqual(
        blocks.map((block) => JSON.parse(block)),
        [{ n: 1 }, { n: 2 }],
      );
      assert.equal(order.grant?.state, 'live');
      assert.equal(order.termsHash, card.dazaar.terms!.hash);
    }
    await checkInvariants(market.stack.db.prisma, connect(market.stack.lightning.nodes.market));
  });

  it('A03 A29 goes on where it was when the seeder is killed between the order and its payment', async () => {
    const { stack } = market;
    const buyer = startBuyer({ card }, true);
    const { order } = await buyer.told('ordered');
    await market.seeder.kill('SIGKILL');
    await stack.start('seeder', 'seeder', market.seeder.env);
    buyer.process.send('pay');
    const read = await buyer.told('read');
    assert.equal(read.order.id, order.id);
    assert.equal(read.blocks.length, 2);
    const buyerKey = Uint8Array.from(Buffer.from(order.buyerKey, 'hex'));
    assert.equal(await stack.db.prisma.order.count({ where: { buyerKey } }), 1);
    await checkInvariants(stack.db.prisma, connect(stack.lightning.nodes.market));
  });

  let count = 0;
  function startBuyer(known: Given['known'], waits = false) {
    const storeDir = join(market.stack.dir, `buyer-${count++}`);
    const wallet = market.stack.lightning.nodes.buyer;
    const given: Given = { known, plan: 'hour', wallet, storeDir, waits };
    const process = fork(BUYER, [], {
      execArgv: [],
      env: { ...globalThis.process.env, NODE_NO_WARNINGS: '1', GIVEN: JSON.stringify(given) },
    });
    buyers.add(process);
    const all: Told[] = [];
    process.on('message', (told) => all.push(told as Told));
    const over = new AbortController();
    process.on('exit', (code) => setImmediate(() => over.abort(`the buyer ended with ${code}`)));
    return {
      process,
      /** Waits until the buyer tells of that. */
      async told<W extends Told['what']>(what: W): Promise<Extract<Told, { what: W }>> {
        const signal = AbortSignal.any([over.signal, AbortSignal.timeout(PATIENCE_MS)]);
        for (;;) {
          const found = all.find((told) => told.what === what);
          if (found) return found as Extract<Told, { what: W }>;
          await once(process, 'message', { signal });
        }
      },
    };
  }
});
