/** What the length ahead of a block takes. */
export const BLOCK_HEADER_BYTES = 4;

/** A payload that is not a whole number of length-prefixed blocks. */
export class MalformedBatch extends Error {}

/** Concatenates blocks, each after its length in bytes as uint32 big endian. */
export function encodeBlocks(blocks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const payload = Buffer.from(new ArrayBuffer(encodedBytes(blocks)));
  let offset = 0;
  for (const block of blocks) {
    offset = payload.writeUInt32BE(block.byteLength, offset);
    payload.set(block, offset);
    offset += block.byteLength;
  }
  return payload;
}

/**
 * Reads back what {@link encodeBlocks} wrote, as views into the payload.
 *
 * @throws {MalformedBatch} when the payload ends within a length or a block.
 */
export function decodeBlocks(payload: Uint8Array): Buffer[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const blocks: Buffer[] = [];
  let offset = 0;
  while (offset < bytes.byteLength) {
    if (offset + BLOCK_HEADER_BYTES > bytes.byteLength)
      throw new MalformedBatch('ends within a length');
    const start = offset + BLOCK_HEADER_BYTES;
    const end = start + bytes.readUInt32BE(offset);
    if (end > bytes.byteLength) throw new MalformedBatch('ends within a block');
    blocks.push(bytes.subarray(start, end));
    offset = end;
  }
  return blocks;
}

function encodedBytes(blocks: readonly Uint8Array[]): number {
  return blocks.reduce((sum, block) => sum + BLOCK_HEADER_BYTES + block.byteLength, 0);
}
