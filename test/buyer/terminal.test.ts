import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteSize, duration, sat } from '../../buyer/terminal/amounts.ts';
import { Console } from '../../buyer/terminal/console.ts';
import { ProgressLine } from '../../buyer/terminal/progress-line.ts';
import { styleFor } from '../../buyer/terminal/style.ts';
import { table } from '../../buyer/terminal/table.ts';
import { plainLine, wrap } from '../../buyer/terminal/text.ts';

const plain = (text: string) => text;

test('amounts read as people write them', () => {
  assert.equal(sat(1_000n), '1 sat');
  assert.equal(sat(1_234_567_500n), '1,234,567.5 sat');
  assert.equal(sat(1n), '0.001 sat');
  assert.equal(sat(0n), '0 sat');
});

test('durations read as people write them', () => {
  assert.equal(duration(20_000), '20 s');
  assert.equal(duration(60_000), '1 min');
  assert.equal(duration(3_661_000), '1 h 1 min');
  assert.equal(duration(2 * 86_400_000 + 60_000), '2 days');
  assert.equal(duration(1), '1 s');
  assert.equal(duration(-5), '0 s');
});

test('byte counts keep three digits', () => {
  assert.deepEqual([0, 999, 1000, 18_547, 999_999, 1e9].map(byteSize), [
    '0 B',
    '999 B',
    '1.00 kB',
    '18.5 kB',
    '1.00 MB',
    '1.00 GB',
  ]);
});

test('a table is aligned, and cut to the width of a terminal only', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'TEXT' }] as const;
  const rows = [
    ['a', '1', 'some long text here'],
    ['bcdef', '1,000', 'x'],
  ];
  assert.equal(
    table(columns, rows, undefined, plain),
    'NAME       N  TEXT\na          1  some long text here\nbcdef  1,000  x',
  );
  const cut = table(columns, rows, 26, plain).split('\n');
  assert.equal(cut[1], 'a          1  some long t…');
});

test('a progress line keeps to 80 columns and to one line', () => {
  const written: string[] = [];
  const line = new ProgressLine(
    { columns: 200, write: (text) => written.push(text) },
    'x'.repeat(64),
    0,
  );
  const progress = { next: 5, end: 1_000_000, bytes: 1e6, connected: true, expiresAtLocalMs: 1e9 };
  line.draw(progress, 1_000);
  line.draw({ ...progress, end: null, connected: false }, 2_000);
  for (const text of written) {
    const visible = text.replace('\r\x1b[2K', '');
    assert.ok(visible.length < 80, visible);
    assert.ok(!visible.includes('\n'));
  }
});

test('what sellers write cannot drive the terminal', () => {
  assert.equal(plainLine('a\x1b[31m\nb\u202e\x07'), 'a[31m b');
  const written: string[] = [];
  const terminal = { isTTY: true, write: (text: string) => written.push(text) } as never;
  const console = new Console(false, terminal, terminal);
  console.line(`a\x1b]0;title\x07\x1b[2J\u202e${console.style.green('b')}\nc\x9b31m`);
  console.note('\x1b[1A\rd');
  assert.deepEqual(written, ['a]0;title[2J\x1b[32mb\x1b[39m\nc31m\n', '[1Ad\n']);
});

test('colours are for terminals, and NO_COLOR turns them off', () => {
  assert.equal(styleFor({ isTTY: true }, {}).bold('x'), '\x1b[1mx\x1b[22m');
  assert.equal(styleFor({ isTTY: true }, { NO_COLOR: '1' }).bold('x'), 'x');
  assert.equal(styleFor({ isTTY: false }, {}).bold('x'), 'x');
});

test('text is wrapped between words', () => {
  assert.equal(wrap('one two three\nfour', 8), 'one two\nthree\nfour');
});
