import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Expiring } from '../../protocol/messages.ts';
import { Notices } from '../../seeder/notices.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = 1_800_000_000_000;

/** Notices by a clock that stands still until it is set. */
function openNotices() {
  const clock = { ms: START };
  const notices = new Notices(() => clock.ms);
  return {
    clock,
    notices,
    /** Goes on second by second, or in greater steps. */
    pass(ms: number, stepMs = SECOND) {
      for (const endMs = clock.ms + ms; clock.ms < endMs; ) {
        clock.ms = Math.min(clock.ms + stepMs, endMs);
        notices.tick();
      }
    },
    [Symbol.dispose]: () => notices.close(),
  };
}

function reader() {
  const heard: Expiring[] = [];
  return { heard, expiring: (message: Expiring) => void heard.push(message) };
}

test('a buyer is told a day, an hour, five minutes, a minute and ten seconds ahead', () => {
  using open = openNotices();
  const buyer = reader();
  const feedId = randomUUID();
  open.notices.place(buyer, { feedId, expiresAtMs: START + 2 * DAY });
  open.pass(2 * DAY + MINUTE);
  assert.deepEqual(
    buyer.heard.map(({ leftMs }) => leftMs),
    [DAY, HOUR, 5 * MINUTE, MINUTE, 10 * SECOND],
  );
  assert.ok(buyer.heard.every(({ expiresAtMs, nowMs, leftMs }) => nowMs + leftMs === expiresAtMs));
});

test('only what fits is said, an extension moves it, and an end or a farewell ends it', () => {
  using open = openNotices();
  const [buyer, gone] = [reader(), reader()];
  const feedId = randomUUID();
  open.notices.place(buyer, { feedId, expiresAtMs: START + 2 * MINUTE });
  open.notices.place(gone, { feedId, expiresAtMs: START + 2 * MINUTE });
  open.notices.forget(gone);
  open.pass(90 * SECOND);
  assert.deepEqual(
    buyer.heard.map(({ leftMs }) => leftMs),
    [MINUTE],
  );
  open.notices.place(buyer, { feedId, expiresAtMs: START + 10 * MINUTE });
  open.pass(4 * MINUTE);
  assert.deepEqual(
    buyer.heard.map(({ leftMs }) => leftMs),
    [MINUTE, 5 * MINUTE],
  );
  open.notices.place(buyer, { feedId, expiresAtMs: null });
  open.pass(10 * MINUTE);
  assert.equal(buyer.heard.length, 2);
  assert.equal(open.notices.size, 0);
  assert.deepEqual(gone.heard, []);
});

test('whatever comes and goes, nobody hears of an end that is not his last, or that is past', () => {
  const change = fc.record({
    feed: fc.nat(2),
    endsInMs: fc.option(fc.integer({ min: -MINUTE, max: 2 * HOUR }), { nil: null }),
    passMs: fc.integer({ min: 0, max: 30 * MINUTE }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      using open = openNotices();
      const ends = new Map<string, number | null>();
      const faults: string[] = [];
      const buyer = {
        expiring({ feedId, expiresAtMs, leftMs, nowMs }: Expiring) {
          if (ends.get(feedId) !== expiresAtMs) faults.push('another end');
          if (leftMs <= 0 || nowMs !== open.clock.ms) faults.push('past');
        },
      };
      for (const { feed, endsInMs, passMs } of changes) {
        const expiresAtMs = endsInMs === null ? null : open.clock.ms + endsInMs;
        ends.set(String(feed), expiresAtMs);
        open.notices.place(buyer, { feedId: String(feed), expiresAtMs });
        open.pass(passMs, 10 * MINUTE);
      }
      assert.deepEqual(faults, []);
      assert.ok(open.notices.size <= 3);
    }),
    { numRuns: 100 },
  );
});
