import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ACCESS, MACAROON_NAMES } from '../../adapters/lightning/access.ts';
import { macaroonFaults } from '../../boot/macaroons.ts';
import { type MacaroonPaths, macaroonPaths } from '../../ops/write-macaroons.ts';
import type { InvoiceRequest, Lightning } from '../../ports/lightning.ts';
import { connect } from '../support/market.ts';
import type { LightningPlace } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { methodsOf, type NodeMethods, openMethods } from './node-methods.ts';

const COMMAND = fileURLToPath(new URL('../../ops/bake-macaroons.ts', import.meta.url));
const ROOT_KEY_ID = '77';
const DENIED = /permission ?denied/i;
const DANGEROUS = [
  ...['SendCoins', 'SendMany', 'OpenChannel', 'CloseChannel', 'BakeMacaroon', 'StopDaemon'],
  ...['DeleteMacaroonID', 'ListPayments', 'ExportAllChannelBackups', 'WalletBalance', 'NewAddress'],
].map((name) => `/lnrpc.Lightning/${name}`);

/** Proves of the market's macaroons, at a node of any kind, that they open what is needed and nothing else. */
export function testMacaroons(openPlace: (dir: string) => Promise<LightningPlace>): void {
  let dir: string;
  let place: LightningPlace;
  let paths: MacaroonPaths;
  let methods: NodeMethods;
  const openWith = (macaroon: string) => connect({ ...place.nodes.market, macaroon });

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dazaar-macaroons-'));
    place = await openPlace(join(dir, 'lightning'));
    paths = macaroonPaths(join(dir, 'baked'));
    methods = await methodsOf(place.nodes.market);
  });
  after(async () => {
    await place[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  });

  it('are baked by a command that says where each goes, and tells nothing of what is in them', async () => {
    const { code, stdout, stderr } = await command('--out', join(dir, 'baked'));
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /server\.macaroon\n.*LND_MACAROON of the server, and of the seeders/);
    assert.match(stdout, /workers\.macaroon\n.*LND_MACAROON of the workers/);
    assert.match(stdout, /payouts\.macaroon\n.*LND_PAYOUT_MACAROON of the workers/);
    for (const path of Object.values(paths)) {
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      const macaroon = await readFile(path);
      assert.ok(!stdout.includes(macaroon.toString('hex')));
      assert.ok(!stdout.includes(macaroon.toString('base64')));
    }
  });

  it('are never replaced', async () => {
    const baked = await readFile(paths.server);
    const { code, stdout, stderr } = await command('--out', join(dir, 'baked'));
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(stderr, /^\/.*server\.macaroon is there already: .*\n$/);
    assert.deepEqual(await readFile(paths.server), baked);
  });

  it('are not baked with a macaroon that may not', async () => {
    const { code, stderr } = await command('--out', join(dir, 'none'), '--macaroon', paths.workers);
    assert.equal(code, 1);
    assert.match(stderr, /^this macaroon may not do that: .*\n$/);
  });

  for (const name of MACAROON_NAMES) {
    it(`A42 the ${name} macaroon is refused every method of the node but its own`, async () => {
      for (const method of DANGEROUS) assert.ok(methods.has(method), method);
      const opened = await openMethods({ ...place.nodes.market, macaroon: paths[name] }, methods);
      assert.deepEqual(opened, [...ACCESS[name]].sort());
    });
  }

  it('A42 the server makes invoices, and neither takes payments nor sends any', async () => {
    const server = openWith(paths.server);
    assert.match(await server.nodeKey(), /^[0-9a-f]{66}$/);
    assert.equal((await server.nodeState()).synced, true);
    const [plain, held] = [terms(), terms({ hold: true })];
    const { bolt11 } = await server.createInvoice(plain);
    assert.equal((await server.createInvoice(plain)).bolt11, bolt11);
    const { paymentHash } = server.readInvoice((await server.createInvoice(held)).bolt11)!;
    assert.equal((await server.lookUpInvoice(paymentHash))?.state, 'open');
    await refused({
      settle: () => server.settleHeld(held.preimage),
      cancel: () => server.cancelInvoice(paymentHash),
      watch: () => watch(server),
      list: () => first(server.settledSince(0)),
      liquidity: () => server.liquidity(),
      ...(await spending(server)),
    });
  });

  it('A42 the workers watch invoices, take held payments and give them back, and make none', async () => {
    const [server, workers] = [openWith(paths.server), openWith(paths.workers)];
    const buyer = connect(place.nodes.buyer);
    assert.equal(await workers.nodeKey(), await server.nodeKey());
    assert.ok((await workers.liquidity()).receivableMsat > 0n);
    const settled = settledBy(workers);
    for (const isTaken of [true, false]) {
      const held = terms({ hold: true });
      const { bolt11 } = await server.createInvoice(held);
      const { paymentHash } = workers.readInvoice(bolt11)!;
      const paying = pay(buyer, bolt11);
      await workers.untilArrived(paymentHash, AbortSignal.timeout(60_000));
      assert.equal((await workers.lookUpInvoice(paymentHash))?.state, 'held');
      if (isTaken) await workers.settleHeld(held.preimage);
      else await workers.cancelInvoice(paymentHash);
      assert.equal((await paying).state, isTaken ? 'succeeded' : 'failed');
      if (isTaken) await until(async () => settled.has(hex(paymentHash)));
    }
    assert.ok(await first(workers.settledSince(0)));
    settled.stop();
    await refused({ create: () => workers.createInvoice(terms()), ...(await spending(workers)) });
  });

  it('A42 payouts are sent and tracked, and their macaroon does nothing with invoices', async () => {
    const payer = openWith(paths.payouts);
    const { bolt11 } = await connect(place.nodes.buyer).createInvoice(terms());
    const { paymentHash } = payer.readInvoice(bolt11)!;
    assert.equal((await payer.track(paymentHash)).state, 'unknown');
    assert.equal((await pay(payer, bolt11)).state, 'succeeded');
    assert.equal((await payer.track(paymentHash)).state, 'succeeded');
    assert.deepEqual((await first(payer.sent()))?.paymentHash, paymentHash);
    await refused({
      create: () => payer.createInvoice(terms()),
      lookUp: () => payer.lookUpInvoice(paymentHash),
      settle: () => payer.settleHeld(randomBytes(32)),
      cancel: () => payer.cancelInvoice(paymentHash),
      watch: () => watch(payer),
      list: () => first(payer.settledSince(0)),
    });
  });

  it('A42 a process whose macaroon could spend does not start where the money is real', () => {
    const admin = place.nodes.market.macaroon;
    const faults = (program: 'server' | 'workers' | 'seeder', macaroon: string, payouts?: string) =>
      macaroonFaults(program, {
        LND_MACAROON: macaroon,
        ...(payouts && { LND_PAYOUT_MACAROON: payouts }),
        LIGHTNING_NETWORK: 'mainnet',
      });
    for (const program of ['server', 'workers', 'seeder'] as const) {
      assert.match(
        faults(program, admin)[0]!,
        /^LND_MACAROON: it permits (onchain|offchain|macaroon):\w+, and so perhaps to spend/,
      );
      assert.match(faults(program, paths.payouts)[0]!, /^LND_MACAROON: it permits uri:/);
    }
    assert.match(faults('server', paths.server, paths.payouts)[0]!, /^LND_PAYOUT_MACAROON: /);
    assert.match(faults('seeder', paths.server, paths.payouts)[0]!, /^LND_PAYOUT_MACAROON: /);
    assert.deepEqual(faults('server', paths.server), []);
    assert.deepEqual(faults('seeder', paths.server, '/not/mounted/here'), []);
    assert.deepEqual(faults('workers', paths.workers, paths.payouts), []);
  });

  it('are worthless once their root key is revoked', async () => {
    const { code, stdout } = await command('--revoke', ROOT_KEY_ID);
    assert.equal(code, 0);
    assert.match(stdout, /root key 77 open nothing any more/);
    for (const name of MACAROON_NAMES) {
      await assert.rejects(openWith(paths[name]).nodeKey(), /root key with id 77 doesn't exist/);
    }
    const again = await command('--revoke', ROOT_KEY_ID);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^the node has no such root key .*\n$/);
  });

  function command(...more: string[]) {
    const { socket, cert, macaroon } = place.nodes.market;
    const args = ['--socket', socket, '--cert', cert, '--macaroon', macaroon];
    const rootKey = more.includes('--out') ? ['--root-key-id', ROOT_KEY_ID] : [];
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, NODE_NO_WARNINGS: '1' };
      const program = [COMMAND, ...args, ...rootKey, ...more];
      const child = execFile(process.execPath, program, { env }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  /** All that sends money. What it would pay can be paid: that nothing is sent is the macaroon's doing alone. */
  async function spending(lightning: Lightning): Promise<Calls> {
    const { bolt11 } = await connect(place.nodes.buyer).createInvoice(terms());
    const { paymentHash } = lightning.readInvoice(bolt11)!;
    return {
      pay: () => pay(lightning, bolt11),
      track: () => lightning.track(paymentHash),
      sent: () => first(lightning.sent()),
    };
  }
}

type Calls = Record<string, () => Promise<unknown>>;

function terms(more: Partial<InvoiceRequest> = {}): InvoiceRequest {
  const preimage = randomBytes(32);
  return {
    preimage,
    amountMsat: 20_000n,
    description: 'macaroons',
    expiresAtMs: Date.now() + 600_000,
    ...more,
  };
}

function pay(from: Lightning, bolt11: string) {
  return from.pay({ bolt11, maxFeeMsat: 10_000n, timeoutMs: 30_000 });
}

function watch(lightning: Lightning): Promise<void> {
  return lightning.watchSettled(1n, async () => {}, AbortSignal.timeout(60_000));
}

/** What is told of settlements from now on. */
function settledBy(lightning: Lightning): { has(hash: string): boolean; stop(): void } {
  const hashes = new Set<string>();
  const stop = new AbortController();
  const note = async (invoices: { paymentHash: Uint8Array }[]) => {
    for (const { paymentHash } of invoices) hashes.add(hex(paymentHash));
  };
  lightning.watchSettled(0n, note, stop.signal).catch(() => {});
  return { has: (hash) => hashes.has(hash), stop: () => stop.abort() };
}

async function first<T>(all: AsyncIterable<T>): Promise<T | undefined> {
  for await (const each of all) return each;
  return undefined;
}

async function refused(calls: Calls): Promise<void> {
  const all = Object.entries(calls).map(([what, call]) => assert.rejects(call, DENIED, what));
  await Promise.all(all);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
