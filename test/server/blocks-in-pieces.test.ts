import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { framedBlocks } from '../../server/blocks/framed.ts';
import { ndjsonBlocks } from '../../server/blocks/ndjson.ts';

const LARGE_BYTES = 1024 * 1024 - 2;
const SMALL_PIECE_BYTES = 32;
// Copied anew with each piece, as it once was, one such block takes half a minute.
const BOUND_MS = 10_000;

const FORMATS = [
  { name: 'lines', read: ndjsonBlocks, write: (block: string) => Buffer.from(`${block}\n`) },
  { name: 'framed blocks', read: framedBlocks, write: framed },
];

function framed(block: string): Buffer {
  const bytes = Buffer.from(block);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function* inPieces(body: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, i = 0; at < body.length; i += 1) {
    const size = sizes[i % sizes.length]!;
    yield body.subarray(at, at + size);
    at += size;
  }
}

async function textsOf(blocks: ReturnType<typeof ndjsonBlocks>): Promise<string[]> {
  const texts: string[] = [];
  for await (const some of blocks) {
    assert.ok(Array.isArray(some), JSON.stringify(some));
    texts.push(...some.map(String));
  }
  return texts;
}

for (const { name, read, write } of FORMATS) {
  test(`${name} are the same in whatever pieces they come`, async () => {
    const blocks = fc.array(
      fc.string({ maxLength: 40 }).map((text) => JSON.stringify(text)),
      { maxLength: 20 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(blocks, sizes, async (texts, cuts) => {
        const body = Buffer.concat(texts.map(write));
        assert.deepEqual(await textsOf(read(inPieces(body, cuts))), texts);
      }),
    );
  });

  test(`A39 ${name} that drip in cost no more than their size`, async () => {
    const text = `"${'x'.repeat(LARGE_BYTES)}"`;
    const startedAtMs = performance.now();
    const texts = await textsOf(read(inPieces(write(text), [SMALL_PIECE_BYTES])));
    assert.equal(texts[0] === text && texts.length, 1);
    assert.ok(performance.now() - startedAtMs < BOUND_MS);
  });
}
