import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Listing } from '../../contract/index.ts';
import { liveliness } from '../../web/parts/activity.ts';

const NOW_MS = 1_700_000_000_000;

const MINUTE_MS = 60_000;

describe('how alive a feed is', () => {
  it('is live for five minutes from its newest block on', () => {
    assert.match(told([MINUTE_MS, 299_999]), />live<.*Updated <time[^>]*>1 min 0 s ago</);
    const later = told([5 * MINUTE_MS]);
    assert.doesNotMatch(later, />live</);
    assert.match(later, /Updated <time[^>]*>5 min 0 s ago</);
    assert.match(told([]), /Nothing in it yet/);
  });

  it('is not live for what was uploaded before it was put on sale', () => {
    assert.match(told([MINUTE_MS], NOW_MS - MINUTE_MS - 1), />live</);
    assert.doesNotMatch(told([MINUTE_MS], NOW_MS - MINUTE_MS), />live</);
    assert.doesNotMatch(told([MINUTE_MS], null), />live</);
  });
});

/** Of a feed whose cores grew so long ago. */
function told(agesMs: number[], publishedAtMs: number | null = 0): string {
  const cores = agesMs.map((ageMs) => ({ lastBlockAtMs: NOW_MS - ageMs }));
  const activity = { blocksLastDay: 0, bytesLastDay: 0, peers: 0 };
  return liveliness({ feed: { cores }, activity, publishedAtMs } as Listing, NOW_MS).text;
}
