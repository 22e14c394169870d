import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parse } from 'yaml';
import { marketKeys } from '../../protocol/market-keys.ts';
import { BuyerKey } from '../support/buyer-key.ts';
import { type Several, startSeveral } from '../support/processes.ts';
import { startReceiver } from '../support/receiver.ts';
import { call, pay, placeOrder, readOrder, until } from '../support/shop.ts';
import type { StackProgram } from '../support/stack.ts';
import { type Exposition, lint, scrape } from './exposition.ts';

const PATIENCE_MS = 40_000;

describe('the numbers of a market', () => {
  let several: Several;
  let workers: StackProgram;
  const buyer = new BuyerKey();
  before(async () => {
    several = await startSeveral();
    workers = await several.stack.start('workers', 'workers', { RECONCILE_SECONDS: '5' });
  });
  after(() => several[Symbol.asyncDispose]());

  const ofWorkers = () => scrape(workers.opsUrl);
  const ofServer = () => scrape(several.server.opsUrl);
  const ofSeeder = () => scrape(several.seeder.opsUrl);
  /** Waits for numbers to become as they should, which those that are kept for some seconds need. */
  const settles = async (read: () => Promise<Exposition>, values: Record<string, number>) => {
    let last: Record<string, number | undefined> = {};
    const deadline = Date.now() + PATIENCE_MS;
    do {
      const numbers = await read();
      last = Object.fromEntries(Object.keys(values).map((each) => [each, numbers.value(each)]));
      if (Object.entries(values).every(([each, value]) => last[each] === value)) return;
      await sleep(500);
    } while (Date.now() < deadline);
    assert.deepEqual(last, values);
  };

  it('are in the format, in base units, with help, and tell of no person', async () => {
    for (const numbers of [await ofServer(), await ofWorkers(), await ofSeeder()]) {
      const own = new Map([...numbers.families].filter(([name]) => name.startsWith('dazaar_')));
      assert.deepEqual(lint({ ...numbers, families: own }), []);
      assert.ok(numbers.families.has('process_cpu_seconds_total'));
      assert.ok(numbers.families.has('nodejs_eventloop_lag_seconds'));
    }
  });

  it('tell of a purchase, from the order to what is downloaded', async () => {
    const { shop, listing, stack } = several;
    const before = await ofServer();
    const lapsing = await placeOrder(shop, listing.slug);
    const order = await placeOrder(shop, listing.slug, { buyerKey: buyer.hex });
    await pay(several.buyer, order);
    await until(async () => (await readOrder(shop, order.id)).state === 'paid', PATIENCE_MS);

    const server = await ofServer();
    const placed = 'dazaar_order_transitions_total{to="placed"}';
    assert.equal(server.value(placed)! - before.value(placed)!, 2);
    const posted = { route: '/v1/orders', method: 'POST', status: '201' };
    const requests = server.named('dazaar_http_request_duration_seconds_count');
    assert.equal(requests.find(({ labels }) => sameLabels(labels, posted))?.value, 2);
    assert.ok(requests.every(({ labels }) => !labels.route?.includes(listing.slug)));

    await settles(ofWorkers, {
      'dazaar_payments_total{outcome="settled"}': 1,
      'dazaar_order_transitions_total{to="paid"}': 1,
      dazaar_settle_to_grant_seconds_count: 1,
      'dazaar_orders{state="paid"}': 1,
      'dazaar_orders{state="open"}': 1,
      'dazaar_invoices{state="settled"}': 1,
      'dazaar_invoices{state="open"}': 1,
      'dazaar_grants{state="live"}': 1,
      dazaar_unmatched_settlements: 0,
      'dazaar_ledger_balance_msat{kind="node"}': -5000,
      'dazaar_ledger_imbalance_msat{of="transactions"}': 0,
      'dazaar_ledger_imbalance_msat{of="balances"}': 0,
      dazaar_ledger_lopsided_transactions: 0,
      dazaar_seeders: 1,
      'dazaar_leader{role="watch-node"}': 1,
      dazaar_node_synced: 1,
      'dazaar_source_up{source="database"}': 1,
      'dazaar_source_up{source="node"}': 1,
      'dazaar_source_up{source="liquidity"}': 1,
      'dazaar_source_up{source="queue"}': 1,
    });
    const numbers = await ofWorkers();
    assert.ok(numbers.value('dazaar_settle_to_grant_seconds_sum')! < 60);
    assert.ok(numbers.value('dazaar_node_inbound_msat')! > 0);
    assert.ok(numbers.value('dazaar_node_outbound_msat')! >= 5000, 'with what was paid');
    assert.ok(numbers.value('dazaar_seeder_lag_seconds')! < 60);
    assert.equal((await readOrder(shop, lapsing.id)).state, 'open');

    await settles(ofSeeder, { dazaar_grant_to_admission_seconds_count: 1, dazaar_gate_grants: 1 });
    const keys = marketKeys(Buffer.from(stack.env.MARKET_SEED!, 'hex'));
    const request = buyer.tokenRequest({ deps: { keys } }, listing.slug);
    const { token } = (await call(shop, 'POST', '/v1/tokens', request, 201)) as { token: string };
    const blocks = await fetch(
      `${several.seeder.url}/v1/feeds/${listing.feedId}/blocks?start=0&end=1`,
      { headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson' } },
    );
    assert.equal(blocks.status, 200, await blocks.clone().text());
    await blocks.text();
    await settles(ofSeeder, { 'dazaar_replicated_blocks_total{transport="http"}': 1 });
    const seeder = await ofSeeder();
    assert.equal(
      seeder.value('dazaar_replicated_bytes_total{transport="http"}'),
      '{"n":1}\n'.length,
    );
  });

  it('tell of a revocation, and of the cut', async () => {
    const { shop, stack } = several;
    const grant = await stack.db.prisma.grant.findFirstOrThrow();
    await call(shop, 'POST', `/v1/seller/grants/${grant.id}/revoke`, { reason: 'a test' }, 200);
    await settles(ofSeeder, { dazaar_revoke_to_cut_seconds_count: 1, dazaar_gate_grants: 0 });
    await settles(ofWorkers, { 'dazaar_grants{state="revoked"}': 1 });
  });

  it('tell of refusals by their code, and of what nobody has as nothing', async () => {
    const { server } = several;
    await fetch(`${server.url}/v1/listings/there-is-none-${Date.now()}`);
    await fetch(`${server.url}/made/up/${Date.now()}`);
    const numbers = await ofServer();
    assert.ok(numbers.value('dazaar_problems_total{code="not-found"}')! >= 1);
    const routes = numbers.named('dazaar_http_request_duration_seconds_count');
    const made = routes.filter(({ labels }) => labels.route!.includes('made'));
    assert.deepEqual(made, [], 'who asks makes up no labels');
  });

  it('tell of webhooks and of jobs', async () => {
    await using receiver = await startReceiver();
    const { shop } = several;
    const endpoint = { url: receiver.url, events: [] };
    const { id } = (await call(shop, 'POST', '/v1/seller/webhooks', endpoint, 201)) as {
      id: string;
    };
    await call(shop, 'POST', `/v1/seller/webhooks/${id}/test`, {}, 202);
    await settles(ofWorkers, {
      'dazaar_webhook_attempt_duration_seconds_count{outcome="delivered"}': 1,
    });
    const jobs = (await ofWorkers()).named('dazaar_job_duration_seconds_count');
    assert.ok(jobs.some(({ labels }) => labels.queue === 'sweep' && labels.outcome === 'done'));
  });

  it('I1 a ledger that was changed behind the back of its rules is told of, and so is a payment of nobody', async () => {
    const { db } = several.stack;
    const client = new pg.Client({ connectionString: db.url });
    await client.connect();
    // As only a superuser can: without the triggers that keep the books.
    await client.query('SET session_replication_role = replica');
    await client.query(
      `UPDATE ledger_entries SET amount_msat = amount_msat + 7 WHERE id = (SELECT min(id) FROM ledger_entries)`,
    );
    await client.query(
      `UPDATE ledger_accounts SET balance_msat = balance_msat - 3 WHERE kind = 'node'`,
    );
    await client.query(
      `INSERT INTO payments (payment_hash, node_key, settle_index, outcome, received_msat, credited_msat, refundable_msat, settled_at)
       VALUES (decode(repeat('ab', 32), 'hex'), 'somebody', 1, 'unknown', 1, 0, 0, now())`,
    );
    await client.end();
    await settles(ofWorkers, {
      'dazaar_ledger_imbalance_msat{of="transactions"}': 7,
      'dazaar_ledger_imbalance_msat{of="balances"}': -3,
      dazaar_ledger_lopsided_transactions: 1,
      dazaar_unmatched_settlements: 1,
    });
  });

  it('that cannot be read are left out, and that is told: no old number is a new one', async () => {
    const { redis } = several.stack;
    if (!redis) return assert.fail('redis-server not found; apt-get install redis-server');
    assert.ok((await ofWorkers()).named('dazaar_queue_jobs').length > 0);
    await redis.kill();
    await settles(ofWorkers, { 'dazaar_source_up{source="queue"}': 0 });
    const numbers = await ofWorkers();
    assert.deepEqual(numbers.named('dazaar_queue_jobs'), []);
    assert.ok(numbers.value('dazaar_seeders') !== undefined, 'the others are there');
    await redis.start();
    await settles(ofWorkers, { 'dazaar_source_up{source="queue"}': 1 });
  });

  it('are those of docs/metrics.md, and alerts are of them', async () => {
    const numbers = [await ofServer(), await ofWorkers(), await ofSeeder()];
    const told = new Set(numbers.flatMap(({ families }) => [...families.keys()]));
    const own = [...told].filter((name) => name.startsWith('dazaar_')).sort();
    const docs = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...docs.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(rows.toSorted(), own);

    const rules = await readFile(
      new URL('../../deploy/prometheus/alerts.yml', import.meta.url),
      'utf8',
    );
    const { groups } = parse(rules) as { groups: { rules: { alert: string; expr: string }[] }[] };
    for (const { alert, expr } of groups.flatMap((group) => group.rules)) {
      for (const [name] of expr.matchAll(/dazaar_\w+/g)) {
        const family = name.replace(/_(bucket|sum|count)$/, '');
        assert.ok(told.has(family) || told.has(name), `${alert} asks for ${name}`);
      }
    }
  });
});

function sameLabels(one: Record<string, string>, other: Record<string, string>): boolean {
  return Object.entries(other).every(([name, value]) => one[name] === value);
}
