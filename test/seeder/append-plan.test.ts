import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Batch, planAppend } from '../../seeder/append-plan.ts';

const MAX_BYTES = 1_000;

function batch(seq: number, blocks: number, firstIndex: number | null, payloadBytes = 10): Batch {
  return {
    seq: BigInt(seq),
    blocks,
    firstIndex: firstIndex === null ? null : BigInt(firstIndex),
    endIndex: firstIndex === null ? null : BigInt(firstIndex + blocks),
    payloadBytes,
  };
}

test('batches decided before a crash go first and keep their place', () => {
  const pending = [batch(1, 2, null), batch(2, 3, 10), batch(3, 1, 13)];
  const plan = planAppend(pending, 10, 10, MAX_BYTES);
  assert.equal(plan.kind, 'plan');
  if (plan.kind !== 'plan') return;
  assert.deepEqual(
    plan.append.map(({ seq }) => seq),
    [2n, 3n, 1n],
  );
});

test('a core shorter than recorded, or with an unexplained length, is a fault', () => {
  assert.equal(planAppend([batch(1, 1, null)], 9, 10, MAX_BYTES).kind, 'fault');
  assert.equal(planAppend([batch(1, 2, 10)], 11, 10, MAX_BYTES).kind, 'fault');
  assert.equal(planAppend([batch(1, 2, 12)], 11, 10, MAX_BYTES).kind, 'fault');
});

test('one append is bounded in bytes, but a batch larger than that is appended alone', () => {
  const plan = planAppend([batch(1, 1, null, 5_000), batch(2, 1, null)], 0, 0, MAX_BYTES);
  assert.equal(plan.kind === 'plan' && plan.append.length, 1);
});

test('a crash at any point of any run leaves every batch in the core exactly once', () => {
  const runs = fc.array(fc.record({ late: fc.boolean(), crash: fc.integer({ min: 0, max: 3 }) }), {
    maxLength: 60,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, runs, (blockCounts, crashes) => {
      const rows = blockCounts.map((blocks, seq) => batch(seq, blocks, null, 300));
      const done = new Set<bigint>();
      const core: bigint[] = [];
      let recorded = 0;
      const finish = (batches: Batch[]) => {
        for (const { seq } of batches) done.add(seq);
        recorded = core.length;
      };
      for (const { late, crash } of [
        ...crashes,
        ...blockCounts.map(() => ({ late: false, crash: 3 })),
      ]) {
        const pending = rows.filter((row) => !done.has(row.seq));
        // Hides the lowest open number, as if its transaction were still to commit.
        const open = pending.findIndex((row) => row.firstIndex === null);
        const visible = late && open !== -1 ? pending.toSpliced(open, 1) : pending;
        const plan = planAppend(visible, core.length, recorded, MAX_BYTES);
        assert.equal(plan.kind, 'plan');
        if (plan.kind !== 'plan' || crash === 0) continue;
        finish(plan.done);
        let next = BigInt(core.length);
        for (const { seq, blocks } of plan.append) {
          const endIndex = next + BigInt(blocks);
          Object.assign(rows[Number(seq)]!, { firstIndex: next, endIndex });
          next = endIndex;
        }
        if (crash === 1) continue;
        for (const { seq, blocks } of plan.append) {
          for (let block = 0; block < blocks; block++) core.push(seq);
        }
        if (crash === 3) finish(plan.append);
      }
      assert.equal(done.size, rows.length);
      for (const { seq, blocks, firstIndex } of rows) {
        const first = Number(firstIndex);
        assert.deepEqual(core.slice(first, first + blocks), Array(blocks).fill(seq));
      }
      assert.equal(
        core.length,
        blockCounts.reduce((sum, blocks) => sum + blocks, 0),
      );
    }),
  );
});
