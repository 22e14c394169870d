import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type Hypercore from 'hypercore';
import { openGate, type TestBuyer, type TestGate, until, WHOLE } from '../test/seeder/loopback.ts';
import { percentile } from './figures.ts';

const TRIALS = 100;
const BLOCK_BYTES = 1_024;
const APPEND_EVERY_MS = 1;
const LIVE_BLOCKS = 20;
const QUIET_MS = 100;
const LIVE_GRANTS = 10_000;

/**
 * Revokes a peer that downloads live while the writer appends, and notes when the buyer's last verified block came, and
 * whether any block came that was appended after the revocation.
 */
export default async function revokeLatency(): Promise<Record<string, number>> {
  await using seeder = await openGate();
  addGrants(seeder);
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId, 0);
  await using buyer = await seeder.buyer();
  const writer = startWriter(core);
  const latenciesMs: number[] = [];
  let blocksAfterCut = 0;
  const copy = await buyer.open(core.key);
  copy.download({ start: 0, end: -1 });
  for (let trial = 0; trial < TRIALS; trial++) {
    const { lastBlockMs, blocksAfter } = await revokeOnce(seeder, buyer, feedId, core, copy);
    latenciesMs.push(lastBlockMs);
    blocksAfterCut += blocksAfter;
  }
  await writer.stop();
  const [p50Ms, p99Ms] = [percentile(latenciesMs, 50, 2), percentile(latenciesMs, 99, 2)];
  console.log(`${TRIALS} revocations: last block after p50 ${p50Ms} ms, p99 ${p99Ms} ms`);
  console.log(`blocks received that were appended after the revocation: ${blocksAfterCut}`);
  return { p50Ms, p99Ms, blocksAfterCut };
}

async function revokeOnce(
  { gate }: TestGate,
  buyer: TestBuyer,
  feedId: string,
  source: Hypercore,
  copy: Hypercore,
): Promise<{ lastBlockMs: number; blocksAfter: number }> {
  gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: Date.now() + 3_600_000, ...WHOLE });
  const fromLength = source.length;
  let live = 0;
  let lengthAtRevoke = Number.POSITIVE_INFINITY;
  let lastBlockAtMs = 0;
  let blocksAfter = 0;
  const ondownload = (index: number) => {
    if (index >= fromLength) live += 1;
    if (index >= lengthAtRevoke) blocksAfter += 1;
    lastBlockAtMs = performance.now();
  };
  copy.on('download', ondownload);
  await until(() => live > LIVE_BLOCKS, 'the buyer downloads live');
  const revokedAtMs = performance.now();
  gate.revoke(buyer.key, feedId, 'revoked');
  lengthAtRevoke = source.length;
  await sleep(QUIET_MS);
  copy.off('download', ondownload);
  return { lastBlockMs: Math.max(0, lastBlockAtMs - revokedAtMs), blocksAfter };
}

function startWriter(core: Hypercore): { stop(): Promise<void> } {
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      await core.append(randomBytes(BLOCK_BYTES));
      await sleep(APPEND_EVERY_MS);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}

function addGrants({ gate }: TestGate): void {
  for (let i = 0; i < LIVE_GRANTS; i++) {
    const expiresAtMs = Date.now() + 3_600_000 + i * 1_000;
    gate.grant({ buyerKey: randomBytes(32), feedId: randomUUID(), expiresAtMs, ...WHOLE });
  }
}
