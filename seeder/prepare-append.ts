import type Hyperbee from 'hyperbee';
import type Hypercore from 'hypercore';
import { decodeBlocks } from '../protocol/block-batch.ts';
import { decodeEntries } from '../protocol/entry-batch.ts';

/** An append whose outcome is known before it is made. */
export interface PreparedAppend {
  /** The core's length before it. */
  firstIndex: number;
  /** The core's length behind each payload. */
  endIndexes: number[];
  /** Appends all of it in one atomic write. */
  commit(): Promise<unknown>;
  /** Lets go of what was prepared. */
  abandon(): Promise<void>;
}

/**
 * Prepares payloads of blocks.
 *
 * @throws {MalformedBatch}
 */
export function prepareBlocks(core: Hypercore, payloads: readonly Uint8Array[]): PreparedAppend {
  const firstIndex = core.length;
  const blocks: Uint8Array[] = [];
  const endIndexes = payloads.map((payload) => {
    for (const block of decodeBlocks(payload)) blocks.push(block);
    return firstIndex + blocks.length;
  });
  return { firstIndex, endIndexes, commit: () => core.append(blocks), abandon: async () => {} };
}

/**
 * Prepares payloads of changes to a tree. What they come to follows from them and the tree alone: prepared again after a
 * crash, they come to the same blocks. The very first change writes the tree's header ahead of itself.
 *
 * @throws {MalformedBatch}
 */
export async function prepareEntries(
  bee: Hyperbee,
  payloads: readonly Uint8Array[],
): Promise<PreparedAppend> {
  const batch = bee.batch();
  try {
    const lengths: number[] = [];
    for (const payload of payloads) {
      for (const change of decodeEntries(payload)) {
        if (change.op === 'put') await batch.put(change.key, change.value);
        else await batch.del(change.key);
      }
      lengths.push(batch.length);
    }
    const firstIndex = bee.core.length;
    const endIndexes = lengths.map((length) => firstIndex + length);
    return { firstIndex, endIndexes, commit: () => batch.flush(), abandon: () => batch.close() };
  } catch (error) {
    await batch.close();
    throw error;
  }
}
