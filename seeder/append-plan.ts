/** A pending batch: its number, and where it stands in the core, once that was decided. */
export interface Batch {
  seq: bigint;
  /** How many blocks of a Hypercore, or changes of a Hyperbee. */
  blocks: number;
  firstIndex: bigint | null;
  /** The core's length behind it. */
  endIndex: bigint | null;
  payloadBytes: number;
}

/** What to do with a feed's pending batches: some stand in the core already, some are to be appended together. */
export type AppendPlan =
  | { kind: 'plan'; done: Batch[]; append: Batch[] }
  | { kind: 'fault'; why: string };

/**
 * Compares what was decided before a crash with how long the core is now.
 *
 * @param coreLength how many blocks stand in the core.
 * @param recordedLength how many were recorded as appended: fewer in the core means that it lost some, and appending
 * would sign a second history.
 * @param maxBytes how much payload to append at once; one batch may be larger.
 */
export function planAppend(
  pending: readonly Batch[],
  coreLength: number,
  recordedLength: number,
  maxBytes: number,
): AppendPlan {
  if (coreLength < recordedLength) {
    return fault(`the core has ${coreLength} blocks where ${recordedLength} were recorded`);
  }
  const done: Batch[] = [];
  const append: Batch[] = [];
  let next = BigInt(coreLength);
  let bytes = 0;
  for (const batch of decidedFirst(pending)) {
    const { seq, firstIndex, endIndex, payloadBytes } = batch;
    if (endIndex !== null && endIndex <= BigInt(coreLength)) {
      done.push(batch);
      continue;
    }
    if (append.length > 0 && bytes + payloadBytes > maxBytes) break;
    if (firstIndex !== null && firstIndex !== next) {
      return fault(`batch ${seq} was to stand at ${firstIndex}, but the core goes on at ${next}`);
    }
    append.push(batch);
    next = endIndex ?? next;
    bytes += payloadBytes;
  }
  return { kind: 'plan', done, append };
}

// A lower number may become visible after a higher one was given its place.
function decidedFirst(pending: readonly Batch[]): Batch[] {
  const decided = pending.filter((batch) => batch.firstIndex !== null);
  const open = pending.filter((batch) => batch.firstIndex === null);
  decided.sort((a, b) => Number(a.firstIndex! - b.firstIndex!));
  return [...decided, ...open.toSorted((a, b) => Number(a.seq - b.seq))];
}

function fault(why: string): AppendPlan {
  return { kind: 'fault', why };
}
