import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { checkInvariants } from '../support/invariants.ts';
import { connect } from '../support/market.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { pay, placeOrder, readOrder, until } from '../support/shop.ts';
import type { StackProgram } from '../support/stack.ts';
import { startTcpRelay, type TcpRelay } from '../support/tcp-relay.ts';

// The watch goes over within 5 s; a busy machine has some more.
const HANDOVER_MS = 15_000;
// Within such a time only the watcher can have credited.
const NO_RECONCILING = { RECONCILE_SECONDS: '60' };

describe('two processes of workers', () => {
  let several: Several;
  // What each goes to Postgres by.
  const relays = new Map<string, TcpRelay>();
  const workers = new Map<string, StackProgram>();
  before(async () => {
    several = await startSeveral();
    const { hostname, port } = new URL(several.stack.db.url);
    for (const name of ['one', 'two']) {
      relays.set(name, await startTcpRelay(`${hostname}:${port}`));
    }
    // Index 0 replays nothing: from the first settlement on there is a cursor to begin again from.
    const first = await payNew();
    await Promise.all([start('one'), start('two')]);
    await isPaid(first);
  });
  after(async () => {
    await several[Symbol.asyncDispose]();
    for (const relay of relays.values()) await relay[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    const { stack } = several;
    await checkInvariants(stack.db.prisma, connect(stack.lightning.nodes.market));
  });

  it('A02 credit what is paid while the one that watches is killed', async () => {
    const { leader, other } = await leading();
    await workers.get(leader)!.kill('SIGKILL');
    await isPaid(await payNew());
    await isLed(other);
    await start(leader);
  });

  it('hand the watch over when the one that watches is told to stop', async () => {
    const { leader, other } = await leading();
    const order = payNew();
    workers.get(leader)!.process.kill('SIGTERM');
    await isPaid(await order);
    await isLed(other);
    assert.equal(await workers.get(leader)!.ended, '0', 'it stops in good order');
    await start(leader);
  });

  it('take the watch from one that hangs, which stands by when it goes on', async () => {
    const { leader, other } = await leading();
    const hung = workers.get(leader)!.process;
    hung.kill('SIGSTOP');
    try {
      await isPaid(await payNew());
      await isLed(other);
    } finally {
      hung.kill('SIGCONT');
    }
    await isPaid(await payNew());
    assert.equal(await leaderNow(), other);
  });

  it('watch on when the connection that holds the lock is cut', async () => {
    const { pid } = await leading();
    await several.stack.db.outside(`SELECT pg_terminate_backend(${pid})`);
    await isPaid(await payNew());
    await until(async () => (await holders()).some((holder) => holder.pid !== pid), HANDOVER_MS);
  });

  it('take the watch from one whose host is gone without a word', async () => {
    const { leader, other } = await leading();
    relays.get(leader)!.freeze();
    await isPaid(await payNew());
    await isLed(other);
  });

  async function start(name: string): Promise<void> {
    const url = new URL(several.stack.db.url);
    url.host = relays.get(name)!.socket;
    const env = { ...NO_RECONCILING, DATABASE_URL: url.href, PGAPPNAME: name };
    workers.set(name, await several.stack.start('workers', name, env));
  }

  /** Who holds the lock: by the name of the process, and the session at Postgres. */
  async function holders(): Promise<{ name: string; pid: number }[]> {
    return several.stack.db.prisma.$queryRaw`
      SELECT a.application_name AS name, a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()
        AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('dazaar/watch-node', 0)`;
  }

  async function leaderNow(): Promise<string | undefined> {
    return (await holders())[0]?.name;
  }

  async function leading(): Promise<{ leader: string; other: string; pid: number }> {
    await until(async () => (await holders()).length === 1, HANDOVER_MS);
    const [{ name: leader, pid }] = (await holders()) as [{ name: string; pid: number }];
    return { leader, other: leader === 'one' ? 'two' : 'one', pid };
  }

  async function isLed(name: string): Promise<void> {
    await until(async () => (await leaderNow()) === name, HANDOVER_MS);
  }

  async function payNew(): Promise<string> {
    const order = await placeOrder(several.shop, several.listing.slug);
    await pay(several.buyer, order);
    return order.id;
  }

  async function isPaid(id: string): Promise<void> {
    await until(async () => (await readOrder(several.shop, id)).state === 'paid', HANDOVER_MS);
  }
});
