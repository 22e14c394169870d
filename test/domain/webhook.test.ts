import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isGivenUp, judgeAttempt, readRetryAfter } from '../../domain/webhook.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const REFUSED = { status: 500, retryAfterMs: null };

describe('an attempt to deliver a webhook', () => {
  it('delivers with any status of success', () => {
    for (const status of [200, 204, 299]) {
      const verdict = judgeAttempt({ status, retryAfterMs: null }, 1, 0);
      assert.deepEqual(verdict, { outcome: 'delivered' });
    }
  });

  it('ends the endpoint with 410', () => {
    assert.deepEqual(judgeAttempt({ status: 410, retryAfterMs: null }, 1, 0), { outcome: 'gone' });
  });

  it('is repeated ten times in all over three days when it fails, redirects or finds nobody', () => {
    for (const status of [500, 404, 302, null]) {
      const waits = [];
      for (let attempts = 1; ; attempts++) {
        const verdict = judgeAttempt({ status, retryAfterMs: null }, attempts, 0);
        if (verdict.outcome !== 'retry') break;
        waits.push(verdict.afterMs / 1000);
      }
      assert.deepEqual(waits, [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]);
    }
  });

  it('waits as long as asked, by 429 and 503 only, and never longer than a day', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(429, 503, 500, null),
        fc.nat({ max: 1e12 }),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (status, retryAfterMs, attempts, random) => {
          const usual = judgeAttempt(REFUSED, attempts, random);
          const verdict = judgeAttempt({ status, retryAfterMs }, attempts, random);
          assert.ok(verdict.outcome === 'retry' && usual.outcome === 'retry');
          assert.ok(verdict.afterMs >= usual.afterMs && verdict.afterMs <= 1.1 * DAY_MS);
          if (status === 429 || status === 503) {
            assert.ok(verdict.afterMs >= Math.min(retryAfterMs, DAY_MS));
          } else {
            assert.equal(verdict.afterMs, usual.afterMs);
          }
        },
      ),
    ));

  it('reads Retry-After in seconds and as a date, and takes no nonsense', () => {
    const now = Date.parse('2026-11-22T20:00:00Z');
    assert.equal(readRetryAfter('120', now), 120_000);
    assert.equal(readRetryAfter('Sun, 22 Nov 2026 20:01:00 GMT', now), 60_000);
    assert.equal(readRetryAfter('Sun, 22 Nov 2026 19:00:00 GMT', now), 0);
    for (const text of [undefined, 'soon', '', '-']) assert.equal(readRetryAfter(text, now), null);
  });

  it('gives an endpoint up after five days of failures', () => {
    assert.equal(isGivenUp(0, 5 * DAY_MS - 1), false);
    assert.equal(isGivenUp(0, 5 * DAY_MS), true);
  });
});
