import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import Corestore from 'corestore';
import fc from 'fast-check';
import type Hypercore from 'hypercore';
import {
  InvalidProof,
  type ProvenRange,
  proveRange,
  verifyRange,
} from '../../protocol/range-proof.ts';

const MAX_HEADER_BYTES = 4_096;

let directory: string;
let store: Corestore;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dazaar-proof-'));
  store = new Corestore(directory);
  await store.ready();
});

after(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

function blocksOf(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`block ${i} ${'x'.repeat(i % 7)}`));
}

async function coreOf(count: number): Promise<Hypercore> {
  const core = store.get({ name: `core of ${count}` });
  await core.ready();
  if (core.length === 0 && count > 0) await core.append(blocksOf(count));
  return core;
}

test('every range of a core of any length is proven by its key, and changed by a bit it proves nothing else', async () => {
  const length = fc.integer({ min: 1, max: 70 });
  const range = length.chain((n) =>
    fc
      .tuple(fc.constant(n), fc.nat(n), fc.nat(n))
      .map(([n, a, b]) => ({ length: n, start: Math.min(a, b), end: Math.max(a, b) })),
  );
  await fc.assert(
    fc.asyncProperty(range, fc.nat(), fc.nat(7), async ({ length, start, end }, at, bit) => {
      const core = await coreOf(length);
      const blocks = blocksOf(length).slice(start, end);
      const proof = await proveRange(core, start, end);
      const proven = verifyRange(core.key, proof!, blocks);
      assert.deepEqual(proven, { start, end, length, fork: 0 });

      const forged = Buffer.from(proof!);
      forged[at % forged.length]! ^= 1 << bit;
      // Hypercore's encoding of manifests has bits that mean nothing.
      assert.deepEqual(provenOrRefused(core, forged, blocks) ?? proven, proven);
      if (blocks.length === 0) return;
      const tampered = blocks.map((block) => Buffer.from(block));
      tampered[at % tampered.length]![0]! ^= 1 << bit;
      assert.throws(() => verifyRange(core.key, proof!, tampered), InvalidProof);
      assert.throws(() => verifyRange(core.key, proof!, blocks.slice(1)), InvalidProof);
    }),
    { numRuns: 300 },
  );
});

function provenOrRefused(core: Hypercore, proof: Buffer, blocks: Buffer[]): ProvenRange | null {
  try {
    return verifyRange(core.key, proof, blocks);
  } catch (error) {
    assert.ok(error instanceof InvalidProof, String(error));
    return null;
  }
}

test('a proof of another core is refused', async () => {
  const core = await coreOf(9);
  const other = await coreOf(10);
  const proof = await proveRange(core, 2, 5);
  const blocks = blocksOf(9).slice(2, 5);
  assert.throws(() => verifyRange(other.key, proof!, blocks), InvalidProof);
});

test('blocks in another order, or more of them, are refused', async () => {
  const core = await coreOf(16);
  const proof = await proveRange(core, 0, 16);
  const blocks = blocksOf(16);
  assert.throws(() => verifyRange(core.key, proof!, blocks.toReversed()), InvalidProof);
  assert.throws(() => verifyRange(core.key, proof!, [...blocks, blocks[0]!]), InvalidProof);
});

test('a proof stays true for the length that it says when the core has grown', async () => {
  const core = store.get({ name: 'growing' });
  await core.append(blocksOf(11));
  const proof = await proveRange(core, 3, 8);
  await core.append(Buffer.from('one more'));
  const proven = verifyRange(core.key, proof!, blocksOf(11).slice(3, 8));
  assert.equal(proven.length, 11);
});

test('a proof fits into a header, and of an empty core there is none', async () => {
  const core = await coreOf(4_095);
  const proof = await proveRange(core, 1_365, 2_730);
  assert.ok(proof!.toString('base64url').length < MAX_HEADER_BYTES);
  assert.equal(await proveRange(await coreOf(0), 0, 0), null);
});

test('what is no proof at all is refused', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('nonsense'), Buffer.alloc(500, 255)]) {
    assert.throws(() => verifyRange(Buffer.alloc(32), bytes, []), InvalidProof);
  }
});
