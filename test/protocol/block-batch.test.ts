import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBlocks, encodeBlocks, MalformedBatch } from '../../protocol/block-batch.ts';

test('whatever blocks are encoded, the same come back', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (blocks) => {
      const decoded = decodeBlocks(encodeBlocks(blocks)).map((block) => Uint8Array.from(block));
      assert.deepEqual(
        decoded,
        blocks.map((block) => Uint8Array.from(block)),
      );
    }),
  );
});

test('each block stands after its length in big endian', () => {
  const payload = encodeBlocks([Buffer.from('ab'), Buffer.from('')]);
  assert.deepEqual([...payload], [0, 0, 0, 2, 97, 98, 0, 0, 0, 0]);
});

test('a payload that ends within a length or a block is refused', () => {
  const payload = encodeBlocks([Buffer.from('a block')]);
  for (const length of [1, 3, 4, payload.byteLength - 1]) {
    assert.throws(() => decodeBlocks(payload.subarray(0, length)), MalformedBatch);
  }
});
