import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { refuse } from '../../domain/refusal.ts';
import { cutParts, type Part } from '../../flow/cut-parts.ts';
import { decodeBlocks } from '../../protocol/block-batch.ts';

const PART_BYTES = 1024 * 1024;
const PART_BLOCKS = 8_192;

async function* inGroups(blocks: readonly Buffer[], sizes: readonly number[]) {
  for (let at = 0, i = 0; at < blocks.length; i += 1) {
    const size = sizes[i % sizes.length]!;
    yield blocks.slice(at, at + size);
    at += size;
  }
}

async function partsOf(blocks: readonly Buffer[], sizes: readonly number[]): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of cutParts(inGroups(blocks, sizes))) {
    assert.ok('payload' in part);
    parts.push(part);
  }
  return parts;
}

test('the same blocks are cut into the same parts, however they come in', async () => {
  const lengths = fc.array(
    fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200_000, max: PART_BYTES })),
    { minLength: 1, maxLength: 30 },
  );
  const groups = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(lengths, groups, groups, async (byteLengths, one, other) => {
      const blocks = byteLengths.map((length, i) => Buffer.alloc(length, i + 1));
      const parts = await partsOf(blocks, one);
      assert.deepEqual(parts, await partsOf(blocks, other));
      const again = parts.flatMap(({ payload }) => decodeBlocks(payload));
      assert.ok(blocks.every((block, i) => block.equals(again[i]!)));
      assert.equal(again.length, blocks.length);
      for (const { payload, blocks: count } of parts) {
        assert.ok(payload.byteLength <= PART_BYTES || count === 1);
      }
      assert.deepEqual(
        parts.map(({ isLast }) => isLast),
        parts.map((_, i) => i === parts.length - 1),
      );
    }),
    { numRuns: 40 },
  );
});

test('a part is full at 8,192 blocks, and only the last is the last', async () => {
  const blocks = Array.from({ length: 2 * PART_BLOCKS }, () => Buffer.from('x'));
  const parts = await partsOf(blocks, [1_000]);
  assert.deepEqual(
    parts.map((part) => [part.blocks, part.isLast]),
    [
      [PART_BLOCKS, false],
      [PART_BLOCKS, true],
    ],
  );
});

test('what came ahead of a refusal and fills no part is not cut', async () => {
  async function* source() {
    yield Array.from({ length: PART_BLOCKS + 1 }, () => Buffer.from('x'));
    yield refuse('block-invalid', 'wrong');
  }
  const seen: string[] = [];
  for await (const part of cutParts(source())) {
    seen.push('refused' in part ? part.refused : String(part.blocks));
  }
  assert.deepEqual(seen, [String(PART_BLOCKS), 'block-invalid']);
});
