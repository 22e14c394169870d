import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs } from '../../flow/clock.ts';
import type { Lightning } from '../../ports/lightning.ts';
import { marketKeys } from '../../protocol/market-keys.ts';
import { connectBuyer } from '../seeder/loopback.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { openShop } from '../support/processes.ts';
import { listFeed, pay, placeOrder, readOrder, type Shopfront, until } from '../support/shop.ts';
import { type Stack, type StackProgram, startStack } from '../support/stack.ts';

const SKEW_MS = 600_000;
const AHEAD = { CLOCK_AHEAD_MS: `${SKEW_MS}` };
const BEHIND = { CLOCK_AHEAD_MS: `${-SKEW_MS}` };
const ACCESS_MS = 3_000;
/** What lies between two clocks that agree: answers under way on a busy machine, against ten minutes. */
const NEAR_MS = 5_000;
const PATIENCE_MS = 30_000;
const PLANS = [{ name: 'short', kind: 'time', periodMs: ACCESS_MS, priceMsat: '1000' }];
const TTL_SECONDS = 60;
const BRIEF_SECONDS = 6;

describe('A30 with the clocks of hosts ten minutes off', () => {
  const owned = new AsyncDisposableStack();
  const output = new Map<string, string>();
  let stack: Stack;
  let server: StackProgram;
  /** Its orders are soon over. */
  let brief: StackProgram;
  let shop: Shopfront;
  let buyer: Lightning;
  let slug: string;
  let feedId: string;
  let coreKey: string;
  const seeders = new Map<string, StackProgram>();
  before(async () => {
    const onOutput = (name: string, text: string) =>
      void output.set(name, (output.get(name) ?? '') + text);
    stack = owned.use(await startStack({ onOutput }));
    const [ahead, behind] = await Promise.all([
      stack.start('seeder', 'ahead', { ...AHEAD, LOG_LEVEL: 'warn' }),
      stack.start('seeder', 'behind', { ...BEHIND, LOG_LEVEL: 'warn' }),
    ]);
    server = await stack.start('server', 'server');
    brief = await stack.start('server', 'brief', { ORDER_TTL_SECONDS: `${BRIEF_SECONDS}` });
    seeders.set('ahead', ahead).set('behind', behind);
    shop = await openShop(stack, server.url);
    buyer = connect(stack.lightning.nodes.buyer);
    ({ slug, feedId, coreKey } = await listFeed(shop, [{ n: 1 }, { n: 2 }], PLANS));
  });
  after(() => owned.disposeAsync());

  it('A30 seeders say by how much theirs is: in their row, their log and their metrics', async () => {
    for (const [name, seeder] of seeders) {
      const expectedMs = name === 'ahead' ? SKEW_MS : -SKEW_MS;
      const isNear = (ms: number) => Math.abs(ms - expectedMs) < NEAR_MS;
      const rows = async () => {
        const { prisma } = stack.db;
        const found = await prisma.seeder.findMany({ where: { gatewayUrl: seeder.url } });
        return found.filter(({ clockSkewMs }) => clockSkewMs !== null && isNear(clockSkewMs));
      };
      await until(async () => (await rows()).length === 1);
      const skewSeconds = await metric(seeder, 'dazaar_clock_skew_seconds');
      assert.ok(isNear(skewSeconds * 1_000), `${skewSeconds} s`);
      const lines = output
        .get(name)!
        .split('\n')
        .filter((line) => line.includes('skewMs'));
      assert.equal(lines.length, 1, 'it is said once');
      const line = JSON.parse(lines[0]!) as { skewMs: number; msg: string };
      assert.ok(isNear(line.skewMs), lines[0]);
      assert.equal(line.msg, "this machine's clock is not the database's");
    }
  });

  it('A30 a grant ends at every seeder when the database’s clock says so', async () => {
    const workers = await startWorkers('right', {});
    const key = new BuyerKey();
    const authorization = `Bearer ${await tokenOf(key)}`;
    const rows = await stack.db.prisma.seeder.findMany();
    const peers = await Promise.all(
      rows.map(async ({ noiseKey }) => {
        const peer = await connectBuyer(stack.bootstrap, noiseKey, { seed: key.seed });
        owned.use(peer);
        return peer;
      }),
    );
    const order = await placeOrder(shop, slug, { plan: 'short', buyerKey: key.hex });
    await pay(buyer, order);
    await isPaid(order.id);
    const { grant } = await readOrder(shop, order.id);
    const endsAtMs = grant!.expiresAtMs!;
    const watching = [...seeders.values()].map(async ({ url }) => {
      let served = 0;
      for (;;) {
        const askedAtMs = await databaseMs();
        const path = `/v1/feeds/${feedId}/blocks?start=0&end=1`;
        const answer = await fetch(url + path, { headers: { authorization } });
        await answer.text();
        if (answer.status === 200) {
          served += 1;
          assert.ok(askedAtMs < endsAtMs + 1_000, `served ${askedAtMs - endsAtMs} ms late`);
        } else if (served > 0 || askedAtMs > endsAtMs) {
          const ranMs = (await databaseMs()) - endsAtMs;
          assert.ok(ranMs > -1_000, `refused ${-ranMs} ms early: ${answer.status}`);
          return served;
        }
        await sleep(50);
      }
    });
    const copies = await Promise.all(peers.map((peer) => peer.open(Buffer.from(coreKey, 'hex'))));
    for (const copy of copies) assert.ok(await copy.get(0, { timeout: NEAR_MS }));
    for (const served of await Promise.all(watching)) assert.ok(served > 0, 'it was let in');
    for (const peer of peers) {
      await until(async () => peer.said.some((message) => 'invalid' in message));
    }
    for (const copy of copies) await assert.rejects(copy.get(1, { timeout: 500 }));
    await isOver(order.id);
    await workers.kill('SIGTERM');
  });

  it('A30 workers whose clock is behind credit, end and lapse by the database’s', async () => {
    const workers = await startWorkers('behind', BEHIND);
    await creditAndEnd();
    await workers.kill('SIGKILL');
  });

  it('A30 workers whose clock is ahead do so too, and leave nothing to be done only by their clock', async () => {
    const ahead = await startWorkers('ahead', AHEAD);
    await creditAndEnd();
    const { redis } = stack;
    // The next round of what is done again and again is put off by a clock that nobody else has.
    const isPutOff = async () => String(await redis?.command('KEYS', '*sweep-again*')) !== '';
    await until(async () => !redis || (await isPutOff()));
    await ahead.kill('SIGKILL');
    const right = await startWorkers('right again', {});
    await creditAndEnd();
    await right.kill('SIGTERM');
    await checkInvariants(stack.db.prisma, connect(stack.lightning.nodes.market));
  });

  it('A30 servers sell for the time that the database’s clock says', async () => {
    const workers = await startWorkers('beside', {});
    for (const [where, skew] of Object.entries({ ahead: AHEAD, behind: BEHIND })) {
      const env = { ...skew, ORDER_TTL_SECONDS: `${TTL_SECONDS}` };
      const wrong = await stack.start('server', `server ${where}`, env);
      const order = await placeOrder({ ...shop, server: wrong }, slug, { plan: 'short' });
      const leftMs = order.expiresAtMs - (await databaseMs());
      assert.ok(leftMs > 0 && leftMs <= TTL_SECONDS * 1_000, `${leftMs} ms`);
      const { expiresAtMs } = buyer.readInvoice(order.invoice!.bolt11)!;
      assert.ok(Math.abs(expiresAtMs - order.expiresAtMs) < NEAR_MS, 'as the node says it');
      await pay(buyer, order);
      await isPaid(order.id);
      await wrong.kill('SIGTERM');
    }
    await workers.kill('SIGTERM');
  });

  const databaseMs = () => nowMs(stack.db.prisma);

  function startWorkers(name: string, skew: Record<string, string>): Promise<StackProgram> {
    return stack.start('workers', `workers ${name}`, { RECONCILE_SECONDS: '2', ...skew });
  }

  /** What one has paid for is given and ends; what another has not, lapses. */
  async function creditAndEnd(): Promise<void> {
    const left = await placeOrder({ ...shop, server: brief }, slug, { plan: 'short' });
    const order = await placeOrder(shop, slug, { plan: 'short' });
    await pay(buyer, order);
    await isPaid(order.id);
    await isOver(order.id);
    await lapsesInTime(left.id);
  }

  async function tokenOf(key: BuyerKey): Promise<string> {
    const keys = marketKeys(Buffer.from(stack.env.MARKET_SEED!, 'hex'));
    const answer = await fetch(`${server.url}/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(key.tokenRequest({ deps: { keys } })),
    });
    const body = (await answer.json()) as { token: string };
    assert.equal(answer.status, 201, JSON.stringify(body));
    return body.token;
  }

  async function metric({ opsUrl }: StackProgram, name: string): Promise<number> {
    const text = await (await fetch(`${opsUrl}/metrics`)).text();
    const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? [];
    assert.ok(value, `${name} is among the metrics`);
    return Number(value);
  }

  async function isPaid(id: string): Promise<void> {
    await until(async () => (await readOrder(shop, id)).state === 'paid', PATIENCE_MS);
  }

  async function isOver(id: string): Promise<void> {
    const state = async () => (await readOrder(shop, id)).grant?.state;
    await until(async () => (await state()) === 'expired', PATIENCE_MS);
  }

  /** It is open for its time by the database's clock, and lapses soon after. */
  async function lapsesInTime(id: string): Promise<void> {
    const state = async () => {
      const { expiresAt, ...order } = await stack.db.prisma.order.findUniqueOrThrow({
        where: { id },
      });
      const isEarly = (await databaseMs()) < expiresAt.getTime();
      if (order.state === 'lapsed') assert.equal(isEarly, false, 'not before');
      return order.state;
    };
    await until(async () => (await state()) === 'lapsed', BRIEF_SECONDS * 1_000 + PATIENCE_MS);
  }
});
