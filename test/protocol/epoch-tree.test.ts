import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochAt, epochsOf, MAX_EPOCH_MS, MIN_EPOCH_MS } from '../../domain/epoch.ts';
import {
  addSeeds,
  EPOCHS,
  type EpochSeeds,
  epochKey,
  epochSeedsJson,
  MAX_SEEDS,
  narrowSeeds,
  readSeeds,
  rootSeeds,
  writeSeeds,
} from '../../protocol/epoch-tree.ts';
import { Keyring } from '../../protocol/keyring.ts';

const LAST = EPOCHS - 1;
const feed = Buffer.from('a feed');
const root = rootSeeds(Buffer.alloc(32, 7), feed);

const epoch = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: LAST }), fc.constant(LAST));
const range = fc
  .tuple(epoch, epoch)
  .map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const shortRange = fc
  .tuple(epoch, fc.nat(40))
  .map(([first, more]) => ({ first, last: Math.min(first + more, LAST) }));

function seedsOf({ first, last }: { first: number; last: number }): EpochSeeds {
  return narrowSeeds(root, first, last)!;
}

function countOf({ bytes }: EpochSeeds): number {
  return bytes.byteLength / 32;
}

/** All seeds from the root down to an epoch, by the way of its bits. */
function seedsAbove(at: number): string[] {
  const spans = Array.from({ length: 33 }, (_, level) => 2 ** (32 - level));
  return spans.map((span) => {
    const first = Math.floor(at / span) * span;
    return Buffer.from(seedsOf({ first, last: first + span - 1 }).bytes).toString('hex');
  });
}

test('a holder of the seeds of [a, b] derives exactly the keys a to b', () => {
  fc.assert(
    fc.property(shortRange, ({ first, last }) => {
      const seeds = seedsOf({ first, last });
      for (let at = first; at <= last; at++)
        assert.deepEqual(epochKey(seeds, at), epochKey(root, at));
      if (first > 0) assert.equal(epochKey(seeds, first - 1), null);
      if (last < LAST) assert.equal(epochKey(seeds, last + 1), null);
    }),
    { numRuns: 60 },
  );
});

test('the seeds of [a, b] hold none that any other epoch follows from', () => {
  fc.assert(
    fc.property(range, epoch, ({ first, last }, other) => {
      const { bytes } = seedsOf({ first, last });
      const held = new Set(
        Array.from({ length: countOf({ first, last, bytes }) }, (_, at) =>
          Buffer.from(bytes.subarray(at * 32, at * 32 + 32)).toString('hex'),
        ),
      );
      const outside = [first - 1, last + 1, other].filter(
        (at) => at >= 0 && at <= LAST && (at < first || at > last),
      );
      for (const at of outside)
        assert.ok(
          seedsAbove(at).every((seed) => !held.has(seed)),
          `epoch ${at}`,
        );
      for (const at of [first, last, Math.floor((first + last) / 2)])
        assert.equal(seedsAbove(at).filter((seed) => held.has(seed)).length, 1);
    }),
    { numRuns: 100 },
  );
});

test('a range has the fewest seeds that it can have, and never more than 62', () => {
  // Top down, unlike the product, which goes from left to right.
  const fewest = (from: number, span: number, first: number, last: number): number => {
    if (last < from || first >= from + span) return 0;
    if (first <= from && from + span - 1 <= last) return 1;
    const half = span / 2;
    return fewest(from, half, first, last) + fewest(from + half, half, first, last);
  };
  fc.assert(
    fc.property(range, ({ first, last }) => {
      const count = countOf(seedsOf({ first, last }));
      assert.equal(count, fewest(0, EPOCHS, first, last));
      assert.ok(count <= MAX_SEEDS);
    }),
  );
  assert.equal(countOf(seedsOf({ first: 1, last: LAST - 1 })), MAX_SEEDS);
  assert.equal(countOf(seedsOf({ first: 5, last: 9 })), 3);
  assert.equal(countOf(seedsOf({ first: 0, last: LAST })), 1);
});

test('a range out of a range has the same seeds as out of the root, and there is none beyond it', () => {
  fc.assert(
    fc.property(range, fc.double({ min: 0, max: 1, noNaN: true }), epoch, (outer, part, other) => {
      const held = seedsOf(outer);
      const first = outer.first + Math.floor((outer.last - outer.first) * part);
      assert.deepEqual(narrowSeeds(held, first, outer.last), seedsOf({ first, last: outer.last }));
      const beyond = { first: Math.min(first, other), last: Math.max(outer.last, other) };
      const isBeyond = beyond.first < outer.first || beyond.last > outer.last;
      assert.equal(narrowSeeds(held, beyond.first, beyond.last) === null, isBeyond);
    }),
  );
  assert.throws(() => narrowSeeds(root, 5, 4), RangeError);
  assert.throws(() => narrowSeeds(root, 0.5, 4), RangeError);
});

test('one secret gives each feed other keys, and another secret too', () => {
  const secret = Buffer.alloc(32, 7);
  const keys = [
    rootSeeds(secret, feed),
    rootSeeds(secret, Buffer.from('another feed')),
    rootSeeds(Buffer.alloc(32, 8), feed),
  ].map((seeds) => epochKey(seeds, 12)!.toString('hex'));
  assert.equal(new Set(keys).size, 3);
  assert.throws(() => rootSeeds(Buffer.alloc(31), feed), RangeError);
});

test('seeds are written and read back, and of every other form refused', () => {
  fc.assert(
    fc.property(range, fc.nat(), (some, at) => {
      const json = JSON.parse(JSON.stringify(writeSeeds(seedsOf(some))));
      const seeds = readSeeds(epochSeedsJson.parse(json));
      assert.deepEqual({ ...seeds, bytes: Buffer.from(seeds.bytes) }, seedsOf(some));
      const length = at % seeds.bytes.byteLength;
      const short = Buffer.from(seeds.bytes).subarray(0, length).toString('base64');
      assert.ok(!epochSeedsJson.safeParse({ ...json, seeds: short }).success);
    }),
  );
  const { seeds } = writeSeeds(seedsOf({ first: 5, last: 9 }));
  const malformed = [
    { first: 9, last: 5, seeds },
    { first: 4, last: 9, seeds },
    { first: 5, last: 9, seeds: `${seeds}AAAA` },
    { first: 5, last: 9, seeds: '!' },
    { first: 5.5, last: 9, seeds },
    { first: -1, last: 9, seeds },
    { first: 5, last: EPOCHS, seeds },
    { first: 5, last: 9, seeds: randomBytes(32 * (MAX_SEEDS + 1)).toString('base64') },
    { first: 5, last: 9 },
    null,
  ];
  for (const each of malformed) assert.ok(!epochSeedsJson.safeParse(each).success);
});

test('a keyring opens whatever any of its seeds opens, and keeps none that open nothing more', () => {
  fc.assert(
    fc.property(fc.array(shortRange, { minLength: 1, maxLength: 8 }), (ranges) => {
      const keyring = new Keyring();
      for (const each of ranges) keyring.add(seedsOf(each));
      for (const { first, last } of ranges) {
        for (const at of [first - 1, first, last, last + 1]) {
          const isSold = ranges.some((each) => each.first <= at && at <= each.last);
          assert.deepEqual(
            at >= 0 && at <= LAST ? keyring.keyOf(at) : null,
            isSold ? epochKey(root, at) : null,
          );
        }
      }
      const { held } = keyring;
      for (const one of held)
        for (const other of held)
          if (one !== other) assert.ok(one.first < other.first || one.last > other.last);
    }),
    { numRuns: 50 },
  );
});

test('what is renewed again and again does not pile up', () => {
  const keyring = new Keyring();
  for (let last = 100; last < 400; last++) keyring.add(seedsOf({ first: 90, last }));
  assert.equal(keyring.held.length, 1);
  const held = addSeeds(keyring.held, seedsOf({ first: 95, last: 105 }));
  assert.equal(held, keyring.held);
});

test('of seeds that contradict each other those that came last count, for the epochs that they are of', () => {
  const other = rootSeeds(randomBytes(32), Buffer.from('a feed'));
  const keyring = new Keyring([narrowSeeds(other, 0, 100)!]);
  const isOf = (from: EpochSeeds, epoch: number) =>
    assert.deepEqual(keyring.keyOf(epoch), epochKey(from, epoch));
  keyring.add(seedsOf({ first: 40, last: 60 }));
  isOf(other, 39);
  isOf(root, 40);
  isOf(root, 60);
  isOf(other, 61);
  keyring.add(seedsOf({ first: 0, last: 100 }));
  isOf(root, 61);
  assert.equal(keyring.held.length, 1);
});

test('a time has one epoch, the same after a restart, and a range of times all that it touches', () => {
  const epochMs = fc.integer({ min: MIN_EPOCH_MS, max: MAX_EPOCH_MS });
  const time = fc.integer({ min: 0, max: Date.UTC(2200, 0) });
  fc.assert(
    fc.property(epochMs, time, fc.integer({ min: 1, max: 10 ** 10 }), (length, from, more) => {
      const epochs = epochsOf(from, from + more, length)!;
      assert.equal(epochs.first, epochAt(from, length));
      assert.ok(epochs.last * length < from + more && from + more <= (epochs.last + 1) * length);
      assert.ok(epochs.last < EPOCHS);
    }),
  );
  assert.equal(epochsOf(5, 5, MIN_EPOCH_MS), null);
});
