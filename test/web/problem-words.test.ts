import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../../contract/index.ts';
import { problemPage } from '../../web/pages/problem.ts';
import type { Viewer } from '../../web/viewer.ts';

test('what has to be paid for says where to buy it, and where to bring what was bought', () => {
  const text = told(402, 'grant-expired');
  assert.match(text, /This has to be paid for first/);
  assert.match(text, /href="\/"/);
  assert.match(text, /href="\/shelf"/);
});

test('a fault of ours says so, tells nothing of its inside, and offers what failed again', () => {
  const text = told(500, 'internal');
  assert.match(text, /Something broke on our side/);
  assert.match(text, /href="\/shelf\?x=1&amp;y=2">Try again/);
  assert.doesNotMatch(text, /a detail/);
  assert.match(text, /Request 123\./);
});

function told(status: number, code: string): string {
  const instance = 'urn:dazaar:request:123';
  const problem = { status, code, instance, detail: 'a detail', title: '', type: '' } as Problem;
  const view = { problem, againAtMs: null, nowMs: 0, again: '/shelf?x=1&y=2' };
  const page = problemPage(view, { account: null } as Viewer);
  assert.equal(page.status, status);
  return page.main.text;
}
