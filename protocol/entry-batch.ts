import { decodeBlocks, encodeBlocks, MalformedBatch } from './block-batch.ts';

/** A change of a Hyperbee: keys are UTF-8 text, values JSON. */
export type EntryChange = { op: 'put'; key: string; value: unknown } | { op: 'del'; key: string };

/** The changes of one batch as a payload; the same changes give the same bytes. */
export function encodeEntries(changes: readonly EntryChange[]): Uint8Array<ArrayBuffer> {
  return encodeBlocks(
    changes.map((change) => {
      const parts = change.op === 'put' ? [change.key, change.value] : [change.key];
      return Buffer.from(JSON.stringify(parts));
    }),
  );
}

/**
 * Reads back what {@link encodeEntries} wrote.
 *
 * @throws {MalformedBatch}
 */
export function decodeEntries(payload: Uint8Array): EntryChange[] {
  return decodeBlocks(payload).map((block) => {
    const [key, ...rest] = parts(block);
    return rest.length === 0 ? { op: 'del', key } : { op: 'put', key, value: rest[0] };
  });
}

function parts(block: Buffer): [string, unknown?] {
  try {
    return JSON.parse(block.toString());
  } catch {
    throw new MalformedBatch('a change is not JSON');
  }
}
