import type Hypercore from 'hypercore';
import { SealError } from '../../protocol/seal-error.ts';
import { AccessEnded } from '../access-ended.ts';

const MAX_IN_FLIGHT = 128;
const MIN_IN_FLIGHT = 8;
const IN_FLIGHT_BYTES = 16 * 1024 * 1024;
const MAX_BATCH_BYTES = 1024 * 1024;

interface Slot {
  done: boolean;
  block: Promise<Buffer>;
}

/** What is being read: where to, and what ends it early. */
export interface Reading {
  core: Hypercore;
  /** The first block wanted. */
  from: number;
  /** Where to stop: at this block, not after it. May grow while reading. */
  end: () => number;
  /** Resolves when there may be more than `end` said. Rejects to stop; so does every block that is waited for. */
  more: () => Promise<boolean>;
  /** Rejects when waiting for blocks is in vain. */
  stopped: Promise<never>;
}

/**
 * Reads blocks in order, in batches of what is there. So many are asked for ahead that the way to the seeder is full,
 * and so few that memory stays bounded.
 */
export async function* readBlocks(reading: Reading): AsyncGenerator<Buffer[]> {
  const { core, end, more, stopped } = reading;
  const slots: Slot[] = [];
  let next = reading.from;
  let largestBytes = 1;
  for (;;) {
    const limit = clamp(Math.floor(IN_FLIGHT_BYTES / largestBytes), MIN_IN_FLIGHT, MAX_IN_FLIGHT);
    while (slots.length < limit && next < end()) slots.push(ask(core, next++));
    if (slots.length === 0) {
      if (!(await more())) return;
      continue;
    }
    const batch = await takeReady(slots, stopped);
    largestBytes = Math.max(largestBytes, ...batch.map((block) => block.byteLength));
    yield batch;
  }
}

/** What is already in the store from `from` on, without asking anybody. */
export async function* readStored(
  core: Hypercore,
  from: number,
  end: number,
): AsyncGenerator<Buffer[]> {
  for (let index = from; index < end; index += 1) {
    const block = await core.get(index, { wait: false }).catch(sealedToUs);
    if (block === null) return;
    yield [block];
  }
}

// What there is no key for was never ours, and none comes any more.
function sealedToUs(error: unknown): null {
  if (error instanceof SealError || error instanceof AccessEnded) return null;
  throw error;
}

function ask(core: Hypercore, index: number): Slot {
  const slot: Slot = { done: false, block: get(core, index) };
  slot.block.then(
    () => {
      slot.done = true;
    },
    () => undefined,
  );
  return slot;
}

async function get(core: Hypercore, index: number): Promise<Buffer> {
  const block = await core.get(index);
  if (block === null) throw new Error(`block ${index} is gone`);
  return block;
}

async function takeReady(slots: Slot[], stopped: Promise<never>): Promise<Buffer[]> {
  const first = slots[0] as Slot;
  const batch = [await Promise.race([first.block, stopped])];
  slots.shift();
  let bytes = batch[0]?.byteLength ?? 0;
  while (slots[0]?.done && bytes < MAX_BATCH_BYTES) {
    const block = await (slots.shift() as Slot).block;
    batch.push(block);
    bytes += block.byteLength;
  }
  return batch;
}

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
