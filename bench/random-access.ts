import { randomBytes, randomUUID } from 'node:crypto';
import type Hypercore from 'hypercore';
import { proveRange } from '../protocol/range-proof.ts';
import { openGate, type TestGate, WHOLE } from '../test/seeder/loopback.ts';
import { bounded, median, percentile, rounded } from './figures.ts';

const BLOCKS = 1_000_100;
const BLOCK_BYTES = 200;
const BLOCKS_PER_APPEND = 10_000;
const START = 1_000_000;
const END = 1_000_011;
const TRIALS = 30;
const READ_MS = 30_000;

interface Reading {
  wireBytes: number;
  ms: number;
}

/**
 * What it costs a new buyer to have 11 blocks from far inside a feed of a million: bytes that came over the connection
 * from the grant on, beside those of the blocks and of the smallest proof of them, and the time from the grant.
 */
export default async function randomAccess(): Promise<Record<string, number>> {
  await using seeder = await openGate();
  const feedId = randomUUID();
  const core = await seeder.addFeed(feedId, 0);
  for (let length = 0; length < BLOCKS; length += BLOCKS_PER_APPEND) {
    const count = Math.min(BLOCKS_PER_APPEND, BLOCKS - length);
    await core.append(Array.from({ length: count }, () => randomBytes(BLOCK_BYTES)));
  }
  const blockBytes = (END - START) * BLOCK_BYTES;
  const proofBytes = (await proveRange(core, START, END))!.length;
  const readings: Reading[] = [];
  for (let trial = 0; trial < TRIALS; trial++) readings.push(await readOnce(seeder, feedId, core));
  const times = readings.map(({ ms }) => ms);
  const wireBytes = median(readings.map((reading) => reading.wireBytes));
  const figures = {
    blockBytes,
    proofBytes,
    wireBytes,
    ratio: rounded(wireBytes / (blockBytes + proofBytes), 2),
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
  };
  console.log(`blocks ${START} to ${END - 1} of ${BLOCKS}: ${wireBytes} bytes came`);
  console.log(`the blocks are ${blockBytes} bytes, the smallest proof of them ${proofBytes}`);
  console.log(`from the grant on p50 ${figures.p50Ms} ms, p99 ${figures.p99Ms} ms`);
  return figures;
}

async function readOnce(
  { gate, buyer: connect }: TestGate,
  feedId: string,
  source: Hypercore,
): Promise<Reading> {
  await using buyer = await connect();
  const copy = await buyer.open(source.key);
  const read = copy.download({ start: START, end: END }).done();
  const bytesBefore = buyer.connection.rawBytesRead;
  const grantedAtMs = performance.now();
  gate.grant({ buyerKey: buyer.key, feedId, expiresAtMs: null, ...WHOLE });
  await bounded(read, READ_MS, 'the blocks are read');
  const ms = performance.now() - grantedAtMs;
  const { length } = await held(copy);
  if (length !== END - START) throw new Error(`${length} blocks came`);
  return { wireBytes: buyer.connection.rawBytesRead - bytesBefore, ms };
}

/** The blocks of the range that the copy has. */
async function held(copy: Hypercore): Promise<number[]> {
  const indexes = Array.from({ length: END - START }, (_, i) => START + i);
  const has = await Promise.all(indexes.map((index) => copy.has(index)));
  return indexes.filter((_, i) => has[i]);
}
