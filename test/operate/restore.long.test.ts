import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import pino from 'pino';
import { openLead } from '../../adapters/postgres/lead.ts';
import { openListen } from '../../adapters/postgres/listen.ts';
import { applyMigrations } from '../../adapters/postgres/migrations.ts';
import { openPrisma } from '../../adapters/postgres/prisma-client.ts';
import type { Order } from '../../contract/index.ts';
import { SCOPES } from '../../contract/operation.ts';
import { createApiKey } from '../../flow/api-keys.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import type { TestDatabase } from '../support/database.ts';
import { checkBooks } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { invoiceOf, openPayee } from '../support/payee.ts';
import {
  append,
  call,
  listFeed,
  pay,
  placeOrder,
  readOrder,
  type Shopfront,
  type ShopListing,
} from '../support/shop.ts';
import { type Stack, type StackProgram, startStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { type ArchivedPostgres, startArchivedPostgres } from './archived-postgres.ts';

const run = promisify(execFile);
const PLANS = [{ name: 'day', kind: 'time', periodMs: 86_400_000, priceMsat: '50000' }];
const WAIT_MS = 60_000;

describe('a database that is lost and set back to an earlier instant', () => {
  let postgres: ArchivedPostgres;
  let stack: Stack;
  let server: StackProgram;
  let workers: StackProgram;
  let seeder: StackProgram;
  let shop: Shopfront;
  let listing: ShopListing;
  let buyer: Lightning;

  before(async () => {
    stack = await startStack({
      database: async (dir) => {
        const ownDir = join(dir, 'database');
        await mkdir(ownDir);
        postgres = await startArchivedPostgres(ownDir);
        await applyMigrations(postgres.url);
        return opened(postgres);
      },
    });
    buyer = connect(stack.lightning.nodes.buyer);
    seeder = await stack.start('seeder', 'seeder');
    await startOthers();
    const { prisma } = stack.db;
    const seller = await prisma.seller.create({ data: { name: 'Seller' } });
    const apiKey = await createApiKey(prisma, seller.id, 'test', 'sandbox', [...SCOPES]);
    shop = { server, apiKey, db: stack.db };
    listing = await listFeed(shop, [{ n: 0 }], PLANS);
  });
  after(() => stack[Symbol.asyncDispose]());

  it('has every sale before that instant, takes up those after it from the node, and names what only the node knows', async () => {
    const early = await bought();
    await postgres.backUp();
    const logged = await bought();
    const open = await ordered();
    await append(shop, listing.slug, [{ n: 1 }]);
    const instant = await postgres.now();

    await pay(buyer, open.order);
    await untilPaid(open.order);
    const forgotten = await bought();
    await append(shop, listing.slug, [{ n: 2 }]);
    const payoutHash = await withdrawn(20_000n);

    await Promise.all([server.kill('SIGTERM'), workers.kill('SIGTERM')]);
    // The seeder stays: it must notice by itself.
    await postgres.restoreTo(instant);
    await startOthers();
    shop = { ...shop, server };

    for (const each of [early, logged, open]) {
      await untilPaid(each.order);
      assert.deepEqual((await blocksFor(each.key)).slice(0, 2), ['{"n":0}', '{"n":1}']);
    }
    const { prisma } = stack.db;
    const hash = Uint8Array.from(Buffer.from(forgotten.order.invoice!.paymentHash, 'hex'));
    await until(async () => {
      const payment = await prisma.payment.findUnique({ where: { paymentHash: hash } });
      return payment?.outcome === 'unknown';
    }, WAIT_MS);
    assert.equal(
      await prisma.order.count({ where: { id: forgotten.order.id } }),
      0,
      'the order went with the database; its payment is there to be given back',
    );
    await checkBooks(prisma);

    const audit = await operated(['audit']);
    assert.equal(audit.code, 1);
    assert.match(audit.said, /what the node has sent is a payout/);
    assert.match(audit.said, new RegExp(payoutHash));
    assert.equal(audit.said.match(/It does not hold/g)?.length, 1, audit.said);

    const { sellerId } = await prisma.listing.findFirstOrThrow();
    const entered = await operated(['payout', '--', 'enter', payoutHash, sellerId]);
    assert.equal(entered.code, 0, entered.said);
    const entry = Uint8Array.from(Buffer.from(payoutHash, 'hex'));
    await until(async () => {
      const payout = await prisma.payout.findUnique({ where: { paymentHash: entry } });
      return payout?.state === 'paid';
    }, WAIT_MS);
    assert.deepEqual(await operated(['audit']), {
      code: 0,
      said: 'The books are in order, and agree with the node.\n',
    });
    assert.equal((await operated(['payout', '--', 'enter', payoutHash, sellerId])).code, 1);
  });

  it('goes on with a feed where the feed is, not where the database thought it was', async () => {
    await append(shop, listing.slug, [{ n: 3 }]);
    const late = await bought();
    assert.deepEqual(await blocksFor(late.key), ['{"n":0}', '{"n":1}', '{"n":2}', '{"n":3}']);
  });

  async function startOthers(): Promise<void> {
    [server, workers] = await Promise.all([
      stack.start('server', 'server'),
      stack.start('workers', 'workers'),
    ]);
  }

  async function ordered() {
    const key = new BuyerKey();
    const order = await placeOrder(shop, listing.slug, { plan: 'day', buyerKey: key.hex });
    return { key, order };
  }

  async function bought() {
    const purchase = await ordered();
    await pay(buyer, purchase.order);
    await untilPaid(purchase.order);
    return purchase;
  }

  function untilPaid({ id }: Order): Promise<void> {
    return until(async () => (await readOrder(shop, id)).state === 'paid', WAIT_MS);
  }

  /** What the gateway serves a buyer, a line a block. */
  async function blocksFor(key: BuyerKey): Promise<string[]> {
    const keys = { deps: { keys: marketKeys(Buffer.from(stack.env.MARKET_SEED!, 'hex')) } };
    const { token } = (await call(shop, 'POST', '/v1/tokens', key.tokenRequest(keys), 201)) as {
      token: string;
    };
    let lines: string[] = [];
    await until(async () => {
      const answer = await fetch(`${seeder.url}/v1/feeds/${listing.feedId}/blocks`, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' },
      });
      lines = answer.ok ? (await answer.text()).trim().split('\n') : [];
      return answer.ok;
    }, WAIT_MS);
    return lines;
  }

  async function withdrawn(amountMsat: bigint): Promise<string> {
    const bolt11 = await invoiceOf(openPayee(stack.lightning.nodes.buyer), amountMsat);
    const answer = await fetch(`${server.url}/v1/seller/payouts`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${shop.apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': 'one-withdrawal',
      },
      body: JSON.stringify({ bolt11 }),
    });
    const said = await answer.text();
    assert.equal(answer.status, 201, said);
    const payout = JSON.parse(said) as { id: string };
    await until(async () => {
      const now = (await call(shop, 'GET', `/v1/seller/payouts/${payout.id}`, undefined, 200)) as {
        state: string;
      };
      return now.state === 'paid';
    }, WAIT_MS);
    return Buffer.from(buyer.readInvoice(bolt11)!.paymentHash).toString('hex');
  }

  /** What a command of the runbook says, and how it ends. */
  async function operated(command: string[]): Promise<{ code: number; said: string }> {
    const env = { ...process.env, ...stack.env, ...stack.envOf('workers'), NODE_OPTIONS: '' };
    try {
      const { stdout } = await run('npm', ['run', '-s', ...command], { env });
      return { code: 0, said: stdout };
    } catch (error) {
      const { code, stderr } = error as { code: number; stderr: string };
      return { code, said: stderr };
    }
  }
});

/** The database that the stack's own processes share, for a stack to use. */
function opened(postgres: ArchivedPostgres): TestDatabase {
  const { url } = postgres;
  const prisma = openPrisma(url);
  const log = pino({ level: 'silent' });
  const listen = openListen(url, log);
  return {
    name: 'postgres',
    url,
    prisma,
    listen,
    lead: openLead(url, log),
    outside: () => Promise.reject(new Error('this database is the only one')),
    async [Symbol.asyncDispose]() {
      await listen.close();
      await prisma.$disconnect();
      await postgres[Symbol.asyncDispose]();
    },
  };
}
